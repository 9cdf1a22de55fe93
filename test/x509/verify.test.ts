import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { derElement, derOid, derSequence } from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Authority,
  type Certificate,
  createAuthority,
  createSelfSigned,
  type IssueOptions,
  TrustStore,
} from '../../src/x509.ts';
import { assertAccepted, assertRefused, DAY, hex, NOW, random, root, spareKey, verify } from './kit.ts';

const key = spareKey;
/** A leaf of the root with these changes. */
const leaf = (options: IssueOptions = {}): Certificate =>
  root.issue({ key, names: ['a.example'], ...options }).certificate;
const unknownExtension = { oid: '1.3.6.1.4.1.55738.666.1', critical: true, value: hex('0500') };

describe('a good path is accepted', () => {
  test('leaf and root', () => {
    const verdict = verify([leaf()], { name: 'a.example' });
    assertAccepted(verdict);
    assert.equal(verdict.path.length, 2);
  });
  test('every kind of key', () => {
    for (const kind of ['ecdsa-p384', 'ecdsa-p521', 'ed25519'] as const) {
      const ca = createAuthority({ random, now: NOW, kind });
      const { chain } = ca.issue({ names: ['a.example'], kind });
      assertAccepted(verify(chain, { trust: ca.trust, name: 'a.example' }));
    }
  });
  test('any curve with any hash (X.509 does not tie them)', () => {
    for (const hash of ['SHA-256', 'SHA-384', 'SHA-512'] as const) assertAccepted(verify([leaf({ hash })]));
  });
  test('no extension but the name, as in certificates made by hand', () => {
    const omit = [
      OID.keyUsage,
      OID.extKeyUsage,
      OID.subjectKeyIdentifier,
      OID.authorityKeyIdentifier,
      OID.basicConstraints,
    ];
    assertAccepted(verify([leaf({ omit })]));
  });
  test('a CA as leaf, when its key may sign', () => {
    assertAccepted(verify([leaf({ isCA: true, keyUsage: ['digitalSignature', 'keyCertSign'] })]));
  });
  test('both ends belong to the validity, the last second whole', () => {
    const one = leaf({ notBefore: NOW - 60_000, notAfter: NOW + DAY });
    for (const now of [NOW - 60_000, NOW, NOW + DAY, NOW + DAY + 999]) assertAccepted(verify([one], { now }));
  });
});

describe('validity', () => {
  const expired = { notBefore: NOW - 2 * DAY, notAfter: NOW - 1000 };
  const future = { notBefore: NOW + 1000, notAfter: NOW + DAY };
  test('of the leaf', () => {
    assertRefused(verify([leaf(expired)]), 'CERT_HAS_EXPIRED', 0);
    assertRefused(verify([leaf(future)]), 'CERT_NOT_YET_VALID', 0);
    assertRefused(verify([leaf({ notAfter: NOW })], { now: NOW + 1000 }), 'CERT_HAS_EXPIRED', 0);
    assertRefused(verify([leaf({ notBefore: NOW })], { now: NOW - 1 }), 'CERT_NOT_YET_VALID', 0);
  });
  test('of an intermediate', () => {
    assertRefused(verify(root.intermediate(expired).issue().chain), 'CERT_HAS_EXPIRED', 1);
    assertRefused(verify(root.intermediate(future).issue().chain), 'CERT_NOT_YET_VALID', 1);
  });
  test('of the anchor, as in OpenSSL', () => {
    const ca = createAuthority({ random, now: NOW, ...expired });
    assertRefused(verify(ca.issue().chain, { trust: ca.trust }), 'CERT_HAS_EXPIRED', 1);
  });
  test('the error tells the time', () => {
    assert.match(
      assertRefused(verify([leaf(expired)]), 'CERT_HAS_EXPIRED').message,
      /expired at 2026-06-01T11:59:59Z/,
    );
  });
  test('a clock that is no number refuses everything', () => {
    for (const now of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.equal(verify([leaf()], { now }).ok, false, String(now));
    }
  });
});

