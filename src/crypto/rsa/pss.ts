/**
 * RSASSA-PSS (RFC 8017 8.1) with MGF1 over the same hash. In TLS the salt is as long as the hash (RFC 8446 4.2.3).
 */
import { equalBytes } from '../../bytes/bytes.ts';
import { TLSError } from '../../wire/error.ts';
import type { HashFunction, RandomSource } from '../provider.ts';
import { randomBytes } from '../random.ts';
import type { RsaPrivateKey, RsaPublicKey, RsaSize } from './key.ts';
import { rsaPrivateBytes } from './private.ts';
import { rsaPublicBytes } from './public.ts';

const TRAILER = 0xbc;

/** XORs MGF1(seed) onto `out` (RFC 8017 B.2.1). */
function maskWith(hash: HashFunction, seed: Uint8Array, out: Uint8Array): void {
  const counter = new Uint8Array(4);
  const seeded = hash.create().update(seed);
  for (let at = 0, n = 0; at < out.length; at += hash.outputLength, n++) {
    counter[3] = n;
    counter[2] = n >> 8;
    const block = seeded.clone().update(counter).digest();
    const end = Math.min(block.length, out.length - at);
    for (let i = 0; i < end; i++) out[at + i] = (out[at + i] ?? 0) ^ (block[i] ?? 0);
  }
}

/** H = Hash(eight zeros || mHash || salt) */
function saltedHash(hash: HashFunction, message: Uint8Array, salt: Uint8Array): Uint8Array {
  return hash.create().update(new Uint8Array(8)).update(hash.digest(message)).update(salt).digest();
}

/** Bits of the first byte of an encoded message that must be zero: it has one bit less than the modulus. */
function unusedBits(key: RsaSize): { readonly emLength: number; readonly mask: number } {
  const emBits = key.bits - 1;
  const emLength = (emBits + 7) >> 3;
  return { emLength, mask: 0xff >> (8 * emLength - emBits) };
}

/**
 * EMSA-PSS-VERIFY (RFC 8017 9.1.2) with an exact salt length in bytes. `padded` is the encoded message in as many bytes as
 * the modulus has, which is one more than its own where the modulus has a bit more than whole bytes.
 */
export function isPssEncoding(
  padded: Uint8Array,
  size: RsaSize,
  hash: HashFunction,
  saltLength: number,
  message: Uint8Array,
): boolean {
  const { emLength, mask } = unusedBits(size);
  if (emLength < hash.outputLength + saltLength + 2) return false;
  if (emLength < padded.length && padded[0] !== 0) return false;
  const em = padded.subarray(padded.length - emLength);
  if (em[emLength - 1] !== TRAILER) return false;
  const dbLength = emLength - hash.outputLength - 1;
  const db = em.slice(0, dbLength);
  if (((db[0] ?? 0) & ~mask) !== 0) return false;
  const h = em.subarray(dbLength, emLength - 1);
  maskWith(hash, h, db);
  db[0] = (db[0] ?? 0) & mask;
  const separatorAt = dbLength - saltLength - 1;
  for (let i = 0; i < separatorAt; i++) if (db[i] !== 0) return false;
  if (db[separatorAt] !== 1) return false;
  return equalBytes(saltedHash(hash, message, db.subarray(separatorAt + 1)), h);
}

/** EMSA-PSS-ENCODE (RFC 8017 9.1.1), padded likewise. Throws TLSError `internal_error` when the key is too short. */
export function encodePss(
  size: RsaSize,
  hash: HashFunction,
  saltLength: number,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const { emLength, mask } = unusedBits(size);
  const dbLength = emLength - hash.outputLength - 1;
  const separatorAt = dbLength - saltLength - 1;
  if (separatorAt < 0) throw new TLSError('internal_error', 'the RSA key is too short for this hash');
  const salt = randomBytes(random, saltLength);
  const h = saltedHash(hash, message, salt);
  const padded = new Uint8Array(size.length);
  const em = padded.subarray(size.length - emLength);
  const db = em.subarray(0, dbLength);
  db[separatorAt] = 1;
  db.set(salt, separatorAt + 1);
  maskWith(hash, h, db);
  db[0] = (db[0] ?? 0) & mask;
  em.set(h, dbLength);
  em[emLength - 1] = TRAILER;
  return padded;
}

export function verifyPss(
  key: RsaPublicKey,
  hash: HashFunction,
  saltLength: number,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const em = rsaPublicBytes(key, signature);
  return em !== undefined && isPssEncoding(em, key, hash, saltLength, message);
}

/** Throws TLSError `internal_error` when the key is too short for hash and salt or the result does not verify. */
export function signPss(
  key: RsaPrivateKey,
  hash: HashFunction,
  saltLength: number,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  return rsaPrivateBytes(key, encodePss(key, hash, saltLength, message, random), random);
}
