/*
 * Numbers modulo the prime of P-384, p = 2^384 - 2^128 - 2^96 + 2^32 - 1 (FIPS 186-5, SP 800-186 3.2.1.4), in Montgomery form:
 * a number x stands as x R mod p, R = 2^392. Fourteen signed limbs of 64 bits, limb i at 2^(28 i).
 *
 * "Reduced" means: limbs 0 to 12 in [0, 2^28), limb 13 signed and of less than 2^23, the number between -2^384 and 2^386.
 * Products and feReduce give reduced numbers; sums and differences are not reduced.
 *
 * No product overflows: a column has at most fourteen terms. With |limbs| of one factor below 2^28 (reduced, or a difference
 * of two reduced) and of the other below 2^29 (a sum of two reduced), it is less than 14 * 2^57 < 2^60.9; reducing adds less
 * than 2^49, and what is carried from the column before is less than 2^33. Nothing wider is ever multiplied.
 *
 * Columns are made one after the other, t. Reducing is by shifts, since -1/p = 1 modulo 2^28: adding m p, with m the lowest 28
 * bits of a column, clears them, and m p is m 2^384 - m 2^128 - m 2^96 + m 2^32 - m. Its -m and the bits it clears cancel, which
 * is why nothing is subtracted below; the rest belongs to columns 13, 4, 3 and 1 above. The result is (f g + M p) / R with
 * 0 <= M < R, so it is less than |f g| / R + p in size, and not below -|f g| / R: with |f| < 2^387 and |g| < 2^388, less than
 * 2^384 + 2^383, and not below -2^383.
 *
 * Written by test/crypto/wasm/derive-p384.ts: `npm run kernels`.
 */
const LOW: i64 = 0xfffffff;
/** Bytes of a number. */
export const FE: usize = 112;

/** p itself, not in Montgomery form. */
export const P_LIMBS: usize = memory.data<i64>([
  0xfffffff, 0xf, 0x0, 0xffff000, 0xffeffff, 0xfffffff, 0xfffffff,
  0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffff,
], 16);
/** R^2: times this, a number enters Montgomery form. */
export const R_SQUARED: usize = memory.data<i64>([
  0x10000, 0xfe00000, 0xffffff, 0x0, 0x2, 0x0, 0xffffe00,
  0xfff, 0x20000, 0x100000, 0x0, 0x0, 0x0, 0x0,
], 16);
/** 1 in Montgomery form. */
export const ONE: usize = memory.data<i64>([
  0x100, 0xffff000, 0xfffffff, 0xfffff, 0x1000000, 0x0, 0x0,
  0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
], 16);
/** 1 as it is: times this, a number leaves Montgomery form. */
export const UNIT: usize = memory.data<i64>([
  0x1, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
  0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0,
], 16);

