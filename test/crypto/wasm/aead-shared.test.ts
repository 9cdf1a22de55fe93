/** AES keys take turns in the memory of one kernel: a key that is wiped is gone from it, whoever is there at that time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes } from '../../../src/bytes/bytes.ts';
import type { Aead } from '../../../src/crypto/provider.ts';
import { aes128Gcm, aes256Gcm, aesGcmKernel } from '../../../src/crypto/wasm/aead.ts';
import { aes128Ccm, aes256Ccm } from '../../../src/crypto/wasm/aes-ccm.ts';

const AEADS: readonly Aead[] = [aes128Gcm, aes256Gcm, aes128Ccm, aes256Ccm];
const BLOCK = 16;

function keyOf(aead: Aead, first: number): Uint8Array {
  return Uint8Array.from({ length: aead.keyLength }, (_, i) => first + 7 * i);
}

/** Whatever the first key put into the memory and is there still, by address. */
function left(before: Uint8Array, during: Uint8Array, after: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at < after.length; at += BLOCK) {
    const [old, put, now] = [before, during, after].map((bytes) => bytes.subarray(at, at + BLOCK));
    assert.ok(old && put && now);
    if (!equalBytes(old, put) && equalBytes(put, now)) found.push(at);
  }
  return found;
}

for (const first of AEADS) {
  for (const second of AEADS) {
    for (const older of [false, true]) {
      test(`${first.name} is gone when it is wiped while ${older ? 'an older' : 'a newer'} key of ${second.name} is in use`, () => {
        // Both are tested before they are first used, which leaves what it leaves.
        for (const aead of AEADS) aead.create(keyOf(aead, 1)).wipe();
        const kernel = aesGcmKernel.get();
        assert.ok(kernel);
        const { memory } = kernel;
        const olderKey = older ? second.create(keyOf(second, 100)) : undefined;
        // Nobody's, so that what the first key puts there is seen.
        second.create(keyOf(second, 50)).wipe();
        kernel.wipe();
        kernel.holder = undefined;
        const before = memory.slice();
        const key = first.create(keyOf(first, 3));
        const during = memory.slice();
        const other = olderKey ?? second.create(keyOf(second, 100));
        other.seal(new Uint8Array(12), new Uint8Array(5), new Uint8Array(32), 0, 8);
        key.wipe();
        assert.deepEqual(left(before, during, memory), []);
        other.wipe();
      });
    }
  }
}
