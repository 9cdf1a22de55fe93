import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { type BlockCipher, CcmKey } from '../../src/crypto/ccm.ts';
import * as noble from '../../src/crypto/noble/aes-ccm.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { Aead, AeadKey } from '../../src/crypto/provider.ts';
import { selfTest } from '../../src/crypto/self-test.ts';
import * as wasm from '../../src/crypto/wasm/aes-ccm.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, flip, hex, repeatable } from './support/vectors.ts';

const { aes128Ccm, aes256Ccm, aes128Ccm8, aes256Ccm8 } = noble;
const ALL = [aes128Ccm, aes256Ccm, aes128Ccm8, aes256Ccm8];
const KERNELS = [wasm.aes128Ccm, wasm.aes256Ccm, wasm.aes128Ccm8, wasm.aes256Ccm8];
const internal = (error: unknown): boolean => error instanceof TLSError && error.reason === 'internal_error';

function openssl(
  aead: Aead,
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
): Uint8Array {
  const name = aead.keyLength === 16 ? 'aes-128-ccm' : 'aes-256-ccm';
  const cipher = createCipheriv(name, key, nonce, { authTagLength: aead.tagLength });
  cipher.setAAD(aad, { plaintextLength: data.length });
  return new Uint8Array(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()]));
}

test('NIST SP 800-38C, example 3', () => {
  for (const aead of [aes128Ccm8, wasm.aes128Ccm8]) nistExample(aead);
});

function nistExample(aead: Aead): void {
  const key = aead.create(hex('404142434445464748494a4b4c4d4e4f'));
  const nonce = hex('101112131415161718191a1b');
  const aad = hex('000102030405060708090a0b0c0d0e0f10111213');
  const plaintext = hex('202122232425262728292a2b2c2d2e2f3031323334353637');
  const buffer = new Uint8Array(32);
  buffer.set(plaintext);
  key.seal(nonce, aad, buffer, 0, 24);
  assert.deepEqual(buffer, hex('e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951'));
  assert.equal(key.open(nonce, aad, buffer, 0, 32), 24);
  assert.deepEqual(buffer.subarray(0, 24), plaintext);
}

test('lengths and limits are those of RFC 6655 and RFC 9147', () => {
  assert.deepEqual(
    ALL.map((aead) => [aead.name, aead.keyLength, aead.nonceLength, aead.tagLength]),
    [
      ['AES-128-CCM', 16, 12, 16],
      ['AES-256-CCM', 32, 12, 16],
      ['AES-128-CCM-8', 16, 12, 8],
      ['AES-256-CCM-8', 32, 12, 8],
    ],
  );
  for (const aead of ALL) assert.equal(aead.confidentialityLimit, 2 ** 23);
  assert.ok(aes128Ccm8.integrityLimit < aes128Ccm.integrityLimit);
});

for (const [provider, aead] of [
  ...ALL.map((each) => ['noble', each] as const),
  ...KERNELS.map((each) => ['wasm', each] as const),
]) {
  const tag = aead.tagLength;

  test(`${provider}, ${aead.name}: agrees with OpenSSL at every small length of data and associated data, and at any offset`, () => {
    const random = repeatable();
    const raw = bytes(aead.keyLength, random);
    const key = aead.create(raw);
    const check = (length: number, aadLength: number, offset: number): void => {
      const [nonce, aad, data] = [bytes(12, random), bytes(aadLength, random), bytes(length, random)];
      const buffer = bytes(offset + length + tag + 3, random);
      const before = buffer.slice();
      buffer.set(data, offset);
      key.seal(nonce, aad, buffer, offset, length);
      const expected = openssl(aead, raw, nonce, aad, data);
      assert.deepEqual(buffer.subarray(offset, offset + length + tag), expected, `${length}, ${aadLength}`);
      assert.deepEqual(buffer.subarray(0, offset), before.subarray(0, offset), 'bytes before stay');
      assert.deepEqual(buffer.subarray(-3), before.subarray(-3), 'bytes after stay');
      assert.equal(key.open(nonce, aad, buffer, offset, length + tag), length);
      assert.deepEqual(buffer.subarray(offset, offset + length), data);
    };
    for (let length = 0; length < 50; length++) check(length, 13, length % 7);
    for (let aadLength = 0; aadLength < 50; aadLength++) check(20, aadLength, 0);
    check(16384, 13, 5);
    check(16384, 5, 13);
    check(40000, 0xfeff, 1);
  });

  test(`${provider}, ${aead.name}: any single bit turned is refused, and no plaintext is left`, () => {
    const random = repeatable(5);
    const key = aead.create(bytes(aead.keyLength, random));
    const [nonce, aad, data] = [bytes(12, random), bytes(5, random), bytes(37, random)];
    const sealed = new Uint8Array(37 + tag);
    sealed.set(data);
    key.seal(nonce, aad, sealed, 0, 37);
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const forged = flip(sealed, bit);
      assert.equal(key.open(nonce, aad, forged, 0, sealed.length), -1);
      // The reference decrypts in place and wipes; the kernel hands nothing out, so the input stays.
      const left = provider === 'noble' ? new Uint8Array(37) : flip(sealed, bit).subarray(0, 37);
      assert.deepEqual(forged.subarray(0, 37), left);
    }
    for (let bit = 0; bit < 96; bit++)
      assert.equal(key.open(flip(nonce, bit), aad, sealed.slice(), 0, sealed.length), -1);
    for (let bit = 0; bit < 40; bit++)
      assert.equal(key.open(nonce, flip(aad, bit), sealed.slice(), 0, sealed.length), -1);
    assert.equal(key.open(nonce, new Uint8Array(0), sealed.slice(), 0, sealed.length), -1);
    assert.equal(key.open(nonce, aad, sealed, 0, sealed.length), 37, 'failures leave the key usable');
  });

  test(`${provider}, ${aead.name}: too short, shifted, cut or extended input is refused`, () => {
    const random = repeatable(6);
    const key = aead.create(bytes(aead.keyLength, random));
    const [nonce, aad] = [bytes(12, random), bytes(5, random)];
    const buffer = new Uint8Array(60);
    const whole = 20 + tag;
    key.seal(nonce, aad, buffer, 0, 20);
    for (let length = 0; length < 60; length++) {
      if (length !== whole) assert.equal(key.open(nonce, aad, buffer.slice(), 0, length), -1, `${length}`);
    }
    assert.equal(key.open(nonce, aad, buffer.slice(), 1, whole), -1);
    assert.equal(key.open(nonce, aad, buffer, 0, whole), 20);
  });

  test(`${provider}, ${aead.name}: never leaves its buffer, refuses odd arguments, and is dead once wiped`, () => {
    const key = aead.create(new Uint8Array(aead.keyLength));
    const [nonce, aad, buffer] = [new Uint8Array(12), new Uint8Array(0), new Uint8Array(40)];
    const misuses: readonly ((k: AeadKey) => unknown)[] = [
      (k) => k.seal(nonce, aad, buffer, 0, 41 - tag),
      (k) => k.seal(nonce, aad, buffer, -1, 8),
      (k) => k.seal(nonce, aad, buffer, 41 - tag, 0),
      (k) => k.open(nonce, aad, buffer, 20, 21),
      (k) => k.open(nonce, aad, buffer, 0, -1),
      (k) => k.seal(new Uint8Array(11), aad, buffer, 0, 8),
      (k) => k.open(new Uint8Array(13), aad, buffer, 0, 24),
      (k) => k.seal(nonce, new Uint8Array(0xff00), buffer, 0, 8),
      () => aead.create(new Uint8Array(aead.keyLength - 1)),
      () => aead.create(new Uint8Array(aead.keyLength + 1)),
    ];
    for (const misuse of misuses) assert.throws(() => misuse(key), internal);
    assert.deepEqual(buffer, new Uint8Array(40), 'nothing was touched');
    key.wipe();
    assert.throws(() => key.seal(nonce, aad, buffer, 0, 8), internal);
    assert.throws(() => key.open(nonce, aad, buffer, 0, 24), internal);
  });
}

