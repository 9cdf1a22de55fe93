/**
 * Moduli whose length is no multiple of eight bits, by BigInt and by the kernel, with OpenSSL as witness. At 2049 bits an
 * encoded PSS message has a byte less than the modulus: what stands in that byte must be zero.
 */
import assert from 'node:assert/strict';
import { constants, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import type { RsaPrivateNumbers, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import { toBytes, toInteger } from '../../src/crypto/rsa/integer.ts';
import { rsaPrivateKey } from '../../src/crypto/rsa/key.ts';
import { rsaPrivateOperation } from '../../src/crypto/rsa/private.ts';
import { encodePss } from '../../src/crypto/rsa/pss.ts';
import { rsaOverKernel } from '../../src/crypto/wasm/rsa.ts';
import { PRIMES, rsaKeyOf } from './support/rsa-keys.ts';
import { bytes, repeatable } from './support/vectors.ts';

const KEYS: readonly (readonly [number, RsaPrivateNumbers])[] = [
  [2049, rsaKeyOf(PRIMES.p1025, PRIMES.p1024)],
  [2303, rsaKeyOf(PRIMES.mersenne1279, PRIMES.p1024)],
  [2304, rsaKeyOf(PRIMES.p1025, PRIMES.mersenne1279)],
];
const LIMITS = { minimumBits: 512, maximumBits: 8192 } as const;

const SCHEMES = signatureAlgorithms().filter((each) => each.keyKind === 'rsa');

function opensslKey(numbers: RsaPrivateNumbers): KeyObject {
  const text = (number: Uint8Array): string => Buffer.from(number).toString('base64url');
  const key = {
    kty: 'RSA',
    n: text(numbers.modulus),
    e: text(numbers.publicExponent),
    d: text(numbers.privateExponent.reveal()),
    p: text(numbers.prime1.reveal()),
    q: text(numbers.prime2.reveal()),
    dp: text(numbers.exponent1.reveal()),
    dq: text(numbers.exponent2.reveal()),
    qi: text(numbers.coefficient.reveal()),
  };
  return createPrivateKey({ key, format: 'jwk' });
}

function opensslOptions(
  scheme: SignatureAlgorithm,
  key: KeyObject,
): { key: KeyObject; padding: number; saltLength: number } {
  const padding = scheme.padding === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  return { key, padding, saltLength: scheme.hash?.outputLength ?? 0 };
}

for (const [bits, numbers] of KEYS) {
  const publicKey = { kind: 'rsa', modulus: numbers.modulus, exponent: numbers.publicExponent } as const;

  test(`${bits} bits: OpenSSL takes our signatures, and we take OpenSSL's`, () => {
    const theirs = opensslKey(numbers);
    for (const [i, scheme] of SCHEMES.entries()) {
      const name = scheme.hash?.name.replace('-', '') ?? '';
      const message = bytes(20 * i, repeatable(i + 1));
      const made = sign(name, message, opensslOptions(scheme, theirs));
      for (const each of [scheme, rsaOverKernel(scheme)]) {
        const signature = each.sign({ kind: 'rsa', numbers }, message, repeatable(i + 7));
        assert.ok(
          verify(name, message, opensslOptions(scheme, createPublicKey(theirs)), signature),
          scheme.name,
        );
        assert.ok(each.verify(publicKey, message, made), scheme.name);
        assert.ok(!each.verify(publicKey, Uint8Array.of(...message, 0), made), scheme.name);
      }
    }
  });
}

test('2049 bits: a byte that is not zero in front of an encoded PSS message is refused', () => {
  const [, numbers] = KEYS[0] ?? [];
  const key = numbers && rsaPrivateKey(numbers, LIMITS);
  assert.ok(numbers && key);
  const publicKey = { kind: 'rsa', modulus: numbers.modulus, exponent: numbers.publicExponent } as const;
  const message = new Uint8Array(5);
  for (const scheme of SCHEMES.filter((each) => each.padding === 'pss')) {
    assert.ok(scheme.hash);
    const em = encodePss(key, scheme.hash, scheme.hash.outputLength, message, repeatable(3));
    assert.equal(em[0], 0);
    const forged = Uint8Array.from(em);
    forged[0] = 1;
    const [good, bad] = [em, forged].map(
      (each): Uint8Array => toBytes(rsaPrivateOperation(key, toInteger(each), repeatable(4)), key.length),
    );
    assert.ok(good && bad);
    for (const each of [scheme, rsaOverKernel(scheme)]) {
      assert.equal(each.verify(publicKey, message, good), true);
      assert.equal(each.verify(publicKey, message, bad), false);
    }
  }
});
