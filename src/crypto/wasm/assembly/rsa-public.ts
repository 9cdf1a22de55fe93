/*
 * One modulus of up to 8192 bits, for the public operation. A number is `limbs` limbs of 29 bits, a multiple of four,
 * packed in 32 bits each and followed by two limbs of 0; Montgomery form with R = 2^(29 limbs), more than four times all
 * that fits in the bytes of the modulus, so that nothing of an input is cut off before it is compared. Vectors have two neighbouring columns as their lanes of 64 bits. Bounds are those of rsa-pair.ts: a product of
 * two numbers below two moduli is below two, and columns are carried after 30 steps of two products each.
 */
import { montgomeryFactor } from './rsa-pair.ts';

const LOW: u64 = 0x1fffffff;
const LIMB_BITS: u64 = 29;
const STEPS: usize = 30;
/** Bytes of the longest modulus. */
export const MAX_BYTES: usize = 1024;

/** The modulus, big-endian, of `length` bytes. */
export const MODULUS: usize = memory.data(1024, 16);
/** What the operations are given, and what they give: `length` bytes, big-endian. */
export const INPUT: usize = memory.data(1024, 16);
export const OUTPUT: usize = memory.data(1024, 16);
/** R^2 modulo the modulus, which costs half as much as a verification and is worth keeping: four bytes a limb. */
export const STATE: usize = memory.data(1152, 16);

const N: usize = memory.data(1152, 16);
const A: usize = memory.data(1152, 16);
const B: usize = memory.data(1152, 16);
const UNIT: usize = memory.data<u32>([1, 0, 0, 0], 16);
const COLUMNS: usize = memory.data(2304, 16);

let limbs: usize = 0;
let length: usize = 0;
let factor: u32 = 0;

/** Writes a number of `bytes` bytes, big-endian, as `count` limbs that are `stride` bytes apart. */
export function readLimbs(out: usize, stride: usize, count: usize, from: usize, bytes: usize): void {
  let word: u64 = 0;
  let bits: u64 = 0;
  for (; count > 0; count--, out += stride) {
    for (; bits < LIMB_BITS && bytes > 0; bits += 8) word |= <u64>load<u8>(from + --bytes) << bits;
    store<u32>(out, <u32>(word & LOW));
    word >>= LIMB_BITS;
    bits = bits > LIMB_BITS ? bits - LIMB_BITS : 0;
  }
}

/** The other way, for as many bytes as there are to be; what is above them is 0. */
export function writeLimbs(out: usize, bytes: usize, from: usize, stride: usize, count: usize): void {
  let word: u64 = 0;
  let bits: u64 = 0;
  for (let at = out + bytes; at > out; word >>= 8, bits -= 8) {
    if (bits < 8) {
      if (count > 0) {
        word |= <u64>load<u32>(from) << bits;
        count--;
        from += stride;
      }
      bits += LIMB_BITS;
    }
    store<u8>(--at, <u8>word);
  }
}

function low(a: v128, b: v128): v128 { return i64x2.extmul_low_i32x4_u(a, b); }
function high(a: v128, b: v128): v128 { return i64x2.extmul_high_i32x4_u(a, b); }
function add(a: v128, b: v128): v128 { return i64x2.add(a, b); }

/** Moves what is above 29 bits one column up; the last keeps all of its own. */
function carry(): void {
  let c: u64 = 0;
  const last = COLUMNS + ((limbs - 1) << 3);
  for (let at = COLUMNS; at < last; at += 8) {
    const t = load<u64>(at);
    store<u64>(at, (t & LOW) + c);
    c = t >> LIMB_BITS;
  }
  store<u64>(last, load<u64>(last) + c);
}

/** out = a b / R, below two moduli; `out` may be a factor. Two limbs of a at a time, each followed by its reduction. */
function multiply(out: usize, a: usize, b: usize): void {
  const size = limbs << 2;
  memory.fill(COLUMNS, 0, (size << 1) + 16);
  const b0 = <u64>load<u32>(b);
  const b1 = <u64>load<u32>(b, 4);
  const n0 = <u64>load<u32>(N);
  const n1 = <u64>load<u32>(N, 4);
  let steps: usize = 0;
  for (const end = a + size; a < end; a += 8) {
    if (steps == STEPS) {
      carry();
      steps = 0;
    }
    steps += 2;
    const x = load<u32>(a);
    const z = load<u32>(a, 4);
    let t = load<u64>(COLUMNS) + <u64>x * b0;
    const m = (<u32>t * factor) & <u32>LOW;
    t += <u64>m * n0;
    let u = load<u64>(COLUMNS, 8) + <u64>x * b1 + <u64>z * b0 + <u64>m * n1 + (t >> LIMB_BITS);
    const w = (<u32>u * factor) & <u32>LOW;
    u += <u64>w * n0;
    const xs = i32x4.splat(x);
    const zs = i32x4.splat(z);
    const ms = i32x4.splat(m);
    const ws = i32x4.splat(w);
    // Columns 2 to limbs + 1, each to its place two below. The limbs of z and w are one column further down.
    for (let j: usize = 8; j < size + 8; j += 16) {
      const y = v128.load(b + j);
      const yz = v128.load(b + j - 4);
      const n = v128.load(N + j);
      const nw = v128.load(N + j - 4);
      const s = COLUMNS + (j << 1);
      v128.store(s - 16, add(add(add(add(v128.load(s), low(xs, y)), low(ms, n)), low(zs, yz)), low(ws, nw)));
      v128.store(s, add(add(add(add(v128.load(s, 16), high(xs, y)), high(ms, n)), high(zs, yz)), high(ws, nw)));
    }
    store<u64>(COLUMNS, load<u64>(COLUMNS) + (u >> LIMB_BITS));
  }
  let c: u64 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    c += load<u64>(COLUMNS + (i << 1));
    store<u32>(out + i, <u32>(c & LOW));
    c >>= LIMB_BITS;
  }
}