describe('who may sign', () => {
  const below = (options: IssueOptions): readonly Certificate[] =>
    root.intermediate(options).issue({ key }).chain;
  test('a leaf may not (CVE-2002-0862)', () => {
    assertRefused(verify(below({ isCA: false })), 'INVALID_CA', 1);
  });
  test('nor may one without basicConstraints, whatever its key usage (CVE-2021-3450)', () => {
    assertRefused(verify(below({ omit: [OID.basicConstraints] })), 'INVALID_CA', 1);
    assertRefused(verify(below({ omit: [OID.basicConstraints, OID.keyUsage] })), 'INVALID_CA', 1);
  });
  test('nor one whose key usage lacks keyCertSign', () => {
    assertRefused(verify(below({ keyUsage: ['digitalSignature', 'cRLSign'] })), 'INVALID_CA', 1);
  });
  test('a CA without key usage may', () => {
    assertAccepted(verify(below({ omit: [OID.keyUsage] })));
  });
  test('a CA whose basicConstraints is not critical may: roots of public CAs are so', () => {
    assertAccepted(verify(below({ extensions: [{ oid: OID.basicConstraints, value: hex('30030101ff') }] })));
  });
  test('anchors are held to the same', () => {
    for (const options of [
      { isCA: false },
      { omit: [OID.basicConstraints] },
      { keyUsage: ['cRLSign'] },
    ] as const) {
      const ca = createAuthority({ random, now: NOW, ...options });
      assertRefused(verify(ca.issue({ key }).chain, { trust: ca.trust }), 'INVALID_CA', 1);
    }
  });
  test('a version 1 anchor may, a version 1 intermediate or leaf is refused', () => {
    const old = createAuthority({ random, now: NOW, version: 1 });
    assertAccepted(verify(old.issue({ key }).chain, { trust: old.trust }));
    assertRefused(verify(below({ version: 1 })), 'UNSUPPORTED_VERSION', 1);
    assertRefused(verify([leaf({ version: 1 })]), 'UNSUPPORTED_VERSION', 0);
    assertRefused(verify([leaf({ version: 2 })]), 'UNSUPPORTED_VERSION', 0);
  });
});

describe('path length', () => {
  const chain = (...lengths: (number | undefined)[]): readonly Certificate[] => {
    let ca: Authority = root;
    for (const [i, pathLen] of lengths.entries()) {
      ca = ca.intermediate({ subject: `CN=level ${i}`, ...(pathLen === undefined ? {} : { pathLen }) });
    }
    return ca.issue({ key }).chain;
  };
  test('is kept', () => {
    assertAccepted(verify(chain(0)));
    assertAccepted(verify(chain(1, 0)));
    assertAccepted(verify(chain(1, 2)));
    assertRefused(verify(chain(0, undefined)), 'PATH_LENGTH_EXCEEDED', 2);
    assertRefused(verify(chain(1, undefined, undefined)), 'PATH_LENGTH_EXCEEDED', 3);
    assertRefused(verify(chain(undefined, 0, undefined)), 'PATH_LENGTH_EXCEEDED', 2);
  });
  test('is kept without key usage too', () => {
    const outer = root.intermediate({ pathLen: 0, omit: [OID.keyUsage] });
    const inner = outer.intermediate({ subject: 'CN=inner', omit: [OID.keyUsage] });
    assertRefused(verify(inner.issue({ key }).chain), 'PATH_LENGTH_EXCEEDED', 2);
  });
  test('of the anchor is kept', () => {
    const ca = createAuthority({ random, now: NOW, pathLen: 0 });
    assertAccepted(verify(ca.issue({ key }).chain, { trust: ca.trust }));
    assertRefused(
      verify(ca.intermediate().issue({ key }).chain, { trust: ca.trust }),
      'PATH_LENGTH_EXCEEDED',
      2,
    );
  });
  test('self-issued certificates do not count', () => {
    const outer = root.intermediate({ subject: 'CN=same', pathLen: 0 });
    const inner = outer.intermediate({ subject: 'CN=same', pathLen: 0 });
    assert.equal(inner.certificate.isSelfIssued, true);
    assertAccepted(verify([inner.issue({ key }).certificate, inner.certificate, outer.certificate]));
  });
});

describe('purpose', () => {
  test('must stand in extKeyUsage of the leaf where it has one', () => {
    const clientOnly = leaf({ extKeyUsage: ['clientAuth'] });
    assertRefused(verify([clientOnly]), 'INVALID_PURPOSE', 0);
    assertAccepted(verify([clientOnly], { purpose: 'clientAuth' }));
    assertAccepted(verify([clientOnly], { purpose: 'any' }));
    assertRefused(
      verify([leaf({ extKeyUsage: ['serverAuth'] })], { purpose: 'clientAuth' }),
      'INVALID_PURPOSE',
      0,
    );
    assertRefused(verify([leaf({ extKeyUsage: ['1.2.3'] })]), 'INVALID_PURPOSE', 0);
  });
  test('is not covered by anyExtendedKeyUsage, as in OpenSSL and webpki', () => {
    assertRefused(verify([leaf({ extKeyUsage: ['anyExtendedKeyUsage'] })]), 'INVALID_PURPOSE', 0);
  });
  test('must stand in that of every CA which has one', () => {
    const constrained = root.intermediate({ extKeyUsage: ['clientAuth'] });
    assertRefused(verify(constrained.issue({ key }).chain), 'INVALID_PURPOSE', 1);
    assertAccepted(verify(root.intermediate({ extKeyUsage: ['serverAuth'] }).issue({ key }).chain));
    const ca = createAuthority({ random, now: NOW, extKeyUsage: ['emailProtection'] });
    assertRefused(verify(ca.issue({ key }).chain, { trust: ca.trust }), 'INVALID_PURPOSE', 1);
  });
  test('TLS needs digitalSignature where there is a key usage (RFC 8446 4.4.2.2)', () => {
    const encipher = leaf({ keyUsage: ['keyEncipherment'] });
    assertRefused(verify([encipher]), 'INVALID_PURPOSE', 0);
    assertRefused(verify([encipher], { purpose: 'clientAuth' }), 'INVALID_PURPOSE', 0);
    assertAccepted(verify([encipher], { keyUsage: 'any' }));
    assertAccepted(verify([encipher], { keyUsage: 'keyEncipherment' }));
    assertAccepted(verify([encipher], { purpose: 'any' }));
    assertRefused(verify([leaf()], { keyUsage: 'keyAgreement' }), 'INVALID_PURPOSE', 0);
  });
});

