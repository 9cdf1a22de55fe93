/*
 * AES in counter mode (FIPS 197, NIST SP 800-38A 6.5), eight blocks at a time in bit planes: byte p of plane k holds bit
 * k of byte p of each of the eight blocks, one block in each bit. All of AES is then gates and shuffles by constants: no
 * table is read at a secret index, and no branch depends on a secret.
 *
 * The S-box is the straight-line program of Boyar and Peralta ("A new combinational logic minimization technique with
 * applications to cryptology", 2010): x0 is the highest bit. Which operand of a gate comes first decides in what order V8
 * computes the gates, and so how many values it has to put aside; these are the best of some that were tried (4 %).
 * Four of their outputs are inverted; leaving that out adds 0x63 to each byte. ShiftRows and MixColumns carry a 0x63 in
 * every byte to a 0x63 in every byte (the coefficients of MixColumns add up to 1), so it is added to the round keys.
 */
import { and, xor } from './vector.ts';

/** Eight planes of each of up to 15 round keys. */
export const PLANES: usize = memory.data(15 * 128, 16);

/** Byte p comes from here: row r of a column is taken from r columns further on (FIPS 197 5.1.2). */
export const SHIFT_ROWS: v128 = i8x16(0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11);
/** The same with each column turned by one: what stands in the next row. */
export const SHIFT_ROWS_UP: v128 = i8x16(5, 10, 15, 0, 9, 14, 3, 4, 13, 2, 7, 8, 1, 6, 11, 12);
/** Each column turned by two. */
export const TWO_DOWN: v128 = i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);

/** Bits 0, 1 and 2 of the last counter byte of eight blocks in a row that begins at a multiple of eight. */
const BLOCK_BIT_0: v128 = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, <i8>0xaa);
const BLOCK_BIT_1: v128 = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, <i8>0xcc);
const BLOCK_BIT_2: v128 = i8x16(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, <i8>0xf0);

const ODD_1: v128 = i8x16.splat(0x55);
const ODD_2: v128 = i8x16.splat(0x33);
const ODD_4: v128 = i8x16.splat(0x0f);

/** All ones in each byte that has the bit. */
function plane(bytes: v128, bit: i32): v128 {
  const mask = i8x16.splat(<i8>bit);
  return i8x16.eq(and(bytes, mask), mask);
}

/** Spreads `rounds + 1` round keys of 16 bytes into planes. */
export function spreadKeys(keys: usize, rounds: i32): void {
  for (let round = 0; round <= rounds; round++) {
    let key = v128.load(keys + (round << 4));
    if (round != 0) key = xor(key, i8x16.splat(0x63));
    for (let bit = 0; bit < 8; bit++) {
      v128.store(PLANES + (round << 7) + (bit << 4), plane(key, 1 << bit));
    }
  }
}

/**
 * XORs key stream onto `batches` times 128 bytes. The counter block is the 12 bytes at `nonce` and a 32-bit counter,
 * which begins at a multiple of 8.
 */
