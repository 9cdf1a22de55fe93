/**
 * Options and sockets that did not mean what they said.
 *
 * - CVE-2021-22939 (Node), Bun issue 35142: `rejectUnauthorized: undefined` turned verification off. Here only `false` does.
 * - CVE-2026-21637 (Node): an exception in a callback for PSK, ALPN or SNI ended the process or leaked the socket. Here the
 *   handshake fails with `tlsClientError`, and the socket is closed. callbacks.test.ts has every callback.
 * - CVE-2011-0411 and NO STARTTLS: what stood in the buffer before the handshake was read as if it were protected. Here it is
 *   read as TLS, and is none.
 * - Prototype pollution: an option that sits on Object.prototype, a name called `__proto__`. Here own properties are read.
 * - Measured in JavaScript stacks: options applied after the ClientHello had gone out; 40 ms lost to Nagle's algorithm in each
 *   handshake; an end without close_notify shown as a clean one.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import type nodeTls from 'node:tls';
import { peerCertificate } from '../../src/node/peer-certificate.ts';
import { createSelfSigned } from '../../src/x509/authority.ts';
import {
  ca,
  closeServer,
  errorOf,
  firstOf,
  listen,
  portOf,
  puretls,
  random,
  server,
  within,
} from '../node/support.ts';

const escaped: unknown[] = [];
const note = (reason: unknown): void => {
  escaped.push(reason);
};
before(() => {
  process.on('unhandledRejection', note);
  process.on('uncaughtExceptionMonitor', note);
});
after(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtExceptionMonitor', note);
  assert.deepEqual(escaped, []);
});

/** A server on a port of its own, gone when the test is over. */
async function serving<T>(
  options: object,
  use: (port: number, listening: net.Server) => Promise<T>,
): Promise<T> {
  const listening = puretls.createServer({ ...server, ...options });
  listening.on('tlsClientError', () => {});
  listening.on('secureConnection', (socket: nodeTls.TLSSocket) => socket.on('error', () => {}));
  const port = await listen(listening);
  try {
    return await use(port, listening);
  } finally {
    await within(closeServer(listening), 'the server closes');
  }
}

describe('CVE-2021-22939: verification is off only with the literal false', () => {
  test('client', async () => {
    await serving({}, async (port) => {
      for (const rejectUnauthorized of [undefined, null, 0, '', 'false', Number.NaN] as never[]) {
        const socket = puretls.connect({ port, host: 'localhost', ca: [], rejectUnauthorized });
        assert.equal((await errorOf(socket)).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      }
      const trusting = puretls.connect({ port, host: 'localhost', ca: [], rejectUnauthorized: false });
      await within(once(trusting, 'secureConnect'), 'secureConnect');
      assert.equal(trusting.authorized, false);
      trusting.destroy();
    });
  });
  test('server', async () => {
    for (const rejectUnauthorized of [undefined, null, 0]) {
      await serving({ requestCert: true, ca, rejectUnauthorized }, async (port, listening) => {
        const failed = errorOf(listening, 'tlsClientError');
        const socket = puretls.connect({ port, host: 'localhost', ca });
        socket.on('error', () => {});
        assert.equal((await failed).code, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
      });
    }
  });
});

describe('CVE-2026-21637: a callback that fails', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const CALLBACKS: Readonly<Record<string, object>> = {
    'SNICallback throws': { SNICallback: boom },
    'SNICallback rejects': { SNICallback: () => Promise.reject(new Error('boom')) },
    'SNICallback gives nonsense': {
      SNICallback: (_: string, answer: (error: unknown, value: unknown) => void) => answer(null, 5),
    },
    'ALPNCallback throws': { ALPNCallback: boom },
    'ALPNCallback gives nonsense': { ALPNCallback: () => ({}) },
    'SNICallback never answers': { SNICallback: () => {}, handshakeTimeout: 100 },
  };
  for (const [what, options] of Object.entries(CALLBACKS)) {
    test(`${what}: tlsClientError, and the socket is closed`, async () => {
      await serving(options, async (port, listening) => {
        const failed = errorOf(listening, 'tlsClientError');
        const accepted = once(listening, 'connection') as Promise<[net.Socket]>;
        const socket = puretls.connect({
          port,
          host: 'localhost',
          servername: 'localhost',
          ca,
          ALPNProtocols: ['a', 'b'],
        });
        const atClient = errorOf(socket);
        await failed;
        await atClient;
        const [raw] = await accepted;
        if (!raw.destroyed) await within(once(raw, 'close'), 'close');
        assert.equal(raw.destroyed, true);
        const connections = await new Promise<number>((resolve) => {
          listening.getConnections((_, count) => resolve(count));
        });
        assert.equal(connections, 0);
      });
    });
  }
  test('checkServerIdentity of a client throws: an error of the socket', async () => {
    await serving({}, async (port) => {
      const socket = puretls.connect({ port, host: 'localhost', ca, checkServerIdentity: boom });
      assert.match((await errorOf(socket)).message, /boom/);
    });
  });
});

describe('CVE-2011-0411: STARTTLS', () => {
  test('a command that was pushed behind STARTTLS is no data of the secure connection', async () => {
    const seen: string[] = [];
    const listening = net.createServer((raw) => {
      raw.once('data', () => {
        // All that came with it is put back: it is what the secure connection reads first.
        raw.unshift(Buffer.from('RCPT TO:<evil@example>\r\n'));
        raw.write('220 go\r\n');
        const secure = new puretls.TLSSocket(raw, {
          isServer: true,
          secureContext: puretls.createSecureContext(server),
        });
        secure.on('data', (part) => seen.push(String(part)));
        secure.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''));
      });
    });
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    raw.on('error', () => {});
    raw.write('STARTTLS\r\nRCPT TO:<evil@example>\r\n');
    const closed = within(once(raw, 'close'), 'close');
    raw.resume();
    await closed;
    assert.equal(seen.length, 1);
    assert.match(seen[0] ?? '', /^ERR_SSL_/);
    await closeServer(listening);
  });
  test('a client does not go on in clear when the server says no', async () => {
    const listening = net.createServer((raw) => raw.resume().end('454 TLS not available\r\n'));
    const port = await listen(listening);
    const socket = puretls.connect({ socket: net.connect(port, '127.0.0.1'), ca, servername: 'localhost' });
    let data = 0;
    socket.on('data', () => {
      data += 1;
    });
    socket.write('secret');
    assert.match((await errorOf(socket)).code ?? '', /^ERR_SSL_/);
    assert.equal(data, 0);
    await closeServer(listening);
  });
});

