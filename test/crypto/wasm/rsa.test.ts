/**
 * The RSA kernel against BigInt: moduli and primes of every number of limbs, numbers at the edges, faults in the private
 * operation, and what is left in its memory. CROSS_CHECKS=100000 makes the random part as long as a release wants it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/bytes/secret.ts';
import { signatureAlgorithms } from '../../../src/crypto/noble/signatures.ts';
import type { PrivateKey, RsaPrivateNumbers } from '../../../src/crypto/provider.ts';
import { generateRsaKey, isProbablePrime } from '../../../src/crypto/rsa/generate.ts';
import { bitLength, modPowPublic, toBytes, toInteger } from '../../../src/crypto/rsa/integer.ts';
import { rsaPrivateKey } from '../../../src/crypto/rsa/key.ts';
import { rsaPrivateOperation } from '../../../src/crypto/rsa/private.ts';
import { RSA_MODULE } from '../../../src/crypto/wasm/binary/rsa.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { rsaOverKernel } from '../../../src/crypto/wasm/rsa.ts';
import { RsaKernel, rsaKernel } from '../../../src/crypto/wasm/rsa-kernel.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { PRIMES, rsaKeyOf } from '../support/rsa-keys.ts';
import { bytes, flip, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = Number(process.env['CROSS_CHECKS'] ?? 300);
const LIMITS = { minimumBits: 512, maximumBits: 8192 } as const;
const kernel = new RsaKernel();
const { p255, p511, p512, mersenne521, p599, p600, mersenne607, p1023, p1024, mersenne1279, p2048 } = PRIMES;

const minimal = (value: bigint): Uint8Array => toBytes(value, (bitLength(value) + 7) >> 3);

function samePublic(n: bigint, e: bigint, input: bigint): void {
  const modulus = minimal(n);
  const expected = toBytes(modPowPublic(input, e, n), modulus.length);
  const actual = kernel.publicPower(modulus, minimal(e), toBytes(input, modulus.length));
  if (actual === undefined || Buffer.compare(actual, expected) !== 0)
    assert.deepEqual(actual, expected, `${input} ^ ${e} mod ${n}`);
}

function samePrivate(numbers: RsaPrivateNumbers, input: bigint, seed = 1): void {
  const key = rsaPrivateKey(numbers, LIMITS);
  assert.ok(key && kernel.takes(numbers));
  const expected = toBytes(rsaPrivateOperation(key, input, repeatable(seed)), key.length);
  const actual = kernel.privatePower(numbers, toBytes(input, key.length), repeatable(seed));
  if (actual === undefined || Buffer.compare(actual, expected) !== 0)
    assert.deepEqual(actual, expected, `${input} mod ${key.n}`);
}

test('the kernel runs here', () => assert.ok(rsaKernel.get() !== undefined, rsaKernel.status().reason));

test('the primes of these tests are some', () => {
  const { p2048: long, ...others } = PRIMES;
  for (const prime of Object.values(others)) assert.ok(isProbablePrime(prime, repeatable(), 2));
  assert.ok(isProbablePrime(long, repeatable(), 1));
});

test(`${CROSS_CHECKS} public operations with random moduli, exponents and inputs`, () => {
  const random = repeatable(61);
  for (let i = 0; i < CROSS_CHECKS; i++) {
    // Long moduli are slow in BigInt: one in eight.
    const length = 64 + (((bytes(1, random)[0] ?? 0) * (i % 8 === 0 ? 960 : 230)) >> 8);
    const modulus = bytes(length, random);
    modulus[0] = Math.max(1, modulus[0] ?? 0);
    modulus[length - 1] = (modulus[length - 1] ?? 0) | 1;
    const n = toInteger(modulus);
    const e = i % 2 === 0 ? 65537n : toInteger(bytes(5, random)) >> 7n || 3n;
    samePublic(n, e, toInteger(bytes(length, random)) % n);
  }
});

test('public operations at every number of limbs, and with all of their bits set or none', () => {
  const random = repeatable(62);
  for (let bits = 512n; bits <= 8192n; bits += bits < 2600n ? 29n : 319n) {
    for (const n of [
      2n ** bits - 1n,
      2n ** (bits - 1n) + 1n,
      (toInteger(bytes(1024, random)) >> (8192n - bits)) | 1n,
    ])
      for (const input of [0n, 1n, 2n, n - 1n, n - 2n, n >> 1n]) samePublic(n, 17n, input);
  }
  samePublic(2n ** 8192n - 1n, 2n ** 33n - 1n, 2n ** 8191n + 12345n);
  for (const e of [3n, 5n, 2n ** 16n + 1n, 2n ** 32n - 1n, 2n ** 32n + 1n, 2n ** 33n - 1n, 2n ** 63n + 1n])
    samePublic(p1024 * p1023, e, p1024);
});

test('a public operation refuses what is not below the modulus, and what has another length', () => {
  const n = p1024 * p1023;
  const [modulus, e] = [minimal(n), minimal(65537n)];
  for (const bad of [n, n + 1n, 2n ** 2048n - 1n])
    assert.equal(kernel.publicPower(modulus, e, toBytes(bad, 256)), undefined);
  assert.ok(kernel.publicPower(modulus, e, toBytes(n - 1n, 256)));
  for (const length of [0, 255, 257])
    assert.equal(kernel.publicPower(modulus, e, new Uint8Array(length)), undefined);
  assert.throws(() => kernel.publicPower(new Uint8Array(1025).fill(1), e, new Uint8Array(1025)), RangeError);
});

test('at every length of a modulus, what has a bit above it is refused, although it fits in the bytes', () => {
  const random = repeatable(67);
  const e = minimal(3n);
  for (let bits = 2041n; bits <= 2300n; bits++) {
    const n = (toInteger(bytes(300, random)) >> (2400n - bits)) | (1n << (bits - 1n)) | 1n;
    const length = Number((bits + 7n) / 8n);
    assert.ok(kernel.publicPower(minimal(n), e, toBytes(5n, length)));
    for (let bit = bits; bit < BigInt(8 * length); bit++) {
      const above = toBytes((1n << bit) + 5n, length);
      assert.equal(kernel.publicPower(minimal(n), e, above), undefined, `${bits} bits, bit ${bit}`);
    }
  }
});

test('leading zeros of a modulus and an exponent do not matter', () => {
  const [modulus, e] = [minimal(p1024 * p1023), minimal(65537n)];
  const expected = kernel.publicPower(modulus, e, new Uint8Array(256).fill(1));
  const padded = kernel.publicPower(
    Uint8Array.of(0, 0, ...modulus),
    Uint8Array.of(0, ...e),
    new Uint8Array(256).fill(1),
  );
  assert.deepEqual(padded, expected);
});

test('moduli of different lengths take turns, each with what was prepared of it', () => {
  const e = minimal(65537n);
  const moduli = [p600 * p599, p2048 * p2048, p512 * p511, p1024 * p1023].map(minimal);
  const answers = moduli.map((each) => kernel.publicPower(each, e, new Uint8Array(each.length).fill(1)));
  for (let i = 0; i < 12; i++) {
    const each = moduli[(i * 3) % 4] ?? new Uint8Array(0);
    assert.deepEqual(kernel.publicPower(each, e, new Uint8Array(each.length).fill(1)), answers[(i * 3) % 4]);
  }
});

test(`${CROSS_CHECKS / 10} private operations under random keys`, () => {
  const random = repeatable(63);
  let key = generateRsaKey(1024, random);
  for (let i = 0; i < CROSS_CHECKS / 10; i++) {
    if (i % 20 === 19) key = generateRsaKey(1024 + 16 * (i % 3), random);
    const n = toInteger(key.modulus);
    samePrivate(key, toInteger(bytes(140, random)) % n, i + 1);
  }
});

const PAIRS: readonly (readonly [bigint, bigint, bigint?])[] = [
  [p512, p511],
  [p511, p512],
  [mersenne521, mersenne607],
  [mersenne607, p600],
  [p1024, p1023],
  [p1023, p1024, 2n ** 32n + 15n],
  [p1024, p255],
  [p255, p1024],
  [mersenne1279, mersenne607],
  [p2048, mersenne1279],
];

test('primes of other and of different lengths, and inputs at the edges: 0, 1, n - 1, multiples of a prime', () => {
  const random = repeatable(64);
  for (const [p, q, e] of PAIRS) {
    const key = rsaKeyOf(p, q, e);
    const n = p * q;
    const inputs = [0n, 1n, n - 1n, p, n - q, toInteger(bytes(500, random)) % n];
    for (const input of n > 2n ** 2100n ? inputs.slice(3) : inputs) samePrivate(key, input);
  }
});

const internal = (error: unknown): boolean => error instanceof TLSError && error.reason === 'internal_error';

test('whatever the random bytes are, the result is the same; all zeros blind nothing and are refused', () => {
  const key = rsaKeyOf(p600, p599);
  const input = new Uint8Array(150).fill(7);
  const results = [1, 2, 3].map((seed) => kernel.privatePower(key, input, repeatable(seed)));
  results.push(kernel.privatePower(key, input, (out) => void out.fill(255)));
  for (const each of results) assert.deepEqual(each, results[0]);
  assert.throws(
    () => kernel.privatePower(key, input, () => {}),
    (error: unknown) => error instanceof TLSError && error.reason === 'no_random',
  );
});

test('a source that throws leaves no secret behind', () => {
  const key = rsaKeyOf(p600, p599);
  const input = new Uint8Array(150).fill(7);
  assert.throws(() =>
    kernel.privatePower(key, input, () => {
      throw new TLSError('no_random', 'none');
    }),
  );
  samePrivate(key, toInteger(input));
});

/** The key with one of its numbers changed. */
function faulty(key: RsaPrivateNumbers, name: keyof RsaPrivateNumbers, bit: number): RsaPrivateNumbers {
  const { [name]: number } = key;
  const changed = flip(number instanceof Secret ? number.reveal() : number, bit);
  return { ...key, [name]: number instanceof Secret ? new Secret(changed) : changed };
}

