/*
 * Numbers modulo p = 2^255 - 19: ten signed limbs of 64 bits, of which limb i stands at 2^ceil(25.5 i), so that even
 * limbs hold 26 bits and odd ones 25. Two odd limbs meet one bit above their column, hence their doubled products; what
 * reaches 2^255 comes back times 19.
 *
 * "Carried" means: even limbs in [0, 2^26), odd ones in [0, 2^25), but h1 and h6, which may be outside by 2^16.
 * Products carry their result. Sums and differences do not: they have as many terms as carried numbers went into them.
 * Numbers of m and n terms may be multiplied where m n <= 12. A column then is at most
 * m n 2^52.01 (1 + 38 * 5 / 4 + 19 * 4) < 2^62.6, the carries into it are below 2^42, and all of it stays in 64 bits. Of
 * the carries out of columns the greatest is 2^62.6 / 2^25 = 2^37.6 (times 19 from h9 to h0: 2^41.9); h0 and h5 are
 * carried a second time, which leaves h1 and h6 less than 2^16 outside.
 */
const LOW_26: i64 = 0x3ffffff;
const LOW_25: i64 = 0x1ffffff;
/** Bytes of a number. */
export const FE: usize = 80;

const T0: usize = memory.data(80, 16);
const T1: usize = memory.data(80, 16);
const T2: usize = memory.data(80, 16);
const T3: usize = memory.data(80, 16);

function bitsOf(limb: i32): i32 {
  return (limb & 1) == 0 ? 26 : 25;
}

/** `out` may be any of the factors. */
export function feMultiply(out: usize, f: usize, g: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16); const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32);
  const f5 = load<i64>(f, 40); const f6 = load<i64>(f, 48); const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64); const f9 = load<i64>(f, 72);
  const g0 = load<i64>(g, 0); const g1 = load<i64>(g, 8); const g2 = load<i64>(g, 16); const g3 = load<i64>(g, 24); const g4 = load<i64>(g, 32);
  const g5 = load<i64>(g, 40); const g6 = load<i64>(g, 48); const g7 = load<i64>(g, 56); const g8 = load<i64>(g, 64); const g9 = load<i64>(g, 72);
  const n1 = g1 * 19; const n2 = g2 * 19; const n3 = g3 * 19; const n4 = g4 * 19; const n5 = g5 * 19;
  const n6 = g6 * 19; const n7 = g7 * 19; const n8 = g8 * 19; const n9 = g9 * 19;
  const d1 = f1 << 1; const d3 = f3 << 1; const d5 = f5 << 1; const d7 = f7 << 1; const d9 = f9 << 1;
  let h0 = f0 * g0 + d1 * n9 + f2 * n8 + d3 * n7 + f4 * n6 + d5 * n5 + f6 * n4 + d7 * n3 + f8 * n2 + d9 * n1;
  let h1 = f0 * g1 + f1 * g0 + f2 * n9 + f3 * n8 + f4 * n7 + f5 * n6 + f6 * n5 + f7 * n4 + f8 * n3 + f9 * n2;
  let h2 = f0 * g2 + d1 * g1 + f2 * g0 + d3 * n9 + f4 * n8 + d5 * n7 + f6 * n6 + d7 * n5 + f8 * n4 + d9 * n3;
  let h3 = f0 * g3 + f1 * g2 + f2 * g1 + f3 * g0 + f4 * n9 + f5 * n8 + f6 * n7 + f7 * n6 + f8 * n5 + f9 * n4;
  let h4 = f0 * g4 + d1 * g3 + f2 * g2 + d3 * g1 + f4 * g0 + d5 * n9 + f6 * n8 + d7 * n7 + f8 * n6 + d9 * n5;
  let h5 = f0 * g5 + f1 * g4 + f2 * g3 + f3 * g2 + f4 * g1 + f5 * g0 + f6 * n9 + f7 * n8 + f8 * n7 + f9 * n6;
  let h6 = f0 * g6 + d1 * g5 + f2 * g4 + d3 * g3 + f4 * g2 + d5 * g1 + f6 * g0 + d7 * n9 + f8 * n8 + d9 * n7;
  let h7 = f0 * g7 + f1 * g6 + f2 * g5 + f3 * g4 + f4 * g3 + f5 * g2 + f6 * g1 + f7 * g0 + f8 * n9 + f9 * n8;
  let h8 = f0 * g8 + d1 * g7 + f2 * g6 + d3 * g5 + f4 * g4 + d5 * g3 + f6 * g2 + d7 * g1 + f8 * g0 + d9 * n9;
  let h9 = f0 * g9 + f1 * g8 + f2 * g7 + f3 * g6 + f4 * g5 + f5 * g4 + f6 * g3 + f7 * g2 + f8 * g1 + f9 * g0;
  let c: i64;
  c = h0 >> 26; h0 &= LOW_26; h1 += c;
  c = h5 >> 25; h5 &= LOW_25; h6 += c;
  c = h1 >> 25; h1 &= LOW_25; h2 += c;
  c = h6 >> 26; h6 &= LOW_26; h7 += c;
  c = h2 >> 26; h2 &= LOW_26; h3 += c;
  c = h7 >> 25; h7 &= LOW_25; h8 += c;
  c = h3 >> 25; h3 &= LOW_25; h4 += c;
  c = h8 >> 26; h8 &= LOW_26; h9 += c;
  c = h4 >> 26; h4 &= LOW_26; h5 += c;
  c = h9 >> 25; h9 &= LOW_25; h0 += c * 19;
  c = h5 >> 25; h5 &= LOW_25; h6 += c;
  c = h0 >> 26; h0 &= LOW_26; h1 += c;
  store<i64>(out, h0, 0); store<i64>(out, h1, 8); store<i64>(out, h2, 16); store<i64>(out, h3, 24); store<i64>(out, h4, 32);
  store<i64>(out, h5, 40); store<i64>(out, h6, 48); store<i64>(out, h7, 56); store<i64>(out, h8, 64); store<i64>(out, h9, 72);
}

