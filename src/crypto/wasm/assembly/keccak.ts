/*
 * Keccak-f[1600] (FIPS 202 3), two states at a time: lane x + 5y of the first state is the low half of vector x + 5y, that
 * of the second its high half. What one of them does never reaches the other.
 */
import { xor } from './vector.ts';

/** 25 vectors. */
export const STATES: usize = memory.data(400, 16);

/** What step iota adds in each of the 24 rounds (FIPS 202 3.2.5). */
const ROUNDS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
  0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
  0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
], 16);

/** Both lanes rotated left by `by`, from 1 to 63. */
function turn(a: v128, by: i32): v128 {
  return v128.or(i64x2.shl(a, by), i64x2.shr_u(a, 64 - by));
}

/** Step chi for one lane: `a` and the two lanes to the right of it. */
function chi(a: v128, b: v128, c: v128): v128 {
  return xor(a, v128.andnot(c, b));
}

function parity(a: v128, b: v128, c: v128, d: v128, e: v128): v128 {
  return xor(xor(xor(xor(a, b), c), d), e);
}

/** All 24 rounds on {@link STATES}. */
export function permute(): void {
  let a0 = v128.load(STATES, 0); let a1 = v128.load(STATES, 16); let a2 = v128.load(STATES, 32); let a3 = v128.load(STATES, 48); let a4 = v128.load(STATES, 64);
  let a5 = v128.load(STATES, 80); let a6 = v128.load(STATES, 96); let a7 = v128.load(STATES, 112); let a8 = v128.load(STATES, 128); let a9 = v128.load(STATES, 144);
  let a10 = v128.load(STATES, 160); let a11 = v128.load(STATES, 176); let a12 = v128.load(STATES, 192); let a13 = v128.load(STATES, 208); let a14 = v128.load(STATES, 224);
  let a15 = v128.load(STATES, 240); let a16 = v128.load(STATES, 256); let a17 = v128.load(STATES, 272); let a18 = v128.load(STATES, 288); let a19 = v128.load(STATES, 304);
  let a20 = v128.load(STATES, 320); let a21 = v128.load(STATES, 336); let a22 = v128.load(STATES, 352); let a23 = v128.load(STATES, 368); let a24 = v128.load(STATES, 384);
  for (let round: usize = 0; round < 24 * 8; round += 8) {
    // theta: each lane takes in the parities of two columns near it
    const c0 = parity(a0, a5, a10, a15, a20);
    const c1 = parity(a1, a6, a11, a16, a21);
    const c2 = parity(a2, a7, a12, a17, a22);
    const c3 = parity(a3, a8, a13, a18, a23);
    const c4 = parity(a4, a9, a14, a19, a24);
    const d0 = xor(c4, turn(c1, 1));
    const d1 = xor(c0, turn(c2, 1));
    const d2 = xor(c1, turn(c3, 1));
    const d3 = xor(c2, turn(c4, 1));
    const d4 = xor(c3, turn(c0, 1));
    // rho and pi: lanes are rotated and change places; b0 to b4 are the first row
    const b0 = xor(a0, d0);
    const b1 = turn(xor(a6, d1), 44);
    const b2 = turn(xor(a12, d2), 43);
    const b3 = turn(xor(a18, d3), 21);
    const b4 = turn(xor(a24, d4), 14);
    const b5 = turn(xor(a3, d3), 28);
    const b6 = turn(xor(a9, d4), 20);
    const b7 = turn(xor(a10, d0), 3);
    const b8 = turn(xor(a16, d1), 45);
    const b9 = turn(xor(a22, d2), 61);
    const b10 = turn(xor(a1, d1), 1);
    const b11 = turn(xor(a7, d2), 6);
    const b12 = turn(xor(a13, d3), 25);
    const b13 = turn(xor(a19, d4), 8);
    const b14 = turn(xor(a20, d0), 18);
    const b15 = turn(xor(a4, d4), 27);
    const b16 = turn(xor(a5, d0), 36);
    const b17 = turn(xor(a11, d1), 10);
    const b18 = turn(xor(a17, d2), 15);
    const b19 = turn(xor(a23, d3), 56);
    const b20 = turn(xor(a2, d2), 62);
    const b21 = turn(xor(a8, d3), 55);
    const b22 = turn(xor(a14, d4), 39);
    const b23 = turn(xor(a15, d0), 41);
    const b24 = turn(xor(a21, d1), 2);
    // chi along each row, and iota on the first lane
    a0 = xor(chi(b0, b1, b2), v128.load64_splat(ROUNDS + round));
    a1 = chi(b1, b2, b3);
    a2 = chi(b2, b3, b4);
    a3 = chi(b3, b4, b0);
    a4 = chi(b4, b0, b1);
    a5 = chi(b5, b6, b7);
    a6 = chi(b6, b7, b8);
    a7 = chi(b7, b8, b9);
    a8 = chi(b8, b9, b5);
    a9 = chi(b9, b5, b6);
    a10 = chi(b10, b11, b12);
    a11 = chi(b11, b12, b13);
    a12 = chi(b12, b13, b14);
    a13 = chi(b13, b14, b10);
    a14 = chi(b14, b10, b11);
    a15 = chi(b15, b16, b17);
    a16 = chi(b16, b17, b18);
    a17 = chi(b17, b18, b19);
    a18 = chi(b18, b19, b15);
    a19 = chi(b19, b15, b16);
    a20 = chi(b20, b21, b22);
    a21 = chi(b21, b22, b23);
    a22 = chi(b22, b23, b24);
    a23 = chi(b23, b24, b20);
    a24 = chi(b24, b20, b21);
  }
  v128.store(STATES, a0, 0); v128.store(STATES, a1, 16); v128.store(STATES, a2, 32); v128.store(STATES, a3, 48); v128.store(STATES, a4, 64);
  v128.store(STATES, a5, 80); v128.store(STATES, a6, 96); v128.store(STATES, a7, 112); v128.store(STATES, a8, 128); v128.store(STATES, a9, 144);
  v128.store(STATES, a10, 160); v128.store(STATES, a11, 176); v128.store(STATES, a12, 192); v128.store(STATES, a13, 208); v128.store(STATES, a14, 224);
  v128.store(STATES, a15, 240); v128.store(STATES, a16, 256); v128.store(STATES, a17, 272); v128.store(STATES, a18, 288); v128.store(STATES, a19, 304);
  v128.store(STATES, a20, 320); v128.store(STATES, a21, 336); v128.store(STATES, a22, 352); v128.store(STATES, a23, 368); v128.store(STATES, a24, 384);
}
