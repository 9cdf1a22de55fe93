/*
 * Numbers modulo the order n of P-256's group (SP 800-186 3.2.1.3), as p256-field.ts has those modulo p: nine limbs of 29
 * bits, Montgomery form with R = 2^261. n has no special form, so each step of the reduction multiplies by -1/n modulo 2^29
 * and adds m n limb by limb: less than 9 * 2^58 more in a column, so that a sum of two reduced numbers times a reduced one
 * stays below 9 * 2^59 + 9 * 2^58 < 2^62.8.
 */
import { FE, feCopy, UNIT } from './p256-field.ts';

const LOW: i64 = 0x1fffffff;
/** n itself. */
export const N_LIMBS: usize = memory.data<i64>([
  0x1c632551, 0x1dce5617, 0x5e7a13c, 0xdf55b4e, 0x1ffffbce,
  0x1fffffff, 0x3ffff, 0x1fe00000, 0xffffff, 0x0,
], 16);
/** R^2 modulo n. */
export const N_R_SQUARED: usize = memory.data<i64>([
  0x148d9ef5, 0xf4e7f75, 0x14c6a651, 0x3f8b765, 0x165861f1,
  0x1256d7d8, 0x1c185b23, 0xd4cab0f, 0x84b655, 0x0,
], 16);

