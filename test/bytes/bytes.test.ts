import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareBytes, concatBytes, copyBytes, EMPTY, equalBytes } from '../../src/bytes/bytes.ts';
import { constantTimeEqual } from '../../src/bytes/constant-time.ts';

const bytes = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: 40 });

describe('bytes', () => {
  it('concatenates in order, also nothing', () => {
    assert.deepEqual(concatBytes(), EMPTY);
    assert.deepEqual(concatBytes(Uint8Array.of(1), EMPTY, Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3));
  });

  it('copies, so that the original may change', () => {
    const original = Buffer.from([1, 2, 3]);
    const copy = copyBytes(original);
    original[0] = 9;
    assert.deepEqual(copy, Uint8Array.of(1, 2, 3));
    assert.equal(Buffer.isBuffer(copy), false);
  });

  it('finds a difference in any one byte, and in length', () => {
    const a = Uint8Array.from({ length: 20 }, (_, i) => i);
    for (const equal of [equalBytes, constantTimeEqual]) {
      assert.equal(equal(a, copyBytes(a)), true);
      assert.equal(equal(a, a.subarray(1)), false);
      assert.equal(equal(a.subarray(0, 19), a), false);
      assert.equal(equal(EMPTY, EMPTY), true);
      for (let i = 0; i < a.length; i++) {
        for (let bit = 0; bit < 8; bit++) {
          const b = copyBytes(a);
          b[i] = (b[i] ?? 0) ^ (1 << bit);
          assert.equal(equal(a, b), false, `byte ${i} bit ${bit}`);
        }
      }
    }
  });

  it('orders as Buffer.compare does', () => {
    fc.assert(
      fc.property(bytes(), bytes(), (a, b) => {
        assert.equal(Math.sign(compareBytes(a, b)), Buffer.compare(a, b));
        assert.equal(equalBytes(a, b), Buffer.compare(a, b) === 0);
        assert.equal(constantTimeEqual(a, b), Buffer.compare(a, b) === 0);
      }),
    );
  });
});
