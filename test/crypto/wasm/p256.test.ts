/** The P-256 kernel against the reference: random numbers, scalars and points at the edges, and additions that are special. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p256 } from '@noble/curves/nist.js';
import { Secret } from '../../../src/bytes/secret.ts';
import { signatureToDer } from '../../../src/crypto/noble/ecdsa.ts';
import { signatureAlgorithms } from '../../../src/crypto/noble/signatures.ts';
import type { PrivateKey } from '../../../src/crypto/provider.ts';
import { P256_MODULE } from '../../../src/crypto/wasm/binary/p256.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { ecdsaOverKernel } from '../../../src/crypto/wasm/p256.ts';
import { P256Kernel } from '../../../src/crypto/wasm/p256-kernel.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { bytes, flip, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = Number(process.env['CROSS_CHECKS'] ?? 60);
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const kernel = new P256Kernel();

const number = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 255n));
const integer = (data: Uint8Array): bigint => BigInt(`0x${Buffer.from(data).toString('hex')}`);
const mod = (value: bigint): bigint => ((value % N) + N) % N;
const invert = (value: bigint): bigint => p256.Point.Fn.inv(mod(value));
const pointOf = (scalar: bigint): Uint8Array => p256.getPublicKey(number(scalar), false).subarray(1);
const join = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.of(...a, ...b);
const uncompressed = (point: Uint8Array): Uint8Array => Uint8Array.of(4, ...point);

function reference(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  return p256.verify(signature, digest, uncompressed(point), { prehash: false, lowS: false });
}

function sameAgreement(scalar: bigint, point: Uint8Array): void {
  const expected = p256.getSharedSecret(number(scalar), uncompressed(point), false).subarray(1, 33);
  assert.deepEqual(kernel.agree(number(scalar), point), expected, `${scalar}`);
}

/** A scalar of 1..n-1 from random bytes. */
function draw(random: ReturnType<typeof repeatable>): bigint {
  return mod(integer(bytes(40, random))) || 1n;
}

test(`${CROSS_CHECKS} random agreements, public keys, signatures and verifications`, () => {
  const random = repeatable(31);
  for (let i = 0; i < CROSS_CHECKS; i++) {
    const [key, other, nonce, digest] = [draw(random), draw(random), draw(random), bytes(32, random)];
    const point = pointOf(key);
    assert.deepEqual(kernel.publicKey(number(key)), point);
    sameAgreement(other, point);
    const signature = kernel.sign(number(nonce), number(key), digest);
    assert.ok(signature);
    const r = integer(pointOf(nonce).subarray(0, 32)) % N;
    const s = mod(invert(nonce) * (integer(digest) + r * key));
    assert.deepEqual(signature, join(number(r), number(s)));
    assert.equal(kernel.verify(point, digest, signature), true);
    assert.equal(reference(point, digest, signature), true);
    const forged = flip(signature, i % 512);
    assert.equal(kernel.verify(point, digest, forged), reference(point, digest, forged));
    assert.equal(kernel.verify(point, flip(digest, i % 256), signature), false);
  }
});

test('scalars at the edges: around 0 and n, single bits, windows of only ones, and what recoding carries', () => {
  const scalars = new Set<bigint>();
  for (let by = 1n; by <= 40n; by++)
    for (const each of [by, N - by, N / 2n + by, 2n ** 255n + by]) scalars.add(each);
  for (let bit = 0n; bit < 256n; bit += 5n)
    scalars
      .add(2n ** bit)
      .add(mod(2n ** (bit + 1n) - 1n))
      .add(mod(-(2n ** bit)));
  scalars
    .add(2n ** 255n)
    .add(2n ** 255n - 1n)
    .add(mod(2n ** 257n))
    .add(mod(2n ** 256n - 1n));
  scalars.add(integer(new Uint8Array(32).fill(0x88)) % N).add(integer(new Uint8Array(32).fill(0x77)) % N);
  scalars.delete(0n);
  const point = pointOf(0x1234567n);
  for (const scalar of scalars) {
    assert.deepEqual(kernel.publicKey(number(scalar)), pointOf(scalar), `${scalar}`);
    sameAgreement(scalar, point);
  }
});

