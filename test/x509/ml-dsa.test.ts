/** ML-DSA keys and certificates (RFC 9881). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import {
  derBitString,
  derImplicit,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import { checkSignature } from '../../src/x509/signature.ts';
import { describeCertificate } from '../../src/x509/text.ts';
import {
  createCertificate,
  encodePublicKey,
  exportPrivateKey,
  generateKey,
  type PrivateKey,
  parsePrivateKey,
  parsePublicKey,
  publicKeyOf,
  samePublicKey,
} from '../../src/x509.ts';
import { DAY, NOW, random, type root, schemes, spareKey, thrown } from './kit.ts';

const all = [...schemes, ...nobleProvider().optionalSignatureAlgorithms];

type MlDsaKey = Extract<PrivateKey, { kind: 'ml-dsa' }>;

function fresh(kind: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'): MlDsaKey {
  const key = generateKey(kind, random);
  assert.ok(key.kind === 'ml-dsa');
  return key;
}

for (const [kind, oid, name] of [
  ['ml-dsa-44', OID.mlDsa44, 'ML-DSA-44'],
  ['ml-dsa-65', OID.mlDsa65, 'ML-DSA-65'],
  ['ml-dsa-87', OID.mlDsa87, 'ML-DSA-87'],
] as const) {
  const key = fresh(kind);
  const other = fresh(kind);
  const seed = key.seed.reveal();
  const algorithm = derSequence(derOid(oid));
  const pkcs8 = (inner: Uint8Array, named = algorithm): Uint8Array =>
    derSequence(derUnsigned(0), named, derOctetString(inner));
  const both = (first: Uint8Array, expanded: Uint8Array): Uint8Array =>
    pkcs8(derSequence(derOctetString(first), derOctetString(expanded)));
  const certificate = (signingKey: PrivateKey, issuer?: typeof root.certificate): Uint8Array =>
    createCertificate({
      subject: `CN=${name}`,
      ...(issuer === undefined ? {} : { issuer }),
      publicKey: publicKeyOf(key),
      signingKey,
      random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
      isCA: false,
    });

  test(`${name}: a key is what its seed comes to, in each form that has it`, () => {
    for (const der of [
      exportPrivateKey(key),
      pkcs8(derImplicit(0, seed)),
      both(seed, key.expanded.reveal()),
    ]) {
      const read = parsePrivateKey(der);
      assert.ok(read.kind === 'ml-dsa' && read.set === name);
      assert.deepEqual(read.publicKey, key.publicKey);
      assert.deepEqual(read.expanded.reveal(), key.expanded.reveal());
    }
  });

  test(`${name}: private keys that are refused`, () => {
    thrown('UNSUPPORTED_KEY', () => parsePrivateKey(pkcs8(derOctetString(key.expanded.reveal()))));
    thrown('INVALID_KEY', () => parsePrivateKey(both(seed, other.expanded.reveal())));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(derImplicit(0, seed.subarray(1)))));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(derImplicit(1, seed))));
    thrown('MALFORMED', () => parsePrivateKey(pkcs8(new Uint8Array(0))));
    thrown('MALFORMED', () =>
      parsePrivateKey(pkcs8(derImplicit(0, seed), derSequence(derOid(oid), derNull()))),
    );
    const stated = (bits: Uint8Array): Uint8Array =>
      derSequence(
        derUnsigned(1),
        algorithm,
        derOctetString(derImplicit(0, seed)),
        derImplicit(1, derBitString(bits).subarray(derBitString(bits).length - bits.length - 1)),
      );
    assert.ok(parsePrivateKey(stated(key.publicKey)));
    thrown('INVALID_KEY', () => parsePrivateKey(stated(other.publicKey)));
  });

  test(`${name}: public keys`, () => {
    const der = encodePublicKey(publicKeyOf(key));
    const read = parsePublicKey(der);
    assert.ok(samePublicKey(read, publicKeyOf(key)));
    assert.ok(!samePublicKey(read, publicKeyOf(other)));
    assert.equal(toHex(encodePublicKey(read)), toHex(der));
    const spki = (bits: Uint8Array, named = algorithm): Uint8Array => derSequence(named, derBitString(bits));
    thrown('MALFORMED', () => parsePublicKey(spki(key.publicKey.subarray(1))));
    thrown('MALFORMED', () => parsePublicKey(spki(key.publicKey, derSequence(derOid(oid), derNull()))));
  });

  test(`${name}: a certificate signed with it is verified where it was asked for, and only there`, () => {
    const own = parseCertificate(certificate(key));
    assert.deepEqual(own.signatureKind, { kind: 'ml-dsa', set: name });
    assert.match(describeCertificate(own), new RegExp(name));
    assert.equal(checkSignature(own, own.publicKey, all).kind, 'good');
    assert.equal(checkSignature(own, publicKeyOf(other), all).kind, 'bad');
    assert.equal(checkSignature(own, publicKeyOf(spareKey), all).kind, 'bad');
    const unasked = checkSignature(own, own.publicKey, schemes);
    assert.equal(unasked.kind === 'unusable' && unasked.code, 'UNSUPPORTED_SIGNATURE_ALGORITHM');
    const tampered = Uint8Array.from(certificate(key));
    tampered[tampered.length - 1] = (tampered.at(-1) ?? 0) ^ 1;
    const changed = parseCertificate(tampered);
    assert.equal(checkSignature(changed, changed.publicKey, all).kind, 'bad');
  });
}

test('a key of one set verifies nothing of another', () => {
  const [small, large] = [fresh('ml-dsa-44'), fresh('ml-dsa-65')];
  const scheme = all.find((one) => one.fits(publicKeyOf(small)));
  assert.ok(scheme);
  const message = Uint8Array.of(1, 2, 3);
  const signature = scheme.sign(small, message, random);
  assert.equal(scheme.verify(publicKeyOf(small), message, signature), true);
  assert.equal(scheme.verify(publicKeyOf(large), message, signature), false);
  assert.equal(scheme.verify(publicKeyOf(small), message, signature.subarray(1)), false);
  assert.equal(scheme.verify(publicKeyOf(small), Uint8Array.of(1, 2), signature), false);
  assert.throws(() => scheme.sign(large, message, random), /does not fit mldsa44/);
});
