/**
 * The AEAD kernels against the reference: every length around block and chunk borders, random records, keys that take
 * turns, and what they leave in their memory. CROSS_CHECKS=100000 makes the random part as long as a release wants it.
 */
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { poly1305 } from '@noble/ciphers/_poly1305.js';
import * as reference from '../../../src/crypto/noble/aes-gcm.ts';
import { chacha20Poly1305 as referenceChaCha } from '../../../src/crypto/noble/chacha20-poly1305.ts';
import type { Aead, AeadKey } from '../../../src/crypto/provider.ts';
import * as wasm from '../../../src/crypto/wasm/aead.ts';
import { type AeadKernel, KernelAeadKey } from '../../../src/crypto/wasm/aead-kernel.ts';
import { CHACHA20_POLY1305_MODULE } from '../../../src/crypto/wasm/binary/chacha20-poly1305.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { bytes, flip, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = Number(process.env['CROSS_CHECKS'] ?? 600);
const CHUNK = 16640;

const PAIRS: readonly (readonly [Aead, Aead])[] = [
  [reference.aes128Gcm, wasm.aes128Gcm],
  [reference.aes256Gcm, wasm.aes256Gcm],
  [referenceChaCha, wasm.chacha20Poly1305],
];

function kernelOf(aead: Aead): AeadKernel {
  const kernel = (aead.name === 'ChaCha20-Poly1305' ? wasm.chacha20Poly1305Kernel : wasm.aesGcmKernel).get();
  assert.ok(kernel, 'the kernel runs here');
  return kernel;
}

/** Seals with both, compares, opens with both. */
function sameRecord(
  [theirs, ours]: readonly [AeadKey, AeadKey],
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
  offset: number,
): void {
  const [one, other] = [theirs, ours].map((key) => {
    const buffer = new Uint8Array(offset + data.length + 16);
    buffer.set(data, offset);
    key.seal(nonce, aad, buffer, offset, data.length);
    return buffer;
  });
  assert.deepEqual(other, one);
  assert.ok(other);
  assert.equal(ours.open(nonce, aad, other, offset, data.length + 16), data.length);
  assert.deepEqual(other.subarray(offset, offset + data.length), data);
}

