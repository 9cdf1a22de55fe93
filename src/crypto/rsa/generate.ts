/** RSA key generation with probable primes (FIPS 186-5 A.1.3), for making certificates and for tests. */
import { TLSError } from '../../wire/error.ts';
import { MAX_RSA_BITS } from '../limits.ts';
import type { RandomSource, RsaPrivateNumbers } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { bitLength, gcd, modInverse, modPow, toInteger } from './integer.ts';
import { rsaNumbers } from './key.ts';

const EXPONENT = 65537n;
/**
 * Miller-Rabin rounds with random bases. FIPS 186-5 table B.1 asks for 5 at 1024 bits and fewer above; the surplus
 * covers small sizes as well: even the worst case of 4^-64 per round pair stays below 2^-64.
 */
const ROUNDS = 32;
/** Candidates before the random source must be broken: some 350 odd numbers are tried on average per 1024-bit prime. */
const MAX_CANDIDATES = 1_000_000;
const SIEVE_LIMIT = 4000;

function smallPrimes(): number[] {
  const composite = new Uint8Array(SIEVE_LIMIT);
  const primes: number[] = [];
  for (let i = 2; i < SIEVE_LIMIT; i++) {
    if (composite[i] === 1) continue;
    if (i > 2) primes.push(i);
    for (let j = i * i; j < SIEVE_LIMIT; j += i) composite[j] = 1;
  }
  return primes;
}

/** A uniform integer of 2..limit-2. */
function randomBase(limit: bigint, random: RandomSource): bigint {
  const bytes = randomBytes(random, ((bitLength(limit) + 7) >> 3) + 8);
  return 2n + (toInteger(bytes) % (limit - 3n));
}

/** FIPS 186-5 B.3.1, for odd candidates above 3. */
export function isProbablePrime(candidate: bigint, random: RandomSource, rounds: number = ROUNDS): boolean {
  const minusOne = candidate - 1n;
  let twos = 0;
  let odd = minusOne;
  while ((odd & 1n) === 0n) {
    odd >>= 1n;
    twos += 1;
  }
  for (let round = 0; round < rounds; round++) {
    let x = modPow(randomBase(candidate, random), odd, candidate);
    if (x === 1n || x === minusOne) continue;
    let composite = true;
    for (let i = 1; i < twos && composite; i++) {
      x = (x * x) % candidate;
      composite = x !== minusOne;
    }
    if (composite) return false;
  }
  return true;
}

/**
 * A prime of exactly `bits` bits whose two top bits are set, so that a product of two has twice as many bits, and
 * with gcd(prime - 1, e) = 1. Candidates are random, not consecutive, so primes stay uniform.
 */
function randomPrime(bits: number, primes: readonly number[], random: RandomSource): bigint {
  const length = bits >> 3;
  for (let i = 0; i < MAX_CANDIDATES; i++) {
    const bytes = randomBytes(random, length);
    bytes[0] = (bytes[0] ?? 0) | 0xc0;
    bytes[length - 1] = (bytes[length - 1] ?? 0) | 1;
    const candidate = toInteger(bytes);
    bytes.fill(0);
    if (primes.some((prime) => candidate % BigInt(prime) === 0n)) continue;
    if (gcd(candidate - 1n, EXPONENT) !== 1n) continue;
    if (isProbablePrime(candidate, random)) return candidate;
  }
  throw new TLSError('no_random', 'the random source gives no primes');
}

/**
 * A new key of `bits` bits (a multiple of 16, 1024..8192) with exponent 65537. Slow: about half a second for 2048 bits.
 * Throws TLSError `invalid_option` for another size.
 */
export function generateRsaKey(bits: number, random: RandomSource): RsaPrivateNumbers {
  if (!Number.isInteger(bits) || bits % 16 !== 0 || bits < 1024 || bits > MAX_RSA_BITS) {
    throw new TLSError('invalid_option', `an RSA key has 1024..${MAX_RSA_BITS} bits, a multiple of 16`);
  }
  const primes = smallPrimes();
  const half = bits / 2;
  for (;;) {
    const p = randomPrime(half, primes, random);
    const q = randomPrime(half, primes, random);
    // FIPS 186-5 A.1.3: primes too close fall to Fermat's factoring.
    const distance = p > q ? p - q : q - p;
    if (bitLength(distance) <= half - 100) continue;
    const lambda = ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
    const d = modInverse(EXPONENT, lambda);
    const qInv = modInverse(q, p);
    // FIPS 186-5 A.1.1: a short d falls to Wiener's attack; the chance is below 2^-(bits/2 - 20).
    if (d === undefined || qInv === undefined || bitLength(d) <= half) continue;
    return rsaNumbers(p * q, EXPONENT, d, p, q, qInv);
  }
}