test('points at the edges: multiples of the generator that windows hold, as base of other multiples', () => {
  const random = repeatable(32);
  for (const multiple of [
    1n,
    2n,
    3n,
    8n,
    15n,
    16n,
    17n,
    32n,
    N - 1n,
    N - 2n,
    N - 16n,
    (N + 1n) / 2n,
    invert(32n),
  ]) {
    for (const scalar of [
      1n,
      2n,
      16n,
      17n,
      31n,
      32n,
      N - 1n,
      N - 17n,
      N - 30n,
      invert(multiple),
      draw(random),
    ]) {
      if (mod(scalar) !== 0n) sameAgreement(mod(scalar), pointOf(multiple));
    }
  }
});

test('scalars out of range are refused everywhere', () => {
  const point = pointOf(5n);
  const good = number(7n);
  for (const bad of [0n, N, N + 1n, 2n ** 256n - 1n].map(number)) {
    assert.equal(kernel.validScalar(bad), false);
    assert.equal(kernel.publicKey(bad), undefined);
    assert.equal(kernel.agree(bad, point), undefined);
    assert.equal(kernel.sign(bad, good, good), undefined);
  }
  for (const fine of [1n, N - 1n].map(number)) assert.equal(kernel.validScalar(fine), true);
  assert.equal(kernel.agree(new Uint8Array(31), point), undefined);
  assert.equal(kernel.agree(good, point.subarray(1)), undefined);
});

test('what is no point is refused: off the curve, coordinates from p on, zeros', () => {
  const point = pointOf(5n);
  const [x, y] = [integer(point.subarray(0, 32)), integer(point.subarray(32))];
  // A point with so small an x that x + p still fits in 32 bytes: found by search from x = 0 on.
  let small = 0n;
  const curve = (at: bigint): bigint => (((at ** 3n - 3n * at + p256.Point.CURVE().b) % P) + P) % P;
  const { Fp } = p256.Point;
  while (!Fp.eql(Fp.pow(curve(small), (P - 1n) / 2n), 1n)) small += 1n;
  const root = Fp.sqrt(curve(small));
  const fits = join(number(small), number(root));
  assert.equal(kernel.validPoint(fits), true);
  const bad = [
    new Uint8Array(64),
    join(number(x), number(P - y + 1n)),
    join(number(y), number(x)),
    join(number(small + P), number(root)),
    join(number(P), number(y)),
    join(number(x), number(P)),
    new Uint8Array(64).fill(255),
    ...Array.from({ length: 64 }, (_, i) => flip(point, 8 * i + 3)),
  ];
  for (const each of bad) {
    assert.equal(kernel.validPoint(each), false);
    assert.equal(kernel.agree(number(9n), each), undefined);
    assert.equal(kernel.verify(each, number(1n), join(number(1n), number(1n))), false);
  }
  assert.equal(kernel.validPoint(join(number(x), number(P - y))), true, 'the opposite is a point');
});

test('verification where the two products are equal, opposite, or one of them is infinite', () => {
  const random = repeatable(33);
  for (let i = 0; i < 5; i++) {
    const [d, k] = [draw(random), draw(random)];
    const point = pointOf(d);
    const r = integer(pointOf(k).subarray(0, 32)) % N;
    // u1 G = u2 Q = k/2 G: their sum is a doubling.
    const equal = join(number(r), number(mod(2n * d * r * invert(k))));
    assert.equal(kernel.verify(point, number(mod(d * r)), equal), true);
    assert.equal(reference(point, number(mod(d * r)), equal), true);
    // u1 G = -u2 Q: infinity has no x.
    assert.equal(kernel.verify(point, number(mod(-d * r)), equal), false);
    // u1 = 0.
    const zero = join(number(r), number(mod(d * r * invert(k))));
    for (const digest of [number(0n), number(N)]) {
      assert.equal(kernel.verify(point, digest, zero), true);
      assert.equal(reference(point, digest, zero), true);
    }
  }
});