test('a fault in any number of the key gives no signature: one wrong half would give a prime away', () => {
  const key = rsaKeyOf(p1024, p1023);
  const input = new Uint8Array(256).fill(3);
  let faults = 0;
  for (const name of ['prime1', 'prime2', 'exponent1', 'exponent2', 'coefficient'] as const) {
    for (const bit of [1, 5, 300, 777, 1011]) {
      const wrong = faulty(key, name, bit);
      if (!kernel.takes(wrong)) continue;
      assert.equal(kernel.privatePower(wrong, input, repeatable(bit)), undefined, `${name}, bit ${bit}`);
      faults += 1;
    }
  }
  assert.ok(faults >= 22, `${faults} faults`);
  samePrivate(key, toInteger(input));
});

/** Puts what a private operation needs into a module, as the kernel's class does it. */
function put(module: KernelModule, key: RsaPrivateNumbers, input: Uint8Array, seed: number): void {
  const at = (name: string): number => module.constant(name);
  module.memory.set(key.modulus, at('MODULUS'));
  module.call('takeModulus')(8 * key.modulus.length - Math.clz32(key.modulus[0] ?? 0) + 24);
  module.call('prepareModulus')(8 * key.modulus.length - Math.clz32(key.modulus[0] ?? 0) + 24);
  module.memory.set(bytes(576, repeatable(seed)), at('RANDOM'));
  module.memory.set(input, at('INPUT'));
  const secrets = {
    PRIME_P: key.prime1,
    PRIME_Q: key.prime2,
    EXPONENT_P: key.exponent1,
    EXPONENT_Q: key.exponent2,
    COEFFICIENT: key.coefficient,
  };
  for (const [name, secret] of Object.entries(secrets))
    module.memory.set(secret.reveal(), at(name) + at('SECRET_BYTES') - secret.length);
}

