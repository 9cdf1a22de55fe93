/*
 * ChaCha20-Poly1305 (RFC 8439 2.8). The memory has a fixed layout and never grows; one call is one record:
 *
 *   [block 0: 64 bytes, of which the last 16 are AAD][TEXT ...][padding, lengths]
 *
 * Text begins where block 1 of the key stream does, so one pass makes both the one-time key (block 0) and the key
 * stream of the text; then the associated data, text and lengths lie in one piece for Poly1305.
 */
import { chachaStart, STATE as CIPHER } from './chacha20.ts';
import { chachaXor } from './chacha20-wide.ts';
import { polyBlocks, polyFinish, polyStart } from './poly1305.ts';
import { polyWide, polyWideWipe } from './poly1305-wide.ts';
import { equal16 } from './vector.ts';

/** Bytes of text that one call takes: a TLS 1.2 or 1.3 record, and a whole number of both step widths. */
export const CHUNK: i32 = 16640;
/** Room behind the text: padding and lengths, and what a pass overruns. */
const SLACK: i32 = 512;
const BASE: usize = memory.data(64 + CHUNK + SLACK, 64);
const OTHER: usize = memory.data(64 + CHUNK + SLACK, 64);

export const KEY: usize = memory.data(32, 16);
/** What of a key lives as long as it: here the key itself. */
export const STATE: usize = memory.data(32, 16);
export const STATE_LENGTH: i32 = 32;
export const NONCE: usize = memory.data(12, 16);
export const AAD: usize = memory.data(16, 16);
export const TEXT: usize = BASE + 64;
/** Where `open` leaves plaintext. */
export const PLAIN: usize = OTHER + 64;
export const TAG: usize = memory.data(16, 16);

const ONE_TIME: usize = memory.data(32, 16);
const OWN_TAG: usize = memory.data(16, 16);
/** Messages up to this many bytes are not worth the powers of r. */
const NARROW: i32 = 768;

/** KEY becomes STATE. */
export function expand(_keyLength: i32): void {
  memory.copy(STATE, KEY, 32);
  memory.fill(KEY, 0, 32);
}

/** To be called when STATE has changed. */
export function select(_keyLength: i32): void {}

/** Authenticates AAD, the text at TEXT and both lengths; writes the tag. */
function authenticate(oneTimeKey: usize, aadLength: i32, length: i32, tag: usize): void {
  memory.copy(TEXT - 16, AAD, 16);
  memory.fill(TEXT - 16 + aadLength, 0, 16 - aadLength);
  const padded = (length + 15) & ~15;
  memory.fill(TEXT + length, 0, padded - length);
  store<u64>(TEXT + padded, aadLength);
  store<u64>(TEXT + padded, length, 8);
  const from = aadLength == 0 ? TEXT : TEXT - 16;
  const total = <i32>(TEXT + padded + 16 - from);
  const wide = total <= NARROW ? 0 : total & ~63;
  polyStart(oneTimeKey);
  if (wide != 0) {
    polyWide(from, wide);
    polyWideWipe();
  }
  polyBlocks(from + wide, total - wide);
  polyFinish(oneTimeKey + 16, tag);
}

/** Seals `length` bytes at TEXT in place, under NONCE, with up to 16 bytes of AAD; the tag follows the text. */
export function seal(aadLength: i32, length: i32): void {
  chachaStart(STATE, NONCE);
  memory.fill(BASE, 0, 64);
  chachaXor(BASE, BASE, 64 + length, 0);
  memory.copy(ONE_TIME, BASE, 32);
  authenticate(ONE_TIME, aadLength, length, OWN_TAG);
  memory.copy(TEXT + length, OWN_TAG, 16);
  // Key stream that met no text, padding that was authenticated, one-time key, and the key itself.
  memory.fill(TEXT + length + 16, 0, SLACK - 16);
  memory.fill(BASE, 0, 64);
  forget();
}

/** 1 when the tag behind the `length` bytes at TEXT is right; then the plaintext is at PLAIN. Else 0. */
export function open(aadLength: i32, length: i32): i32 {
  chachaStart(STATE, NONCE);
  memory.fill(BASE, 0, 64);
  memory.copy(TAG, TEXT + length, 16);
  chachaXor(OTHER, BASE, 64 + length, 0);
  authenticate(OTHER, aadLength, length, OWN_TAG);
  const good = equal16(TAG, OWN_TAG);
  memory.fill(OTHER, 0, 64);
  memory.fill(PLAIN + length, 0, SLACK);
  if (good == 0) memory.fill(PLAIN, 0, length);
  forget();
  return good;
}

function forget(): void {
  memory.fill(CIPHER, 0, 64);
  memory.fill(ONE_TIME, 0, 32);
  memory.fill(OWN_TAG, 0, 16);
}

// Longer messages, chunk by chunk: begin, absorb the associated data, absorb the ciphertext, finish.

export function begin(): void {
  chachaStart(STATE, NONCE);
  memory.fill(BASE, 0, 64);
  chachaXor(BASE, BASE, 64, 0);
  memory.copy(ONE_TIME, BASE, 32);
  polyStart(ONE_TIME);
  memory.fill(BASE, 0, 256);
}

/** Authenticates `length` bytes at TEXT; a last partial block is padded. */
export function absorb(length: i32): void {
  const padded = (length + 15) & ~15;
  memory.fill(TEXT + length, 0, padded - length);
  polyBlocks(TEXT, padded);
}

/** Encrypts or decrypts `length` bytes at TEXT, the chunk of that number. */
export function apply(length: i32, chunk: i32): void {
  chachaStart(STATE, NONCE);
  chachaXor(TEXT, TEXT, length, <u32>chunk * (CHUNK / 64) + 1);
  memory.fill(TEXT + length, 0, SLACK);
  memory.fill(CIPHER, 0, 64);
}

/** Writes the tag over all that was absorbed to TEXT. */
export function finish(aadLength: f64, length: f64): void {
  store<u64>(TEXT, <u64>aadLength);
  store<u64>(TEXT, <u64>length, 8);
  polyBlocks(TEXT, 16);
  polyFinish(ONE_TIME + 16, OWN_TAG);
  memory.copy(TEXT, OWN_TAG, 16);
  forget();
}

/** 1 when the bytes at TEXT and TAG are the same. Forgets both. */
export function compare(): i32 {
  const same = equal16(TEXT, TAG);
  memory.fill(TEXT, 0, 16);
  memory.fill(TAG, 0, 16);
  return same;
}

/**
 * Poly1305 alone, so that tests can choose r: the tag of `length` bytes at TEXT, whole blocks, under the one-time key at
 * KEY, written behind them. `wide` is the part for four blocks at a time, a multiple of 64.
 */
export function authenticateAlone(length: i32, wide: i32): void {
  polyStart(KEY);
  if (wide != 0) {
    polyWide(TEXT, wide);
    polyWideWipe();
  }
  polyBlocks(TEXT + wide, length - wide);
  polyFinish(KEY + 16, TEXT + length);
}

/** Forgets the key. */
export function wipe(): void {
  memory.fill(STATE, 0, STATE_LENGTH);
  memory.fill(KEY, 0, 32);
}
