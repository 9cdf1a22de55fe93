/** Makers of OCSP responses: for tests, demos and small CAs. What can be wrong with one can be asked for. */
import { asciiEncode } from '../bytes/encoding.ts';
import { sha256 } from '../crypto/noble/hash.ts';
import { sha1 } from '../crypto/noble/sha1.ts';
import type { PrivateKey, RandomSource } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import { CRL_REASONS } from './crl.ts';
import { Tag } from './der.ts';
import {
  derBitString,
  derElement,
  derExplicit,
  derImplicit,
  derNull,
  derOctetString,
  derOid,
  derSequence,
} from './der-writer.ts';
import { X509Error } from './error.ts';
import { chooseSigner, type ExtensionInput, encodeExtensions, type SigningOptions } from './issue.ts';
import type { CertStatus } from './ocsp.ts';
import { OID } from './oid.ts';
import { publicKeyBits } from './public-key.ts';

export interface OcspAnswer {
  readonly certificate: Pick<Certificate, 'serialNumber'>;
  /** The CA by which the certificate is named. */
  readonly issuer: Certificate;
  readonly status: CertStatus;
  /** Milliseconds since 1970, cut to seconds. */
  readonly thisUpdate: number;
  readonly nextUpdate?: number | undefined;
  /** By which the issuer is named; SHA-1 by default, as most responders do. */
  readonly hash?: 'SHA-1' | 'SHA-256';
  readonly extensions?: readonly ExtensionInput[];
}

export interface OcspFields extends SigningOptions {
  readonly answers: readonly OcspAnswer[];
  /** The certificate that signs: the CA itself, or one for `ocspSigning`. */
  readonly responder: Certificate;
  readonly signingKey: PrivateKey;
  readonly random: RandomSource;
  readonly producedAt: number;
  /** How the responder is named; `name` by default. */
  readonly responderBy?: 'name' | 'key';
  /** Sent along; by default the responder's own certificate, unless it issued what it answers for. */
  readonly certificates?: readonly Certificate[];
  readonly nonce?: Uint8Array;
  readonly extensions?: readonly ExtensionInput[];
}

/** A successful OCSPResponse in DER (RFC 6960 4.2.1). Throws X509Error INVALID_REQUEST. */
export function createOcspResponse(fields: OcspFields): Uint8Array {
  const { responder, random } = fields;
  const signer = chooseSigner(fields.signingKey, fields);
  const extensions = [
    ...(fields.nonce === undefined ? [] : [{ oid: OID.ocspNonce, value: derOctetString(fields.nonce) }]),
    ...(fields.extensions ?? []),
  ];
  const data = derSequence(
    fields.responderBy === 'key'
      ? derExplicit(2, derOctetString(sha1(publicKeyBits(responder.publicKey))))
      : derExplicit(1, responder.subject.raw),
    generalized(fields.producedAt),
    derSequence(...fields.answers.map(single)),
    ...(extensions.length === 0 ? [] : [derExplicit(1, encodeExtensions(extensions))]),
  );
  const isIssuer = fields.answers.every(({ issuer }) => issuer === responder);
  const certificates = fields.certificates ?? (isIssuer ? [] : [responder]);
  const basic = derSequence(
    data,
    signer.algorithm,
    derBitString(signer.scheme.sign(fields.signingKey, data, random)),
    ...(certificates.length === 0
      ? []
      : [derExplicit(0, derSequence(...certificates.map(({ raw }) => raw)))]),
  );
  return derSequence(
    derElement(Tag.enumerated, Uint8Array.of(0)),
    derExplicit(0, derSequence(derOid(OID.ocspBasic), derOctetString(basic))),
  );
}

/** One that only says why there is no answer: 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized. */
export function createOcspFailure(status: number): Uint8Array {
  return derSequence(derElement(Tag.enumerated, Uint8Array.of(status)));
}

function single(answer: OcspAnswer): Uint8Array {
  const { issuer, hash = 'SHA-1', extensions = [] } = answer;
  const digest = hash === 'SHA-1' ? sha1 : sha256.digest;
  const id = derSequence(
    derSequence(derOid(hash === 'SHA-1' ? OID.sha1 : OID.sha256), derNull()),
    derOctetString(digest(issuer.subject.raw)),
    derOctetString(digest(publicKeyBits(issuer.publicKey))),
    derElement(Tag.integer, answer.certificate.serialNumber),
  );
  return derSequence(
    id,
    statusOf(answer.status),
    generalized(answer.thisUpdate),
    ...(answer.nextUpdate === undefined ? [] : [derExplicit(0, generalized(answer.nextUpdate))]),
    ...(extensions.length === 0 ? [] : [derExplicit(1, encodeExtensions(extensions))]),
  );
}

function statusOf(status: CertStatus): Uint8Array {
  if (status.kind !== 'revoked') return derImplicit(status.kind === 'good' ? 0 : 2, new Uint8Array(0));
  const reason = [...CRL_REASONS].find(([, name]) => name === status.reason)?.[0];
  if (status.reason !== undefined && reason === undefined)
    throw new X509Error('INVALID_REQUEST', `no such reason: ${status.reason}`);
  return derExplicit(
    1,
    generalized(status.revokedAt),
    ...(reason === undefined ? [] : [derExplicit(0, derElement(Tag.enumerated, Uint8Array.of(reason)))]),
  );
}

/** OCSP writes every year as GeneralizedTime (RFC 6960 4.2.2.1). */
function generalized(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return derElement(Tag.generalizedTime, asciiEncode(`${digits}Z`));
}
