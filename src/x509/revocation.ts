/**
 * Whether CRLs (RFC 5280 6.3) or OCSP responses (ocsp-check.ts) say that a certificate of a path is revoked. It fails
 * closed: a certificate that is to be checked and that nothing speaks for is refused. A list counts when the certificate's own issuer signed it, it is in
 * date, and it is about such certificates; delta lists, indirect lists and lists signed by another certificate than
 * the one that issued do not.
 */
import { equalBytes } from '../bytes/bytes.ts';
import type { SignatureAlgorithm } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import {
  type CertificateRevocationList,
  describeCrl,
  type IssuingDistributionPoint,
  type RevokedCertificate,
} from './crl.ts';
import type { X509ErrorCode } from './error.ts';
import { KeyUsage } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import type { OcspResponse } from './ocsp.ts';
import { judgeOcspResponse } from './ocsp-check.ts';
import { checkSignature } from './signature.ts';

export interface RevocationOptions {
  readonly crls?: readonly CertificateRevocationList[] | undefined;
  /** About any certificates of the path, in any order. One that is stapled in a handshake is not looked at by itself. */
  readonly ocspResponses?: readonly OcspResponse[] | undefined;
  /** The leaf alone, or every certificate of the path, the anchor too where it is self-signed. As OpenSSL has it. */
  readonly check: 'leaf' | 'chain';
  /**
   * Whether a certificate is accepted that no list and no response speaks for. Default: it is refused. `accept` finds out
   * what is revoked only as long as nobody keeps the evidence away.
   */
  readonly ifMissing?: 'refuse' | 'accept' | undefined;
  /** True refuses a leaf that promises a response (must-staple, RFC 7633) and has none, or none that is good. */
  readonly mustStaple?: boolean | undefined;
}

export interface RevocationContext extends RevocationOptions {
  readonly schemes: readonly SignatureAlgorithm[];
  /** Called before each signature is checked; throws X509Error BUDGET_EXCEEDED. */
  readonly spend: () => void;
}

export interface RevocationFinding {
  readonly code: X509ErrorCode;
  readonly message: string;
  readonly rfc: string;
}

/** All reasons that a list can be restricted to: bits 1 to 8 of ReasonFlags (RFC 5280 4.2.1.13). */
const ALL_REASONS = 0x1fe;

/**
 * What speaks against a certificate; undefined when something says that it is good. A revocation counts whoever says so;
 * else one good word is enough. Throws what `spend` throws.
 */
export function revocationProblem(
  certificate: Certificate,
  issuer: Certificate,
  now: number,
  context: RevocationContext,
): RevocationFinding | undefined {
  const byResponse = askResponses(certificate, issuer, now, context);
  if (isRevocation(byResponse)) return byResponse;
  if (byResponse !== undefined && context.mustStaple === true && promisesStaple(certificate))
    return byResponse;
  const byList = askLists(certificate, issuer, now, context);
  if (isRevocation(byList)) return byList;
  if (byResponse === undefined || byList === undefined) return undefined;
  if (context.ifMissing === 'accept') return undefined;
  // Of two that say nothing good, the one for which there was something to look at.
  const hasLists = (context.crls ?? []).length > 0 || context.ocspResponses === undefined;
  return byResponse.code === 'OCSP_VERIFY_NEEDED' && hasLists ? byList : byResponse;
}

/** status_request among its features (RFC 7633 4.2.3.1). A CA's certificate may only pass the promise on. */
function promisesStaple({ known }: Certificate): boolean {
  return known.tlsFeature?.includes(STATUS_REQUEST) === true && known.basicConstraints?.isCA !== true;
}

const STATUS_REQUEST = 5;

/** A responder that does not know the certificate has not issued it, as far as it can tell (RFC 6960 2.2). */
function isRevocation(one: RevocationFinding | undefined): boolean {
  return one?.code === 'CERT_REVOKED' || one?.code === 'OCSP_CERT_UNKNOWN';
}

function askResponses(
  certificate: Certificate,
  issuer: Certificate,
  now: number,
  context: RevocationContext,
): RevocationFinding | undefined {
  let found: RevocationFinding | undefined = finding(
    'OCSP_VERIFY_NEEDED',
    'there is no OCSP response about it',
    OCSP_RULES,
  );
  for (const response of context.ocspResponses ?? []) {
    const verdict = judgeOcspResponse(response, certificate, issuer, { ...context, now });
    if (verdict.kind === 'other') continue;
    if (verdict.kind === 'unfit') {
      if (found !== undefined) found = finding(verdict.code, verdict.message, OCSP_RULES);
    } else if (verdict.status.kind === 'good') found = undefined;
    else if (verdict.status.kind === 'unknown')
      return finding('OCSP_CERT_UNKNOWN', 'the OCSP responder does not know it', OCSP_RULES);
    else return revoked(verdict.status, 'an OCSP response', OCSP_RULES);
  }
  return found;
}

