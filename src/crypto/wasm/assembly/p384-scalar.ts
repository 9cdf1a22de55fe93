/*
 * Numbers modulo the order n of P-384's group (SP 800-186 3.2.1.4), as p384-field.ts has those modulo p: fourteen limbs of 28
 * bits, Montgomery form with R = 2^392. n has no special form, so each step of the reduction multiplies by -1/n modulo 2^28
 * and adds m n limb by limb: less than 14 * 2^56 more in a column, so that a sum of two reduced numbers times a reduced one
 * stays below 14 * 2^57 + 14 * 2^56 + 2^34 < 2^61.5.
 *
 * Written by test/crypto/wasm/derive-p384.ts: `npm run kernels`.
 */
import { FE, feCopy, UNIT } from './p384-field.ts';

const LOW: i64 = 0xfffffff;
/** n itself. */
export const N_LIMBS: usize = memory.data<i64>([
  0xcc52973, 0xec196ac, 0xa77aec, 0xdb248b, 0xddf581a, 0x81f4372, 0xfc7634d,
  0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffff,
], 16);
/** R^2 modulo n. */
export const N_R_SQUARED: usize = memory.data<i64>([
  0x60e3cb4, 0x35fd093, 0x90eb460, 0x73c4e12, 0xff2dbd2, 0x43a6add, 0x2d164ee,
  0x1cc5bf0, 0x9174aab, 0x95d40d4, 0xa282668, 0x3fb05b7, 0xb39bf21, 0xee012,
], 16);

