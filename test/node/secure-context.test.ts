import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import * as tls from '../../src/index.ts';
import { contextSettings } from '../../src/node/secure-context.ts';
import { createAuthority } from '../../src/x509/authority.ts';
import { exportPrivateKey } from '../../src/x509/key-format.ts';
import { encryptPkcs8 } from '../../src/x509/pbe.ts';
import { authority, ca, leaf, otherAuthority, random, server } from './support.ts';

const rsa = authority.issue({ names: ['localhost'], kind: 'rsa-2048' });
const stranger = otherAuthority.issue({ names: ['localhost'] });
const passphrase = 'correct horse';
const encryptedKey = encodePem(
  'ENCRYPTED PRIVATE KEY',
  encryptPkcs8(exportPrivateKey(leaf.key), passphrase, random, 1000),
);

const settingsFor = (options: tls.SecureContextOptions) => contextSettings(tls.createSecureContext(options));
const refused = (options: object, wanted: { code: string; message?: RegExp }) =>
  assert.throws(() => tls.createSecureContext(options as tls.SecureContextOptions), wanted);

describe('what is taken', () => {
  test('nothing at all', () => {
    const settings = settingsFor({});
    assert.deepEqual(settings.credentials, []);
    assert.equal(settings.trust, undefined);
  });
  test('PEM text, PEM bytes, DER bytes', () => {
    for (const cert of [leaf.chainPem, Buffer.from(leaf.chainPem), new Uint8Array(leaf.certificate.raw)]) {
      const [credential] = settingsFor({ cert, key: Buffer.from(exportPrivateKey(leaf.key)) }).credentials;
      assert.deepEqual(credential?.chain[0]?.raw, leaf.certificate.raw);
    }
  });
  test('several chains, their keys in any order', () => {
    const { credentials } = settingsFor({
      cert: [rsa.chainPem, leaf.chainPem],
      key: [leaf.keyPem, { pem: Buffer.from(rsa.keyPem) }],
    });
    assert.deepEqual(
      credentials.map((one) => one.privateKey?.kind),
      ['rsa', 'ec'],
    );
  });
  test('an encrypted key with its passphrase, common or its own', () => {
    assert.equal(settingsFor({ cert: leaf.chainPem, key: encryptedKey, passphrase }).credentials.length, 1);
    const own = { cert: leaf.chainPem, key: [{ pem: encryptedKey, passphrase }], passphrase: 'wrong' };
    assert.equal(settingsFor(own).credentials.length, 1);
  });
  test('a lone leaf is completed from ca, without the root', () => {
    const intermediate = authority.intermediate({ subject: 'CN=intermediate' });
    const below = intermediate.issue({ names: ['localhost'] });
    const { credentials } = settingsFor({
      cert: below.certificatePem,
      key: below.keyPem,
      ca: [ca, intermediate.certificatePem],
    });
    assert.deepEqual(
      credentials[0]?.chain.map((one) => one.raw),
      [below.certificate.raw, intermediate.certificate.raw],
    );
    const whole = settingsFor({
      cert: below.chainPem,
      key: below.keyPem,
      ca: [ca, intermediate.certificatePem],
    });
    assert.equal(whole.credentials[0]?.chain.length, 2);
  });
  test('ca as text with several, as array, as empty array', () => {
    const both = ca + otherAuthority.certificatePem;
    assert.equal(settingsFor({ ca: both }).trust?.size, 2);
    assert.equal(settingsFor({ ca: [ca, Buffer.from(otherAuthority.certificatePem)] }).trust?.size, 2);
    assert.equal(settingsFor({ ca: [] }).trust?.size, 0);
  });
  test('what does no harm to leave out', () => {
    const options = {
      dhparam: 'x',
      sessionTimeout: 300,
      sessionIdContext: 'x',
      ticketKeys: Buffer.alloc(48),
      minDHSize: 1,
    };
    assert.doesNotThrow(() => tls.createSecureContext(options));
  });
  test('context.context is the context', () => {
    const context = tls.createSecureContext();
    assert.ok(context instanceof tls.SecureContext);
    assert.equal(contextSettings(context.context), contextSettings(context));
    assert.throws(() => contextSettings({ context }), { code: 'ERR_TLS_INVALID_CONTEXT' });
  });
  test('nothing secret is printed', async () => {
    const { inspect } = await import('node:util');
    const text = inspect(tls.createSecureContext({ ...server }), { depth: 20, showHidden: true });
    assert.doesNotMatch(text, /Uint8Array|scalar|PRIVATE/);
  });
});

