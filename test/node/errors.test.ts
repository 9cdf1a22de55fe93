import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import type nodeTls from 'node:tls';
import { ALERT_REASONS } from '../../src/node/error-names.ts';
import { toNodeError } from '../../src/node/tls-error.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { createSelfSigned } from '../../src/x509/authority.ts';
import {
  authority,
  ca,
  clientCert,
  closeServer,
  errorOf,
  firstOf,
  listen,
  node,
  otherAuthority,
  puretls,
  random,
  server,
  within,
} from './support.ts';

type Options = nodeTls.ConnectionOptions & Record<string, unknown>;
type ServerOptions = nodeTls.TlsOptions & Record<string, unknown>;

const context = { role: 'client', hostname: 'localhost', peerCertificates: [] } as const;

describe('names of errors', () => {
  test('every alert has a code of its own', () => {
    const codes = new Set<string>();
    for (const [name, alert] of Object.entries(AlertDescription)) {
      if (name === 'close_notify') continue;
      const error = toNodeError(
        new TLSError('alert_received', name, { alert, alertOrigin: 'remote' }),
        context,
      );
      const { code } = error as NodeJS.ErrnoException;
      assert.match(code ?? '', /^ERR_SSL_[A-Z0-9_]+$/, name);
      assert.ok(error.cause instanceof TLSError);
      codes.add(code ?? '');
    }
    assert.equal(codes.size, Object.keys(AlertDescription).length - 1);
    assert.ok([...ALERT_REASONS.keys()].every((number) => number < 256));
  });
  test('what is no TLSError passes unchanged', () => {
    const error = new Error('x');
    assert.equal(toNodeError(error, context), error);
    assert.ok(toNodeError('x', context) instanceof Error);
  });
});

/** A server with these options and a client with those: the codes of the errors at both ends, or 'secure'. */
async function outcome(
  serverOptions: ServerOptions,
  clientOptions: Options,
  clientFace = puretls,
): Promise<[string, string]> {
  const listening = puretls.createServer({ ...server, ...serverOptions });
  const port = await listen(listening);
  const atServer = firstOf(listening, 'tlsClientError', 'secureConnection');
  const socket = clientFace.connect({ port, host: 'localhost', ca, ...clientOptions });
  const atClient = firstOf(socket, 'error', 'secureConnect');
  const text = ({ name, value }: { name: string; value: unknown }): string =>
    name.startsWith('secure') ? 'secure' : ((value as NodeJS.ErrnoException).code ?? String(value));
  socket.on('error', () => {});
  const result: [string, string] = [text(await atServer), text(await atClient)];
  socket.destroy();
  await closeServer(listening);
  return result;
}

const expired = authority.issue({ names: ['localhost'], notBefore: 1e12, notAfter: 1.1e12 });
const future = authority.issue({
  names: ['localhost'],
  notBefore: Date.now() + 1e9,
  notAfter: Date.now() + 2e9,
});
const wrongUse = authority.issue({ names: ['localhost'], extKeyUsage: ['clientAuth'] });
const selfSigned = createSelfSigned({ random, now: Date.now(), names: ['localhost'] });
const strange = otherAuthority.issue({ names: ['localhost'] });
const withRoot = { cert: strange.chainPem + otherAuthority.certificatePem, key: strange.keyPem };
const pems = (one: { chainPem: string; keyPem: string }) => ({ cert: one.chainPem, key: one.keyPem });