/** `out` may be a factor. */
export function scMultiply(out: usize, f: usize, g: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16); const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32); const f5 = load<i64>(f, 40); const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64); const f9 = load<i64>(f, 72); const f10 = load<i64>(f, 80); const f11 = load<i64>(f, 88); const f12 = load<i64>(f, 96); const f13 = load<i64>(f, 104);
  const g0 = load<i64>(g, 0); const g1 = load<i64>(g, 8); const g2 = load<i64>(g, 16); const g3 = load<i64>(g, 24); const g4 = load<i64>(g, 32); const g5 = load<i64>(g, 40); const g6 = load<i64>(g, 48);
  const g7 = load<i64>(g, 56); const g8 = load<i64>(g, 64); const g9 = load<i64>(g, 72); const g10 = load<i64>(g, 80); const g11 = load<i64>(g, 88); const g12 = load<i64>(g, 96); const g13 = load<i64>(g, 104);
  let t: i64 = 0;
  t = f0 * g0;
  const m0 = (t * 0x88fdc45) & LOW; t += m0 * 0xcc52973;
  t = f0 * g1 + f1 * g0 + (t >> 28) + m0 * 0xec196ac;
  const m1 = (t * 0x88fdc45) & LOW; t += m1 * 0xcc52973;
  t = f0 * g2 + f1 * g1 + f2 * g0 + (t >> 28) + m0 * 0xa77aec + m1 * 0xec196ac;
  const m2 = (t * 0x88fdc45) & LOW; t += m2 * 0xcc52973;
  t = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + (t >> 28) + m0 * 0xdb248b + m1 * 0xa77aec + m2 * 0xec196ac;
  const m3 = (t * 0x88fdc45) & LOW; t += m3 * 0xcc52973;
  t = f0 * g4 + f1 * g3 + f2 * g2 + f3 * g1 + f4 * g0 + (t >> 28) + m0 * 0xddf581a + m1 * 0xdb248b + m2 * 0xa77aec + m3 * 0xec196ac;
  const m4 = (t * 0x88fdc45) & LOW; t += m4 * 0xcc52973;
  t = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + (t >> 28) + m0 * 0x81f4372 + m1 * 0xddf581a + m2 * 0xdb248b + m3 * 0xa77aec + m4 * 0xec196ac;
  const m5 = (t * 0x88fdc45) & LOW; t += m5 * 0xcc52973;
  t = f0 * g6 + f1 * g5 + f2 * g4 + f3 * g3 + f4 * g2 + f5 * g1 + f6 * g0 + (t >> 28) + m0 * 0xfc7634d + m1 * 0x81f4372 + m2 * 0xddf581a + m3 * 0xdb248b + m4 * 0xa77aec + m5 * 0xec196ac;
  const m6 = (t * 0x88fdc45) & LOW; t += m6 * 0xcc52973;
  t = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + (t >> 28) + m0 * 0xfffffff + m1 * 0xfc7634d + m2 * 0x81f4372 + m3 * 0xddf581a + m4 * 0xdb248b + m5 * 0xa77aec + m6 * 0xec196ac;
  const m7 = (t * 0x88fdc45) & LOW; t += m7 * 0xcc52973;
  t = f0 * g8 + f1 * g7 + f2 * g6 + f3 * g5 + f4 * g4 + f5 * g3 + f6 * g2 + f7 * g1 + f8 * g0 + (t >> 28) + m0 * 0xfffffff + m1 * 0xfffffff + m2 * 0xfc7634d + m3 * 0x81f4372 + m4 * 0xddf581a + m5 * 0xdb248b + m6 * 0xa77aec + m7 * 0xec196ac;
  const m8 = (t * 0x88fdc45) & LOW; t += m8 * 0xcc52973;
  t = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0 + (t >> 28) + m0 * 0xfffffff + m1 * 0xfffffff + m2 * 0xfffffff + m3 * 0xfc7634d + m4 * 0x81f4372 + m5 * 0xddf581a + m6 * 0xdb248b + m7 * 0xa77aec + m8 * 0xec196ac;
  const m9 = (t * 0x88fdc45) & LOW; t += m9 * 0xcc52973;
  t = f0 * g10 + f1 * g9 + f2 * g8 + f3 * g7 + f4 * g6 + f5 * g5 + f6 * g4 + f7 * g3 + f8 * g2 + f9 * g1 + f10 * g0 + (t >> 28) + m0 * 0xfffffff + m1 * 0xfffffff + m2 * 0xfffffff + m3 * 0xfffffff + m4 * 0xfc7634d + m5 * 0x81f4372 + m6 * 0xddf581a + m7 * 0xdb248b + m8 * 0xa77aec + m9 * 0xec196ac;
  const m10 = (t * 0x88fdc45) & LOW; t += m10 * 0xcc52973;
  t = f0 * g11 + f1 * g10 + f2 * g9 + f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3 + f9 * g2 + f10 * g1 + f11 * g0 + (t >> 28) + m0 * 0xfffffff + m1 * 0xfffffff + m2 * 0xfffffff + m3 * 0xfffffff + m4 * 0xfffffff + m5 * 0xfc7634d + m6 * 0x81f4372 + m7 * 0xddf581a + m8 * 0xdb248b + m9 * 0xa77aec + m10 * 0xec196ac;
  const m11 = (t * 0x88fdc45) & LOW; t += m11 * 0xcc52973;
  t = f0 * g12 + f1 * g11 + f2 * g10 + f3 * g9 + f4 * g8 + f5 * g7 + f6 * g6 + f7 * g5 + f8 * g4 + f9 * g3 + f10 * g2 + f11 * g1 + f12 * g0 + (t >> 28) + m0 * 0xfffffff + m1 * 0xfffffff + m2 * 0xfffffff + m3 * 0xfffffff + m4 * 0xfffffff + m5 * 0xfffffff + m6 * 0xfc7634d + m7 * 0x81f4372 + m8 * 0xddf581a + m9 * 0xdb248b + m10 * 0xa77aec + m11 * 0xec196ac;
  const m12 = (t * 0x88fdc45) & LOW; t += m12 * 0xcc52973;
  t = f0 * g13 + f1 * g12 + f2 * g11 + f3 * g10 + f4 * g9 + f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5 + f9 * g4 + f10 * g3 + f11 * g2 + f12 * g1 + f13 * g0 + (t >> 28) + m0 * 0xfffff + m1 * 0xfffffff + m2 * 0xfffffff + m3 * 0xfffffff + m4 * 0xfffffff + m5 * 0xfffffff + m6 * 0xfffffff + m7 * 0xfc7634d + m8 * 0x81f4372 + m9 * 0xddf581a + m10 * 0xdb248b + m11 * 0xa77aec + m12 * 0xec196ac;
  const m13 = (t * 0x88fdc45) & LOW; t += m13 * 0xcc52973;
  t = f1 * g13 + f2 * g12 + f3 * g11 + f4 * g10 + f5 * g9 + f6 * g8 + f7 * g7 + f8 * g6 + f9 * g5 + f10 * g4 + f11 * g3 + f12 * g2 + f13 * g1 + (t >> 28) + m1 * 0xfffff + m2 * 0xfffffff + m3 * 0xfffffff + m4 * 0xfffffff + m5 * 0xfffffff + m6 * 0xfffffff + m7 * 0xfffffff + m8 * 0xfc7634d + m9 * 0x81f4372 + m10 * 0xddf581a + m11 * 0xdb248b + m12 * 0xa77aec + m13 * 0xec196ac;
  store<i64>(out, t & LOW, 0);
  t = f2 * g13 + f3 * g12 + f4 * g11 + f5 * g10 + f6 * g9 + f7 * g8 + f8 * g7 + f9 * g6 + f10 * g5 + f11 * g4 + f12 * g3 + f13 * g2 + (t >> 28) + m2 * 0xfffff + m3 * 0xfffffff + m4 * 0xfffffff + m5 * 0xfffffff + m6 * 0xfffffff + m7 * 0xfffffff + m8 * 0xfffffff + m9 * 0xfc7634d + m10 * 0x81f4372 + m11 * 0xddf581a + m12 * 0xdb248b + m13 * 0xa77aec;
  store<i64>(out, t & LOW, 8);
  t = f3 * g13 + f4 * g12 + f5 * g11 + f6 * g10 + f7 * g9 + f8 * g8 + f9 * g7 + f10 * g6 + f11 * g5 + f12 * g4 + f13 * g3 + (t >> 28) + m3 * 0xfffff + m4 * 0xfffffff + m5 * 0xfffffff + m6 * 0xfffffff + m7 * 0xfffffff + m8 * 0xfffffff + m9 * 0xfffffff + m10 * 0xfc7634d + m11 * 0x81f4372 + m12 * 0xddf581a + m13 * 0xdb248b;
  store<i64>(out, t & LOW, 16);
  t = f4 * g13 + f5 * g12 + f6 * g11 + f7 * g10 + f8 * g9 + f9 * g8 + f10 * g7 + f11 * g6 + f12 * g5 + f13 * g4 + (t >> 28) + m4 * 0xfffff + m5 * 0xfffffff + m6 * 0xfffffff + m7 * 0xfffffff + m8 * 0xfffffff + m9 * 0xfffffff + m10 * 0xfffffff + m11 * 0xfc7634d + m12 * 0x81f4372 + m13 * 0xddf581a;
  store<i64>(out, t & LOW, 24);
  t = f5 * g13 + f6 * g12 + f7 * g11 + f8 * g10 + f9 * g9 + f10 * g8 + f11 * g7 + f12 * g6 + f13 * g5 + (t >> 28) + m5 * 0xfffff + m6 * 0xfffffff + m7 * 0xfffffff + m8 * 0xfffffff + m9 * 0xfffffff + m10 * 0xfffffff + m11 * 0xfffffff + m12 * 0xfc7634d + m13 * 0x81f4372;
  store<i64>(out, t & LOW, 32);
  t = f6 * g13 + f7 * g12 + f8 * g11 + f9 * g10 + f10 * g9 + f11 * g8 + f12 * g7 + f13 * g6 + (t >> 28) + m6 * 0xfffff + m7 * 0xfffffff + m8 * 0xfffffff + m9 * 0xfffffff + m10 * 0xfffffff + m11 * 0xfffffff + m12 * 0xfffffff + m13 * 0xfc7634d;
  store<i64>(out, t & LOW, 40);
  t = f7 * g13 + f8 * g12 + f9 * g11 + f10 * g10 + f11 * g9 + f12 * g8 + f13 * g7 + (t >> 28) + m7 * 0xfffff + m8 * 0xfffffff + m9 * 0xfffffff + m10 * 0xfffffff + m11 * 0xfffffff + m12 * 0xfffffff + m13 * 0xfffffff;
  store<i64>(out, t & LOW, 48);
  t = f8 * g13 + f9 * g12 + f10 * g11 + f11 * g10 + f12 * g9 + f13 * g8 + (t >> 28) + m8 * 0xfffff + m9 * 0xfffffff + m10 * 0xfffffff + m11 * 0xfffffff + m12 * 0xfffffff + m13 * 0xfffffff;
  store<i64>(out, t & LOW, 56);
  t = f9 * g13 + f10 * g12 + f11 * g11 + f12 * g10 + f13 * g9 + (t >> 28) + m9 * 0xfffff + m10 * 0xfffffff + m11 * 0xfffffff + m12 * 0xfffffff + m13 * 0xfffffff;
  store<i64>(out, t & LOW, 64);
  t = f10 * g13 + f11 * g12 + f12 * g11 + f13 * g10 + (t >> 28) + m10 * 0xfffff + m11 * 0xfffffff + m12 * 0xfffffff + m13 * 0xfffffff;
  store<i64>(out, t & LOW, 72);
  t = f11 * g13 + f12 * g12 + f13 * g11 + (t >> 28) + m11 * 0xfffff + m12 * 0xfffffff + m13 * 0xfffffff;
  store<i64>(out, t & LOW, 80);
  t = f12 * g13 + f13 * g12 + (t >> 28) + m12 * 0xfffff + m13 * 0xfffffff;
  store<i64>(out, t & LOW, 88);
  t = f13 * g13 + (t >> 28) + m13 * 0xfffff;
  store<i64>(out, t & LOW, 96);
  store<i64>(out, t >> 28, 104);
}

