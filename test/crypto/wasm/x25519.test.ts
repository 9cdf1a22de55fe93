/** The X25519 kernel against the reference: random keys, and numbers at the edges of the field and of its limbs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { x25519 as curve } from '@noble/curves/ed25519.js';
import { X25519_MODULE } from '../../../src/crypto/wasm/binary/x25519.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { x25519Kernel } from '../../../src/crypto/wasm/x25519.ts';
import { bytes, hex, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = process.env['FULL'] === '1' ? 100_000 : Number(process.env['CROSS_CHECKS'] ?? 150);
const P = 2n ** 255n - 19n;

function kernel(): NonNullable<ReturnType<typeof x25519Kernel.get>> {
  const found = x25519Kernel.get();
  assert.ok(found, 'the kernel runs here');
  return found;
}

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

/** noble throws where the result is 0. */
function expected(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
  try {
    return curve.scalarMult(scalar, point);
  } catch {
    return undefined;
  }
}

function sameProduct(scalar: Uint8Array, point: Uint8Array): void {
  assert.deepEqual(
    kernel().shared(scalar, point),
    expected(scalar, point),
    Buffer.from(point).toString('hex'),
  );
}

test(`${CROSS_CHECKS} random products, each with its base product`, () => {
  const random = repeatable(21);
  for (let i = 0; i < CROSS_CHECKS; i++) {
    const [scalar, point] = [bytes(32, random), bytes(32, random)];
    sameProduct(scalar, point);
    assert.deepEqual(kernel().publicKey(scalar), curve.scalarMultBase(scalar));
  }
});

test('points at the edges: near 0, p, 2p and 2^256, and with limbs of only ones or zeros', () => {
  const random = repeatable(22);
  const edges: bigint[] = [];
  for (const at of [0n, P, 2n ** 255n, 2n * P, 2n ** 256n - 1n]) {
    for (let by = -20n; by <= 20n; by++) if (at + by >= 0n && at + by < 2n ** 256n) edges.push(at + by);
  }
  // One limb full, all others empty, and the other way round; limb i stands at bit ceil(25.5 i).
  for (let limb = 0; limb < 10; limb++) {
    const from = BigInt(Math.ceil(25.5 * limb));
    const ones = (2n ** (limb % 2 === 0 ? 26n : 25n) - 1n) << from;
    edges.push(ones, 2n ** 255n - 1n - ones, 1n << from, P - (1n << from));
  }
  for (const [index, edge] of edges.entries()) {
    const scalar = index % 4 === 0 ? new Uint8Array(32).fill(index % 8 === 0 ? 255 : 0) : bytes(32, random);
    sameProduct(scalar, littleEndian(edge));
  }
});

test('base products: scalars whose digits are all alike, or at the edges', () => {
  const scalars = Array.from({ length: 256 }, (_, byte) => new Uint8Array(32).fill(byte));
  for (let i = 0; i < 64; i++) {
    for (const digit of [1, 7, 8, 9, 15]) {
      const scalar = new Uint8Array(32);
      scalar[i >> 1] = digit << (4 * (i & 1));
      scalars.push(scalar);
    }
  }
  for (const scalar of scalars) {
    assert.deepEqual(kernel().publicKey(scalar), curve.scalarMultBase(scalar));
  }
});

test('RFC 7748 5.2: a thousand products in a row', () => {
  let k = littleEndian(9n);
  let u = k;
  for (let i = 0; i < 1000; i++) {
    const next = kernel().shared(k, u);
    assert.ok(next);
    [k, u] = [next, k];
  }
  assert.deepEqual(k, hex('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'));
});

test('neither the scalar nor the result stays in its memory', () => {
  const module = new KernelModule(X25519_MODULE);
  const random = repeatable(23);
  const leave = (scalar: Uint8Array): Uint8Array => {
    module.memory.set(scalar, module.constant('SCALAR'));
    module.memory.set(littleEndian(9n), module.constant('POINT'));
    assert.equal(module.call('multiply')(), 1);
    module.memory.set(scalar, module.constant('SCALAR'));
    module.call('multiplyBase')();
    module.call('wipe')();
    return module.memory.slice();
  };
  assert.deepEqual(leave(bytes(32, random)), leave(bytes(32, random)));
});