/** `out` may be a factor. */
export function feMultiply(out: usize, f: usize, g: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16); const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32); const f5 = load<i64>(f, 40); const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64); const f9 = load<i64>(f, 72); const f10 = load<i64>(f, 80); const f11 = load<i64>(f, 88); const f12 = load<i64>(f, 96); const f13 = load<i64>(f, 104);
  const g0 = load<i64>(g, 0); const g1 = load<i64>(g, 8); const g2 = load<i64>(g, 16); const g3 = load<i64>(g, 24); const g4 = load<i64>(g, 32); const g5 = load<i64>(g, 40); const g6 = load<i64>(g, 48);
  const g7 = load<i64>(g, 56); const g8 = load<i64>(g, 64); const g9 = load<i64>(g, 72); const g10 = load<i64>(g, 80); const g11 = load<i64>(g, 88); const g12 = load<i64>(g, 96); const g13 = load<i64>(g, 104);
  let t: i64 = 0;
  t = f0 * g0;
  const m0 = t & LOW;
  t = f0 * g1 + f1 * g0 + (t >> 28) + (m0 << 4);
  const m1 = t & LOW;
  t = f0 * g2 + f1 * g1 + f2 * g0 + (t >> 28) + (m1 << 4);
  const m2 = t & LOW;
  t = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + (t >> 28) + (m2 << 4) - (m0 << 12);
  const m3 = t & LOW;
  t = f0 * g4 + f1 * g3 + f2 * g2 + f3 * g1 + f4 * g0 + (t >> 28) + (m3 << 4) - (m1 << 12) - (m0 << 16);
  const m4 = t & LOW;
  t = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + (t >> 28) + (m4 << 4) - (m2 << 12) - (m1 << 16);
  const m5 = t & LOW;
  t = f0 * g6 + f1 * g5 + f2 * g4 + f3 * g3 + f4 * g2 + f5 * g1 + f6 * g0 + (t >> 28) + (m5 << 4) - (m3 << 12) - (m2 << 16);
  const m6 = t & LOW;
  t = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + (t >> 28) + (m6 << 4) - (m4 << 12) - (m3 << 16);
  const m7 = t & LOW;
  t = f0 * g8 + f1 * g7 + f2 * g6 + f3 * g5 + f4 * g4 + f5 * g3 + f6 * g2 + f7 * g1 + f8 * g0 + (t >> 28) + (m7 << 4) - (m5 << 12) - (m4 << 16);
  const m8 = t & LOW;
  t = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0 + (t >> 28) + (m8 << 4) - (m6 << 12) - (m5 << 16);
  const m9 = t & LOW;
  t = f0 * g10 + f1 * g9 + f2 * g8 + f3 * g7 + f4 * g6 + f5 * g5 + f6 * g4 + f7 * g3 + f8 * g2 + f9 * g1 + f10 * g0 + (t >> 28) + (m9 << 4) - (m7 << 12) - (m6 << 16);
  const m10 = t & LOW;
  t = f0 * g11 + f1 * g10 + f2 * g9 + f3 * g8 + f4 * g7 + f5 * g6 + f6 * g5 + f7 * g4 + f8 * g3 + f9 * g2 + f10 * g1 + f11 * g0 + (t >> 28) + (m10 << 4) - (m8 << 12) - (m7 << 16);
  const m11 = t & LOW;
  t = f0 * g12 + f1 * g11 + f2 * g10 + f3 * g9 + f4 * g8 + f5 * g7 + f6 * g6 + f7 * g5 + f8 * g4 + f9 * g3 + f10 * g2 + f11 * g1 + f12 * g0 + (t >> 28) + (m11 << 4) - (m9 << 12) - (m8 << 16);
  const m12 = t & LOW;
  t = f0 * g13 + f1 * g12 + f2 * g11 + f3 * g10 + f4 * g9 + f5 * g8 + f6 * g7 + f7 * g6 + f8 * g5 + f9 * g4 + f10 * g3 + f11 * g2 + f12 * g1 + f13 * g0 + (t >> 28) + (m12 << 4) - (m10 << 12) - (m9 << 16) + (m0 << 20);
  const m13 = t & LOW;
  t = f1 * g13 + f2 * g12 + f3 * g11 + f4 * g10 + f5 * g9 + f6 * g8 + f7 * g7 + f8 * g6 + f9 * g5 + f10 * g4 + f11 * g3 + f12 * g2 + f13 * g1 + (t >> 28) + (m13 << 4) - (m11 << 12) - (m10 << 16) + (m1 << 20);
  store<i64>(out, t & LOW, 0);
  t = f2 * g13 + f3 * g12 + f4 * g11 + f5 * g10 + f6 * g9 + f7 * g8 + f8 * g7 + f9 * g6 + f10 * g5 + f11 * g4 + f12 * g3 + f13 * g2 + (t >> 28) - (m12 << 12) - (m11 << 16) + (m2 << 20);
  store<i64>(out, t & LOW, 8);
  t = f3 * g13 + f4 * g12 + f5 * g11 + f6 * g10 + f7 * g9 + f8 * g8 + f9 * g7 + f10 * g6 + f11 * g5 + f12 * g4 + f13 * g3 + (t >> 28) - (m13 << 12) - (m12 << 16) + (m3 << 20);
  store<i64>(out, t & LOW, 16);
  t = f4 * g13 + f5 * g12 + f6 * g11 + f7 * g10 + f8 * g9 + f9 * g8 + f10 * g7 + f11 * g6 + f12 * g5 + f13 * g4 + (t >> 28) - (m13 << 16) + (m4 << 20);
  store<i64>(out, t & LOW, 24);
  t = f5 * g13 + f6 * g12 + f7 * g11 + f8 * g10 + f9 * g9 + f10 * g8 + f11 * g7 + f12 * g6 + f13 * g5 + (t >> 28) + (m5 << 20);
  store<i64>(out, t & LOW, 32);
  t = f6 * g13 + f7 * g12 + f8 * g11 + f9 * g10 + f10 * g9 + f11 * g8 + f12 * g7 + f13 * g6 + (t >> 28) + (m6 << 20);
  store<i64>(out, t & LOW, 40);
  t = f7 * g13 + f8 * g12 + f9 * g11 + f10 * g10 + f11 * g9 + f12 * g8 + f13 * g7 + (t >> 28) + (m7 << 20);
  store<i64>(out, t & LOW, 48);
  t = f8 * g13 + f9 * g12 + f10 * g11 + f11 * g10 + f12 * g9 + f13 * g8 + (t >> 28) + (m8 << 20);
  store<i64>(out, t & LOW, 56);
  t = f9 * g13 + f10 * g12 + f11 * g11 + f12 * g10 + f13 * g9 + (t >> 28) + (m9 << 20);
  store<i64>(out, t & LOW, 64);
  t = f10 * g13 + f11 * g12 + f12 * g11 + f13 * g10 + (t >> 28) + (m10 << 20);
  store<i64>(out, t & LOW, 72);
  t = f11 * g13 + f12 * g12 + f13 * g11 + (t >> 28) + (m11 << 20);
  store<i64>(out, t & LOW, 80);
  t = f12 * g13 + f13 * g12 + (t >> 28) + (m12 << 20);
  store<i64>(out, t & LOW, 88);
  t = f13 * g13 + (t >> 28) + (m13 << 20);
  store<i64>(out, t & LOW, 96);
  store<i64>(out, t >> 28, 104);
}

