/*
 * Multiples of the base point from a table, for secret scalars. A scalar is written in 64 digits from -8 to 8 of base 16. Row
 * j of the table has 1 to 8 times 16^(4 j) B, so each row serves four digits, 4 j + i, and the sum over i = 3, 2, 1, 0 is put
 * together with four doublings in between: 64 additions, 12 doublings.
 *
 * The table is made when it is first needed: 128 points, each three numbers (y + x, y - x, 2 d x y) of ten limbs of 32 bits,
 * in which carried limbs fit, 128 bytes in all with the padding.
 */
import {
  add, addAffine, double, edwardsWipe, makeAffine, POINT_SIZE, prepareToAdd, setNeutral, T, X, Y, Z,
} from './edwards25519.ts';
import { FE, feInvert, feMultiply, feRead, feSwap, feWipe } from './field25519.ts';

const ROWS: usize = 16;
const IN_ROW: usize = 8;
const ENTRY: usize = 128;
const TABLE: usize = memory.data(16 * 8 * 128, 16);
let made: bool = false;

/** The base point (RFC 8032 5.1): y = 4/5, and the even x. Words from the lowest. */
const BASE_X: usize = memory.data<u64>([0xc9562d608f25d51a, 0x692cc7609525a7b2, 0xc0a4e231fdd6dc5c, 0x216936d3cd6e53fe], 16);
const BASE_Y: usize = memory.data<u64>([0x6666666666666658, 0x6666666666666666, 0x6666666666666666, 0x6666666666666666], 16);

/** Points are made affine 32 at a time, four rows. */
const BATCH: usize = 32;
const POINTS: usize = memory.data(32 * 320, 16);
const PREFIXES: usize = memory.data(32 * 80, 16);
const PREPARED: usize = memory.data(320, 16);
const INVERSE: usize = memory.data(80, 16);
const NEXT_INVERSE: usize = memory.data(80, 16);

/** A digit's entry as it stands in the table, and with limbs of 64 bits. */
const PACKED: usize = memory.data(128, 16);
const CHOSEN: usize = memory.data(240, 16);
const DIGITS: usize = memory.data(64, 16);

export function setBase(point: usize): void {
  feRead(point + X, BASE_X);
  feRead(point + Y, BASE_Y);
  memory.fill(point + Z, 0, FE);
  store<i64>(point + Z, 1);
  feMultiply(point + T, point + X, point + Y);
}

function pack(to: usize): void {
  for (let i: usize = 0; i < 30; i++) store<i32>(to + (i << 2), <i32>load<i64>(CHOSEN + (i << 3)));
}

function unpack(from: usize): void {
  for (let i: usize = 0; i < 30; i += 2) v128.store(CHOSEN + (i << 3), v128.load32x2_s(from + (i << 2)));
}

/** Entries `first` on from the points, with one inversion: of the product of all Z, taken apart from its end. */
function packBatch(first: usize): void {
  memory.copy(PREFIXES, POINTS + Z, FE);
  for (let i: usize = 1; i < BATCH; i++) {
    feMultiply(PREFIXES + i * FE, PREFIXES + (i - 1) * FE, POINTS + i * POINT_SIZE + Z);
  }
  feInvert(INVERSE, PREFIXES + (BATCH - 1) * FE);
  for (let i: usize = BATCH - 1; i > 0; i--) {
    // INVERSE is 1 over the product of the first i + 1; PREFIXES has the product of the first i.
    feMultiply(NEXT_INVERSE, INVERSE, POINTS + i * POINT_SIZE + Z);
    feMultiply(INVERSE, INVERSE, PREFIXES + (i - 1) * FE);
    makeAffine(CHOSEN, POINTS + i * POINT_SIZE, INVERSE);
    pack(TABLE + (first + i) * ENTRY);
    memory.copy(INVERSE, NEXT_INVERSE, FE);
  }
  makeAffine(CHOSEN, POINTS, INVERSE);
  pack(TABLE + first * ENTRY);
}

