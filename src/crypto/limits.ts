/** Every bound of this layer, checked before any arithmetic on a peer's numbers. */

/** Bits of the smallest RSA modulus that a default provider uses (NIST SP 800-131A, CA/Browser Forum 6.1.5). */
export const MIN_RSA_BITS = 2048;
/** Bits of the largest: verification takes the square of it, and no public CA goes past 4096. */
export const MAX_RSA_BITS = 8192;
/** What a provider may be told to accept at the least, for old test vectors. */
export const ABSOLUTE_MIN_RSA_BITS = 512;
/** Bits of the largest public exponent; it bounds a verification to 66 multiplications. */
export const MAX_RSA_EXPONENT_BITS = 33;
/** Bytes of the longest DER ECDSA signature, P-521: two INTEGERs of 67 bytes and their headers. */
export const MAX_ECDSA_SIGNATURE = 139;
