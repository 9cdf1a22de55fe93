/** The ML-KEM kernels against the reference: random keys and messages, ciphertexts and keys at the edges, wiping. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kem, mlKem768Reference, mlKem1024Reference } from '../../../src/crypto/noble/kem.ts';
import { MLKEM_MODULE } from '../../../src/crypto/wasm/binary/mlkem.ts';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import type { LazyKernel } from '../../../src/crypto/wasm/lazy.ts';
import { type MlKemKernel, mlKem768Kernel, mlKem1024Kernel } from '../../../src/crypto/wasm/mlkem-kernel.ts';
import { bytes, repeatable } from '../support/vectors.ts';

const CROSS_CHECKS = process.env['FULL'] === '1' ? 100_000 : Number(process.env['CROSS_CHECKS'] ?? 40);

const SETS: readonly (readonly [string, LazyKernel<MlKemKernel>, Kem, number])[] = [
  ['ML-KEM-768', mlKem768Kernel, mlKem768Reference, 3],
  ['ML-KEM-1024', mlKem1024Kernel, mlKem1024Reference, 4],
];

/** Numbers of `width` bits as the standard packs them. */
function packed(numbers: readonly number[], width: number): Uint8Array {
  const out = new Uint8Array((numbers.length * width) / 8);
  numbers.forEach((number, index) => {
    for (let i = 0; i < width; i++) {
      const bit = index * width + i;
      if (((number >> i) & 1) === 1) out[bit >> 3] = (out[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  });
  return out;
}

const repeated = (length: number, of: (index: number) => number): number[] =>
  Array.from({ length }, (_, index) => of(index));

for (const [name, lazy, reference, rank] of SETS) {
  const kernel = (): MlKemKernel => {
    const found = lazy.get();
    assert.ok(found, 'the kernel runs here');
    return found;
  };

  const sameEncapsulation = (key: Uint8Array, message: Uint8Array): Uint8Array => {
    const [ours, theirs] = [kernel().encapsulate(key, message), reference.encapsulate(key, message)];
    assert.ok(ours);
    assert.deepEqual(ours, theirs);
    return ours.ciphertext;
  };

  test(`${name}: ${CROSS_CHECKS} random keys, ciphertexts and secrets, and as many wrong ciphertexts`, () => {
    const random = repeatable(51);
    for (let i = 0; i < CROSS_CHECKS; i++) {
      const seed = bytes(64, random);
      const ours = kernel().generate(seed);
      assert.deepEqual(ours, reference.generate(seed));
      const ciphertext = sameEncapsulation(ours.key, bytes(32, random));
      const at = (i * 37) % (8 * ciphertext.length);
      const wrong = ciphertext.slice();
      wrong[at >> 3] = (wrong[at >> 3] ?? 0) ^ (1 << (at & 7));
      for (const each of [ciphertext, wrong]) {
        assert.deepEqual(
          kernel().decapsulate(each, ours.decapsulationKey),
          reference.decapsulate(each, ours.decapsulationKey),
        );
      }
    }
  });

  test(`${name}: seeds and messages of only zeros or ones`, () => {
    for (const fill of [0, 255]) {
      const { key, decapsulationKey } = kernel().generate(new Uint8Array(64).fill(fill));
      assert.deepEqual(reference.generate(new Uint8Array(64).fill(fill)), { key, decapsulationKey });
      for (const message of [0, 255]) sameEncapsulation(key, new Uint8Array(32).fill(message));
    }
  });

  test(`${name}: keys whose coefficients are all at an edge`, () => {
    const random = repeatable(52);
    const patterns = [() => 0, () => 3328, () => 1664, () => 1665, (i: number) => (i % 2) * 3328];
    for (const period of [2, 4, 8, 16, 32, 64, 128]) {
      patterns.push((i) => (Math.floor(i / period) % 2 === 0 ? 3328 : 1));
    }
    for (const pattern of patterns) {
      const key = new Uint8Array(reference.keyLength);
      key.set(packed(repeated(256 * rank, pattern), 12));
      key.set(bytes(32, random), key.length - 32);
      sameEncapsulation(key, bytes(32, random));
    }
  });

  test(`${name}: ciphertexts whose numbers are all at an edge`, () => {
    const random = repeatable(53);
    const { decapsulationKey } = kernel().generate(bytes(64, random));
    const ciphertexts = [0, 0xff, 0x55, 0xaa, 0x0f].map((fill) =>
      new Uint8Array(reference.ciphertextLength).fill(fill),
    );
    for (const period of [2, 3, 5, 11, 40, 88, 320]) {
      ciphertexts.push(
        Uint8Array.from({ length: reference.ciphertextLength }, (_, i) =>
          i % (2 * period) < period ? 255 : 0,
        ),
      );
    }
    for (const each of ciphertexts) {
      assert.deepEqual(
        kernel().decapsulate(each, decapsulationKey),
        reference.decapsulate(each, decapsulationKey),
      );
    }
  });

  test(`${name}: one coefficient of a key that is not reduced, anywhere, and it is refused`, () => {
    const random = repeatable(54);
    const { key } = kernel().generate(bytes(64, random));
    const message = bytes(32, random);
    for (let at = 0; at < 256 * rank; at++) {
      for (const value of at % 64 < 8 ? [3329, 3330, 4095] : [3329]) {
        const bad = key.slice();
        const offset = 3 * (at >> 1);
        const word = (bad[offset] ?? 0) | ((bad[offset + 1] ?? 0) << 8) | ((bad[offset + 2] ?? 0) << 16);
        const changed = at % 2 === 0 ? (word & 0xfff000) | value : (word & 0xfff) | (value << 12);
        bad.set([changed & 255, (changed >> 8) & 255, changed >> 16], offset);
        assert.equal(kernel().encapsulate(bad, message), undefined, `coefficient ${at} is ${value}`);
      }
    }
    assert.ok(kernel().encapsulate(key, message), 'and the key itself is not');
  });

  test(`${name}: wrong lengths are an error of the caller`, () => {
    const { key, decapsulationKey } = kernel().generate(new Uint8Array(64));
    const ciphertext = sameEncapsulation(key, new Uint8Array(32));
    for (const by of [-1, 1]) {
      const off = (from: Uint8Array): Uint8Array => new Uint8Array(from.length + by);
      assert.throws(() => kernel().generate(new Uint8Array(64 + by)), RangeError);
      assert.throws(() => kernel().encapsulate(off(key), new Uint8Array(32)), RangeError);
      assert.throws(() => kernel().encapsulate(key, new Uint8Array(32 + by)), RangeError);
      assert.throws(() => kernel().decapsulate(off(ciphertext), decapsulationKey), RangeError);
      assert.throws(() => kernel().decapsulate(ciphertext, off(decapsulationKey)), RangeError);
    }
  });

  test(`${name}: nothing secret stays in its memory`, () => {
    const module = new KernelModule(MLKEM_MODULE);
    module.call('choose')(rank);
    const random = repeatable(55);
    const put = (at: string, data: Uint8Array): void => module.memory.set(data, module.constant(at));
    const { key, decapsulationKey } = kernel().generate(bytes(64, random));
    const ciphertext = sameEncapsulation(key, bytes(32, random));
    /** Memory after one operation, but for what is public and differs: the key or ciphertext that is handed out. */
    const after = (run: () => void): Uint8Array => {
      run();
      module.call('wipe')();
      module.memory.fill(0, module.constant('ENCAPSULATION_KEY'), module.constant('MESSAGE'));
      module.memory.fill(0, module.constant('CIPHERTEXT'), module.constant('SHARED'));
      return module.memory.slice();
    };
    const encapsulate = (): void => {
      put('ENCAPSULATION_KEY', key);
      put('MESSAGE', bytes(32, random));
      assert.equal(module.call('encapsulate')(), 1);
    };
    assert.deepEqual(after(encapsulate), after(encapsulate));
    const wrong = ciphertext.slice().fill(7);
    const decapsulate = (which: Uint8Array) => (): void => {
      put('DECAPSULATION_KEY', decapsulationKey);
      put('CIPHERTEXT', which);
      module.call('decapsulate')();
    };
    const one = after(decapsulate(ciphertext));
    // z || c keeps the ciphertext, which is public, behind 32 bytes that must be zero.
    const other = after(decapsulate(wrong));
    const differences = one.reduce((count, byte, i) => count + (byte === other[i] ? 0 : 1), 0);
    assert.ok(differences <= ciphertext.length, `${differences} bytes`);
    for (const secret of [decapsulationKey.subarray(0, 32), decapsulationKey.slice(-32)]) {
      assert.equal(Buffer.from(one).indexOf(secret), -1);
    }
  });
}
