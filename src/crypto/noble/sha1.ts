import { hmac } from '@noble/hashes/hmac.js';
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js';

/** For fingerprints that are shown to people, and to name an issuer or a key (RFC 6960 4.1.1): SHA-1 is broken (RFC 6194). */
export function sha1(data: Uint8Array): Uint8Array {
  return nobleSha1(data);
}

/** HMAC keeps its worth with SHA-1 (RFC 6194 3.3); old key files still have it. */
export function hmacSha1(key: Uint8Array, data: Uint8Array): Uint8Array {
  return hmac(nobleSha1, key, data);
}
