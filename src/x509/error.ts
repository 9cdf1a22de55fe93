import type { Certificate } from './certificate.ts';

/**
 * Stable codes. Where OpenSSL and Node have a name for the finding, that name is used (`X509_V_ERR_` cut off);
 * the rest are ours and follow the same form.
 */
export type X509ErrorCode =
  // a certificate or path was refused
  | 'UNABLE_TO_GET_ISSUER_CERT'
  | 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
  | 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
  | 'DEPTH_ZERO_SELF_SIGNED_CERT'
  | 'SELF_SIGNED_CERT_IN_CHAIN'
  | 'CERT_SIGNATURE_FAILURE'
  | 'CERT_NOT_YET_VALID'
  | 'CERT_HAS_EXPIRED'
  | 'CERT_CHAIN_TOO_LONG'
  | 'CERT_UNTRUSTED'
  | 'INVALID_CA'
  | 'PATH_LENGTH_EXCEEDED'
  | 'INVALID_PURPOSE'
  | 'INVALID_EXTENSION'
  | 'UNHANDLED_CRITICAL_EXTENSION'
  | 'PERMITTED_VIOLATION'
  | 'EXCLUDED_VIOLATION'
  | 'UNSUPPORTED_CONSTRAINT_TYPE'
  | 'UNSUPPORTED_CONSTRAINT_SYNTAX'
  | 'UNSUPPORTED_NAME_SYNTAX'
  | 'EE_KEY_TOO_SMALL'
  | 'CA_KEY_TOO_SMALL'
  | 'CA_MD_TOO_WEAK'
  | 'UNSUPPORTED_SIGNATURE_ALGORITHM'
  | 'UNSUPPORTED_VERSION'
  | 'HOSTNAME_MISMATCH'
  | 'IP_ADDRESS_MISMATCH'
  | 'INVALID_NAME'
  | 'EMPTY_CHAIN'
  // revocation
  | 'CERT_REVOKED'
  | 'UNABLE_TO_GET_CRL'
  | 'CRL_SIGNATURE_FAILURE'
  | 'CRL_NOT_YET_VALID'
  | 'CRL_HAS_EXPIRED'
  | 'KEYUSAGE_NO_CRL_SIGN'
  | 'DIFFERENT_CRL_SCOPE'
  | 'UNHANDLED_CRITICAL_CRL_EXTENSION'
  | 'OCSP_VERIFY_NEEDED'
  | 'OCSP_VERIFY_FAILED'
  | 'OCSP_CERT_UNKNOWN'
  | 'OCSP_NOT_YET_VALID'
  | 'OCSP_HAS_EXPIRED'
  | 'OCSP_UNSUCCESSFUL'
  | 'BUDGET_EXCEEDED'
  // bytes that are not what they should be
  | 'MALFORMED'
  | 'TOO_LARGE'
  // keys and credentials
  | 'UNSUPPORTED_KEY'
  | 'INVALID_KEY'
  | 'KEY_MISMATCH'
  | 'PASSPHRASE_REQUIRED'
  | 'BAD_PASSPHRASE'
  | 'NO_CERTIFICATE'
  | 'NO_CRL'
  | 'NO_PRIVATE_KEY'
  | 'NO_PUBLIC_KEY'
  // the issuer's side
  | 'INVALID_REQUEST';

export interface X509ErrorOptions {
  /** Position in the path: 0 is the leaf. */
  readonly depth?: number;
  readonly certificate?: Certificate;
  /** The section that was broken, e.g. `RFC 5280 4.2.1.9`. */
  readonly rfc?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error thrown or returned by x509/. It knows no TLS alert; layers above map `code`. */
export class X509Error extends Error {
  override readonly name: string = 'X509Error';
  readonly code: X509ErrorCode;
  readonly depth: number | undefined;
  readonly certificate: Certificate | undefined;
  readonly rfc: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: X509ErrorCode, message: string, options: X509ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.depth = options.depth;
    this.certificate = options.certificate;
    this.rfc = options.rfc;
    this.details = options.details ?? {};
  }
}
