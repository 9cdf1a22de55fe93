/*
 * P-384: key agreement (SP 800-56A 5.7.1.2), public keys, ECDSA signing and verification (FIPS 186-5 6.4). All numbers are 48
 * bytes, big-endian, points x || y. Everything about a private key or nonce is in constant time; what is checked about a
 * peer's numbers branches, since they are public.
 *
 * Written by test/crypto/wasm/derive-p384.ts: `npm run kernels`.
 */
import { FE, feAdd, feCopy, feMultiply, feSubtract, feWipe, P_LIMBS, UNIT } from './p384-field.ts';
import { ACC, add, curveEquation, doublePoint, multiplyBase, multiplyPoint, POINT_SIZE, pointWipe, readPoint, toAffine } from './p384-point.ts';
import { isBelow, isZero, N_LIMBS, scInvert, scMultiply, scRead, scWipe, scWrite, writeNumber } from './p384-scalar.ts';

/** A private key or a nonce. */
export const SCALAR: usize = memory.data(48, 16);
/** The private key when SCALAR is a nonce. */
export const PRIVATE: usize = memory.data(48, 16);
export const POINT: usize = memory.data(96, 16);
export const RESULT: usize = memory.data(96, 16);
export const DIGEST: usize = memory.data(48, 16);
/** r || s */
export const SIGNATURE: usize = memory.data(96, 16);

const P: usize = memory.data(336, 16);
const OTHER: usize = memory.data(336, 16);
const A: usize = memory.data(112, 16);
const B: usize = memory.data(112, 16);
const C: usize = memory.data(112, 16);
const U1: usize = memory.data(48, 16);
const U2: usize = memory.data(48, 16);

/** 1 when 0 < number < n. */
export function validScalar(number: usize): i32 {
  return isBelow(number, N_LIMBS) & (isZero(number) ^ 1);
}

/** Takes POINT into P; 0 when it is not on the curve or a coordinate is not below p. */
function takePoint(): i32 {
  if (isBelow(POINT, P_LIMBS) == 0 || isBelow(POINT + 48, P_LIMBS) == 0) return 0;
  readPoint(P, POINT);
  curveEquation(A, P);
  feMultiply(A, A, UNIT);
  writeNumber(U1, A, P_LIMBS);
  return isZero(U1);
}

/** 1 when POINT is one, of the curve and with coordinates below p. */
export function validPoint(): i32 {
  return takePoint();
}

/** ACC as x || y. */
function writePoint(): void {
  toAffine(P, ACC);
  feMultiply(P, P, UNIT);
  feMultiply(P + FE, P + FE, UNIT);
  writeNumber(RESULT, P, P_LIMBS);
  writeNumber(RESULT + 48, P + FE, P_LIMBS);
}

/** RESULT = SCALAR * POINT for a valid scalar; 0 when POINT is none. */
export function agree(): i32 {
  if (takePoint() == 0) return 0;
  multiplyPoint(P, SCALAR);
  writePoint();
  forget();
  return 1;
}

/** RESULT = SCALAR * G for a valid scalar. */
export function publicKey(): void {
  multiplyBase(SCALAR);
  writePoint();
  forget();
}

/**
 * SIGNATURE over DIGEST under PRIVATE with the nonce SCALAR, both valid. 0 where r or s is 0: then another nonce is needed.
 */
export function sign(): i32 {
  multiplyBase(SCALAR);
  writePoint();
  scRead(A, RESULT); // r is x modulo n
  scRead(B, PRIVATE);
  scMultiply(B, B, A);
  scRead(C, DIGEST);
  feAdd(B, B, C);
  scRead(C, SCALAR);
  scInvert(C, C);
  scMultiply(B, B, C); // (z + r d) / k
  scWrite(SIGNATURE, A);
  scWrite(SIGNATURE + 48, B);
  memory.fill(RESULT, 0, 96);
  forget();
  return (isZero(SIGNATURE) | isZero(SIGNATURE + 48)) ^ 1;
}

/** 1 when SIGNATURE over DIGEST is one of the key POINT. All of it is public. */
export function verify(): i32 {
  const valid = takePoint() & validScalar(SIGNATURE) & validScalar(SIGNATURE + 48);
  if (valid == 0) return 0;
  scRead(A, SIGNATURE + 48);
  scInvert(A, A);
  scRead(B, DIGEST);
  scMultiply(B, B, A);
  scWrite(U1, B);
  scRead(B, SIGNATURE);
  scMultiply(B, B, A);
  scWrite(U2, B);
  // u2 is not 0, since neither r nor 1/s is.
  multiplyPoint(P, U2);
  memory.copy(OTHER, ACC, POINT_SIZE);
  if (multiplyBase(U1) != 0) memory.copy(ACC, OTHER, POINT_SIZE);
  else if (addPublic() == 0) return 0;
  toAffine(P, ACC);
  feMultiply(P, P, UNIT);
  writeNumber(RESULT, P, P_LIMBS);
  scRead(A, RESULT);
  scWrite(U1, A);
  let difference: u8 = 0;
  for (let i = 0; i < 48; i++) difference |= load<u8>(U1 + i) ^ load<u8>(SIGNATURE + i);
  return i32(difference == 0);
}

/** 1 when a reduced number, or a difference of two, is 0 modulo p. */
function isZeroModP(f: usize): i32 {
  feMultiply(B, f, UNIT);
  writeNumber(U2, B, P_LIMBS);
  return isZero(U2);
}

/** ACC += OTHER, both public and not infinite. Gives 0 when the sum is infinity. */
function addPublic(): i32 {
  add(P, ACC, OTHER);
  // The sum's Z is z1 z2 (x2 - x1), up to factors that are not 0.
  if (isZeroModP(P + 2 * FE) == 0) {
    memory.copy(ACC, P, POINT_SIZE);
    return 1;
  }
  toAffine(P, ACC);
  feCopy(A, P + FE);
  toAffine(P, OTHER);
  feSubtract(A, A, P + FE);
  if (isZeroModP(A) == 0) return 0; // opposite points
  doublePoint(ACC, OTHER);
  return 1;
}

function forget(): void {
  memory.fill(SCALAR, 0, 48);
  memory.fill(PRIVATE, 0, 48);
  memory.fill(P, 0, POINT_SIZE);
  memory.fill(A, 0, FE);
  memory.fill(B, 0, FE);
  memory.fill(C, 0, FE);
  memory.fill(U1, 0, 48);
  memory.fill(U2, 0, 48);
  feWipe();
  scWipe();
  pointWipe();
}

/** Forgets the result, which is a secret when it is shared, and a scalar that was only looked at. */
export function wipe(): void {
  memory.fill(RESULT, 0, 96);
  memory.fill(SCALAR, 0, 48);
  scWipe();
}
