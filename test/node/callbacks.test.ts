/** User callbacks that misbehave in every way: the handshake fails, someone is told, nothing escapes or stays. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type nodeTls from 'node:tls';
import * as tls from '../../src/index.ts';
import {
  authority,
  ca,
  closeServer,
  errorOf,
  firstOf,
  listen,
  node,
  puretls,
  server,
  within,
} from './support.ts';

const escaped: unknown[] = [];
const note = (reason: unknown): void => {
  escaped.push(reason);
};
before(() => {
  process.on('unhandledRejection', note);
});
after(() => {
  process.off('unhandledRejection', note);
  assert.deepEqual(escaped, []);
});

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 15));
const second = authority.issue({ names: ['second.example'] });
const secondContext = tls.createSecureContext({ cert: second.chainPem, key: second.keyPem });

interface Outcome {
  readonly client: string;
  readonly server: string;
  readonly error: Error & { code?: string };
}

/** Runs one handshake that must fail; what both ends say. */
async function failing(options: object, clientOptions: object = {}): Promise<Outcome> {
  const listening = puretls.createServer({ ...server, ...options });
  const port = await listen(listening);
  const atServer = errorOf(listening, 'tlsClientError');
  let secure = 0;
  listening.on('secureConnection', () => {
    secure += 1;
  });
  const accepted = once(listening, 'connection');
  const socket = puretls.connect({ port, host: 'localhost', ca, ...clientOptions });
  const atClient = errorOf(socket);
  const [error, clientError] = await Promise.all([atServer, atClient]);
  const [raw] = await accepted;
  if (!raw.destroyed) await within(once(raw, 'close'), 'the transport closes');
  assert.equal(secure, 0);
  await closeServer(listening);
  return { client: clientError.code ?? '', server: error.code ?? error.message, error };
}

const INTERNAL = 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR';
type Sni = (name: string, answer: (error?: unknown, context?: unknown) => void) => unknown;

const BAD_SNI: readonly (readonly [what: string, callback: Sni, code: string])[] = [
  [
    'throws',
    () => {
      throw new Error('boom');
    },
    'boom',
  ],
  [
    'throws what is no Error',
    () => {
      throw 'text';
    },
    'ERR_TLS_CALLBACK_FAILED',
  ],
  ['rejects', () => Promise.reject(new Error('boom')), 'boom'],
  ['rejects with nothing', () => Promise.reject(), 'ERR_TLS_CALLBACK_FAILED'],
  ['answers with an error', (_, answer) => answer(new Error('boom')), 'boom'],
  [
    'answers with an error later',
    async (_, answer) => {
      await later();
      answer(new Error('boom'));
    },
    'boom',
  ],
  ['answers with options', (_, answer) => answer(null, { ...server }), 'ERR_TLS_INVALID_CONTEXT'],
  ['answers with a string', (_, answer) => answer(null, 'x'), 'ERR_TLS_INVALID_CONTEXT'],
  [
    'answers with another module’s context',
    (_, answer) => answer(null, node.createSecureContext(server)),
    'ERR_TLS_INVALID_CONTEXT',
  ],
  [
    'answers twice',
    (_, answer) => {
      answer();
      answer();
    },
    'ERR_MULTIPLE_CALLBACK',
  ],
  [
    'answers and throws',
    (_, answer) => {
      answer();
      throw new Error('boom');
    },
    'boom',
  ],
];

