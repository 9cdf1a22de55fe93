/**
 * What an OCSP response is worth for a certificate (RFC 6960 3.2, 4.2.2). It counts when it is about this certificate of
 * this issuer, fresh, and signed by the issuer or by someone whom the issuer itself made a responder.
 */
import { equalBytes } from '../bytes/bytes.ts';
import { sha256, sha384, sha512 } from '../crypto/noble/hash.ts';
import { sha1 } from '../crypto/noble/sha1.ts';
import type { SignatureAlgorithm } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import type { X509ErrorCode } from './error.ts';
import { KeyUsage } from './extensions.ts';
import type { CertId, CertStatus, OcspResponse, SingleResponse } from './ocsp.ts';
import { OID } from './oid.ts';
import { publicKeyBits } from './public-key.ts';
import { checkSignature } from './signature.ts';

export interface OcspContext {
  readonly now: number;
  readonly schemes: readonly SignatureAlgorithm[];
  /** Called before each signature is checked; throws X509Error BUDGET_EXCEEDED. */
  readonly spend: () => void;
}

export type OcspVerdict =
  /** About some other certificate. */
  | { readonly kind: 'other' }
  | { readonly kind: 'status'; readonly status: CertStatus }
  | { readonly kind: 'unfit'; readonly code: X509ErrorCode; readonly message: string };

/** Clocks differ: a response may be from a future as near as this, as in OpenSSL. */
const SKEW = 300_000;
/** How long a response without nextUpdate counts, although newer information is said to be there at any time. */
const WITHOUT_NEXT = 86_400_000;

/** SHA-1 only names the issuer here, as nearly all responders do (RFC 5019 2.1.1); the signature proves it. */
const HASHES: ReadonlyMap<string, (data: Uint8Array) => Uint8Array> = new Map([
  [OID.sha1, sha1],
  [OID.sha256, sha256.digest],
  [OID.sha384, sha384.digest],
  [OID.sha512, sha512.digest],
]);

export function judgeOcspResponse(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
  context: OcspContext,
): OcspVerdict {
  const singles = response.responses.filter(({ certId }) => isAbout(certId, certificate, issuer));
  if (singles.length === 0) return { kind: 'other' };
  // Two answers about one certificate: the worse one stands.
  const single = singles.find(({ status }) => status.kind !== 'good') ?? singles[0];
  if (single === undefined) return { kind: 'other' };
  const stranger = [...response.extensions, ...single.extensions].find(
    ({ oid, critical }) => critical && oid !== OID.ocspNonce,
  );
  if (stranger !== undefined)
    return unfit('OCSP_VERIFY_FAILED', `has the critical extension ${stranger.oid}, which is not supported`);
  const stale = staleness(single, response.producedAt, context.now);
  if (stale !== undefined) return stale;
  const signer = signerProblem(response, issuer, context);
  if (signer !== undefined) return unfit('OCSP_VERIFY_FAILED', signer);
  return { kind: 'status', status: single.status };
}

function unfit(code: X509ErrorCode, message: string): OcspVerdict {
  return { kind: 'unfit', code, message: `the OCSP response ${message}` };
}

function isAbout(id: CertId, certificate: Certificate, issuer: Certificate): boolean {
  const hash = HASHES.get(id.hash.oid);
  return (
    hash !== undefined &&
    equalBytes(id.serialNumber, certificate.serialNumber) &&
    equalBytes(id.issuerNameHash, hash(certificate.issuer.raw)) &&
    equalBytes(id.issuerKeyHash, hash(publicKeyBits(issuer.publicKey)))
  );
}

function staleness(single: SingleResponse, producedAt: number, now: number): OcspVerdict | undefined {
  const { thisUpdate, nextUpdate } = single;
  if (!(thisUpdate <= now + SKEW) || !(producedAt <= now + SKEW))
    return unfit('OCSP_NOT_YET_VALID', 'is from the future');
  const end = nextUpdate ?? thisUpdate + WITHOUT_NEXT;
  if (!(now <= end)) return unfit('OCSP_HAS_EXPIRED', `was good until ${new Date(end).toISOString()}`);
  if (nextUpdate !== undefined && nextUpdate < thisUpdate)
    return unfit('OCSP_VERIFY_FAILED', 'ends before it begins');
  return undefined;
}

/** RFC 6960 4.2.2.2: the issuer, or a certificate that the issuer signed for this very purpose. */
function signerProblem(
  response: OcspResponse,
  issuer: Certificate,
  { now, schemes, spend }: OcspContext,
): string | undefined {
  const signed = (key: Certificate['publicKey'], what: OcspResponse | Certificate): boolean => {
    spend();
    return checkSignature(what, key, schemes).kind === 'good';
  };
  if (isResponder(response, issuer)) {
    return signed(issuer.publicKey, response) ? undefined : "is not signed with its issuer's key";
  }
  const delegate = response.certificates.find((one) => isResponder(response, one));
  if (delegate === undefined) return 'is signed by a responder whose certificate is not there';
  const { extKeyUsage, keyUsage } = delegate.known;
  if (!delegate.issuer.equals(issuer.subject) || !signed(issuer.publicKey, delegate))
    return 'is signed by a responder whom another CA certified';
  if (extKeyUsage?.includes(OID.ocspSigning) !== true)
    return 'is signed with a certificate that is not for signing OCSP responses';
  if (keyUsage !== undefined && (keyUsage & (KeyUsage.digitalSignature | KeyUsage.nonRepudiation)) === 0)
    return 'is signed with a key whose usage does not allow it';
  if (!(now >= delegate.notBefore) || !(now <= delegate.notAfter + 999))
    return 'is signed by a responder whose certificate is not in date';
  const unhandled = delegate.extensions.find(({ oid, critical }) => critical && !KNOWN.has(oid));
  if (unhandled !== undefined)
    return `is signed by a responder whose certificate has the critical extension ${unhandled.oid}`;
  return signed(delegate.publicKey, response) ? undefined : "is not signed with its responder's key";
}

/** What may be critical in a responder's certificate. */
const KNOWN: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.ocspNoCheck,
]);

/** Whether the response names this certificate, by its name or by the SHA-1 of its key (RFC 6960 4.2.1). */
function isResponder({ responder }: OcspResponse, certificate: Certificate): boolean {
  return 'name' in responder
    ? responder.name.equals(certificate.subject)
    : equalBytes(responder.keyHash, sha1(publicKeyBits(certificate.publicKey)));
}
