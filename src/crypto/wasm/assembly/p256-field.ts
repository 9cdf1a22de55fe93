/*
 * Numbers modulo the prime of P-256, p = 2^256 - 2^224 + 2^192 + 2^96 - 1 (FIPS 186-5, SP 800-186 3.2.1.3), in Montgomery
 * form: a number x stands as x R mod p, R = 2^261. Nine signed limbs of 64 bits, limb i at 2^(29 i), and a tenth word that
 * is always 0, so that vectors of two can add them.
 *
 * "Reduced" means: limbs 0 to 7 in [0, 2^29), limb 8 signed and of less than 2^27, the number between -2^256 and 2^258.
 * Products and feReduce give reduced numbers; sums and differences are not reduced.
 *
 * No product overflows: a column has at most nine terms. With |limbs| of one factor below 2^29 (reduced, or a difference
 * of two reduced) and of the other below 2^30 (a sum of two reduced), it is less than 9 * 2^59 < 2^62.2; reducing adds less
 * than 2^54 and carries less than 2^35. Nothing wider is ever multiplied.
 *
 * Reducing is by shifts, since -1/p = 1 modulo 2^29: adding m p, with m the lowest 29 bits, clears them, and m p is
 * m 2^256 - m 2^224 + m 2^192 + m 2^96 - m. Its -m and the bits it clears cancel, which is why nothing is subtracted below.
 * The result is (f g + M p) / R with 0 <= M < R, so it is less than |f g| / R + p in size, and not below -|f g| / R.
 */
const LOW: i64 = 0x1fffffff;
/** Bytes of a number. */
export const FE: usize = 80;

/** p itself, not in Montgomery form. */
export const P_LIMBS: usize = memory.data<i64>([
  0x1fffffff, 0x1fffffff, 0x1fffffff, 0x1ff, 0x0,
  0x0, 0x40000, 0x1fe00000, 0xffffff, 0x0,
], 16);
/** R^2: times this, a number enters Montgomery form. */
export const R_SQUARED: usize = memory.data<i64>([
  0xc00, 0x0, 0x1fff0000, 0x1fdfffff, 0x1fbfffff,
  0x1fffffff, 0x1fffffff, 0x1ffffffe, 0x13, 0x0,
], 16);
/** 1 in Montgomery form. */
export const ONE: usize = memory.data<i64>([
  0x20, 0x0, 0x0, 0x1fffc000, 0x1fffffff,
  0x1fffffff, 0x1f7fffff, 0x3ffffff, 0x0, 0x0,
], 16);
/** 1 as it is: times this, a number leaves Montgomery form. */
export const UNIT: usize = memory.data<i64>([
  0x1, 0x0, 0x0, 0x0, 0x0,
  0x0, 0x0, 0x0, 0x0, 0x0,
], 16);

/** `out` may be a factor. */
export function feMultiply(out: usize, f: usize, g: usize): void {
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
  m = t0 & LOW; t1 += t0 >> 29; t3 += m << 9; t6 += m << 18; t7 -= m << 21; t8 += m << 24;
  m = t1 & LOW; t2 += t1 >> 29; t4 += m << 9; t7 += m << 18; t8 -= m << 21; t9 += m << 24;
  m = t2 & LOW; t3 += t2 >> 29; t5 += m << 9; t8 += m << 18; t9 -= m << 21; t10 += m << 24;
  m = t3 & LOW; t4 += t3 >> 29; t6 += m << 9; t9 += m << 18; t10 -= m << 21; t11 += m << 24;
  m = t4 & LOW; t5 += t4 >> 29; t7 += m << 9; t10 += m << 18; t11 -= m << 21; t12 += m << 24;
  m = t5 & LOW; t6 += t5 >> 29; t8 += m << 9; t11 += m << 18; t12 -= m << 21; t13 += m << 24;
  m = t6 & LOW; t7 += t6 >> 29; t9 += m << 9; t12 += m << 18; t13 -= m << 21; t14 += m << 24;
  m = t7 & LOW; t8 += t7 >> 29; t10 += m << 9; t13 += m << 18; t14 -= m << 21; t15 += m << 24;
  m = t8 & LOW; t9 += t8 >> 29; t11 += m << 9; t14 += m << 18; t15 -= m << 21; t16 += m << 24;
  t10 += t9 >> 29; t9 &= LOW; t11 += t10 >> 29; t10 &= LOW;
  t12 += t11 >> 29; t11 &= LOW; t13 += t12 >> 29; t12 &= LOW;
  t14 += t13 >> 29; t13 &= LOW; t15 += t14 >> 29; t14 &= LOW;
  t16 += t15 >> 29; t15 &= LOW; t17 += t16 >> 29; t16 &= LOW;
  store<i64>(out, t9, 0); store<i64>(out, t10, 8); store<i64>(out, t11, 16);
  store<i64>(out, t12, 24); store<i64>(out, t13, 32); store<i64>(out, t14, 40);
  store<i64>(out, t15, 48); store<i64>(out, t16, 56); store<i64>(out, t17, 64);
}

