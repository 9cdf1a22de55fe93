/*
 * Points of P-384: y^2 = x^3 - 3 x + b. Jacobian coordinates (X : Y : Z) stand for (X / Z^2, Y / Z^3), all reduced and in
 * Montgomery form; Z = 0 is infinity. The formulas are the usual ones (dbl-2001-b, add-1998-cmo-2 and its mixed form in the
 * Explicit-Formulas Database).
 *
 * Doubling is right for every point: none has order 2, and from Z = 0 it gives Z = 0. Addition is right unless the points
 * are equal, opposite or infinite. The multiplications below never add equal or opposite points (each says why) and replace
 * by masks what comes out where one is infinite; verification, whose inputs are public, looks first.
 *
 * Written by test/crypto/wasm/derive-p384.ts: `npm run kernels`.
 */
import { FE, feAdd, feCopy, feInvert, feMultiply, feNegate, feReduce, feSquare, feSubtract, ONE, R_SQUARED } from './p384-field.ts';
import { readNumber } from './p384-scalar.ts';

/** b of y^2 = x^3 - 3 x + b, in Montgomery form. */
export const CURVE_B: usize = memory.data<i64>([
  0x12dcccd, 0x8870d04, 0x2ec0811, 0xd9474c3, 0xfc429ad, 0x1920022, 0x7f2209b,
  0x938ae27, 0x74bee94, 0x2094e33, 0x1f41f02, 0xf9b62b2, 0xb604fbf, 0x8114,
], 16);
/** The generator, in Montgomery form. */
export const GENERATOR_X: usize = memory.data<i64>([
  0xb5284d, 0x7565fcc, 0xe383dd0, 0xe2edd6c, 0xe6de378, 0x541b4d6, 0x79c3afc,
  0xa30eff8, 0x4868459, 0xde2b645, 0x723614e, 0x13812ff, 0x2299e15, 0x3aadc,
], 16);
/** Its other coordinate. */
export const GENERATOR_Y: usize = memory.data<i64>([
  0x3a4fe2b, 0x3dad200, 0x9ac2304, 0xbfa6b4a, 0xccbfa8, 0x2e83b05, 0xbade756,
  0xf4ffd98, 0x3521968, 0xa840c6c, 0x2263969, 0xe9dd800, 0x25a15c5, 0x78abc,
], 16);

/** Bytes of a Jacobian point, and of an affine one. */
export const POINT_SIZE: usize = 336;
const AFFINE: usize = 224;

const T0: usize = memory.data(112, 16);
const T1: usize = memory.data(112, 16);
const T2: usize = memory.data(112, 16);
const T3: usize = memory.data(112, 16);
const T4: usize = memory.data(112, 16);
const T5: usize = memory.data(112, 16);

/** The result of a multiplication, and what it selects and tries on the way. */
export const ACC: usize = memory.data(336, 16);
const SELECTED: usize = memory.data(336, 16);
const TRIED: usize = memory.data(336, 16);
const NEGATED: usize = memory.data(112, 16);
/** 1 to 16 times a point; entry 0 is not used. */
const MULTIPLES: usize = memory.data(17 * 336, 16);
/** Affine d 16^(4 i) G for d = 1 to 8 and i = 0 to 24. */
const BASE: usize = memory.data(25 * 8 * 224, 16);
const ROWS: i32 = 25;
const PRODUCTS: usize = memory.data(8 * 112, 16);
let baseReady: bool = false;

/** out = 2 p; `out` may be `p`. */
export function doublePoint(out: usize, p: usize): void {
  const x = p;
  const y = p + FE;
  const z = p + 2 * FE;
  feSquare(T0, z);
  feSquare(T1, y);
  feMultiply(T2, x, T1); // beta = x y^2
  feSubtract(T3, x, T0);
  feAdd(T4, x, T0);
  feMultiply(T3, T4, T3);
  feAdd(T4, T3, T3);
  feAdd(T3, T4, T3);
  feReduce(T3, T3); // alpha = 3 (x - z^2) (x + z^2)
  feAdd(T2, T2, T2);
  feAdd(T2, T2, T2);
  feReduce(T2, T2); // 4 beta
  feMultiply(T5, y, z);
  feAdd(T5, T5, T5);
  feReduce(out + 2 * FE, T5); // Z = 2 y z
  feSquare(T4, T3);
  feSubtract(T4, T4, T2);
  feSubtract(T4, T4, T2);
  feReduce(out, T4); // X = alpha^2 - 8 beta
  feSquare(T1, T1);
  feAdd(T1, T1, T1);
  feAdd(T1, T1, T1);
  feAdd(T1, T1, T1); // 8 y^4
  feSubtract(T2, T2, out);
  feMultiply(T2, T3, T2);
  feSubtract(T2, T2, T1);
  feReduce(out + FE, T2); // Y = alpha (4 beta - X) - 8 y^4
}

