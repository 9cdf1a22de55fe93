/*
 * The twisted Edwards curve -x^2 + y^2 = 1 + d x^2 y^2 over the field of 2^255 - 19, which is birationally equivalent to
 * that of X25519 (RFC 7748 4.1). Points have four numbers, x = X/Z, y = Y/Z, x y = T/Z. The addition formulas are complete,
 * since -1 is a square and d is not: no pair of points, equal, opposite or neutral, is an exception.
 *
 * (Hisil, Wong, Carter, Dawson: "Twisted Edwards Curves Revisited", 2008, sections 3.1 and 3.3.)
 */
import { FE, feAdd, feMultiply, feRead, feScale, feSquare, feSubtract } from './field25519.ts';

/** Bytes of a point. */
export const POINT_SIZE: usize = 4 * FE;
export const X: usize = 0;
export const Y: usize = FE;
export const Z: usize = 2 * FE;
export const T: usize = 3 * FE;

/** d = -121665/121666, as words from the lowest. */
const D_WORDS: usize = memory.data<u64>([0x75eb4dca135978a3, 0x00700a4d4141d8ab, 0x8cc740797779e898, 0x52036cee2b6ffe73], 16);
export const EDWARDS_D: usize = memory.data(80, 16);
const TWICE_D: usize = memory.data(80, 16);

/** A sum on its way: E, F, G and H of the paper; A to D lead to them. */
const POOL: usize = memory.data(8 * 80, 16);
const A = POOL;
const B = POOL + FE;
const C = POOL + 2 * FE;
const D = POOL + 3 * FE;
const E = POOL + 4 * FE;
const F = POOL + 5 * FE;
const G = POOL + 6 * FE;
const H = POOL + 7 * FE;

feRead(EDWARDS_D, D_WORDS);
feAdd(TWICE_D, EDWARDS_D, EDWARDS_D);
feScale(TWICE_D, TWICE_D, 1);

export function setNeutral(point: usize): void {
  memory.fill(point, 0, POINT_SIZE);
  store<i64>(point + Y, 1);
  store<i64>(point + Z, 1);
}

/** The point of E, F, G and H; without T where nothing will be added to it before it is doubled. */
function finish(out: usize, withT: bool): void {
  feMultiply(out + X, E, F);
  feMultiply(out + Y, G, H);
  feMultiply(out + Z, F, G);
  if (withT) feMultiply(out + T, E, H);
}

/** Twice a point. T is not read. */
export function double(out: usize, point: usize, withT: bool): void {
  feSquare(A, point + X);
  feSquare(B, point + Y);
  feSquare(C, point + Z);
  feAdd(D, point + X, point + Y);
  feSquare(D, D);
  feAdd(H, A, B);
  feSubtract(E, H, D); // three terms
  feSubtract(G, A, B);
  feAdd(F, C, C);
  feAdd(F, F, G); // four terms
  finish(out, withT);
}

/** Sums go fastest to a point in this form: Y + X (two terms), Y - X (two terms), 2 d T, Z. */
export function prepareToAdd(out: usize, point: usize): void {
  feAdd(out, point + Y, point + X);
  feSubtract(out + FE, point + Y, point + X);
  feMultiply(out + 2 * FE, point + T, TWICE_D);
  memory.copy(out + 3 * FE, point + Z, FE);
}

/** `point` plus or minus what `plus`, `minus` and `product` stand for; Z Z' is in D. Minus exchanges the first two. */
function addPrepared(out: usize, point: usize, plus: usize, minus: usize, product: usize, negative: bool): void {
  feSubtract(A, point + Y, point + X);
  feMultiply(A, A, minus);
  feAdd(B, point + Y, point + X);
  feMultiply(B, B, plus);
  feMultiply(C, product, point + T);
  feAdd(D, D, D);
  feSubtract(E, B, A);
  feAdd(H, B, A);
  feSubtract(negative ? G : F, D, C); // three terms
  feAdd(negative ? F : G, D, C); // three terms
  finish(out, true);
}

/** `point` plus, or minus, one that {@link prepareToAdd} gave. Which of them is public. */
export function add(out: usize, point: usize, prepared: usize, negative: bool): void {
  feMultiply(D, point + Z, prepared + 3 * FE);
  addPrepared(out, point, negative ? prepared + FE : prepared, negative ? prepared : prepared + FE, prepared + 2 * FE, negative);
}

/** `point` plus, or minus, one whose Z is 1: y + x, y - x, 2 d x y. */
export function addAffine(out: usize, point: usize, affine: usize, negative: bool): void {
  memory.copy(D, point + Z, FE);
  addPrepared(out, point, negative ? affine + FE : affine, negative ? affine : affine + FE, affine + 2 * FE, negative);
}

/** The form that {@link addAffine} takes, from a point and 1/Z, every number carried. */
export function makeAffine(out: usize, point: usize, inverse: usize): void {
  feMultiply(A, point + X, inverse);
  feMultiply(B, point + Y, inverse);
  feAdd(C, B, A);
  feScale(out, C, 1);
  feSubtract(C, B, A);
  feScale(out + FE, C, 1);
  feMultiply(C, A, B);
  feMultiply(out + 2 * FE, C, TWICE_D);
}

/** Forgets what the last sum left. */
export function edwardsWipe(): void {
  memory.fill(POOL, 0, 8 * FE);
}
