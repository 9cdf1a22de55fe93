import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TLSError } from '../../src/wire/error.ts';
import { Reader } from '../../src/wire/reader.ts';
import { Writer } from '../../src/wire/writer.ts';

const overflow = (error: unknown): boolean => error instanceof TLSError && error.reason === 'encode_overflow';

describe('Writer', () => {
  it('writes big-endian integers and nested vectors', () => {
    const out = new Writer()
      .u8(1)
      .u16(0x0203)
      .u24(0x040506)
      .u32(0xfffefdfc)
      .u64(0x0102030405060708n)
      .vector(1, (w) => w.vector(2, (v) => v.vector(3, Uint8Array.of(9))))
      .finish();
    assert.deepEqual(
      out,
      Uint8Array.of(1, 2, 3, 4, 5, 6, 255, 254, 253, 252, 1, 2, 3, 4, 5, 6, 7, 8, 6, 0, 4, 0, 0, 1, 9),
    );
  });

  it('reads back what it wrote, past several growths of its buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (items) => {
        const w = new Writer();
        w.vector(3, (list) => {
          for (const item of items) list.vector(2, item);
        });
        const r = new Reader(w.finish(), 'M');
        assert.deepEqual(
          r.list(3, 0, 0xffffff, 'list', (item) => item.vector(2, 0, 0xffff, 'item')),
          items,
        );
        r.end();
      }),
    );
  });

  it('gives each finish its own buffer', () => {
    const w = new Writer().u8(1);
    const first = w.finish();
    w.u8(2);
    assert.deepEqual(first, Uint8Array.of(1));
    assert.equal(w.length, 2);
  });

  const tooMuch: Record<string, (w: Writer) => unknown> = {
    'u8 256': (w) => w.u8(256),
    'u8 -1': (w) => w.u8(-1),
    'u8 1.5': (w) => w.u8(1.5),
    'u8 NaN': (w) => w.u8(Number.NaN),
    'u16 65536': (w) => w.u16(65536),
    'u24 2^24': (w) => w.u24(2 ** 24),
    'u32 2^32': (w) => w.u32(2 ** 32),
    'u64 2^64': (w) => w.u64(1n << 64n),
    'u64 -1': (w) => w.u64(-1n),
    'a vector of 256 bytes with one byte of length': (w) => w.vector(1, new Uint8Array(256)),
    'a vector of 2^16 bytes with two bytes of length': (w) =>
      w.vector(2, (v) => v.bytes(new Uint8Array(65536))),
  };
  for (const [name, action] of Object.entries(tooMuch)) {
    it(`refuses ${name}`, () => assert.throws(() => action(new Writer()), overflow));
  }

  it('takes the largest that fit', () => {
    const w = new Writer()
      .u8(255)
      .u16(65535)
      .u24(2 ** 24 - 1)
      .u32(2 ** 32 - 1)
      .vector(1, new Uint8Array(255));
    assert.equal(w.finish().length, 1 + 2 + 3 + 4 + 256);
  });
});
