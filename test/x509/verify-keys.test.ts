import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { derOid, derSequence } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Certificate,
  createAuthority,
  createCertificate,
  createSelfSigned,
  generateKey,
  type IssueOptions,
  type PublicKey,
  parseCertificate,
  publicKeyOf,
  TrustStore,
  verifyChain,
} from '../../src/x509.ts';
import {
  assertAccepted,
  assertRefused,
  DAY,
  hex,
  NOW,
  random,
  rawCertificate,
  root,
  schemes,
  spareKey,
  verify,
} from './kit.ts';

const key = spareKey;
/** A leaf of the root with these changes. */
const leaf = (options: IssueOptions = {}): Certificate =>
  root.issue({ key, names: ['a.example'], ...options }).certificate;

describe('signatures', () => {
  test('a changed certificate is refused, whichever byte', () => {
    const { raw } = leaf();
    for (let i = 0; i < raw.length; i++) {
      const changed = new Uint8Array(raw);
      changed[i] = (changed[i] ?? 0) ^ 0x01;
      let parsed: Certificate;
      try {
        parsed = parseCertificate(changed);
      } catch {
        continue;
      }
      assert.equal(verify([parsed]).ok, false, `byte ${i}`);
    }
  });
  test('by another key is CERT_SIGNATURE_FAILURE', () => {
    const forged = parseCertificate(
      createCertificate({
        subject: 'CN=forged',
        issuer: root.certificate,
        publicKey: publicKeyOf(key),
        signingKey: key,
        random,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
      }),
    );
    assertRefused(verify([forged]), 'CERT_SIGNATURE_FAILURE', 0);
  });
  test('by a namesake with another key identifier is a missing issuer, as in OpenSSL', () => {
    const twin = createAuthority({ random, now: NOW });
    assertRefused(verify(twin.issue({ key }).chain), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 0);
  });
  test('with a weak hash are refused by name', () => {
    const weak = derSequence(derOid(OID.ecdsaWithSha1));
    const self = parseCertificate(rawCertificate({ innerAlgorithm: weak }));
    const trust = TrustStore.fromCertificates([parseCertificate(rawCertificate({ version: undefined }))]);
    const child = parseCertificate(rawCertificate({ innerAlgorithm: weak, subject: leaf().subject.raw }));
    assertRefused(verify([child], { trust }), 'CA_MD_TOO_WEAK', 0);
    // The anchor's own signature is not looked at.
    const anchored = TrustStore.fromCertificates([self]);
    assertAccepted(verify([self], { trust: anchored }));
  });
  test('with an algorithm that nobody knows', () => {
    const unknown = derSequence(derOid('1.2.3.4'));
    const trust = TrustStore.fromCertificates([parseCertificate(rawCertificate({ version: undefined }))]);
    const child = parseCertificate(rawCertificate({ innerAlgorithm: unknown, subject: leaf().subject.raw }));
    assertRefused(verify([child], { trust }), 'UNSUPPORTED_SIGNATURE_ALGORITHM', 0);
  });
  test('with an algorithm that the provider does not offer', () => {
    const only = schemes.filter((scheme) => scheme.keyKind !== 'ec');
    assertRefused(verify([leaf()], { schemes: only }), 'UNSUPPORTED_SIGNATURE_ALGORITHM', 0);
    assertRefused(verify([leaf()], { schemes: [] }), 'UNSUPPORTED_SIGNATURE_ALGORITHM', 0);
  });
  test('of one kind by a key of another', () => {
    const ed = derSequence(derOid(OID.ed25519));
    const trust = TrustStore.fromCertificates([parseCertificate(rawCertificate({ version: undefined }))]);
    const child = parseCertificate(rawCertificate({ innerAlgorithm: ed, subject: leaf().subject.raw }));
    assertRefused(verify([child], { trust }), 'CERT_SIGNATURE_FAILURE', 0);
  });
});