export function feSquare(out: usize, f: usize): void {
  const f0 = load<i64>(f, 0); const f1 = load<i64>(f, 8); const f2 = load<i64>(f, 16); const f3 = load<i64>(f, 24); const f4 = load<i64>(f, 32);
  const f5 = load<i64>(f, 40); const f6 = load<i64>(f, 48); const f7 = load<i64>(f, 56); const f8 = load<i64>(f, 64); const f9 = load<i64>(f, 72);
  const d0 = f0 << 1; const d1 = f1 << 1; const d2 = f2 << 1; const d3 = f3 << 1; const d4 = f4 << 1;
  const d5 = f5 << 1; const d6 = f6 << 1; const d7 = f7 << 1; const d8 = f8 << 1; const d9 = f9 << 1;
  const n5 = f5 * 19; const n6 = f6 * 19; const n7 = f7 * 19; const n8 = f8 * 19; const n9 = f9 * 19;
  const m5 = n5 << 1; const m7 = n7 << 1; const m9 = n9 << 1;
  let h0 = f0 * f0 + d1 * m9 + d2 * n8 + d3 * m7 + d4 * n6 + d5 * n5;
  let h1 = d0 * f1 + d2 * n9 + d3 * n8 + d4 * n7 + d5 * n6;
  let h2 = d0 * f2 + d1 * f1 + d3 * m9 + d4 * n8 + d5 * m7 + f6 * n6;
  let h3 = d0 * f3 + d1 * f2 + d4 * n9 + d5 * n8 + d6 * n7;
  let h4 = d0 * f4 + d1 * d3 + f2 * f2 + d5 * m9 + d6 * n8 + d7 * n7;
  let h5 = d0 * f5 + d1 * f4 + d2 * f3 + d6 * n9 + d7 * n8;
  let h6 = d0 * f6 + d1 * d5 + d2 * f4 + d3 * f3 + d7 * m9 + f8 * n8;
  let h7 = d0 * f7 + d1 * f6 + d2 * f5 + d3 * f4 + d8 * n9;
  let h8 = d0 * f8 + d1 * d7 + d2 * f6 + d3 * d5 + f4 * f4 + d9 * n9;
  let h9 = d0 * f9 + d1 * f8 + d2 * f7 + d3 * f6 + d4 * f5;
  let c: i64;
  c = h0 >> 26; h0 &= LOW_26; h1 += c;
  c = h5 >> 25; h5 &= LOW_25; h6 += c;
  c = h1 >> 25; h1 &= LOW_25; h2 += c;
  c = h6 >> 26; h6 &= LOW_26; h7 += c;
  c = h2 >> 26; h2 &= LOW_26; h3 += c;
  c = h7 >> 25; h7 &= LOW_25; h8 += c;
  c = h3 >> 25; h3 &= LOW_25; h4 += c;
  c = h8 >> 26; h8 &= LOW_26; h9 += c;
  c = h4 >> 26; h4 &= LOW_26; h5 += c;
  c = h9 >> 25; h9 &= LOW_25; h0 += c * 19;
  c = h5 >> 25; h5 &= LOW_25; h6 += c;
  c = h0 >> 26; h0 &= LOW_26; h1 += c;
  store<i64>(out, h0, 0); store<i64>(out, h1, 8); store<i64>(out, h2, 16); store<i64>(out, h3, 24); store<i64>(out, h4, 32);
  store<i64>(out, h5, 40); store<i64>(out, h6, 48); store<i64>(out, h7, 56); store<i64>(out, h8, 64); store<i64>(out, h9, 72);
}

