/*
 * RSA (RFC 8017 5.2): the public operation, and the private one by the Chinese remainder theorem, blinded and checked.
 *
 * Both halves of the private operation run at once, in the two lanes of rsa-pair.ts. Blinding needs no inverse: with a random
 * v, (m v^e)^(d - 1) (m v^(e - 1)) = m^d v^(e d - e) v^(e - 1) = m^d, modulo each prime, where e d = 1 modulo p - 1 and v is no
 * multiple of p. So v is drawn modulo each prime, and what is raised to the secret exponent is m times a random number.
 *
 * Everything about the private key is in constant time: windows have a fixed width, all of the table is read for each of
 * them, and what is conditional is chosen by masks. The lengths of the primes and the public exponent are no secrets.
 */
import { MAX_PAIR, N, pairLimbs, pairMultiply, pairReduce, pairSize, pairSquare, pairSubtract, pairWipe, preparePair, R_SQUARED, setPairLimbs, UNIT } from './rsa-pair.ts';
import { INPUT, MODULUS, OUTPUT, outputFits, prepareModulus, publicPower, publicWipe, readLimbs, STATE, takeModulus, writeLimbs } from './rsa-public.ts';

export { INPUT, MODULUS, OUTPUT, prepareModulus, publicPower, STATE, takeModulus };

/** Bytes of each secret number, which are big-endian, with zeros in front. */
export const SECRET_BYTES: usize = 264;
export const PRIME_P: usize = memory.data(264, 16);
export const PRIME_Q: usize = memory.data(264, 16);
export const EXPONENT_P: usize = memory.data(264, 16);
export const EXPONENT_Q: usize = memory.data(264, 16);
/** 1/q modulo p. */
export const COEFFICIENT: usize = memory.data(264, 16);
/** Random bytes, eight for each limb of a pair. */
export const RANDOM: usize = memory.data(576, 16);

const WINDOW: i32 = 5;
const ENTRIES: usize = 32;
/** Powers 0 to 31 of the base. */
const TABLE: usize = memory.data(32 * 576, 16);
const SELECTED: usize = memory.data(576, 16);
const BASE: usize = memory.data(576, 16);
const FACTOR: usize = memory.data(576, 16);
const RESULT: usize = memory.data(576, 16);
const A: usize = memory.data(576, 16);
const B: usize = memory.data(576, 16);
/** s + q h, of twice as many limbs as a prime, 32 bits each. */
const PRODUCT: usize = memory.data(576, 16);

/** Bytes of the modulus, and so of what is signed. */
let inputLength: usize = 0;

/** Sets SELECTED to the table's entry of each number's own index, reading all of them, four vectors of each at a time. */
function select(first: i32, second: i32): void {
  const wanted = i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(first), 1, second), 3, second);
  const size = pairSize();
  const one = i32x4.splat(1);
  for (let at: usize = 0; at < size; at += 64) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let index = a;
    const end = TABLE + at + ENTRIES * MAX_PAIR;
    for (let entry = TABLE + at; entry < end; entry += MAX_PAIR) {
      const mask = i32x4.eq(wanted, index);
      a = v128.or(a, v128.and(mask, v128.load(entry)));
      b = v128.or(b, v128.and(mask, v128.load(entry, 16)));
      c = v128.or(c, v128.and(mask, v128.load(entry, 32)));
      d = v128.or(d, v128.and(mask, v128.load(entry, 48)));
      index = i32x4.add(index, one);
    }
    v128.store(SELECTED + at, a);
    v128.store(SELECTED + at, b, 16);
    v128.store(SELECTED + at, c, 32);
    v128.store(SELECTED + at, d, 48);
  }
}

/** Five bits of an exponent from `bit` on; the lowest bit of all is left out, which makes an odd exponent one less. */
function window(exponent: usize, bit: i32): i32 {
  const at = exponent + SECRET_BYTES - 1 - (bit >> 3);
  const word = <i32>load<u8>(at) | (<i32>load<u8>(at - 1) << 8);
  return (word >> (bit & 7)) & (bit == 0 ? 30 : 31);
}

/** RESULT = BASE^(d - 1) for the odd exponents d of the two primes, of at most `bits` bits. */
function secretPower(bits: i32): void {
  pairMultiply(TABLE, UNIT, R_SQUARED);
  memory.copy(TABLE + MAX_PAIR, BASE, MAX_PAIR);
  for (let i: usize = 2; i < ENTRIES; i++) {
    const at = TABLE + i * MAX_PAIR;
    if ((i & 1) == 0) pairSquare(at, TABLE + (i >> 1) * MAX_PAIR);
    else pairMultiply(at, at - MAX_PAIR, BASE);
  }
  let bit = ((bits - 1) / WINDOW) * WINDOW;
  select(window(EXPONENT_P, bit), window(EXPONENT_Q, bit));
  memory.copy(RESULT, SELECTED, MAX_PAIR);
  for (bit -= WINDOW; bit >= 0; bit -= WINDOW) {
    for (let i = 0; i < WINDOW; i++) pairSquare(RESULT, RESULT);
    select(window(EXPONENT_P, bit), window(EXPONENT_Q, bit));
    pairMultiply(RESULT, RESULT, SELECTED);
  }
}