const CASES: readonly (readonly [
  what: string,
  server: ServerOptions,
  client: Options,
  atServer: string,
  atClient: string,
])[] = [
  [
    'an expired certificate',
    pems(expired),
    {},
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
    'CERT_HAS_EXPIRED',
  ],
  ['one not yet valid', pems(future), {}, 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'CERT_NOT_YET_VALID'],
  ['one for clients', pems(wrongUse), {}, 'ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE', 'INVALID_PURPOSE'],
  [
    'a self-signed one',
    pems(selfSigned),
    {},
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
  ],
  [
    'one of an unknown authority',
    pems(strange),
    {},
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  ['one with its unknown root', withRoot, {}, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'SELF_SIGNED_CERT_IN_CHAIN'],
  [
    'another name',
    {},
    { servername: 'other.example' },
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  [
    'another address',
    {},
    { host: '127.0.0.1', servername: '127.0.0.2' },
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  [
    'what is no host name',
    {},
    { servername: 'a b' },
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
  [
    'no authority at all',
    {},
    { ca: [] },
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  [
    'no common suite',
    { ciphers: 'TLS_AES_128_GCM_SHA256' },
    { ciphers: 'TLS_AES_256_GCM_SHA384' },
    'ERR_SSL_NO_SHARED_CIPHER',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ],
  [
    'no common group',
    { ecdhCurve: 'P-256' },
    { ecdhCurve: 'P-384' },
    'ERR_SSL_NO_SUITABLE_KEY_SHARE',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ],
  [
    'no common signature',
    {},
    { sigalgs: 'ed25519' },
    'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ],
  [
    'no common protocol',
    { ALPNProtocols: ['a'] },
    { ALPNProtocols: ['b'] },
    'ERR_SSL_NO_APPLICATION_PROTOCOL',
    'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
  ],
  [
    'a server without certificate',
    { cert: undefined, key: undefined },
    {},
    'ERR_SSL_UNRECOGNIZED_NAME',
    'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  ],
];

describe('what refuses a connection', () => {
  for (const [what, serverOptions, clientOptions, atServer, atClient] of CASES) {
    test(what, async () =>
      assert.deepEqual(await outcome(serverOptions, clientOptions), [atServer, atClient]),
    );
  }
  test("a client certificate that is missing, unknown or for servers: the client learns it after 'secureConnect'", async () => {
    for (const [own, atServer, atClient] of [
      [{}, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
      [pems(strange), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'],
    ] as const) {
      const listening = puretls.createServer({ ...server, requestCert: true, ca });
      const port = await listen(listening);
      const failed = errorOf(listening, 'tlsClientError');
      const socket = puretls.connect({ port, host: 'localhost', ca, ...own });
      socket.write('early');
      const error = await errorOf(socket);
      assert.deepEqual([(await failed).code, error.code], [atServer, atClient]);
      await closeServer(listening);
    }
  });
  test('a Node client of TLS 1.2 at a server of TLS 1.3', async () => {
    const [atServer, atClient] = await outcome({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }, node);
    assert.deepEqual(
      [atServer, atClient],
      ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
    );
  });
});

describe('verification is off only with the literal false', () => {
  for (const value of [undefined, null, 0, '', 'false', Number.NaN]) {
    test(`client, ${JSON.stringify(value) ?? String(value)}`, async () => {
      const [, atClient] = await outcome({}, { ca: [], rejectUnauthorized: value as never });
      assert.equal(atClient, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    });
    test(`server, ${JSON.stringify(value) ?? String(value)}`, async () => {
      const [atServer] = await outcome({ requestCert: true, ca, rejectUnauthorized: value as never }, {});
      assert.equal(atServer, 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE');
    });
  }
  test('a polluted prototype turns nothing off', async () => {
    const polluted = {
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ca: [ca],
      servername: 'x',
    };
    const holder = Object.prototype as Record<string, unknown>;
    try {
      for (const [key, value] of Object.entries(polluted)) {
        Object.defineProperty(holder, key, { value, configurable: true, enumerable: false, writable: true });
      }
      const [, refused] = await outcome({}, { ca: [] });
      assert.equal(refused, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      const listening = puretls.createServer({ ...server, requestCert: true });
      const port = await listen(listening);
      const failed = errorOf(listening, 'tlsClientError');
      const socket = puretls.connect({ port, host: 'localhost', ca, ...clientCert });
      socket.on('error', () => {});
      assert.equal((await failed).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      await closeServer(listening);
    } finally {
      for (const key of Object.keys(polluted)) delete holder[key];
    }
  });
  test('false: the connection goes on and says why it should not', async () => {
    for (const [options, why] of [
      [pems(expired), 'CERT_HAS_EXPIRED'],
      [pems(selfSigned), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      [{ servername: 'other.example' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
      [{ servername: 'a b' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ] as const) {
      const listening = puretls.createServer({ ...server, ...('cert' in options ? options : {}) });
      const port = await listen(listening);
      const name = 'servername' in options ? { servername: options.servername } : {};
      const socket = puretls.connect({ port, host: 'localhost', ca, rejectUnauthorized: false, ...name });
      await within(once(socket, 'secureConnect'), 'secureConnect');
      assert.equal(socket.authorized, false);
      assert.equal(socket.authorizationError as unknown, why);
      socket.destroy();
      await closeServer(listening);
    }
  });
  test('a client socket that was told no name is not authorized by a good chain', async () => {
    const listening = puretls.createServer(server);
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    const socket = new puretls.TLSSocket(raw, { ca } as never);
    await within(once(socket, 'secure'), 'secure');
    assert.equal(socket.authorized, false);
    socket.destroy();
    const refused = new puretls.TLSSocket(net.connect(port, '127.0.0.1'), { ca: [] } as never);
    assert.equal((await errorOf(refused)).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await closeServer(listening);
  });
});