/** `out` may be `f`. */
export function feSquare(out: usize, f: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16);
  const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32); const f5 = load<i64>(f, 40);
  const f6 = load<i64>(f, 48); const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64);
  const d0 = f0 << 1; const d1 = f1 << 1; const d2 = f2 << 1; const d3 = f3 << 1;
  const d4 = f4 << 1; const d5 = f5 << 1; const d6 = f6 << 1; const d7 = f7 << 1;
  let t0 = f0 * f0;
  let t1 = d0 * f1;
  let t2 = d0 * f2 + f1 * f1;
  let t3 = d0 * f3 + d1 * f2;
  let t4 = d0 * f4 + d1 * f3 + f2 * f2;
  let t5 = d0 * f5 + d1 * f4 + d2 * f3;
  let t6 = d0 * f6 + d1 * f5 + d2 * f4 + f3 * f3;
  let t7 = d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4;
  let t8 = d0 * f8 + d1 * f7 + d2 * f6 + d3 * f5 + f4 * f4;
  let t9 = d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5;
  let t10 = d2 * f8 + d3 * f7 + d4 * f6 + f5 * f5;
  let t11 = d3 * f8 + d4 * f7 + d5 * f6;
  let t12 = d4 * f8 + d5 * f7 + f6 * f6;
  let t13 = d5 * f8 + d6 * f7;
  let t14 = d6 * f8 + f7 * f7;
  let t15 = d7 * f8;
  let t16 = f8 * f8;
  let t17: i64 = 0;
  let m: i64;
  m = t0 & LOW; t1 += t0 >> 29; t3 += m << 9; t6 += m << 18; t7 -= m << 21; t8 += m << 24;
  m = t1 & LOW; t2 += t1 >> 29; t4 += m << 9; t7 += m << 18; t8 -= m << 21; t9 += m << 24;
  m = t2 & LOW; t3 += t2 >> 29; t5 += m << 9; t8 += m << 18; t9 -= m << 21; t10 += m << 24;
  m = t3 & LOW; t4 += t3 >> 29; t6 += m << 9; t9 += m << 18; t10 -= m << 21; t11 += m << 24;
  m = t4 & LOW; t5 += t4 >> 29; t7 += m << 9; t10 += m << 18; t11 -= m << 21; t12 += m << 24;
  m = t5 & LOW; t6 += t5 >> 29; t8 += m << 9; t11 += m << 18; t12 -= m << 21; t13 += m << 24;
  m = t6 & LOW; t7 += t6 >> 29; t9 += m << 9; t12 += m << 18; t13 -= m << 21; t14 += m << 24;
  m = t7 & LOW; t8 += t7 >> 29; t10 += m << 9; t13 += m << 18; t14 -= m << 21; t15 += m << 24;
  m = t8 & LOW; t9 += t8 >> 29; t11 += m << 9; t14 += m << 18; t15 -= m << 21; t16 += m << 24;
  t10 += t9 >> 29; t9 &= LOW; t11 += t10 >> 29; t10 &= LOW;
  t12 += t11 >> 29; t11 &= LOW; t13 += t12 >> 29; t12 &= LOW;
  t14 += t13 >> 29; t13 &= LOW; t15 += t14 >> 29; t14 &= LOW;
  t16 += t15 >> 29; t15 &= LOW; t17 += t16 >> 29; t16 &= LOW;
  store<i64>(out, t9, 0); store<i64>(out, t10, 8); store<i64>(out, t11, 16);
  store<i64>(out, t12, 24); store<i64>(out, t13, 32); store<i64>(out, t14, 40);
  store<i64>(out, t15, 48); store<i64>(out, t16, 56); store<i64>(out, t17, 64);
}

