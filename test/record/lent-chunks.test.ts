/** Chunks that are lent: shown where they lie, never written to, and needed no longer once they are settled. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { MAX_CIPHERTEXT, MAX_CIPHERTEXT_12 } from '../../src/wire/limits.ts';
import { pattern, rawRecord, rejects } from './support.ts';

function drain(deframer: Deframer): string[] {
  const seen: string[] = [];
  for (let view = deframer.next(MAX_CIPHERTEXT); view !== undefined; view = deframer.next(MAX_CIPHERTEXT)) {
    seen.push(toHex(view.content));
  }
  return seen;
}

const lengths = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 16640 }));

test('however the stream is cut, drained or not, the records are the same and chunks stay as they were', () => {
  fc.assert(
    fc.property(
      fc.array(lengths, { maxLength: 10 }),
      fc.array(
        fc.tuple(
          fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70000 })),
          fc.integer({ min: 0, max: 3 }),
        ),
        { minLength: 1 },
      ),
      (bodies, cuts) => {
        const stream = concatBytes(...bodies.map((length, i) => rawRecord(23, pattern(length, i))));
        const deframer = new Deframer(Number.POSITIVE_INFINITY);
        const seen: string[] = [];
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const [cut, draining] = cuts[i % cuts.length] ?? [1, 3];
          const chunk = stream.slice(at, at + cut);
          const before = chunk.slice();
          deframer.lend(chunk);
          if (draining >= 2) seen.push(...drain(deframer));
          else if (draining === 1) {
            const one = deframer.next(MAX_CIPHERTEXT);
            if (one !== undefined) seen.push(toHex(one.content));
          }
          assert.deepEqual(chunk, before);
          // Without settle, the next lend settles.
          if (draining !== 2) deframer.settle();
          else deframer.lend(stream.slice(at + cut, at + cut));
          if (draining !== 2) chunk.fill(0xee);
          at += cut;
        }
        seen.push(...drain(deframer));
        assert.deepEqual(
          seen,
          bodies.map((length, i) => toHex(pattern(length, i))),
        );
        assert.equal(deframer.buffered, 0);
      },
    ),
    { numRuns: 300 },
  );
});

describe('a lent chunk', () => {
  const chunk = (): Uint8Array => concatBytes(...[5000, 6000, 7000].map((n) => rawRecord(23, pattern(n))));

  test('is not copied: its records lie in it', () => {
    const lent = chunk();
    const deframer = new Deframer();
    deframer.lend(lent);
    for (let i = 0; i < 3; i += 1) assert.equal(deframer.next(MAX_CIPHERTEXT)?.buffer.buffer, lent.buffer);
    assert.equal(deframer.next(MAX_CIPHERTEXT), undefined);
    assert.equal(deframer.capacity, 0);
  });

  test('that ends within a record is copied from there on, and from there on only', () => {
    const deframer = new Deframer();
    deframer.lend(chunk().subarray(0, 5005 + 300));
    assert.equal(drain(deframer).length, 1);
    deframer.settle();
    assert.equal(deframer.buffered, 300);
    assert.equal(deframer.capacity, 300);
  });

  test('that completes a record does it in our memory, and leaves what is behind it where it is', () => {
    const stream = concatBytes(chunk(), chunk());
    const deframer = new Deframer();
    deframer.push(stream.slice(0, 14_000));
    assert.equal(drain(deframer).length, 2);
    const rest = stream.slice(14_000);
    deframer.lend(rest);
    const own: boolean[] = [];
    for (let view = deframer.next(MAX_CIPHERTEXT); view; view = deframer.next(MAX_CIPHERTEXT)) {
      own.push(view.buffer.buffer !== rest.buffer);
    }
    assert.deepEqual(own, [true, false, false, false]);
  });

  test('after settle nothing refers to it: what was shown is gone, what waits is a copy', () => {
    const lent = chunk();
    const deframer = new Deframer();
    deframer.lend(lent);
    const view = deframer.next(MAX_CIPHERTEXT);
    assert.equal(view?.length, 5000);
    deframer.settle();
    assert.equal(view?.length, 0);
    lent.fill(0);
    assert.deepEqual(drain(deframer), [toHex(pattern(6000)), toHex(pattern(7000))]);
  });

  test('our memory for the unfinished record is used again from chunk to chunk, and let go of at the end', () => {
    const stream = concatBytes(...Array.from({ length: 40 }, (_, i) => rawRecord(23, pattern(16_000, i))));
    const deframer = new Deframer();
    const capacities = new Set<number>();
    for (let at = 0; at < stream.length; at += 50_000) {
      deframer.lend(stream.subarray(at, at + 50_000));
      drain(deframer);
      deframer.settle();
      if (deframer.buffered > 0) capacities.add(deframer.capacity);
    }
    assert.ok(capacities.size <= 3, [...capacities].join(', '));
    assert.ok(Math.max(...capacities) <= 32_768);
    assert.equal(deframer.capacity, 0);
  });

  test('that announces more than any record may hold takes no memory for it', () => {
    const deframer = new Deframer();
    const long = rawRecord(23, new Uint8Array(65535));
    deframer.lend(long.slice(0, 3000));
    rejects(() => deframer.next(MAX_CIPHERTEXT_12), 'record_overflow');
    deframer.settle();
    deframer.lend(long.slice(3000, 6000));
    assert.ok(deframer.capacity <= 16384, String(deframer.capacity));
    rejects(() => deframer.next(MAX_CIPHERTEXT_12), 'record_overflow');
  });

  test('counts against the backlog, before and behind the record at hand', () => {
    const deframer = new Deframer(20_000);
    deframer.lend(chunk().subarray(0, 13_000));
    assert.equal(drain(deframer).length, 2);
    deframer.lend(concatBytes(chunk().subarray(13_000), chunk()));
    rejects(() => deframer.lend(pattern(1)), 'buffer_full');
    assert.equal(drain(deframer).length, 4);
    deframer.lend(pattern(1));
  });

  test('is let go of by clear', () => {
    const deframer = new Deframer();
    deframer.lend(chunk());
    deframer.next(MAX_CIPHERTEXT);
    deframer.clear();
    assert.equal(deframer.buffered, 0);
    assert.equal(deframer.capacity, 0);
    assert.equal(deframer.next(MAX_CIPHERTEXT), undefined);
  });
});