describe('JavaScript’s own traps', () => {
  test('a polluted prototype turns nothing on or off', async () => {
    const holder = Object.prototype as Record<string, unknown>;
    await serving({}, async (port) => {
      try {
        Object.defineProperty(holder, 'rejectUnauthorized', { value: false, configurable: true });
        const socket = puretls.connect({ port, host: 'localhost', ca: [] });
        assert.equal((await errorOf(socket)).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      } finally {
        Reflect.deleteProperty(holder, 'rejectUnauthorized');
      }
    });
  });
  test('no name or attribute of a certificate reaches a prototype', () => {
    const { certificate } = createSelfSigned({
      random,
      now: Date.now(),
      names: ['__proto__', 'constructor'],
      subject: 'CN=__proto__, O=constructor',
      extensions: [{ oid: '1.3.6.1.4.1.55738.2', value: Uint8Array.of(5, 0) }],
    });
    const printed = peerCertificate(certificate);
    assert.equal(Object.getPrototypeOf(printed.subject), null);
    assert.equal(printed.subject['CN'], '__proto__');
    assert.equal(({} as { CN?: unknown }).CN, undefined);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
  });
});

describe('sockets', () => {
  test('options count from the ClientHello on, and changing them later changes nothing', async () => {
    await serving({ ALPNProtocols: ['one', 'two'] }, async (port) => {
      const options = { port, host: 'localhost', ca, ALPNProtocols: ['one'], servername: 'localhost' };
      const socket = puretls.connect(options);
      options.ALPNProtocols = ['two'];
      options.servername = 'evil.example';
      await within(once(socket, 'secureConnect'), 'secureConnect');
      assert.equal(socket.alpnProtocol, 'one');
      assert.equal(socket.authorized, true);
      socket.destroy();
    });
  });
  test('Nagle’s algorithm is off from the first byte, at both ends', async () => {
    const calls: string[] = [];
    const original = net.Socket.prototype.setNoDelay;
    net.Socket.prototype.setNoDelay = function (this: net.Socket, ...args: [boolean?]) {
      if (this.constructor === net.Socket) calls.push(`${args[0] ?? true}`);
      return original.apply(this, args);
    };
    try {
      await serving({}, async (port) => {
        const socket = puretls.connect({ port, host: 'localhost', ca });
        await within(once(socket, 'secureConnect'), 'secureConnect');
        socket.destroy();
        await firstOf(socket, 'close');
      });
    } finally {
      net.Socket.prototype.setNoDelay = original;
    }
    assert.ok(calls.length >= 2 && calls.every((value) => value === 'true'), calls.join());
  });
  test('a TCP end without close_notify says that it was one', async () => {
    await serving({}, async (port, listening) => {
      const accepted = once(listening, 'connection') as Promise<[net.Socket]>;
      const socket = puretls.connect({ port, host: 'localhost', ca, requireCloseNotify: true } as never);
      socket.resume();
      await within(once(socket, 'secureConnect'), 'secureConnect');
      const failed = errorOf(socket);
      const [raw] = await accepted;
      raw.destroySoon();
      assert.ok((await failed).code !== undefined);
      assert.equal((socket as unknown as { truncated: boolean }).truncated, true);
      assert.ok(portOf(listening) === port);
    });
  });
});
