/** CertificateStatus (RFC 6066 8): the stapled OCSP response, a message of its own in TLS 1.2. */
import type { Reader } from '../../wire/reader.ts';
import { CertificateStatusType, HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface CertificateStatusFields {
  /** The DER OCSPResponse, not looked into here. */
  readonly ocspResponse: Uint8Array;
}

export interface CertificateStatus extends CertificateStatusFields {
  readonly kind: 'CertificateStatus';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Only OCSP may answer, nothing else is ever asked for. Throws TLSError. */
export function decodeCertificateStatus(r: Reader, raw: Uint8Array): CertificateStatus {
  const statusType = r.code(CertificateStatusType, 1, 'status_type');
  if (statusType !== CertificateStatusType.ocsp) {
    r.fail('bad_value', 'status_type', `is ${statusType}, must be ocsp`, 'RFC 6066 8');
  }
  const ocspResponse = r.vector(3, 1, 0xffffff, 'ocsp_response');
  r.end();
  return { kind: 'CertificateStatus', raw, ocspResponse };
}

export function encodeCertificateStatus(fields: CertificateStatusFields): Uint8Array {
  return encodeMessage(HandshakeType.certificate_status, (w) =>
    w.u8(CertificateStatusType.ocsp).vector(3, fields.ocspResponse),
  );
}
