/*
 * Numbers modulo L = 2^252 + 27742317777372353535851937790883648493, the order of the base point: 32-bit words from the lowest,
 * in the order of memory, so bytes, little-endian, are words already. Loops run over all words whatever these hold.
 */

/** L, nine words. */
const L: usize = memory.data<u32>([
  0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0x00000000, 0x00000000, 0x00000000, 0x10000000, 0x00000000,
], 16);
/** floor(2^512 / L), nine words. */
const MU: usize = memory.data<u32>([
  0x0a2c131b, 0xed9ce5a3, 0x086329a7, 0x2106215d, 0xffffffeb, 0xffffffff, 0xffffffff, 0xffffffff, 0x0000000f,
], 16);

const QUOTIENT: usize = memory.data(18 * 4, 16);
const PRODUCT: usize = memory.data(18 * 4, 16);
const REST: usize = memory.data(9 * 4, 16);
const TRIAL: usize = memory.data(9 * 4, 16);

/** The lowest `words` of a * b, numbers of `n` and `m` words. Each step stays below 2^64: (2^32 - 1)^2 + 2 (2^32 - 1). */
function multiplyWords(out: usize, words: i32, a: usize, n: i32, b: usize, m: i32): void {
  memory.fill(out, 0, words << 2);
  for (let i = 0; i < n; i++) {
    let carry: u64 = 0;
    const factor: u64 = load<u32>(a + (i << 2));
    const end = min(m, words - i);
    for (let j = 0; j < end; j++) {
      const at = out + ((i + j) << 2);
      const sum = factor * <u64>load<u32>(b + (j << 2)) + <u64>load<u32>(at) + carry;
      store<u32>(at, <u32>sum);
      carry = sum >> 32;
    }
    if (i + m < words) store<u32>(out + ((i + m) << 2), <u32>carry);
  }
}

/** a - b of nine words, modulo 2^288; gives 1 where a < b. */
function subtractWords(out: usize, a: usize, b: usize): u64 {
  let borrow: u64 = 0;
  for (let i = 0; i < 36; i += 4) {
    const difference = <u64>load<u32>(a + i) - <u64>load<u32>(b + i) - borrow;
    store<u32>(out + i, <u32>difference);
    borrow = difference >> 63;
  }
  return borrow;
}

/** `rest` less L where that is not negative. */
function subtractOnce(): void {
  const keep = <u32>(0 - subtractWords(TRIAL, REST, L));
  for (let i = 0; i < 36; i += 4) {
    const at = REST + i;
    store<u32>(at, (load<u32>(at) & keep) | (load<u32>(TRIAL + i) & ~keep));
  }
}

/**
 * `out` = 16 words modulo L, in eight words (Barrett; Handbook of Applied Cryptography 14.42 with base 2^32 and k = 8). The
 * quotient from the upper words and MU is too small by 2 at most, so what is left is below 3 L and fits nine words.
 */
export function reduceWide(out: usize, wide: usize): void {
  multiplyWords(QUOTIENT, 18, wide + 7 * 4, 9, MU, 9);
  multiplyWords(PRODUCT, 9, QUOTIENT + 9 * 4, 9, L, 9);
  subtractWords(REST, wide, PRODUCT);
  subtractOnce();
  subtractOnce();
  memory.copy(out, REST, 32);
}

const SUM: usize = memory.data(16 * 4, 16);

/** `out` = a * b + c modulo L. All are of eight words; a * b + c is below 2^512, as c < L and one factor is below 2^255. */
export function multiplyAdd(out: usize, a: usize, b: usize, c: usize): void {
  multiplyWords(SUM, 16, a, 8, b, 8);
  let carry: u64 = 0;
  for (let i = 0; i < 64; i += 4) {
    carry += <u64>load<u32>(SUM + i) + (i < 32 ? <u64>load<u32>(c + i) : 0);
    store<u32>(SUM + i, <u32>carry);
    carry >>= 32;
  }
  reduceWide(out, SUM);
}

/** Whether 32 bytes are below L; they are public. */
export function isReduced(scalar: usize): bool {
  memory.copy(REST, scalar, 32);
  store<u32>(REST, 0, 32);
  return subtractWords(TRIAL, REST, L) == 1;
}

export function scalarWipe(): void {
  memory.fill(QUOTIENT, 0, 72);
  memory.fill(PRODUCT, 0, 72);
  memory.fill(REST, 0, 36);
  memory.fill(TRIAL, 0, 36);
  memory.fill(SUM, 0, 64);
}
