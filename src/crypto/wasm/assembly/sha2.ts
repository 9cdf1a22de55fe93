/*
 * SHA-256, SHA-384 and SHA-512 (FIPS 180-4), HMAC (RFC 2104), HKDF-Expand (RFC 5869 2.3) and the P_hash of TLS 1.2
 * (RFC 5246 5) over them. `hash` is everywhere the length of its output, 32, 48 or 64: which hash it is, is public.
 *
 * Whatever is hashed stands in one row, so that a MAC over something made here and something given needs no copy:
 *
 *   [what was made: 64 bytes, its end at TEXT][TEXT: CHUNK bytes][padding: two blocks]
 *
 * The running state of a hash, CHAIN, is the caller's to keep between calls; all else is wiped before a call ends, but
 * for what it gives back. A key is hashed into the states INNER and OUTER once for all MACs of a call.
 */
import { compress256, SHA256_BEGIN } from './sha256-block.ts';
import { compress512, SHA384_BEGIN, SHA512_BEGIN } from './sha512-block.ts';

/** Bytes of text that one call takes: a whole number of blocks. */
export const CHUNK: i32 = 16640;
/** The longest block, and the longest output. */
const BLOCK: i32 = 128;
const OUTPUT: i32 = 64;
/** RFC 5869 2.3: so many outputs can HKDF expand to. */
const MOST_OUTPUTS: i32 = 255;

const ROW: usize = memory.data(OUTPUT + CHUNK + 2 * BLOCK, 16);
export const TEXT: usize = ROW + OUTPUT;
/** Eight words in the machine's order, of 32 or of 64 bits. */
export const CHAIN: usize = memory.data(64, 16);
/** At most a block; a longer key is hashed first, by the caller. */
export const KEY: usize = memory.data(BLOCK, 16);
/** What a call gives: a digest, or as many bytes as were asked for. */
export const RESULT: usize = memory.data(MOST_OUTPUTS * OUTPUT, 16);

/** The states after a block of key with the inner and the outer pad (RFC 2104 2). */
const INNER: usize = memory.data(64, 16);
const OUTER: usize = memory.data(64, 16);
/** A MAC's key block, and then what its outer hash takes. */
const SHORT: usize = memory.data(2 * BLOCK, 16);

function blockOf(hash: i32): i32 {
  return hash == 32 ? 64 : 128;
}

function compress(hash: i32, from: usize, blocks: i32): void {
  if (hash == 32) compress256(CHAIN, from, blocks);
  else compress512(CHAIN, from, blocks);
}

/** CHAIN becomes the state of a hash of nothing. */
export function begin(hash: i32): void {
  if (hash == 32) memory.copy(CHAIN, SHA256_BEGIN, 32);
  else memory.copy(CHAIN, hash == 48 ? SHA384_BEGIN : SHA512_BEGIN, 64);
}

/** Takes whole blocks at TEXT into CHAIN. */
export function absorb(hash: i32, blocks: i32): void {
  compress(hash, TEXT, blocks);
}

/**
 * Takes the last `length` bytes at `from` of a message of `total` bytes into CHAIN, padded (FIPS 180-4 5.1). Overwrites
 * up to two blocks behind them.
 */
function takeLast(hash: i32, from: usize, length: i32, total: u64): void {
  const block = blockOf(hash);
  // A one, as a byte, and the length in bits: 8 bytes hold any that there can be, of the 8 or 16 that there are.
  const padded = (length + 1 + (block >> 3) + block - 1) & -block;
  memory.fill(from + length, 0, padded - length);
  store<u8>(from + length, 0x80);
  store<u64>(from + padded - 8, bswap<u64>(total << 3));
  compress(hash, from, padded / block);
}

/** Writes the digest that CHAIN holds, big-endian. */
function write(hash: i32, to: usize): void {
  if (hash == 32) {
    for (let i = 0; i < 32; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(CHAIN + i)));
  } else {
    for (let i = 0; i < hash; i += 8) store<u64>(to + i, bswap<u64>(load<u64>(CHAIN + i)));
  }
}

/** The digest of what CHAIN has taken and `length` more bytes at TEXT, `total` in all, to RESULT. */
export function finish(hash: i32, length: i32, total: f64): void {
  takeLast(hash, TEXT, length, <u64>total);
  write(hash, RESULT);
  memory.fill(CHAIN, 0, 64);
  memory.fill(TEXT, 0, length + 2 * BLOCK);
}