/** `out` may be `f`. */
export function feSquare(out: usize, f: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16); const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32); const f5 = load<i64>(f, 40); const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64); const f9 = load<i64>(f, 72); const f10 = load<i64>(f, 80); const f11 = load<i64>(f, 88); const f12 = load<i64>(f, 96); const f13 = load<i64>(f, 104);
  const d0 = f0 << 1; const d1 = f1 << 1; const d2 = f2 << 1; const d3 = f3 << 1; const d4 = f4 << 1; const d5 = f5 << 1; const d6 = f6 << 1;
  const d7 = f7 << 1; const d8 = f8 << 1; const d9 = f9 << 1; const d10 = f10 << 1; const d11 = f11 << 1; const d12 = f12 << 1;
  let t: i64 = 0;
  t = f0 * f0;
  const m0 = t & LOW;
  t = d0 * f1 + (t >> 28) + (m0 << 4);
  const m1 = t & LOW;
  t = d0 * f2 + f1 * f1 + (t >> 28) + (m1 << 4);
  const m2 = t & LOW;
  t = d0 * f3 + d1 * f2 + (t >> 28) + (m2 << 4) - (m0 << 12);
  const m3 = t & LOW;
  t = d0 * f4 + d1 * f3 + f2 * f2 + (t >> 28) + (m3 << 4) - (m1 << 12) - (m0 << 16);
  const m4 = t & LOW;
  t = d0 * f5 + d1 * f4 + d2 * f3 + (t >> 28) + (m4 << 4) - (m2 << 12) - (m1 << 16);
  const m5 = t & LOW;
  t = d0 * f6 + d1 * f5 + d2 * f4 + f3 * f3 + (t >> 28) + (m5 << 4) - (m3 << 12) - (m2 << 16);
  const m6 = t & LOW;
  t = d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4 + (t >> 28) + (m6 << 4) - (m4 << 12) - (m3 << 16);
  const m7 = t & LOW;
  t = d0 * f8 + d1 * f7 + d2 * f6 + d3 * f5 + f4 * f4 + (t >> 28) + (m7 << 4) - (m5 << 12) - (m4 << 16);
  const m8 = t & LOW;
  t = d0 * f9 + d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5 + (t >> 28) + (m8 << 4) - (m6 << 12) - (m5 << 16);
  const m9 = t & LOW;
  t = d0 * f10 + d1 * f9 + d2 * f8 + d3 * f7 + d4 * f6 + f5 * f5 + (t >> 28) + (m9 << 4) - (m7 << 12) - (m6 << 16);
  const m10 = t & LOW;
  t = d0 * f11 + d1 * f10 + d2 * f9 + d3 * f8 + d4 * f7 + d5 * f6 + (t >> 28) + (m10 << 4) - (m8 << 12) - (m7 << 16);
  const m11 = t & LOW;
  t = d0 * f12 + d1 * f11 + d2 * f10 + d3 * f9 + d4 * f8 + d5 * f7 + f6 * f6 + (t >> 28) + (m11 << 4) - (m9 << 12) - (m8 << 16);
  const m12 = t & LOW;
  t = d0 * f13 + d1 * f12 + d2 * f11 + d3 * f10 + d4 * f9 + d5 * f8 + d6 * f7 + (t >> 28) + (m12 << 4) - (m10 << 12) - (m9 << 16) + (m0 << 20);
  const m13 = t & LOW;
  t = d1 * f13 + d2 * f12 + d3 * f11 + d4 * f10 + d5 * f9 + d6 * f8 + f7 * f7 + (t >> 28) + (m13 << 4) - (m11 << 12) - (m10 << 16) + (m1 << 20);
  store<i64>(out, t & LOW, 0);
  t = d2 * f13 + d3 * f12 + d4 * f11 + d5 * f10 + d6 * f9 + d7 * f8 + (t >> 28) - (m12 << 12) - (m11 << 16) + (m2 << 20);
  store<i64>(out, t & LOW, 8);
  t = d3 * f13 + d4 * f12 + d5 * f11 + d6 * f10 + d7 * f9 + f8 * f8 + (t >> 28) - (m13 << 12) - (m12 << 16) + (m3 << 20);
  store<i64>(out, t & LOW, 16);
  t = d4 * f13 + d5 * f12 + d6 * f11 + d7 * f10 + d8 * f9 + (t >> 28) - (m13 << 16) + (m4 << 20);
  store<i64>(out, t & LOW, 24);
  t = d5 * f13 + d6 * f12 + d7 * f11 + d8 * f10 + f9 * f9 + (t >> 28) + (m5 << 20);
  store<i64>(out, t & LOW, 32);
  t = d6 * f13 + d7 * f12 + d8 * f11 + d9 * f10 + (t >> 28) + (m6 << 20);
  store<i64>(out, t & LOW, 40);
  t = d7 * f13 + d8 * f12 + d9 * f11 + f10 * f10 + (t >> 28) + (m7 << 20);
  store<i64>(out, t & LOW, 48);
  t = d8 * f13 + d9 * f12 + d10 * f11 + (t >> 28) + (m8 << 20);
  store<i64>(out, t & LOW, 56);
  t = d9 * f13 + d10 * f12 + f11 * f11 + (t >> 28) + (m9 << 20);
  store<i64>(out, t & LOW, 64);
  t = d10 * f13 + d11 * f12 + (t >> 28) + (m10 << 20);
  store<i64>(out, t & LOW, 72);
  t = d11 * f13 + f12 * f12 + (t >> 28) + (m11 << 20);
  store<i64>(out, t & LOW, 80);
  t = d12 * f13 + (t >> 28) + (m12 << 20);
  store<i64>(out, t & LOW, 88);
  t = f13 * f13 + (t >> 28) + (m13 << 20);
  store<i64>(out, t & LOW, 96);
  store<i64>(out, t >> 28, 104);
}

