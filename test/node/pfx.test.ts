/** The option `pfx` beside Node's, over the same files. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type tls from 'node:tls';
import * as ours from '../../src/index.ts';
import { projectRoot } from '../house/root.ts';
import { closeServer, type Face, listen, node, puretls, within } from './support.ts';

const file = join(projectRoot(import.meta.url), 'vectors', 'pkcs12-openssl.json');
const { passphrase, files } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly passphrase: string;
  readonly files: Readonly<Record<string, { readonly der: string }>>;
};
const pfx = (name: string): Buffer => Buffer.from(files[name]?.der ?? '', 'hex');

const servers: tls.Server[] = [];
after(() => Promise.all(servers.map(closeServer)));

const FORMS: Readonly<Record<string, tls.SecureContextOptions>> = {
  'a buffer': { pfx: pfx('modern'), passphrase },
  'an array': { pfx: [pfx('sha512')], passphrase },
  'an array with a passphrase beside each': { pfx: [{ buf: pfx('modern'), passphrase }] },
  'no passphrase': { pfx: pfx('empty') },
};

for (const [name, options] of Object.entries(FORMS)) {
  for (const [whose, face] of [
    ['node:tls', node],
    ['puretls', puretls],
  ] as const) {
    test(`${name}: a server and a client of ${whose} that trust the CA in it`, async () => {
      const server = face.createServer({ ...options, requestCert: true, rejectUnauthorized: true });
      servers.push(server);
      const port = await listen(server);
      const arrived = once(server, 'secureConnection') as Promise<tls.TLSSocket[]>;
      const socket = face.connect({
        ...options,
        port,
        host: '127.0.0.1',
        checkServerIdentity: () => undefined,
      });
      await within(once(socket, 'secureConnect'), 'the handshake');
      const [accepted] = await arrived;
      assert.equal(socket.authorized, true);
      assert.equal(accepted?.authorized, true);
      assert.equal(accepted?.getPeerCertificate().subject.CN, 'pfx-leaf');
      socket.destroy();
      accepted?.destroy();
    });
  }
}

test('what both refuse', () => {
  const cases: Readonly<Record<string, tls.SecureContextOptions>> = {
    'a wrong passphrase': { pfx: pfx('modern'), passphrase: 'x' },
    'no passphrase': { pfx: pfx('modern') },
    'no PKCS#12': { pfx: Buffer.from('xx') },
    'old ciphers': { pfx: pfx('legacy'), passphrase },
    'no key': { pfx: pfx('certs'), passphrase },
  };
  const refuses = (face: Face, options: tls.SecureContextOptions): boolean => {
    try {
      face.createSecureContext(options);
      return false;
    } catch {
      return true;
    }
  };
  for (const [name, options] of Object.entries(cases)) {
    for (const face of [node, puretls]) assert.ok(refuses(face, options), name);
  }
});

test('a string has a byte in each character', () => {
  ours.createSecureContext({ pfx: pfx('modern').toString('latin1'), passphrase });
});

test('how we say it', () => {
  const refused = (options: object, wanted: { code: string; message?: RegExp }): void =>
    assert.throws(() => ours.createSecureContext(options), wanted);
  refused(
    { pfx: pfx('modern'), passphrase: 'x' },
    { code: 'ERR_OSSL_BAD_DECRYPT', message: /^options\.pfx: / },
  );
  refused(
    { pfx: pfx('legacy'), passphrase },
    { code: 'ERR_OSSL_UNSUPPORTED', message: /openssl pkcs12 -legacy/ },
  );
  refused(
    { pfx: [pfx('modern'), 'x'], passphrase },
    { code: 'ERR_TLS_MALFORMED', message: /^options\.pfx\[1\]: / },
  );
  refused({ pfx: pfx('certs'), passphrase }, { code: 'ERR_CRYPTO_OPERATION_FAILED' });
  refused({ pfx: [] }, { code: 'ERR_INVALID_ARG_VALUE' });
  for (const value of [5, true, {}, [{}]]) refused({ pfx: value }, { code: 'ERR_INVALID_ARG_TYPE' });
});
