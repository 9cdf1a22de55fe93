import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { aes128Gcm, aes256Gcm } from '../../src/crypto/noble/aes-gcm.ts';
import { chacha20Poly1305 } from '../../src/crypto/noble/chacha20-poly1305.ts';
import type { Aead } from '../../src/crypto/provider.ts';
import * as wasm from '../../src/crypto/wasm/aead.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, flip, hex, repeatable, vectors } from './support/vectors.ts';

/** The same three AEADs of each provider. */
const IMPLEMENTATIONS: readonly (readonly [
  string,
  { readonly [name in 'aes128Gcm' | 'aes256Gcm' | 'chacha20Poly1305']: Aead },
])[] = [
  ['noble', { aes128Gcm, aes256Gcm, chacha20Poly1305 }],
  ['wasm', wasm],
];

type Fields = Record<'key' | 'nonce' | 'aad' | 'plaintext' | 'ciphertext' | 'tag', string>;

function checkVector(aead: Aead, each: Fields): void {
  const plaintext = hex(each.plaintext);
  const sealed = hex(each.ciphertext + each.tag);
  const key = aead.create(hex(each.key));
  const buffer = new Uint8Array(sealed.length);
  buffer.set(plaintext);
  key.seal(hex(each.nonce), hex(each.aad), buffer, 0, plaintext.length);
  assert.deepEqual(buffer, sealed);
  assert.equal(key.open(hex(each.nonce), hex(each.aad), buffer, 0, sealed.length), plaintext.length);
  assert.deepEqual(buffer.subarray(0, plaintext.length), plaintext);
}

test('NIST CAVP vectors for AES-GCM', () => {
  const { tests } = vectors<{ tests: readonly (Fields & { bits: number })[] }>('aes-gcm-nist.json');
  assert.ok(tests.filter((each) => each.bits === 128).length > 20);
  assert.ok(tests.filter((each) => each.bits === 256).length > 20);
  for (const [, of] of IMPLEMENTATIONS) {
    for (const each of tests) checkVector(each.bits === 128 ? of.aes128Gcm : of.aes256Gcm, each);
  }
});

test('RFC 8439 2.8.2', () => {
  const { tests } = vectors<{ tests: readonly Fields[] }>('chacha20-poly1305-rfc8439.json');
  assert.equal(tests.length, 1);
  for (const [, of] of IMPLEMENTATIONS) for (const each of tests) checkVector(of.chacha20Poly1305, each);
});

function openssl(
  aead: Aead,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  // All three take these options; the typings list them one by one.
  const cipher = createCipheriv(aead.name.toLowerCase() as 'chacha20-poly1305', key, nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(aad, { plaintextLength: data.length });
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]));
}

const ALL = IMPLEMENTATIONS.flatMap(([provider, of]) =>
  [of.aes128Gcm, of.aes256Gcm, of.chacha20Poly1305].map((aead) => ({
    aead,
    name: `${provider}, ${aead.name}`,
  })),
);

