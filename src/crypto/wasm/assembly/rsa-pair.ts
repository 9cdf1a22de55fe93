/*
 * Numbers modulo the two primes of an RSA key, both at once: vectors have two lanes of 64 bits, the first for p, the second
 * for q. A pair of numbers is `limbs` limbs of 29 bits, an even count; limb i of the first stands at 8 i, that of the second
 * at 8 i + 4, 32 bits each. Montgomery form with R = 2^(29 limbs): x stands as x R. The count is chosen so that R is more than
 * four times each modulus; it is no secret, nor is the length of a prime.
 *
 * Products of numbers below two moduli are below two moduli: (a b + M n) / R with M < R is less than 4 n n / R + n < 2 n.
 *
 * No column overflows 64 bits unsigned. A product of two limbs is less than 2^58, so a column has room for 62 of them beside
 * less than 2^37 that carries bring. A carried column is less than 2^29 + 2^35. Multiplying by two limbs and reducing by two
 * adds four products to a column: 60 in 30 steps of one limb, then columns are carried. Squaring adds two doubled ones and two
 * of the reduction, six: 54 in 18 steps, and four that the first two limbs bring before.
 */
const LOW: v128 = i64x2.splat(0x1fffffff);
const LIMB_BITS: i32 = 29;
/** Steps after which columns are carried. */
const STEPS: usize = 30;
const SQUARE_STEPS: usize = 18;
/** Bytes of the largest pair, 72 limbs: for primes of up to 2086 bits. */
export const MAX_PAIR: usize = 576;

/** The moduli. */
export const N: usize = memory.data(576, 16);
/** -1/n modulo 2^29, in lanes of 64 bits. */
const FACTOR: usize = memory.data(16, 16);
/** R^2: times this, a number enters Montgomery form. */
export const R_SQUARED: usize = memory.data(576, 16);
/** 1 as it is: times this, a number leaves Montgomery form. */
export const UNIT: usize = memory.data(576, 16);
/** Sums of products, a vector for each column. */
const COLUMNS: usize = memory.data(16 * 144, 16);
const DIFFERENCE: usize = memory.data(576, 16);

let limbs: usize = 0;
/** Bytes of a pair. */
let size: usize = 0;

export function pairLimbs(): usize {
  return limbs;
}

export function pairSize(): usize {
  return size;
}

/** Limbs for primes of so many bits at most: even, and with 2 bits of room. */
export function setPairLimbs(bits: usize): void {
  limbs = ((bits + 2 + 28) / 29 + 1) & ~1;
  size = limbs << 3;
}

function low(a: v128, b: v128): v128 { return i64x2.extmul_low_i32x4_u(a, b); }
function high(a: v128, b: v128): v128 { return i64x2.extmul_high_i32x4_u(a, b); }
function add(a: v128, b: v128): v128 { return i64x2.add(a, b); }
/** What, times the modulus, clears the lowest limb of t; as p, q, p, q. */
function digit(t: v128, factor: v128): v128 {
  const m = v128.and(i32x4.mul(t, factor), LOW);
  return i32x4.shuffle(m, m, 0, 2, 0, 2);
}

/** Moves what is above 29 bits one column up, in so many columns and to the one after them. */
function carry(from: usize, count: usize): void {
  let c = i64x2.splat(0);
  const next = from + (count << 4);
  for (let at = from; at < next; at += 16) {
    const t = v128.load(at);
    v128.store(at, add(v128.and(t, LOW), c));
    c = i64x2.shr_u(t, LIMB_BITS);
  }
  v128.store(next, add(v128.load(next), c));
}

/** Carries columns all the way into the limbs of a pair. */
function writePair(out: usize, from: usize, c: v128): void {
  const bytes = size;
  for (let i: usize = 0; i < bytes; i += 8, from += 16) {
    c = add(c, v128.load(from));
    const limb = v128.and(c, LOW);
    v128.store64_lane(out + i, i32x4.shuffle(limb, limb, 0, 2, 0, 2), 0);
    c = i64x2.shr_u(c, LIMB_BITS);
  }
}

