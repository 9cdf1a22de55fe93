/*
 * GHASH (NIST SP 800-38D 6.4) without a table in memory at a secret index: a table of sixteen bytes is one vector, and
 * i8x16.swizzle looks sixteen nibbles up in it at once, in registers and in constant time.
 *
 * In GCM's order of bits, bit 7 of byte 0 is x^0. For a power P of the hash key and each byte position b of a product,
 * row b holds two vectors: entry n of the first is byte b of n(x) P, where n stands for the high nibble of a byte (its
 * bits are x^0 to x^3), of the second likewise for the low nibble (x^4 to x^7); both reduced. Looking all sixteen bytes
 * of a block up in row b gives, in lane j, what byte j adds to byte j + b of the product. So the rows are gathered from
 * b = 15 down: move the sum up by a byte, then add the row. What passes byte 15 is x^128 and above and is folded once.
 *
 * Four blocks are gathered together, with H^4, H^3, H^2 and H, and share moving and folding.
 */
import { and, or, xor } from './vector.ts';

const BLOCKS: i32 = 4;
const TABLE_LENGTH: i32 = 512;
/** Of H^4, H^3, H^2, H, in the order of the blocks that they meet. */
export const TABLES_LENGTH: i32 = BLOCKS * TABLE_LENGTH;
const LAST_ROW: i32 = TABLE_LENGTH - 32;
const LOW_NIBBLE: v128 = i8x16.splat(0x0f);
/** Byte j from byte j - 1, and 0 first. */
const NEXT_BYTE: v128 = i8x16(<i8>0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);

/** Multiples of a power while its table is written: sixteen of high nibbles, sixteen of low ones. */
const MULTIPLES: usize = memory.data(512, 16);

/** Writes the table of one power, in constant time. */
function writeTable(table: usize, power: v128): void {
  // x^0 is the highest bit of `high`, x^127 the lowest of `low`.
  let high = bswap<u64>(i64x2.extract_lane(power, 0));
  let low = bswap<u64>(i64x2.extract_lane(power, 1));
  for (let half = 0; half < 2; half++) {
    const multiples = MULTIPLES + (half << 8);
    v128.store(multiples, i64x2.splat(0));
    for (let bit = 8; bit > 0; bit >>= 1) {
      store<u64>(multiples + (bit << 4), bswap<u64>(high));
      store<u64>(multiples + (bit << 4), bswap<u64>(low), 8);
      // Times x; what reaches x^128 becomes 1 + x + x^2 + x^7.
      const carry: u64 = 0 - (low & 1);
      low = (low >> 1) | (high << 63);
      high = (high >> 1) ^ (carry & 0xe100000000000000);
    }
    for (let n = 3; n < 16; n++) {
      const single = n & -n;
      if (n == single) continue;
      const rest = v128.load(multiples + ((n ^ single) << 4));
      v128.store(multiples + (n << 4), xor(v128.load(multiples + (single << 4)), rest));
    }
    for (let b = 0; b < 16; b++) {
      const row = table + (b << 5) + (half << 4);
      for (let n = 0; n < 16; n++) store<u8>(row + n, load<u8>(multiples + (n << 4) + b));
    }
  }
  memory.fill(MULTIPLES, 0, 512);
}

/** Writes the tables of all powers of the hash key. */
export function ghashTables(tables: usize, hashKey: v128): void {
  const last = tables + TABLES_LENGTH - TABLE_LENGTH;
  let power = hashKey;
  writeTable(last, power);
  for (let i = 1; i < BLOCKS; i++) {
    power = multiply(power, last);
    writeTable(last - i * TABLE_LENGTH, power);
  }
}

function lowNibbles(block: v128): v128 {
  return and(block, LOW_NIBBLE);
}

function highNibbles(block: v128): v128 {
  return i8x16.shr_u(block, 4);
}

/** Moves a sum up by one byte: its upper half takes in the last byte of the lower. */
function moveHigh(low: v128, high: v128): v128 {
  return v128.shuffle<i8>(low, high, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

function moveLow(low: v128): v128 {
  return v128.shuffle<i8>(i64x2.splat(0), low, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
}

/** `high` stands for x^128 and above: times 1 + x + x^2 + x^7 it joins `low`. Its last byte is 0, so nothing is lost. */
function fold(low: v128, high: v128): v128 {
  // Times x^k: each byte takes in k bits of the byte before it.
  const before = i8x16.swizzle(high, NEXT_BYTE);
  let sum = xor(low, high);
  sum = xor(sum, or(i8x16.shr_u(high, 1), i8x16.shl(before, 7)));
  sum = xor(sum, or(i8x16.shr_u(high, 2), i8x16.shl(before, 6)));
  return xor(sum, or(i8x16.shr_u(high, 7), i8x16.shl(before, 1)));
}

/** One block times the power whose table this is. */
function multiply(block: v128, table: usize): v128 {
  const n0 = lowNibbles(block);
  const h0 = highNibbles(block);
  let low: v128 = i64x2.splat(0);
  let high: v128 = low;
  for (let row = table + LAST_ROW; row >= table; row -= 32) {
    high = moveHigh(low, high);
    low = moveLow(low);
    low = xor(low, i8x16.swizzle(v128.load(row), h0));
    low = xor(low, i8x16.swizzle(v128.load(row, 16), n0));
  }
  return fold(low, high);
}

/** Absorbs `length` bytes, a multiple of 16, into `sum`. */
export function ghash(tables: usize, sum: v128, from: usize, length: i32): v128 {
  const end = from + length;
  for (; from + 64 <= end; from += 64) {
    const b0 = xor(v128.load(from), sum);
    const b1 = v128.load(from, 16);
    const b2 = v128.load(from, 32);
    const b3 = v128.load(from, 48);
    const n0 = lowNibbles(b0);
    const h0 = highNibbles(b0);
    const n1 = lowNibbles(b1);
    const h1 = highNibbles(b1);
    const n2 = lowNibbles(b2);
    const h2 = highNibbles(b2);
    const n3 = lowNibbles(b3);
    const h3 = highNibbles(b3);
    let low: v128 = i64x2.splat(0);
    let high: v128 = low;
    // One chain of additions for a row: a tree would need more registers than there are. It joins the sum at its end,
    // so that a row need not wait for the one before it.
    for (let row = tables + LAST_ROW; row >= tables; row -= 32) {
      let gathered = i8x16.swizzle(v128.load(row), h0);
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 16), n0));
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 512), h1));
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 528), n1));
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 1024), h2));
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 1040), n2));
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 1536), h3));
      gathered = xor(gathered, i8x16.swizzle(v128.load(row, 1552), n3));
      high = moveHigh(low, high);
      low = xor(moveLow(low), gathered);
    }
    sum = fold(low, high);
  }
  const last = tables + TABLES_LENGTH - TABLE_LENGTH;
  for (; from < end; from += 16) sum = multiply(xor(sum, v128.load(from)), last);
  return sum;
}
