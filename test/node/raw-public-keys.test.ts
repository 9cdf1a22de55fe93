/** Raw public keys through the Node face (RFC 7250): options, what a socket tells, and who is refused. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import * as tls from '../../src/index.ts';
import { exportPrivateKey, generateKey, rawPublicKeyOf } from '../../src/x509.ts';
import {
  ca,
  server as certificate,
  closeServer,
  errorOf,
  firstOf,
  listen,
  random,
  within,
} from './support.ts';

interface Pair {
  readonly key: string;
  readonly open: string;
  readonly raw: Uint8Array;
}

function pair(): Pair {
  const key = generateKey('ed25519', random);
  const { raw } = rawPublicKeyOf(key);
  return {
    key: encodePem('PRIVATE KEY', exportPrivateKey(key)),
    open: encodePem('PUBLIC KEY', raw),
    raw,
  };
}

const mine = pair();
const theirs = pair();
const stranger = pair();

async function serve(
  options: tls.TlsOptions,
): Promise<{ readonly port: number; readonly server: tls.Server }> {
  const server = tls.createServer(options, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  after(() => closeServer(server));
  return { port, server };
}

const dial = (port: number, options: tls.ConnectionOptions): tls.TLSSocket =>
  tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ...options });

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  describe(maxVersion, () => {
    test('a client knows its server by the key', async () => {
      const { port } = await serve({ key: theirs.key, rawPublicKey: true, maxVersion });
      const socket = dial(port, { trustedPublicKeys: theirs.open });
      await within(once(socket, 'secureConnect'), 'secureConnect');
      assert.equal(socket.authorized, true);
      assert.equal(socket.authorizationError, null);
      assert.deepEqual(socket.getPeerCertificate(), {});
      assert.deepEqual(socket.info.peerRawPublicKey?.raw, theirs.raw);
      socket.destroy();
    });

    for (const [name, options] of [
      ['by default', {}],
      ['even with rejectUnauthorized: false', { rejectUnauthorized: false }],
      ['even where the name is checked by the program', { checkServerIdentity: (): undefined => undefined }],
      [
        'even with all of that and certificates taken too',
        {
          rejectUnauthorized: false,
          peerCertificateTypes: ['x509', 'raw-public-key'],
          checkServerIdentity: (): undefined => undefined,
        },
      ],
    ] satisfies readonly (readonly [string, tls.ConnectionOptions])[]) {
      test(`another key is refused ${name}`, async () => {
        const { port } = await serve({ key: theirs.key, rawPublicKey: true, maxVersion });
        const socket = dial(port, { trustedPublicKeys: stranger.open, ...options });
        const { name: event, value } = await firstOf(socket, 'error', 'secureConnect');
        assert.equal(event, 'error');
        assert.equal((value as { code?: string }).code, 'ERR_TLS_UNTRUSTED_PUBLIC_KEY');
        assert.equal(socket.authorized, false);
      });
    }

    test('both ends by their keys, and a stranger refused', async () => {
      const { port, server } = await serve({
        key: theirs.key,
        rawPublicKey: true,
        requestCert: true,
        trustedPublicKeys: [Buffer.from(mine.raw), stranger.open],
        maxVersion,
      });
      const options = { trustedPublicKeys: theirs.open, rawPublicKey: true };
      const socket = dial(port, { ...options, key: mine.key });
      const [peer] = (await within(once(server, 'secureConnection'), 'connection')) as [tls.TLSSocket];
      assert.equal(peer.authorized, true);
      assert.deepEqual(peer.info.peerRawPublicKey?.raw, mine.raw);
      socket.destroy();
      const refused = once(server, 'tlsClientError');
      const other = dial(port, { ...options, key: pair().key });
      other.on('error', () => undefined);
      const [error] = (await within(refused, 'refusal')) as [{ readonly code: string }];
      assert.equal(error.code, 'ERR_TLS_UNTRUSTED_PUBLIC_KEY');
      other.destroy();
    });

    test('a server shows certificates to those that know nothing of raw keys', async () => {
      const { port } = await serve({ ...certificate, rawPublicKey: true, maxVersion });
      const socket = dial(port, { ca });
      await within(once(socket, 'secureConnect'), 'secureConnect');
      assert.equal(socket.info.peerRawPublicKey, undefined);
      assert.equal(socket.authorized, true);
      socket.destroy();
    });

    test('a client that wants a raw key gets no certificate, nor the other way about', async () => {
      const plain = await serve({ ...certificate, maxVersion });
      const wants = dial(plain.port, { trustedPublicKeys: theirs.open });
      assert.match((await errorOf(wants)).message, /alert number 43/);
      const bare = await serve({ key: theirs.key, rawPublicKey: true, maxVersion });
      const usual = dial(bare.port, { ca });
      assert.match((await errorOf(usual)).message, /alert number 40/);
    });
  });
}

describe('options that cannot be meant', () => {
  const cases: Readonly<Record<string, readonly [tls.SecureContextOptions, RegExp]>> = {
    'a raw key without a key': [{ rawPublicKey: true }, /rawPublicKey.*needs options\.key/],
    'raw keys to be taken, and none that is trusted': [
      { peerCertificateTypes: ['raw-public-key'] },
      /needs options\.trustedPublicKeys/,
    ],
    'keys that are of no use': [
      { peerCertificateTypes: ['x509'], trustedPublicKeys: theirs.open },
      /trustedPublicKeys.*needs 'raw-public-key'/,
    ],
    'no key at all': [{ trustedPublicKeys: [] }, /empty array/],
    'a private key': [{ trustedPublicKeys: theirs.key }, /trustedPublicKeys: there is no PUBLIC KEY/],
    'bytes that are no key': [
      { trustedPublicKeys: [theirs.open, Buffer.from([0x30, 0])] },
      /trustedPublicKeys\[1\]/,
    ],
  };
  for (const [name, [options, message]] of Object.entries(cases)) {
    test(name, () => assert.throws(() => tls.createSecureContext(options), message));
  }
  test('a kind that nobody knows', () => {
    const options = { peerCertificateTypes: ['pgp'], trustedPublicKeys: theirs.open } as object;
    assert.throws(() => tls.createSecureContext(options), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => tls.createSecureContext({ rawPublicKey: 'yes' } as object), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  });
});
