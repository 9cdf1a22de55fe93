/** CRLs: read strictly, and each reason for which one does not count, at each depth (RFC 5280 5, 6.3). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { encodePem } from '../../src/bytes/pem.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { strangeExtension } from '../../src/x509/issue-crl.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  type Certificate,
  type CrlFields,
  createAuthority,
  createCrl,
  distributionPoint,
  parseCrl,
  parseCrls,
  type RevocationOptions,
  type VerifyVerdict,
  verifyChain,
  X509Error,
  type X509ErrorCode,
} from '../../src/x509.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const HOUR = 3_600_000;
const random = insecureSeededRandom(77);
const schemes = signatureAlgorithms();

const root = createAuthority({ random, now: NOW, subject: 'CN=root' });
const ca = root.intermediate({ subject: 'CN=ca' });
const POINT = 'http://crl.test/a';
const leaf = ca.issue({ names: ['a.test'] });
const pointed = ca.issue({ names: ['a.test'], extensions: [distributionPoint(`URI:${POINT}`)] });
const other = ca.issue({ names: ['b.test'] });
const stranger = createAuthority({ random, now: NOW, subject: 'CN=ca' });

type Signer = typeof root;

function crl(
  issuer: Signer,
  revoked: CrlFields['revoked'] = [],
  fields: Partial<CrlFields> = {},
): Uint8Array {
  return createCrl({
    issuer: issuer.certificate,
    signingKey: issuer.key,
    random,
    thisUpdate: NOW - HOUR,
    nextUpdate: NOW + DAY,
    revoked,
    ...fields,
  });
}

function verify(
  chain: readonly Certificate[],
  ders: readonly Uint8Array[],
  check: RevocationOptions['check'] = 'leaf',
  ifMissing: RevocationOptions['ifMissing'] = undefined,
): VerifyVerdict {
  return verifyChain({
    chain,
    trust: root.trust,
    now: NOW,
    purpose: 'serverAuth',
    schemes,
    revocation: { crls: ders.map(parseCrl), check, ifMissing },
  });
}

function refused(verdict: VerifyVerdict, code: X509ErrorCode, depth = 0): void {
  if (verdict.ok) assert.fail(`accepted, not ${code}`);
  assert.equal(verdict.error.code, code, verdict.error.message);
  assert.equal(verdict.error.depth, depth);
}

function accepted(verdict: VerifyVerdict): void {
  if (!verdict.ok) throw verdict.error;
}

describe('a list that counts', () => {
  test('says that a certificate is good, or revoked and why', () => {
    accepted(verify(leaf.chain, [crl(ca)]));
    accepted(verify(leaf.chain, [crl(ca, [other])]));
    const verdict = verify(leaf.chain, [
      crl(ca, [other, { certificate: leaf.certificate, reason: 'keyCompromise', revokedAt: NOW - DAY }]),
    ]);
    refused(verdict, 'CERT_REVOKED');
    assert.match(verdict.ok ? '' : verdict.error.message, /revoked on 2026-05-31, keyCompromise/);
  });

  test('a revoked certificate stays refused whatever other lists say', () => {
    const revoking = crl(ca, [leaf]);
    const scoped = crl(ca, [], { scope: { only: 'user' } });
    refused(verify(leaf.chain, [revoking, scoped]), 'CERT_REVOKED');
    refused(verify(leaf.chain, [scoped, revoking]), 'CERT_REVOKED');
  });

  test('of two lists of one scope the newer one counts, wherever it stands', () => {
    const older = crl(ca, [leaf], { thisUpdate: NOW - 2 * DAY });
    const newer = crl(ca, [], { number: 2 });
    accepted(verify(leaf.chain, [older, newer]));
    accepted(verify(leaf.chain, [newer, older]));
    const grown = crl(ca, [leaf], { number: 3, thisUpdate: NOW - 60_000 });
    refused(verify(leaf.chain, [grown, newer]), 'CERT_REVOKED');
    refused(verify(leaf.chain, [newer, grown]), 'CERT_REVOKED');
  });

  test('a list from the future does not push aside the one of today', () => {
    refused(verify(leaf.chain, [crl(ca, [leaf]), crl(ca, [], { thisUpdate: NOW + HOUR })]), 'CERT_REVOKED');
  });

  test('a newer list that the issuer has not signed does not push aside its own', () => {
    const forged = crl(ca, [], { signingKey: stranger.key, thisUpdate: NOW - 60_000 });
    // The lists of an issuer that has changed its key need not say whose they are.
    const omit = [OID.authorityKeyIdentifier];
    const renewed = crl(stranger, [], { omit, thisUpdate: NOW - 60_000 });
    for (const [newer, fields] of [
      [forged, {}],
      [renewed, { omit }],
    ] as const) {
      for (const ifMissing of ['refuse', 'accept'] as const) {
        refused(verify(leaf.chain, [newer, crl(ca, [leaf], fields)], 'leaf', ifMissing), 'CERT_REVOKED');
        refused(verify(leaf.chain, [crl(ca, [leaf], fields), newer], 'leaf', ifMissing), 'CERT_REVOKED');
        accepted(verify(leaf.chain, [newer, crl(ca, [], fields)], 'leaf', ifMissing));
      }
      refused(verify(leaf.chain, [newer]), 'CRL_SIGNATURE_FAILURE');
    }
  });

  test('one for each distribution point, one for users, one for each set of reasons', () => {
    const fullName = [`URI:${POINT}`];
    accepted(verify(pointed.chain, [crl(ca, [], { scope: { fullName } })]));
    refused(verify(pointed.chain, [crl(ca, [pointed], { scope: { fullName } })]), 'CERT_REVOKED');
    accepted(verify(leaf.chain, [crl(ca, [], { scope: { only: 'user' } })]));
    const some = crl(ca, [], { scope: { reasons: 0x0e } });
    const rest = crl(ca, [], { scope: { reasons: 0x1f0 } });
    accepted(verify(leaf.chain, [some, rest]));
    refused(verify(leaf.chain, [some]), 'UNABLE_TO_GET_CRL');
    refused(verify(leaf.chain, [some, crl(ca, [leaf], { scope: { reasons: 0x1f0 } })]), 'CERT_REVOKED');
  });

  test('version 1 lists, lists without number, entries in any order and twice', () => {
    accepted(verify(leaf.chain, [crl(ca, [other], { version: 1 })]));
    accepted(verify(leaf.chain, [crl(ca, [], { omit: [OID.cRLNumber] })]));
    refused(verify(leaf.chain, [crl(ca, [leaf, other, leaf])]), 'CERT_REVOKED');
    refused(verify(leaf.chain, [crl(ca, [leaf], { version: 1 })]), 'CERT_REVOKED');
  });

  test('extensions that are not critical do not matter', () => {
    const extensions = [strangeExtension(false)];
    accepted(verify(leaf.chain, [crl(ca, [{ certificate: other.certificate, extensions }], { extensions })]));
  });
});

describe('the whole chain', () => {
  test('needs a list of each issuer, the root for itself', () => {
    accepted(verify(leaf.chain, [crl(ca), crl(root)], 'chain'));
    refused(verify(leaf.chain, [crl(ca)], 'chain'), 'UNABLE_TO_GET_CRL', 2);
    refused(verify(leaf.chain, [crl(root)], 'chain'), 'UNABLE_TO_GET_CRL', 0);
    refused(verify(leaf.chain, [crl(ca), crl(root, [ca])], 'chain'), 'CERT_REVOKED', 1);
    refused(verify(leaf.chain, [crl(ca), crl(root, [root])], 'chain'), 'CERT_REVOKED', 2);
  });

  test('the leaf alone asks nothing of the others', () => {
    accepted(verify(leaf.chain, [crl(ca), crl(root, [ca])], 'leaf'));
  });

  test('lists of CA certificates are for CA certificates', () => {
    const cas = crl(root, [], { scope: { only: 'ca' } });
    const users = crl(root, [], { scope: { only: 'user' } });
    accepted(verify(leaf.chain, [crl(ca), cas], 'chain'));
    refused(verify(leaf.chain, [crl(ca), users], 'chain'), 'DIFFERENT_CRL_SCOPE', 2);
  });

  test('a revoked intermediate is avoided where another path exists', () => {
    const again = root.intermediate({ subject: 'CN=ca', key: ca.key });
    const chain = [leaf.certificate, ca.certificate, again.certificate];
    accepted(verify(chain, [crl(ca), crl(root, [ca])], 'chain'));
    refused(verify(chain, [crl(ca), crl(root, [ca, again])], 'chain'), 'CERT_REVOKED', 1);
  });
});

const withoutSigning = root.intermediate({ subject: 'CN=no crls', keyUsage: ['keyCertSign'] });
const below = withoutSigning.issue({ names: ['a.test'] });

/** Each breaks one rule; the code is OpenSSL's where it has one. */
const UNFIT: Readonly<Record<string, readonly [X509ErrorCode, () => VerifyVerdict]>> = {
  'there is none': ['UNABLE_TO_GET_CRL', () => verify(leaf.chain, [])],
  'it is of another issuer': ['UNABLE_TO_GET_CRL', () => verify(leaf.chain, [crl(root, [leaf])])],
  'it is signed by a namesake': ['CRL_SIGNATURE_FAILURE', () => verify(leaf.chain, [crl(stranger)])],
  'it is signed by a namesake that names the right key': [
    'CRL_SIGNATURE_FAILURE',
    () => verify(leaf.chain, [crl(ca, [], { signingKey: stranger.key })]),
  ],
  'a bit of its signature is wrong': [
    'CRL_SIGNATURE_FAILURE',
    () => {
      const der = crl(ca);
      der[der.length - 1] = (der[der.length - 1] ?? 0) ^ 1;
      return verify(leaf.chain, [der]);
    },
  ],
  'its issuer may not sign lists': ['KEYUSAGE_NO_CRL_SIGN', () => verify(below.chain, [crl(withoutSigning)])],
  'the next one is overdue': [
    'CRL_HAS_EXPIRED',
    () => verify(leaf.chain, [crl(ca, [], { nextUpdate: NOW - 1000 })]),
  ],
  'it does not say when the next one is due': [
    'CRL_HAS_EXPIRED',
    () => verify(leaf.chain, [crl(ca, [], { nextUpdate: undefined })]),
  ],
  'it is from the future': [
    'CRL_NOT_YET_VALID',
    () => verify(leaf.chain, [crl(ca, [], { thisUpdate: NOW + 1000 })]),
  ],
  'a critical extension of it is unknown': [
    'UNHANDLED_CRITICAL_CRL_EXTENSION',
    () => verify(leaf.chain, [crl(ca, [], { extensions: [strangeExtension(true)] })]),
  ],
  'a critical extension of some entry is unknown': [
    'UNHANDLED_CRITICAL_CRL_EXTENSION',
    () =>
      verify(leaf.chain, [
        crl(ca, [{ certificate: other.certificate, extensions: [strangeExtension(true)] }]),
      ]),
  ],
  'it is a delta': ['DIFFERENT_CRL_SCOPE', () => verify(leaf.chain, [crl(ca, [], { deltaTo: 1 })])],
  'it is indirect': [
    'DIFFERENT_CRL_SCOPE',
    () => verify(leaf.chain, [crl(ca, [], { scope: { indirect: true } })]),
  ],
  'it is about CA certificates': [
    'DIFFERENT_CRL_SCOPE',
    () => verify(leaf.chain, [crl(ca, [], { scope: { only: 'ca' } })]),
  ],
  'it is about attribute certificates': [
    'DIFFERENT_CRL_SCOPE',
    () => verify(leaf.chain, [crl(ca, [], { scope: { only: 'attribute' } })]),
  ],
  'it is for another distribution point': [
    'DIFFERENT_CRL_SCOPE',
    () => verify(pointed.chain, [crl(ca, [], { scope: { fullName: ['URI:http://crl.test/b'] } })]),
  ],
  'it is for a distribution point and the certificate names none': [
    'DIFFERENT_CRL_SCOPE',
    () => verify(leaf.chain, [crl(ca, [], { scope: { fullName: [`URI:${POINT}`] } })]),
  ],
};