/** From H = U2 - U1 in T3, R = S2 - S1 in T0, U1 in T2, S1 in T1 to the sum's X and Y; Z is there already. */
function finishSum(out: usize): void {
  feSquare(T4, T3);
  feMultiply(T3, T3, T4); // H^3
  feMultiply(T2, T2, T4); // U1 H^2
  feSquare(T5, T0);
  feSubtract(T5, T5, T3);
  feSubtract(T5, T5, T2);
  feSubtract(T5, T5, T2);
  feReduce(out, T5); // X = R^2 - H^3 - 2 U1 H^2
  feSubtract(T2, T2, out);
  feMultiply(T2, T0, T2);
  feMultiply(T1, T1, T3);
  feSubtract(T2, T2, T1);
  feReduce(out + FE, T2); // Y = R (U1 H^2 - X) - S1 H^3
}

/** out = p + q, where neither is infinity nor the other or its opposite. `out` is another place. */
export function add(out: usize, p: usize, q: usize): void {
  feSquare(T0, p + 2 * FE);
  feSquare(T1, q + 2 * FE);
  feMultiply(T2, p, T1);
  feMultiply(T3, q, T0);
  feMultiply(T1, T1, q + 2 * FE);
  feMultiply(T1, p + FE, T1);
  feMultiply(T0, T0, p + 2 * FE);
  feMultiply(T0, q + FE, T0);
  feSubtract(T3, T3, T2);
  feSubtract(T0, T0, T1);
  feMultiply(T4, p + 2 * FE, q + 2 * FE);
  feMultiply(out + 2 * FE, T4, T3); // Z = z1 z2 H
  finishSum(out);
}

/** The same with q affine. */
function addAffine(out: usize, p: usize, q: usize): void {
  feSquare(T0, p + 2 * FE);
  feMultiply(T3, q, T0);
  feMultiply(T0, T0, p + 2 * FE);
  feMultiply(T0, q + FE, T0);
  feCopy(T2, p);
  feCopy(T1, p + FE);
  feSubtract(T3, T3, T2);
  feSubtract(T0, T0, T1);
  feMultiply(out + 2 * FE, p + 2 * FE, T3);
  finishSum(out);
}

/** out = a where `mask` is all ones, and stays where it is 0. */
function chooseInto(out: usize, a: usize, mask: i64, length: usize): void {
  const choice = i64x2.splat(mask);
  for (let i: usize = 0; i < length; i += 16) {
    v128.store(out + i, v128.bitselect(v128.load(a + i), v128.load(out + i), choice));
  }
}

/** Reads every one of `count` entries and keeps that of the index (1 for the first), or zeros for 0. */
function select(out: usize, entries: usize, size: usize, count: i32, index: i64): void {
  const wanted = i64x2.splat(index);
  for (let at: usize = 0; at < size; at += 112) {
    let a: v128 = i64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    for (let i = 1; i <= count; i++) {
      const mask = i64x2.eq(i64x2.splat(i), wanted);
      const entry = entries + (i - 1) * size + at;
      a = v128.or(a, v128.and(mask, v128.load(entry)));
      b = v128.or(b, v128.and(mask, v128.load(entry, 16)));
      c = v128.or(c, v128.and(mask, v128.load(entry, 32)));
      d = v128.or(d, v128.and(mask, v128.load(entry, 48)));
      e = v128.or(e, v128.and(mask, v128.load(entry, 64)));
      f = v128.or(f, v128.and(mask, v128.load(entry, 80)));
      g = v128.or(g, v128.and(mask, v128.load(entry, 96)));
    }
    v128.store(out + at, a);
    v128.store(out + at, b, 16);
    v128.store(out + at, c, 32);
    v128.store(out + at, d, 48);
    v128.store(out + at, e, 64);
    v128.store(out + at, f, 80);
    v128.store(out + at, g, 96);
  }
}

