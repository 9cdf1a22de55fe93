/**
 * The sources of the P-384 kernel, in src/crypto/wasm/assembly/. Arithmetic is written out from the numbers of the curve; points
 * and operations are those of P-256 with other lengths, and with what differs put in its place, each text found exactly as
 * often as expected. What this gives is committed, to be read; a test compares.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edited } from './derive-edits.ts';
import { constant, fieldSource, NOTE, P, R, scalarSource } from './derive-p384-arithmetic.ts';

const B = 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn;
const GX =
  0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n;
const GY =
  0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn;

/** From the first text to the second. */
function part(text: string, from: string, to: string): string {
  return text.slice(text.indexOf(from), text.indexOf(to));
}

function point(p256: string): string {
  const proofPoint = part(
    p256,
    ' * Never equal or opposite: ACC is 32 m P',
    ' */\nexport function multiplyPoint',
  );
  const base = part(p256, '/** Fills BASE', '/** x and y of a point');
  const curve = part(p256, '/** b of y^2', '/** Bytes of a Jacobian');
  const loop = part(p256, '    let a: v128 = i64x2.splat(0);', '  }\n}\n\n/**\n * Bits `width`');
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  return edited(p256, [
    ['Points of P-256: y^2', 'Points of P-384: y^2', 1],
    [
      'says why) and replace\n * by masks what comes out where one is infinite; verification, whose inputs are public, looks first.\n',
      `says why) and replace\n * by masks what comes out where one is infinite; verification, whose inputs are public, looks first.\n *\n * ${NOTE}\n`,
      1,
    ],
    ["'./p256-field.ts'", "'./p384-field.ts'", 1],
    ["'./p256-scalar.ts'", "'./p384-scalar.ts'", 1],
    [
      curve,
      constant('CURVE_B', (B * R) % P, 'b of y^2 = x^3 - 3 x + b, in Montgomery form.') +
        constant('GENERATOR_X', (GX * R) % P, 'The generator, in Montgomery form.') +
        constant('GENERATOR_Y', (GY * R) % P, 'Its other coordinate.') +
        '\n',
      1,
    ],
    ['usize = 240;', 'usize = 336;', 1],
    ['usize = 160;', 'usize = 224;', 1],
    ['memory.data(80, 16)', 'memory.data(112, 16)', 7],
    ['memory.data(240, 16)', 'memory.data(336, 16)', 3],
    ['memory.data(17 * 240, 16)', 'memory.data(17 * 336, 16)', 1],
    [
      '/** Affine d 16^w G for d = 1 to 8 and w = 0 to 64. */',
      '/** Affine d 16^(4 i) G for d = 1 to 8 and i = 0 to 24. */',
      1,
    ],
    ['memory.data(65 * 8 * 160, 16)', 'memory.data(25 * 8 * 224, 16)', 1],
    ['const WINDOWS: i32 = 65;', 'const ROWS: i32 = 25;', 1],
    ['memory.data(8 * 80, 16)', 'memory.data(8 * 112, 16)', 1],
    ['at < size; at += 80', 'at < size; at += 112', 1],
    [
      loop,
      [
        '    let a: v128 = i64x2.splat(0);',
        ...names.slice(1).map((name) => `    let ${name} = a;`),
        '    for (let i = 1; i <= count; i++) {',
        '      const mask = i64x2.eq(i64x2.splat(i), wanted);',
        '      const entry = entries + (i - 1) * size + at;',
        ...names.map(
          (name, i) =>
            `      ${name} = v128.or(${name}, v128.and(mask, v128.load(entry${i === 0 ? '' : `, ${16 * i}`})));`,
        ),
        '    }',
        ...names.map((name, i) => `    v128.store(out + at, ${name}${i === 0 ? '' : `, ${16 * i}`});`),
        '',
      ].join('\n'),
      1,
    ],
    ['of 32 bytes, big-endian: what decides', 'of 48 bytes, big-endian: what decides', 1],
    ['bit < 256', 'bit < 384', 1],
    ['scalar + 31', 'scalar + 47', 1],
    [
      proofPoint,
      ` * Never equal or opposite: ACC is 32 m P when d P is added, |d| <= 16, and 32 m + d is k without its lower bits, rounded.
 * For m = 0 ACC is infinite and masked. Else 0 < 32 m - d and 0 < 32 m + d, and both are below n but in the last window,
 * where 32 m + d = k < n, and where 32 m - d = n would make 32 m = n + d: with n mod 32 = 19 that is d = 13, k = n + 26.
`,
      1,
    ],
    ['let w = 51;', 'let w = 76;', 1],
    ['w != 51', 'w != 76', 1],
    [
      base,
      `/** Fills BASE, when it is first needed: some milliseconds. */
function prepareBase(): void {
  const point = MULTIPLES + POINT_SIZE;
  feCopy(point, GENERATOR_X);
  feCopy(point + FE, GENERATOR_Y);
  feCopy(point + 2 * FE, ONE);
  for (let row = 0; row < ROWS; row++) {
    writeMultiples();
    writeAffine(BASE + row * 8 * AFFINE);
    memory.copy(point, MULTIPLES + 16 * POINT_SIZE, POINT_SIZE);
    for (let i = 0; i < 12; i++) doublePoint(point, point);
  }
  baseReady = true;
}

/**
 * ACC = k G for 0 <= k < n, in windows of four bits with digits from -8 to 8: k is the sum of d_w 16^w for w = 0 to 96. A row of
 * the table serves four windows, w = 4 i + r: those of r = 3 come first, then each r after four doublings. Gives 1 when
 * that is infinity, for k = 0, and then ACC is not to be used.
 *
 * Never equal or opposite: in round r ACC is s G when d 16^(4 i) G is added, 1 <= |d| <= 8, with s 16^r a sum of other digits'
 * terms. s + d 16^(4 i) and s - d 16^(4 i) are sums of powers of 16 with digits from -8 to 8, not all 0, so they are not 0. Without
 * window 96 they are at most 8 (1 + 16 + ... + 16^95) < 0.54 * 2^384 < n in size. Window 96 is the last of all, where d is
 * 1 exactly if k >= 2^383: the sum is k < n, and the difference k - 2^385 is a multiple of n only for k = 2^385 - 2 n < 2^192.
 */
export function multiplyBase(scalar: usize): i32 {
  if (!baseReady) prepareBase();
  let infinite: i64 = -1;
  memory.fill(ACC, 0, POINT_SIZE);
  feCopy(SELECTED + 2 * FE, ONE);
  for (let round = 3; round >= 0; round--) {
    if (round != 3) for (let i = 0; i < 4; i++) doublePoint(ACC, ACC);
    for (let row = 0; 4 * row + round <= 96; row++) {
      const bits = window(scalar, 4 * row + round, 4);
      const sign = -(bits >> 4);
      const digit = (((bits ^ sign) & 31) + 1) >> 1;
      select(SELECTED, BASE + row * 8 * AFFINE, AFFINE, 8, digit);
      negateSelected(sign);
      addAffine(TRIED, ACC, SELECTED);
      const zero = -i64(digit == 0);
      accept(infinite, zero);
      infinite &= zero;
    }
  }
  return <i32>(infinite & 1);
}

`,
      1,
    ],
    ['x || y, 64 bytes, big-endian', 'x || y, 96 bytes, big-endian', 1],
    ['from + 32)', 'from + 48)', 1],
  ]);
}