for (const { aead, name } of ALL) {
  test(`${name}: agrees with OpenSSL at every small length, at every alignment, and across its work area`, () => {
    const random = repeatable();
    const raw = bytes(aead.keyLength, random);
    const key = aead.create(raw);
    const lengths = [...Array(70).keys(), 1000, 16384, 16385, 16640, 16641, 40000];
    for (const [index, length] of lengths.entries()) {
      const offset = index % 9;
      const [nonce, aad, data] = [bytes(12, random), bytes(index % 40, random), bytes(length, random)];
      const buffer = bytes(offset + length + 16 + 3, random);
      const before = buffer.slice();
      buffer.set(data, offset);
      key.seal(nonce, aad, buffer, offset, length);
      const expected = openssl(aead, raw, nonce, aad, data);
      assert.deepEqual(buffer.subarray(offset, offset + length + 16), expected);
      assert.deepEqual(buffer.subarray(0, offset), before.subarray(0, offset), 'bytes before stay');
      assert.deepEqual(buffer.subarray(-3), before.subarray(-3), 'bytes after stay');
      assert.equal(key.open(nonce, aad, buffer, offset, length + 16), length);
      assert.deepEqual(buffer.subarray(offset, offset + length), data);
    }
  });

  test(`${name}: long associated data`, () => {
    const random = repeatable(4);
    const [raw, nonce, data] = [bytes(aead.keyLength, random), bytes(12, random), bytes(100, random)];
    for (const length of [16640, 17000, 40001]) {
      const aad = bytes(length, random);
      const buffer = new Uint8Array(116);
      buffer.set(data);
      aead.create(raw).seal(nonce, aad, buffer, 0, 100);
      assert.deepEqual(buffer, openssl(aead, raw, nonce, aad, data));
    }
  });

  test(`${name}: any single bit turned is refused, and the buffer never holds plaintext then`, () => {
    const random = repeatable(5);
    const key = aead.create(bytes(aead.keyLength, random));
    const [nonce, aad, data] = [bytes(12, random), bytes(5, random), bytes(37, random)];
    const sealed = new Uint8Array(53);
    sealed.set(data);
    key.seal(nonce, aad, sealed, 0, 37);
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const forged = flip(sealed, bit);
      assert.equal(key.open(nonce, aad, forged, 0, 53), -1);
      assert.notDeepEqual(forged.subarray(0, 8), data.subarray(0, 8));
    }
    for (let bit = 0; bit < 96; bit++)
      assert.equal(key.open(flip(nonce, bit), aad, sealed.slice(), 0, 53), -1);
    for (let bit = 0; bit < 40; bit++)
      assert.equal(key.open(nonce, flip(aad, bit), sealed.slice(), 0, 53), -1);
    assert.equal(key.open(nonce, aad, sealed, 0, 53), 37, 'failures leave the key usable');
  });

  test(`${name}: too short, shifted or extended input is refused`, () => {
    const random = repeatable(6);
    const key = aead.create(bytes(aead.keyLength, random));
    const [nonce, aad] = [bytes(12, random), bytes(5, random)];
    const buffer = new Uint8Array(60);
    key.seal(nonce, aad, buffer, 0, 20);
    for (let length = 0; length < 36; length++)
      assert.equal(key.open(nonce, aad, buffer.slice(), 0, length), -1);
    for (let length = 37; length < 60; length++)
      assert.equal(key.open(nonce, aad, buffer.slice(), 0, length), -1);
    assert.equal(key.open(nonce, aad, buffer.slice(), 1, 36), -1);
    assert.equal(key.open(nonce, aad, buffer, 0, 36), 20);
  });

  test(`${name}: never leaves its buffer, refuses odd nonces and wrong keys, and is dead once wiped`, () => {
    const key = aead.create(new Uint8Array(aead.keyLength));
    const [nonce, aad, buffer] = [new Uint8Array(12), new Uint8Array(0), new Uint8Array(40)];
    const internal = (error: unknown): boolean =>
      error instanceof TLSError && error.reason === 'internal_error';
    assert.throws(() => key.seal(nonce, aad, buffer, 0, 25), internal);
    assert.throws(() => key.seal(nonce, aad, buffer, -1, 8), internal);
    assert.throws(() => key.seal(nonce, aad, buffer, 25, 0), internal);
    assert.throws(() => key.open(nonce, aad, buffer, 20, 21), internal);
    assert.throws(() => key.seal(new Uint8Array(11), aad, buffer, 0, 8), internal);
    assert.throws(() => key.open(new Uint8Array(13), aad, buffer, 0, 24), internal);
    assert.throws(() => aead.create(new Uint8Array(aead.keyLength - 1)), internal);
    assert.throws(() => aead.create(new Uint8Array(aead.keyLength + 1)), internal);
    key.wipe();
    assert.throws(() => key.seal(nonce, aad, buffer, 0, 8), internal);
    assert.throws(() => key.open(nonce, aad, buffer, 0, 24), internal);
  });

  test(`${name}: keys do not disturb each other, nor the caller's bytes`, () => {
    const random = repeatable(7);
    const raw = bytes(aead.keyLength, random);
    const kept = raw.slice();
    const [a, b] = [aead.create(raw), aead.create(bytes(aead.keyLength, random))];
    assert.deepEqual(raw, kept);
    const [nonce, aad] = [bytes(12, random), bytes(5, random)];
    const one = new Uint8Array(80);
    a.seal(nonce, aad, one, 0, 64);
    raw.fill(0);
    const other = new Uint8Array(80);
    b.seal(nonce, aad, other, 0, 64);
    b.wipe();
    assert.equal(a.open(nonce, aad, other, 0, 80), -1);
    assert.equal(a.open(nonce, aad, one, 0, 80), 64);
    assert.ok(one.subarray(0, 64).every((byte) => byte === 0));
  });
}

test('usage limits', () => {
  for (const [, of] of IMPLEMENTATIONS) {
    assert.equal(of.aes128Gcm.confidentialityLimit, Math.floor(2 ** 24.5));
    assert.equal(of.aes256Gcm.confidentialityLimit, Math.floor(2 ** 24.5));
    assert.equal(of.chacha20Poly1305.confidentialityLimit, Number.POSITIVE_INFINITY);
  }
  for (const { aead } of ALL) assert.equal(aead.integrityLimit, 2 ** 36);
});
