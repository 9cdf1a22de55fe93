/* Points as 32 bytes (RFC 8032 5.1.2, 5.1.3): y, little-endian, with the lowest bit of x as its highest. */
import { EDWARDS_D, T, X, Y, Z } from './edwards25519.ts';
import {
  FE, feAdd, feInvert, feMultiply, fePowerForRoot, feRead, feScale, feSquare, feSubtract, feWrite,
} from './field25519.ts';

/** A square root of -1, 2^((p - 1) / 4), as words from the lowest. */
const ROOT_WORDS: usize = memory.data<u64>([0xc4ee1b274a0ea0b0, 0x2f431806ad2fe478, 0x2b4d00993dfbd7a7, 0x2b8324804fc1df0b], 16);
const ROOT: usize = memory.data(80, 16);
feRead(ROOT, ROOT_WORDS);

const POOL: usize = memory.data(6 * 80, 16);
const U = POOL;
const V = POOL + FE;
const A = POOL + 2 * FE;
const B = POOL + 3 * FE;
const ONE = POOL + 4 * FE;
const CARRIED = POOL + 5 * FE;
const BYTES: usize = memory.data(32, 16);

/** The 32 bytes of a number of several terms. */
function write(f: usize): void {
  feScale(CARRIED, f, 1);
  feWrite(BYTES, CARRIED);
}

function isZero(f: usize): bool {
  write(f);
  return !v128.any_true(v128.or(v128.load(BYTES), v128.load(BYTES, 16)));
}

/** Writes the point to 32 bytes. It may be made of secrets. */
export function encodePoint(to: usize, point: usize): void {
  feInvert(A, point + Z);
  feMultiply(B, point + X, A);
  feMultiply(A, point + Y, A);
  feWrite(to, A);
  write(B);
  store<u8>(to, load<u8>(to, 31) | (load<u8>(BYTES) << 7), 31);
}

/**
 * Reads a public point; gives whether it is one and its encoding the only one allowed: y below p, and no sign where x
 * is 0. x is the root of u/v = (y^2 - 1) / (d y^2 + 1), u v^3 (u v^7)^((p - 5) / 8) or that times a root of -1.
 */
export function decodePoint(point: usize, from: usize): bool {
  const y = point + Y;
  const x = point + X;
  const sign = load<u8>(from, 31) >> 7;
  feRead(y, from);
  memory.copy(CARRIED, y, FE);
  feWrite(BYTES, CARRIED);
  store<u8>(BYTES, load<u8>(BYTES, 31) | (sign << 7), 31);
  for (let i: usize = 0; i < 32; i += 8) if (load<u64>(BYTES + i) != load<u64>(from + i)) return false;
  memory.fill(ONE, 0, FE);
  store<i64>(ONE, 1);
  feSquare(A, y);
  feSubtract(U, A, ONE);
  feMultiply(V, A, EDWARDS_D);
  feAdd(V, V, ONE);
  feSquare(A, V);
  feMultiply(A, A, V); // v^3
  feMultiply(B, A, A);
  feMultiply(B, B, V); // v^7
  feMultiply(B, B, U);
  feMultiply(A, A, U);
  fePowerForRoot(x, B);
  feMultiply(x, x, A);
  feSquare(A, x);
  feMultiply(A, A, V);
  feSubtract(B, A, U); // three terms
  if (!isZero(B)) {
    feAdd(B, A, U);
    if (!isZero(B)) return false;
    feMultiply(x, x, ROOT);
  }
  write(x);
  if ((load<u8>(BYTES) & 1) != sign) {
    if (isZero(x)) return false;
    memory.fill(A, 0, FE);
    feSubtract(A, A, x);
    feScale(x, A, 1);
  }
  memory.fill(point + Z, 0, FE);
  store<i64>(point + Z, 1);
  feMultiply(point + T, x, y);
  return true;
}

/** Whether this public point is the neutral element: x = 0 and y = 1. */
export function isNeutral(point: usize): bool {
  feSubtract(A, point + Y, point + Z);
  return isZero(A) && isZero(point + X);
}

export function codeWipe(): void {
  memory.fill(POOL, 0, 6 * FE);
  memory.fill(BYTES, 0, 32);
}