function operations(p256: string): string {
  return edited(p256, [
    [' * P-256: key agreement', ' * P-384: key agreement', 1],
    ['All numbers are 32\n * bytes', 'All numbers are 48\n * bytes', 1],
    [
      "peer's numbers branches, since they are public.\n",
      `peer's numbers branches, since they are public.\n *\n * ${NOTE}\n`,
      1,
    ],
    ["'./p256-field.ts'", "'./p384-field.ts'", 1],
    ["'./p256-point.ts'", "'./p384-point.ts'", 1],
    ["'./p256-scalar.ts'", "'./p384-scalar.ts'", 1],
    ['memory.data(32, 16)', 'memory.data(48, 16)', 5],
    ['memory.data(64, 16)', 'memory.data(96, 16)', 3],
    ['memory.data(240, 16)', 'memory.data(336, 16)', 2],
    ['memory.data(80, 16)', 'memory.data(112, 16)', 3],
    ['POINT + 32', 'POINT + 48', 1],
    ['RESULT + 32', 'RESULT + 48', 1],
    ['SIGNATURE + 32', 'SIGNATURE + 48', 4],
    ['i < 32;', 'i < 48;', 1],
    ['memory.fill(RESULT, 0, 64)', 'memory.fill(RESULT, 0, 96)', 2],
    ['0, 32);', '0, 48);', 5],
  ]);
}

/** By file name. */
export function derivedSources(root: string): ReadonlyMap<string, string> {
  const read = (name: string): string =>
    readFileSync(join(root, 'src', 'crypto', 'wasm', 'assembly', name), 'utf8');
  return new Map([
    ['p384-field.ts', fieldSource()],
    ['p384-scalar.ts', scalarSource(read('p256-scalar.ts'))],
    ['p384-point.ts', point(read('p256-point.ts'))],
    ['p384.ts', operations(read('p256.ts'))],
  ]);
}