/** The digest of `length` bytes at TEXT. */
export function digest(hash: i32, length: i32): void {
  begin(hash);
  finish(hash, length, length);
}

/** Takes the key of `keyLength` bytes at KEY into INNER and OUTER, and forgets it. */
function takeKey(hash: i32, keyLength: i32): void {
  const block = blockOf(hash);
  memory.fill(KEY + keyLength, 0, block - keyLength);
  for (let i = 0; i < block; i += 8) store<u64>(SHORT + i, load<u64>(KEY + i) ^ 0x3636363636363636);
  begin(hash);
  compress(hash, SHORT, 1);
  memory.copy(INNER, CHAIN, 64);
  for (let i = 0; i < block; i += 8) store<u64>(SHORT + i, load<u64>(KEY + i) ^ 0x5c5c5c5c5c5c5c5c);
  begin(hash);
  compress(hash, SHORT, 1);
  memory.copy(OUTER, CHAIN, 64);
  memory.fill(KEY, 0, BLOCK);
}

/** CHAIN holds the inner hash; the MAC goes to `to`. */
function finishMac(hash: i32, to: usize): void {
  write(hash, SHORT);
  memory.copy(CHAIN, OUTER, 64);
  takeLast(hash, SHORT, hash, blockOf(hash) + hash);
  write(hash, to);
}

/** The MAC of `length` bytes at `from`, behind which padding is written, to `to`. */
function mac(hash: i32, from: usize, length: i32, to: usize): void {
  memory.copy(CHAIN, INNER, 64);
  takeLast(hash, from, length, blockOf(hash) + length);
  finishMac(hash, to);
}

/** Forgets the key, what was hashed under it up to `length` bytes at TEXT, and what was made on the way. */
function forget(length: i32): void {
  memory.fill(INNER, 0, 64);
  memory.fill(OUTER, 0, 64);
  memory.fill(CHAIN, 0, 64);
  memory.fill(SHORT, 0, 2 * BLOCK);
  memory.fill(ROW, 0, OUTPUT + length + 2 * BLOCK);
}

/** HMAC of `length` bytes at TEXT, to RESULT. */
export function hmac(hash: i32, keyLength: i32, length: i32): void {
  takeKey(hash, keyLength);
  mac(hash, TEXT, length, RESULT);
  forget(length);
}

// HMAC of a longer message: macBegin, absorb whole blocks, macFinish.

export function macBegin(hash: i32, keyLength: i32): void {
  takeKey(hash, keyLength);
  memory.copy(CHAIN, INNER, 64);
}

/** With the last `length` bytes at TEXT of a message of `total` bytes. */
export function macFinish(hash: i32, length: i32, total: f64): void {
  takeLast(hash, TEXT, length, blockOf(hash) + <u64>total);
  finishMac(hash, RESULT);
  forget(CHUNK);
}

/**
 * HKDF-Expand of the pseudorandom key at KEY with `infoLength` bytes of info at TEXT: `length` bytes, at most 255 outputs,
 * to RESULT. T(n) is the MAC of T(n - 1), info and n, and T(n - 1) is put right before the info.
 */
export function expand(hash: i32, keyLength: i32, infoLength: i32, length: i32): void {
  takeKey(hash, keyLength);
  let from = TEXT;
  let counter = 1;
  for (let made = 0; made < length; made += hash) {
    const end = TEXT + infoLength;
    store<u8>(end, counter);
    mac(hash, from, <i32>(end + 1 - from), TEXT - hash);
    memory.copy(RESULT + made, TEXT - hash, min(hash, length - made));
    from = TEXT - hash;
    counter += 1;
  }
  forget(infoLength + 1);
}

/**
 * P_hash under the secret at KEY with `seedLength` bytes of label and seed at TEXT: `length` bytes, at most 255 outputs, to
 * RESULT. A(n) is the MAC of A(n - 1), of the seed at first, and an output is the MAC of A(n) and the seed.
 */
export function pHash(hash: i32, keyLength: i32, seedLength: i32, length: i32): void {
  takeKey(hash, keyLength);
  const chained = TEXT - hash;
  mac(hash, TEXT, seedLength, chained);
  for (let made = 0; made < length; made += hash) {
    mac(hash, chained, hash + seedLength, KEY);
    memory.copy(RESULT + made, KEY, min(hash, length - made));
    // Padding must not meet the seed, so A(n) is hashed elsewhere.
    memory.copy(SHORT, chained, hash);
    mac(hash, SHORT, hash, chained);
  }
  memory.fill(KEY, 0, OUTPUT);
  forget(seedLength);
}