/** Makes a number of limbs below 2^33 in size reduced: what is above 2^384 comes back, 2^384 = 2^128 + 2^96 - 2^32 + 1. */
export function feReduce(out: usize, f: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16); const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32); const f5 = load<i64>(f, 40); const f6 = load<i64>(f, 48);
  const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64); const f9 = load<i64>(f, 72); const f10 = load<i64>(f, 80); const f11 = load<i64>(f, 88); const f12 = load<i64>(f, 96); const f13 = load<i64>(f, 104);
  const q = f13 >> 20;
  let t = f0 + q;
  store<i64>(out, t & LOW, 0); t = f1 + (t >> 28) - (q << 4);
  store<i64>(out, t & LOW, 8); t = f2 + (t >> 28);
  store<i64>(out, t & LOW, 16); t = f3 + (t >> 28) + (q << 12);
  store<i64>(out, t & LOW, 24); t = f4 + (t >> 28) + (q << 16);
  store<i64>(out, t & LOW, 32); t = f5 + (t >> 28);
  store<i64>(out, t & LOW, 40); t = f6 + (t >> 28);
  store<i64>(out, t & LOW, 48); t = f7 + (t >> 28);
  store<i64>(out, t & LOW, 56); t = f8 + (t >> 28);
  store<i64>(out, t & LOW, 64); t = f9 + (t >> 28);
  store<i64>(out, t & LOW, 72); t = f10 + (t >> 28);
  store<i64>(out, t & LOW, 80); t = f11 + (t >> 28);
  store<i64>(out, t & LOW, 88); t = f12 + (t >> 28);
  store<i64>(out, t & LOW, 96); t = (f13 & 0xfffff) + (t >> 28);
  store<i64>(out, t, 104);
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