/**
 * Bits `width` w - 1 to `width` w + `width` - 1 of 48 bytes, big-endian: what decides a signed digit of Booth's recoding.
 * The digit is (v + 1) >> 1 below half of the range, else that of the complement, negative.
 */
function window(scalar: usize, w: i32, width: i32): i64 {
  let value: i64 = 0;
  for (let i = width; i >= 0; i--) {
    const bit = width * w - 1 + i;
    const set = bit >= 0 && bit < 384 ? (<i32>load<u8>(scalar + 47 - (bit >> 3)) >> (bit & 7)) & 1 : 0;
    value = (value << 1) | <i64>set;
  }
  return value;
}

function negateSelected(sign: i64): void {
  feNegate(NEGATED, SELECTED + FE);
  chooseInto(SELECTED + FE, NEGATED, sign, FE);
}

/** Takes the sum that was tried into ACC: SELECTED where ACC was infinite, ACC where the digit is 0. */
function accept(infinite: i64, zero: i64): void {
  chooseInto(TRIED, SELECTED, infinite, POINT_SIZE);
  chooseInto(TRIED, ACC, zero, POINT_SIZE);
  memory.copy(ACC, TRIED, POINT_SIZE);
}

/** Writes 2 to 16 times the point at MULTIPLES[1]. */
function writeMultiples(): void {
  const first = MULTIPLES + POINT_SIZE;
  for (let i = 2; i <= 16; i++) {
    const at = MULTIPLES + i * POINT_SIZE;
    if ((i & 1) == 0) doublePoint(at, MULTIPLES + (i >> 1) * POINT_SIZE);
    else add(at, at - POINT_SIZE, first);
  }
}

/**
 * ACC = k P for a point on the curve and 0 < k < n, in windows of five bits with digits from -16 to 16.
 *
 * Never equal or opposite: ACC is 32 m P when d P is added, |d| <= 16, and 32 m + d is k without its lower bits, rounded.
 * For m = 0 ACC is infinite and masked. Else 0 < 32 m - d and 0 < 32 m + d, and both are below n but in the last window,
 * where 32 m + d = k < n, and where 32 m - d = n would make 32 m = n + d: with n mod 32 = 19 that is d = 13, k = n + 26.
 */
export function multiplyPoint(point: usize, scalar: usize): void {
  memory.copy(MULTIPLES + POINT_SIZE, point, POINT_SIZE);
  writeMultiples();
  let infinite: i64 = -1;
  memory.copy(ACC, point, POINT_SIZE);
  for (let w = 76; w >= 0; w--) {
    if (w != 76) for (let i = 0; i < 5; i++) doublePoint(ACC, ACC);
    const bits = window(scalar, w, 5);
    const sign = -(bits >> 5);
    const digit = (((bits ^ sign) & 63) + 1) >> 1;
    select(SELECTED, MULTIPLES + POINT_SIZE, POINT_SIZE, 16, digit);
    negateSelected(sign);
    add(TRIED, ACC, SELECTED);
    const zero = -i64(digit == 0);
    accept(infinite, zero);
    infinite &= zero;
  }
}

/** Writes 1 to 8 times the point at MULTIPLES[1] as affine points, with one inversion: 1/z1 = 1/(z1 z2) z2, and so on. */
function writeAffine(to: usize): void {
  feCopy(PRODUCTS, MULTIPLES + POINT_SIZE + 2 * FE);
  for (let i = 1; i < 8; i++) {
    feMultiply(PRODUCTS + i * FE, PRODUCTS + (i - 1) * FE, MULTIPLES + (i + 1) * POINT_SIZE + 2 * FE);
  }
  feInvert(T3, PRODUCTS + 7 * FE);
  for (let i = 7; i >= 0; i--) {
    const point = MULTIPLES + (i + 1) * POINT_SIZE;
    if (i > 0) feMultiply(T4, T3, PRODUCTS + (i - 1) * FE);
    else feCopy(T4, T3);
    feMultiply(T3, T3, point + 2 * FE);
    feSquare(T5, T4);
    feMultiply(T4, T4, T5);
    feMultiply(to + i * AFFINE, point, T5);
    feMultiply(to + i * AFFINE + FE, point + FE, T4);
  }
}