function revoked(
  { revokedAt, reason }: Pick<RevokedCertificate, 'revokedAt' | 'reason'>,
  source: string,
  rfc: string,
): RevocationFinding {
  const day = new Date(revokedAt).toISOString().slice(0, 10);
  const why = reason === undefined ? '' : `, ${reason}`;
  return finding('CERT_REVOKED', `it was revoked on ${day}${why}, says ${source}`, rfc);
}

function askLists(
  certificate: Certificate,
  issuer: Certificate,
  now: number,
  context: RevocationContext,
): RevocationFinding | undefined {
  const own = (context.crls ?? []).filter((crl) => crl.issuer.equals(certificate.issuer));
  if (own.length === 0) return missing(`there is no CRL of its issuer "${certificate.issuer}"`);
  let worst: Problem | undefined;
  let covered = 0;
  for (const crl of newestOfEachScope(own, now, (crl) => isOfIssuer(crl, issuer, context))) {
    const problem = unfit(crl, certificate, issuer, now, context);
    if (problem !== undefined) {
      if (worst === undefined || RANK.indexOf(problem.code) > RANK.indexOf(worst.code)) worst = problem;
      continue;
    }
    const entry = crl.lookUp(certificate.serialNumber);
    if (entry !== undefined) return revoked(entry, `the ${describeCrl(crl)}`, CRL_RULES);
    covered |= crl.issuingDistributionPoint?.onlySomeReasons ?? ALL_REASONS;
  }
  if ((covered & ALL_REASONS) === ALL_REASONS) return undefined;
  if (worst !== undefined) return finding(worst.code, worst.message, CRL_RULES);
  return missing('the CRLs of its issuer do not cover all reasons of revocation');
}

interface Problem {
  readonly code: X509ErrorCode;
  readonly message: string;
}

/** The one further on in the checks says more of what is wrong with the lists at hand. */
const RANK: readonly X509ErrorCode[] = [
  'DIFFERENT_CRL_SCOPE',
  'UNHANDLED_CRITICAL_CRL_EXTENSION',
  'CRL_NOT_YET_VALID',
  'CRL_HAS_EXPIRED',
  'KEYUSAGE_NO_CRL_SIGN',
  'CRL_SIGNATURE_FAILURE',
];

const CRL_RULES = 'RFC 5280 6.3.3';
const OCSP_RULES = 'RFC 6960 3.2';

function finding(code: X509ErrorCode, message: string, rfc: string): RevocationFinding {
  return { code, message, rfc };
}

function missing(message: string): RevocationFinding {
  return finding('UNABLE_TO_GET_CRL', message, CRL_RULES);
}

/**
 * Of lists about the same certificates and reasons the newest one: an older one may lack an entry, or still have one
 * that was taken back. One from the future does not push aside the list of today, nor one that is none of the issuer's:
 * anybody can write it, and an issuer that has changed its key has two.
 */
function newestOfEachScope(
  crls: readonly CertificateRevocationList[],
  now: number,
  isGenuine: (crl: CertificateRevocationList) => boolean,
): CertificateRevocationList[] {
  const kept: CertificateRevocationList[] = [];
  const order = [...crls].sort((a, b) => {
    const later = Number(a.thisUpdate > now) - Number(b.thisUpdate > now);
    return later === 0 ? b.thisUpdate - a.thisUpdate : later;
  });
  for (const crl of order)
    if (!kept.some((newer) => sameScope(newer, crl) && isGenuine(newer))) kept.push(crl);
  return kept;
}

const SCOPE = '2.5.29.28';

