/**
 * `puretls/x509`: certificates and keys without TLS. Read, verify, match, describe, issue; pure functions over bytes,
 * no Node module, no clock, no network. Everything throws or returns {@link X509Error} only.
 */
export type { PrivateKey, PublicKey, RandomSource } from './crypto/provider.ts';
export type { AlgorithmIdentifier, SignatureKind } from './x509/algorithm.ts';
export {
  Authority,
  type AuthorityOptions,
  createAuthority,
  createSelfSigned,
  Issued,
  type IssueOptions,
} from './x509/authority.ts';
export {
  type Certificate,
  type ParseCertificateOptions,
  parseCertificate,
  parsePeerChain,
} from './x509/certificate.ts';
export type { Purpose } from './x509/checks.ts';
export {
  type CertificateInput,
  type Credential,
  credentialOf,
  loadCredential,
  parseCertificates,
} from './x509/credential.ts';
export {
  type CertificateRevocationList,
  CRL_REASONS,
  describeCrl,
  type IssuingDistributionPoint,
  parseCrl,
  parseCrls,
  type RevokedCertificate,
} from './x509/crl.ts';
export { X509Error, type X509ErrorCode } from './x509/error.ts';
export {
  type AuthorityKeyIdentifier,
  type BasicConstraints,
  type Extension,
  KeyUsage,
  type KeyUsageName,
  type KnownExtensions,
  type NameConstraints,
} from './x509/extensions.ts';
export type { GeneralName } from './x509/general-name.ts';
export { checkHostname, matchHostname, parseReferenceName, type ReferenceName } from './x509/hostname.ts';
export { formatIp, parseIpLiteral } from './x509/ip.ts';
export {
  type CertificateFields,
  createCertificate,
  createSigningRequest,
  type ExtensionInput,
  generateKey,
  type KeyKind,
  type SigningRequestFields,
} from './x509/issue.ts';
export {
  type CrlFields,
  type CrlScope,
  createCrl,
  distributionPoint,
  type RevocationEntry,
} from './x509/issue-crl.ts';
export {
  createOcspFailure,
  createOcspResponse,
  type OcspAnswer,
  type OcspFields,
} from './x509/issue-ocsp.ts';
export { exportPrivateKey } from './x509/key-format.ts';
export { Name, type NameAttribute, parseName } from './x509/name.ts';
export { buildName, type NameInput } from './x509/name-builder.ts';
export {
  type CertId,
  type CertStatus,
  type OcspResponse,
  parseOcspResponse,
  type SingleResponse,
} from './x509/ocsp.ts';
export { encryptPkcs8 } from './x509/pbe.ts';
export { type Pkcs12, parsePkcs12 } from './x509/pkcs12.ts';
export { type ParsePrivateKeyOptions, parsePrivateKey } from './x509/private-key.ts';
export { encodePublicKey, parsePublicKey, publicKeyOf, samePublicKey } from './x509/public-key.ts';
export {
  parseRawPublicKey,
  parseRawPublicKeys,
  type RawKeyCredential,
  type RawPublicKey,
  rawKeyCredential,
  rawPublicKeyOf,
  sameRawPublicKey,
} from './x509/raw-public-key.ts';
export type { RevocationOptions } from './x509/revocation.ts';
export { SignatureMemo } from './x509/signature-memo.ts';
export {
  type CertificateJson,
  certificateJson,
  describeCertificate,
  generalNameText,
} from './x509/text.ts';
export { TrustStore, type TrustStoreOptions, type TrustStoreStats } from './x509/trust-store.ts';
export { type VerifyInput, type VerifyLimits, type VerifyVerdict, verifyChain } from './x509/verify.ts';