test('after a fault nothing of the wrong result stays in the kernel, not even until it is wiped', () => {
  const module = new KernelModule(RSA_MODULE);
  const key = rsaKeyOf(p600, p599);
  const input = new Uint8Array(150).fill(3);
  put(module, faulty(key, 'exponent2', 100), input, 1);
  assert.equal(module.call('privatePower')(150, 600, 599, 65537, 0), 0);
  const output = module.memory.subarray(module.constant('OUTPUT'), module.constant('OUTPUT') + 1024);
  assert.ok(output.every((byte) => byte === 0));
  put(module, key, input, 1);
  assert.equal(module.call('privatePower')(150, 600, 599, 65537, 0), 1);
  assert.ok(output.some((byte) => byte !== 0));
});

test('nothing of a key, a message or a signature is in its memory afterwards: it is as before', () => {
  const module = new KernelModule(RSA_MODULE);
  const key = rsaKeyOf(p1024, p1023);
  const leave = (input: Uint8Array): Uint8Array => {
    put(module, key, input, input[0] ?? 1);
    // The same without a private operation in between: the public key is all that may be there.
    for (const name of ['RANDOM', 'PRIME_P', 'PRIME_Q', 'EXPONENT_P', 'EXPONENT_Q', 'COEFFICIENT'])
      module.memory.fill(0, module.constant(name), module.constant(name) + (name === 'RANDOM' ? 576 : 264));
    module.call('publicPower')(65537, 0);
    module.call('wipe')();
    const before = module.memory.slice();
    put(module, key, input, input[0] ?? 1);
    assert.equal(module.call('privatePower')(256, 1024, 1023, 65537, 0), 1);
    module.call('wipe')();
    assert.deepEqual(module.memory.slice(), before);
    return before;
  };
  assert.deepEqual(leave(new Uint8Array(256).fill(1)), leave(new Uint8Array(256).fill(2)));
});

