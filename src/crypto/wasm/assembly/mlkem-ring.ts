/*
 * The ring of ML-KEM (FIPS 203 2.4.4, 4.3): polynomials of 256 coefficients modulo q = 3329, one to each 16-bit lane, eight
 * to a vector, in the standard's order both before and after the transform.
 *
 * Coefficients are signed and not unique. Multiplying by a constant z needs its twin z' = round(2^15 z / q): the quotient
 * a z / q is a z' / 2^15 up to an error of |a| / 2^16, and `q15mulr` rounds it by at most 1/2 more, so that
 *   r = a z - q round(a z' / 2^15)  is a z modulo q with  |r| <= q (1/2 + |a| / 2^16) < q  for every lane a.
 * Both products are kept modulo 2^16 only, which is enough, as r fits. With |z| <= q / 2, |z'| <= 2^14, so `q15mulr` never
 * saturates. For z = 1 the twin 10 is off by 0.157 only, and |r| <= q / 2 + 0.016 |a| < 2187: that is `reduce`.
 */

/** Bytes of a polynomial. */
export const POLY: usize = 512;
export const Q: i32 = 3329;

/** The root of unity 17 to the powers 0 to 255, only to make the tables from. */
const EXPONENTS: usize = memory.data(512, 16);
/** Powers of 17 with their twins, 2 x 2 bytes each: number k is 17^brv(k), brv reversing seven bits. */
const POWERS: usize = memory.data(512, 16);
/** For the layers of length 4 and 2: a vector of constants, then one of twins, as lanes lie there; and so backwards. */
const FOURS: usize = memory.data(512, 16);
const TWOS: usize = memory.data(512, 16);
const FOURS_BACK: usize = memory.data(512, 16);
const TWOS_BACK: usize = memory.data(512, 16);
/** For products: 1 and gamma in turn (gamma is 17^(2 brv(i) + 1) for pair i), vectors of constants and twins. */
const GAMMAS: usize = memory.data(1024, 16);

/** In -q/2 to q/2. */
function centred(value: i32): i32 {
  const least = ((value % Q) + Q) % Q;
  return least > Q / 2 ? least - Q : least;
}

/** round(2^15 z / q), of a public constant. */
function twin(z: i32): i32 {
  const size = z < 0 ? -z : z;
  const quotient = ((size << 16) + Q) / (2 * Q);
  return z < 0 ? -quotient : quotient;
}

/** 17^exponent, for exponents up to 255. */
function power(exponent: i32): i32 {
  return load<i16>(EXPONENTS + ((<usize>exponent) << 1));
}

function reversed(value: i32): i32 {
  let result = 0;
  for (let bit = 0; bit < 7; bit++) result |= ((value >> bit) & 1) << (6 - bit);
  return result;
}

/** Puts a constant and its twin at a lane of a pair of vectors. */
function put(vectors: usize, lane: i32, z: i32): void {
  const at = vectors + ((<usize>lane) << 1);
  store<i16>(at, <i16>z);
  store<i16>(at, <i16>twin(z), 16);
}

function powerNumber(k: i32): i32 {
  return load<i16>(POWERS + ((<usize>k) << 2));
}

/** Makes the tables, once. */
function prepare(): void {
  for (let exponent = 0, z = 1; exponent < 256; exponent++, z = (z * 17) % Q) {
    store<i16>(EXPONENTS + ((<usize>exponent) << 1), <i16>centred(z));
  }
  for (let k = 0; k < 128; k++) {
    const z = power(reversed(k));
    store<i16>(POWERS + ((<usize>k) << 2), <i16>z);
    store<i16>(POWERS + ((<usize>k) << 2), <i16>twin(z), 2);
  }
  for (let pair = 0; pair < 16; pair++) {
    const offset = (<usize>pair) << 5;
    for (let lane = 0; lane < 8; lane++) {
      // Two groups of 8 coefficients: four lanes belong to each (length 4). Four groups of 4, in the order 0 2 1 3,
      // of which two lanes each are left (length 2). Backwards it is the layer's k-th power from its end.
      const four = 2 * pair + (lane >> 2);
      const group = lane >> 1;
      const two = 4 * pair + ((group & 1) << 1 | group >> 1);
      put(FOURS + offset, lane, powerNumber(32 + four));
      put(TWOS + offset, lane, powerNumber(64 + two));
      put(FOURS_BACK + offset, lane, powerNumber(63 - four));
      put(TWOS_BACK + offset, lane, powerNumber(127 - two));
    }
  }
  for (let i = 0; i < 256; i++) {
    const gamma = power(2 * reversed(i >> 1) + 1);
    put(GAMMAS + ((<usize>i >> 3) << 5), i & 7, (i & 1) == 0 ? 1 : gamma);
  }
}

