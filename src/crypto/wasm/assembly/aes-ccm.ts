/*
 * AES-CCM (NIST SP 800-38C, RFC 3610) with a 12-byte nonce, so lengths and counters have three bytes. The MAC is over the
 * plaintext, a chain of single blocks; the key stream comes in eights. Blocks are built at SHORT: the first one of the
 * MAC, then associated data with its length.
 */
import { encryptBlock } from './aes-block.ts';
import { aesCtr } from './aes-ctr.ts';
import { xor } from './vector.ts';

const SHORT: usize = memory.data(32, 16);
/** Flags of a counter block, and of a MAC's first block in this part: lengths have three bytes (RFC 3610 2.2, 2.3). */
const LENGTH_FLAGS: i32 = 2;

/** The blocks at `from`, padded with zeros, into the MAC. */
function absorb(keys: usize, rounds: i32, mac: v128, from: usize, length: i32): v128 {
  for (const end = from + length; from < end; from += 16) {
    mac = encryptBlock(keys, rounds, xor(mac, v128.load(from)));
  }
  return mac;
}

/** Flags, nonce, and a zero for the counter: at `to`. */
function counterBlock(to: usize, nonce: usize): void {
  store<u8>(to, LENGTH_FLAGS);
  memory.copy(to + 1, nonce, 12);
  memory.fill(to + 13, 0, 3);
}

/**
 * The MAC, not yet encrypted, over up to 16 bytes of associated data and the `length` bytes at `text`, behind which up to
 * 15 zeros are written.
 */
export function ccmMac(
  keys: usize, rounds: i32, nonce: usize, aad: usize, aadLength: i32, text: usize, length: i32, tagLength: i32,
): v128 {
  counterBlock(SHORT, nonce);
  const hasAad: i32 = aadLength > 0 ? 0x40 : 0;
  store<u8>(SHORT, LENGTH_FLAGS | (((tagLength - 2) >> 1) << 3) | hasAad);
  store<u8>(SHORT, length >> 16, 13);
  store<u8>(SHORT, length >> 8, 14);
  store<u8>(SHORT, length, 15);
  let mac = encryptBlock(keys, rounds, v128.load(SHORT));
  if (aadLength > 0) {
    memory.fill(SHORT, 0, 32);
    store<u8>(SHORT, aadLength, 1);
    memory.copy(SHORT + 2, aad, aadLength);
    mac = absorb(keys, rounds, mac, SHORT, 2 + aadLength);
  }
  memory.fill(SHORT, 0, 32);
  memory.fill(text + length, 0, -length & 15);
  return absorb(keys, rounds, mac, text, length);
}

/**
 * XORs key stream onto the `length` bytes at `text` and gives that of block 0, which encrypts the MAC. The 16 bytes before
 * and up to 127 behind the text are overwritten.
 */
export function ccmCrypt(rounds: i32, nonce: usize, text: usize, length: i32): v128 {
  counterBlock(SHORT, nonce);
  const base = text - 16;
  memory.fill(base, 0, 16);
  // The last word of a counter block begins with a byte of the nonce: the counter never reaches it.
  const first = bswap<u32>(load<u32>(SHORT, 12));
  aesCtr(base, base, (16 + length + 127) >> 7, SHORT, first, rounds);
  const mask = v128.load(base);
  memory.fill(base, 0, 16);
  memory.fill(SHORT, 0, 32);
  return mask;
}
