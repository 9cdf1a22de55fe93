/**
 * The Ed25519 kernel against the reference: signatures, scalars at the edges, and for verification everything in which
 * implementations are known to differ: torsion, small order, encodings that are not canonical, S that is not reduced.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ed25519 as noble } from '@noble/curves/ed25519.js';
import { concatBytes } from '../../../src/bytes/bytes.ts';
import { Secret } from '../../../src/bytes/secret.ts';
import { sha512 } from '../../../src/crypto/noble/hash.ts';
import { signatureAlgorithms, verifyEd25519 } from '../../../src/crypto/noble/signatures.ts';
import type { SignatureAlgorithm } from '../../../src/crypto/provider.ts';
import { ED25519_MODULE } from '../../../src/crypto/wasm/binary/ed25519.ts';
import { ed25519OverKernel } from '../../../src/crypto/wasm/ed25519.ts';
import { Ed25519Kernel, ed25519Kernel } from '../../../src/crypto/wasm/ed25519-kernel.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { bytes, repeatable } from '../support/vectors.ts';

const FULL = process.env['FULL'] === '1';
const CROSS_CHECKS = FULL ? 100_000 : Number(process.env['CROSS_CHECKS'] ?? 100);
const { Point } = noble;
type Point = InstanceType<typeof Point>;
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

function kernel(): Ed25519Kernel {
  const found = ed25519Kernel.get();
  assert.ok(found, 'the kernel runs here');
  return found;
}

function algorithm(): SignatureAlgorithm {
  const found = signatureAlgorithms().find((each) => each.keyKind === 'ed25519');
  assert.ok(found);
  return ed25519OverKernel(found, sha512);
}

const little = (value: bigint, length = 32): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
const number = (data: Uint8Array): bigint => data.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const noRandom = (): void => assert.fail('signing is deterministic');
const keyOf = (seed: Uint8Array): Parameters<SignatureAlgorithm['sign']>[0] => ({
  kind: 'ed25519',
  seed: new Secret(seed.slice()),
  publicKey: new Uint8Array(32),
});

/** The kernel's verdict, which must be the reference's. */
function verdict(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const ours = algorithm().verify({ kind: 'ed25519', key }, message, signature);
  const what = `${Buffer.from(key).toString('hex')} ${Buffer.from(signature).toString('hex')}`;
  assert.equal(ours, verifyEd25519(key, message, signature), what);
  return ours;
}

test(`${CROSS_CHECKS} random keys and signatures, each also with a bit changed`, () => {
  const random = repeatable(61);
  for (let i = 0; i < CROSS_CHECKS; i++) {
    const [seed, message] = [bytes(32, random), bytes(i % 150, random)];
    const signature = algorithm().sign(keyOf(seed), message, noRandom);
    assert.deepEqual(signature, noble.sign(message, seed));
    const key = noble.getPublicKey(seed);
    assert.deepEqual(kernel().publicKey(sha512.digest(seed)), key);
    assert.ok(algorithm().verify({ kind: 'ed25519', key }, message, signature));
    const wrong = signature.slice();
    wrong[i % 64] = (wrong[i % 64] ?? 0) ^ (1 << ((i >> 6) & 7));
    assert.equal(verdict(key, message, wrong), false);
  }
});

test('scalars: nonces, challenges and secrets at the edges of the order and of words', () => {
  const random = repeatable(62);
  const wide = 2n ** 512n;
  const edges: bigint[] = [];
  for (const at of [0n, L, 2n * L, 8n * L, 2n ** 252n, 2n ** 256n, L * L, (wide / L) * L, wide - 1n]) {
    for (const by of [-2n, -1n, 0n, 1n, 2n]) if (at + by >= 0n && at + by < wide) edges.push(at + by);
  }
  for (let word = 0n; word < 16n; word++) {
    const ones = (2n ** 32n - 1n) << (32n * word);
    edges.push(ones, wide - 1n - ones, (ones >> 4n) & ~15n, 1n << (32n * word));
  }
  for (let i = 0; i < (FULL ? 100_000 : 1500); i++) edges.push(number(bytes(64, random)));
  const secrets = [new Uint8Array(32), new Uint8Array(32).fill(255), bytes(32, random), bytes(32, random)];
  edges.forEach((nonce, index) => {
    const challenge = edges[(index * 7 + 3) % edges.length] ?? 0n;
    const secret = secrets[index % 4] ?? new Uint8Array(32);
    const signature = kernel().sign(secret, little(nonce, 64), () => little(challenge, 64));
    const scalar = (number(secret) & ~(1n << 255n) & ~7n) | (1n << 254n);
    assert.equal(number(signature.subarray(32)), ((nonce % L) + (challenge % L) * scalar) % L);
    if (index % 8 === 0 && !FULL) {
      const r = nonce % L === 0n ? Point.ZERO : Point.BASE.multiply(nonce % L);
      assert.deepEqual(signature.subarray(0, 32), r.toBytes());
    }
  });
});

test('the secret never meets a public key of the caller', () => {
  const seed = bytes(32, repeatable(63));
  const key = {
    kind: 'ed25519',
    seed: new Secret(seed.slice()),
    publicKey: new Uint8Array(32).fill(1),
  } as const;
  assert.deepEqual(algorithm().sign(key, seed, noRandom), noble.sign(seed, seed));
});

/** Points of the orders 1, 2, 4 and 8. */
function torsion(): readonly Point[] {
  const generator = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
  return Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : generator.multiplyUnsafe(BigInt(i))));
}