describe('keys', () => {
  const rsa = (modulus: Uint8Array, exponent: Uint8Array): PublicKey => ({ kind: 'rsa', modulus, exponent });
  const modulus = (bits: number): Uint8Array => {
    const bytes = new Uint8Array(bits / 8).fill(0xff);
    return bytes;
  };
  const withKey = (publicKey: PublicKey): Certificate =>
    parseCertificate(
      createCertificate({
        subject: 'CN=key',
        issuer: root.certificate,
        publicKey,
        signingKey: root.key,
        random,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
      }),
    );
  test('RSA below 2048 bits', () => {
    assertRefused(verify([withKey(rsa(modulus(1024), hex('010001')))]), 'EE_KEY_TOO_SMALL', 0);
    assertRefused(verify([withKey(rsa(modulus(2040), hex('010001')))]), 'EE_KEY_TOO_SMALL', 0);
    assertAccepted(verify([withKey(rsa(modulus(2048), hex('010001')))]));
  });
  test('RSA above 8192 bits is not computed with', () => {
    assertRefused(verify([withKey(rsa(modulus(16384), hex('010001')))]), 'UNSUPPORTED_KEY', 0);
    let computed = 0;
    const counting = schemes.map((scheme) => ({ ...scheme, verify: (): boolean => computed++ < 0 }));
    const huge = parseCertificate(
      createCertificate({
        subject: 'CN=huge CA',
        publicKey: rsa(modulus(16384), hex('010001')),
        signingKey: key,
        random,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
        isCA: true,
      }),
    );
    const child = parseCertificate(rawCertificate({ issuer: huge.subject.raw, subject: leaf().subject.raw }));
    const verdict = verify([child], { trust: TrustStore.fromCertificates([huge]), schemes: counting });
    assertRefused(verdict, 'UNSUPPORTED_KEY', 0);
    assert.equal(computed, 0);
  });
  test('RSA with a bad exponent or an even modulus', () => {
    for (const exponent of ['01', '02', '010000', '0200000000000001']) {
      assertRefused(verify([withKey(rsa(modulus(2048), hex(exponent)))]), 'INVALID_KEY', 0);
    }
    const even = modulus(2048);
    even[255] = 0xfe;
    assertRefused(verify([withKey(rsa(even, hex('03')))]), 'INVALID_KEY', 0);
  });
  test('of an unknown algorithm', () => {
    const dsa = derSequence(derSequence(derOid(OID.dsa)), hex('030200ff'));
    const one = parseCertificate(rawCertificate({ publicKey: dsa }));
    assertRefused(verify([one], { trust: TrustStore.fromCertificates([one]) }), 'UNSUPPORTED_KEY', 0);
  });
  test('a CA with a small key is named, not tried', () => {
    const small = createAuthority({ random, now: NOW, key });
    const tiny = parseCertificate(
      createCertificate({
        subject: 'CN=tiny CA',
        publicKey: rsa(modulus(1024), hex('03')),
        signingKey: key,
        random,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
        isCA: true,
      }),
    );
    const child = parseCertificate(
      createCertificate({
        subject: 'CN=child',
        issuer: tiny,
        publicKey: publicKeyOf(key),
        signingKey: key,
        random,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
      }),
    );
    assertRefused(verify([child], { trust: TrustStore.fromCertificates([tiny]) }), 'CA_KEY_TOO_SMALL');
    assert.ok(small.certificate);
  });
});

describe('self-signed certificates', () => {
  const own = createSelfSigned({ random, now: NOW, names: ['self.example'] });
  test('are trusted where they are in the store, although no CA', () => {
    const trust = TrustStore.fromCertificates([own.certificate]);
    const verdict = verify([own.certificate], { trust, name: 'self.example' });
    assertAccepted(verdict);
    assert.equal(verdict.path.length, 1);
  });
  test('and nowhere else', () => {
    assertRefused(verify([own.certificate]), 'DEPTH_ZERO_SELF_SIGNED_CERT', 0);
    assertRefused(verify([own.certificate], { trust: new TrustStore() }), 'DEPTH_ZERO_SELF_SIGNED_CERT', 0);
  });
  test('and sign nothing else', () => {
    const forged = createCertificate({
      subject: 'CN=forged',
      issuer: own.certificate,
      publicKey: publicKeyOf(key),
      signingKey: own.key,
      random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
    });
    assertRefused(
      verify([parseCertificate(forged)], { trust: TrustStore.fromCertificates([own.certificate]) }),
      'INVALID_CA',
      1,
    );
  });
  test('a copy with the same name and another key is not the same', () => {
    const twin = createSelfSigned({ random, now: NOW, names: ['self.example'] });
    const trust = TrustStore.fromCertificates([own.certificate]);
    assertRefused(verify([twin.certificate], { trust }), 'DEPTH_ZERO_SELF_SIGNED_CERT', 0);
  });
  test('a trusted one of version 1 is an anchor too', () => {
    const old = createSelfSigned({ random, now: NOW, names: ['old.example'], version: 1 });
    assertAccepted(verify([old.certificate], { trust: TrustStore.fromCertificates([old.certificate]) }));
  });
});

describe('the name', () => {
  test('is checked last: other findings come first', () => {
    assertRefused(verify([leaf()], { name: 'b.example' }), 'HOSTNAME_MISMATCH', 0);
    assertRefused(verify([leaf()], { name: '192.0.2.1' }), 'IP_ADDRESS_MISMATCH', 0);
    assertRefused(verify([leaf()], { name: 'bücher.example' }), 'INVALID_NAME');
    const expired = leaf({ notBefore: NOW - 2 * DAY, notAfter: NOW - DAY });
    const verdict = verify([expired], { name: 'b.example' });
    assertRefused(verdict, 'CERT_HAS_EXPIRED');
    assert.deepEqual(!verdict.ok && verdict.errors.map((one) => one.code), [
      'CERT_HAS_EXPIRED',
      'HOSTNAME_MISMATCH',
    ]);
  });
  test('is not checked when none is given', () => {
    assertAccepted(verify([leaf()]));
  });
});

describe('input', () => {
  test('no certificate at all', () => {
    assertRefused(verify([]), 'EMPTY_CHAIN');
  });
  test('more certificates than are read', () => {
    const one = leaf();
    assertRefused(verify(Array.from({ length: 65 }, () => one)), 'CERT_CHAIN_TOO_LONG');
  });
  test('an empty store says where was looked', () => {
    const trust = new TrustStore({ origin: 'looked for roots in /nowhere' });
    assert.match(
      assertRefused(verify([leaf()], { trust }), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE').message,
      /looked for roots in \/nowhere/,
    );
  });
  test('the verdict is pure: asking twice gives the same', () => {
    const chain = root.intermediate().issue({ key }).chain;
    const ask = (): unknown =>
      verifyChain({ chain, trust: root.trust, now: NOW, purpose: 'serverAuth', schemes });
    assert.deepEqual(ask(), ask());
    assert.ok(generateKey);
  });
});