/** Times a small constant, below 2^17. */
export function feScale(out: usize, f: usize, by: i64): void {
  let h0 = load<i64>(f, 0) * by; let h1 = load<i64>(f, 8) * by; let h2 = load<i64>(f, 16) * by; let h3 = load<i64>(f, 24) * by; let h4 = load<i64>(f, 32) * by;
  let h5 = load<i64>(f, 40) * by; let h6 = load<i64>(f, 48) * by; let h7 = load<i64>(f, 56) * by; let h8 = load<i64>(f, 64) * by; let h9 = load<i64>(f, 72) * by;
  let c: i64;
  c = h0 >> 26; h0 &= LOW_26; h1 += c;
  c = h5 >> 25; h5 &= LOW_25; h6 += c;
  c = h1 >> 25; h1 &= LOW_25; h2 += c;
  c = h6 >> 26; h6 &= LOW_26; h7 += c;
  c = h2 >> 26; h2 &= LOW_26; h3 += c;
  c = h7 >> 25; h7 &= LOW_25; h8 += c;
  c = h3 >> 25; h3 &= LOW_25; h4 += c;
  c = h8 >> 26; h8 &= LOW_26; h9 += c;
  c = h4 >> 26; h4 &= LOW_26; h5 += c;
  c = h9 >> 25; h9 &= LOW_25; h0 += c * 19;
  c = h5 >> 25; h5 &= LOW_25; h6 += c;
  c = h0 >> 26; h0 &= LOW_26; h1 += c;
  store<i64>(out, h0, 0); store<i64>(out, h1, 8); store<i64>(out, h2, 16); store<i64>(out, h3, 24); store<i64>(out, h4, 32);
  store<i64>(out, h5, 40); store<i64>(out, h6, 48); store<i64>(out, h7, 56); store<i64>(out, h8, 64); store<i64>(out, h9, 72);
}

export function feAdd(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.add(v128.load(f + i), v128.load(g + i)));
}

export function feSubtract(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.sub(v128.load(f + i), v128.load(g + i)));
}

/** Exchanges two numbers when `bit` is 1, and reads and writes the same when it is 0. */
export function feSwap(f: usize, g: usize, bit: u32): void {
  const mask = i64x2.splat(-<i64>bit);
  for (let i: usize = 0; i < FE; i += 16) {
    const a = v128.load(f + i);
    const b = v128.load(g + i);
    const difference = v128.and(v128.xor(a, b), mask);
    v128.store(f + i, v128.xor(a, difference));
    v128.store(g + i, v128.xor(b, difference));
  }
}

function squareTimes(out: usize, f: usize, times: i32): void {
  feSquare(out, f);
  for (; times > 1; times--) feSquare(out, out);
}

