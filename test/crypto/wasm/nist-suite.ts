/**
 * The kernels of the NIST curves against the reference: random numbers, scalars and points at the edges, and additions that are special.
 * CROSS_CHECKS=100000 makes the random part as long as a release wants it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import { Secret } from '../../../src/bytes/secret.ts';
import { signatureAlgorithms } from '../../../src/crypto/noble/signatures.ts';
import type { PrivateKey } from '../../../src/crypto/provider.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { ecdsaOverKernel } from '../../../src/crypto/wasm/nist.ts';
import { NistKernel } from '../../../src/crypto/wasm/nist-kernel.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { bytes, flip, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = Number(process.env['CROSS_CHECKS'] ?? 60);

/** A curve, its kernel, and the numbers that define it. */
export interface CurveUnderTest {
  readonly curve: 'P-256' | 'P-384';
  readonly base64: string;
  readonly noble: ECDSA;
  readonly p: bigint;
  readonly n: bigint;
  /** Bytes of a number. */
  readonly length: number;
}

/** All tests of one curve. */
export function testCurve({ curve, base64, noble, p: P, n: N, length: L }: CurveUnderTest): void {
  const BITS = BigInt(8 * L);
  const kernel = new NistKernel(base64, L);

  const number = (value: bigint): Uint8Array =>
    Uint8Array.from({ length: L }, (_, i) => Number((value >> BigInt(8 * (L - 1 - i))) & 255n));
  const integer = (data: Uint8Array): bigint => BigInt(`0x${Buffer.from(data).toString('hex')}`);
  const mod = (value: bigint): bigint => ((value % N) + N) % N;
  const invert = (value: bigint): bigint => noble.Point.Fn.inv(mod(value));
  const pointOf = (scalar: bigint): Uint8Array => noble.getPublicKey(number(scalar), false).subarray(1);
  const join = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.of(...a, ...b);
  const uncompressed = (point: Uint8Array): Uint8Array => Uint8Array.of(4, ...point);

  function reference(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
    return noble.verify(signature, digest, uncompressed(point), { prehash: false, lowS: false });
  }

  function sameAgreement(scalar: bigint, point: Uint8Array): void {
    const expected = noble.getSharedSecret(number(scalar), uncompressed(point), false).subarray(1, L + 1);
    assert.deepEqual(kernel.agree(number(scalar), point), expected, `${scalar}`);
  }

  /** A scalar of 1..n-1 from random bytes. */
  function draw(random: ReturnType<typeof repeatable>): bigint {
    return mod(integer(bytes(L + 8, random))) || 1n;
  }

  test(`${curve}: ${CROSS_CHECKS} random agreements, public keys, signatures and verifications`, () => {
    const random = repeatable(31);
    for (let i = 0; i < CROSS_CHECKS; i++) {
      const [key, other, nonce, digest] = [draw(random), draw(random), draw(random), bytes(L, random)];
      const point = pointOf(key);
      assert.deepEqual(kernel.publicKey(number(key)), point);
      sameAgreement(other, point);
      const signature = kernel.sign(number(nonce), number(key), digest);
      assert.ok(signature);
      const r = integer(pointOf(nonce).subarray(0, L)) % N;
      const s = mod(invert(nonce) * (integer(digest) + r * key));
      assert.deepEqual(signature, join(number(r), number(s)));
      assert.equal(kernel.verify(point, digest, signature), true);
      assert.equal(reference(point, digest, signature), true);
      const forged = flip(signature, i % (16 * L));
      assert.equal(kernel.verify(point, digest, forged), reference(point, digest, forged));
      assert.equal(kernel.verify(point, flip(digest, i % (8 * L)), signature), false);
    }
  });

  test(`${curve}: scalars at the edges: around 0 and n, single bits, windows of only ones, and what recoding carries`, () => {
    const scalars = new Set<bigint>();
    for (let by = 1n; by <= 40n; by++)
      for (const each of [by, N - by, N / 2n + by, 2n ** (BITS - 1n) + by]) scalars.add(each);
    for (let bit = 0n; bit < BITS; bit += 5n)
      scalars
        .add(2n ** bit)
        .add(mod(2n ** (bit + 1n) - 1n))
        .add(mod(-(2n ** bit)));
    scalars
      .add(2n ** (BITS - 1n))
      .add(2n ** (BITS - 1n) - 1n)
      .add(mod(2n ** (BITS + 1n)))
      .add(mod(2n ** BITS - 1n));
    scalars.add(integer(new Uint8Array(L).fill(0x88)) % N).add(integer(new Uint8Array(L).fill(0x77)) % N);
    scalars.delete(0n);
    const point = pointOf(0x1234567n);
    for (const scalar of scalars) {
      assert.deepEqual(kernel.publicKey(number(scalar)), pointOf(scalar), `${scalar}`);
      sameAgreement(scalar, point);
    }
  });

  test(`${curve}: points at the edges: multiples of the generator that windows hold, as base of other multiples`, () => {
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

  test(`${curve}: scalars out of range are refused everywhere`, () => {
    const point = pointOf(5n);
    const good = number(7n);
    for (const bad of [0n, N, N + 1n, 2n ** BITS - 1n].map(number)) {
      assert.equal(kernel.validScalar(bad), false);
      assert.equal(kernel.publicKey(bad), undefined);
      assert.equal(kernel.agree(bad, point), undefined);
      assert.equal(kernel.sign(bad, good, good), undefined);
    }
    for (const fine of [1n, N - 1n].map(number)) assert.equal(kernel.validScalar(fine), true);
    assert.equal(kernel.agree(new Uint8Array(L - 1), point), undefined);
    assert.equal(kernel.agree(good, point.subarray(1)), undefined);
  });

  test(`${curve}: what is no point is refused: off the curve, coordinates from p on, zeros`, () => {
    const point = pointOf(5n);
    const [x, y] = [integer(point.subarray(0, L)), integer(point.subarray(L))];
    // A point with so small an x that x + p still fits in its bytes: found by search from x = 0 on.
    let small = 0n;
    const curve = (at: bigint): bigint => (((at ** 3n - 3n * at + noble.Point.CURVE().b) % P) + P) % P;
    const { Fp } = noble.Point;
    while (!Fp.eql(Fp.pow(curve(small), (P - 1n) / 2n), 1n)) small += 1n;
    const root = Fp.sqrt(curve(small));
    const fits = join(number(small), number(root));
    assert.equal(kernel.validPoint(fits), true);
    const bad = [
      new Uint8Array(2 * L),
      join(number(x), number(P - y + 1n)),
      join(number(y), number(x)),
      join(number(small + P), number(root)),
      join(number(P), number(y)),
      join(number(x), number(P)),
      new Uint8Array(2 * L).fill(255),
      ...Array.from({ length: 2 * L }, (_, i) => flip(point, 8 * i + 3)),
    ];
    for (const each of bad) {
      assert.equal(kernel.validPoint(each), false);
      assert.equal(kernel.agree(number(9n), each), undefined);
      assert.equal(kernel.verify(each, number(1n), join(number(1n), number(1n))), false);
    }
    assert.equal(kernel.validPoint(join(number(x), number(P - y))), true, 'the opposite is a point');
  });

  test(`${curve}: verification where the two products are equal, opposite, or one of them is infinite`, () => {
    const random = repeatable(33);
    for (let i = 0; i < 5; i++) {
      const [d, k] = [draw(random), draw(random)];
      const point = pointOf(d);
      const r = integer(pointOf(k).subarray(0, L)) % N;
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

  test(`${curve}: r and s out of range are refused, although they are right modulo n`, () => {
    const [d, k] = [draw(repeatable(34)), 77n];
    const digest = number(12345n);
    const good = kernel.sign(number(k), number(d), digest);
    assert.ok(good);
    const [r, s] = [integer(good.subarray(0, L)), integer(good.subarray(L))];
    for (const [badR, badS] of [
      [0n, s],
      [r, 0n],
      [0n, 0n],
      [N, s],
      [r, N],
      [2n ** BITS - 1n, s],
      [r, 2n ** BITS - 1n],
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

  test(`${curve}: signatures are those of the reference, byte for byte, from the same entropy and with every hash`, () => {
    const random = repeatable(35);
    for (let i = 0; i < 30; i++) {
      const secret = draw(random);
      const key: PrivateKey = {
        kind: 'ec',
        curve,
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

  test(`${curve}: a private key out of range signs nothing`, () => {
    const [algorithm] = SCHEMES.map(ecdsaOverKernel);
    const key = {
      kind: 'ec',
      curve,
      scalar: new Secret(number(N)),
      point: uncompressed(pointOf(1n)),
    } as const;
    assert.throws(
      () => algorithm?.sign(key, new Uint8Array(1), repeatable()),
      (error: unknown) => error instanceof TLSError && error.reason === 'internal_error',
    );
  });

  test(`${curve}: nothing in its memory depends on a private key, a nonce or a shared secret afterwards`, () => {
    const module = new KernelModule(base64);
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
      module.memory.fill(0, at('SIGNATURE'), at('SIGNATURE') + 2 * L);
      return module.memory.slice();
    };
    assert.deepEqual(leave(), leave());
  });
}
