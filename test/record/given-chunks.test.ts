/** Chunks that are given away: taken without a copy, and what was shown of them stays. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { MAX_CIPHERTEXT, MAX_CIPHERTEXT_12 } from '../../src/wire/limits.ts';
import { pattern, rawRecord, rejects } from './support.ts';

interface Kept {
  readonly content: Uint8Array;
  readonly stable: boolean;
  readonly copy: string;
}

function drain(deframer: Deframer): Kept[] {
  const kept: Kept[] = [];
  for (let view = deframer.next(MAX_CIPHERTEXT); view !== undefined; view = deframer.next(MAX_CIPHERTEXT)) {
    kept.push({ content: view.content, stable: view.stable, copy: toHex(view.content) });
  }
  return kept;
}

const lengths = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 16640 }));

test('however the stream is cut, and whichever chunks are given, the records are the same and stable ones stay', () => {
  fc.assert(
    fc.property(
      fc.array(lengths, { maxLength: 10 }),
      fc.array(
        fc.tuple(
          fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70000 })),
          fc.boolean(),
          fc.boolean(),
        ),
        { minLength: 1 },
      ),
      (bodies, cuts) => {
        const stream = concatBytes(...bodies.map((length, i) => rawRecord(23, pattern(length, i))));
        const deframer = new Deframer(Number.POSITIVE_INFINITY);
        const kept: Kept[] = [];
        const lent: { readonly chunk: Uint8Array; readonly before: Uint8Array }[] = [];
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const [cut, given, drained] = cuts[i % cuts.length] ?? [1, false, true];
          const chunk = stream.slice(at, at + cut);
          if (!given) lent.push({ chunk, before: chunk.slice() });
          deframer.push(chunk, given);
          if (drained) kept.push(...drain(deframer));
          at += cut;
        }
        kept.push(...drain(deframer));
        assert.deepEqual(
          kept.map(({ copy }) => copy),
          bodies.map((length, i) => toHex(pattern(length, i))),
        );
        for (const { content, stable, copy } of kept) if (stable) assert.equal(toHex(content), copy);
        for (const { chunk, before } of lent) assert.deepEqual(chunk, before);
        assert.equal(deframer.buffered, 0);
      },
    ),
    { numRuns: 300 },
  );
});

describe('a given chunk', () => {
  const chunk = (): Uint8Array => concatBytes(...[5000, 6000, 7000].map((n) => rawRecord(23, pattern(n))));

  test('is not copied: its records lie in it', () => {
    const given = chunk();
    const deframer = new Deframer();
    deframer.push(given, true);
    assert.deepEqual(
      drain(deframer).map(({ content, stable }) => [content.buffer === given.buffer, stable]),
      [
        [true, true],
        [true, true],
        [true, true],
      ],
    );
    assert.equal(deframer.capacity, 0);
  });

  test('that is lent is copied', () => {
    const lent = chunk();
    const deframer = new Deframer();
    deframer.push(lent);
    assert.ok(drain(deframer).every(({ content, stable }) => content.buffer !== lent.buffer && !stable));
  });

  test('that completes a record leaves what is behind it where it is', () => {
    const stream = concatBytes(chunk(), chunk());
    const deframer = new Deframer();
    const [first, second] = [stream.slice(0, 14_000), stream.slice(14_000)];
    deframer.push(first, true);
    const before = drain(deframer);
    deframer.push(second, true);
    const after = drain(deframer);
    assert.equal(before.length, 2);
    assert.deepEqual(
      after.map(({ content }) => content.buffer === second.buffer),
      [false, true, true, true],
    );
    assert.ok([...before, ...after].every(({ content, copy }) => toHex(content) === copy));
  });

  test('that is small is copied: it is not worth its keep', () => {
    const given = rawRecord(23, pattern(100));
    const deframer = new Deframer();
    deframer.push(given, true);
    assert.ok(drain(deframer).every(({ content, stable }) => content.buffer !== given.buffer && !stable));
  });

  test('that announces more than any record may hold takes no memory for it', () => {
    const deframer = new Deframer();
    const long = rawRecord(23, new Uint8Array(65535));
    deframer.push(long.slice(0, 3000), true);
    rejects(() => deframer.next(MAX_CIPHERTEXT_12), 'record_overflow');
    deframer.push(long.slice(3000, 6000), true);
    assert.ok(deframer.capacity <= 16384, String(deframer.capacity));
    rejects(() => deframer.next(MAX_CIPHERTEXT_12), 'record_overflow');
  });

  test('counts against the backlog, before and behind the record at hand', () => {
    const deframer = new Deframer(20_000);
    deframer.push(chunk().subarray(0, 13_000), true);
    assert.equal(drain(deframer).length, 2);
    deframer.push(concatBytes(chunk().subarray(13_000), chunk()), true);
    rejects(() => deframer.push(pattern(1), true), 'buffer_full');
    assert.equal(drain(deframer).length, 4);
    deframer.push(pattern(1), true);
  });

  test('is let go of by clear', () => {
    const deframer = new Deframer();
    deframer.push(chunk(), true);
    deframer.next(MAX_CIPHERTEXT);
    deframer.clear();
    assert.equal(deframer.buffered, 0);
    assert.equal(deframer.capacity, 0);
  });
});