for (const [theirs, ours] of PAIRS) {
  const random = repeatable(11);
  const pair = (raw: Uint8Array): [AeadKey, AeadKey] => [theirs.create(raw), ours.create(raw)];

  test(`${ours.name}: every length from 0 to 300, and around each border after that`, () => {
    const keys = pair(bytes(ours.keyLength, random));
    const borders = [512, 640, 752, 768, 784, 1024, 16384, CHUNK, 2 * CHUNK].flatMap((at) =>
      [-17, -16, -15, -1, 0, 1, 15, 16, 17].map((by) => at + by),
    );
    for (const length of [...Array(301).keys(), ...borders]) {
      const aad = bytes(length % 18, random);
      sameRecord(keys, bytes(12, random), aad, bytes(length, random), length % 5);
    }
  });

  test(`${ours.name}: associated data of every length from 0 to 40, and longer than a chunk`, () => {
    const keys = pair(bytes(ours.keyLength, random));
    for (const length of [...Array(41).keys(), CHUNK - 1, CHUNK, CHUNK + 1]) {
      for (const text of [0, 1, 33, CHUNK + 5]) {
        if (text > 100 && length > 1 && length < 39) continue;
        sameRecord(keys, bytes(12, random), bytes(length, random), bytes(text, random), 0);
      }
    }
  });

  test(`${ours.name}: ${CROSS_CHECKS} random records under random keys`, () => {
    const draw = (below: number): number => {
      const [a = 0, b = 0, c = 0] = bytes(3, random);
      return (a | (b << 8) | (c << 16)) % below;
    };
    for (let i = 0; i < CROSS_CHECKS; i++) {
      // Keys, nonces and texts of only zeros or ones now and then.
      const fill = (length: number): Uint8Array =>
        draw(8) === 0 ? new Uint8Array(length).fill(draw(2) * 255) : bytes(length, random);
      const length = i % 100 === 0 ? draw(2 * CHUNK) : draw(1500);
      sameRecord(pair(fill(ours.keyLength)), fill(12), fill(draw(20)), fill(length), draw(4));
    }
  });

  test(`${ours.name}: keys take turns in one kernel, and one of them is wiped`, () => {
    const keys = Array.from({ length: 6 }, () => pair(bytes(ours.keyLength, random)));
    for (let round = 0; round < 60; round++) {
      const [theirKey, ourKey] = keys[(round * 5) % (round < 40 ? 6 : 5)] ?? [];
      assert.ok(theirKey && ourKey);
      sameRecord([theirKey, ourKey], bytes(12, random), bytes(13, random), bytes(round * 7, random), 0);
      if (round === 40) keys[5]?.[1].wipe();
    }
  });

  test(`${ours.name}: a byte changed at any place of a message longer than a chunk is refused, unopened`, () => {
    const key = ours.create(bytes(ours.keyLength, random));
    const [nonce, aad, data] = [bytes(12, random), bytes(20, random), bytes(CHUNK + 50, random)];
    const sealed = new Uint8Array(data.length + 16);
    sealed.set(data);
    key.seal(nonce, aad, sealed, 0, data.length);
    for (const at of [0, 15, 16, CHUNK - 1, CHUNK, CHUNK + 49, CHUNK + 50, CHUNK + 65]) {
      const forged = flip(sealed, 8 * at);
      const kept = forged.slice();
      assert.equal(key.open(nonce, aad, forged, 0, forged.length), -1);
      assert.deepEqual(forged, kept, 'the ciphertext stays');
    }
    assert.equal(key.open(nonce, aad, sealed, 0, sealed.length), data.length);
  });

  test(`${ours.name}: a refused record leaves the buffer as it was`, () => {
    const key = ours.create(bytes(ours.keyLength, random));
    const [nonce, aad] = [bytes(12, random), bytes(5, random)];
    const sealed = bytes(60, random);
    for (let at = 0; at < sealed.length; at++) {
      const forged = flip(sealed, 8 * at);
      const kept = forged.slice();
      assert.equal(key.open(nonce, aad, forged, 0, 60), -1);
      assert.deepEqual(forged, kept);
    }
  });

  test(`${ours.name}: its memory never grows, and holds no plaintext and, after a wipe, no key`, () => {
    const { memory } = kernelOf(ours);
    const { buffer: before } = memory;
    const raw = bytes(ours.keyLength, random);
    const key = ours.create(raw);
    const has = (part: Uint8Array): boolean => Buffer.from(memory.buffer).includes(Buffer.from(part));
    const [nonce, aad] = [bytes(12, random), bytes(5, random)];
    for (const length of [16, 100, 16384, CHUNK + 100]) {
      const data = bytes(length, random);
      const buffer = new Uint8Array(length + 16);
      buffer.set(data);
      key.seal(nonce, aad, buffer, 0, length);
      assert.ok(!has(data.subarray(0, 16)), 'after sealing');
      const forged = flip(buffer, 8 * length);
      assert.equal(key.open(nonce, aad, buffer, 0, length + 16), length);
      assert.ok(!has(data.subarray(0, 16)), 'after opening');
      assert.equal(key.open(nonce, aad, forged, 0, length + 16), -1);
      assert.ok(!has(data.subarray(0, 16)), 'after refusing');
    }
    assert.ok(has(raw.subarray(0, 16)), 'the key is in use');
    key.wipe();
    assert.ok(!has(raw.subarray(0, 16)), 'the key is gone');
    assert.equal(memory.buffer, before);
    assert.ok(memory.length <= 2 * 65536);
  });

  test(`${ours.name}: what is used up is cleared: nothing in memory depends on the key after a wipe`, () => {
    const kernel = kernelOf(ours);
    const trace = (raw: Uint8Array): Uint8Array => {
      const key = new KernelAeadKey(kernel, raw);
      for (const length of [0, 70, 2000, CHUNK + 3]) {
        const buffer = new Uint8Array(length + 16);
        key.seal(new Uint8Array(12), new Uint8Array(5), buffer, 0, length);
        key.open(new Uint8Array(12), new Uint8Array(5), buffer, 0, length + 16);
      }
      key.wipe();
      const left = kernel.memory.slice();
      // The last record's ciphertext and tag are public.
      left.fill(0, kernel.at.text, kernel.at.text + CHUNK + 16);
      left.fill(0, kernel.at.tag, kernel.at.tag + 16);
      return left;
    };
    assert.deepEqual(trace(bytes(ours.keyLength, random)), trace(bytes(ours.keyLength, random)));
  });
}

