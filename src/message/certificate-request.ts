/** CertificateRequest (RFC 8446 4.3.2). That signature_algorithms must be there is checked above. */
import type { Reader } from '../wire/reader.ts';
import { type CertificateCompressionAlgorithm, HandshakeType } from '../wire/registry.ts';
import type { SignatureScheme } from '../wire/registry-crypto.ts';
import { extensionBlock, writeExtensions } from './extension/block.ts';
import { certificateAuthorities } from './extension/certificate-authorities.ts';
import type { RawExtension } from './extension/codec.ts';
import { compressCertificate } from './extension/compress-certificate.ts';
import { type OidFilter, oidFilters } from './extension/oid-filters.ts';
import { signatureAlgorithms } from './extension/signature-algorithms.ts';
import { signatureAlgorithmsCert } from './extension/signature-algorithms-cert.ts';
import { signedCertificateTimestamp } from './extension/signed-certificate-timestamp.ts';
import { statusRequest } from './extension/status-request.ts';
import { encodeMessage } from './framing.ts';

export interface CertificateRequestExtensions {
  readonly statusRequest?: true;
  readonly signatureAlgorithms?: readonly SignatureScheme[];
  readonly signedCertificateTimestamp?: true;
  readonly compressCertificate?: readonly CertificateCompressionAlgorithm[];
  /** DER DistinguishedNames. */
  readonly certificateAuthorities?: readonly Uint8Array[];
  readonly oidFilters?: readonly OidFilter[];
  readonly signatureAlgorithmsCert?: readonly SignatureScheme[];
}

export interface CertificateRequestFields {
  /** 0 to 255 bytes; empty in the main handshake. */
  readonly certificateRequestContext: Uint8Array;
  readonly extensions: readonly RawExtension[];
}

export interface CertificateRequest extends CertificateRequestFields {
  readonly kind: 'CertificateRequest';
  readonly raw: Uint8Array;
  readonly known: CertificateRequestExtensions;
}

const decodeExtensions = extensionBlock<CertificateRequestExtensions>(['CR'], {
  statusRequest: statusRequest.certificateRequest,
  signatureAlgorithms: signatureAlgorithms.certificateRequest,
  signedCertificateTimestamp: signedCertificateTimestamp.certificateRequest,
  compressCertificate: compressCertificate.certificateRequest,
  certificateAuthorities: certificateAuthorities.certificateRequest,
  oidFilters: oidFilters.certificateRequest,
  signatureAlgorithmsCert: signatureAlgorithmsCert.certificateRequest,
});

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeCertificateRequest(r: Reader, raw: Uint8Array): CertificateRequest {
  const certificateRequestContext = r.vector(1, 0, 0xff, 'certificate_request_context');
  const block = decodeExtensions(r, 2, 0xffff);
  r.end();
  return { kind: 'CertificateRequest', raw, certificateRequestContext, ...block };
}

export function encodeCertificateRequest(fields: CertificateRequestFields): Uint8Array {
  return encodeMessage(HandshakeType.certificate_request, (w) => {
    w.vector(1, fields.certificateRequestContext);
    writeExtensions(w, fields.extensions);
  });
}