const T0: usize = memory.data(112, 16);
const T1: usize = memory.data(112, 16);
const T2: usize = memory.data(112, 16);
const T3: usize = memory.data(112, 16);

/** out = f, squared so often, times g; `out` is none of both. */
function squareTimes(out: usize, f: usize, times: i32, g: usize): void {
  feSquare(out, f);
  for (; times > 1; times--) feSquare(out, out);
  feMultiply(out, out, g);
}

/** 1/z as z^(p - 2), p - 2 = 255 ones, a zero, 32 ones, 64 zeros, 30 ones, a zero and a one; 0 for 0. */
export function feInvert(out: usize, z: usize): void {
  squareTimes(T0, z, 1, z); // 2 ones
  squareTimes(T1, T0, 1, z); // 3
  squareTimes(T2, T1, 3, T1); // 6
  squareTimes(T3, T2, 6, T2); // 12
  squareTimes(T2, T3, 3, T1); // 15
  squareTimes(T1, T2, 15, T2); // 30
  squareTimes(T3, T1, 2, T0); // 32, which T0 keeps
  feCopy(T0, T3);
  squareTimes(T3, T1, 30, T1); // 60
  feCopy(T1, T3);
  squareTimes(T3, T1, 60, T1); // 120
  feCopy(T1, T3);
  squareTimes(T3, T1, 120, T1); // 240
  squareTimes(T1, T3, 15, T2); // 255
  squareTimes(T3, T1, 33, T0); // a zero and 32 ones
  squareTimes(T0, T2, 15, T2); // 30 ones again
  squareTimes(T1, T3, 94, T0); // 64 zeros and 30 ones
  squareTimes(T3, T1, 2, z); // a zero and a one
  feCopy(out, T3);
}

/** Forgets what {@link feInvert} left. */
export function feWipe(): void {
  memory.fill(T0, 0, FE);
  memory.fill(T1, 0, FE);
  memory.fill(T2, 0, FE);
  memory.fill(T3, 0, FE);
}