/** Makes a number of limbs below 2^33 in size reduced: what is above 2^256 comes back, 2^256 = 2^224 - 2^192 - 2^96 + 1. */
export function feReduce(out: usize, f: usize): void {
  let t0 = load<i64>(f, 0); let t1 = load<i64>(f, 8); let t2 = load<i64>(f, 16);
  let t3 = load<i64>(f, 24); let t4 = load<i64>(f, 32); let t5 = load<i64>(f, 40);
  let t6 = load<i64>(f, 48); let t7 = load<i64>(f, 56); let t8 = load<i64>(f, 64);
  const q = t8 >> 24;
  t8 &= 0xffffff;
  t7 += q << 21;
  t6 -= q << 18;
  t3 -= q << 9;
  t0 += q;
  t1 += t0 >> 29; t0 &= LOW; t2 += t1 >> 29; t1 &= LOW;
  t3 += t2 >> 29; t2 &= LOW; t4 += t3 >> 29; t3 &= LOW;
  t5 += t4 >> 29; t4 &= LOW; t6 += t5 >> 29; t5 &= LOW;
  t7 += t6 >> 29; t6 &= LOW; t8 += t7 >> 29; t7 &= LOW;
  store<i64>(out, t0, 0); store<i64>(out, t1, 8); store<i64>(out, t2, 16);
  store<i64>(out, t3, 24); store<i64>(out, t4, 32); store<i64>(out, t5, 40);
  store<i64>(out, t6, 48); store<i64>(out, t7, 56); store<i64>(out, t8, 64);
}

export function feAdd(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.add(v128.load(f + i), v128.load(g + i)));
}

export function feSubtract(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.sub(v128.load(f + i), v128.load(g + i)));
}

export function feNegate(out: usize, f: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.neg(v128.load(f + i)));
}

export function feCopy(out: usize, f: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, v128.load(f + i));
}

const T0: usize = memory.data(80, 16);
const T1: usize = memory.data(80, 16);
const T2: usize = memory.data(80, 16);
const T3: usize = memory.data(80, 16);
const T4: usize = memory.data(80, 16);
const T5: usize = memory.data(80, 16);

function squareTimes(out: usize, f: usize, times: i32): void {
  feSquare(out, f);
  for (; times > 1; times--) feSquare(out, out);
}

/** 1/z as z^(p - 2), p - 2 = ffffffff 00000001 00000000 00000000 00000000 ffffffff ffffffff fffffffd; 0 for 0. */
export function feInvert(out: usize, z: usize): void {
  feSquare(T0, z);
  feMultiply(T0, T0, z); // 2 ones
  squareTimes(T1, T0, 2);
  feMultiply(T1, T1, T0); // 4 ones
  squareTimes(T2, T1, 4);
  feMultiply(T2, T2, T1); // 8 ones
  squareTimes(T3, T2, 8);
  feMultiply(T3, T3, T2); // 16 ones
  squareTimes(T4, T3, 16);
  feMultiply(T4, T4, T3); // ffffffff
  squareTimes(T5, T4, 32);
  feMultiply(T5, T5, z); // ffffffff 00000001
  squareTimes(T5, T5, 128);
  feMultiply(T5, T5, T4); // ... 00000000 00000000 00000000 ffffffff
  squareTimes(T5, T5, 32);
  feMultiply(T5, T5, T4); // ... ffffffff
  squareTimes(T5, T5, 16);
  feMultiply(T5, T5, T3); // the last word, 16, 24, 28 and 30 ones at a time
  squareTimes(T5, T5, 8);
  feMultiply(T5, T5, T2);
  squareTimes(T5, T5, 4);
  feMultiply(T5, T5, T1);
  squareTimes(T5, T5, 2);
  feMultiply(T5, T5, T0);
  squareTimes(T5, T5, 2);
  feMultiply(out, T5, z); // ... fffffffd
}

/** Forgets what {@link feInvert} left. */
export function feWipe(): void {
  memory.fill(T0, 0, FE);
  memory.fill(T1, 0, FE);
  memory.fill(T2, 0, FE);
  memory.fill(T3, 0, FE);
  memory.fill(T4, 0, FE);
  memory.fill(T5, 0, FE);
}