test('the key is copied, wiping reaches the cipher, and data too long for its length field is refused', () => {
  const raw = new Uint8Array(16).fill(9);
  const key = aes128Ccm.create(raw);
  raw.fill(0);
  const buffer = new Uint8Array(32);
  key.seal(new Uint8Array(12), new Uint8Array(0), buffer, 0, 16);
  const expected = openssl(
    aes128Ccm,
    new Uint8Array(16).fill(9),
    new Uint8Array(12),
    new Uint8Array(0),
    new Uint8Array(16),
  );
  assert.deepEqual(buffer, expected);
  let wiped = 0;
  const cipher: BlockCipher = {
    encrypt: () => {},
    wipe: () => {
      wiped += 1;
    },
  };
  const toy = new CcmKey(cipher, 16);
  const huge = new Uint8Array(2 ** 24 + 16);
  assert.throws(() => toy.seal(new Uint8Array(12), raw, huge, 0, 2 ** 24), internal);
  toy.wipe();
  assert.equal(wiped, 1);
});

test('suites with it are there to be asked for, and not before', () => {
  const provider = nobleProvider(repeatable());
  const names = (list: readonly { readonly name: string }[]): string[] => list.map((each) => each.name);
  assert.deepEqual(names(provider.optionalCipherSuites13), [
    'TLS_AES_128_CCM_SHA256',
    'TLS_AES_128_CCM_8_SHA256',
  ]);
  const ccm12 = provider.optionalCipherSuites12.filter((suite) => suite.name.includes('CCM'));
  assert.deepEqual(names(ccm12), [
    'TLS_ECDHE_ECDSA_WITH_AES_128_CCM',
    'TLS_ECDHE_ECDSA_WITH_AES_256_CCM',
    'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',
    'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8',
  ]);
  for (const suite of [...provider.cipherSuites13, ...provider.cipherSuites12]) {
    assert.ok(!suite.name.includes('CCM'), suite.name);
  }
  for (const suite of ccm12) {
    assert.deepEqual([suite.authentication, suite.nonce, suite.hash.name], ['ecdsa', 'explicit', 'SHA-256']);
  }
  const tested = selfTest({ ...provider, groups: [], signatureAlgorithms: [] })
    .filter((each) => each.ok)
    .map((each) => each.name);
  for (const aead of ALL) assert.ok(tested.includes(aead.name), aead.name);
});

test('suites of TLS 1.2 say how they sign and count', () => {
  for (const suite of nobleProvider(repeatable()).cipherSuites12) {
    assert.equal(suite.authentication, suite.name.startsWith('TLS_ECDHE_RSA_') ? 'rsa' : 'ecdsa');
    assert.equal(suite.nonce, suite.name.includes('CHACHA20') ? 'xor' : 'explicit');
    assert.equal(suite.hash.name, suite.name.endsWith('SHA384') ? 'SHA-384' : 'SHA-256');
  }
});
