/** OCSP responses: what counts, and each reason for which one does not (RFC 6960 3.2, 4.2.2). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { strangeExtension } from '../../src/x509/issue-crl.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  createAuthority,
  createCrl,
  createOcspFailure,
  createOcspResponse,
  type OcspAnswer,
  type OcspFields,
  parseCrl,
  parseOcspResponse,
  type RevocationOptions,
  type VerifyVerdict,
  verifyChain,
  X509Error,
  type X509ErrorCode,
} from '../../src/x509.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const HOUR = 3_600_000;
const random = insecureSeededRandom(78);
const schemes = signatureAlgorithms();

const root = createAuthority({ random, now: NOW, subject: 'CN=root' });
const ca = root.intermediate({ subject: 'CN=ca' });
const leaf = ca.issue({ names: ['a.test'] });
const other = ca.issue({ names: ['b.test'] });
/** tlsFeature with status_request. */
const stapling = ca.issue({
  names: ['a.test'],
  extensions: [{ oid: OID.tlsFeature, value: Uint8Array.of(0x30, 3, 2, 1, 5) }],
});
const responder = ca.issue({ subject: 'CN=responder', extKeyUsage: ['ocspSigning'] });
const unfitResponder = ca.issue({ subject: 'CN=responder', extKeyUsage: ['serverAuth'] });
const rootResponder = root.issue({ subject: 'CN=responder', extKeyUsage: ['ocspSigning'] });
const lateResponder = ca.issue({
  subject: 'CN=responder',
  extKeyUsage: ['ocspSigning'],
  notBefore: NOW - 2 * DAY,
  notAfter: NOW - DAY,
});
const namesake = createAuthority({ random, now: NOW, subject: 'CN=ca' });

function answer(fields: Partial<OcspAnswer> = {}): OcspAnswer {
  return {
    certificate: leaf.certificate,
    issuer: ca.certificate,
    status: { kind: 'good' },
    thisUpdate: NOW - HOUR,
    nextUpdate: NOW + DAY,
    ...fields,
  };
}

function response(fields: Partial<OcspFields> = {}): Uint8Array {
  return createOcspResponse({
    answers: [answer()],
    responder: ca.certificate,
    signingKey: ca.key,
    random,
    producedAt: NOW - HOUR,
    ...fields,
  });
}

const delegated = (signer: typeof responder, fields: Partial<OcspFields> = {}): Uint8Array =>
  response({ responder: signer.certificate, signingKey: signer.key, ...fields });

function verify(
  ders: readonly Uint8Array[],
  options: Partial<RevocationOptions> = {},
  chain = leaf.chain,
): VerifyVerdict {
  return verifyChain({
    chain,
    trust: root.trust,
    now: NOW,
    purpose: 'serverAuth',
    schemes,
    revocation: { ocspResponses: ders.map(parseOcspResponse), check: 'leaf', ...options },
  });
}

function refused(verdict: VerifyVerdict, code: X509ErrorCode): void {
  if (verdict.ok) assert.fail(`accepted, not ${code}`);
  assert.equal(verdict.error.code, code, verdict.error.message);
}

function accepted(verdict: VerifyVerdict): void {
  if (!verdict.ok) throw verdict.error;
}

const revokedStatus = { kind: 'revoked', revokedAt: NOW - DAY, reason: 'keyCompromise' } as const;