/** n - 2, four bits at a time, the lowest first. It is public: branching on it tells nothing. */
const N_MINUS_2: usize = memory.data<u8>([
  1, 7, 9, 2, 5, 12, 12, 12, 10, 6, 9, 1, 12, 14, 12, 14,
  10, 7, 7, 10, 0, 11, 8, 4, 2, 11, 13, 0, 10, 1, 8, 5,
  15, 13, 13, 2, 7, 3, 4, 15, 1, 8, 13, 4, 3, 6, 7, 12,
  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
]);
const POWERS: usize = memory.data(16 * 112, 16);
const SUM: usize = memory.data(112, 16);

/** 1/a as a^(n - 2), both in Montgomery form; 0 for 0. */
export function scInvert(out: usize, a: usize): void {
  feCopy(POWERS + FE, a);
  for (let i = 2; i < 16; i++) scMultiply(POWERS + i * FE, POWERS + (i - 1) * FE, a);
  feCopy(SUM, POWERS + load<u8>(N_MINUS_2 + 95) * FE);
  for (let i = 94; i >= 0; i--) {
    for (let k = 0; k < 4; k++) scMultiply(SUM, SUM, SUM);
    const digit = load<u8>(N_MINUS_2 + i);
    if (digit != 0) scMultiply(SUM, SUM, POWERS + digit * FE);
  }
  feCopy(out, SUM);
  memory.fill(POWERS, 0, 16 * FE);
  memory.fill(SUM, 0, FE);
}

