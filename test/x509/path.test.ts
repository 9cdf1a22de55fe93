import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SignatureAlgorithm } from '../../src/crypto/provider.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Authority,
  type Certificate,
  createAuthority,
  createCertificate,
  parseCertificate,
  publicKeyOf,
  TrustStore,
} from '../../src/x509.ts';
import { assertAccepted, assertRefused, DAY, NOW, random, root, schemes, spareKey, verify } from './kit.ts';

const key = spareKey;

/** A certificate for `subject`'s name and key by `issuer`. */
function cross(
  subject: Authority,
  issuer: Authority,
  times: { notBefore?: number; notAfter?: number } = {},
): Certificate {
  return parseCertificate(
    createCertificate({
      subject: subject.certificate.subject,
      issuer: issuer.certificate,
      publicKey: publicKeyOf(subject.key),
      signingKey: issuer.key,
      random,
      notBefore: NOW - DAY,
      notAfter: NOW + DAY,
      isCA: true,
      ...times,
    }),
  );
}

function counted(): { schemes: SignatureAlgorithm[]; count: () => number } {
  let checks = 0;
  const counting = schemes.map((scheme) => ({
    ...scheme,
    verify: (...args: Parameters<SignatureAlgorithm['verify']>): boolean => {
      checks++;
      return scheme.verify(...args);
    },
  }));
  return { schemes: counting, count: () => checks };
}