/** `out` may be a factor. */
export function scMultiply(out: usize, f: usize, g: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16);
  const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32); const f5 = load<i64>(f, 40);
  const f6 = load<i64>(f, 48); const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64);
  const g0 = load<i64>(g, 0); const g1 = load<i64>(g, 8); const g2 = load<i64>(g, 16);
  const g3 = load<i64>(g, 24); const g4 = load<i64>(g, 32); const g5 = load<i64>(g, 40);
  const g6 = load<i64>(g, 48); const g7 = load<i64>(g, 56); const g8 = load<i64>(g, 64);
  let t0 = f0 * g0;
  let t1 = f0 * g1 + f1 * g0;
  let t2 = f0 * g2 + f1 * g1 + f2 * g0;
  let t3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0;
  let t4 = f0 * g4 + f1 * g3 + f2 * g2 + f3 * g1 + f4 * g0;
  let t5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0;
  let t6 = f0 * g6 + f1 * g5 + f2 * g4 + f3 * g3 + f4 * g2 + f5 * g1 + f6 * g0;
  let t7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0;
  let t8 = f0 * g8 + f1 * g7 + f2 * g6 + f3 * g5 + f4 * g4 + f5 * g3 + f6 * g2 + f7 * g1 + f8 * g0;
  let t9 = f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1;
  let t10 = f2 * g8 + f3 * g7 + f4 * g6 + f5 * g5 + f6 * g4 + f7 * g3 + f8 * g2;
  let t11 = f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3;
  let t12 = f4 * g8 + f5 * g7 + f6 * g6 + f7 * g5 + f8 * g4;
  let t13 = f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5;
  let t14 = f6 * g8 + f7 * g7 + f8 * g6;
  let t15 = f7 * g8 + f8 * g7;
  let t16 = f8 * g8;
  let t17: i64 = 0;
  let m: i64;
  m = (t0 * 0xe00bc4f) & LOW;
  t0 += m * 0x1c632551; t1 += m * 0x1dce5617; t2 += m * 0x5e7a13c; t3 += m * 0xdf55b4e; t4 += m * 0x1ffffbce;
  t5 += m * 0x1fffffff; t6 += m * 0x3ffff; t7 += m * 0x1fe00000; t8 += m * 0xffffff;
  t1 += t0 >> 29;
  m = (t1 * 0xe00bc4f) & LOW;
  t1 += m * 0x1c632551; t2 += m * 0x1dce5617; t3 += m * 0x5e7a13c; t4 += m * 0xdf55b4e; t5 += m * 0x1ffffbce;
  t6 += m * 0x1fffffff; t7 += m * 0x3ffff; t8 += m * 0x1fe00000; t9 += m * 0xffffff;
  t2 += t1 >> 29;
  m = (t2 * 0xe00bc4f) & LOW;
  t2 += m * 0x1c632551; t3 += m * 0x1dce5617; t4 += m * 0x5e7a13c; t5 += m * 0xdf55b4e; t6 += m * 0x1ffffbce;
  t7 += m * 0x1fffffff; t8 += m * 0x3ffff; t9 += m * 0x1fe00000; t10 += m * 0xffffff;
  t3 += t2 >> 29;
  m = (t3 * 0xe00bc4f) & LOW;
  t3 += m * 0x1c632551; t4 += m * 0x1dce5617; t5 += m * 0x5e7a13c; t6 += m * 0xdf55b4e; t7 += m * 0x1ffffbce;
  t8 += m * 0x1fffffff; t9 += m * 0x3ffff; t10 += m * 0x1fe00000; t11 += m * 0xffffff;
  t4 += t3 >> 29;
  m = (t4 * 0xe00bc4f) & LOW;
  t4 += m * 0x1c632551; t5 += m * 0x1dce5617; t6 += m * 0x5e7a13c; t7 += m * 0xdf55b4e; t8 += m * 0x1ffffbce;
  t9 += m * 0x1fffffff; t10 += m * 0x3ffff; t11 += m * 0x1fe00000; t12 += m * 0xffffff;
  t5 += t4 >> 29;
  m = (t5 * 0xe00bc4f) & LOW;
  t5 += m * 0x1c632551; t6 += m * 0x1dce5617; t7 += m * 0x5e7a13c; t8 += m * 0xdf55b4e; t9 += m * 0x1ffffbce;
  t10 += m * 0x1fffffff; t11 += m * 0x3ffff; t12 += m * 0x1fe00000; t13 += m * 0xffffff;
  t6 += t5 >> 29;
  m = (t6 * 0xe00bc4f) & LOW;
  t6 += m * 0x1c632551; t7 += m * 0x1dce5617; t8 += m * 0x5e7a13c; t9 += m * 0xdf55b4e; t10 += m * 0x1ffffbce;
  t11 += m * 0x1fffffff; t12 += m * 0x3ffff; t13 += m * 0x1fe00000; t14 += m * 0xffffff;
  t7 += t6 >> 29;
  m = (t7 * 0xe00bc4f) & LOW;
  t7 += m * 0x1c632551; t8 += m * 0x1dce5617; t9 += m * 0x5e7a13c; t10 += m * 0xdf55b4e; t11 += m * 0x1ffffbce;
  t12 += m * 0x1fffffff; t13 += m * 0x3ffff; t14 += m * 0x1fe00000; t15 += m * 0xffffff;
  t8 += t7 >> 29;
  m = (t8 * 0xe00bc4f) & LOW;
  t8 += m * 0x1c632551; t9 += m * 0x1dce5617; t10 += m * 0x5e7a13c; t11 += m * 0xdf55b4e; t12 += m * 0x1ffffbce;
  t13 += m * 0x1fffffff; t14 += m * 0x3ffff; t15 += m * 0x1fe00000; t16 += m * 0xffffff;
  t9 += t8 >> 29;
  t10 += t9 >> 29; t9 &= LOW; t11 += t10 >> 29; t10 &= LOW;
  t12 += t11 >> 29; t11 &= LOW; t13 += t12 >> 29; t12 &= LOW;
  t14 += t13 >> 29; t13 &= LOW; t15 += t14 >> 29; t14 &= LOW;
  t16 += t15 >> 29; t15 &= LOW; t17 += t16 >> 29; t16 &= LOW;
  store<i64>(out, t9, 0); store<i64>(out, t10, 8); store<i64>(out, t11, 16);
  store<i64>(out, t12, 24); store<i64>(out, t13, 32); store<i64>(out, t14, 40);
  store<i64>(out, t15, 48); store<i64>(out, t16, 56); store<i64>(out, t17, 64);
}

