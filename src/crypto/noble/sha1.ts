import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js';

/** For fingerprints that are shown to people and never decide anything: SHA-1 is broken (RFC 6194). */
export function sha1(data: Uint8Array): Uint8Array {
  return nobleSha1(data);
}