describe('SNICallback', () => {
  for (const [what, SNICallback, code] of BAD_SNI) {
    test(what, async () => {
      assert.deepEqual(
        { ...(await failing({ SNICallback })), error: undefined },
        { client: INTERNAL, server: code, error: undefined },
      );
    });
  }
  test('never answers: the deadline ends it', async () => {
    const outcome = await failing({ SNICallback: () => {}, handshakeTimeout: 80 });
    assert.equal(outcome.server, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    assert.equal(outcome.client, 'ECONNRESET');
  });
  test('never answers and the client leaves', async () => {
    const listening = puretls.createServer({ ...server, SNICallback: () => {} });
    const port = await listen(listening);
    const atServer = errorOf(listening, 'tlsClientError');
    const socket = puretls.connect({ port, host: 'localhost', ca });
    setTimeout(() => socket.destroy(), 30);
    assert.equal((await atServer).code, 'ECONNRESET');
    await closeServer(listening);
  });
  test('an answer after the socket is gone does nothing', async () => {
    let late: ((error?: unknown, context?: unknown) => void) | undefined;
    const outcome = await failing({
      handshakeTimeout: 50,
      SNICallback: (_: string, answer: typeof late) => {
        late = answer;
      },
    });
    assert.equal(outcome.server, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    late?.(null, secondContext);
    late?.(new Error('boom'));
  });
  for (const [what, SNICallback] of [
    [
      'at once',
      (_: string, answer: (error?: Error | null, context?: unknown) => void) => answer(null, secondContext),
    ],
    [
      'later',
      async (_: string, answer: (error?: Error | null, context?: unknown) => void) => {
        await later();
        answer(null, { context: secondContext.context });
      },
    ],
  ] as const) {
    test(`answers well, ${what}`, async () => {
      const listening = puretls.createServer({ ...server, SNICallback: SNICallback as never });
      const port = await listen(listening);
      const socket = puretls.connect({ port, host: '127.0.0.1', servername: 'second.example', ca });
      await within(once(socket, 'secureConnect'), 'secureConnect');
      assert.equal(socket.getPeerCertificate().subject.CN, 'second.example');
      socket.destroy();
      await closeServer(listening);
    });
  }
  test('this is the socket, which may be destroyed from within', async () => {
    const listening = puretls.createServer({
      ...server,
      SNICallback: function (this: unknown, _name: string, answer: (error: null) => void) {
        assert.ok(this instanceof tls.TLSSocket);
        this.destroy();
        answer(null);
      } as never,
    });
    const port = await listen(listening);
    const atServer = errorOf(listening, 'tlsClientError');
    const socket = puretls.connect({ port, host: 'localhost', ca });
    assert.equal((await errorOf(socket)).code, 'ECONNRESET');
    assert.equal((await atServer).code, 'ECONNRESET');
    await closeServer(listening);
  });
});

const BAD_ALPN: readonly (readonly [
  what: string,
  callback: () => unknown,
  server: string,
  client?: string,
])[] = [
  [
    'throws',
    () => {
      throw new Error('boom');
    },
    'boom',
  ],
  ['rejects', () => Promise.reject(new Error('boom')), 'boom'],
  ['answers with what was not offered', () => 'h3', 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT'],
  ['answers with null', () => null, 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT'],
  ['answers with a number', () => 1, 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT'],
  ['answers with an array', () => ['h2'], 'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT'],
  ['never answers', () => new Promise(() => {}), 'ERR_TLS_HANDSHAKE_TIMEOUT', 'ECONNRESET'],
  [
    'takes none',
    () => undefined,
    'ERR_SSL_NO_APPLICATION_PROTOCOL',
    'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
  ],
];

describe('ALPNCallback', () => {
  for (const [what, ALPNCallback, code, client = INTERNAL] of BAD_ALPN) {
    test(what, async () => {
      const outcome = await failing(
        { ALPNCallback, handshakeTimeout: deadlineFor(what) },
        { ALPNProtocols: ['h2'] },
      );
      assert.equal(outcome.server, code);
      assert.equal(outcome.client, client);
    });
  }
  test('a promise is waited for; the arguments are those of the hello', async () => {
    const offers: unknown[] = [];
    const listening = puretls.createServer({
      ...server,
      ALPNCallback: (async (offer: object) => {
        offers.push(offer);
        await later();
        return 'b';
      }) as never,
    });
    const port = await listen(listening);
    const socket = puretls.connect({ port, host: 'localhost', ca, ALPNProtocols: ['a', 'b'] });
    await within(once(socket, 'secureConnect'), 'secureConnect');
    assert.equal(socket.alpnProtocol, 'b');
    assert.deepEqual(offers, [{ servername: 'localhost', protocols: ['a', 'b'] }]);
    socket.destroy();
    await closeServer(listening);
  });
  test('setKeyCert from within', async () => {
    const listening = puretls.createServer({
      ...server,
      ALPNCallback: function (this: tls.TLSSocket) {
        this.setKeyCert(secondContext);
        return 'a';
      } as never,
    });
    const port = await listen(listening);
    const socket = puretls.connect({
      port,
      host: '127.0.0.1',
      servername: 'second.example',
      ca,
      ALPNProtocols: ['a'],
    });
    await within(once(socket, 'secureConnect'), 'secureConnect');
    assert.equal(socket.getPeerCertificate().subject.CN, 'second.example');
    socket.destroy();
    await closeServer(listening);
  });
});

/** Short only where it is what ends the handshake: a busy machine takes its time. */
function deadlineFor(what: string): number {
  return what.startsWith('never') ? 300 : 20_000;
}

const BAD_CHECK: readonly (readonly [what: string, check: () => unknown, code: string, alert: string])[] = [
  [
    'throws',
    () => {
      throw new Error('boom');
    },
    'boom',
    INTERNAL,
  ],
  ['rejects', () => Promise.reject(new Error('boom')), 'boom', INTERNAL],
  ['answers with false', () => false, 'checkServerIdentity must return undefined or an Error', INTERNAL],
  ['answers with true', () => true, 'checkServerIdentity must return undefined or an Error', INTERNAL],
  ['answers with text', () => 'no', 'checkServerIdentity must return undefined or an Error', INTERNAL],
  ['never answers', () => new Promise(() => {}), 'ERR_TLS_HANDSHAKE_TIMEOUT', 'ECONNRESET'],
  ['refuses', () => new Error('no'), 'no', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'],
  [
    'refuses later',
    async () => {
      await later();
      return Object.assign(new Error('no'), { code: 'ENO' });
    },
    'ENO',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
  ],
];

describe('checkServerIdentity', () => {
  for (const [what, checkServerIdentity, code, alert] of BAD_CHECK) {
    for (const rejectUnauthorized of [true, false]) {
      if (!rejectUnauthorized && alert.endsWith('BAD_CERTIFICATE')) continue;
      test(`${what}${rejectUnauthorized ? '' : ', verification off'}`, async () => {
        const listening = puretls.createServer(server);
        const port = await listen(listening);
        const atServer = errorOf(listening, 'tlsClientError');
        const socket = puretls.connect({
          port,
          host: 'localhost',
          ca,
          rejectUnauthorized,
          handshakeTimeout: deadlineFor(what),
          checkServerIdentity: checkServerIdentity as never,
        } as nodeTls.ConnectionOptions);
        const error = await errorOf(socket);
        assert.equal(error.code ?? error.message, code);
        assert.equal((await atServer).code, alert);
        await closeServer(listening);
      });
    }
  }
  test('the server learns nothing of a client that refuses it: no Finished, no certificate', async () => {
    const listening = puretls.createServer({ ...server, requestCert: true, ca });
    const port = await listen(listening);
    let secure = 0;
    listening.on('secureConnection', () => {
      secure += 1;
    });
    const atServer = errorOf(listening, 'tlsClientError');
    const socket = puretls.connect({
      port,
      host: 'localhost',
      ca,
      checkServerIdentity: () => new Error('no'),
    });
    const { name } = await firstOf(socket, 'error', 'secure', 'secureConnect');
    assert.equal(name, 'error');
    assert.equal((await atServer).code, 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE');
    assert.equal(secure, 0);
    await closeServer(listening);
  });
  test('is not asked about a chain that is bad', async () => {
    const listening = puretls.createServer(server);
    const port = await listen(listening);
    let calls = 0;
    const checkServerIdentity = (): undefined => {
      calls += 1;
    };
    const socket = puretls.connect({ port, host: 'localhost', ca: [], checkServerIdentity });
    assert.equal((await errorOf(socket)).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.equal(calls, 0);
    await closeServer(listening);
  });
});

test('lookup that fails or gives nonsense', async () => {
  for (const [lookup, code] of [
    [
      (_: string, __: object, done: (error: Error) => void) =>
        done(Object.assign(new Error('x'), { code: 'ENOTFOUND' })),
      'ENOTFOUND',
    ],
    [
      (_: string, __: object, done: (error: null, address: unknown) => void) =>
        done(null, [{ address: 'x', family: 4 }]),
      'ERR_INVALID_IP_ADDRESS',
    ],
  ] as const) {
    const socket = puretls.connect({ port: 1, host: 'name.example', lookup: lookup as never });
    assert.equal((await errorOf(socket)).code, code);
  }
});