describe('a list does not count when', () => {
  for (const [name, [code, run]] of Object.entries(UNFIT)) test(name, () => refused(run(), code));

  test('and a good one beside it does', () => {
    const good = crl(ca);
    accepted(verify(leaf.chain, [crl(stranger), good]));
    accepted(verify(leaf.chain, [crl(ca, [], { deltaTo: 1 }), good]));
    accepted(verify(leaf.chain, [crl(ca, [], { scope: { only: 'ca' } }), good]));
  });
});

describe('reading', () => {
  const malformed = (der: Uint8Array, message: RegExp): void => {
    assert.throws(
      () => parseCrl(der),
      (error) => error instanceof X509Error && error.code === 'MALFORMED' && message.test(error.message),
    );
  };

  test('what it says', () => {
    const one = parseCrl(
      crl(ca, [{ certificate: leaf.certificate, reason: 'superseded' }, other], { number: 300 }),
    );
    assert.equal(one.version, 2);
    assert.equal(one.revokedCount, 2);
    assert.deepEqual([...(one.crlNumber ?? [])], [1, 44]);
    assert.equal(one.thisUpdate, NOW - HOUR);
    assert.equal(one.nextUpdate, NOW + DAY);
    assert.deepEqual(
      [...one.revoked()].map(({ reason }) => reason),
      ['superseded', undefined],
    );
    assert.equal(one.lookUp(ca.certificate.serialNumber), undefined);
  });

  test('in PEM, several in one file, beside other blocks', () => {
    const pem = [ca, root].map((issuer) => encodePem('X509 CRL', crl(issuer))).join('');
    assert.equal(parseCrls(`${ca.certificatePem}${pem}`).length, 2);
    assert.equal(parseCrls(crl(ca)).length, 1);
    assert.throws(
      () => parseCrls(ca.certificatePem),
      (error) => error instanceof X509Error && error.code === 'NO_CRL',
    );
  });

  test('bytes behind it, a cut, another algorithm inside', () => {
    const der = crl(ca);
    malformed(concatBytes(der, Uint8Array.of(0)), /unexpected bytes/);
    malformed(der.subarray(0, -1), /past the end/);
    for (let at = 0; at < der.length; at += 7) {
      for (const value of [0, 0x30, 0xff]) {
        const changed = Uint8Array.from(der);
        changed[at] = value;
        try {
          parseCrl(changed);
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error));
        }
      }
    }
  });

  test('a number that is critical, a reason that does not exist, a scope about two kinds', () => {
    const critical = { oid: OID.cRLNumber, critical: true, value: Uint8Array.of(2, 1, 1) };
    malformed(crl(ca, [], { extensions: [critical] }), /must not be critical/);
    const reason = { oid: OID.reasonCode, value: Uint8Array.of(0x0a, 1, 7) };
    malformed(crl(ca, [{ certificate: leaf.certificate, extensions: [reason] }]), /no such reason/);
    const both = {
      oid: OID.issuingDistributionPoint,
      critical: true,
      value: Uint8Array.of(0x30, 6, 0x81, 1, 0xff, 0x82, 1, 0xff),
    };
    malformed(crl(ca, [], { extensions: [both] }), /two kinds/);
    const explicitFalse = { ...both, value: Uint8Array.of(0x30, 3, 0x81, 1, 0) };
    malformed(crl(ca, [], { extensions: [explicitFalse] }), /default value/);
  });
});
