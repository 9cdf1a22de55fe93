/*
 * Ed25519 (RFC 8032 5.1). Hashing is the caller's: it brings the 64 bytes that SHA-512 gives, and they are reduced here.
 * Signing does the same for all secrets; verifying, where nothing is secret, branches on what it reads.
 */
import { baseWipe, multiplyBasePoint, setBase } from './edwards-base.ts';
import { codeWipe, decodePoint, encodePoint, isNeutral } from './edwards-code.ts';
import { add, double, POINT_SIZE, prepareToAdd, setNeutral } from './edwards25519.ts';
import { isReduced, multiplyAdd, reduceWide, scalarWipe } from './scalar25519.ts';

/** A hash, in 64 bytes. */
export const HASH: usize = memory.data(64, 16);
/** The secret scalar: the first half of the hash of a seed. */
export const SECRET: usize = memory.data(32, 16);
/** An encoded public key. */
export const KEY: usize = memory.data(32, 16);
/** R || S. */
export const SIGNATURE: usize = memory.data(64, 16);
/** 32 bytes. */
export const RESULT: usize = memory.data(32, 16);

/** r and k, modulo L. */
const NONCE: usize = memory.data(32, 16);
const CHALLENGE: usize = memory.data(32, 16);

const PRODUCT: usize = memory.data(320, 16);
const POINT: usize = memory.data(320, 16);
const OTHER: usize = memory.data(320, 16);
/** 1, 3, 5 and so on times the key and times the base point, prepared to be added. */
const OF_KEY: usize = memory.data(8 * 320, 16);
const OF_BASE: usize = memory.data(16 * 320, 16);
let baseMade: bool = false;
const KEY_DIGITS: usize = memory.data(256, 16);
const BASE_DIGITS: usize = memory.data(256, 16);

function clamp(): void {
  store<u8>(SECRET, load<u8>(SECRET) & 248);
  store<u8>(SECRET, (load<u8>(SECRET, 31) & 127) | 64, 31);
}

function encodeMultiple(scalar: usize): void {
  multiplyBasePoint(PRODUCT, scalar);
  encodePoint(RESULT, PRODUCT);
}

/** RESULT = the public key of SECRET, which is clamped and stays. */
export function publicKey(): void {
  clamp();
  encodeMultiple(SECRET);
}

/** RESULT = R of the nonce in HASH, which stays for {@link respond}. */
export function commit(): void {
  reduceWide(NONCE, HASH);
  encodeMultiple(NONCE);
}

/** RESULT = S: the nonce plus the challenge in HASH times SECRET. The nonce is gone then: it serves once. */
export function respond(): void {
  clamp();
  reduceWide(CHALLENGE, HASH);
  multiplyAdd(RESULT, CHALLENGE, SECRET, NONCE);
  memory.fill(NONCE, 0, 32);
}

/**
 * Digits of a public scalar below 2^253, one to a bit, such that all but few are 0 and the others odd, below 2^bits in size:
 * from each set bit on, bits above are taken in while the digit stays small, or carried up.
 */
function slide(digits: usize, scalar: usize, bits: i32): void {
  const most = (1 << bits) - 1;
  for (let i = 0; i < 256; i++) store<i8>(digits + i, (load<u8>(scalar + (i >> 3)) >> <u8>(i & 7)) & 1);
  for (let i = 0; i < 256; i++) {
    if (load<i8>(digits + i) == 0) continue;
    for (let b = 1; b <= bits + 1 && i + b < 256; b++) {
      const here = <i32>load<i8>(digits + i);
      const above = <i32>load<i8>(digits + i + b) << b;
      if (above == 0) continue;
      if (here + above <= most) {
        store<i8>(digits + i, <i8>(here + above));
        store<i8>(digits + i + b, 0);
      } else if (here - above >= -most) {
        store<i8>(digits + i, <i8>(here - above));
        // The bit turns to -1 of twice its weight: 1 is carried up to the next 0.
        for (let k = i + b; k < 256; k++) {
          if (load<i8>(digits + k) == 0) {
            store<i8>(digits + k, 1);
            break;
          }
          store<i8>(digits + k, 0);
        }
      } else break;
    }
  }
}

/** Odd multiples of a point: `count` of them. */
function oddMultiples(to: usize, point: usize, count: i32): void {
  prepareToAdd(to, point);
  double(PRODUCT, point, true);
  prepareToAdd(OTHER, PRODUCT);
  memory.copy(PRODUCT, point, POINT_SIZE);
  for (let i = 1; i < count; i++) {
    add(PRODUCT, PRODUCT, OTHER, false);
    prepareToAdd(to + (<usize>i) * POINT_SIZE, PRODUCT);
  }
}

function addDigit(table: usize, digit: i32): void {
  if (digit == 0) return;
  const negative = digit < 0;
  const size = negative ? -digit : digit;
  add(PRODUCT, PRODUCT, table + (<usize>(size >> 1)) * POINT_SIZE, negative);
}

function times8(point: usize): void {
  double(point, point, false);
  double(point, point, false);
  double(point, point, false);
}

/**
 * Whether SIGNATURE is one of KEY, whose challenge SHA-512(R || A || M) is in HASH: 8 S B = 8 R + 8 k A (RFC 8032 5.1.7,
 * FIPS 186-5 7.7.2). Both points must be encoded canonically, S below L, and the key not of small order, as with one of
 * those a signature fits many messages.
 */
export function verify(): i32 {
  if (!isReduced(SIGNATURE + 32)) return 0;
  if (!decodePoint(POINT, KEY)) return 0;
  memory.copy(PRODUCT, POINT, POINT_SIZE);
  times8(PRODUCT);
  if (isNeutral(PRODUCT)) return 0;
  oddMultiples(OF_KEY, POINT, 8);
  if (!baseMade) {
    setBase(POINT);
    oddMultiples(OF_BASE, POINT, 16);
    baseMade = true;
  }
  reduceWide(CHALLENGE, HASH);
  slide(KEY_DIGITS, CHALLENGE, 4);
  slide(BASE_DIGITS, SIGNATURE + 32, 5);
  if (!decodePoint(OTHER, SIGNATURE)) return 0;
  setNeutral(PRODUCT);
  let place = 255;
  while (place > 0 && load<i8>(KEY_DIGITS + place) == 0 && load<i8>(BASE_DIGITS + place) == 0) place--;
  for (; place >= 0; place--) {
    const ofKey = load<i8>(KEY_DIGITS + place);
    const ofBase = load<i8>(BASE_DIGITS + place);
    double(PRODUCT, PRODUCT, ofKey != 0 || ofBase != 0 || place == 0);
    addDigit(OF_KEY, -ofKey);
    addDigit(OF_BASE, ofBase);
  }
  prepareToAdd(POINT, OTHER);
  add(PRODUCT, PRODUCT, POINT, true);
  times8(PRODUCT);
  return i32(isNeutral(PRODUCT));
}

/** Whether KEY is the one encoding of a point. */
export function isPoint(): i32 {
  return i32(decodePoint(POINT, KEY));
}

/** Forgets all that came from a secret. */
export function wipe(): void {
  memory.fill(HASH, 0, 64);
  memory.fill(SECRET, 0, 32);
  memory.fill(RESULT, 0, 32);
  memory.fill(NONCE, 0, 32);
  memory.fill(CHALLENGE, 0, 32);
  memory.fill(PRODUCT, 0, POINT_SIZE);
  scalarWipe();
  codeWipe();
  baseWipe();
}
