/** The PRF of TLS 1.2 against published answers and against RFC 5246 5 written once more over OpenSSL's HMAC. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../../src/bytes/secret.ts';
import * as noble from '../../src/crypto/noble/hash.ts';
import { prf } from '../../src/crypto/prf.ts';
import type { HashFunction } from '../../src/crypto/provider.ts';
import * as kernel from '../../src/crypto/wasm/sha2.ts';
import { hex, vectors } from './support/vectors.ts';

interface Answers {
  readonly prf: readonly Record<'hash' | 'secret' | 'label' | 'seed' | 'output', string>[];
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function reference(hash: HashFunction, secret: Uint8Array, labelAndSeed: Uint8Array, length: number): Buffer {
  const mac = (data: Uint8Array): Buffer =>
    createHmac(hash.name.replace('-', ''), secret).update(data).digest();
  let a: Uint8Array = labelAndSeed;
  let out = Buffer.alloc(0);
  while (out.length < length) {
    a = mac(a);
    out = Buffer.concat([out, mac(Buffer.concat([a, labelAndSeed]))]);
  }
  return out.subarray(0, length);
}

for (const [provider, { sha256, sha384 }] of Object.entries({ noble, wasm: kernel })) {
  const hashOf = (name: string): HashFunction => (name === 'SHA-256' ? sha256 : sha384);

  test(`${provider}: published answers for SHA-256 and SHA-384`, () => {
    const { prf: answers } = vectors<Answers>('tls12-kdf.json');
    assert.deepEqual(
      answers.map((each) => each.hash),
      ['SHA-256', 'SHA-384'],
    );
    for (const { hash, secret, label, seed, output } of answers) {
      const length = output.length / 2;
      assert.equal(text(prf(hashOf(hash), hex(secret), label, hex(seed), length)), output);
      const owned = new Secret(hex(secret));
      assert.equal(text(prf(hashOf(hash), owned, label, hex(seed), length)), output, 'from a Secret');
      assert.equal(text(owned.reveal()), secret, 'which stays the caller’s');
      // The other hash gives something else altogether.
      assert.notEqual(
        text(prf(hash === 'SHA-256' ? sha384 : sha256, hex(secret), label, hex(seed), length)),
        output,
      );
    }
  });

  test(`${provider}: agrees with the RFC over OpenSSL for any input and length`, () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(
        fc.constantFrom(sha256, sha384),
        bytes,
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        bytes,
        fc.integer({ min: 0, max: 300 }),
        (hash, secret, label, seed, length) => {
          const expected = reference(hash, secret, Buffer.concat([label, seed]), length);
          assert.equal(text(prf(hash, secret, label, seed, length)), expected.toString('hex'));
        },
      ),
      { numRuns: 150 },
    );
  });

  test(`${provider}: a shorter output is the beginning of a longer one, at every edge of a block`, () => {
    const long = prf(sha256, hex('0102'), 'label', hex('03'), 129);
    for (const length of [0, 1, 12, 31, 32, 33, 48, 63, 64, 65, 128]) {
      assert.deepEqual(prf(sha256, hex('0102'), 'label', hex('03'), length), long.slice(0, length));
    }
  });

  test(`${provider}: each input counts`, () => {
    const base = text(prf(sha256, hex('00'), 'label', hex('00'), 32));
    for (const other of [
      prf(sha256, hex('01'), 'label', hex('00'), 32),
      prf(sha256, hex('00'), 'labem', hex('00'), 32),
      prf(sha256, hex('00'), 'label', hex('01'), 32),
      prf(sha256, hex('00'), 'label', hex('0000'), 32),
      prf(sha256, hex('00'), 'labe', hex('00'), 32),
    ]) {
      assert.notEqual(text(other), base);
    }
    // HMAC pads a short key with zeros, so this is one key (RFC 2104 2), and not a fault.
    assert.equal(text(prf(sha256, hex('0000'), 'label', hex('00'), 32)), base);
  });

  test(`${provider}: inputs are left alone, and nothing comes of a wiped secret`, () => {
    const [secret, seed] = [hex('aabb'), hex('ccdd')];
    prf(sha256, secret, 'label', seed, 100);
    assert.deepEqual([text(secret), text(seed)], ['aabb', 'ccdd']);
    const wiped = new Secret(hex('aabb'));
    wiped.wipe();
    assert.throws(() => prf(sha256, wiped, 'label', seed, 12), /wiped/);
  });
}
