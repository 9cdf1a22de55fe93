/**
 * Nonces for ECDSA over P-256 as RFC 6979 3.2 makes them, with fresh entropy as its additional data (RFC 6979 3.6): neither
 * a bad random source nor a fault repeated on the same message then gives the key away.
 */
import type { HashFunction } from './provider.ts';

/** The order of P-256's group (SP 800-186 3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const LENGTH = 32;

/** bits2octets (RFC 6979 2.3.4). A digest is no secret of the key: BigInt may take its time. */
function reduced(digest: Uint8Array): Uint8Array {
  let value = 0n;
  for (const byte of digest) value = (value << 8n) | BigInt(byte);
  if (value < ORDER) return digest;
  const rest = value - ORDER;
  return Uint8Array.from({ length: LENGTH }, (_, i) => Number((rest >> BigInt(8 * (LENGTH - 1 - i))) & 255n));
}

/**
 * Candidates, one after the other; those out of range are among them and left out by the caller. Each is overwritten
 * when the next is asked for or the caller stops. `key` and `digest` have 32 bytes, and `sha256` is SHA-256, whose HMACs
 * most of the time goes into.
 */
export function* nonces(
  sha256: HashFunction,
  key: Uint8Array,
  digest: Uint8Array,
  entropy: Uint8Array = new Uint8Array(0),
): Generator<Uint8Array, void, undefined> {
  const message = reduced(digest);
  let v = new Uint8Array(LENGTH).fill(1);
  let k = new Uint8Array(LENGTH);
  const next = (into: 'k' | 'v', ...data: readonly Uint8Array[]): void => {
    const mac = new Uint8Array(sha256.hmac(k, ...data));
    if (into === 'k') {
      k.fill(0);
      k = mac;
    } else {
      v.fill(0);
      v = mac;
    }
  };
  try {
    next('k', v, Uint8Array.of(0), key, message, entropy);
    next('v', v);
    next('k', v, Uint8Array.of(1), key, message, entropy);
    next('v', v);
    for (;;) {
      next('v', v);
      yield v;
      next('k', v, Uint8Array.of(0));
      next('v', v);
    }
  } finally {
    k.fill(0);
    v.fill(0);
  }
}