test('keys that the kernel has no room for are left to the reference, and sign', () => {
  const long = { p: 2n ** 2203n - 1n, q: 2n ** 521n - 1n };
  const key = rsaKeyOf(long.p, long.q);
  assert.equal(kernel.takes(key), false);
  assert.equal(kernel.takes(rsaKeyOf(p1024, 2n ** 127n - 1n)), false);
  const numbers = rsaKeyOf(p1024, p1023);
  assert.equal(kernel.takes(numbers), true);
  assert.equal(kernel.takes({ ...numbers, exponent2: numbers.privateExponent }), false);
  assert.equal(kernel.takes({ ...numbers, modulus: minimal(2n ** 2050n + 1n) }), false);
  const [algorithm] = signatureAlgorithms().filter((each) => each.name === 'rsa_pkcs1_sha256');
  assert.ok(algorithm);
  const ours = rsaOverKernel(algorithm);
  const signature = ours.sign({ kind: 'rsa', numbers: key }, new Uint8Array(3), repeatable(1));
  const publicKey = { kind: 'rsa', modulus: key.modulus, exponent: key.publicExponent } as const;
  assert.equal(algorithm.verify(publicKey, new Uint8Array(3), signature), true);
  assert.equal(ours.verify(publicKey, new Uint8Array(3), signature), true);
});

const SCHEMES = signatureAlgorithms().filter((each) => each.keyKind === 'rsa' || each.keyKind === 'rsa-pss');

test('signatures are those of the reference, byte for byte, from the same entropy, and verify in both', () => {
  const numbers = generateRsaKey(2048, repeatable(65));
  assert.equal(SCHEMES.length, 9);
  for (const [i, algorithm] of SCHEMES.entries()) {
    const ours = rsaOverKernel(algorithm);
    const kind = algorithm.keyKind === 'rsa' ? 'rsa' : 'rsa-pss';
    const key: PrivateKey = { kind, numbers, parameters: undefined };
    const publicKey = {
      kind,
      modulus: numbers.modulus,
      exponent: numbers.publicExponent,
      parameters: undefined,
    } as const;
    const message = bytes(10 * i, repeatable(66 + i));
    const signature = ours.sign(key, message, repeatable(100 + i));
    assert.deepEqual(signature, algorithm.sign(key, message, repeatable(100 + i)));
    for (const each of [algorithm, ours]) {
      assert.equal(each.verify(publicKey, message, signature), true);
      for (let bit = i; bit < 2048; bit += 331)
        assert.equal(each.verify(publicKey, message, flip(signature, bit)), false);
      assert.equal(each.verify(publicKey, flip(Uint8Array.of(0, ...message), 1), signature), false);
      assert.equal(each.verify(publicKey, message, signature.subarray(1)), false);
      assert.equal(each.verify({ ...publicKey, exponent: minimal(2n) }, message, signature), false);
      assert.equal(
        each.verify({ ...publicKey, modulus: numbers.modulus.subarray(1) }, message, signature),
        false,
      );
    }
    assert.throws(
      () =>
        ours.sign(
          { kind, numbers: faulty(numbers, 'exponent2', 9), parameters: undefined },
          message,
          repeatable(1),
        ),
      internal,
    );
    const other = kind === 'rsa' ? 'rsa-pss' : 'rsa';
    assert.throws(
      () => ours.sign({ kind: other, numbers, parameters: undefined }, message, repeatable(1)),
      internal,
    );
    assert.equal(ours.verify({ ...publicKey, kind: other }, message, signature), false);
  }
});
