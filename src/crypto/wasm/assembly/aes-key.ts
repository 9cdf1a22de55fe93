/*
 * The AES key schedule (FIPS 197 5.2) in constant time. A key is expanded once per connection, so the S-box is computed
 * as it is defined, not by gates: the inverse in GF(2^8) as x^254, then the affine map, on sixteen bytes at once, of
 * which four matter. That makes it a second opinion on the circuit in aes-ctr.ts, too.
 */
import { and, xor } from './vector.ts';

/** Sixteen bytes of GF(2^8), each times x. */
export function double(x: v128): v128 {
  // A comparison makes a mask of each byte's highest bit; processors have no shifts of bytes.
  return xor(i8x16.add(x, x), and(i8x16.lt_s(x, i64x2.splat(0)), i8x16.splat(0x1b)));
}

/** Sixteen products in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function multiply(a: v128, b: v128): v128 {
  let product: v128 = i64x2.splat(0);
  for (let bit = 0; bit < 8; bit++) {
    // The highest bit of b first: double what there is, and add a where the bit is set.
    product = xor(double(product), and(a, i8x16.lt_s(b, i64x2.splat(0))));
    b = i8x16.add(b, b);
  }
  return product;
}

function rotate(x: v128, by: i32): v128 {
  return v128.or(i8x16.shl(x, by), i8x16.shr_u(x, 8 - by));
}

/** The S-box of sixteen bytes (FIPS 197 5.1.1). */
export function subBytes(x: v128): v128 {
  // 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128
  let power = multiply(x, x);
  let inverse = power;
  for (let i = 0; i < 6; i++) {
    power = multiply(power, power);
    inverse = multiply(inverse, power);
  }
  let out = xor(inverse, i8x16.splat(0x63));
  for (let by = 1; by <= 4; by++) out = xor(out, rotate(inverse, by));
  return out;
}

function subWord(word: u32): u32 {
  return i32x4.extract_lane(subBytes(i32x4.splat(word)), 0);
}

/** Expands a key of 16 or 32 bytes; words are little-endian here, so the first byte is the lowest. Gives the rounds. */
export function expandKey(keys: usize, key: usize, keyLength: i32): i32 {
  const words = keyLength >> 2;
  const rounds = words + 6;
  memory.copy(keys, key, keyLength);
  let constant: u32 = 1;
  for (let i = words; i < 4 * (rounds + 1); i++) {
    let word = load<u32>(keys + ((i - 1) << 2));
    if (i % words == 0) {
      word = subWord(rotr<u32>(word, 8)) ^ constant;
      constant = (constant << 1) ^ ((constant >> 7) * 0x11b);
    } else if (words > 6 && i % words == 4) {
      word = subWord(word);
    }
    store<u32>(keys + (i << 2), load<u32>(keys + ((i - words) << 2)) ^ word);
  }
  return rounds;
}