export function aesCtr(to: usize, from: usize, batches: i32, nonce: usize, first: u32, rounds: i32): void {
  let counter = v128.load(nonce);
  const end = PLANES + (rounds << 7);
  for (; batches > 0; batches--) {
    counter = i32x4.replace_lane(counter, 3, bswap<u32>(first));
    first += 8;
    let x7 = xor(xor(plane(counter, 1), BLOCK_BIT_0), v128.load(PLANES, 0));
    let x6 = xor(xor(plane(counter, 2), BLOCK_BIT_1), v128.load(PLANES, 16));
    let x5 = xor(xor(plane(counter, 4), BLOCK_BIT_2), v128.load(PLANES, 32));
    let x4 = xor(plane(counter, 8), v128.load(PLANES, 48));
    let x3 = xor(plane(counter, 16), v128.load(PLANES, 64));
    let x2 = xor(plane(counter, 32), v128.load(PLANES, 80));
    let x1 = xor(plane(counter, 64), v128.load(PLANES, 96));
    let x0 = xor(plane(counter, 128), v128.load(PLANES, 112));
    for (let round = PLANES + 128; ; round += 128) {
      // SubBytes: x0..x7 to s0..s7.
      const y14 = xor(x3, x5); const y13 = xor(x0, x6); const y12 = xor(y14, y13); const t1 = xor(x4, y12);
      const t0 = xor(x2, x1); const y15 = xor(t1, x5); const y1 = xor(t0, x7); const y20 = xor(x1, t1);
      const y5 = xor(x6, y1); const y4 = xor(y1, x3); const y9 = xor(x0, x3); const y8 = xor(x0, x5);
      const t5 = and(x7, y4); const t2 = and(y12, y15); const t6 = xor(t2, t5); const y6 = xor(y15, x7);
      const y3 = xor(y5, y8); const t3 = and(y6, y3); const t4 = xor(t3, t2); const y11 = xor(y9, y20);
      const y10 = xor(y15, t0); const y16 = xor(t0, y11); const y2 = xor(y1, x0); const y18 = xor(y16, x0);
      const t12 = and(y11, y9); const y17 = xor(y11, y10); const t13 = and(y17, y14);
      const t14 = xor(t13, t12); const t17 = xor(t4, t14); const t21 = xor(t17, y20);
      const t15 = and(y8, y10); const t16 = xor(t12, t15); const t18 = xor(t16, t6);
      const y19 = xor(y10, y8); const t22 = xor(y19, t18); const t7 = and(y13, y16); const t8 = and(y1, y5);
      const t9 = xor(t8, t7); const t19 = xor(t14, t9); const y21 = xor(y13, y16); const t23 = xor(t19, y21);
      const y7 = xor(y11, x7); const t10 = and(y2, y7); const t11 = xor(t7, t10); const t20 = xor(t11, t16);
      const t24 = xor(t20, y18); const t25 = xor(t22, t21); const t26 = and(t21, t23);
      const t31 = xor(t22, t26); const t30 = xor(t23, t24); const t32 = and(t31, t30);
      const t33 = xor(t24, t32); const t27 = xor(t24, t26); const t28 = and(t27, t25);
      const t29 = xor(t28, t22); const t34 = xor(t33, t23); const t35 = xor(t27, t33);
      const t36 = and(t35, t24); const t37 = xor(t34, t36); const t38 = xor(t36, t27);
      const t39 = and(t38, t29); const t40 = xor(t39, t25); const z11 = and(t33, y4);
      const z10 = and(y3, t37); const t44 = xor(t33, t37); const z0 = and(t44, y15);
      const z9 = and(y12, t44); const t47 = xor(z11, z10); const t49 = xor(z10, z9); const z1 = and(t37, y6);
      const z4 = and(t40, y1); const t41 = xor(t37, t40); const z13 = and(y5, t40); const z2 = and(t33, x7);
      const t42 = xor(t29, t33); const z5 = and(t29, y7); const z14 = and(y2, t29);
      const t43 = xor(t40, t29); const z8 = and(y10, t41); const z17 = and(y8, t41);
      const t45 = xor(t41, t42); const z15 = and(t42, y9); const z6 = and(t42, y11);
      const z16 = and(y14, t45); const z7 = and(t45, y17); const t54 = xor(z6, z7); const t52 = xor(z8, z7);
      const t46 = xor(z15, z16); const t55 = xor(z17, z16); const z3 = and(t43, y16);
      const z12 = and(y13, t43); const t53 = xor(z3, z0); const t59 = xor(z3, t54); const t48 = xor(z5, z13);
      const t51 = xor(z5, z2); const t50 = xor(z2, z12); const t57 = xor(t53, t50);
      const t56 = xor(t48, z12); const t61 = xor(t57, z14); const t60 = xor(t46, t57);
      const s7 = xor(t60, t48); const t58 = xor(t46, z4); const t63 = xor(t58, t49);
      const t66 = xor(t63, z1); const t62 = xor(t58, t52); const s0 = xor(t63, t59);
      const t64 = xor(t59, z4); const s3 = xor(t66, t53); const t65 = xor(t61, t62);
      const t67 = xor(t64, t65); const s6 = xor(t56, t62); const s4 = xor(t66, t51); const s1 = xor(s3, t64);
      const s5 = xor(t47, t65); const s2 = xor(t55, t67);
      if (round == end) {
        // The last round has no MixColumns.
        let q0 = xor(i8x16.swizzle(s7, SHIFT_ROWS), v128.load(round, 0));
        let q1 = xor(i8x16.swizzle(s6, SHIFT_ROWS), v128.load(round, 16));
        let q2 = xor(i8x16.swizzle(s5, SHIFT_ROWS), v128.load(round, 32));
        let q3 = xor(i8x16.swizzle(s4, SHIFT_ROWS), v128.load(round, 48));
        let q4 = xor(i8x16.swizzle(s3, SHIFT_ROWS), v128.load(round, 64));
        let q5 = xor(i8x16.swizzle(s2, SHIFT_ROWS), v128.load(round, 80));
        let q6 = xor(i8x16.swizzle(s1, SHIFT_ROWS), v128.load(round, 96));
        let q7 = xor(i8x16.swizzle(s0, SHIFT_ROWS), v128.load(round, 112));
        // From planes to blocks: an 8 x 8 transposition of bits, by exchanging ever larger squares.
        let t: v128;
        t = and(xor(i64x2.shr_u(q0, 1), q1), ODD_1); q1 = xor(q1, t); q0 = xor(q0, i64x2.shl(t, 1));
        t = and(xor(i64x2.shr_u(q2, 1), q3), ODD_1); q3 = xor(q3, t); q2 = xor(q2, i64x2.shl(t, 1));
        t = and(xor(i64x2.shr_u(q4, 1), q5), ODD_1); q5 = xor(q5, t); q4 = xor(q4, i64x2.shl(t, 1));
        t = and(xor(i64x2.shr_u(q6, 1), q7), ODD_1); q7 = xor(q7, t); q6 = xor(q6, i64x2.shl(t, 1));
        t = and(xor(i64x2.shr_u(q0, 2), q2), ODD_2); q2 = xor(q2, t); q0 = xor(q0, i64x2.shl(t, 2));
        t = and(xor(i64x2.shr_u(q1, 2), q3), ODD_2); q3 = xor(q3, t); q1 = xor(q1, i64x2.shl(t, 2));
        t = and(xor(i64x2.shr_u(q4, 2), q6), ODD_2); q6 = xor(q6, t); q4 = xor(q4, i64x2.shl(t, 2));
        t = and(xor(i64x2.shr_u(q5, 2), q7), ODD_2); q7 = xor(q7, t); q5 = xor(q5, i64x2.shl(t, 2));
        t = and(xor(i64x2.shr_u(q0, 4), q4), ODD_4); q4 = xor(q4, t); q0 = xor(q0, i64x2.shl(t, 4));
        t = and(xor(i64x2.shr_u(q1, 4), q5), ODD_4); q5 = xor(q5, t); q1 = xor(q1, i64x2.shl(t, 4));
        t = and(xor(i64x2.shr_u(q2, 4), q6), ODD_4); q6 = xor(q6, t); q2 = xor(q2, i64x2.shl(t, 4));
        t = and(xor(i64x2.shr_u(q3, 4), q7), ODD_4); q7 = xor(q7, t); q3 = xor(q3, i64x2.shl(t, 4));
        v128.store(to, xor(v128.load(from, 0), q0), 0);
        v128.store(to, xor(v128.load(from, 16), q1), 16);
        v128.store(to, xor(v128.load(from, 32), q2), 32);
        v128.store(to, xor(v128.load(from, 48), q3), 48);
        v128.store(to, xor(v128.load(from, 64), q4), 64);
        v128.store(to, xor(v128.load(from, 80), q5), 80);
        v128.store(to, xor(v128.load(from, 96), q6), 96);
        v128.store(to, xor(v128.load(from, 112), q7), 112);
        break;
      }
      // ShiftRows and MixColumns: with a the byte and b the one in the next row, each becomes 2 (a + b) + b + (two rows
      // further on, a + b). Doubling moves plane k to k + 1, and plane 7 also to 0, 1, 3 and 4 (0x1b).
      const b0 = i8x16.swizzle(s7, SHIFT_ROWS_UP); const a0 = xor(i8x16.swizzle(s7, SHIFT_ROWS), b0);
      const b1 = i8x16.swizzle(s6, SHIFT_ROWS_UP); const a1 = xor(i8x16.swizzle(s6, SHIFT_ROWS), b1);
      const b2 = i8x16.swizzle(s5, SHIFT_ROWS_UP); const a2 = xor(i8x16.swizzle(s5, SHIFT_ROWS), b2);
      const b3 = i8x16.swizzle(s4, SHIFT_ROWS_UP); const a3 = xor(i8x16.swizzle(s4, SHIFT_ROWS), b3);
      const b4 = i8x16.swizzle(s3, SHIFT_ROWS_UP); const a4 = xor(i8x16.swizzle(s3, SHIFT_ROWS), b4);
      const b5 = i8x16.swizzle(s2, SHIFT_ROWS_UP); const a5 = xor(i8x16.swizzle(s2, SHIFT_ROWS), b5);
      const b6 = i8x16.swizzle(s1, SHIFT_ROWS_UP); const a6 = xor(i8x16.swizzle(s1, SHIFT_ROWS), b6);
      const b7 = i8x16.swizzle(s0, SHIFT_ROWS_UP); const a7 = xor(i8x16.swizzle(s0, SHIFT_ROWS), b7);
      x7 = xor(xor(xor(b0, i8x16.swizzle(a0, TWO_DOWN)), a7), v128.load(round, 0));
      x6 = xor(xor(xor(xor(b1, i8x16.swizzle(a1, TWO_DOWN)), a0), a7), v128.load(round, 16));
      x5 = xor(xor(xor(b2, i8x16.swizzle(a2, TWO_DOWN)), a1), v128.load(round, 32));
      x4 = xor(xor(xor(xor(b3, i8x16.swizzle(a3, TWO_DOWN)), a2), a7), v128.load(round, 48));
      x3 = xor(xor(xor(xor(b4, i8x16.swizzle(a4, TWO_DOWN)), a3), a7), v128.load(round, 64));
      x2 = xor(xor(xor(b5, i8x16.swizzle(a5, TWO_DOWN)), a4), v128.load(round, 80));
      x1 = xor(xor(xor(b6, i8x16.swizzle(a6, TWO_DOWN)), a5), v128.load(round, 96));
      x0 = xor(xor(xor(b7, i8x16.swizzle(a7, TWO_DOWN)), a6), v128.load(round, 112));
    }
    to += 128;
    from += 128;
  }
}
