/** ECDSA over the NIST curves (FIPS 186-5 6.4) with DER signatures (RFC 3279 2.2.3, RFC 8446 4.2.3). */
import { MAX_ECDSA_SIGNATURE } from '../limits.ts';
import type { EcCurveName, HashFunction, RandomSource } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { FIELD_LENGTH, nistCurve, withEntropy } from './curves.ts';

/** Reads one INTEGER: positive, minimal, at most `length` bytes; writes it right-aligned at `out[at]`. Gives the next offset or -1. */
function readInteger(der: Uint8Array, from: number, length: number, out: Uint8Array, at: number): number {
  if (der[from] !== 0x02) return -1;
  const size = der[from + 1] ?? 0;
  let start = from + 2;
  const end = start + size;
  // A size above 127 would be a long form; no INTEGER here needs one.
  if (size < 1 || size > 0x7f || end > der.length) return -1;
  const first = der[start] ?? 0;
  if (first > 0x7f) return -1;
  if (first === 0 && size > 1) {
    if ((der[start + 1] ?? 0) < 0x80) return -1;
    start += 1;
  }
  if (end - start > length) return -1;
  out.set(der.subarray(start, end), at + length - (end - start));
  return end;
}

/** DER ECDSA-Sig-Value to r || s; undefined unless it is exactly canonical. Ranges are noble's to check. */
export function signatureFromDer(der: Uint8Array, length: number): Uint8Array | undefined {
  if (der.length > MAX_ECDSA_SIGNATURE || der[0] !== 0x30) return undefined;
  let at = 2;
  let size = der[1] ?? 0;
  if (size === 0x81) {
    size = der[2] ?? 0;
    at = 3;
    if (size < 0x80) return undefined;
  } else if (size > 0x7f) {
    return undefined;
  }
  if (at + size !== der.length) return undefined;
  const out = new Uint8Array(2 * length);
  const afterR = readInteger(der, at, length, out, 0);
  if (afterR < 0) return undefined;
  return readInteger(der, afterR, length, out, length) === der.length ? out : undefined;
}

/** One INTEGER of a positive number, minimal. */
function integer(number: Uint8Array): number[] {
  let start = 0;
  while (start < number.length - 1 && number[start] === 0) start += 1;
  const digits = [...number.subarray(start)];
  if ((digits[0] ?? 0) > 0x7f) digits.unshift(0);
  return [0x02, digits.length, ...digits];
}

/** r || s, together at most 96 bytes, to DER. */
export function signatureToDer(compact: Uint8Array): Uint8Array {
  const half = compact.length / 2;
  const body = [...integer(compact.subarray(0, half)), ...integer(compact.subarray(half))];
  return Uint8Array.of(0x30, body.length, ...body);
}

/** Total: false for a key that is not an uncompressed point on the curve and for any signature that is not canonical DER. */
export function verifyEcdsa(
  curve: EcCurveName,
  hash: HashFunction,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = FIELD_LENGTH[curve];
  if (point.length !== 1 + 2 * length || point[0] !== 4) return false;
  const compact = signatureFromDer(signature, length);
  if (compact === undefined) return false;
  return nistCurve(curve).verify(compact, hash.digest(message), point, { prehash: false, lowS: false });
}

/**
 * A hedged signature: the nonce is RFC 6979's with fresh entropy mixed in (RFC 6979 3.6), so neither a bad random
 * source nor a fault repeated on the same message reveals the key. For that reason it is not verified before it leaves,
 * which would take three times as long as signing.
 */
export function signEcdsa(
  curve: EcCurveName,
  hash: HashFunction,
  scalar: Uint8Array,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const digest = hash.digest(message);
  const extraEntropy = randomBytes(random, FIELD_LENGTH[curve]);
  const options = { prehash: false, lowS: false, format: 'der', extraEntropy } as const;
  const signature = withEntropy(random, () => nistCurve(curve).sign(digest, scalar, options));
  extraEntropy.fill(0);
  return signature;
}