describe('what is refused when configured', () => {
  const { cert, key } = server;
  test('a key of another certificate', () => {
    const code = 'ERR_OSSL_X509_KEY_VALUES_MISMATCH';
    refused({ cert, key: rsa.keyPem }, { code, message: /does not belong to the certificate/ });
    refused({ cert, key: stranger.keyPem }, { code });
    refused(
      { cert: [cert, rsa.chainPem], key: [key, stranger.keyPem] },
      { code, message: /options\.cert\[1\]/ },
    );
    refused({ cert: [cert], key: [key, stranger.keyPem] }, { code, message: /options\.key\[1\]/ });
    refused({ cert: [cert, ca], key: [key] }, { code, message: /intermediates behind their leaf/ });
  });
  test('a chain in the wrong order', () => {
    const inverted = ca + leaf.certificatePem;
    refused(
      { cert: inverted, key },
      { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH', message: /must come first/ },
    );
  });
  test('an encrypted key', () => {
    refused({ cert, key: encryptedKey }, { code: 'ERR_MISSING_PASSPHRASE', message: /options\.passphrase/ });
    refused({ cert, key: encryptedKey, passphrase: 'wrong' }, { code: 'ERR_OSSL_BAD_DECRYPT' });
    refused({ cert, key: encryptedKey, passphrase: 5 }, { code: 'ERR_INVALID_ARG_TYPE' });
  });
  test('one without the other', () => {
    refused({ cert }, { code: 'ERR_TLS_NO_PRIVATE_KEY' });
    refused({ key }, { code: 'ERR_TLS_NO_CERTIFICATE' });
  });
  test('empty ones', () => {
    for (const empty of ['', Buffer.alloc(0), []]) {
      refused({ cert: empty, key }, { code: 'ERR_INVALID_ARG_VALUE', message: /options\.cert.* empty/ });
      refused({ cert, key: empty }, { code: 'ERR_INVALID_ARG_VALUE', message: /options\.key.* empty/ });
    }
    for (const empty of ['', Buffer.alloc(0), ['']]) {
      refused({ ca: empty }, { code: 'ERR_INVALID_ARG_VALUE', message: /options\.ca.* empty/ });
    }
  });
  test('what is no PEM', () => {
    refused({ cert: 'garbage', key }, { code: 'ERR_OSSL_PEM_NO_START_LINE', message: /^options\.cert: / });
    refused({ cert: key, key }, { code: 'ERR_OSSL_PEM_NO_START_LINE' });
    refused({ cert, key: 'garbage' }, { code: 'ERR_OSSL_UNSUPPORTED', message: /^options\.key: / });
    refused({ cert, key: cert }, { code: 'ERR_OSSL_UNSUPPORTED' });
    refused({ ca: 'garbage' }, { code: 'ERR_OSSL_PEM_NO_START_LINE', message: /^options\.ca: / });
    refused({ ca: [ca, 'garbage'] }, { code: 'ERR_OSSL_PEM_NO_START_LINE', message: /^options\.ca\[1\]: / });
    refused({ cert: cert.replace('MII', '!!!'), key }, { code: 'ERR_TLS_MALFORMED' });
    refused(
      { cert: encodePem('CERTIFICATE', new Uint8Array([0x30, 0])), key },
      { code: 'ERR_TLS_MALFORMED' },
    );
  });
  test('wrong types', () => {
    for (const value of [5, true, {}, Symbol('x')]) {
      refused({ cert: value, key }, { code: 'ERR_INVALID_ARG_TYPE' });
      refused({ cert, key: value }, { code: 'ERR_INVALID_ARG_TYPE' });
      refused({ ca: value }, { code: 'ERR_INVALID_ARG_TYPE' });
    }
    for (const value of [5, 'x', true]) {
      assert.throws(() => tls.createSecureContext(value as never), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  });
  test('what would weaken the connection to ignore', () => {
    const code = 'ERR_TLS_OPTION_UNSUPPORTED';
    for (const name of ['pskCallback', 'privateKeyEngine', 'privateKeyIdentifier', 'clientCertEngine']) {
      refused({ [name]: 'x' }, { code, message: new RegExp(`^options\\.${name} is not supported: `) });
      assert.doesNotThrow(() => tls.createSecureContext({ [name]: undefined } as object), name);
    }
  });
  test('createServer and connect refuse the same, before anything happens', () => {
    for (const options of [
      { cert, key: rsa.keyPem },
      { cert: '', key },
      { crl: 'x' },
      { ciphers: 'X' },
      { ALPNProtocols: [''] },
    ]) {
      assert.throws(() => tls.createServer(options));
      assert.throws(() => tls.connect({ port: 1, ...options }));
      assert.throws(() => new tls.TLSSocket(null, options));
    }
    assert.throws(() => tls.createServer({ secureContext: {} as tls.SecureContext }), {
      code: 'ERR_TLS_INVALID_CONTEXT',
    });
    assert.throws(() => tls.createServer(5 as never), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => tls.createServer({ SNICallback: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => tls.createServer({ ALPNCallback: () => undefined, ALPNProtocols: ['x'] }), {
      code: 'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS',
    });
    assert.throws(() => tls.connect({ port: 1, checkServerIdentity: 5 as never }), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
    assert.throws(() => tls.connect({ port: 1, servername: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => tls.connect({ socket: 'x' as never }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => tls.connect({ port: 70000 }), { code: 'ERR_SOCKET_BAD_PORT' });
    assert.throws(() => tls.connect({} as object), { code: 'ERR_MISSING_ARGS' });
  });
  test('a certificate that no signature algorithm fits', () => {
    assert.throws(() => tls.createServer({ ...server, sigalgs: 'ed25519' }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /fits none of the signature schemes/,
    });
    const listening = tls.createServer({ ...server, sigalgs: 'ECDSA+SHA256' });
    assert.throws(
      () => listening.addContext('x', tls.createSecureContext({ ...server, sigalgs: 'ed25519' })),
      {
        code: 'ERR_INVALID_ARG_VALUE',
      },
    );
    assert.throws(() => listening.addContext('', {}), { code: 'ERR_TLS_REQUIRED_SERVER_NAME' });
  });
});

test('rootCertificates is filled when looked at, and frozen', () => {
  assert.ok(Array.isArray(tls.rootCertificates));
  for (const pem of tls.rootCertificates.slice(0, 3)) assert.match(pem, /^-----BEGIN CERTIFICATE-----\n/);
  assert.ok(Object.isFrozen(tls.rootCertificates));
  assert.throws(() => (tls.rootCertificates as string[]).push('x'), TypeError);
  assert.equal(tls.rootCertificates.length, [...tls.rootCertificates].length);
});

test('an authority of its own kind does not trust itself here', () => {
  const now = Date.now();
  const other = createAuthority({ random, now });
  assert.equal(settingsFor({ ca: other.certificatePem }).trust?.has(authority.certificate), false);
});