/** out = a b / R, below two moduli; `out` may be a factor. Two limbs of a at a time, each followed by its reduction. */
export function pairMultiply(out: usize, a: usize, b: usize): void {
  const bytes = size;
  memory.fill(COLUMNS, 0, bytes << 1);
  const factor = v128.load(FACTOR);
  let steps: usize = 0;
  for (const end = a + bytes; a < end; a += 16) {
    if (steps == STEPS) {
      carry(COLUMNS, limbs - 1);
      steps = 0;
    }
    steps += 2;
    const x = v128.load64_splat(a);
    const z = v128.load64_splat(a, 8);
    let y0 = v128.load(b);
    let n0 = v128.load(N);
    let t = add(v128.load(COLUMNS), low(x, y0));
    const m = digit(t, factor);
    t = add(t, low(m, n0));
    let u = add(add(v128.load(COLUMNS, 16), high(x, y0)), add(high(m, n0), low(z, y0)));
    u = add(u, i64x2.shr_u(t, LIMB_BITS));
    const w = digit(u, factor);
    u = add(u, low(w, n0));
    let c = i64x2.shr_u(u, LIMB_BITS);
    for (let j: usize = 16; j < bytes; j += 16) {
      const y = v128.load(b + j);
      const n = v128.load(N + j);
      const s = COLUMNS + (j << 1);
      v128.store(s - 32, add(add(add(add(add(v128.load(s), c), low(x, y)), low(m, n)), high(z, y0)), high(w, n0)));
      v128.store(s - 16, add(add(add(add(v128.load(s, 16), high(x, y)), high(m, n)), low(z, y)), low(w, n)));
      y0 = y;
      n0 = n;
      c = i64x2.splat(0);
    }
    const last = COLUMNS + (bytes << 1);
    v128.store(last - 32, add(high(z, y0), high(w, n0)));
    v128.store(last - 16, i64x2.splat(0));
  }
  writePair(out, COLUMNS, i64x2.splat(0));
}

/**
 * out = a a / R, below two moduli; `out` may be `a`. Each product of two different limbs is made once, doubled. Limbs i and
 * i + 1 bring products to the columns from 2 i on, while the reduction clears column i, so the products of two limbs are added
 * in one go with the reduction by the two before them.
 */
export function pairSquare(out: usize, a: usize): void {
  const bytes = size;
  memory.fill(COLUMNS, 0, bytes << 2);
  const factor = v128.load(FACTOR);
  const n0 = v128.load(N);
  let d = v128.load(a);
  let x1 = v128.load64_splat(a);
  let z1 = v128.load64_splat(a, 8);
  let x = i32x4.add(x1, x1);
  let z = i32x4.add(z1, z1);
  v128.store(COLUMNS, low(x1, d));
  v128.store(COLUMNS, low(z, d), 16);
  let hold = high(z1, d);
  for (let j: usize = 16; j < bytes; j += 16) {
    const y = v128.load(a + j);
    const s = COLUMNS + (j << 1);
    v128.store(s, add(hold, low(x, y)));
    v128.store(s, add(high(x, y), low(z, y)), 16);
    hold = high(z, y);
  }
  v128.store(COLUMNS + (bytes << 1), hold);
  let c = i64x2.splat(0);
  let steps: usize = 0;
  for (let i: usize = 0; i < bytes; i += 16) {
    const first = COLUMNS + (i << 1);
    if (steps == SQUARE_STEPS) {
      carry(first, limbs);
      steps = 0;
    }
    steps += 2;
    let t = add(v128.load(first), c);
    const m = digit(t, factor);
    t = add(t, low(m, n0));
    let u = add(add(v128.load(first, 16), high(m, n0)), i64x2.shr_u(t, LIMB_BITS));
    const w = digit(u, factor);
    u = add(u, low(w, n0));
    c = i64x2.shr_u(u, LIMB_BITS);
    hold = high(w, n0);
    let j: usize = 16;
    // Columns that only the reduction adds to.
    for (const end = min(i + 32, bytes); j < end; j += 16) {
      const n = v128.load(N + j);
      const s = first + (j << 1);
      v128.store(s, add(add(v128.load(s), hold), low(m, n)));
      v128.store(s, add(add(v128.load(s, 16), high(m, n)), low(w, n)), 16);
      hold = high(w, n);
    }
    const next = a + i + 16;
    const last = first + (bytes << 1);
    if (i + 16 == bytes) {
      v128.store(last, add(v128.load(last), hold));
      break;
    }
    d = v128.load(next);
    x1 = v128.load64_splat(next);
    z1 = v128.load64_splat(next, 8);
    x = i32x4.add(x1, x1);
    z = i32x4.add(z1, z1);
    let lowest = low(x1, d);
    let second = low(z, d);
    let above = high(z1, d);
    for (; j < bytes; j += 16) {
      const n = v128.load(N + j);
      const s = first + (j << 1);
      v128.store(s, add(add(add(v128.load(s), hold), low(m, n)), lowest));
      v128.store(s, add(add(add(v128.load(s, 16), high(m, n)), low(w, n)), second), 16);
      hold = add(high(w, n), above);
      const y = v128.load(a + j);
      lowest = low(x, y);
      second = add(high(x, y), low(z, y));
      above = high(z, y);
    }
    v128.store(last, add(add(v128.load(last), hold), lowest));
    v128.store(last, add(v128.load(last, 16), second), 16);
    v128.store(last, add(v128.load(last, 32), above), 32);
  }
  writePair(out, COLUMNS + (bytes << 1), c);
}

