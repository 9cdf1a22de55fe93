/** Record protection keys from a traffic secret (RFC 8446 7.3). */
import { EMPTY } from '../bytes/bytes.ts';
import type { Secret } from '../bytes/secret.ts';
import { hkdfExpandLabel } from '../crypto/hkdf.ts';
import type { CipherSuite13 } from '../crypto/provider.ts';

export interface TrafficKeys {
  /** AEAD key; the caller wipes it once the AEAD has expanded it. */
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

export function trafficKeys(suite: CipherSuite13, secret: Secret): TrafficKeys {
  const { aead, hash } = suite;
  return {
    key: hkdfExpandLabel(hash, secret, 'key', EMPTY, aead.keyLength),
    iv: hkdfExpandLabel(hash, secret, 'iv', EMPTY, aead.nonceLength),
  };
}
