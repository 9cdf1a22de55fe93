import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { NonceSequence } from '../../src/record/nonce.ts';
import { MAX_SEQUENCE_NUMBER } from '../../src/wire/limits.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { rejects } from './support.ts';

const IV = '5b78923dee08579033e523d9';

/** RFC 8446 5.3 said once more, slowly. */
function reference(iv: string, sequence: bigint): string {
  const padded = sequence.toString(16).padStart(iv.length, '0');
  return (BigInt(`0x${iv}`) ^ BigInt(`0x${padded}`)).toString(16).padStart(iv.length, '0');
}

describe('nonces', () => {
  const known: readonly (readonly [number, string])[] = [
    [0, IV],
    [1, '5b78923dee08579033e523d8'],
    [255, '5b78923dee08579033e52326'],
    [256, '5b78923dee08579033e522d9'],
    [2 ** 31, '5b78923dee085790b3e523d9'],
    [2 ** 32 - 1, '5b78923dee085790cc1adc26'],
    [2 ** 32, '5b78923dee08579133e523d9'],
    [2 ** 32 + 1, '5b78923dee08579133e523d8'],
    [2 ** 48, '5b78923dee09579033e523d9'],
    [2 ** 53 - 2, '5b78923dee17a86fcc1adc27'],
  ];
  for (const [sequence, nonce] of known) {
    test(`number ${sequence}`, () => {
      assert.equal(toHex(new NonceSequence(fromHex(IV), sequence).current()), nonce);
      assert.equal(reference(IV, BigInt(sequence)), nonce);
    });
  }

  test('advances across 2^32 without a repeat', () => {
    const sequence = new NonceSequence(fromHex(IV), 2 ** 32 - 3);
    const seen = new Set<string>();
    for (let i = 0; i < 6; i++) {
      seen.add(toHex(sequence.current()));
      sequence.advance();
    }
    assert.equal(seen.size, 6);
    assert.equal(sequence.next, 2 ** 32 + 3);
  });

  test('agrees with the reference everywhere', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.integer({ min: 0, max: MAX_SEQUENCE_NUMBER - 1 }),
        (iv, number) => {
          assert.equal(
            toHex(new NonceSequence(iv.slice(), number).current()),
            reference(toHex(iv), BigInt(number)),
          );
        },
      ),
    );
  });

  test('asking twice does not advance', () => {
    const sequence = new NonceSequence(fromHex(IV), 7);
    assert.equal(toHex(sequence.current()), toHex(sequence.current()));
    assert.equal(sequence.next, 7);
  });

  test('the last number works, the one after is refused for ever', () => {
    const sequence = new NonceSequence(fromHex(IV), MAX_SEQUENCE_NUMBER - 1);
    sequence.current();
    sequence.advance();
    for (let i = 0; i < 3; i++) {
      const error = rejects(() => sequence.current(), 'key_exhausted');
      assert.equal(error.alert, AlertDescription.internal_error);
    }
  });

  test('wiping clears the IV that was given and ends the sequence', () => {
    const iv = fromHex(IV);
    const sequence = new NonceSequence(iv);
    const nonce = sequence.current();
    sequence.wipe();
    assert.ok(iv.every((byte) => byte === 0));
    assert.ok(nonce.every((byte) => byte === 0));
    rejects(() => sequence.current(), 'key_exhausted');
  });
});
