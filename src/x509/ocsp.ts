/** OCSP responses (RFC 6960 4.2), read strictly and completely at once; ocsp-check.ts decides what one is worth. */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import { type AlgorithmIdentifier, readAlgorithm, type SignatureKind, signatureKind } from './algorithm.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { CRL_REASONS } from './crl.ts';
import { contextConstructed, contextTag, DerReader, Tag } from './der.ts';
import { readTime } from './der-time.ts';
import { X509Error } from './error.ts';
import { type Extension, readRawExtensions } from './extensions.ts';
import {
  MAX_OCSP_CERTIFICATES,
  MAX_OCSP_RESPONSE_BYTES,
  MAX_OCSP_SINGLES,
  MAX_SERIAL_BYTES,
} from './limits.ts';
import { type Name, readName } from './name.ts';
import { OID } from './oid.ts';

/** OCSPResponseStatus by value; there is no 4. */
const STATUSES: ReadonlyMap<number, string> = new Map([
  [1, 'malformedRequest'],
  [2, 'internalError'],
  [3, 'tryLater'],
  [5, 'sigRequired'],
  [6, 'unauthorized'],
]);

/** Which certificate a response speaks of, by its issuer's name and key, hashed, and its serial number. */
export interface CertId {
  readonly hash: AlgorithmIdentifier;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
}

export type CertStatus =
  | { readonly kind: 'good' }
  | { readonly kind: 'unknown' }
  /** Milliseconds since 1970, and a name of CRL_REASONS. */
  | { readonly kind: 'revoked'; readonly revokedAt: number; readonly reason: string | undefined };

export interface SingleResponse {
  readonly certId: CertId;
  readonly status: CertStatus;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | undefined;
  readonly extensions: readonly Extension[];
}

/** A BasicOCSPResponse, the one type there is. */
export interface OcspResponse {
  /** The whole OCSPResponse, DER. */
  readonly raw: Uint8Array;
  /** ResponseData as it was signed. */
  readonly tbsRaw: Uint8Array;
  readonly responder: { readonly name: Name } | { readonly keyHash: Uint8Array };
  readonly producedAt: number;
  readonly responses: readonly SingleResponse[];
  readonly extensions: readonly Extension[];
  /** The value of the nonce extension (RFC 9654 2.1), its OCTET STRING opened. */
  readonly nonce: Uint8Array | undefined;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureKind: SignatureKind;
  readonly signature: Uint8Array;
  /** Those that can be read. */
  readonly certificates: readonly Certificate[];
}

/**
 * Reads one DER OCSPResponse; the bytes are copied. Throws X509Error TOO_LARGE, MALFORMED, or OCSP_UNSUCCESSFUL for one
 * that says nothing but why there is no answer.
 */
export function parseOcspResponse(der: Uint8Array): OcspResponse {
  if (der.length > MAX_OCSP_RESPONSE_BYTES) {
    throw new X509Error(
      'TOO_LARGE',
      `an OCSP response of ${der.length} bytes; the limit is ${MAX_OCSP_RESPONSE_BYTES}`,
    );
  }
  const raw = copyBytes(der);
  const outer = new DerReader(raw, 'OCSPResponse');
  const response = outer.sequence('sequence');
  outer.finish();
  const status = response.smallInteger('responseStatus', 6, Tag.enumerated);
  const wrapped = response.optional(contextConstructed(0), 'responseBytes');
  if (status !== 0) {
    const why = STATUSES.get(status) ?? response.fail('no such status', 'responseStatus');
    if (wrapped !== undefined) response.fail('must be absent with an error status', 'responseBytes');
    response.finish();
    throw new X509Error('OCSP_UNSUCCESSFUL', `the OCSP responder gave no answer: ${why}`);
  }
  response.finish();
  if (wrapped === undefined) return response.fail('is missing', 'responseBytes');
  const bytes = wrapped.sequence('ResponseBytes');
  wrapped.finish();
  const type = bytes.oid('responseType');
  if (type !== OID.ocspBasic) bytes.fail(`${type} is not the basic response`, 'responseType');
  const content = bytes.octetString('response');
  bytes.finish();
  return { raw, ...readBasic(new DerReader(content, 'BasicOCSPResponse')) };
}

function readBasic(outer: DerReader): Omit<OcspResponse, 'raw'> {
  const basic = outer.sequence('sequence');
  outer.finish();
  const start = basic.offset;
  const data = basic.sequence('tbsResponseData');
  const tbsRaw = basic.slice(start, basic.offset);
  const signatureAlgorithm = readAlgorithm(basic, 'signatureAlgorithm');
  const kind = signatureKind(signatureAlgorithm, basic, 'signatureAlgorithm');
  const signature = basic.bitStringBytes('signature');
  const certificates = readCertificates(basic.optional(contextConstructed(0), 'certs'));
  basic.finish();

  // [0] EXPLICIT Version DEFAULT v1, and there is no other: in DER it never stands.
  if (data.peek() === contextConstructed(0)) data.fail('a default value must be left out', 'version');
  const responder = readResponder(data);
  const producedAt = readGeneralized(data, 'producedAt');
  const list = data.sequence('responses');
  const responses: SingleResponse[] = [];
  while (!list.empty) {
    if (responses.length === MAX_OCSP_SINGLES) list.fail(`more than ${MAX_OCSP_SINGLES} responses`);
    responses.push(readSingle(list));
  }
  const extensions = readWrapped(data.optional(contextConstructed(1), 'responseExtensions'));
  data.finish();
  return {
    tbsRaw,
    responder,
    producedAt,
    responses,
    extensions,
    nonce: readNonce(extensions),
    signatureAlgorithm,
    signatureKind: kind,
    signature,
    certificates,
  };
}