describe('critical extensions', () => {
  test('that are unknown refuse, wherever they stand on the path', () => {
    assertRefused(verify([leaf({ extensions: [unknownExtension] })]), 'UNHANDLED_CRITICAL_EXTENSION', 0);
    const mid = root.intermediate({ extensions: [unknownExtension] });
    assertRefused(verify(mid.issue({ key }).chain), 'UNHANDLED_CRITICAL_EXTENSION', 1);
    const ca = createAuthority({ random, now: NOW, extensions: [unknownExtension] });
    assertRefused(verify(ca.issue({ key }).chain, { trust: ca.trust }), 'UNHANDLED_CRITICAL_EXTENSION', 1);
  });
  test('that are not evaluated refuse, although they can be read', () => {
    const cases = [
      [OID.tlsFeature, '3003020105'],
      [OID.subjectKeyIdentifier, '0401aa'],
      [OID.issuerAltName, '3003820161'],
      [OID.cRLDistributionPoints, '30023000'],
      [OID.signedCertificateTimestamps, '0400'],
      [OID.precertificatePoison, '0500'],
    ] as const;
    for (const [oid, value] of cases) {
      assertRefused(
        verify([leaf({ extensions: [{ oid, critical: true, value: hex(value) }] })]),
        'UNHANDLED_CRITICAL_EXTENSION',
        0,
      );
    }
  });
  test('that are unknown and not critical are let be', () => {
    assertAccepted(verify([leaf({ extensions: [{ ...unknownExtension, critical: false }] })]));
  });
  test('critical policies are understood, a demand for one is not', () => {
    const policies = {
      oid: OID.certificatePolicies,
      critical: true,
      value: derSequence(derSequence(derOid('1.2.3'))),
    };
    assertAccepted(verify([leaf({ extensions: [policies] })]));
    const demand = { oid: OID.policyConstraints, critical: true, value: hex('3003800100') };
    assertRefused(
      verify(root.intermediate({ extensions: [demand] }).issue({ key }).chain),
      'UNHANDLED_CRITICAL_EXTENSION',
      1,
    );
    const mapping = { oid: OID.policyConstraints, critical: true, value: hex('3003810100') };
    assertAccepted(verify(root.intermediate({ extensions: [mapping] }).issue({ key }).chain));
    const loose = { ...mapping, critical: false };
    assertRefused(
      verify(root.intermediate({ extensions: [loose] }).issue({ key }).chain),
      'INVALID_EXTENSION',
      1,
    );
  });
});

describe('contradictions within a certificate', () => {
  test('keyCertSign without CA', () => {
    assertRefused(verify([leaf({ keyUsage: ['digitalSignature', 'keyCertSign'] })]), 'INVALID_EXTENSION', 0);
  });
  test('a path length without CA means nothing, and is let be', () => {
    assertAccepted(verify([leaf({ pathLen: 0 })]));
  });
  test('name constraints without CA', () => {
    assertRefused(verify([leaf({ nameConstraints: { permitted: ['a.example'] } })]), 'INVALID_EXTENSION', 0);
  });
  test('a CA without a name', () => {
    const usage = { isCA: true, keyUsage: ['digitalSignature', 'keyCertSign'] } as const;
    assertRefused(verify([leaf({ subject: '', ...usage })]), 'INVALID_EXTENSION', 0);
    assertAccepted(verify([leaf({ subject: '' })]));
  });
  test('an issuer without a name', () => {
    const nameless = createSelfSigned({ random, now: NOW, names: ['a.example'], subject: '' }).certificate;
    assertRefused(
      verify([nameless], { trust: TrustStore.fromCertificates([nameless]) }),
      'INVALID_EXTENSION',
      0,
    );
  });
  test('an anchor whose key identifiers disagree', () => {
    const wrong = { oid: OID.authorityKeyIdentifier, value: derSequence(derElement(0x80, hex('aa'))) };
    const ca = createAuthority({ random, now: NOW, extensions: [wrong] });
    assertRefused(verify(ca.issue({ key }).chain, { trust: ca.trust }), 'UNABLE_TO_GET_ISSUER_CERT');
    assertRefused(
      verify(ca.issue({ key }).chain, { trust: ca.trust, partialChain: true }),
      'INVALID_EXTENSION',
      1,
    );
  });
});