prepare();

/** Times a constant, given with its twin. */
function times(a: v128, z: v128, zTwin: v128): v128 {
  return i16x8.sub(i16x8.mul(a, z), i16x8.mul(i16x8.q15mulr_sat_s(a, zTwin), i16x8.splat(<i16>Q)));
}

/** |result| < 2187. */
function reduced(a: v128): v128 {
  return i16x8.sub(a, i16x8.mul(i16x8.q15mulr_sat_s(a, i16x8.splat(10)), i16x8.splat(<i16>Q)));
}

// Halves of two vectors: (a0 a1 b0 b1) and (a2 a3 b2 b3) by 32-bit words, or (a0 b0 a1 b1) and (a2 b2 a3 b3), and so on.
function lowHalves(a: v128, b: v128): v128 { return i64x2.shuffle(a, b, 0, 2); }
function highHalves(a: v128, b: v128): v128 { return i64x2.shuffle(a, b, 1, 3); }
function lowWords(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 0, 4, 1, 5); }
function highWords(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 2, 6, 3, 7); }
function evenWords(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 0, 2, 4, 6); }
function oddWords(a: v128, b: v128): v128 { return i32x4.shuffle(a, b, 1, 3, 5, 7); }

/**
 * The transform (FIPS 203 algorithm 9), in place. Coefficients that start within q grow by q (1/2 + |a| / 2^16) in each of
 * the seven layers, to 18300 at most, and are reduced at the end: |result| < 2187.
 */
export function transform(poly: usize): void {
  let k: usize = POWERS + 4;
  for (let length: usize = 256; length >= 16; length >>= 1) {
    for (let start: usize = 0; start < POLY; start += 2 * length, k += 4) {
      const z = v128.load16_splat(k);
      const zTwin = v128.load16_splat(k, 2);
      for (let at = poly + start; at < poly + start + length; at += 16) {
        const a = v128.load(at);
        const b = times(v128.load(at + length), z, zTwin);
        v128.store(at, i16x8.add(a, b));
        v128.store(at + length, i16x8.sub(a, b));
      }
    }
  }
  for (let offset: usize = 0; offset < POLY; offset += 32) {
    const x = v128.load(poly + offset);
    const y = v128.load(poly + offset, 16);
    let a = lowHalves(x, y);
    let b = times(highHalves(x, y), v128.load(FOURS + offset), v128.load(FOURS + offset, 16));
    const sum = i16x8.add(a, b);
    const difference = i16x8.sub(a, b);
    a = evenWords(sum, difference);
    b = times(oddWords(sum, difference), v128.load(TWOS + offset), v128.load(TWOS + offset, 16));
    const evens = reduced(i16x8.add(a, b));
    const odds = reduced(i16x8.sub(a, b));
    const low = lowWords(evens, odds);
    const high = highWords(evens, odds);
    v128.store(poly + offset, lowHalves(low, high));
    v128.store(poly + offset, highHalves(low, high), 16);
  }
}

/**
 * The way back (algorithm 10), in place, times 2^16, which makes good what {@link innerProduct} takes away. Sums and
 * differences double with each layer: from 2770 at most they reach 22160 after three, are reduced to 2020, and reach 22400
 * (from products of up to 2800) after three more, so none leaves its lane. |result| < 1950.
 */
export function transformBack(poly: usize): void {
  for (let offset: usize = 0; offset < POLY; offset += 32) {
    const low = v128.load(poly + offset);
    const high = v128.load(poly + offset, 16);
    const mixedLow = lowHalves(low, high);
    const mixedHigh = highHalves(low, high);
    let a = evenWords(mixedLow, mixedHigh);
    let b = oddWords(mixedLow, mixedHigh);
    const sum = i16x8.add(a, b);
    const product = times(i16x8.sub(b, a), v128.load(TWOS_BACK + offset), v128.load(TWOS_BACK + offset, 16));
    a = lowWords(sum, product);
    b = highWords(sum, product);
    const x = i16x8.add(a, b);
    const y = times(i16x8.sub(b, a), v128.load(FOURS_BACK + offset), v128.load(FOURS_BACK + offset, 16));
    v128.store(poly + offset, lowHalves(x, y));
    v128.store(poly + offset, highHalves(x, y), 16);
  }
  let k: usize = POWERS + 31 * 4;
  for (let length: usize = 16; length <= 256; length <<= 1) {
    for (let start: usize = 0; start < POLY; start += 2 * length, k -= 4) {
      const z = v128.load16_splat(k);
      const zTwin = v128.load16_splat(k, 2);
      for (let at = poly + start; at < poly + start + length; at += 16) {
        const a = v128.load(at);
        const b = v128.load(at + length);
        const sum = i16x8.add(a, b);
        v128.store(at, length == 16 || length == 128 ? reduced(sum) : sum);
        v128.store(at + length, times(i16x8.sub(b, a), z, zTwin));
      }
    }
  }
  scale(poly, SCALE_BACK);
}

