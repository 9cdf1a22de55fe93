/** Every bound of the X.509 layer. Sources: RFC 5280 where it has one, else webpki, OpenSSL or our own choice, as said. */

/** One certificate, bytes of DER. OpenSSL bounds a whole chain at 100 KiB; no honest certificate comes near. */
export const MAX_CERTIFICATE_BYTES: number = 100 * 1024;
/** One CRL, bytes of DER: some 400,000 entries. Ours; public CAs split theirs far below. */
export const MAX_CRL_BYTES: number = 16 * 1024 * 1024;
/** One OCSP response, bytes of DER: with a certificate some 2 KiB. Ours. */
export const MAX_OCSP_RESPONSE_BYTES: number = 64 * 1024;
/** Answers in one OCSP response, and certificates that come with it. Ours: responders send one of each. */
export const MAX_OCSP_SINGLES = 64;
export const MAX_OCSP_CERTIFICATES = 8;
/** Certificates that are kept as read, for each trust store: a few chains. Ours. */
export const MAX_REMEMBERED_CERTIFICATES = 8;
/** Signatures of certificates that are kept as found good, for each trust store: some hundred bytes each. Ours. */
export const MAX_REMEMBERED_SIGNATURES = 32;
/** Longest certificate that is kept, bytes of DER, so that a store's memo stays below 64 KiB of them. Ours. */
export const MAX_REMEMBERED_CERTIFICATE_BYTES: number = 8 * 1024;
/** One SubjectPublicKeyInfo, bytes of DER: RSA of 8192 bits takes about 1.1 KiB, ML-DSA-87 2.6. Ours. */
export const MAX_PUBLIC_KEY_BYTES: number = 8 * 1024;
/** A private key file's DER, bytes: RSA-16384 with all numbers is about 9.5 KiB. */
export const MAX_PRIVATE_KEY_BYTES: number = 64 * 1024;
/** One PKCS#12 file, bytes; bags in it, and how deep they nest. Ours. */
export const MAX_PKCS12_BYTES: number = 1024 * 1024;
export const MAX_PKCS12_BAGS = 256;
export const MAX_PKCS12_DEPTH = 4;
/** Parts of it that are encrypted, each with a key derivation of its own. Ours: OpenSSL writes one. */
export const MAX_PKCS12_ENCRYPTED_PARTS = 8;
/** PEM text in one input, characters: a distribution's bundle is some 250 KB. */
export const MAX_PEM_CHARACTERS: number = 16 * 1024 * 1024;
/** Nested constructed elements in any DER. Ours: certificates need about 10 (CVE-2018-0739, CVE-2025-66031). */
export const MAX_DER_DEPTH = 24;
/** Content bytes of one OBJECT IDENTIFIER. Ours; X.509 itself has no bound. */
export const MAX_OID_BYTES = 64;
/** RFC 5280 4.1.2.2: serial numbers up to 20 octets. */
export const MAX_SERIAL_BYTES = 20;
/** Extensions in one certificate. Ours: public certificates carry about 10. */
export const MAX_EXTENSIONS = 64;
/** RDNs in one distinguished name, and attributes in one RDN. Ours. */
export const MAX_RDNS = 4096;
/** Subject alternative names in one certificate. Ours: public CAs stop at 100 to 250. */
export const MAX_GENERAL_NAMES = 4096;

/** Signature checks in one verification (webpki uses 100; CVE class RUSTSEC-2023-0053). */
export const MAX_SIGNATURE_CHECKS = 100;
/** Candidate issuers looked at in one verification. */
export const MAX_PATH_STEPS = 2000;
/** Comparisons of a name with a name constraint in one verification (webpki 250,000). */
export const MAX_NAME_CONSTRAINT_CHECKS = 250_000;
/** Intermediates that are not self-issued, between leaf and anchor (OpenSSL's own default is 100; Go and webpki: about 6 to 8). */
export const MAX_INTERMEDIATES = 10;
/** Certificates in a path in all, self-issued ones included. */
export const MAX_PATH_CERTIFICATES = 20;
/** Certificates a peer may send (RFC 8446 has no bound); the message limit of the layer above comes on top. */
export const MAX_SENT_CERTIFICATES = 64;

/** A presented or reference DNS name, octets without the final dot (RFC 1035 2.3.4). */
export const MAX_DNS_NAME = 253;
export const MAX_DNS_LABEL = 63;

/**
 * PBKDF2 iterations accepted in an encrypted key, so that a file may not stall us for minutes: twice OWASP's figure of
 * 2023 for SHA-1, the largest. A million takes 1.5 seconds with SHA-256 and 4 with SHA-512.
 */
export const MAX_PBKDF2_ITERATIONS = 2_600_000;
/** scrypt memory accepted in an encrypted key, bytes (128 * N * r), over all its lanes: they run one after the other. */
export const MAX_SCRYPT_MEMORY: number = 256 * 1024 * 1024;
export const MAX_SCRYPT_PARALLELISM = 16;
/** scrypt's block size; everyone uses 8. PBKDF2 fills 128 * r * p bytes before the mixing begins. */
export const MAX_SCRYPT_BLOCK_SIZE = 64;