/** n - 2, four bits at a time, the lowest first. It is public: branching on it tells nothing. */
const N_MINUS_2: usize = memory.data<u8>([
  15, 4, 5, 2, 3, 6, 12, 15, 2, 12, 10, 12, 9, 11, 3, 15,
  4, 8, 14, 9, 7, 1, 7, 10, 13, 10, 10, 15, 6, 14, 12, 11,
  15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
  0, 0, 0, 0, 0, 0, 0, 0, 15, 15, 15, 15, 15, 15, 15, 15,
]);
const POWERS: usize = memory.data(16 * 80, 16);
const SUM: usize = memory.data(80, 16);

/** 1/a as a^(n - 2), both in Montgomery form; 0 for 0. */
export function scInvert(out: usize, a: usize): void {
  feCopy(POWERS + FE, a);
  for (let i = 2; i < 16; i++) scMultiply(POWERS + i * FE, POWERS + (i - 1) * FE, a);
  feCopy(SUM, POWERS + load<u8>(N_MINUS_2 + 63) * FE);
  for (let i = 62; i >= 0; i--) {
    for (let k = 0; k < 4; k++) scMultiply(SUM, SUM, SUM);
    const digit = load<u8>(N_MINUS_2 + i);
    if (digit != 0) scMultiply(SUM, SUM, POWERS + digit * FE);
  }
  feCopy(out, SUM);
  memory.fill(POWERS, 0, 16 * FE);
  memory.fill(SUM, 0, FE);
}

/** Reads 32 bytes, big-endian, as limbs that are not in Montgomery form. */
export function readNumber(out: usize, from: usize): void {
  let word: u64 = 0;
  let bits = 0;
  let at = out;
  for (let i = 31; i >= 0; i--) {
    word |= <u64>load<u8>(from + i) << bits;
    bits += 8;
    if (bits >= 29) {
      store<u64>(at, word & 0x1fffffff);
      at += 8;
      word >>= 29;
      bits -= 29;
    }
  }
  store<u64>(at, word);
  store<u64>(out, 0, 72);
}

const A: usize = memory.data(80, 16);
const B: usize = memory.data(80, 16);

/** b = a - modulus with all limbs carried; all ones when that is negative, else 0. */
function subtractOnce(modulus: usize): i64 {
  let carry: i64 = 0;
  for (let i = 0; i < 9; i++) {
    const at = <usize>i << 3;
    const limb = load<i64>(A + at) - load<i64>(modulus + at) + carry;
    carry = limb >> 29;
    store<i64>(B + at, i == 8 ? limb : limb & LOW);
  }
  return load<i64>(B, 64) >> 63;
}

/** Writes f modulo `modulus` as 32 bytes, big-endian; f is between -modulus and 3 modulus, not in Montgomery form. */
export function writeNumber(out: usize, f: usize, modulus: usize): void {
  let carry: i64 = 0;
  for (let i = 0; i < 9; i++) {
    const at = <usize>i << 3;
    const limb = load<i64>(f + at) + load<i64>(modulus + at) + carry;
    carry = limb >> 29;
    store<i64>(A + at, i == 8 ? limb : limb & LOW);
  }
  for (let pass = 0; pass < 3; pass++) {
    const negative = subtractOnce(modulus);
    for (let i = 0; i < 9; i++) {
      const at = <usize>i << 3;
      store<i64>(A + at, (load<i64>(A + at) & negative) | (load<i64>(B + at) & ~negative));
    }
  }
  let word: u64 = 0;
  let bits = 0;
  let at = out + 32;
  for (let i = 0; i < 9; i++) {
    word |= load<u64>(A + (<usize>i << 3)) << bits;
    bits += 29;
    for (; bits >= 8 && at > out; bits -= 8, word >>= 8) store<u8>(--at, <u8>word);
  }
}

/** 1 when the 32 bytes are a number below `modulus`, else 0. */
export function isBelow(from: usize, modulus: usize): i32 {
  readNumber(A, from);
  return <i32>(subtractOnce(modulus) & 1);
}

/** 1 when the 32 bytes are all 0. */
export function isZero(from: usize): i32 {
  return i32(!v128.any_true(v128.or(v128.load(from), v128.load(from, 16))));
}

/** Brings 32 bytes into Montgomery form. */
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
