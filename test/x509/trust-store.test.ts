import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodePem } from '../../src/bytes/pem.ts';
import { buildName, createAuthority, TrustStore } from '../../src/x509.ts';
import { NOW, random, root, thrown } from './kit.ts';

const other = createAuthority({ random, now: NOW, subject: 'CN=Other  CA' });
const pem = root.certificatePem + other.certificatePem;
const broken = encodePem('CERTIFICATE', root.certificate.raw.subarray(0, 50));

describe('a trust store', () => {
  test('holds every certificate of a PEM text once', () => {
    const store = TrustStore.fromPem(`words\n${pem}${pem}`);
    assert.equal(store.size, 2);
    assert.deepEqual(store.stats, { certificates: 2, skipped: 0, duplicates: 2 });
    assert.equal(store.certificates.length, 2);
  });
  test('finds anchors by name, whatever its case, spaces and string type', () => {
    const store = TrustStore.fromPem(pem);
    assert.equal(store.candidatesFor(buildName('CN=other ca')).length, 1);
    assert.equal(store.candidatesFor(buildName('CN=otherca')).length, 0);
    assert.ok(store.has(other.certificate));
    assert.ok(!TrustStore.fromPem(root.certificatePem).has(other.certificate));
  });
  test('keeps namesakes apart', () => {
    const twin = createAuthority({ random, now: NOW });
    const store = TrustStore.fromCertificates([root.certificate, twin.certificate]);
    assert.equal(store.candidatesFor(root.certificate.subject).length, 2);
  });
  test('of a user refuses what cannot be read, and nothing at all', () => {
    thrown('MALFORMED', () => TrustStore.fromPem(pem + broken));
    thrown('MALFORMED', () => TrustStore.fromPem('-----BEGIN CERTIFICATE-----\nAAAA'));
    thrown('NO_CERTIFICATE', () => TrustStore.fromPem(''));
    thrown('NO_CERTIFICATE', () => TrustStore.fromPem(root.keyPem));
  });
  test('of a system leaves it out', () => {
    const text = `${broken}-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n${pem}`;
    const store = TrustStore.fromPem(text, { skipBroken: true });
    assert.equal(store.size, 2);
    assert.equal(store.stats.skipped, 1);
    assert.equal(TrustStore.fromPem('', { skipBroken: true }).size, 0);
  });
  test('that is lazy reads when first asked, once', () => {
    let reads = 0;
    const store = TrustStore.lazy(() => {
      reads++;
      return pem;
    });
    assert.equal(reads, 0);
    assert.equal(store.candidatesFor(root.certificate.subject).length, 1);
    assert.equal(store.size, 2);
    assert.equal(reads, 1);
  });
  test('refuses megabytes before decoding them', () => {
    const text = ' '.repeat(16 * 1024 * 1024 + 1);
    thrown('TOO_LARGE', () => TrustStore.fromPem(text));
    thrown('TOO_LARGE', () => TrustStore.fromPem(text, { skipBroken: true }));
  });
});