/** Subtracts the modulus if f is not below it. Gives 1 when it was below. */
function reduce(f: usize): u32 {
  const size = limbs << 2;
  let borrow: i32 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    borrow = (load<i32>(f + i) - load<i32>(N + i) + borrow) >> 31;
  }
  const smaller = borrow;
  borrow = 0;
  for (let i: usize = 0; i < size; i += 4) {
    const t = load<i32>(f + i) - (load<i32>(N + i) & ~smaller) + borrow;
    store<i32>(f + i, t & <i32>LOW);
    borrow = t >> 31;
  }
  return smaller & 1;
}

/** f = 2 f modulo the modulus, for f below it. The difference is made along with the double, and chosen by its borrow. */
function double(f: usize): void {
  const size = limbs << 2;
  let c: u32 = 0;
  let borrow: i32 = 0;
  for (let i: usize = 0; i < size; i += 4) {
    const t = (load<u32>(f + i) << 1) | c;
    const limb = t & <u32>LOW;
    c = t >> <u32>LIMB_BITS;
    const difference = <i32>limb - load<i32>(N + i) + borrow;
    borrow = difference >> 31;
    store<u32>(f + i, limb);
    store<u32>(COLUMNS + i, <u32>difference & <u32>LOW);
  }
  const smaller = i32x4.splat(borrow);
  for (let i: usize = 0; i < size; i += 16) {
    v128.store(f + i, v128.bitselect(v128.load(f + i), v128.load(COLUMNS + i), smaller));
  }
}

/** Takes the odd modulus of so many bits from MODULUS; STATE is to be filled, or prepared. Gives the bytes of STATE. */
export function takeModulus(bits: usize): usize {
  length = (bits + 7) >> 3;
  limbs = ((8 * length + 2 + 28) / 29 + 3) & ~3;
  memory.fill(N, 0, 1152);
  memory.fill(STATE, 0, 1152);
  memory.fill(A, 0, 1152);
  memory.fill(B, 0, 1152);
  readLimbs(N, 4, limbs, MODULUS, length);
  factor = montgomeryFactor(load<u32>(N));
  return limbs << 2;
}

/** Fills STATE, as preparePair does it. */
export function prepareModulus(modulusBits: usize): void {
  const bits = 29 * limbs;
  store<u32>(STATE + ((modulusBits - 1) / 29 << 2), 1 << ((modulusBits - 1) % 29));
  for (let left = bits + 1 - modulusBits; left > 0; left--) double(STATE);
  let squarings = 0;
  while (bits >> squarings >= 64) squarings++;
  for (let k = bits >> squarings; k > 0; k--) double(STATE);
  while (squarings > 0) {
    squarings--;
    multiply(STATE, STATE, STATE);
    reduce(STATE);
    if ((bits >> squarings) & 1) double(STATE);
  }
}

/** Writes the number at `from` raised to e to A, below the modulus; 0 when it is not below the modulus itself. */
function power(from: usize, e: u64): u32 {
  readLimbs(A, 4, limbs, from, length);
  const valid = reduce(A);
  multiply(A, A, STATE);
  memory.copy(B, A, 1152);
  for (let bit = 62 - <i32>clz(e); bit >= 0; bit--) {
    multiply(B, B, B);
    if ((e >> bit) & 1) multiply(B, B, A);
  }
  memory.copy(A, UNIT, 16);
  memory.fill(A + 16, 0, 1136);
  multiply(A, A, B);
  reduce(A);
  return valid;
}

/** OUTPUT = INPUT^e for the exponent's lower and higher 32 bits; 0 when INPUT is not below the modulus. */
export function publicPower(lower: u32, higher: u32): u32 {
  const valid = power(INPUT, (<u64>higher << 32) | lower);
  writeLimbs(OUTPUT, length, A, 4, limbs);
  return valid;
}

/** 1 when OUTPUT is below the modulus and, raised to e, INPUT: all of it is looked at. */
export function outputFits(e: u64): u32 {
  const valid = power(OUTPUT, e);
  readLimbs(B, 4, limbs, INPUT, length);
  let difference: u32 = 0;
  for (let i: usize = 0; i < limbs << 2; i += 4) difference |= load<u32>(A + i) ^ load<u32>(B + i);
  return valid & u32(difference == 0);
}

/** Forgets what was computed with; the modulus may stay. */
export function publicWipe(): void {
  memory.fill(INPUT, 0, MAX_BYTES);
  memory.fill(OUTPUT, 0, MAX_BYTES);
  memory.fill(A, 0, 1152);
  memory.fill(B, 0, 1152);
  memory.fill(COLUMNS, 0, 2304);
}
