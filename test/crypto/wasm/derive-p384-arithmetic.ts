/** The arithmetic of the P-384 kernel, written out from the numbers of the curve: p384-field.ts and p384-scalar.ts. */
import { type Edit, edited } from './derive-edits.ts';

export const P: bigint = 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n;
const N = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;
const LIMBS = 14;
const BITS = 28n;
export const R: bigint = 2n ** (BITS * BigInt(LIMBS));
const indices = Array.from({ length: LIMBS }, (_, i) => i);

const limb = (value: bigint, i: number): bigint => (value >> (BITS * BigInt(i))) & (2n ** BITS - 1n);
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Lines of seven. */
function rows(parts: readonly string[], separator: string): string {
  const lines = [parts.slice(0, 7), parts.slice(7, 14)].filter((line) => line.length > 0);
  return lines.map((line) => `  ${line.join(separator)}`).join(`${separator.trimEnd()}\n`);
}

export function constant(name: string, value: bigint, comment: string): string {
  const limbs = rows(
    indices.map((i) => hex(limb(value, i))),
    ', ',
  );
  return `/** ${comment} */\nexport const ${name}: usize = memory.data<i64>([\n${limbs},\n], 16);\n`;
}

function loads(name: string): string {
  return rows(
    indices.map((i) => `const ${name}${i} = load<i64>(${name}, ${8 * i});`),
    ' ',
  );
}

/** Every pair of limbs whose product belongs to a column. */
function pairs(column: number): [number, number][] {
  return indices.filter((i) => column - i >= 0 && column - i < LIMBS).map((i) => [i, column - i]);
}

const multiplied = (column: number): string[] => pairs(column).map(([i, j]) => `f${i} * g${j}`);
const squared = (column: number): string[] =>
  pairs(column)
    .filter(([i, j]) => i <= j)
    .map(([i, j]) => (i === j ? `f${i} * f${i}` : `d${i} * f${j}`));

/** What the digits of the reduction so far add to a column: m p without its -m, which clears the digit's own. */
function primeTerms(column: number): string {
  const term = (back: number, sign: string, shift: number): string =>
    column - back >= 0 && column - back < LIMBS ? ` ${sign} (m${column - back} << ${shift})` : '';
  return term(1, '+', 4) + term(3, '-', 12) + term(4, '-', 16) + term(13, '+', 20);
}

function orderTerms(column: number): string {
  return indices
    .filter((j) => j < column && column - j < LIMBS)
    .map((j) => ` + m${j} * ${hex(limb(N, column - j))}`)
    .join('');
}

function product(columnTerms: (column: number) => string[], modulus: 'p' | 'n'): string {
  const lines: string[] = ['  let t: i64 = 0;'];
  for (let column = 0; column < 2 * LIMBS - 1; column++) {
    const carried = column === 0 ? '' : ' + (t >> 28)';
    lines.push(
      `  t = ${columnTerms(column).join(' + ')}${carried}${modulus === 'p' ? primeTerms(column) : orderTerms(column)};`,
    );
    if (column >= LIMBS) lines.push(`  store<i64>(out, t & LOW, ${8 * (column - LIMBS)});`);
    else if (modulus === 'p') lines.push(`  const m${column} = t & LOW;`);
    else lines.push(`  const m${column} = (t * ${hex(FACTOR)}) & LOW; t += m${column} * ${hex(limb(N, 0))};`);
  }
  lines.push(`  store<i64>(out, t >> 28, ${8 * (LIMBS - 1)});`);
  return lines.join('\n');
}

/** -1/n modulo 2^28. */
const FACTOR = ((): bigint => {
  let inverse = 1n;
  for (let i = 0; i < 5; i++) inverse = BigInt.asUintN(28, inverse * (2n - N * inverse));
  return BigInt.asUintN(28, -inverse);
})();

export const NOTE: string = 'Written by test/crypto/wasm/derive-p384.ts: `npm run kernels`.';

