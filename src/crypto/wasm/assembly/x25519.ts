/*
 * X25519 (RFC 7748 5): the Montgomery ladder over u-coordinates. Each of its 255 steps does the same to the same
 * addresses; the secret bits only steer an exchange that always reads and writes both sides. Multiples of the base point come
 * from a table of the equivalent Edwards curve.
 */
import { baseWipe, multiplyBasePoint } from './edwards-base.ts';
import { POINT_SIZE, Y, Z } from './edwards25519.ts';
import { FE, feAdd, feInvert, feMultiply, feRead, feScale, feSquare, feSubtract, feSwap, feWipe, feWrite } from './field25519.ts';

/** 32 bytes each. The scalar is clamped here, and wiped. */
export const SCALAR: usize = memory.data(32, 16);
export const POINT: usize = memory.data(32, 16);
export const RESULT: usize = memory.data(32, 16);

/** (486662 - 2) / 4, the curve's constant as the ladder needs it. */
const A24: i64 = 121665;
/** Nine numbers: u of the point; two points of the ladder as fractions; four sums and differences. */
const POOL: usize = memory.data(9 * 80, 16);
const U = POOL;
const X2 = POOL + FE;
const Z2 = POOL + 2 * FE;
const X3 = POOL + 3 * FE;
const Z3 = POOL + 4 * FE;
const A = POOL + 5 * FE;
const B = POOL + 6 * FE;
const C = POOL + 7 * FE;
const D = POOL + 8 * FE;
const PRODUCT: usize = memory.data(4 * 80, 16);

/** One step, with the names of RFC 7748 5: (X2 : Z2) is doubled, (X3 : Z3) becomes their sum; U is their difference. */
function step(): void {
  feAdd(A, X2, Z2);
  feSubtract(B, X2, Z2);
  feAdd(C, X3, Z3);
  feSubtract(D, X3, Z3);
  feMultiply(D, D, A);
  feMultiply(C, C, B);
  feSquare(A, A);
  feSquare(B, B);
  feAdd(X3, D, C);
  feSquare(X3, X3);
  feSubtract(Z3, D, C);
  feSquare(Z3, Z3);
  feMultiply(Z3, Z3, U);
  feMultiply(X2, A, B);
  feSubtract(C, A, B); // E
  feScale(B, C, A24);
  feAdd(B, B, A);
  feMultiply(Z2, C, B);
}

function clamp(): void {
  store<u8>(SCALAR, load<u8>(SCALAR) & 248);
  store<u8>(SCALAR, (load<u8>(SCALAR, 31) & 127) | 64, 31);
}

/**
 * RESULT = SCALAR * POINT. Gives 1, or 0 where the result is 0, which a point of low order leads to: then the peer's
 * share is to be refused (RFC 7748 6.1, RFC 8446 7.4.2).
 */
export function multiply(): i32 {
  clamp();
  feRead(U, POINT);
  memory.fill(X2, 0, 4 * FE);
  store<i64>(X2, 1);
  memory.copy(X3, U, FE);
  store<i64>(Z3, 1);
  let swapped: u32 = 0;
  for (let bit = 254; bit >= 0; bit--) {
    const wanted: u32 = (load<u8>(SCALAR + (bit >> 3)) >> (bit & 7)) & 1;
    feSwap(X2, X3, swapped ^ wanted);
    feSwap(Z2, Z3, swapped ^ wanted);
    swapped = wanted;
    step();
  }
  feSwap(X2, X3, swapped);
  feSwap(Z2, Z3, swapped);
  feInvert(Z2, Z2);
  feMultiply(X2, X2, Z2);
  feWrite(RESULT, X2);
  memory.fill(POOL, 0, 9 * FE);
  memory.fill(SCALAR, 0, 32);
  feWipe();
  return i32(v128.any_true(v128.or(v128.load(RESULT), v128.load(RESULT, 16))));
}

/**
 * RESULT = SCALAR times the base point, u = (1 + y) / (1 - y) = (Z + Y) / (Z - Y) (RFC 7748 4.1). Z - Y is not 0: it would
 * be for the neutral element, which no clamped scalar leads to, being a multiple of 8 below 8 times the base's order.
 */
export function multiplyBase(): void {
  clamp();
  multiplyBasePoint(PRODUCT, SCALAR);
  feAdd(A, PRODUCT + Z, PRODUCT + Y);
  feSubtract(B, PRODUCT + Z, PRODUCT + Y);
  feInvert(B, B);
  feMultiply(A, A, B);
  feWrite(RESULT, A);
  memory.fill(PRODUCT, 0, POINT_SIZE);
  memory.fill(POOL, 0, 9 * FE);
  memory.fill(SCALAR, 0, 32);
  baseWipe();
}

/** Forgets the result, which is a secret when it is shared. */
export function wipe(): void {
  memory.fill(RESULT, 0, 32);
}
