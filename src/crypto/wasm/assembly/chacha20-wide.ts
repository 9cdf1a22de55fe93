/*
 * ChaCha20, eight blocks at once: two groups of four as in chacha20.ts, x and y, whose steps take turns. Neither group
 * waits for the other, so a processor with several vector units works on both.
 */
import { chacha256, LANES, rotl7, rotl8, rotl12, rotl16, STATE, xorRows } from './chacha20.ts';
import { add, xor } from './vector.ts';

/** XORs the key stream of blocks `counter` to `counter + 7` onto 512 bytes. */
function chacha512(to: usize, from: usize, counter: u32): void {
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
  let y0 = x0; let y1 = x1; let y2 = x2; let y3 = x3;
  let y4 = x4; let y5 = x5; let y6 = x6; let y7 = x7;
  let y8 = x8; let y9 = x9; let y10 = x10; let y11 = x11;
  let y12 = x12; let y13 = x13; let y14 = x14; let y15 = x15;
  y12 = add(y12, i32x4.splat(4));
  const xCounters = x12;
  const yCounters = y12;
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
    y0 = add(y0, y4); y12 = rotl16(xor(y12, y0));
    y1 = add(y1, y5); y13 = rotl16(xor(y13, y1));
    y8 = add(y8, y12); y4 = rotl12(xor(y4, y8));
    y9 = add(y9, y13); y5 = rotl12(xor(y5, y9));
    y0 = add(y0, y4); y12 = rotl8(xor(y12, y0));
    y1 = add(y1, y5); y13 = rotl8(xor(y13, y1));
    y8 = add(y8, y12); y4 = rotl7(xor(y4, y8));
    y9 = add(y9, y13); y5 = rotl7(xor(y5, y9));
    x2 = add(x2, x6); x14 = rotl16(xor(x14, x2));
    x3 = add(x3, x7); x15 = rotl16(xor(x15, x3));
    x10 = add(x10, x14); x6 = rotl12(xor(x6, x10));
    x11 = add(x11, x15); x7 = rotl12(xor(x7, x11));
    x2 = add(x2, x6); x14 = rotl8(xor(x14, x2));
    x3 = add(x3, x7); x15 = rotl8(xor(x15, x3));
    x10 = add(x10, x14); x6 = rotl7(xor(x6, x10));
    x11 = add(x11, x15); x7 = rotl7(xor(x7, x11));
    y2 = add(y2, y6); y14 = rotl16(xor(y14, y2));
    y3 = add(y3, y7); y15 = rotl16(xor(y15, y3));
    y10 = add(y10, y14); y6 = rotl12(xor(y6, y10));
    y11 = add(y11, y15); y7 = rotl12(xor(y7, y11));
    y2 = add(y2, y6); y14 = rotl8(xor(y14, y2));
    y3 = add(y3, y7); y15 = rotl8(xor(y15, y3));
    y10 = add(y10, y14); y6 = rotl7(xor(y6, y10));
    y11 = add(y11, y15); y7 = rotl7(xor(y7, y11));
    // diagonals
    x0 = add(x0, x5); x15 = rotl16(xor(x15, x0));
    x1 = add(x1, x6); x12 = rotl16(xor(x12, x1));
    x10 = add(x10, x15); x5 = rotl12(xor(x5, x10));
    x11 = add(x11, x12); x6 = rotl12(xor(x6, x11));
    x0 = add(x0, x5); x15 = rotl8(xor(x15, x0));
    x1 = add(x1, x6); x12 = rotl8(xor(x12, x1));
    x10 = add(x10, x15); x5 = rotl7(xor(x5, x10));
    x11 = add(x11, x12); x6 = rotl7(xor(x6, x11));
    y0 = add(y0, y5); y15 = rotl16(xor(y15, y0));
    y1 = add(y1, y6); y12 = rotl16(xor(y12, y1));
    y10 = add(y10, y15); y5 = rotl12(xor(y5, y10));
    y11 = add(y11, y12); y6 = rotl12(xor(y6, y11));
    y0 = add(y0, y5); y15 = rotl8(xor(y15, y0));
    y1 = add(y1, y6); y12 = rotl8(xor(y12, y1));
    y10 = add(y10, y15); y5 = rotl7(xor(y5, y10));
    y11 = add(y11, y12); y6 = rotl7(xor(y6, y11));
    x2 = add(x2, x7); x13 = rotl16(xor(x13, x2));
    x3 = add(x3, x4); x14 = rotl16(xor(x14, x3));
    x8 = add(x8, x13); x7 = rotl12(xor(x7, x8));
    x9 = add(x9, x14); x4 = rotl12(xor(x4, x9));
    x2 = add(x2, x7); x13 = rotl8(xor(x13, x2));
    x3 = add(x3, x4); x14 = rotl8(xor(x14, x3));
    x8 = add(x8, x13); x7 = rotl7(xor(x7, x8));
    x9 = add(x9, x14); x4 = rotl7(xor(x4, x9));
    y2 = add(y2, y7); y13 = rotl16(xor(y13, y2));
    y3 = add(y3, y4); y14 = rotl16(xor(y14, y3));
    y8 = add(y8, y13); y7 = rotl12(xor(y7, y8));
    y9 = add(y9, y14); y4 = rotl12(xor(y4, y9));
    y2 = add(y2, y7); y13 = rotl8(xor(y13, y2));
    y3 = add(y3, y4); y14 = rotl8(xor(y14, y3));
    y8 = add(y8, y13); y7 = rotl7(xor(y7, y8));
    y9 = add(y9, y14); y4 = rotl7(xor(y4, y9));
  }
  x0 = add(x0, v128.load32_splat(STATE, 0)); x1 = add(x1, v128.load32_splat(STATE, 4));
  x2 = add(x2, v128.load32_splat(STATE, 8)); x3 = add(x3, v128.load32_splat(STATE, 12));
  x4 = add(x4, v128.load32_splat(STATE, 16)); x5 = add(x5, v128.load32_splat(STATE, 20));
  x6 = add(x6, v128.load32_splat(STATE, 24)); x7 = add(x7, v128.load32_splat(STATE, 28));
  x8 = add(x8, v128.load32_splat(STATE, 32)); x9 = add(x9, v128.load32_splat(STATE, 36));
  x10 = add(x10, v128.load32_splat(STATE, 40)); x11 = add(x11, v128.load32_splat(STATE, 44));
  x12 = add(x12, xCounters); x13 = add(x13, v128.load32_splat(STATE, 52));
  x14 = add(x14, v128.load32_splat(STATE, 56)); x15 = add(x15, v128.load32_splat(STATE, 60));
  y0 = add(y0, v128.load32_splat(STATE, 0)); y1 = add(y1, v128.load32_splat(STATE, 4));
  y2 = add(y2, v128.load32_splat(STATE, 8)); y3 = add(y3, v128.load32_splat(STATE, 12));
  y4 = add(y4, v128.load32_splat(STATE, 16)); y5 = add(y5, v128.load32_splat(STATE, 20));
  y6 = add(y6, v128.load32_splat(STATE, 24)); y7 = add(y7, v128.load32_splat(STATE, 28));
  y8 = add(y8, v128.load32_splat(STATE, 32)); y9 = add(y9, v128.load32_splat(STATE, 36));
  y10 = add(y10, v128.load32_splat(STATE, 40)); y11 = add(y11, v128.load32_splat(STATE, 44));
  y12 = add(y12, yCounters); y13 = add(y13, v128.load32_splat(STATE, 52));
  y14 = add(y14, v128.load32_splat(STATE, 56)); y15 = add(y15, v128.load32_splat(STATE, 60));
  xorRows(to + 0, from + 0, x0, x1, x2, x3);
  xorRows(to + 16, from + 16, x4, x5, x6, x7);
  xorRows(to + 32, from + 32, x8, x9, x10, x11);
  xorRows(to + 48, from + 48, x12, x13, x14, x15);
  xorRows(to + 256, from + 256, y0, y1, y2, y3);
  xorRows(to + 272, from + 272, y4, y5, y6, y7);
  xorRows(to + 288, from + 288, y8, y9, y10, y11);
  xorRows(to + 304, from + 304, y12, y13, y14, y15);
}

/**
 * XORs the key stream from block `counter` on. Works in steps of 256 bytes: both areas must have room for `length`
 * rounded up to that, and what lies behind `length` is overwritten.
 */
export function chachaXor(to: usize, from: usize, length: usize, counter: u32): void {
  let at: usize = 0;
  for (; at + 256 < length; at += 512, counter += 8) chacha512(to + at, from + at, counter);
  if (at < length) chacha256(to + at, from + at, counter);
}