/** z^(2^250 - 1) in T1 and z^11 in T0. Comments give the exponent that a variable holds. */
function power250(z: usize): void {
  feSquare(T0, z); // 2
  squareTimes(T1, T0, 2); // 8
  feMultiply(T1, z, T1); // 9
  feMultiply(T0, T0, T1); // 11
  feSquare(T2, T0); // 22
  feMultiply(T1, T1, T2); // 31 = 2^5 - 1
  squareTimes(T2, T1, 5);
  feMultiply(T1, T2, T1); // 2^10 - 1
  squareTimes(T2, T1, 10);
  feMultiply(T2, T2, T1); // 2^20 - 1
  squareTimes(T3, T2, 20);
  feMultiply(T2, T3, T2); // 2^40 - 1
  squareTimes(T2, T2, 10);
  feMultiply(T1, T2, T1); // 2^50 - 1
  squareTimes(T2, T1, 50);
  feMultiply(T2, T2, T1); // 2^100 - 1
  squareTimes(T3, T2, 100);
  feMultiply(T2, T3, T2); // 2^200 - 1
  squareTimes(T2, T2, 50);
  feMultiply(T1, T2, T1); // 2^250 - 1
}

/** 1/z as z^(p - 2), p - 2 = 2^255 - 21; 0 for 0. */
export function feInvert(out: usize, z: usize): void {
  power250(z);
  squareTimes(T1, T1, 5); // 2^255 - 2^5
  feMultiply(out, T1, T0); // 2^255 - 21
}

/** z^((p - 5) / 8) = z^(2^252 - 3), which square roots are made of. `out` is not `z`. */
export function fePowerForRoot(out: usize, z: usize): void {
  power250(z);
  squareTimes(T1, T1, 2); // 2^252 - 2^2
  feMultiply(out, T1, z);
}

/** Reads 32 bytes, little-endian; the highest bit is ignored, and numbers from p on are taken (RFC 7748 5). */
export function feRead(out: usize, from: usize): void {
  let bit = 0;
  for (let i = 0; i < 10; i++) {
    const at = bit >> 3;
    let word: u64 = 0;
    for (let k = 0; k < 5 && at + k < 32; k++) word |= <u64>load<u8>(from + at + k) << (k << 3);
    store<i64>(out + (i << 3), <i64>(word >> (bit & 7)) & ((1 << bitsOf(i)) - 1));
    bit += bitsOf(i);
  }
}

/** Writes the one representative below p as 32 bytes. Changes the limbs, not the number, of `f`, which is carried. */
export function feWrite(out: usize, f: usize): void {
  // The first pass takes h1 and h6 in; the value may have been negative or past 2^255 by little, and what it then
  // carries to h0 is at most 19 in size. After the third all limbs are in range, so 0 <= f < 2^255.
  for (let pass = 0; pass < 3; pass++) {
    let carry: i64 = 0;
    for (let i = 0; i < 10; i++) {
      const limb = load<i64>(f + (i << 3)) + carry;
      carry = limb >> bitsOf(i);
      store<i64>(f + (i << 3), limb & ((1 << bitsOf(i)) - 1));
    }
    store<i64>(f, load<i64>(f) + carry * 19);
  }
  // f + 19 reaches 2^255 exactly when f >= p, and is f - p below that.
  let over: i64 = 19;
  for (let i = 0; i < 10; i++) over = (load<i64>(f + (i << 3)) + over) >> bitsOf(i);
  let carry = over * 19;
  let word: u64 = 0;
  let bits = 0;
  for (let i = 0; i < 10; i++) {
    const limb = load<i64>(f + (i << 3)) + carry;
    carry = limb >> bitsOf(i);
    word |= <u64>(limb & ((1 << bitsOf(i)) - 1)) << bits;
    bits += bitsOf(i);
    for (; bits >= 8; bits -= 8, word >>= 8) store<u8>(out++, <u8>word);
  }
  store<u8>(out, <u8>word);
}

/** Forgets what {@link feInvert} left. */
export function feWipe(): void {
  memory.fill(T0, 0, FE);
  memory.fill(T1, 0, FE);
  memory.fill(T2, 0, FE);
  memory.fill(T3, 0, FE);
}
