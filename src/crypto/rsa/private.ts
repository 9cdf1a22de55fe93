/**
 * The RSA private operation, RSASP1 by the Chinese remainder theorem (RFC 8017 5.2.1).
 *
 * BigInt cannot be constant time, so everything that the key meets is randomised: the message by a random factor
 * (Kocher 1996, Brumley and Boneh 2003), each exponent by a random multiple of the group's order. The result is
 * checked with the public key before it leaves, since one faulty CRT half reveals a prime (Boneh, DeMillo, Lipton
 * 1997). What is left: that an attacker on the same machine watches memory or caches.
 */
import { TLSError } from '../../wire/error.ts';
import type { RandomSource } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { modInverse, modPow, modPowPublic, toBytes, toInteger } from './integer.ts';
import type { RsaPrivateKey } from './key.ts';

/** Bytes of the random multiple added to an exponent. */
const EXPONENT_BLINDING = 8;
/** A random number shares a factor with the modulus with a chance below 2^-250. */
const TRIES = 8;

interface Blinding {
  /** r^e mod n */
  readonly factor: bigint;
  /** r^-1 mod n */
  readonly inverse: bigint;
}

function blinding(key: RsaPrivateKey, random: RandomSource): Blinding {
  for (let i = 0; i < TRIES; i++) {
    // 8 bytes more than the modulus, so that the reduction leaves no bias worth the name.
    const r = toInteger(randomBytes(random, key.length + 8)) % key.n;
    const inverse = modInverse(r, key.n);
    if (inverse !== undefined) return { factor: modPowPublic(r, key.e, key.n), inverse };
  }
  throw new TLSError('no_random', 'the random source gives no usable blinding factor');
}

/** base^exponent mod prime with the exponent raised by a random multiple of prime - 1; the top bit fixes its length. */
function blindedPower(base: bigint, exponent: bigint, prime: bigint, random: RandomSource): bigint {
  const bytes = randomBytes(random, EXPONENT_BLINDING);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return modPow(base % prime, exponent + toInteger(bytes) * (prime - 1n), prime);
}

/**
 * m^d mod n for 0 <= m < n. Throws TLSError `internal_error` when the result does not verify: a key whose numbers
 * do not belong together, or a fault in the computation.
 */
export function rsaPrivateOperation(key: RsaPrivateKey, m: bigint, random: RandomSource): bigint {
  const { n, e, p, q, dp, dq, qInv } = key;
  const { factor, inverse } = blinding(key, random);
  const blinded = (m * factor) % n;
  const s1 = blindedPower(blinded, dp, p, random);
  const s2 = blindedPower(blinded, dq, q, random);
  const difference = (s1 - s2) % p;
  const h = ((difference < 0n ? difference + p : difference) * qInv) % p;
  const s = ((s2 + q * h) * inverse) % n;
  if (modPowPublic(s, e, n) !== m) {
    throw new TLSError('internal_error', 'an RSA signature failed its own check and was withheld');
  }
  return s;
}

/** The same on bytes: `em` is as long as the modulus and below it, and so is the result. */
export function rsaPrivateBytes(key: RsaPrivateKey, em: Uint8Array, random: RandomSource): Uint8Array {
  return toBytes(rsaPrivateOperation(key, toInteger(em), random), key.length);
}