test('torsion in the key, in R, in both: the equation with the cofactor decides, as in the reference', () => {
  const random = repeatable(64);
  let taken = 0;
  for (const inKey of torsion()) {
    for (const inR of torsion()) {
      const [a, r] = [number(bytes(32, random)) % L, number(bytes(32, random)) % L];
      const key = Point.BASE.multiply(a).add(inKey).toBytes();
      const bigR = Point.BASE.multiply(r).add(inR).toBytes();
      const message = bytes(20, random);
      const k = number(sha512.digest(concatBytes(bigR, key, message))) % L;
      const signature = concatBytes(bigR, little((r + k * a) % L));
      if (verdict(key, message, signature)) taken += 1;
      assert.equal(verdict(key, message, concatBytes(bigR, little(((r + k * a) % L) + L))), false, 'S + L');
      assert.equal(verdict(key, message, concatBytes(bigR, little((r + k * a + 1n) % L))), false);
    }
  }
  assert.equal(taken, 64);
});

/** Small order in every encoding, and other y that are not below p. */
function encodings(): readonly Uint8Array[] {
  const all = torsion().map((point) => point.toBytes());
  for (const y of [0n, 1n, 2n, P - 1n, P, P + 1n, P + 2n, P + 3n, 2n ** 255n - 1n]) {
    all.push(little(y), little(y | (1n << 255n)));
  }
  return all;
}

test('keys and R of small order, not canonical, or no points at all', () => {
  const random = repeatable(65);
  const seed = bytes(32, random);
  const good = noble.getPublicKey(seed);
  const message = bytes(8, random);
  const signature = noble.sign(message, seed);
  assert.ok(verdict(good, message, signature));
  for (const key of encodings()) {
    assert.equal(verdict(key, message, signature), false);
    // S = 0 and R small: what would pass for any message were the key taken.
    for (const r of encodings())
      assert.equal(verdict(key, message, concatBytes(r, new Uint8Array(32))), false);
  }
  for (const r of encodings()) {
    // R of small order for a good key: 8 S B = 8 k A has the solution S = k a, which must be found valid.
    const scalar = (number(sha512.digest(seed).subarray(0, 32)) & ((1n << 254n) - 8n)) | (1n << 254n);
    const k = number(sha512.digest(concatBytes(r, good, message))) % L;
    const canonical = torsion().some((point) => Buffer.compare(point.toBytes(), r) === 0);
    assert.equal(verdict(good, message, concatBytes(r, little((k * scalar) % L))), canonical);
  }
});

test('S at and above the order', () => {
  const random = repeatable(66);
  const seed = bytes(32, random);
  const key = noble.getPublicKey(seed);
  const r = noble.sign(seed, seed).subarray(0, 32);
  for (const s of [0n, 1n, L - 1n, L, L + 1n, 2n ** 252n, 2n ** 253n, 2n ** 255n - 1n, 2n ** 256n - 1n]) {
    assert.equal(verdict(key, seed, concatBytes(r, little(s))), false);
  }
});

test(`the decoder alone: ${FULL ? 100_000 : 1500} random encodings, of which half are points, and the edges`, () => {
  const module = new KernelModule(ED25519_MODULE);
  const random = repeatable(67);
  const all = [...encodings()];
  for (let i = 0; i < (FULL ? 100_000 : 1500); i++) all.push(bytes(32, random));
  let points = 0;
  for (const key of all) {
    const known = ((): boolean => {
      try {
        return Point.fromBytes(key).toBytes().length === 32;
      } catch {
        return false;
      }
    })();
    if (known) points += 1;
    module.memory.set(key, module.constant('KEY'));
    assert.equal(module.call('isPoint')() === 1, known, Buffer.from(key).toString('hex'));
  }
  assert.ok(points > all.length / 3 && points < (2 * all.length) / 3, `${points} points`);
});

test('wrong lengths are refused', () => {
  const seed = bytes(32, repeatable(68));
  const [key, signature] = [noble.getPublicKey(seed), noble.sign(seed, seed)];
  for (const length of [0, 31, 33, 64]) assert.equal(verdict(new Uint8Array(length), seed, signature), false);
  for (const length of [0, 63, 65]) assert.equal(verdict(key, seed, new Uint8Array(length)), false);
  assert.equal(kernel().verify(key.subarray(1), signature, new Uint8Array(64)), false);
  assert.equal(algorithm().verify({ kind: 'ed448', key: new Uint8Array(57) }, seed, signature), false);
});

test('nothing secret stays in its memory', () => {
  const module = new KernelModule(ED25519_MODULE);
  const random = repeatable(69);
  const put = (at: string, data: Uint8Array): void => module.memory.set(data, module.constant(at));
  const leave = (): Uint8Array => {
    put('SECRET', bytes(32, random));
    module.call('publicKey')();
    put('HASH', bytes(64, random));
    module.call('commit')();
    put('HASH', bytes(64, random));
    module.call('respond')();
    module.call('wipe')();
    return module.memory.slice();
  };
  assert.deepEqual(leave(), leave());
});

test('a hash that fails in the middle of a signature leaves no nonce behind', () => {
  const leave = (nonce: number): Uint8Array => {
    const module = new KernelModule(ED25519_MODULE);
    const own = new Ed25519Kernel(module);
    const fail = (): never => {
      throw new RangeError('no hash');
    };
    assert.throws(
      () => own.sign(new Uint8Array(32).fill(1), new Uint8Array(64).fill(nonce), fail),
      RangeError,
    );
    // R is public, and different.
    const at = module.constant('RESULT');
    return module.memory.slice().fill(0, at, at + 32);
  };
  assert.deepEqual(leave(3), leave(4));
});