function readCertificates(wrapped: DerReader | undefined): readonly Certificate[] {
  if (wrapped === undefined) return [];
  const list = wrapped.sequence('certs');
  wrapped.finish();
  const found: Certificate[] = [];
  for (let count = 0; !list.empty; count += 1) {
    if (count === MAX_OCSP_CERTIFICATES) list.fail(`more than ${MAX_OCSP_CERTIFICATES} certificates`);
    const der = list.raw('certificate');
    try {
      found.push(parseCertificate(der));
    } catch (error) {
      // One that cannot be read cannot have signed the response either.
      if (!(error instanceof X509Error)) throw error;
    }
  }
  return found;
}

function readResponder(data: DerReader): OcspResponse['responder'] {
  const byName = data.optional(contextConstructed(1), 'responderID');
  if (byName !== undefined) {
    const name = readName(byName, 'byName');
    byName.finish();
    return { name };
  }
  const byKey = data.enter(contextConstructed(2), 'responderID');
  const keyHash = byKey.octetString('byKey');
  byKey.finish();
  return { keyHash };
}

/** GeneralizedTime in RFC 5280's form, for any year (RFC 6960 4.2.2.1). */
function readGeneralized(reader: DerReader, field: string): number {
  if (reader.peek() !== Tag.generalizedTime) reader.fail('expected GeneralizedTime', field);
  return readTime(reader, field, true);
}

function readSingle(list: DerReader): SingleResponse {
  const single = list.sequence('SingleResponse');
  const id = single.sequence('certID');
  const hash = readAlgorithm(id, 'hashAlgorithm');
  const issuerNameHash = id.octetString('issuerNameHash');
  const issuerKeyHash = id.octetString('issuerKeyHash');
  const serialNumber = id.integer('serialNumber');
  if (serialNumber.length > MAX_SERIAL_BYTES + 1) id.fail('too long', 'serialNumber');
  id.finish();
  const status = readStatus(single);
  const thisUpdate = readGeneralized(single, 'thisUpdate');
  const next = single.optional(contextConstructed(0), 'nextUpdate');
  const nextUpdate = next === undefined ? undefined : readGeneralized(next, 'nextUpdate');
  next?.finish();
  const extensions = readWrapped(single.optional(contextConstructed(1), 'singleExtensions'));
  single.finish();
  const certId = { hash, issuerNameHash, issuerKeyHash, serialNumber };
  return { certId, status, thisUpdate, nextUpdate, extensions };
}

function readStatus(single: DerReader): CertStatus {
  for (const [tag, kind] of [
    [0, 'good'],
    [2, 'unknown'],
  ] as const) {
    if (single.peek() !== contextTag(tag)) continue;
    if (single.primitive(contextTag(tag), 'certStatus').length > 0)
      single.fail('must be empty', 'certStatus');
    return { kind };
  }
  const info = single.enter(contextConstructed(1), 'certStatus');
  const revokedAt = readGeneralized(info, 'revocationTime');
  const wrapped = info.optional(contextConstructed(0), 'revocationReason');
  const value = wrapped?.smallInteger('CRLReason', 10, Tag.enumerated);
  wrapped?.finish();
  info.finish();
  if (value === undefined) return { kind: 'revoked', revokedAt, reason: undefined };
  const reason = CRL_REASONS.get(value) ?? single.fail('no such reason (RFC 5280 5.3.1)', 'certStatus');
  return { kind: 'revoked', revokedAt, reason };
}

function readWrapped(wrapped: DerReader | undefined): readonly Extension[] {
  if (wrapped === undefined) return [];
  const extensions = readRawExtensions(wrapped, 'extensions');
  wrapped.finish();
  return extensions;
}

/** Old responders put the bytes in bare; a nonce is only compared, and then has to be the same. */
function readNonce(extensions: readonly Extension[]): Uint8Array | undefined {
  const value = extensions.find(({ oid }) => oid === OID.ocspNonce)?.value;
  if (value === undefined) return undefined;
  try {
    const reader = new DerReader(value, 'Nonce');
    const nonce = reader.octetString('Nonce');
    reader.finish();
    return nonce;
  } catch (error) {
    if (error instanceof X509Error) return value;
    throw error;
  }
}

/** Whether two are about the same certificate. */
export function sameCertId(a: CertId, b: CertId): boolean {
  return (
    a.hash.oid === b.hash.oid &&
    equalBytes(a.issuerNameHash, b.issuerNameHash) &&
    equalBytes(a.issuerKeyHash, b.issuerKeyHash) &&
    equalBytes(a.serialNumber, b.serialNumber)
  );
}
