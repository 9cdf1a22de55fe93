/**
 * The SHA-2 kernel against the reference: every length around block and chunk borders, every split, hashes that take
 * turns, keys and outputs of every length, and what is left in its memory. CROSS_CHECKS=100000 makes the random part as
 * long as a release wants it.
 */
import assert from 'node:assert/strict';
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { sha256 as noble256 } from '@noble/hashes/sha2.js';
import { hkdfExpand } from '../../../src/crypto/hkdf.ts';
import * as noble from '../../../src/crypto/noble/hash.ts';
import { prf } from '../../../src/crypto/prf.ts';
import type { HashFunction, HashState } from '../../../src/crypto/provider.ts';
import { nonces } from '../../../src/crypto/rfc6979.ts';
import { SHA2_MODULE } from '../../../src/crypto/wasm/binary/sha2.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import * as wasm from '../../../src/crypto/wasm/sha2.ts';
import {
  CHAIN_LENGTH,
  KNOWN_ANSWERS,
  knownAnswer,
  type OutputLength,
  Sha2Kernel,
  sha2Kernel,
} from '../../../src/crypto/wasm/sha2-kernel.ts';
import { bytes, hex, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = Number(process.env['CROSS_CHECKS'] ?? 1500);
const CHUNK = 16640;

const PAIRS: readonly (readonly [theirs: HashFunction, ours: HashFunction])[] = [
  [noble.sha256, wasm.sha256],
  [noble.sha384, wasm.sha384],
  [noble.sha512, wasm.sha512],
];

function same(actual: Uint8Array, expected: Uint8Array, what: () => string): void {
  // deepEqual takes longer than all that is tested here.
  if (Buffer.compare(actual, expected) !== 0) assert.deepEqual(actual, expected, what());
}

test('the kernel runs here', () => assert.ok(sha2Kernel.get() !== undefined, sha2Kernel.status().reason));

for (const [theirs, ours] of PAIRS) {
  const random = repeatable(51);
  const { name, outputLength, blockLength } = ours;

  test(`${name}: digest and HMAC of every length from 0 to 300, and around each border after that`, () => {
    const borders = [512, 1024, 16384, CHUNK, 2 * CHUNK].flatMap((at) =>
      [-129, -128, -127, -65, -17, -16, -9, -8, -1, 0, 1, 8, 63, 64, 127].map((by) => at + by),
    );
    for (const length of [...Array(301).keys(), ...borders]) {
      const data = bytes(length, random);
      same(ours.digest(data), theirs.digest(data), () => `digest of ${length}`);
      const key = bytes(length % 150, random);
      same(ours.hmac(key, data), theirs.hmac(key, data), () => `HMAC of ${length}`);
      const [left, right] = [data.subarray(0, length >> 1), data.subarray(length >> 1)];
      same(ours.hmac(data, left, right), theirs.hmac(data, left, right), () => `HMAC under ${length}`);
    }
  });

  test(`${name}: every split of every length from 0 to 300 in two`, () => {
    const data = bytes(300, random);
    for (let length = 0; length <= 300; length++) {
      const expected = theirs.digest(data.subarray(0, length));
      // All lengths at their first splits; from two blocks on, every third split is enough.
      for (let at = 0; at <= length; at += at > 2 * blockLength ? 3 : 1) {
        const hash = ours.create().update(data.subarray(0, at)).update(data.subarray(at, length));
        same(hash.digest(), expected, () => `${length} at ${at}`);
      }
    }
  });

  test(`${name}: HKDF-Expand and P_hash of every length from 0 to 300, and as long as they can be`, () => {
    for (const length of [...Array(301).keys(), 255 * outputLength - 1, 255 * outputLength]) {
      const [key, info] = [bytes((3 * length) % 290, random), bytes(length % 270, random)];
      const what = (): string => `${length}`;
      same(hkdfExpand(ours, key, info, length), hkdfExpand(theirs, key, info, length), what);
      same(prf(ours, key, 'label', info, length), prf(theirs, key, 'label', info, length), what);
    }
    for (const length of [255 * outputLength + 1, 300 * outputLength]) {
      const key = bytes(48, random);
      same(prf(ours, key, 'label', key, length), prf(theirs, key, 'label', key, length), () => `${length}`);
      assert.throws(() => hkdfExpand(ours, key, key, length), /255/);
    }
  });

  test(`${name}: info and seed around what one call of the kernel takes`, () => {
    const key = bytes(outputLength, random);
    for (const length of [CHUNK - 130, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1]) {
      const info = bytes(length, random);
      const what = (): string => `${length}`;
      same(hkdfExpand(ours, key, info, 200), hkdfExpand(theirs, key, info, 200), what);
      same(prf(ours, key, '', info, 200), prf(theirs, key, '', info, 200), what);
      assert.equal(ours.expand?.(key, info, 200) === undefined, length >= CHUNK);
    }
  });

  test(`${name}: ${CROSS_CHECKS} random operations, among hashes that take turns`, () => {
    const draw = (below: number): number => {
      const [a = 0, b = 0] = bytes(2, random);
      return (256 * a + b) % below;
    };
    const running: { mine: HashState; reference: HashState }[] = [];
    for (let i = 0; i < CROSS_CHECKS; i++) {
      const data = bytes(draw(8) === 0 ? draw(3000) : draw(301), random);
      const what = (): string => `operation ${i}`;
      const at = running[draw(Math.max(running.length, 1))];
      const kind = draw(8);
      if (at === undefined || kind === 0) {
        // Some are dropped without a word.
        if (running.length > 12) running.splice(draw(12), 1);
        running.push({ mine: ours.create(), reference: theirs.create() });
      } else if (kind <= 2) {
        at.mine.update(data);
        at.reference.update(data);
      } else if (kind === 3) {
        running.push({ mine: at.mine.clone(), reference: at.reference.clone() });
        at.mine.update(data);
        at.reference.update(data);
      } else if (kind === 4) {
        same(at.mine.digest(), at.reference.digest(), what);
      } else if (kind === 5) {
        same(ours.digest(data), theirs.digest(data), what);
      } else if (kind === 6) {
        const key = bytes(draw(301), random);
        same(ours.hmac(key, data, key), theirs.hmac(key, data, key), what);
      } else {
        const [key, length] = [bytes(draw(150), random), draw(301)];
        same(hkdfExpand(ours, key, data, length), hkdfExpand(theirs, key, data, length), what);
        same(prf(ours, key, data, key, length), prf(theirs, key, data, key, length), what);
      }
      if (running.length > 20) running.length = 5;
    }
    for (const { mine, reference } of running) same(mine.digest(), reference.digest(), () => 'at last');
  });
}

test('a length in bits that needs more than 32 bits, at once and in parts', () => {
  // A state that claims to have taken so much; noble's keeps its count in a field.
  const module = new KernelModule(SHA2_MODULE);
  const kernel = new Sha2Kernel(module);
  for (const total of [2 ** 29 - 64, 2 ** 29, 2 ** 32, 2 ** 45, 2 ** 50]) {
    const reference = noble256.create();
    (reference as object as { length: number }).length = total;
    const rest = bytes(70, repeatable(52));
    const [chain, partial] = [new Uint8Array(CHAIN_LENGTH), new Uint8Array(64)];
    kernel.begin(32, chain);
    kernel.update(32, chain, partial, total % 64, rest);
    const mine = kernel.finish(32, chain, partial, total + rest.length);
    assert.deepEqual(mine, reference.update(rest).digest(), `${total}`);
  }
});

test('512 MiB and a little', { skip: process.env['FULL'] !== '1' && 'it takes ten seconds: FULL=1' }, () => {
  const part = bytes(2 ** 20, repeatable(53));
  for (const [, ours] of PAIRS) {
    const mine = ours.create();
    const openssl = createHash(ours.name.replace('-', ''));
    for (let i = 0; i < 513; i++) {
      mine.update(part);
      openssl.update(part);
    }
    assert.deepEqual(mine.digest(), new Uint8Array(openssl.digest()), ours.name);
  }
});

test('the known answers are what OpenSSL makes of the same', () => {
  const counting = (length: number, from: number): Buffer =>
    Buffer.from(Array.from({ length }, (_, i) => (from + i) & 255));
  for (const output of [32, 48, 64] as const) {
    const name = `sha${8 * output}`;
    const mac = (key: Uint8Array, ...data: readonly Uint8Array[]): Buffer =>
      createHmac(name, key).update(Buffer.concat(data)).digest();
    const digest = createHash(name).update(counting(700, 1)).digest();
    const first = mac(counting(200, 2), digest, counting(300, 3));
    const expanded: Buffer[] = [];
    for (let i = 1; i <= 4; i++)
      expanded.push(mac(first, expanded.at(-1) ?? Buffer.alloc(0), counting(40, 4), Buffer.of(i)));
    const okm = Buffer.concat(expanded).subarray(0, 3 * output + 5);
    const derived: Buffer[] = [];
    for (let i = 0, a = mac(okm, counting(50, 5)); i < 3; i++, a = mac(okm, a))
      derived.push(mac(okm, a, counting(50, 5)));
    const all = Buffer.concat([digest, first, okm, Buffer.concat(derived).subarray(0, 2 * output + 1)]);
    assert.equal(KNOWN_ANSWERS[output], createHash(name).update(all).digest('hex'));
    assert.deepEqual(knownAnswer(new Sha2Kernel(), output), hex(KNOWN_ANSWERS[output]));
  }
});

test('HKDF agrees with OpenSSL, with keys as they come', () => {
  const random = repeatable(54);
  for (const [, ours] of PAIRS) {
    for (const length of [1, 12, 16, 32, 48, 64, 100, 1000]) {
      const [salt, ikm, info] = [bytes(length % 70, random), bytes(32, random), bytes(length % 50, random)];
      const expected = hkdfSync(ours.name.replace('-', ''), ikm, salt, info, length);
      assert.deepEqual(hkdfExpand(ours, ours.hmac(salt, ikm), info, length), new Uint8Array(expected));
    }
  }
});

test('RFC 6979 A.2.5: the nonces of SHA-256, by either provider', () => {
  const key = hex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721');
  for (const [message, expected] of [
    ['sample', 'a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60'],
    ['test', 'd16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0'],
  ] as const) {
    for (const { sha256 } of [noble, wasm]) {
      const [first] = nonces(sha256, key, sha256.digest(Buffer.from(message)));
      // The generator wipes its nonce as soon as the loop ends.
      assert.deepEqual(first, new Uint8Array(32));
      for (const nonce of nonces(sha256, key, sha256.digest(Buffer.from(message)))) {
        assert.deepEqual(nonce, hex(expected));
        break;
      }
    }
  }
});

/** Every function with secrets, for lengths on all paths. */
function* secretCalls(kernel: Sha2Kernel, output: OutputLength): Generator<string> {
  const random = repeatable(60);
  for (const keyLength of [0, 32, 64, 128, 129, CHUNK + 1]) {
    kernel.hmac(output, bytes(keyLength, random), [bytes(100, random), bytes(33, random)]);
    yield `HMAC under a key of ${keyLength}`;
  }
  for (const length of [0, CHUNK, CHUNK + 77]) {
    kernel.hmac(output, bytes(20, random), [bytes(length, random)]);
    yield `HMAC of ${length}`;
    kernel.expand(output, bytes(output, random), bytes(Math.min(length, CHUNK - 1), random), 7 * output + 3);
    yield 'HKDF-Expand';
    kernel.pHash(output, bytes(48, random), bytes(Math.min(length, CHUNK - 1), random), 7 * output + 3);
    yield 'P_hash';
  }
  kernel.expand(output, bytes(output, random), bytes(50, random), 255 * output);
  yield 'all of HKDF-Expand';
  for (const length of [0, 3, 64, 111, 120, 500, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]) {
    kernel.digest(output, bytes(length, random));
    yield `a digest of ${length}`;
  }
  const [chain, partial] = [new Uint8Array(CHAIN_LENGTH), new Uint8Array(output === 32 ? 64 : 128)];
  kernel.update(output, chain, partial, 0, bytes(CHUNK + 3, random));
  yield 'an update';
  kernel.update(output, chain, partial, 3, bytes(CHUNK, random));
  yield 'another update';
  kernel.finish(output, chain, partial, 2 * CHUNK + 3);
  yield 'the digest of a state';
}

test('no key, text, state or result stays in its memory, whatever was called', () => {
  const fresh = new KernelModule(SHA2_MODULE).memory;
  for (const output of [32, 48, 64] as const) {
    const module = new KernelModule(SHA2_MODULE);
    let calls = 0;
    for (const call of secretCalls(new Sha2Kernel(module), output)) {
      same(module.memory, fresh, () => call);
      calls += 1;
    }
    assert.ok(calls > 20);
  }
});

test('inputs stay as they are', () => {
  for (const [, ours] of PAIRS) {
    const [key, data] = [bytes(40, repeatable(55)), bytes(400, repeatable(56))];
    const before = [key.slice(), data.slice()];
    ours.create().update(data).update(data).digest();
    ours.hmac(key, data);
    ours.hmac(data, key);
    hkdfExpand(ours, key, data, 100);
    prf(ours, key, data, data, 100);
    assert.deepEqual([key, data], before);
  }
});
