import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as reference from '../../src/crypto/noble/hash.ts';
import * as kernel from '../../src/crypto/wasm/sha2.ts';
import { bytes, repeatable } from './support/vectors.ts';

for (const [provider, hash] of [
  ...Object.values(reference).map((each) => ['noble', each] as const),
  ...Object.values(kernel).map((each) => ['wasm', each] as const),
]) {
  const opensslName = hash.name.replace('-', '').toLowerCase();

  test(`${provider}, ${hash.name}: agrees with OpenSSL at every length up to two blocks and on long input`, () => {
    const random = repeatable();
    for (const length of [...Array(2 * hash.blockLength + 2).keys(), 5000, 70000]) {
      const data = bytes(length, random);
      const expected = new Uint8Array(createHash(opensslName).update(data).digest());
      assert.deepEqual(hash.digest(data), expected);
      assert.equal(expected.length, hash.outputLength);
    }
  });

  test(`${provider}, ${hash.name}: HMAC agrees with OpenSSL for keys shorter and longer than a block`, () => {
    const random = repeatable(2);
    for (const keyLength of [0, 1, hash.outputLength, hash.blockLength, hash.blockLength + 1, 300]) {
      const [key, a, b] = [bytes(keyLength, random), bytes(77, random), bytes(100, random)];
      const expected = new Uint8Array(createHmac(opensslName, key).update(a).update(b).digest());
      assert.deepEqual(hash.hmac(key, a, b), expected);
    }
  });

  test(`${provider}, ${hash.name}: a digest does not end the computation, a clone is independent`, () => {
    const state = hash.create().update(Uint8Array.of(1));
    const first = state.digest();
    assert.deepEqual(state.digest(), first);
    const copy = state.clone();
    state.update(Uint8Array.of(2));
    assert.deepEqual(copy.digest(), first);
    assert.deepEqual(state.digest(), hash.digest(Uint8Array.of(1, 2)));
    copy.update(Uint8Array.of(3));
    assert.deepEqual(copy.digest(), hash.digest(Uint8Array.of(1, 3)));
    assert.deepEqual(state.digest(), hash.digest(Uint8Array.of(1, 2)));
  });
}
