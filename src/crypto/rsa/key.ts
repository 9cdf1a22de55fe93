/** RSA keys as integers, taken in only within bounds (RFC 8017 3). */
import { EMPTY } from '../../bytes/bytes.ts';
import { Secret } from '../../bytes/secret.ts';
import { ABSOLUTE_MIN_RSA_BITS, MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS } from '../limits.ts';
import type { RsaPrivateNumbers } from '../provider.ts';
import { bitLength, gcd, toBytes, toInteger } from './integer.ts';

export interface RsaLimits {
  readonly minimumBits: number;
  readonly maximumBits: number;
}

export const DEFAULT_RSA_LIMITS: RsaLimits = { minimumBits: MIN_RSA_BITS, maximumBits: MAX_RSA_BITS };

export interface RsaSize {
  /** Bits of the modulus. */
  readonly bits: number;
  /** Bytes of the modulus, and so of every signature. */
  readonly length: number;
}

export interface RsaPublicKey extends RsaSize {
  readonly n: bigint;
  readonly e: bigint;
}

/** Without leading zeros. */
export function significant(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  return at === 0 ? bytes : bytes.subarray(at);
}

/** Bits of a big-endian integer, without any arithmetic on it. */
export function bitsOf(bytes: Uint8Array): number {
  const short = significant(bytes);
  return short.length === 0 ? 0 : 8 * (short.length - 1) + (32 - Math.clz32(short[0] ?? 0));
}

/** Whether a big-endian integer is odd and at least 3. */
function isOddAbove1(bytes: Uint8Array): boolean {
  const last = bytes[bytes.length - 1] ?? 0;
  return (last & 1) === 1 && bitsOf(bytes) > 1;
}

/**
 * The size of a public key, or undefined when the modulus is out of `limits` or even, or the exponent is even, below 3 or
 * longer than 33 bits. Nothing is computed with either.
 */
export function rsaPublicSize(
  modulus: Uint8Array,
  exponent: Uint8Array,
  limits: RsaLimits = DEFAULT_RSA_LIMITS,
): RsaSize | undefined {
  const bits = bitsOf(modulus);
  if (bits < Math.max(limits.minimumBits, ABSOLUTE_MIN_RSA_BITS)) return undefined;
  if (bits > Math.min(limits.maximumBits, MAX_RSA_BITS)) return undefined;
  if (bitsOf(exponent) > MAX_RSA_EXPONENT_BITS) return undefined;
  if (!isOddAbove1(modulus) || !isOddAbove1(exponent)) return undefined;
  return { bits, length: (bits + 7) >> 3 };
}

/** The public key as integers, or undefined as {@link rsaPublicSize} says. */
export function rsaPublicKey(
  modulus: Uint8Array,
  exponent: Uint8Array,
  limits: RsaLimits = DEFAULT_RSA_LIMITS,
): RsaPublicKey | undefined {
  const size = rsaPublicSize(modulus, exponent, limits);
  if (size === undefined) return undefined;
  return { ...size, n: toInteger(significant(modulus)), e: toInteger(significant(exponent)) };
}

export interface RsaPrivateKey extends RsaPublicKey {
  readonly p: bigint;
  readonly q: bigint;
  readonly dp: bigint;
  readonly dq: bigint;
  readonly qInv: bigint;
}

/** The private key as integers; undefined when a number is out of bounds. Not a check that they belong together. */
export function rsaPrivateKey(numbers: RsaPrivateNumbers, limits?: RsaLimits): RsaPrivateKey | undefined {
  const key = rsaPublicKey(numbers.modulus, numbers.publicExponent, limits);
  if (key === undefined) return undefined;
  const secrets = [numbers.prime1, numbers.prime2, numbers.exponent1, numbers.exponent2, numbers.coefficient];
  if (secrets.some((secret) => bitsOf(secret.reveal()) > key.bits)) return undefined;
  const [p = 0n, q = 0n, dp = 0n, dq = 0n, qInv = 0n] = secrets.map((secret) => toInteger(secret.reveal()));
  if (p < 3n || q < 3n) return undefined;
  return { ...key, p, q, dp, dq, qInv };
}

/**
 * What is wrong with a private key, or undefined when it is sound: n = p q, p and q odd and different, e d = 1 modulo
 * lcm(p - 1, q - 1), dP, dQ and qInv as defined (RFC 8017 3.2). To be called once, when a key is loaded; primality is
 * not tested, since a wrong prime shows itself at the first signature, which is always checked.
 */
export function rsaKeyProblem(numbers: RsaPrivateNumbers, limits?: RsaLimits): string | undefined {
  const key = rsaPrivateKey(numbers, limits);
  if (key === undefined) return 'a size is out of bounds';
  if (bitsOf(numbers.privateExponent.reveal()) > key.bits) return 'the private exponent is too long';
  const { n, e, p, q, dp, dq, qInv } = key;
  const d = toInteger(numbers.privateExponent.reveal());
  if (p * q !== n) return 'the modulus is not the product of the primes';
  if (p === q || (p & 1n) === 0n || (q & 1n) === 0n) return 'the primes are not two odd primes';
  const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
  if ((e * d) % lambda !== 1n) return 'the private exponent does not fit the public one';
  if (dp !== d % (p - 1n) || dq !== d % (q - 1n)) return 'a CRT exponent is wrong';
  if (qInv >= p || (qInv * q) % p !== 1n) return 'the CRT coefficient is wrong';
  return undefined;
}

/** All numbers of a key from its primes and exponents. */
export function rsaNumbers(
  n: bigint,
  e: bigint,
  d: bigint,
  p: bigint,
  q: bigint,
  qInv: bigint,
): RsaPrivateNumbers {
  const half = (bitLength(p > q ? p : q) + 7) >> 3;
  const whole = (bitLength(n) + 7) >> 3;
  const secret = (value: bigint, length: number): Secret =>
    new Secret(value === 0n ? EMPTY : toBytes(value, length));
  return {
    modulus: toBytes(n, whole),
    publicExponent: toBytes(e, (bitLength(e) + 7) >> 3),
    privateExponent: secret(d, whole),
    prime1: secret(p, half),
    prime2: secret(q, half),
    exponent1: secret(d % (p - 1n), half),
    exponent2: secret(d % (q - 1n), half),
    coefficient: secret(qInv, half),
  };
}
