/*
 * AES-128-GCM and AES-256-GCM (NIST SP 800-38D 7) with 12-byte nonces. The memory has a fixed layout and never grows;
 * one call is one record:
 *
 *   [counter blocks 0 and 1: 32 bytes][TEXT ...][padding, lengths]
 *
 * Text begins where counter block 2 does, so the passes over eight blocks begin at counter 0: block 0 is not used, and
 * block 1, which masks the tag, costs nothing extra.
 */
import { encryptBlock } from './aes-block.ts';
import { ccmCrypt, ccmMac } from './aes-ccm.ts';
import { aesCtr, PLANES, spreadKeys } from './aes-ctr.ts';
import { expandKey } from './aes-key.ts';
import { ghash, ghashTables, TABLES_LENGTH } from './ghash.ts';
import { equal16, xor } from './vector.ts';

/** Bytes of text that one call takes: a TLS 1.2 or 1.3 record, and a whole number of passes. */
export const CHUNK: i32 = 16640;
/** Room behind the text: padding and lengths, and what a pass overruns. */
const SLACK: i32 = 160;
const BASE: usize = memory.data(32 + CHUNK + SLACK, 64);

export const KEY: usize = memory.data(32, 16);
/** What of a key lives as long as it: 15 round keys (11 for AES-128), then the tables of the hash key's powers. */
export const STATE_LENGTH: i32 = 240 + TABLES_LENGTH;
export const STATE: usize = memory.data(240 + 2048, 16);
const TABLES: usize = STATE + 240;
/** Twelve bytes; four more are read, and replaced by the counter. */
export const NONCE: usize = memory.data(16, 16);
export const AAD: usize = memory.data(16, 16);
export const TEXT: usize = BASE + 32;
/** Where `open` leaves plaintext. */
export const PLAIN: usize = TEXT;
export const TAG: usize = memory.data(16, 16);

const OWN_TAG: usize = memory.data(16, 16);
/** Of a longer message: what was absorbed so far, and the tag's mask. */
const SUM: usize = memory.data(16, 16);
const MASK: usize = memory.data(16, 16);
let rounds: i32 = 0;

/** KEY becomes STATE, and is selected. */
export function expand(keyLength: i32): void {
  expandKey(STATE, KEY, keyLength);
  memory.fill(KEY, 0, 32);
  select(keyLength);
  // The hash key is the encryption of zeros: counter block 0 under a nonce of zeros.
  memory.fill(NONCE, 0, 16);
  memory.fill(BASE, 0, 128);
  aesCtr(BASE, BASE, 1, NONCE, 0, rounds);
  ghashTables(TABLES, v128.load(BASE));
  memory.fill(BASE, 0, 128);
}

/** To be called when STATE has changed. */
export function select(keyLength: i32): void {
  rounds = (keyLength >> 2) + 6;
  spreadKeys(STATE, rounds);
}

/** Passes that cover counter blocks 0 and 1 and the text. */
function passes(length: i32): i32 {
  return (32 + length + 127) >> 7;
}

/** The hash over AAD, the text at TEXT and both lengths. Overwrites counter block 1. */
function authenticate(aadLength: i32, length: i32): v128 {
  memory.copy(TEXT - 16, AAD, 16);
  memory.fill(TEXT - 16 + aadLength, 0, 16 - aadLength);
  const padded = (length + 15) & ~15;
  memory.fill(TEXT + length, 0, padded - length);
  store<u64>(TEXT + padded, bswap<u64>(<u64>aadLength << 3));
  store<u64>(TEXT + padded, bswap<u64>(<u64>length << 3), 8);
  // Without associated data this absorbs a block of zeros into 0, which stays 0.
  return ghash(TABLES, i64x2.splat(0), TEXT - 16, 16 + padded + 16);
}

/** Seals `length` bytes at TEXT in place, under NONCE, with up to 16 bytes of AAD; the tag follows the text. */
export function seal(aadLength: i32, length: i32): void {
  memory.fill(BASE, 0, 32);
  aesCtr(BASE, BASE, passes(length), NONCE, 0, rounds);
  const mask = v128.load(BASE, 16);
  v128.store(TEXT + length, xor(authenticate(aadLength, length), mask));
  // Key stream that met no text, and the encryption of counter block 0.
  memory.fill(TEXT + length + 16, 0, SLACK - 16);
  memory.fill(BASE, 0, 32);
}

