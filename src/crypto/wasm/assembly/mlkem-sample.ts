/*
 * Random polynomials (FIPS 203 4.2.2): the public matrix by rejection, the secret vectors from centred binomials. Two
 * states of Keccak run side by side, so elements are made in pairs, or one by one beside a hash that is needed anyway.
 */
import { permute } from './keccak.ts';
import { POLY, Q } from './mlkem-ring.ts';
import {
  absorb, absorbLast, absorbSeed, FIRST, restartSide, SECOND, SHA3_256_RATE, SHAKE, SHAKE128_RATE, SHAKE256_RATE, squeeze,
} from './sponge.ts';

/** Output of each state, with 8 bytes that may be read past it. */
const BLOCKS: usize = memory.data(2 * 176, 16);
const BLOCK: usize = 176;
/** Coefficients as they are found: a block may give 112 more than are wanted. */
const FOUND: usize = memory.data(2 * 736, 16);
const ROOM: usize = 736;

/** Draws coefficients from a block; gives where the next one goes. What is drawn is public, and so is how long it takes. */
function draw(to: usize, block: usize): usize {
  for (let at = block; at < block + SHAKE128_RATE; at += 3) {
    const three = load<u32>(at);
    const low = three & 0xfff;
    const high = (three >> 12) & 0xfff;
    store<u16>(to, <u16>low);
    to += (<usize>(low < <u32>Q)) << 1;
    store<u16>(to, <u16>high);
    to += (<usize>(high < <u32>Q)) << 1;
  }
  return to;
}

/** Starts the element of this row and column of the matrix (FIPS 203 algorithm 13, line 5). */
function startElement(side: usize, seed: usize, row: i32, column: i32): void {
  absorbSeed(side, seed, <u64>column | (<u64>row << 8) | (SHAKE << 16), SHAKE128_RATE);
}

function samplePair(to: usize): void {
  let first = FOUND;
  let second = FOUND + ROOM;
  do {
    permute();
    if (first < FOUND + POLY) {
      squeeze(FIRST, BLOCKS, SHAKE128_RATE);
      first = draw(first, BLOCKS);
    }
    if (second < FOUND + ROOM + POLY) {
      squeeze(SECOND, BLOCKS + BLOCK, SHAKE128_RATE);
      second = draw(second, BLOCKS + BLOCK);
    }
  } while (first < FOUND + POLY || second < FOUND + ROOM + POLY);
  memory.copy(to, FOUND, POLY);
  memory.copy(to + POLY, FOUND + ROOM, POLY);
}

/** What is left of the hash beside: where its input stands, how much of it, and where the result goes. */
let hashFrom: usize = 0;
let hashLength: i32 = -1;
let hashTo: usize = 0;

/** Takes in one more block of the hash; gives whether a result is due after the permutation. */
function hashOn(suffix: u64): bool {
  if (hashLength < 0) return false;
  if (hashLength >= SHA3_256_RATE) {
    absorb(SECOND, hashFrom, SHA3_256_RATE);
    hashFrom += SHA3_256_RATE;
    hashLength -= SHA3_256_RATE;
    return false;
  }
  absorbLast(SECOND, hashFrom, hashLength, SHA3_256_RATE, suffix);
  hashLength = -1;
  return true;
}

function sampleOne(to: usize, suffix: u64, last: bool): void {
  let found = FOUND;
  do {
    const due = hashOn(suffix);
    permute();
    if (due) squeeze(SECOND, hashTo, 32);
    if (found < FOUND + POLY) {
      squeeze(FIRST, BLOCKS, SHAKE128_RATE);
      found = draw(found, BLOCKS);
    }
  } while (found < FOUND + POLY || (last && hashLength >= 0));
  memory.copy(to, FOUND, POLY);
}

/**
 * The k x k matrix of a seed, row by row, or the transposed one. Beside it runs a hash of 32 bytes with the rate of
 * SHA3-256, which is that of SHAKE256, too: of `length` bytes at `from`, to `into`; none where `length` is negative.
 */
export function sampleMatrix(
  matrix: usize, seed: usize, k: i32, transposed: bool, from: usize, length: i32, into: usize, suffix: u64,
): void {
  hashFrom = from;
  hashLength = length;
  hashTo = into;
  restartSide(SECOND);
  const count = k * k;
  // k elements, of three blocks each as a rule, take as long as the hash of a key or a ciphertext.
  const alone = length < 0 ? count & 1 : k;
  for (let i = 0; i < count; i++) {
    const to = matrix + (<usize>i) * POLY;
    const row = i / k;
    const column = i % k;
    startElement(FIRST, seed, transposed ? column : row, transposed ? row : column);
    if (i < alone) {
      sampleOne(to, suffix, i == alone - 1);
      continue;
    }
    i++;
    const nextRow = i / k;
    const nextColumn = i % k;
    startElement(SECOND, seed, transposed ? nextColumn : nextRow, transposed ? nextRow : nextColumn);
    samplePair(to);
  }
}

/** 16 bytes to 32 coefficients: of each four bits, the first two less the last two (eta = 2). */
function binomial(to: usize, from: usize): void {
  const ones = i8x16.splat(0x55);
  const threes = i8x16.splat(0x33);
  const low = i8x16.splat(3);
  const bits = v128.load(from);
  // Sums of two bits in fields of two; then the low fields of each half byte, and the high ones.
  const sums = i8x16.add(v128.and(bits, ones), v128.and(i16x8.shr_u(bits, 1), ones));
  const plus = v128.and(sums, threes);
  const minus = v128.and(i16x8.shr_u(sums, 2), threes);
  const evens = i8x16.sub(v128.and(plus, low), v128.and(minus, low));
  const odds = i8x16.sub(v128.and(i16x8.shr_u(plus, 4), low), v128.and(i16x8.shr_u(minus, 4), low));
  const first = i8x16.shuffle(evens, odds, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const second = i8x16.shuffle(evens, odds, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(to, i16x8.extend_low_i8x16_s(first));
  v128.store(to, i16x8.extend_high_i8x16_s(first), 16);
  v128.store(to, i16x8.extend_low_i8x16_s(second), 32);
  v128.store(to, i16x8.extend_high_i8x16_s(second), 48);
}

/** Two polynomials of coefficients from -2 to 2, from a secret seed with the bytes `nonce` and `nonce + 1`. */
function sampleSmallPair(to: usize, second: usize, seed: usize, nonce: i32): void {
  absorbSeed(FIRST, seed, <u64>nonce | (SHAKE << 8), SHAKE256_RATE);
  absorbSeed(SECOND, seed, <u64>(nonce + 1) | (SHAKE << 8), SHAKE256_RATE);
  permute();
  squeeze(FIRST, BLOCKS, 128);
  squeeze(SECOND, BLOCKS + BLOCK, 128);
  for (let i: usize = 0; i < 128; i += 16) {
    binomial(to + 4 * i, BLOCKS + i);
    binomial(second + 4 * i, BLOCKS + BLOCK + i);
  }
}

/** `count` such polynomials, one after the other; where `count` is odd, one more is made and not used. */
export function sampleSmall(to: usize, seed: usize, nonce: i32, count: i32): void {
  for (let i = 0; i < count; i += 2) sampleSmallPair(to + (<usize>i) * POLY, to + (<usize>(i + 1)) * POLY, seed, nonce + i);
}

/** Forgets the blocks; what was found is public. */
export function sampleWipe(): void {
  memory.fill(BLOCKS, 0, 2 * BLOCK);
}