function makeTable(): void {
  setBase(POINTS);
  for (let row: usize = 0; row < ROWS; row++) {
    const at = POINTS + (row % 4) * IN_ROW * POINT_SIZE;
    prepareToAdd(PREPARED, at);
    for (let i: usize = 1; i < IN_ROW; i++) add(at + i * POINT_SIZE, at + (i - 1) * POINT_SIZE, PREPARED, false);
    if (row % 4 == 3) packBatch((row - 3) * IN_ROW);
    // From 8 times this row's point to 16^4 times, the next row's.
    const next = POINTS + ((row + 1) % 4) * IN_ROW * POINT_SIZE;
    memory.copy(next, at + (IN_ROW - 1) * POINT_SIZE, POINT_SIZE);
    for (let i = 0; i < 13; i++) double(next, next, true);
  }
  made = true;
}

/** CHOSEN = |digit| times the row's point: all entries are read, whichever it is. 0 is the neutral element: 1, 1, 0. */
function choose(row: usize, digit: i32): void {
  const negative: u32 = <u32>digit >> 31;
  const size = (digit ^ -(<i32>negative)) + <i32>negative;
  const none = i32x4.splat(-i32(size == 0));
  let e0 = v128.and(none, i32x4(1, 0, 0, 0));
  let e1 = i32x4.splat(0);
  let e2 = v128.and(none, i32x4(0, 0, 1, 0));
  let e3 = i32x4.splat(0);
  let e4 = i32x4.splat(0);
  let e5 = i32x4.splat(0);
  let e6 = i32x4.splat(0);
  let e7 = i32x4.splat(0);
  for (let i: i32 = 1; i <= 8; i++, row += ENTRY) {
    const wanted = i32x4.splat(-i32(size == i));
    e0 = v128.or(e0, v128.and(wanted, v128.load(row)));
    e1 = v128.or(e1, v128.and(wanted, v128.load(row, 16)));
    e2 = v128.or(e2, v128.and(wanted, v128.load(row, 32)));
    e3 = v128.or(e3, v128.and(wanted, v128.load(row, 48)));
    e4 = v128.or(e4, v128.and(wanted, v128.load(row, 64)));
    e5 = v128.or(e5, v128.and(wanted, v128.load(row, 80)));
    e6 = v128.or(e6, v128.and(wanted, v128.load(row, 96)));
    e7 = v128.or(e7, v128.and(wanted, v128.load(row, 112)));
  }
  v128.store(PACKED, e0);
  v128.store(PACKED, e1, 16);
  v128.store(PACKED, e2, 32);
  v128.store(PACKED, e3, 48);
  v128.store(PACKED, e4, 64);
  v128.store(PACKED, e5, 80);
  v128.store(PACKED, e6, 96);
  v128.store(PACKED, e7, 112);
  unpack(PACKED);
  // The opposite point: the first two numbers exchanged, the third negated.
  feSwap(CHOSEN, CHOSEN + FE, negative);
  const mask = i64x2.splat(-(<i64>negative));
  for (let at = CHOSEN + 2 * FE; at < CHOSEN + 3 * FE; at += 16) {
    v128.store(at, i64x2.sub(v128.xor(v128.load(at), mask), mask));
  }
}

/** DIGITS from 32 bytes below 2^255: each from -8 to 7, but the last, which takes the carry and is at most 8. */
function digits(scalar: usize): void {
  let carry: i32 = 0;
  for (let i: usize = 0; i < 64; i++) {
    const digit = ((load<u8>(scalar + (i >> 1)) >> <u8>((i & 1) << 2)) & 15) + carry;
    carry = ((digit + 8) >> 4) & i32(i < 63);
    store<i8>(DIGITS + i, <i8>(digit - (carry << 4)));
  }
}

/** `out` = scalar times the base point; the scalar is 32 bytes, below 2^255. */
export function multiplyBasePoint(out: usize, scalar: usize): void {
  if (!made) makeTable();
  digits(scalar);
  setNeutral(out);
  for (let place: usize = 4; place-- > 0; ) {
    if (place < 3) {
      for (let i = 0; i < 4; i++) double(out, out, i == 3);
    }
    for (let row: usize = 0; row < ROWS; row++) {
      choose(TABLE + row * IN_ROW * ENTRY, load<i8>(DIGITS + 4 * row + place));
      addAffine(out, out, CHOSEN, false);
    }
  }
}

/** CHOSEN and what is left of it, the digits, and sums. */
export function baseWipe(): void {
  memory.fill(PACKED, 0, 128);
  memory.fill(CHOSEN, 0, 240);
  memory.fill(DIGITS, 0, 64);
  edwardsWipe();
  feWipe();
}