/** The same issuer key, as far as they say, and the same issuing distribution point, byte for byte. */
function sameScope(a: CertificateRevocationList, b: CertificateRevocationList): boolean {
  const scope = (crl: CertificateRevocationList): Uint8Array | undefined =>
    crl.extensions.find(({ oid }) => oid === SCOPE)?.value;
  const key = (crl: CertificateRevocationList): Uint8Array | undefined =>
    crl.authorityKeyIdentifier?.keyIdentifier;
  return a.isDelta === b.isDelta && same(scope(a), scope(b)) && same(key(a), key(b));
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

/** Why this list says nothing about the certificate. The signature last: it costs most. */
function unfit(
  crl: CertificateRevocationList,
  certificate: Certificate,
  issuer: Certificate,
  now: number,
  context: RevocationContext,
): Problem | undefined {
  const name = describeCrl(crl);
  if (crl.isDelta)
    return { code: 'DIFFERENT_CRL_SCOPE', message: `the ${name} is a delta, which is not used` };
  const scope = scopeProblem(crl.issuingDistributionPoint, certificate);
  if (scope !== undefined) return { code: 'DIFFERENT_CRL_SCOPE', message: `the ${name} ${scope}` };
  if (crl.unhandledCritical !== undefined) {
    const message = `the ${name} has the critical extension ${crl.unhandledCritical}, which is not supported`;
    return { code: 'UNHANDLED_CRITICAL_CRL_EXTENSION', message };
  }
  if (!(now >= crl.thisUpdate))
    return { code: 'CRL_NOT_YET_VALID', message: `the ${name} is from the future` };
  if (crl.nextUpdate === undefined || !(now <= crl.nextUpdate)) {
    const message =
      crl.nextUpdate === undefined
        ? `the ${name} does not say when the next one is due`
        : `the ${name} was due for renewal at ${new Date(crl.nextUpdate).toISOString()}`;
    return { code: 'CRL_HAS_EXPIRED', message };
  }
  const { keyUsage } = issuer.known;
  if (keyUsage !== undefined && (keyUsage & KeyUsage.cRLSign) === 0) {
    return {
      code: 'KEYUSAGE_NO_CRL_SIGN',
      message: 'the key usage of its issuer does not allow signing CRLs',
    };
  }
  if (!isOfIssuer(crl, issuer, context))
    return { code: 'CRL_SIGNATURE_FAILURE', message: `the ${name} is not signed with the key of its issuer` };
  return undefined;
}

function isOfIssuer(
  crl: CertificateRevocationList,
  issuer: Certificate,
  context: RevocationContext,
): boolean {
  const wanted = crl.authorityKeyIdentifier?.keyIdentifier;
  const { subjectKeyIdentifier } = issuer.known;
  const isOther =
    wanted !== undefined && subjectKeyIdentifier !== undefined && !equalBytes(wanted, subjectKeyIdentifier);
  return !isOther && isSignedBy(crl, issuer, context);
}

interface Checked {
  readonly key: Certificate['publicKey'];
  readonly schemes: RevocationContext['schemes'];
  readonly good: boolean;
}

/** What was found of a list's signature: the same lists serve many connections. */
const checked = new WeakMap<CertificateRevocationList, Checked[]>();
/** Issuers that share a name are few, if there are several at all. */
const MAX_CHECKED = 8;

function isSignedBy(
  crl: CertificateRevocationList,
  issuer: Certificate,
  { schemes, spend }: RevocationContext,
): boolean {
  const known = checked.get(crl) ?? [];
  const key = issuer.publicKey;
  const before = known.find((one) => one.key === key && one.schemes === schemes);
  if (before !== undefined) return before.good;
  spend();
  const good = checkSignature(crl, key, schemes).kind === 'good';
  checked.set(crl, [{ key, schemes, good }, ...known].slice(0, MAX_CHECKED));
  return good;
}

/** RFC 5280 6.3.3 (b) (2). A certificate that names no distribution point is on its issuer's whole list. */
function scopeProblem(
  point: IssuingDistributionPoint | undefined,
  certificate: Certificate,
): string | undefined {
  if (point === undefined) return undefined;
  const isCA = certificate.known.basicConstraints?.isCA === true;
  if (point.isIndirect) return 'is an indirect one, which is not used';
  if (point.onlyAttributeCertificates) return 'is about attribute certificates';
  if (point.onlyUserCertificates && isCA) return 'is not about CA certificates';
  if (point.onlyCaCertificates && !isCA) return 'is about CA certificates alone';
  if (point.hasRelativeName) return 'has a distribution point relative to its issuer, which is not used';
  const { fullName } = point;
  if (fullName === undefined) return undefined;
  const named = certificate.known.cRLDistributionPoints ?? [];
  const fits = fullName.some((name: GeneralName) => name.kind === 'uri' && named.includes(name.value));
  return fits ? undefined : 'is for another distribution point than the certificate names';
}
