import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { WriteQueue } from '../../src/node/write-queue.ts';

function drain(queue: WriteQueue): Buffer[] {
  const pieces: Buffer[] = [];
  for (let piece = queue.next(); piece !== undefined; piece = queue.next()) pieces.push(Buffer.from(piece));
  return pieces;
}

describe('WriteQueue', () => {
  test('any chunks come out whole, in order, in pieces of at most 64 KiB and never empty', () => {
    const size = fc.oneof(
      fc.integer({ min: 0, max: 40 }),
      fc.integer({ min: 8000, max: 8400 }),
      fc.integer({ min: 65_000, max: 140_000 }),
    );
    fc.assert(
      fc.property(fc.array(size, { maxLength: 12 }), (sizes) => {
        const queue = new WriteQueue();
        const chunks = sizes.map((length, i) => Buffer.alloc(length, i + 1));
        for (const chunk of chunks) queue.add(chunk, 'utf8');
        assert.equal(queue.isEmpty, Buffer.concat(chunks).length === 0);
        const pieces = drain(queue);
        assert.ok(pieces.every((piece) => piece.length > 0 && piece.length <= 65_536));
        assert.ok(Buffer.concat(pieces).equals(Buffer.concat(chunks)));
        assert.equal(queue.isEmpty, true);
      }),
      { numRuns: 200 },
    );
  });
  test('small chunks share a piece, big ones are not copied', () => {
    const queue = new WriteQueue();
    for (let i = 0; i < 10; i += 1) queue.add(Buffer.alloc(10, i), 'utf8');
    assert.equal(drain(queue).length, 1);
    const big = Buffer.alloc(20_000);
    queue.add(big, 'utf8');
    assert.equal(queue.next()?.buffer, big.buffer);
  });
  test('strings by their encoding', () => {
    const queue = new WriteQueue();
    queue.add('é', 'utf8');
    queue.add('é', 'latin1');
    queue.add('00ff', 'hex');
    assert.deepEqual(Buffer.concat(drain(queue)), Buffer.from([0xc3, 0xa9, 0xe9, 0, 0xff]));
  });
  test('clear forgets', () => {
    const queue = new WriteQueue();
    queue.add('x', 'utf8');
    queue.clear();
    assert.equal(queue.next(), undefined);
  });
});
