/**
 * Nonces for ECDSA over P-256 and P-384 as RFC 6979 3.2 makes them, with fresh entropy as its additional data
 * (RFC 6979 3.6): neither a bad random source nor a fault repeated on the same message then gives the key away.
 */
import type { HashFunction } from './provider.ts';

/** The orders of the groups (SP 800-186 3.2.1.3, 3.2.1.4), by the bytes of a number, which are those of the hash as well. */
const ORDERS: Readonly<Record<number, bigint>> = {
  32: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  48: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

/** bits2octets (RFC 6979 2.3.4). A digest is no secret of the key: BigInt may take its time. */
function reduced(digest: Uint8Array): Uint8Array {
  const { length } = digest;
  const order = ORDERS[length] ?? 0n;
  let value = 0n;
  for (const byte of digest) value = (value << 8n) | BigInt(byte);
  if (value < order) return digest;
  const rest = value - order;
  return Uint8Array.from({ length }, (_, i) => Number((rest >> BigInt(8 * (length - 1 - i))) & 255n));
}

/**
 * Candidates, one after the other; those out of range are among them and left out by the caller. Each is overwritten
 * when the next is asked for or the caller stops. `key` and `digest` have as many bytes as the hash, whose HMACs most of
 * the time goes into: 32 and SHA-256 for P-256, 48 and SHA-384 for P-384.
 */
export function* nonces(
  hash: HashFunction,
  key: Uint8Array,
  digest: Uint8Array,
  entropy: Uint8Array = new Uint8Array(0),
): Generator<Uint8Array, void, undefined> {
  const message = reduced(digest);
  let v: Uint8Array = new Uint8Array(hash.outputLength).fill(1);
  let k: Uint8Array = new Uint8Array(hash.outputLength);
  const next = (into: 'k' | 'v', ...data: readonly Uint8Array[]): void => {
    const mac = hash.hmac(k, ...data);
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
