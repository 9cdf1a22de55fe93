/*
 * Poly1305, four blocks side by side, for whole records. Lane i holds the sum of blocks i, i + 4, i + 8 ..., so each
 * step multiplies by r^4; at the end lanes 0 to 3 are multiplied by r^4, r^3, r^2 and r and added up.
 *
 * A number has ten limbs of 13 bits. i32x4.dot_i16x8_s multiplies two pairs of 16-bit limbs and adds both products in
 * 32 bits, so limbs are kept in pairs (even below, odd above): p0 = (d0, d1) ... p4 = (d8, d9). A column k of the
 * product is the sum over j of p(j) . (r[k - 2j], r[k - 2j - 1]), where an index below 0 stands for 5 r[index + 10],
 * since 2^130 = 5. The tables hold these pairs for every k - 2j from -8 to 9.
 *
 * No sum overflows. The limbs of r are balanced, |r[i]| <= 4096 and |r[0]| <= 4101, so 5 r fits in 16 bits. After
 * carrying, limbs are in [0, 2^13) except d1 and d5, for which |d| < 2^13 + 200; a column is then at most
 * 10 * 8392 * 20505 < 1.73e9, a message adds at most 2^26, a carry 2^19, and all of it stays below 2^31.
 */
import { H, polyCarry, polyWords, R } from './poly1305.ts';
import { add, and, or } from './vector.ts';

/** Pairs for r^4 in every lane. */
const STEP: usize = memory.data(18 * 16, 16);
/** Pairs for r^4, r^3, r^2, r, one in each lane. */
const LAST: usize = memory.data(18 * 16, 16);
/** Ten limbs each of r^4, r^3, r^2, r. */
const POWERS: usize = memory.data(4 * 40, 16);
const ZERO: usize = memory.data(16, 16);
const LOW_13: v128 = i32x4.splat(0x1fff);
const LOW_26: v128 = i32x4.splat(0x3ffffff);
/** Bit 2^128 of a block, where d8 begins at 2^104. */
const TOP_BIT: v128 = i32x4.splat(0x1000000);

/** Writes the number at H (carried, below 2^130) as ten balanced limbs. */
function splitLimbs(to: usize): void {
  let carry: i32 = 0;
  for (let i = 0; i < 10; i++) {
    const bit = i * 13;
    const word = H + ((bit >> 5) << 3);
    const shift = bit & 31;
    // Two neighbouring words hold the limb; behind h4 there is nothing. Only positions decide, never values.
    const next = bit < 128 ? load<u64>(word, 8) : 0;
    const limb = <i32>(((load<u64>(word) | (next << 32)) >> shift) & 0x1fff) + carry;
    carry = (limb + 4096) >> 13; // 0 or 1
    store<i32>(to + (i << 2), limb - (carry << 13));
  }
  store<i32>(to, load<i32>(to) + carry * 5);
}

/** r[index], or 5 r[index + 10]. */
function wrapped(limbs: usize, index: i32): i32 {
  return index < 0 ? load<i32>(limbs + ((index + 10) << 2)) * 5 : load<i32>(limbs + (index << 2));
}

function writePairs(table: usize, lane: usize, limbs: usize): void {
  for (let m = -8; m < 10; m++) {
    const pair = (wrapped(limbs, m) & 0xffff) | (wrapped(limbs, m - 1) << 16);
    store<i32>(table + ((m + 8) << 4) + (lane << 2), pair);
  }
}

/** Powers of r, whose limbs stand in R, and both tables. Leaves h = 0. */
function prepare(): void {
  memory.copy(H, R, 32);
  store<u64>(H, 0, 32);
  for (let power = 3; ; power--) {
    splitLimbs(POWERS + power * 40);
    if (power == 0) break;
    polyWords(ZERO, 16, 0); // times r
    polyCarry();
    // The fold leaves h4 <= 3, and a carry into it makes at most 4 together with h0..h3 near 0: fold once more.
    const h4 = load<u64>(H, 32);
    store<u64>(H, h4 & 3, 32);
    store<u64>(H, load<u64>(H) + (h4 >> 2) * 5);
  }
  for (let lane = 0; lane < 4; lane++) {
    writePairs(LAST, lane, POWERS + lane * 40);
    writePairs(STEP, lane, POWERS);
  }
}

/** Column k of the product; `table` points 16 k into the pairs, so that those of k - 8 come first and of k last. */
function column(p0: v128, p1: v128, p2: v128, p3: v128, p4: v128, table: usize): v128 {
  return add(
    add(
      add(
        add(i32x4.dot_i16x8_s(p0, v128.load(table, 128)), i32x4.dot_i16x8_s(p1, v128.load(table, 96))),
        i32x4.dot_i16x8_s(p2, v128.load(table, 64)),
      ),
      i32x4.dot_i16x8_s(p3, v128.load(table, 32)),
    ),
    i32x4.dot_i16x8_s(p4, v128.load(table)),
  );
}

function high(d: v128): v128 {
  return i32x4.shr_s(d, 13);
}

function low(d: v128): v128 {
  return and(d, LOW_13);
}

/** A pair from limbs below 2^16 (even) and of either sign (odd). */
function pack(even: v128, odd: v128): v128 {
  return or(even, i32x4.shl(odd, 16));
}

function sumOfLanes(d: v128): i64 {
  return i64(
    i32x4.extract_lane(d, 0) + i32x4.extract_lane(d, 1) + i32x4.extract_lane(d, 2) + i32x4.extract_lane(d, 3),
  );
}