export function fieldSource(): string {
  return `/*
 * Numbers modulo the prime of P-384, p = 2^384 - 2^128 - 2^96 + 2^32 - 1 (FIPS 186-5, SP 800-186 3.2.1.4), in Montgomery form:
 * a number x stands as x R mod p, R = 2^392. Fourteen signed limbs of 64 bits, limb i at 2^(28 i).
 *
 * "Reduced" means: limbs 0 to 12 in [0, 2^28), limb 13 signed and of less than 2^23, the number between -2^384 and 2^386.
 * Products and feReduce give reduced numbers; sums and differences are not reduced.
 *
 * No product overflows: a column has at most fourteen terms. With |limbs| of one factor below 2^28 (reduced, or a difference
 * of two reduced) and of the other below 2^29 (a sum of two reduced), it is less than 14 * 2^57 < 2^60.9; reducing adds less
 * than 2^49, and what is carried from the column before is less than 2^33. Nothing wider is ever multiplied.
 *
 * Columns are made one after the other, t. Reducing is by shifts, since -1/p = 1 modulo 2^28: adding m p, with m the lowest 28
 * bits of a column, clears them, and m p is m 2^384 - m 2^128 - m 2^96 + m 2^32 - m. Its -m and the bits it clears cancel, which
 * is why nothing is subtracted below; the rest belongs to columns 13, 4, 3 and 1 above. The result is (f g + M p) / R with
 * 0 <= M < R, so it is less than |f g| / R + p in size, and not below -|f g| / R: with |f| < 2^387 and |g| < 2^388, less than
 * 2^384 + 2^383, and not below -2^383.
 *
 * ${NOTE}
 */
const LOW: i64 = 0xfffffff;
/** Bytes of a number. */
export const FE: usize = 112;

${constant('P_LIMBS', P, 'p itself, not in Montgomery form.')}${constant('R_SQUARED', (R * R) % P, 'R^2: times this, a number enters Montgomery form.')}${constant('ONE', R % P, '1 in Montgomery form.')}${constant('UNIT', 1n, '1 as it is: times this, a number leaves Montgomery form.')}
/** \`out\` may be a factor. */
export function feMultiply(out: usize, f: usize, g: usize): void {
${loads('f')}
${loads('g')}
${product(multiplied, 'p')}
}

/** \`out\` may be \`f\`. */
export function feSquare(out: usize, f: usize): void {
${loads('f')}
${rows(
  indices.slice(0, LIMBS - 1).map((i) => `const d${i} = f${i} << 1;`),
  ' ',
)}
${product(squared, 'p')}
}

/** Makes a number of limbs below 2^33 in size reduced: what is above 2^384 comes back, 2^384 = 2^128 + 2^96 - 2^32 + 1. */
export function feReduce(out: usize, f: usize): void {
${loads('f')}
  const q = f13 >> 20;
  let t = f0 + q;
${indices
  .slice(0, LIMBS - 1)
  .map((i) => {
    const folded: Readonly<Record<number, string>> = {
      1: ' - (q << 4)',
      3: ' + (q << 12)',
      4: ' + (q << 16)',
    };
    const next = i + 1 === LIMBS - 1 ? '(f13 & 0xfffff)' : `f${i + 1}`;
    return `  store<i64>(out, t & LOW, ${8 * i}); t = ${next} + (t >> 28)${folded[i + 1] ?? ''};`;
  })
  .join('\n')}
  store<i64>(out, t, ${8 * (LIMBS - 1)});
}

export function feAdd(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.add(v128.load(f + i), v128.load(g + i)));
}

export function feSubtract(out: usize, f: usize, g: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.sub(v128.load(f + i), v128.load(g + i)));
}

export function feNegate(out: usize, f: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, i64x2.neg(v128.load(f + i)));
}

export function feCopy(out: usize, f: usize): void {
  for (let i: usize = 0; i < FE; i += 16) v128.store(out + i, v128.load(f + i));
}

const T0: usize = memory.data(112, 16);
const T1: usize = memory.data(112, 16);
const T2: usize = memory.data(112, 16);
const T3: usize = memory.data(112, 16);

/** out = f, squared so often, times g; \`out\` is none of both. */
function squareTimes(out: usize, f: usize, times: i32, g: usize): void {
  feSquare(out, f);
  for (; times > 1; times--) feSquare(out, out);
  feMultiply(out, out, g);
}

/** 1/z as z^(p - 2), p - 2 = 255 ones, a zero, 32 ones, 64 zeros, 30 ones, a zero and a one; 0 for 0. */
export function feInvert(out: usize, z: usize): void {
  squareTimes(T0, z, 1, z); // 2 ones
  squareTimes(T1, T0, 1, z); // 3
  squareTimes(T2, T1, 3, T1); // 6
  squareTimes(T3, T2, 6, T2); // 12
  squareTimes(T2, T3, 3, T1); // 15
  squareTimes(T1, T2, 15, T2); // 30
  squareTimes(T3, T1, 2, T0); // 32, which T0 keeps
  feCopy(T0, T3);
  squareTimes(T3, T1, 30, T1); // 60
  feCopy(T1, T3);
  squareTimes(T3, T1, 60, T1); // 120
  feCopy(T1, T3);
  squareTimes(T3, T1, 120, T1); // 240
  squareTimes(T1, T3, 15, T2); // 255
  squareTimes(T3, T1, 33, T0); // a zero and 32 ones
  squareTimes(T0, T2, 15, T2); // 30 ones again
  squareTimes(T1, T3, 94, T0); // 64 zeros and 30 ones
  squareTimes(T3, T1, 2, z); // a zero and a one
  feCopy(out, T3);
}

/** Forgets what {@link feInvert} left. */
export function feWipe(): void {
  memory.fill(T0, 0, FE);
  memory.fill(T1, 0, FE);
  memory.fill(T2, 0, FE);
  memory.fill(T3, 0, FE);
}
`;
}

