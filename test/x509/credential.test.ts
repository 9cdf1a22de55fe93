import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8Encode } from '../../src/bytes/encoding.ts';
import { encodePem } from '../../src/bytes/pem.ts';
import {
  createCertificate,
  encryptPkcs8,
  exportPrivateKey,
  generateKey,
  loadCredential,
  type PrivateKey,
  parseCertificate,
  parseCertificates,
  publicKeyOf,
} from '../../src/x509.ts';
import { DAY, hex, NOW, random, root, spareKey, thrown } from './kit.ts';

const mid = root.intermediate();
const leaf = mid.issue({ names: ['a.example'] });
const keyDer = exportPrivateKey(leaf.key);

describe('loading a credential', () => {
  test('from PEM, as text or bytes, leaf first', () => {
    for (const certificates of [
      leaf.chainPem,
      utf8Encode(leaf.chainPem),
      [leaf.certificatePem, mid.certificatePem],
      `text\n${leaf.chainPem}`,
    ]) {
      const credential = loadCredential(certificates, leaf.keyPem);
      assert.deepEqual(
        credential.chain.map((one) => one.subject.toString()),
        ['CN=a.example', 'CN=puretls intermediate CA'],
      );
      assert.equal(credential.privateKey.kind, 'ec');
    }
  });
  test('from DER', () => {
    assert.equal(loadCredential(leaf.certificate.raw, keyDer).chain.length, 1);
    assert.equal(loadCredential([leaf.certificate.raw, mid.certificate.raw], keyDer).chain.length, 2);
  });
  test('from one file with everything in it', () => {
    const all = `${leaf.keyPem}${leaf.chainPem}`;
    assert.equal(loadCredential(all, all).chain.length, 2);
  });
  test('with a parsed key, or an encrypted one', () => {
    assert.equal(loadCredential(leaf.certificatePem, leaf.key).chain.length, 1);
    const encrypted = encodePem('ENCRYPTED PRIVATE KEY', encryptPkcs8(keyDer, 'pass', random, 10));
    assert.equal(loadCredential(leaf.certificatePem, encrypted, 'pass').chain.length, 1);
    assert.equal(loadCredential(leaf.certificatePem, encrypted, { passphrase: 'pass' }).chain.length, 1);
    thrown('PASSPHRASE_REQUIRED', () => loadCredential(leaf.certificatePem, encrypted));
    thrown('BAD_PASSPHRASE', () => loadCredential(leaf.certificatePem, encrypted, 'word'));
  });
});

describe('refusals say what is wrong', () => {
  test('a key of another certificate', () => {
    const error = thrown('KEY_MISMATCH', () => loadCredential(leaf.chainPem, exportPrivateKey(spareKey)));
    assert.match(
      error.message,
      /does not belong to the certificate "CN=a.example"; the certificate has EC P-256/,
    );
  });
  test('a key of another kind', () => {
    const key = generateKey('ed25519', random);
    assert.match(
      thrown('KEY_MISMATCH', () => loadCredential(leaf.chainPem, key)).message,
      /the key is Ed25519/,
    );
  });
  test('a chain in the wrong order', () => {
    const error = thrown('KEY_MISMATCH', () =>
      loadCredential(mid.certificatePem + leaf.certificatePem, leaf.keyPem),
    );
    assert.match(
      error.message,
      /fits certificate 2 of the input: the certificate of the key must come first/,
    );
  });
  test('no certificate', () => {
    for (const input of ['', 'nothing', hex(''), []])
      thrown('NO_CERTIFICATE', () => loadCredential(input, leaf.keyPem));
    assert.match(
      thrown('NO_CERTIFICATE', () => loadCredential(leaf.keyPem, leaf.keyPem)).message,
      /PRIVATE KEY/,
    );
  });
  test('which certificate is broken', () => {
    const broken = encodePem('CERTIFICATE', leaf.certificate.raw.subarray(0, 100));
    const error = thrown('MALFORMED', () => loadCredential(leaf.certificatePem + broken, leaf.keyPem));
    assert.match(error.message, /^certificate 2 of 2 cannot be read: /);
    assert.equal(error.details['index'], 1);
    thrown('MALFORMED', () => parseCertificates(hex('0102')));
    thrown('MALFORMED', () => parseCertificates('-----BEGIN CERTIFICATE-----\nAAAA\n'));
  });
  test('no key', () => {
    thrown('NO_PRIVATE_KEY', () => loadCredential(leaf.chainPem, ''));
    thrown('NO_PRIVATE_KEY', () => loadCredential(leaf.chainPem, leaf.chainPem));
  });
});

describe('an RSA key follows its certificate', () => {
  const numbers = generateKey('rsa-2048', random);
  assert.ok(numbers.kind === 'rsa');
  const asPss: PrivateKey = {
    kind: 'rsa-pss',
    numbers: numbers.numbers,
    parameters: { hash: 'SHA-256', saltLength: 32 },
  };
  const certificate = (key: PrivateKey): Uint8Array =>
    createCertificate({
      subject: 'CN=rsa',
      issuer: root.certificate,
      publicKey: publicKeyOf(key),
      signingKey: root.key,
      random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
    });
  test('bound to PSS by the certificate', () => {
    const { privateKey } = loadCredential(certificate(asPss), numbers);
    assert.deepEqual(privateKey.kind === 'rsa-pss' && privateKey.parameters, {
      hash: 'SHA-256',
      saltLength: 32,
    });
  });
  test('not bound by the certificate', () => {
    assert.equal(loadCredential(certificate(numbers), asPss).privateKey.kind, 'rsa');
  });
  test('another RSA key with the same exponent does not fit', () => {
    const other = generateKey('rsa-2048', random);
    thrown('KEY_MISMATCH', () => loadCredential(certificate(numbers), other));
  });
  test('the certificates read back', () => {
    assert.equal(parseCertificate(certificate(asPss)).publicKey.kind, 'rsa-pss');
  });
});