/** 1 when the tag behind the `length` bytes at TEXT is right; then the plaintext is at PLAIN. Else 0. */
export function open(aadLength: i32, length: i32): i32 {
  memory.copy(TAG, TEXT + length, 16);
  const hash = authenticate(aadLength, length);
  memory.fill(BASE, 0, 32);
  aesCtr(BASE, BASE, passes(length), NONCE, 0, rounds);
  v128.store(OWN_TAG, xor(hash, v128.load(BASE, 16)));
  const good = equal16(TAG, OWN_TAG);
  memory.fill(OWN_TAG, 0, 16);
  memory.fill(BASE, 0, 32);
  memory.fill(TEXT + length, 0, SLACK);
  if (good == 0) memory.fill(TEXT, 0, length);
  return good;
}

// Longer messages, chunk by chunk: begin, absorb the associated data, absorb the ciphertext, finish.

export function begin(): void {
  memory.fill(BASE, 0, 128);
  aesCtr(BASE, BASE, 1, NONCE, 0, rounds);
  v128.store(MASK, v128.load(BASE, 16));
  v128.store(SUM, i64x2.splat(0));
  memory.fill(BASE, 0, 128);
}

/** Authenticates `length` bytes at TEXT; a last partial block is padded. */
export function absorb(length: i32): void {
  const padded = (length + 15) & ~15;
  memory.fill(TEXT + length, 0, padded - length);
  v128.store(SUM, ghash(TABLES, v128.load(SUM), TEXT, padded));
}

/** Encrypts or decrypts `length` bytes at TEXT, the chunk of that number. */
export function apply(length: i32, chunk: i32): void {
  aesCtr(BASE, BASE, passes(length), NONCE, <u32>chunk * (CHUNK / 16), rounds);
  memory.fill(BASE, 0, 32);
  memory.fill(TEXT + length, 0, SLACK);
}

/** Writes the tag over all that was absorbed to TEXT. */
export function finish(aadLength: f64, length: f64): void {
  store<u64>(TEXT, bswap<u64>(<u64>aadLength << 3));
  store<u64>(TEXT, bswap<u64>(<u64>length << 3), 8);
  absorb(16);
  v128.store(TEXT, xor(v128.load(SUM), v128.load(MASK)));
  v128.store(SUM, i64x2.splat(0));
  v128.store(MASK, i64x2.splat(0));
}

/** 1 when the bytes at TEXT and TAG are the same. Forgets both. */
export function compare(): i32 {
  const same = equal16(TEXT, TAG);
  memory.fill(TEXT, 0, 16);
  memory.fill(TAG, 0, 16);
  return same;
}

// CCM with the same keys and the same row of text; its tag has 8 or 16 bytes.

/** As `expand`, for CCM: only the round keys of STATE are of use. */
export function ccmExpand(keyLength: i32): void {
  expandKey(STATE, KEY, keyLength);
  memory.fill(KEY, 0, 32);
  select(keyLength);
}

/** As `seal`. */
export function ccmSeal(aadLength: i32, length: i32, tagLength: i32): void {
  const mac = ccmMac(STATE, rounds, NONCE, AAD, aadLength, TEXT, length, tagLength);
  const mask = ccmCrypt(rounds, NONCE, TEXT, length);
  v128.store(TEXT + length, xor(mac, mask));
  memory.fill(TEXT + length + tagLength, 0, SLACK - tagLength);
}

/** As `open`. The tag is over the plaintext, so decryption comes first. */
export function ccmOpen(aadLength: i32, length: i32, tagLength: i32): i32 {
  memory.fill(TAG, 0, 16);
  memory.copy(TAG, TEXT + length, tagLength);
  const mask = ccmCrypt(rounds, NONCE, TEXT, length);
  memory.fill(TEXT + length, 0, SLACK);
  v128.store(OWN_TAG, xor(ccmMac(STATE, rounds, NONCE, AAD, aadLength, TEXT, length, tagLength), mask));
  memory.fill(OWN_TAG + tagLength, 0, 16 - tagLength);
  const good = equal16(TAG, OWN_TAG);
  memory.fill(OWN_TAG, 0, 16);
  memory.fill(TAG, 0, 16);
  if (good == 0) memory.fill(TEXT, 0, length);
  return good;
}

/** Encrypts the block at TEXT: for messages longer than a record, which are put together outside. */
export function encryptOne(): void {
  v128.store(TEXT, encryptBlock(STATE, rounds, v128.load(TEXT)));
}

/** Forgets the key. */
export function wipe(): void {
  memory.fill(STATE, 0, STATE_LENGTH);
  memory.fill(PLANES, 0, 15 * 128);
  memory.fill(KEY, 0, 32);
}