/** 2^16 modulo q, and that over 128 (3303 is 1/128). */
const SCALE: i32 = 2285 - Q;
const SCALE_BACK: i32 = ((2285 * 3303) % 3329) - 3329 * i32((2285 * 3303) % 3329 > 1664);

function scale(poly: usize, z: i32): void {
  const zs = i16x8.splat(<i16>z);
  const twins = i16x8.splat(<i16>twin(z));
  for (let at = poly; at < poly + POLY; at += 16) v128.store(at, times(v128.load(at), zs, twins));
}

/** Makes good what {@link innerProduct} takes away. */
export function scaleUp(poly: usize): void {
  scale(poly, SCALE);
}

/**
 * Products of transforms are products of pairs, (a0 + a1 X)(b0 + b1 X) modulo X^2 - gamma, so they need
 * a0 b0 + a1 gamma b1 and a0 b1 + a1 b0. This lays out the second factor for that: (b0, gamma b1) to `straight`,
 * (b1, b0) to `crossed`. |b| < 2187 as {@link transform} leaves it, and |gamma b1| < 1780.
 */
export function layOut(straight: usize, crossed: usize, poly: usize): void {
  for (let offset: usize = 0; offset < POLY; offset += 16) {
    const b = v128.load(poly + offset);
    const constants = GAMMAS + 2 * offset;
    v128.store(straight + offset, times(b, v128.load(constants), v128.load(constants, 16)));
    v128.store(crossed + offset, i16x8.shuffle(b, b, 1, 0, 3, 2, 5, 4, 7, 6));
  }
}

/** x / 2^16 modulo q for four sums x, in the high halves; the low halves are 0. */
function montgomery(x: v128): v128 {
  // -3327 = 1/q modulo 2^16. The dot products take low halves alone: 1/q x, then q times the low half of that, which
  // agrees with x in its own low half.
  const m = i32x4.dot_i16x8_s(x, i32x4.splat(-3327 & 0xffff));
  return i32x4.sub(x, i32x4.dot_i16x8_s(m, i32x4.splat(Q)));
}

/**
 * The sum of `count` products of transforms, over 2^16: factors at `row`, POLY bytes apart, and as laid out by
 * {@link layOut} at `straight` and `crossed`. A factor of the row has |a| < 4096, so four sums of two products are below
 * 4 * 4096 * 2 * 2187 < 7.2e7, and a result below 7.2e7 / 2^16 + q / 2 < 2770.
 */
export function innerProduct(to: usize, row: usize, straight: usize, crossed: usize, count: i32): void {
  const end = (<usize>count) * POLY;
  for (let offset: usize = 0; offset < POLY; offset += 16) {
    let even = i32x4.splat(0);
    let odd = i32x4.splat(0);
    for (let at = offset; at < end; at += POLY) {
      const a = v128.load(row + at);
      even = i32x4.add(even, i32x4.dot_i16x8_s(a, v128.load(straight + at)));
      odd = i32x4.add(odd, i32x4.dot_i16x8_s(a, v128.load(crossed + at)));
    }
    v128.store(to + offset, v128.or(i32x4.shr_u(montgomery(even), 16), montgomery(odd)));
  }
}

/** `to` += `poly`, within 16 bits as the caller knows. */
export function addTo(to: usize, poly: usize): void {
  for (let at: usize = 0; at < POLY; at += 16) v128.store(to + at, i16x8.add(v128.load(to + at), v128.load(poly + at)));
}

/** `to` = `poly` - `to`. */
export function subtractFrom(to: usize, poly: usize): void {
  for (let at: usize = 0; at < POLY; at += 16) v128.store(to + at, i16x8.sub(v128.load(poly + at), v128.load(to + at)));
}

/** The one representative from 0 to q - 1 of each coefficient: after `reduced`, q is added where it is negative. */
export function canonical(poly: usize): void {
  const q = i16x8.splat(<i16>Q);
  for (let at = poly; at < poly + POLY; at += 16) {
    const r = reduced(v128.load(at));
    v128.store(at, i16x8.add(r, v128.and(i16x8.shr_s(r, 15), q)));
  }
}