/** Subtracts each modulus from its number if that is not smaller. */
export function pairReduce(f: usize): void {
  const bytes = size;
  let borrow = i32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 8) {
    const t = i32x4.add(i32x4.sub(v128.load64_zero(f + i), v128.load64_zero(N + i)), borrow);
    borrow = i32x4.shr_s(t, 31);
    v128.store64_lane(DIFFERENCE + i, v128.and(t, i32x4.splat(0x1fffffff)), 0);
  }
  const smaller = i32x4.shuffle(borrow, borrow, 0, 1, 0, 1);
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(f + i, v128.bitselect(v128.load(f + i), v128.load(DIFFERENCE + i), smaller));
  }
}

/** f = 2 f modulo the moduli, where f is below two of them and comes out below one. */
function pairDouble(f: usize): void {
  const bytes = size;
  pairReduce(f);
  let c = i32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 8) {
    const limb = v128.load64_zero(f + i);
    const t = v128.or(i32x4.shl(limb, 1), c);
    v128.store64_lane(f + i, v128.and(t, i32x4.splat(0x1fffffff)), 0);
    c = i32x4.shr_u(t, LIMB_BITS);
  }
  pairReduce(f);
}

/** out = a - b modulo the moduli, below one of them; both are below two. What is added, two moduli, keeps it positive. */
export function pairSubtract(out: usize, a: usize, b: usize): void {
  const bytes = size;
  let c = i32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 8) {
    const twice = i32x4.shl(v128.load64_zero(N + i), 1);
    const t = i32x4.add(i32x4.add(i32x4.sub(v128.load64_zero(a + i), v128.load64_zero(b + i)), twice), c);
    v128.store64_lane(out + i, v128.and(t, i32x4.splat(0x1fffffff)), 0);
    c = i32x4.shr_s(t, LIMB_BITS);
  }
  pairReduce(out);
  pairReduce(out);
  pairReduce(out);
}

/** -1/n modulo 2^29 for odd n: n is its own inverse modulo 8, and each of Newton's steps doubles the bits that are right. */
export function montgomeryFactor(n: u32): u32 {
  let inverse = n;
  for (let i = 0; i < 4; i++) inverse *= 2 - n * inverse;
  return (0 - inverse) & 0x1fffffff;
}

/** Sets a bit of one number of a pair, 0 or 1. */
function setBit(f: usize, lane: usize, bit: usize): void {
  const at = f + ((bit / 29) << 3) + (lane << 2);
  store<u32>(at, 1 << (bit % 29));
}

/**
 * Fills FACTOR, UNIT and R_SQUARED for the moduli in N, of so many bits each. R comes from the highest bit of a modulus by
 * doubling, and so does R 2^k for the highest bits k of the number of R's bits; then a square, (R 2^k)^2 / R, doubles k.
 */
export function preparePair(firstBits: usize, secondBits: usize): void {
  memory.fill(FACTOR, 0, 16);
  store<u32>(FACTOR, montgomeryFactor(load<u32>(N)));
  store<u32>(FACTOR, montgomeryFactor(load<u32>(N, 4)), 8);
  memory.fill(UNIT, 0, MAX_PAIR);
  store<u64>(UNIT, 0x100000001);
  memory.fill(R_SQUARED, 0, MAX_PAIR);
  const bits = 29 * limbs;
  // The longer modulus needs fewer doublings; until its turn its number is 0, which stays 0.
  for (let left = bits + 1 - (firstBits < secondBits ? firstBits : secondBits); left > 0; left--) {
    if (left == bits + 1 - firstBits) setBit(R_SQUARED, 0, firstBits - 1);
    if (left == bits + 1 - secondBits) setBit(R_SQUARED, 1, secondBits - 1);
    pairDouble(R_SQUARED);
  }
  let squarings = 0;
  while (bits >> squarings >= 64) squarings++;
  for (let k = bits >> squarings; k > 0; k--) pairDouble(R_SQUARED);
  while (squarings > 0) {
    squarings--;
    pairSquare(R_SQUARED, R_SQUARED);
    if ((bits >> squarings) & 1) pairDouble(R_SQUARED);
  }
  pairReduce(R_SQUARED);
}

/** Forgets all about the key. */
export function pairWipe(): void {
  memory.fill(N, 0, MAX_PAIR);
  memory.fill(FACTOR, 0, 16);
  memory.fill(UNIT, 0, MAX_PAIR);
  memory.fill(R_SQUARED, 0, MAX_PAIR);
  memory.fill(COLUMNS, 0, 4 * MAX_PAIR);
  memory.fill(DIFFERENCE, 0, MAX_PAIR);
}
