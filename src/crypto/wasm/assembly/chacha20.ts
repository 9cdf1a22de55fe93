/*
 * ChaCha20 (RFC 8439 2.3 and 2.4), four blocks side by side: vector xi holds word i of four consecutive blocks, one in
 * each lane. Every step of the cipher is then one vector instruction, and no address or branch depends on a secret.
 * The rounds are written out because only then do all sixteen words stay in registers; chacha20-wide.ts does two such
 * groups at once, which hides the latency of one behind the other.
 */
import { add, or, xor } from './vector.ts';

/** The sixteen words of the next block: constants, key, counter, nonce. */
export const STATE: usize = memory.data(64, 16);

/** What lane i adds to the counter. */
export const LANES: v128 = i32x4(0, 1, 2, 3);
/** Rotations by whole bytes are one shuffle: byte j of each word comes from byte j - 2 or j - 1 of it. */
const BYTES_16: v128 = i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
const BYTES_8: v128 = i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14);

export function rotl16(x: v128): v128 {
  return i8x16.swizzle(x, BYTES_16);
}

export function rotl8(x: v128): v128 {
  return i8x16.swizzle(x, BYTES_8);
}

export function rotl12(x: v128): v128 {
  return or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}

export function rotl7(x: v128): v128 {
  return or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}

/** Key: 32 bytes, nonce: 12 bytes. */
export function chachaStart(key: usize, nonce: usize): void {
  store<u32>(STATE, 0x61707865); // "expand 32-byte k"
  store<u32>(STATE, 0x3320646e, 4);
  store<u32>(STATE, 0x79622d32, 8);
  store<u32>(STATE, 0x6b206574, 12);
  memory.copy(STATE + 16, key, 32);
  memory.copy(STATE + 52, nonce, 12);
}

/** Turns rows (one word of four blocks each) into blocks, and XORs 16 bytes of each of the four. */
export function xorRows(to: usize, from: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd01 = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const cd23 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, xor(v128.load(from), i64x2.shuffle(ab01, cd01, 0, 2)));
  v128.store(to, xor(v128.load(from, 64), i64x2.shuffle(ab01, cd01, 1, 3)), 64);
  v128.store(to, xor(v128.load(from, 128), i64x2.shuffle(ab23, cd23, 0, 2)), 128);
  v128.store(to, xor(v128.load(from, 192), i64x2.shuffle(ab23, cd23, 1, 3)), 192);
}

/** XORs the key stream of blocks `counter` to `counter + 3` onto 256 bytes. */
export function chacha256(to: usize, from: usize, counter: u32): void {
  store<u32>(STATE, counter, 48);
  let x0 = v128.load32_splat(STATE, 0); let x1 = v128.load32_splat(STATE, 4);
  let x2 = v128.load32_splat(STATE, 8); let x3 = v128.load32_splat(STATE, 12);
  let x4 = v128.load32_splat(STATE, 16); let x5 = v128.load32_splat(STATE, 20);
  let x6 = v128.load32_splat(STATE, 24); let x7 = v128.load32_splat(STATE, 28);
  let x8 = v128.load32_splat(STATE, 32); let x9 = v128.load32_splat(STATE, 36);
  let x10 = v128.load32_splat(STATE, 40); let x11 = v128.load32_splat(STATE, 44);
  let x12 = v128.load32_splat(STATE, 48); let x13 = v128.load32_splat(STATE, 52);
  let x14 = v128.load32_splat(STATE, 56); let x15 = v128.load32_splat(STATE, 60);
  x12 = add(x12, LANES);
  const counters = x12;
  for (let i = 0; i < 10; i++) {
    // columns
    x0 = add(x0, x4); x12 = rotl16(xor(x12, x0));
    x1 = add(x1, x5); x13 = rotl16(xor(x13, x1));
    x8 = add(x8, x12); x4 = rotl12(xor(x4, x8));
    x9 = add(x9, x13); x5 = rotl12(xor(x5, x9));
    x0 = add(x0, x4); x12 = rotl8(xor(x12, x0));
    x1 = add(x1, x5); x13 = rotl8(xor(x13, x1));
    x8 = add(x8, x12); x4 = rotl7(xor(x4, x8));
    x9 = add(x9, x13); x5 = rotl7(xor(x5, x9));
    x2 = add(x2, x6); x14 = rotl16(xor(x14, x2));
    x3 = add(x3, x7); x15 = rotl16(xor(x15, x3));
    x10 = add(x10, x14); x6 = rotl12(xor(x6, x10));
    x11 = add(x11, x15); x7 = rotl12(xor(x7, x11));
    x2 = add(x2, x6); x14 = rotl8(xor(x14, x2));
    x3 = add(x3, x7); x15 = rotl8(xor(x15, x3));
    x10 = add(x10, x14); x6 = rotl7(xor(x6, x10));
    x11 = add(x11, x15); x7 = rotl7(xor(x7, x11));
    // diagonals
    x0 = add(x0, x5); x15 = rotl16(xor(x15, x0));
    x1 = add(x1, x6); x12 = rotl16(xor(x12, x1));
    x10 = add(x10, x15); x5 = rotl12(xor(x5, x10));
    x11 = add(x11, x12); x6 = rotl12(xor(x6, x11));
    x0 = add(x0, x5); x15 = rotl8(xor(x15, x0));
    x1 = add(x1, x6); x12 = rotl8(xor(x12, x1));
    x10 = add(x10, x15); x5 = rotl7(xor(x5, x10));
    x11 = add(x11, x12); x6 = rotl7(xor(x6, x11));
    x2 = add(x2, x7); x13 = rotl16(xor(x13, x2));
    x3 = add(x3, x4); x14 = rotl16(xor(x14, x3));
    x8 = add(x8, x13); x7 = rotl12(xor(x7, x8));
    x9 = add(x9, x14); x4 = rotl12(xor(x4, x9));
    x2 = add(x2, x7); x13 = rotl8(xor(x13, x2));
    x3 = add(x3, x4); x14 = rotl8(xor(x14, x3));
    x8 = add(x8, x13); x7 = rotl7(xor(x7, x8));
    x9 = add(x9, x14); x4 = rotl7(xor(x4, x9));
  }
  x0 = add(x0, v128.load32_splat(STATE, 0)); x1 = add(x1, v128.load32_splat(STATE, 4));
  x2 = add(x2, v128.load32_splat(STATE, 8)); x3 = add(x3, v128.load32_splat(STATE, 12));
  x4 = add(x4, v128.load32_splat(STATE, 16)); x5 = add(x5, v128.load32_splat(STATE, 20));
  x6 = add(x6, v128.load32_splat(STATE, 24)); x7 = add(x7, v128.load32_splat(STATE, 28));
  x8 = add(x8, v128.load32_splat(STATE, 32)); x9 = add(x9, v128.load32_splat(STATE, 36));
  x10 = add(x10, v128.load32_splat(STATE, 40)); x11 = add(x11, v128.load32_splat(STATE, 44));
  x12 = add(x12, counters); x13 = add(x13, v128.load32_splat(STATE, 52));
  x14 = add(x14, v128.load32_splat(STATE, 56)); x15 = add(x15, v128.load32_splat(STATE, 60));
  xorRows(to + 0, from + 0, x0, x1, x2, x3);
  xorRows(to + 16, from + 16, x4, x5, x6, x7);
  xorRows(to + 32, from + 32, x8, x9, x10, x11);
  xorRows(to + 48, from + 48, x12, x13, x14, x15);
}