test('the known tags that kernels are tested with when loaded are those of OpenSSL', () => {
  const counting = (length: number, from: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => from + i);
  for (const [name, keyLength, tag] of [
    ['aes-128-gcm', 16, wasm.KNOWN_TAGS.aes128],
    ['aes-256-gcm', 32, wasm.KNOWN_TAGS.aes256],
    ['chacha20-poly1305', 32, wasm.KNOWN_TAGS.chacha20],
  ] as const) {
    const cipher = createCipheriv(name as 'chacha20-poly1305', counting(keyLength, 0), counting(12, 64), {
      authTagLength: 16,
    });
    cipher.setAAD(counting(13, 128), { plaintextLength: 1000 });
    cipher.update(counting(1000, 1));
    cipher.final();
    assert.equal(cipher.getAuthTag().toString('hex'), tag);
  }
});

test('Poly1305 at the edges of its limbs: extreme keys and blocks, both widths', () => {
  const module = new KernelModule(CHACHA20_POLY1305_MODULE);
  const [key, text, run] = [
    module.constant('KEY'),
    module.constant('TEXT'),
    module.call('authenticateAlone'),
  ];
  const random = repeatable(12);
  const ones = (length: number): Uint8Array => new Uint8Array(length).fill(255);
  const one = (at: number, value: number): Uint8Array => {
    const out = new Uint8Array(32);
    out[at] = value;
    return out;
  };
  const keys = [
    ones(32),
    new Uint8Array(32),
    new Uint8Array([...ones(16), ...new Uint8Array(16)]),
    new Uint8Array([...new Uint8Array(16), ...ones(16)]),
    ...Array.from({ length: 16 }, (_, at) => one(at, 0xfc)),
    ...Array.from({ length: 16 }, (_, at) => one(at, 0x0c)),
    one(0, 1),
    one(0, 2),
    ...Array.from({ length: 60 }, () => bytes(32, random)),
  ];
  // Blocks near 2^128, near p (0xfb with ones above it is p's last byte), and of alternating limbs.
  const blocks = [ones(16), new Uint8Array(16), ones(16).fill(0xfb, 0, 1), ones(16).fill(0xfa, 0, 1)];
  for (const raw of keys) {
    for (const count of [0, 1, 3, 4, 5, 8, 9, 64, 130, 1000]) {
      for (const [kind, block] of [...blocks, undefined].entries()) {
        const message = bytes(16 * count, random);
        if (block !== undefined) for (let i = 0; i < count; i++) message.set(block, 16 * i);
        const expected = poly1305(message, raw);
        for (const wide of [0, 64 * Math.floor(count / 4)]) {
          module.memory.set(raw, key);
          module.memory.set(message, text);
          run(message.length, wide);
          const at = text + message.length;
          assert.deepEqual(module.memory.slice(at, at + 16), expected, `${count} blocks of kind ${kind}`);
        }
      }
    }
  }
});
