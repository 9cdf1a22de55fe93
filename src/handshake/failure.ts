/** The verifier's codes -> alerts. x509/ knows no alerts; this is the one table between the two. */
import { TLSError } from '../wire/error.ts';
import { AlertDescription } from '../wire/registry.ts';
import { X509Error, type X509ErrorCode } from '../x509/error.ts';

/** RFC 8446 6.2; what is not listed is bad_certificate. */
const ALERTS: Partial<Readonly<Record<X509ErrorCode, AlertDescription>>> = {
  CERT_HAS_EXPIRED: AlertDescription.certificate_expired,
  CERT_NOT_YET_VALID: AlertDescription.certificate_expired,
  DEPTH_ZERO_SELF_SIGNED_CERT: AlertDescription.unknown_ca,
  SELF_SIGNED_CERT_IN_CHAIN: AlertDescription.unknown_ca,
  UNABLE_TO_GET_ISSUER_CERT: AlertDescription.unknown_ca,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: AlertDescription.unknown_ca,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: AlertDescription.unknown_ca,
  CERT_UNTRUSTED: AlertDescription.unknown_ca,
  CERT_CHAIN_TOO_LONG: AlertDescription.unknown_ca,
  INVALID_PURPOSE: AlertDescription.unsupported_certificate,
  UNSUPPORTED_KEY: AlertDescription.unsupported_certificate,
  CERT_REVOKED: AlertDescription.certificate_revoked,
  // As OpenSSL has them: what is missing is the CA's word, and a stale word has expired.
  UNABLE_TO_GET_CRL: AlertDescription.unknown_ca,
  CRL_HAS_EXPIRED: AlertDescription.certificate_expired,
};

/** The TLSError for a certificate that the verifier or the parser refused; it keeps the verifier's code. */
export function certificateError(error: X509Error): TLSError {
  return new TLSError('certificate_refused', error.message, {
    code: error.code,
    alert: ALERTS[error.code] ?? AlertDescription.bad_certificate,
    cause: error,
  });
}

/** Runs `parse`; an X509Error leaves as the TLSError it maps to. */
export function withCertificateErrors<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof X509Error) throw certificateError(error);
    throw error;
  }
}