describe('a response that counts', () => {
  test('signed by the issuer, named by name or key, the certificate named by SHA-1 or SHA-256', () => {
    accepted(verify([response()]));
    accepted(verify([response({ responderBy: 'key' })]));
    accepted(verify([response({ answers: [answer({ hash: 'SHA-256' })] })]));
    accepted(verify([response({ answers: [answer({ certificate: other.certificate }), answer()] })]));
  });

  test('signed by a responder of the issuer', () => {
    accepted(verify([delegated(responder)]));
    accepted(verify([delegated(responder, { responderBy: 'key' })]));
  });

  test('says that it is revoked, and why; or that nobody knows it', () => {
    const verdict = verify([response({ answers: [answer({ status: revokedStatus })] })]);
    refused(verdict, 'CERT_REVOKED');
    assert.match(verdict.ok ? '' : verdict.error.message, /2026-05-31, keyCompromise, says an OCSP response/);
    refused(verify([response({ answers: [answer({ status: { kind: 'unknown' } })] })]), 'OCSP_CERT_UNKNOWN');
  });

  test('the worse of two answers stands, in one response and in two', () => {
    const bad = answer({ status: revokedStatus });
    refused(verify([response({ answers: [answer(), bad] })]), 'CERT_REVOKED');
    refused(verify([response(), response({ answers: [bad] })]), 'CERT_REVOKED');
    refused(verify([response({ answers: [bad] }), response()]), 'CERT_REVOKED');
  });

  test('beside a list: either may say that it is good, either that it is revoked', () => {
    const list = (revoked: { certificate: typeof leaf.certificate }[]) =>
      parseCrl(
        createCrl({
          issuer: ca.certificate,
          signingKey: ca.key,
          random,
          thisUpdate: NOW - HOUR,
          nextUpdate: NOW + DAY,
          revoked,
        }),
      );
    accepted(verify([], { crls: [list([])] }));
    accepted(verify([response()], { crls: [] }));
    refused(verify([response()], { crls: [list([leaf])] }), 'CERT_REVOKED');
    const bad = response({ answers: [answer({ status: revokedStatus })] });
    refused(verify([bad], { crls: [list([])] }), 'CERT_REVOKED');
  });

  test('without nextUpdate for a day', () => {
    accepted(verify([response({ answers: [answer({ nextUpdate: undefined })] })]));
    const old = answer({ nextUpdate: undefined, thisUpdate: NOW - 25 * HOUR });
    refused(verify([response({ answers: [old] })]), 'OCSP_HAS_EXPIRED');
  });

  test('clocks may differ by minutes', () => {
    const early = { producedAt: NOW + 60_000, answers: [answer({ thisUpdate: NOW + 60_000 })] };
    accepted(verify([response(early)]));
  });
});

const tampered = response();
tampered[tampered.length - 1] = (tampered[tampered.length - 1] ?? 0) ^ 1;

const UNFIT: Readonly<Record<string, readonly [X509ErrorCode, Uint8Array | undefined]>> = {
  'there is none': ['OCSP_VERIFY_NEEDED', undefined],
  'it is about another certificate': [
    'OCSP_VERIFY_NEEDED',
    response({ answers: [answer({ certificate: other.certificate })] }),
  ],
  'it is about a certificate of the same number and another issuer': [
    'OCSP_VERIFY_NEEDED',
    response({ answers: [answer({ issuer: root.certificate })] }),
  ],
  'it is about a certificate of a namesake of the issuer': [
    'OCSP_VERIFY_NEEDED',
    response({ answers: [answer({ issuer: namesake.certificate })] }),
  ],
  'a bit of its signature is wrong': ['OCSP_VERIFY_FAILED', tampered],
  'it is signed by a namesake': ['OCSP_VERIFY_FAILED', response({ signingKey: namesake.key })],
  'its responder is not certified for it': ['OCSP_VERIFY_FAILED', delegated(unfitResponder)],
  'another CA made the responder': ['OCSP_VERIFY_FAILED', delegated(rootResponder)],
  "the responder's certificate has expired": ['OCSP_VERIFY_FAILED', delegated(lateResponder)],
  "the responder's certificate is not there": [
    'OCSP_VERIFY_FAILED',
    delegated(responder, { certificates: [] }),
  ],
  'another key than the responder has signed it': [
    'OCSP_VERIFY_FAILED',
    delegated(responder, { signingKey: other.key }),
  ],
  'the leaf itself signed it': ['OCSP_VERIFY_FAILED', delegated(leaf)],
  'it is too old': ['OCSP_HAS_EXPIRED', response({ answers: [answer({ nextUpdate: NOW - 1000 })] })],
  'it is from the future': [
    'OCSP_NOT_YET_VALID',
    response({ answers: [answer({ thisUpdate: NOW + HOUR })] }),
  ],
  'it was made in the future': ['OCSP_NOT_YET_VALID', response({ producedAt: NOW + HOUR })],
  'a critical extension is unknown': [
    'OCSP_VERIFY_FAILED',
    response({ extensions: [strangeExtension(true)] }),
  ],
  'a critical extension of the answer is unknown': [
    'OCSP_VERIFY_FAILED',
    response({ answers: [answer({ extensions: [strangeExtension(true)] })] }),
  ],
};

