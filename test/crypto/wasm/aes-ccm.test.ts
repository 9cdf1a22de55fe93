/**
 * AES-CCM of the kernel against the reference's: random records of every path, keys that take turns with each other and
 * with GCM's, and what stays in the memory they share. CROSS_CHECKS=100000 makes the random part as long as a release
 * wants it; ccm.test.ts has what both must do.
 */
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import * as noble from '../../../src/crypto/noble/aes-ccm.ts';
import { aes256Gcm as referenceGcm } from '../../../src/crypto/noble/aes-gcm.ts';
import type { Aead, AeadKey } from '../../../src/crypto/provider.ts';
import { aes256Gcm, aesGcmKernel } from '../../../src/crypto/wasm/aead.ts';
import * as wasm from '../../../src/crypto/wasm/aes-ccm.ts';
import { bytes, flip, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = Number(process.env['CROSS_CHECKS'] ?? 600);
const CHUNK = 16640;

const PAIRS: readonly (readonly [theirs: Aead, ours: Aead])[] = [
  [noble.aes128Ccm, wasm.aes128Ccm],
  [noble.aes256Ccm, wasm.aes256Ccm],
  [noble.aes128Ccm8, wasm.aes128Ccm8],
  [noble.aes256Ccm8, wasm.aes256Ccm8],
  // Another user of the same memory.
  [referenceGcm, aes256Gcm],
];

interface Pair {
  readonly theirs: AeadKey;
  readonly ours: AeadKey;
  readonly tag: number;
}

function sameRecord({ theirs, ours, tag }: Pair, nonce: Uint8Array, aad: Uint8Array, data: Uint8Array): void {
  const [one, other] = [theirs, ours].map((key) => {
    const buffer = new Uint8Array(3 + data.length + tag);
    buffer.set(data, 3);
    key.seal(nonce, aad, buffer, 3, data.length);
    return buffer;
  });
  assert.ok(one && other);
  const what = `${data.length} bytes, ${aad.length} associated`;
  assert.equal(Buffer.compare(one, other), 0, what);
  const forged = flip(other, 24 + (data.length % (8 * (data.length + tag))));
  const before = forged.slice();
  assert.equal(ours.open(nonce, aad, forged, 3, data.length + tag), -1, what);
  if (data.length <= CHUNK && aad.length <= 16) assert.equal(Buffer.compare(forged, before), 0, 'untouched');
  assert.equal(ours.open(nonce, aad, other, 3, data.length + tag), data.length, what);
  assert.equal(Buffer.compare(other.subarray(3, 3 + data.length), data), 0, what);
}

test('the kernel runs here, and its known answers are OpenSSL’s', () => {
  assert.ok(wasm.aesCcmKernel.get() !== undefined, wasm.aesCcmKernel.status().reason);
  const counting = (length: number, from: number): Buffer =>
    Buffer.from(Array.from({ length }, (_, i) => (from + i) & 255));
  for (const [length, name, tag] of [
    [16, 'aes-128-ccm', wasm.KNOWN_CCM_TAGS.aes128],
    [32, 'aes-256-ccm', wasm.KNOWN_CCM_TAGS.aes256],
  ] as const) {
    const cipher = createCipheriv(name, counting(length, 0), counting(12, 64), { authTagLength: 16 });
    cipher.setAAD(counting(13, 128), { plaintextLength: 500 });
    cipher.update(counting(500, 1));
    cipher.final();
    assert.equal(cipher.getAuthTag().toString('hex'), tag);
  }
});

test('lengths from 0 to 300 and around chunks, associated data from none to more than a call takes', () => {
  const random = repeatable(81);
  for (const [theirs, ours] of PAIRS) {
    const raw = bytes(ours.keyLength, random);
    const pair = { theirs: theirs.create(raw), ours: ours.create(raw), tag: ours.tagLength };
    for (const length of [...Array(301).keys(), CHUNK - 16, CHUNK - 1, CHUNK, CHUNK + 1]) {
      sameRecord(pair, bytes(12, random), bytes(length % 20, random), bytes(length, random));
    }
  }
});

test(`${CROSS_CHECKS} random records under keys that take turns`, () => {
  const random = repeatable(82);
  const draw = (below: number): number => {
    const [a = 0, b = 0] = bytes(2, random);
    return (256 * a + b) % below;
  };
  let pairs: Pair[] = [];
  for (let i = 0; i < CROSS_CHECKS; i++) {
    if (i % 100 === 0) {
      pairs = PAIRS.map(([theirs, ours]) => {
        const raw = draw(4) === 0 ? new Uint8Array(ours.keyLength).fill(255) : bytes(ours.keyLength, random);
        return { theirs: theirs.create(raw), ours: ours.create(raw), tag: ours.tagLength };
      });
    }
    const pair = pairs[draw(pairs.length)];
    if (pair === undefined) continue;
    const data =
      draw(5) === 0 ? new Uint8Array(draw(300)).fill(255) : bytes(draw(draw(9) === 0 ? 2000 : 100), random);
    sameRecord(pair, bytes(12, random), bytes(draw(17), random), data);
  }
});

test('neither key nor text stays once a key is wiped', () => {
  const kernel = aesGcmKernel.get();
  assert.ok(kernel);
  const left = [83, 84].map((seed) => {
    const random = repeatable(seed);
    const key = wasm.aes128Ccm.create(bytes(16, random));
    for (const length of [0, 5, 100, CHUNK, CHUNK + 1]) {
      const buffer = bytes(length + 16, random);
      key.seal(new Uint8Array(12), new Uint8Array(5), buffer, 0, length);
      assert.equal(key.open(new Uint8Array(12), new Uint8Array(5), buffer, 0, length + 16), length);
      key.open(new Uint8Array(12), new Uint8Array(5), buffer, 0, length + 16);
      key.seal(new Uint8Array(12), new Uint8Array(17), buffer, 0, length);
    }
    key.wipe();
    return kernel.memory.slice();
  });
  assert.equal(Buffer.compare(left[0] ?? kernel.memory, left[1] ?? kernel.memory), 0);
});