/**
 * The sum of the four lanes, as five 32-bit words at H. d1 and d5 may be negative, and so might the whole sum be, by
 * less than 2^80: p is added, as 2^130 - 5.
 */
function addUp(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128, d7: v128, d8: v128, d9: v128,
): void {
  // 64 bits hold what does not fit in the words written so far; a shift of a negative number rounds down, as it must.
  let sum = sumOfLanes(d0) + (sumOfLanes(d1) << 13) + (sumOfLanes(d2) << 26) - 5; // from 2^0
  store<u64>(H, sum & 0xffffffff);
  sum = (sum >> 32) + (sumOfLanes(d3) << 7) + (sumOfLanes(d4) << 20); // from 2^32
  store<u64>(H, sum & 0xffffffff, 8);
  sum = (sum >> 32) + (sumOfLanes(d5) << 1) + (sumOfLanes(d6) << 14) + (sumOfLanes(d7) << 27); // from 2^64
  store<u64>(H, sum & 0xffffffff, 16);
  sum = (sum >> 32) + (sumOfLanes(d8) << 8) + (sumOfLanes(d9) << 21); // from 2^96
  store<u64>(H, sum & 0xffffffff, 24);
  store<u64>(H, (sum >> 32) + 4, 32);
}

/**
 * Absorbs the whole blocks of a message from h = 0 on; `length` is a multiple of 64, not 0. Leaves h in H, where it is
 * below 2^133.
 */
export function polyWide(from: usize, length: usize): void {
  prepare();
  const end = from + length;
  let table = STEP;
  let p0: v128 = i32x4.splat(0);
  let p1 = p0;
  let p2 = p0;
  let p3 = p0;
  let p4 = p0;
  let c: v128;
  for (;;) {
    let d0 = column(p0, p1, p2, p3, p4, table + 0);
    let d1 = column(p0, p1, p2, p3, p4, table + 16);
    let d2 = column(p0, p1, p2, p3, p4, table + 32);
    let d3 = column(p0, p1, p2, p3, p4, table + 48);
    let d4 = column(p0, p1, p2, p3, p4, table + 64);
    let d5 = column(p0, p1, p2, p3, p4, table + 80);
    let d6 = column(p0, p1, p2, p3, p4, table + 96);
    let d7 = column(p0, p1, p2, p3, p4, table + 112);
    let d8 = column(p0, p1, p2, p3, p4, table + 128);
    let d9 = column(p0, p1, p2, p3, p4, table + 144);
    if (from < end) {
      // Word i of four blocks in one vector, then 26 bits at a time onto the even columns.
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const e = v128.load(from, 32);
      const f = v128.load(from, 48);
      const ab01 = i32x4.shuffle(a, b, 0, 4, 1, 5);
      const ab23 = i32x4.shuffle(a, b, 2, 6, 3, 7);
      const ef01 = i32x4.shuffle(e, f, 0, 4, 1, 5);
      const ef23 = i32x4.shuffle(e, f, 2, 6, 3, 7);
      const w0 = i64x2.shuffle(ab01, ef01, 0, 2);
      const w1 = i64x2.shuffle(ab01, ef01, 1, 3);
      const w2 = i64x2.shuffle(ab23, ef23, 0, 2);
      const w3 = i64x2.shuffle(ab23, ef23, 1, 3);
      d0 = add(d0, and(w0, LOW_26));
      d2 = add(d2, and(or(i32x4.shr_u(w0, 26), i32x4.shl(w1, 6)), LOW_26));
      d4 = add(d4, and(or(i32x4.shr_u(w1, 20), i32x4.shl(w2, 12)), LOW_26));
      d6 = add(d6, and(or(i32x4.shr_u(w2, 14), i32x4.shl(w3, 18)), LOW_26));
      d8 = add(d8, or(i32x4.shr_u(w3, 8), TOP_BIT));
    }
    // Two chains of carries take turns, from d4 and from d0; what leaves d9 at 2^130 comes back times 5.
    d5 = add(d5, high(d4)); d4 = low(d4);
    d1 = add(d1, high(d0)); d0 = low(d0);
    d6 = add(d6, high(d5)); d5 = low(d5);
    d2 = add(d2, high(d1)); d1 = low(d1);
    d7 = add(d7, high(d6)); d6 = low(d6);
    d3 = add(d3, high(d2)); d2 = low(d2);
    d8 = add(d8, high(d7)); d7 = low(d7);
    d4 = add(d4, high(d3)); d3 = low(d3);
    d9 = add(d9, high(d8)); d8 = low(d8);
    d5 = add(d5, high(d4)); d4 = low(d4);
    c = high(d9); d9 = low(d9); d0 = add(d0, add(c, i32x4.shl(c, 2)));
    d1 = add(d1, high(d0)); d0 = low(d0);
    if (from == end) {
      addUp(d0, d1, d2, d3, d4, d5, d6, d7, d8, d9);
      return;
    }
    p0 = pack(d0, d1);
    p1 = pack(d2, d3);
    p2 = pack(d4, d5);
    p3 = pack(d6, d7);
    p4 = pack(d8, d9);
    from += 64;
    if (from == end) table = LAST;
  }
}

/** Forgets what {@link polyWide} has made of r. */
export function polyWideWipe(): void {
  memory.fill(STEP, 0, 18 * 16);
  memory.fill(LAST, 0, 18 * 16);
  memory.fill(POWERS, 0, 4 * 40);
}
