import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, EMPTY } from '../../src/bytes/bytes.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { recordCount, sealAll, sealedLength, sealFragments } from '../../src/record/fragmenter.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { MAX_PLAINTEXT } from '../../src/wire/limits.ts';
import { AlertDescription, ContentType } from '../../src/wire/registry.ts';
import { pattern, proof, rejects, secretOf, suiteWith, TAG, toyAead } from './support.ts';

const { application_data, handshake } = ContentType;

function pair(): { write: WriteHalf; read: ReadHalf } {
  const suite = suiteWith(toyAead());
  const write = new WriteHalf();
  const read = new ReadHalf();
  write.install(suite, secretOf(1));
  read.install(suite, secretOf(1), proof());
  return { write, read };
}

function openAll(read: ReadHalf, stream: Uint8Array): Uint8Array[] {
  const deframer = new Deframer();
  deframer.push(stream);
  const out: Uint8Array[] = [];
  for (let view = deframer.next(read.maxPayload); view; view = deframer.next(read.maxPayload)) {
    out.push(read.open(view).content.slice());
  }
  assert.equal(deframer.buffered, 0);
  return out;
}

describe('fragmenting', () => {
  for (const [length, max, sizes] of [
    [1, MAX_PLAINTEXT, [1]],
    [MAX_PLAINTEXT, MAX_PLAINTEXT, [MAX_PLAINTEXT]],
    [MAX_PLAINTEXT + 1, MAX_PLAINTEXT, [MAX_PLAINTEXT, 1]],
    [3 * MAX_PLAINTEXT - 1, MAX_PLAINTEXT, [MAX_PLAINTEXT, MAX_PLAINTEXT, MAX_PLAINTEXT - 1]],
    [511, 512, [511]],
    [512, 512, [512]],
    [513, 512, [512, 1]],
    [200, 64, [64, 64, 64, 8]],
  ] as const) {
    test(`${length} bytes at ${max} a record`, () => {
      const { write, read } = pair();
      write.maxFragment = max;
      assert.equal(recordCount(write, length), sizes.length);
      const stream = sealAll(write, application_data, pattern(length));
      assert.equal(stream.length, length + sizes.length * (5 + 1 + TAG));
      const parts = openAll(read, stream);
      assert.deepEqual(
        parts.map((part) => part.length),
        sizes,
      );
      assert.deepEqual(concatBytes(...parts), pattern(length));
    });
  }

  test('nothing makes no record', () => {
    const { write } = pair();
    assert.equal(recordCount(write, 0), 0);
    assert.equal(sealedLength(write, application_data, 0), 0);
    assert.equal(sealAll(write, handshake, EMPTY).length, 0);
    assert.equal(write.records, 0);
  });

  test('plaintext handshake messages are cut too', () => {
    const write = new WriteHalf();
    write.maxFragment = 100;
    const stream = sealAll(write, handshake, pattern(250));
    assert.equal(stream.length, 250 + 3 * 5);
    assert.deepEqual(concatBytes(...openAll(new ReadHalf(), stream)), pattern(250));
  });

  test('a part of the content, into the middle of a buffer', () => {
    const { write, read } = pair();
    write.maxFragment = 64;
    const out = new Uint8Array(300).fill(0xaa);
    const length = sealedLength(write, application_data, 100);
    assert.equal(sealFragments(write, application_data, pattern(200), 50, 150, out, 7), 7 + length);
    assert.deepEqual(
      concatBytes(...openAll(read, out.subarray(7, 7 + length))),
      pattern(200).subarray(50, 150),
    );
    assert.ok(out.subarray(0, 7).every((byte) => byte === 0xaa));
    assert.ok(out.subarray(7 + length).every((byte) => byte === 0xaa));
  });

  test('the size said beforehand is the size made, with any padding', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5000 }),
        fc.integer({ min: 64, max: 2000 }),
        fc.constantFrom(undefined, 1, 16, 100, 512, 3000),
        (length, max, block) => {
          const { write, read } = pair();
          write.maxFragment = max;
          if (block !== undefined) write.padding = (n) => Math.ceil(n / block) * block;
          const expected = sealedLength(write, application_data, length);
          const stream = sealAll(write, application_data, pattern(length));
          assert.equal(stream.length, expected);
          const parts = openAll(read, stream);
          assert.equal(parts.length, recordCount(write, length));
          assert.deepEqual(concatBytes(...parts), pattern(length));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('too little room is refused before anything is written past the end', () => {
    const { write } = pair();
    write.maxFragment = 64;
    const out = new Uint8Array(sealedLength(write, application_data, 200) - 1);
    rejects(() => sealFragments(write, application_data, pattern(200), 0, 200, out, 0), 'encode_overflow');
  });

  test('the half itself refuses what is longer than a fragment', () => {
    const { write } = pair();
    write.maxFragment = 512;
    rejects(
      () => write.seal(application_data, pattern(513), 0, 513, new Uint8Array(999), 0),
      'encode_overflow',
    );
  });

  test('fragments of other lengths cannot be set', () => {
    const half = new WriteHalf();
    for (const length of [-1, 0, 1, 63, 64.5, MAX_PLAINTEXT + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = rejects(() => {
        half.maxFragment = length;
      }, 'invalid_option');
      assert.equal(error.alert, AlertDescription.internal_error);
    }
    assert.equal(half.maxFragment, MAX_PLAINTEXT);
  });
});