function nibbles(): string {
  const digits = Array.from({ length: 96 }, (_, i) => String(((N - 2n) >> (4n * BigInt(i))) & 15n));
  const lines = [0, 16, 32, 48, 64, 80].map((at) => `  ${digits.slice(at, at + 16).join(', ')},`);
  return `const N_MINUS_2: usize = memory.data<u8>([\n${lines.join('\n')}\n]);`;
}

export function scalarSource(p256: string): string {
  const head = `/*
 * Numbers modulo the order n of P-384's group (SP 800-186 3.2.1.4), as p384-field.ts has those modulo p: fourteen limbs of 28
 * bits, Montgomery form with R = 2^392. n has no special form, so each step of the reduction multiplies by -1/n modulo 2^28
 * and adds m n limb by limb: less than 14 * 2^56 more in a column, so that a sum of two reduced numbers times a reduced one
 * stays below 14 * 2^57 + 14 * 2^56 + 2^34 < 2^61.5.
 *
 * ${NOTE}
 */
import { FE, feCopy, UNIT } from './p384-field.ts';

const LOW: i64 = 0xfffffff;
${constant('N_LIMBS', N, 'n itself.')}${constant('N_R_SQUARED', (R * R) % N, 'R^2 modulo n.')}
/** \`out\` may be a factor. */
export function scMultiply(out: usize, f: usize, g: usize): void {
${loads('f')}
${loads('g')}
${product(multiplied, 'n')}
}

/** n - 2, four bits at a time, the lowest first. It is public: branching on it tells nothing. */
${nibbles()}
`;
  const tail = p256.slice(p256.indexOf('const POWERS'));
  const edits: readonly Edit[] = [
    ['memory.data(16 * 80, 16)', 'memory.data(16 * 112, 16)', 1],
    ['memory.data(80, 16)', 'memory.data(112, 16)', 3],
    ['N_MINUS_2 + 63', 'N_MINUS_2 + 95', 1],
    ['let i = 62;', 'let i = 94;', 1],
    ['Reads 32 bytes', 'Reads 48 bytes', 1],
    ['let i = 31;', 'let i = 47;', 1],
    ['bits >= 29', 'bits >= 28', 1],
    ['word & 0x1fffffff', 'word & 0xfffffff', 1],
    ['word >>= 29', 'word >>= 28', 1],
    ['bits -= 29', 'bits -= 28', 1],
    ['  store<u64>(out, 0, 72);\n', '', 1],
    ['i < 9;', 'i < 14;', 4],
    ['limb >> 29', 'limb >> 28', 2],
    ['i == 8 ?', 'i == 13 ?', 2],
    ['load<i64>(B, 64)', 'load<i64>(B, 104)', 1],
    ['as 32 bytes, big-endian; f is', 'as 48 bytes, big-endian; f is', 1],
    ['out + 32', 'out + 48', 1],
    ['bits += 29', 'bits += 28', 1],
    ['1 when the 32 bytes', '1 when the 48 bytes', 2],
    [
      'v128.or(v128.load(from), v128.load(from, 16))',
      'v128.or(v128.or(v128.load(from), v128.load(from, 16)), v128.load(from, 32))',
      1,
    ],
    ['Brings 32 bytes', 'Brings 48 bytes', 1],
  ];
  return head + edited(tail, edits);
}
