import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { generateRsaKey, isProbablePrime } from '../../src/crypto/rsa/generate.ts';
import {
  bitLength,
  gcd,
  modInverse,
  modPow,
  modPowPublic,
  toBytes,
  toInteger,
} from '../../src/crypto/rsa/integer.ts';
import { rsaKeyProblem, rsaPrivateKey } from '../../src/crypto/rsa/key.ts';
import { signPkcs1 } from '../../src/crypto/rsa/pkcs1.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, repeatable } from './support/vectors.ts';

test('integers to bytes and back, bit lengths', () => {
  assert.equal(toInteger(new Uint8Array(0)), 0n);
  assert.equal(toInteger(Uint8Array.of(0, 1, 2)), 258n);
  assert.deepEqual(toBytes(258n, 4), Uint8Array.of(0, 0, 1, 2));
  for (const [value, bits] of [
    [0n, 0],
    [1n, 1],
    [2n, 2],
    [255n, 8],
    [256n, 9],
    [2n ** 2048n - 1n, 2048],
    [2n ** 2048n, 2049],
  ] as const) {
    assert.equal(bitLength(value), bits);
  }
});

test('powers agree with the schoolbook', () => {
  const random = repeatable();
  for (let i = 0; i < 200; i++) {
    const modulus = toInteger(bytes(1 + (i % 12), random)) + 2n;
    const base = toInteger(bytes(1 + (i % 9), random)) % modulus;
    const exponent = toInteger(bytes(1, random));
    let expected = 1n % modulus;
    for (let k = 0n; k < exponent; k++) expected = (expected * base) % modulus;
    assert.equal(modPow(base, exponent, modulus) % modulus, expected);
    if (exponent > 0n) assert.equal(modPowPublic(base, exponent, modulus), expected);
  }
});

test('inverses are inverses, and undefined when there is none', () => {
  const random = repeatable();
  let none = 0;
  for (let i = 0; i < 300; i++) {
    const modulus = toInteger(bytes(1 + (i % 20), random)) + 2n;
    const value = toInteger(bytes(20, random));
    const inverse = modInverse(value, modulus);
    if (inverse === undefined) {
      none += 1;
      assert.notEqual(gcd(value, modulus), 1n);
    } else {
      assert.ok(inverse >= 0n && inverse < modulus);
      assert.equal((inverse * value) % modulus, 1n);
    }
  }
  assert.ok(none > 20 && none < 280);
});

test('Miller-Rabin: primes pass; composites, Carmichael numbers and strong pseudoprimes do not', () => {
  const random = repeatable();
  for (const prime of [5n, 7n, 65537n, 2n ** 61n - 1n, 2n ** 127n - 1n, 2n ** 255n - 19n, 2n ** 521n - 1n]) {
    assert.ok(isProbablePrime(prime, random), String(prime));
  }
  for (const composite of [
    9n,
    15n,
    561n,
    1729n,
    41041n,
    3215031751n, // strong pseudoprime to 2, 3, 5 and 7
    3825123056546413051n, // to the first nine primes
    (2n ** 61n - 1n) * (2n ** 127n - 1n),
    2n ** 256n + 1n,
  ]) {
    assert.ok(!isProbablePrime(composite, random), String(composite));
  }
});

test('a generated key is sound, of the exact size, and OpenSSL takes its signatures', () => {
  const random = repeatable(11);
  for (const bits of [1024, 2048]) {
    const numbers = generateRsaKey(bits, random);
    const limits = { minimumBits: 1024, maximumBits: 8192 };
    assert.equal(rsaKeyProblem(numbers, limits), undefined);
    const key = rsaPrivateKey(numbers, limits);
    assert.ok(key);
    assert.equal(key.bits, bits);
    assert.equal(key.e, 65537n);
    assert.equal(bitLength(key.p), bits / 2);
    assert.equal(bitLength(key.q), bits / 2);
    assert.ok(bitLength(key.p > key.q ? key.p - key.q : key.q - key.p) > bits / 2 - 100);
    assert.ok(isProbablePrime(key.p, random) && isProbablePrime(key.q, random));
    const jwk = { kty: 'RSA', n: Buffer.from(numbers.modulus).toString('base64url'), e: 'AQAB' };
    const message = bytes(33, random);
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    assert.ok(verify('SHA256', message, publicKey, signPkcs1(key, sha256, message, random)));
  }
});

test('two keys share nothing, one source gives one key', () => {
  const [a, b] = [generateRsaKey(1024, repeatable(1)), generateRsaKey(1024, repeatable(2))];
  assert.equal(gcd(toInteger(a.modulus), toInteger(b.modulus)), 1n);
  assert.deepEqual(generateRsaKey(1024, repeatable(1)).modulus, a.modulus);
});

test('other sizes are refused', () => {
  for (const bits of [0, 512, 1000, 1023, 2047, 2056.5, 8208, Number.NaN, Number.POSITIVE_INFINITY, -2048]) {
    assert.throws(
      () => generateRsaKey(bits, repeatable()),
      (error) => error instanceof TLSError && error.reason === 'invalid_option',
    );
  }
});