describe('path building', () => {
  const a = root.intermediate({ subject: 'CN=a' });
  const b = a.intermediate({ subject: 'CN=b' });
  const leaf = b.issue({ key }).certificate;

  test('takes intermediates in any order, with useless ones between', () => {
    const useless = createAuthority({ random, now: NOW, subject: 'CN=useless' });
    for (const rest of [
      [b, a],
      [a, b],
      [useless, a, root, useless, b, b],
    ]) {
      const verdict = verify([leaf, ...rest.map((one) => one.certificate)]);
      assertAccepted(verdict);
      assert.equal(verdict.path.length, 4);
    }
  });

  test('says what is missing', () => {
    assertRefused(verify([leaf]), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 0);
    assertRefused(verify([leaf, b.certificate]), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 1);
    const stranger = createAuthority({ random, now: NOW, subject: 'CN=stranger' });
    const chain = [leaf, b.certificate, a.certificate];
    assertRefused(verify(chain, { trust: stranger.trust }), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 2);
    assertRefused(
      verify([...chain, root.certificate], { trust: stranger.trust }),
      'SELF_SIGNED_CERT_IN_CHAIN',
      3,
    );
  });

  test('an intermediate in the store ends a path only when asked to', () => {
    const trust = TrustStore.fromCertificates([b.certificate]);
    assertRefused(verify([leaf], { trust }), 'UNABLE_TO_GET_ISSUER_CERT', 1);
    assertAccepted(verify([leaf], { trust, partialChain: true }));
    const both = TrustStore.fromCertificates([b.certificate, root.certificate]);
    assertRefused(verify([leaf], { trust: both }), 'UNABLE_TO_GET_ISSUER_CERT', 1);
    assertAccepted(verify([leaf, a.certificate], { trust: both }));
  });

  test('a leaf in the store ends a path only when asked to', () => {
    const trust = TrustStore.fromCertificates([leaf]);
    assert.equal(verify([leaf], { trust }).ok, false);
    const verdict = verify([leaf], { trust, partialChain: true });
    assertAccepted(verdict);
    assert.equal(verdict.path.length, 1);
  });

  test('goes round an expired root that was cross-signed (the AddTrust expiry)', () => {
    const oldRoot = createAuthority({ random, now: NOW, subject: 'CN=old', notAfter: NOW - 1000 });
    const newRoot = createAuthority({ random, now: NOW, subject: 'CN=new' });
    const one = newRoot.issue({ key });
    const bridge = cross(newRoot, oldRoot);
    const trust = TrustStore.fromCertificates([oldRoot.certificate, newRoot.certificate]);
    assertAccepted(verify([one.certificate, bridge], { trust }));
    // Only the old root is trusted and it is expired: then the chain is.
    assertRefused(verify([one.certificate, bridge], { trust: oldRoot.trust }), 'CERT_HAS_EXPIRED', 2);
  });

  test('prefers the certificate that is in date', () => {
    const ca = root.intermediate({ subject: 'CN=renewed' });
    const expired = cross(ca, root, { notBefore: NOW - 2 * DAY, notAfter: NOW - DAY });
    const one = ca.issue({ key }).certificate;
    for (const rest of [
      [expired, ca.certificate],
      [ca.certificate, expired],
    ]) {
      assertAccepted(verify([one, ...rest]));
    }
    assertRefused(verify([one, expired]), 'CERT_HAS_EXPIRED', 1);
  });

  test('tries every namesake', () => {
    const twins = Array.from({ length: 5 }, () => root.intermediate({ subject: 'CN=twin' }));
    for (const twin of twins) {
      const one = twin.issue({ key }).certificate;
      assertAccepted(verify([one, ...twins.map((t) => t.certificate)]));
    }
  });

  test('a cycle of cross-signed CAs ends', () => {
    const one = createAuthority({ random, now: NOW, subject: 'CN=one' });
    const two = createAuthority({ random, now: NOW, subject: 'CN=two' });
    const chain = [one.issue({ key }).certificate, cross(one, two), cross(two, one)];
    const { count, schemes: counting } = counted();
    assertRefused(verify(chain, { schemes: counting }), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY');
    assert.ok(count() < 10, `${count()} signature checks`);
  });

  test('a cycle with a way out is left', () => {
    const one = createAuthority({ random, now: NOW, subject: 'CN=one' });
    const two = createAuthority({ random, now: NOW, subject: 'CN=two' });
    const chain = [one.issue({ key }).certificate, cross(one, two), cross(two, one), cross(two, root)];
    assertAccepted(verify(chain));
  });

  test('the likely issuer is tried first: key identifier, then dates', () => {
    const twins = Array.from({ length: 4 }, () => root.intermediate({ subject: 'CN=twin' }));
    for (const [i, twin] of twins.entries()) {
      const { count, schemes: counting } = counted();
      const rest = [...twins.slice(i + 1), ...twins.slice(0, i + 1)].map((one) => one.certificate);
      assertAccepted(verify([twin.issue({ key }).certificate, ...rest], { schemes: counting }));
      assert.equal(count(), 2);
    }
    const ca = root.intermediate({ subject: 'CN=renewed' });
    const late = cross(ca, root, { notBefore: NOW - 2 * DAY, notAfter: NOW - DAY });
    const early = cross(ca, root, { notBefore: NOW + DAY, notAfter: NOW + 2 * DAY });
    const { count, schemes: counting } = counted();
    const chain = [
      ca.issue({ key }).certificate,
      late,
      early,
      cross(ca, root, { notBefore: NOW, notAfter: NOW }),
    ];
    assertAccepted(verify(chain, { schemes: counting }));
    assert.equal(count(), 2);
  });

  test('a certificate without hints is neither likely nor unlikely', () => {
    const omit = [OID.subjectKeyIdentifier, OID.authorityKeyIdentifier];
    const plain = root.intermediate({ subject: 'CN=twin', omit });
    const other = root.intermediate({ subject: 'CN=twin' });
    const { count, schemes: counting } = counted();
    const one = plain.issue({ key }).certificate;
    assertAccepted(verify([one, other.certificate, plain.certificate], { schemes: counting }));
    assert.equal(count(), 2);
  });

  test('each signature is checked once', () => {
    const { count, schemes: counting } = counted();
    assertAccepted(verify([leaf, b.certificate, a.certificate], { schemes: counting }));
    assert.equal(count(), 3);
  });
});

describe('the budget', () => {
  test('ends a search among many namesakes with one key (RUSTSEC-2023-0053)', () => {
    const cas = Array.from({ length: 40 }, (_, i) =>
      createAuthority({ random, now: NOW, key, subject: `CN=ca`, serial: Uint8Array.of(i + 1) }),
    );
    const hostile = cas.map((ca) => ca.certificate);
    const start = performance.now();
    const verdict = verify([cas[0]?.issue({ key }).certificate ?? root.certificate, ...hostile]);
    assert.equal(verdict.ok, false);
    assert.ok(performance.now() - start < 6000);
  });

  test('ends a search among many keys of one name', () => {
    const cas = Array.from({ length: 12 }, () => createAuthority({ random, now: NOW, subject: 'CN=ca' }));
    const first = cas[0] ?? root;
    const mesh = cas.flatMap((subject, i) =>
      cas.filter((_, j) => i !== j && (i + j) % 3 === 0).map((issuer) => cross(subject, issuer)),
    );
    const { count, schemes: counting } = counted();
    const start = performance.now();
    const verdict = verify([first.issue({ key }).certificate, ...mesh.slice(0, 60)], { schemes: counting });
    assert.equal(verdict.ok, false);
    assert.ok(count() <= 100);
    assert.ok(performance.now() - start < 9000);
  });

  test('of signatures can be set', () => {
    const ca = root.intermediate();
    const { chain } = ca.issue({ key });
    assertRefused(verify(chain, { limits: { signatureChecks: 1 } }), 'BUDGET_EXCEEDED');
    assertRefused(verify(chain, { limits: { steps: 1 } }), 'BUDGET_EXCEEDED');
    assertAccepted(verify(chain, { limits: { signatureChecks: 2, steps: 2 } }));
  });

  test('of intermediates is kept', () => {
    const chainOf = (n: number): readonly Certificate[] => {
      let ca: Authority = root;
      for (let i = 0; i < n; i++) ca = ca.intermediate({ subject: `CN=level ${i}`, key });
      return [ca.issue({ key }).certificate, ...(n === 0 ? [] : ca.chain)];
    };
    assertAccepted(verify(chainOf(10)));
    assertRefused(verify(chainOf(11)), 'CERT_CHAIN_TOO_LONG');
    assertAccepted(verify(chainOf(1), { limits: { intermediates: 1 } }));
    assertRefused(verify(chainOf(2), { limits: { intermediates: 1 } }), 'CERT_CHAIN_TOO_LONG');
    assertAccepted(verify(chainOf(0), { limits: { intermediates: 0 } }));
    assertRefused(verify(chainOf(1), { limits: { intermediates: 0 } }), 'CERT_CHAIN_TOO_LONG');
  });

  test('self-issued intermediates do not count, but do not go on for ever either', () => {
    const build = (n: number): readonly Certificate[] => {
      let ca = root.intermediate({ subject: 'CN=same' });
      const made = [ca.certificate];
      for (let i = 0; i < n; i++) {
        ca = ca.intermediate({ subject: 'CN=same' });
        made.unshift(ca.certificate);
      }
      return [ca.issue({ key }).certificate, ...made];
    };
    assertAccepted(verify(build(12)));
    const verdict = verify(build(19));
    assert.ok(!verdict.ok && ['CERT_CHAIN_TOO_LONG', 'BUDGET_EXCEEDED'].includes(verdict.error.code));
  });
});