test('r and s out of range are refused, although they are right modulo n', () => {
  const [d, k] = [draw(repeatable(34)), 77n];
  const digest = number(12345n);
  const good = kernel.sign(number(k), number(d), digest);
  assert.ok(good);
  const [r, s] = [integer(good.subarray(0, 32)), integer(good.subarray(32))];
  for (const [badR, badS] of [
    [0n, s],
    [r, 0n],
    [0n, 0n],
    [N, s],
    [r, N],
    [2n ** 256n - 1n, s],
    [r, 2n ** 256n - 1n],
    [N - r, s],
  ] as const) {
    assert.equal(kernel.verify(pointOf(d), digest, join(number(badR), number(badS))), false);
  }
  assert.equal(
    kernel.verify(pointOf(d), digest, join(number(r), number(N - s))),
    true,
    'a high s is ordinary',
  );
});

const SCHEMES = signatureAlgorithms().filter((each) => each.keyKind === 'ec');

test('signatures are those of the reference, byte for byte, from the same entropy and with every hash', () => {
  const random = repeatable(35);
  for (let i = 0; i < 30; i++) {
    const secret = draw(random);
    const key: PrivateKey = {
      kind: 'ec',
      curve: 'P-256',
      scalar: new Secret(number(secret)),
      point: uncompressed(pointOf(secret)),
    };
    const message = bytes(i, random);
    for (const algorithm of SCHEMES) {
      const one = algorithm.sign(key, message, repeatable(100 + i));
      const other = ecdsaOverKernel(algorithm).sign(key, message, repeatable(100 + i));
      assert.deepEqual(other, one);
    }
  }
});

test('a private key out of range signs nothing', () => {
  const [algorithm] = SCHEMES.map(ecdsaOverKernel);
  const key = {
    kind: 'ec',
    curve: 'P-256',
    scalar: new Secret(number(N)),
    point: uncompressed(pointOf(1n)),
  } as const;
  assert.throws(
    () => algorithm?.sign(key, new Uint8Array(1), repeatable()),
    (error: unknown) => error instanceof TLSError && error.reason === 'internal_error',
  );
});

test('DER: minimal integers, a leading zero where the highest bit is set', () => {
  assert.deepEqual(
    signatureToDer(join(number(1n), number(128n))),
    Uint8Array.of(0x30, 7, 2, 1, 1, 2, 2, 0, 128),
  );
  assert.equal(signatureToDer(new Uint8Array(64).fill(255)).length, 2 + 2 * 35);
  assert.deepEqual(signatureToDer(new Uint8Array(64)), Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0));
});

test('nothing in its memory depends on a private key, a nonce or a shared secret afterwards', () => {
  const module = new KernelModule(P256_MODULE);
  const random = repeatable(36);
  const at = (name: string): number => module.constant(name);
  const leave = (): Uint8Array => {
    const [a, b] = [number(draw(random)), number(draw(random))];
    module.memory.set(a, at('SCALAR'));
    assert.equal(module.call('validScalar')(at('SCALAR')), 1);
    module.call('publicKey')();
    module.call('wipe')();
    module.memory.set(b, at('SCALAR'));
    module.memory.set(pointOf(11n), at('POINT'));
    assert.equal(module.call('agree')(), 1);
    module.call('wipe')();
    module.memory.set(a, at('SCALAR'));
    module.memory.set(b, at('PRIVATE'));
    module.memory.set(number(3n), at('DIGEST'));
    assert.equal(module.call('sign')(), 1);
    module.call('wipe')();
    // The signature itself is public.
    module.memory.fill(0, at('SIGNATURE'), at('SIGNATURE') + 64);
    return module.memory.slice();
  };
  assert.deepEqual(leave(), leave());
});
