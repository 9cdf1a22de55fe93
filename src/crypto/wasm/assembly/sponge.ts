/*
 * SHA3 and SHAKE (FIPS 202) as ML-KEM uses them, over two states at a time: `side` 0 is the first state, 8 the second,
 * which is where its half of each vector starts. Inputs and outputs are whole lanes of 8 bytes but for an input's end.
 */
import { permute, STATES } from './keccak.ts';

/** Bytes that a permutation takes in or gives out, and the bits that tell the functions apart, with the first of padding. */
export const SHAKE128_RATE: i32 = 168;
export const SHA3_256_RATE: i32 = 136;
export const SHAKE256_RATE: i32 = 136;
export const SHA3_512_RATE: i32 = 72;
export const SHA3: u64 = 0x06;
export const SHAKE: u64 = 0x1f;

export const FIRST: usize = 0;
export const SECOND: usize = 8;

/** The end of an input, padded. */
const LAST: usize = memory.data(168, 16);

/** Both states anew. */
export function restart(): void {
  memory.fill(STATES, 0, 400);
}

export function restartSide(side: usize): void {
  for (let i: usize = 0; i < 400; i += 16) store<u64>(STATES + side + i, 0);
}

/** Takes in `length` bytes, a multiple of 8 of at most the rate. A permutation must follow. */
export function absorb(side: usize, from: usize, length: i32): void {
  for (let i = 0; i < length; i += 8) {
    const lane = STATES + side + ((<usize>i) << 1);
    store<u64>(lane, load<u64>(lane) ^ load<u64>(from + i));
  }
}

/** Takes in the last bytes of an input, fewer than the rate, and the padding. */
export function absorbLast(side: usize, from: usize, length: i32, rate: i32, suffix: u64): void {
  memory.fill(LAST, 0, rate);
  memory.copy(LAST, from, length);
  store<u8>(LAST + length, <u8>suffix);
  store<u8>(LAST + rate - 1, load<u8>(LAST + rate - 1) | 0x80);
  absorb(side, LAST, rate);
}

/** Gives out `length` bytes, a multiple of 8 of at most the rate. */
export function squeeze(side: usize, to: usize, length: i32): void {
  for (let i = 0; i < length; i += 8) store<u64>(to + i, load<u64>(STATES + side + ((<usize>i) << 1)));
}

/** Starts a state with a seed of 32 bytes and what follows it: one or two bytes, the suffix and padding. */
export function absorbSeed(side: usize, seed: usize, end: u64, rate: i32): void {
  restartSide(side);
  absorb(side, seed, 32);
  const at = STATES + side;
  store<u64>(at, end, 64);
  store<u64>(at + (<usize>(rate - 8) << 1), 0x8000000000000000);
}

/** The whole of a hash function on the first state: `outLength`, a multiple of 8, is at most the rate. */
export function hash(to: usize, outLength: i32, from: usize, length: i32, rate: i32, suffix: u64): void {
  restart();
  for (; length >= rate; length -= rate, from += rate) {
    absorb(FIRST, from, rate);
    permute();
  }
  absorbLast(FIRST, from, length, rate, suffix);
  permute();
  squeeze(FIRST, to, outLength);
}

export function spongeWipe(): void {
  restart();
  memory.fill(LAST, 0, 168);
}