/** Fills BASE, when it is first needed: some milliseconds. */
function prepareBase(): void {
  const point = MULTIPLES + POINT_SIZE;
  feCopy(point, GENERATOR_X);
  feCopy(point + FE, GENERATOR_Y);
  feCopy(point + 2 * FE, ONE);
  for (let row = 0; row < ROWS; row++) {
    writeMultiples();
    writeAffine(BASE + row * 8 * AFFINE);
    memory.copy(point, MULTIPLES + 16 * POINT_SIZE, POINT_SIZE);
    for (let i = 0; i < 12; i++) doublePoint(point, point);
  }
  baseReady = true;
}

/**
 * ACC = k G for 0 <= k < n, in windows of four bits with digits from -8 to 8: k is the sum of d_w 16^w for w = 0 to 96. A row of
 * the table serves four windows, w = 4 i + r: those of r = 3 come first, then each r after four doublings. Gives 1 when
 * that is infinity, for k = 0, and then ACC is not to be used.
 *
 * Never equal or opposite: in round r ACC is s G when d 16^(4 i) G is added, 1 <= |d| <= 8, with s 16^r a sum of other digits'
 * terms. s + d 16^(4 i) and s - d 16^(4 i) are sums of powers of 16 with digits from -8 to 8, not all 0, so they are not 0. Without
 * window 96 they are at most 8 (1 + 16 + ... + 16^95) < 0.54 * 2^384 < n in size. Window 96 is the last of all, where d is
 * 1 exactly if k >= 2^383: the sum is k < n, and the difference k - 2^385 is a multiple of n only for k = 2^385 - 2 n < 2^192.
 */
export function multiplyBase(scalar: usize): i32 {
  if (!baseReady) prepareBase();
  let infinite: i64 = -1;
  memory.fill(ACC, 0, POINT_SIZE);
  feCopy(SELECTED + 2 * FE, ONE);
  for (let round = 3; round >= 0; round--) {
    if (round != 3) for (let i = 0; i < 4; i++) doublePoint(ACC, ACC);
    for (let row = 0; 4 * row + round <= 96; row++) {
      const bits = window(scalar, 4 * row + round, 4);
      const sign = -(bits >> 4);
      const digit = (((bits ^ sign) & 31) + 1) >> 1;
      select(SELECTED, BASE + row * 8 * AFFINE, AFFINE, 8, digit);
      negateSelected(sign);
      addAffine(TRIED, ACC, SELECTED);
      const zero = -i64(digit == 0);
      accept(infinite, zero);
      infinite &= zero;
    }
  }
  return <i32>(infinite & 1);
}

/** x and y of a point that is not infinity, in Montgomery form. */
export function toAffine(out: usize, p: usize): void {
  feInvert(T4, p + 2 * FE);
  feSquare(T5, T4);
  feMultiply(T4, T4, T5);
  feMultiply(out, p, T5);
  feMultiply(out + FE, p + FE, T4);
}

/** Brings x || y, 96 bytes, big-endian, each below p, into Montgomery form, with Z = 1. */
export function readPoint(out: usize, from: usize): void {
  readNumber(T0, from);
  feMultiply(out, T0, R_SQUARED);
  readNumber(T0, from + 48);
  feMultiply(out + FE, T0, R_SQUARED);
  feCopy(out + 2 * FE, ONE);
}

/** out = y^2 - (x^3 - 3 x + b), reduced but for a multiple of p: 0 modulo p on the curve. */
export function curveEquation(out: usize, p: usize): void {
  feSquare(T0, p);
  feMultiply(T0, T0, p);
  feSquare(T1, p + FE);
  feSubtract(T1, T1, T0);
  feAdd(T2, p, p);
  feAdd(T2, T2, p);
  feAdd(T1, T1, T2);
  feSubtract(T1, T1, CURVE_B);
  feReduce(out, T1);
}

/** Forgets all points but the table of the generator. */
export function pointWipe(): void {
  memory.fill(T0, 0, FE);
  memory.fill(T1, 0, FE);
  memory.fill(T2, 0, FE);
  memory.fill(T3, 0, FE);
  memory.fill(T4, 0, FE);
  memory.fill(T5, 0, FE);
  memory.fill(ACC, 0, POINT_SIZE);
  memory.fill(SELECTED, 0, POINT_SIZE);
  memory.fill(TRIED, 0, POINT_SIZE);
  memory.fill(NEGATED, 0, FE);
  memory.fill(MULTIPLES, 0, 17 * POINT_SIZE);
}