/** Reads 48 bytes, big-endian, as limbs that are not in Montgomery form. */
export function readNumber(out: usize, from: usize): void {
  let word: u64 = 0;
  let bits = 0;
  let at = out;
  for (let i = 47; i >= 0; i--) {
    word |= <u64>load<u8>(from + i) << bits;
    bits += 8;
    if (bits >= 28) {
      store<u64>(at, word & 0xfffffff);
      at += 8;
      word >>= 28;
      bits -= 28;
    }
  }
  store<u64>(at, word);
}

const A: usize = memory.data(112, 16);
const B: usize = memory.data(112, 16);

/** b = a - modulus with all limbs carried; all ones when that is negative, else 0. */
function subtractOnce(modulus: usize): i64 {
  let carry: i64 = 0;
  for (let i = 0; i < 14; i++) {
    const at = <usize>i << 3;
    const limb = load<i64>(A + at) - load<i64>(modulus + at) + carry;
    carry = limb >> 28;
    store<i64>(B + at, i == 13 ? limb : limb & LOW);
  }
  return load<i64>(B, 104) >> 63;
}

/** Writes f modulo `modulus` as 48 bytes, big-endian; f is between -modulus and 3 modulus, not in Montgomery form. */
export function writeNumber(out: usize, f: usize, modulus: usize): void {
  let carry: i64 = 0;
  for (let i = 0; i < 14; i++) {
    const at = <usize>i << 3;
    const limb = load<i64>(f + at) + load<i64>(modulus + at) + carry;
    carry = limb >> 28;
    store<i64>(A + at, i == 13 ? limb : limb & LOW);
  }
  for (let pass = 0; pass < 3; pass++) {
    const negative = subtractOnce(modulus);
    for (let i = 0; i < 14; i++) {
      const at = <usize>i << 3;
      store<i64>(A + at, (load<i64>(A + at) & negative) | (load<i64>(B + at) & ~negative));
    }
  }
  let word: u64 = 0;
  let bits = 0;
  let at = out + 48;
  for (let i = 0; i < 14; i++) {
    word |= load<u64>(A + (<usize>i << 3)) << bits;
    bits += 28;
    for (; bits >= 8 && at > out; bits -= 8, word >>= 8) store<u8>(--at, <u8>word);
  }
}

/** 1 when the 48 bytes are a number below `modulus`, else 0. */
export function isBelow(from: usize, modulus: usize): i32 {
  readNumber(A, from);
  return <i32>(subtractOnce(modulus) & 1);
}

/** 1 when the 48 bytes are all 0. */
export function isZero(from: usize): i32 {
  return i32(!v128.any_true(v128.or(v128.or(v128.load(from), v128.load(from, 16)), v128.load(from, 32))));
}

/** Brings 48 bytes into Montgomery form. */
export function scRead(out: usize, from: usize): void {
  readNumber(out, from);
  scMultiply(out, out, N_R_SQUARED);
}

/** The other way; changes `f`. */
export function scWrite(out: usize, f: usize): void {
  scMultiply(f, f, UNIT);
  writeNumber(out, f, N_LIMBS);
}

export function scWipe(): void {
  memory.fill(A, 0, FE);
  memory.fill(B, 0, FE);
}