describe('a response does not count when', () => {
  for (const [name, [code, der]] of Object.entries(UNFIT)) {
    test(name, () => {
      refused(verify(der === undefined ? [] : [der]), code);
      // Nor does it take anything away from a good one beside it, or revoke by itself.
      accepted(verify(der === undefined ? [response()] : [der, response()]));
      accepted(verify(der === undefined ? [] : [der], { ifMissing: 'accept' }));
    });
  }
});

describe('must-staple (RFC 7633)', () => {
  const about = response({ answers: [answer({ certificate: stapling.certificate })] });
  const soft = { ifMissing: 'accept', mustStaple: true } as const;
  test('a promise is kept, or the certificate refused', () => {
    accepted(verify([about], soft, stapling.chain));
    refused(verify([], soft, stapling.chain), 'OCSP_VERIFY_NEEDED');
    refused(verify([response()], soft, stapling.chain), 'OCSP_VERIFY_NEEDED');
    const stale = response({
      answers: [answer({ certificate: stapling.certificate, nextUpdate: NOW - 1000 })],
    });
    refused(verify([stale], soft, stapling.chain), 'OCSP_HAS_EXPIRED');
    accepted(verify([], { ifMissing: 'accept' }, stapling.chain));
  });
  test('who promises nothing need not keep it', () => accepted(verify([], soft)));
});

describe('reading', () => {
  const fails = (der: Uint8Array, code: X509ErrorCode, message: RegExp): void => {
    assert.throws(
      () => parseOcspResponse(der),
      (error) => error instanceof X509Error && error.code === code && message.test(error.message),
    );
  };
  test('no answer, and why', () => {
    for (const [status, why] of [
      [1, 'malformedRequest'],
      [3, 'tryLater'],
      [6, 'unauthorized'],
    ] as const)
      fails(createOcspFailure(status), 'OCSP_UNSUCCESSFUL', new RegExp(why));
    fails(createOcspFailure(4), 'MALFORMED', /no such status/);
    fails(createOcspFailure(0), 'MALFORMED', /is missing/);
  });
  test('what it says', () => {
    const one = parseOcspResponse(response({ nonce: Uint8Array.of(1, 2, 3) }));
    assert.deepEqual([...(one.nonce ?? [])], [1, 2, 3]);
    assert.equal(one.producedAt, NOW - HOUR);
    assert.equal(one.responses[0]?.nextUpdate, NOW + DAY);
    assert.ok('name' in one.responder && one.responder.name.equals(ca.certificate.subject));
  });
  test('nothing but an X509Error for any byte changed', () => {
    const der = delegated(responder);
    fails(concatBytes(der, Uint8Array.of(0)), 'MALFORMED', /unexpected bytes/);
    for (let at = 0; at < der.length; at += 3) {
      for (const value of [0, 0x30, 0x81, 0xff]) {
        const changed = Uint8Array.from(der);
        changed[at] = value;
        try {
          verify([changed]);
        } catch (error) {
          assert.ok(error instanceof X509Error, String(error));
        }
      }
    }
  });
});