/** BASE = m v^e and FACTOR = m v^(e - 1), with v from RANDOM. */
function blind(e: u64): void {
  const size = pairSize();
  for (let i: usize = 0; i < size; i += 16) {
    v128.store(A + i, v128.and(v128.load(RANDOM + i), i32x4.splat(0x1fffffff)));
  }
  pairMultiply(A, A, R_SQUARED);
  memory.copy(FACTOR, A, size);
  const exponent = e - 1;
  for (let bit = 62 - <i32>clz(exponent); bit >= 0; bit--) {
    pairSquare(FACTOR, FACTOR);
    if ((exponent >> bit) & 1) pairMultiply(FACTOR, FACTOR, A);
  }
  // m is below n, so below R^2: m = m0 + m1 R, and each is the same for both primes.
  const limbs = pairLimbs();
  readLimbs(PRODUCT, 4, 2 * limbs, INPUT, inputLength);
  for (let i: usize = 0; i < limbs; i++) {
    const m0 = load<u32>(PRODUCT + (i << 2));
    const m1 = load<u32>(PRODUCT + ((limbs + i) << 2));
    store<u64>(BASE + (i << 3), (<u64>m0 << 32) | m0);
    store<u64>(B + (i << 3), (<u64>m1 << 32) | m1);
  }
  pairMultiply(BASE, BASE, R_SQUARED);
  pairReduce(BASE);
  pairMultiply(B, B, R_SQUARED);
  pairMultiply(B, B, R_SQUARED);
  pairReduce(B);
  let c = i32x4.splat(0);
  for (let i: usize = 0; i < size; i += 8) {
    const t = i32x4.add(i32x4.add(v128.load64_zero(BASE + i), v128.load64_zero(B + i)), c);
    v128.store64_lane(BASE + i, v128.and(t, i32x4.splat(0x1fffffff)), 0);
    c = i32x4.shr_u(t, 29);
  }
  pairMultiply(FACTOR, FACTOR, BASE);
  pairMultiply(BASE, FACTOR, A);
}

/** One of the two lanes of a pair, as the first, with 0 as the second. */
function lane(out: usize, from: usize, which: usize): void {
  const size = pairSize();
  for (let i: usize = 0; i < size; i += 8) store<u64>(out + i, <u64>load<u32>(from + i + (which << 2)));
}

/** OUTPUT = s2 + q h, h = (s1 - s2) / q modulo p (RFC 8017 5.1.2), for s1 and s2 in RESULT, each below its prime. */
function recombine(): void {
  const limbs = pairLimbs();
  memory.fill(B, 0, MAX_PAIR);
  readLimbs(B, 8, limbs, COEFFICIENT, SECRET_BYTES);
  pairMultiply(B, B, R_SQUARED);
  lane(A, RESULT, 0);
  pairMultiply(A, A, B);
  lane(FACTOR, RESULT, 1);
  pairMultiply(B, FACTOR, B);
  pairSubtract(A, A, B);
  memory.fill(PRODUCT, 0, MAX_PAIR);
  for (let i: usize = 0; i < limbs; i++) store<u32>(PRODUCT + (i << 2), load<u32>(FACTOR + (i << 3)));
  // A limb and a product of two and a carry: less than 2^29 + (2^29 - 1)^2 + 2^30, and what is carried on is less than 2^30.
  for (let i: usize = 0; i < limbs; i++) {
    const h = <u64>load<u32>(A + (i << 3));
    let c: u64 = 0;
    for (let j: usize = 0; j < limbs; j++) {
      const at = PRODUCT + ((i + j) << 2);
      c += <u64>load<u32>(at) + h * <u64>load<u32>(N + (j << 3), 4);
      store<u32>(at, <u32>(c & 0x1fffffff));
      c >>= 29;
    }
    store<u32>(PRODUCT + ((i + limbs) << 2), <u32>c);
  }
  writeLimbs(OUTPUT, inputLength, PRODUCT, 4, 2 * limbs);
}

/**
 * OUTPUT = INPUT^d modulo the modulus that was taken, of `length` bytes, for primes of so many bits and the public exponent's
 * lower and higher 32 bits. 0 when the result does not fit the public key; then OUTPUT is empty.
 */
export function privatePower(length: usize, firstBits: usize, secondBits: usize, lower: u32, higher: u32): u32 {
  const e = (<u64>higher << 32) | lower;
  const bits = firstBits > secondBits ? firstBits : secondBits;
  inputLength = length;
  setPairLimbs(bits);
  memory.fill(N, 0, MAX_PAIR);
  readLimbs(N, 8, pairLimbs(), PRIME_P, SECRET_BYTES);
  readLimbs(N + 4, 8, pairLimbs(), PRIME_Q, SECRET_BYTES);
  preparePair(firstBits, secondBits);
  blind(e);
  secretPower(<i32>bits);
  pairMultiply(RESULT, RESULT, FACTOR);
  pairMultiply(RESULT, RESULT, UNIT);
  pairReduce(RESULT);
  recombine();
  forget();
  const fits = outputFits(e);
  if (fits == 0) publicWipe();
  return fits;
}

function forget(): void {
  memory.fill(PRIME_P, 0, SECRET_BYTES);
  memory.fill(PRIME_Q, 0, SECRET_BYTES);
  memory.fill(EXPONENT_P, 0, SECRET_BYTES);
  memory.fill(EXPONENT_Q, 0, SECRET_BYTES);
  memory.fill(COEFFICIENT, 0, SECRET_BYTES);
  memory.fill(RANDOM, 0, MAX_PAIR);
  memory.fill(TABLE, 0, ENTRIES * MAX_PAIR);
  memory.fill(SELECTED, 0, MAX_PAIR);
  memory.fill(BASE, 0, MAX_PAIR);
  memory.fill(FACTOR, 0, MAX_PAIR);
  memory.fill(RESULT, 0, MAX_PAIR);
  memory.fill(A, 0, MAX_PAIR);
  memory.fill(B, 0, MAX_PAIR);
  memory.fill(PRODUCT, 0, MAX_PAIR);
  pairWipe();
}

/** Forgets the last operation; the modulus stays, which is public. */
export function wipe(): void {
  publicWipe();
}
