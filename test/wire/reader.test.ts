import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TLSError } from '../../src/wire/error.ts';
import { type FieldObserver, Reader } from '../../src/wire/reader.ts';
import { HandshakeType, ProtocolVersion } from '../../src/wire/registry.ts';

function refusal(action: () => unknown): TLSError {
  try {
    action();
  } catch (error) {
    if (error instanceof TLSError) return error;
    throw error;
  }
  return assert.fail('nothing was thrown');
}

function expectRefusal(action: () => unknown, reason: string, message: RegExp): void {
  const error = refusal(action);
  assert.equal(error.reason, reason);
  assert.match(error.message, message);
}

const reader = (...bytes: number[]): Reader => new Reader(Uint8Array.from(bytes), 'M');

describe('Reader', () => {
  it('reads big-endian integers of every width, also the largest', () => {
    const r = reader(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255, 255, 255, 255, 255, 255, 255, 255);
    assert.deepEqual([r.u8('a'), r.u16('b'), r.u24('c'), r.u32('d')], [1, 0x0203, 0x040506, 0x0708090a]);
    assert.equal(r.u64('e'), 0xffff_ffff_ffff_ffffn);
    assert.equal(r.remaining, 0);
    r.end();
    assert.equal(reader(0xff, 0xff, 0xff, 0xff).u32('a'), 0xffff_ffff);
  });

  it('takes any code point and reports offset and remaining', () => {
    const r = reader(0x0a, 0x0a, 99);
    assert.equal(r.code(ProtocolVersion, 2, 'v'), 0x0a0a);
    assert.deepEqual([r.offset, r.remaining], [2, 1]);
    assert.equal(r.code(HandshakeType, 1, 't'), 99);
  });

  it('hands out views, not copies', () => {
    const bytes = Uint8Array.of(2, 7, 8, 9);
    const r = new Reader(bytes, 'M');
    const view = r.vector(1, 0, 9, 'v');
    bytes[1] = 70;
    assert.deepEqual(view, Uint8Array.of(70, 8));
    assert.deepEqual(r.peek(), Uint8Array.of(9));
    assert.deepEqual(r.rest('rest'), Uint8Array.of(9));
  });

  it('honours the offset of a view it is given', () => {
    const r = new Reader(Uint8Array.of(9, 9, 1, 2, 9).subarray(2, 4), 'M');
    assert.deepEqual([r.u16('a'), r.remaining], [0x0102, 0]);
  });

  for (const [name, width] of [
    ['u8', 1],
    ['u16', 2],
    ['u24', 3],
    ['u32', 4],
    ['u64', 8],
  ] as const) {
    it(`${name} refuses fewer than ${width} bytes`, () => {
      for (let length = 0; length < width; length++) {
        expectRefusal(() => new Reader(new Uint8Array(length), 'M')[name]('f'), 'truncated', /^M\.f /);
      }
    });
  }

  it('refuses bytes and code points that are not there', () => {
    expectRefusal(() => reader(1).bytes(2, 'f'), 'truncated', /^M\.f needs 2 bytes, 1 are left/);
    expectRefusal(() => reader(1).code(ProtocolVersion, 2, 'f'), 'truncated', /^M\.f /);
  });

  it('holds a vector to its bounds, whatever follows', () => {
    for (const width of [1, 2, 3] as const) {
      const prefixed = (length: number): Reader => {
        const bytes = new Uint8Array(width + 8);
        bytes[width - 1] = length;
        return new Reader(bytes, 'M');
      };
      expectRefusal(
        () => prefixed(1).vector(width, 2, 4, 'v'),
        'length_out_of_range',
        /^M\.v is 1 bytes long, must be 2\.\.4/,
      );
      expectRefusal(() => prefixed(5).vector(width, 2, 4, 'v'), 'length_out_of_range', /^M\.v is 5/);
      assert.equal(prefixed(2).vector(width, 2, 4, 'v').length, 2);
      assert.equal(prefixed(4).vector(width, 2, 4, 'v').length, 4);
      expectRefusal(
        () => prefixed(9).vector(width, 0, 255, 'v'),
        'truncated',
        /^M\.v claims 9 bytes, 8 are left/,
      );
    }
  });

  it('does not let a sub-cursor see past its end', () => {
    const r = reader(1, 5, 6, 7);
    const inner = r.sub(1, 0, 9, 'inner');
    assert.equal(inner.u8('a'), 5);
    expectRefusal(() => inner.u8('b'), 'truncated', /^M\.inner\.b /);
    assert.deepEqual(r.rest('rest'), Uint8Array.of(6, 7));
  });

  it('refuses bytes left over, in the root and in a sub-cursor', () => {
    expectRefusal(() => reader(1).end(), 'trailing_bytes', /^M has 1 bytes left over/);
    expectRefusal(() => reader(1, 1).sub(1, 0, 9, 'inner').end(), 'trailing_bytes', /^M\.inner has 1 bytes/);
  });

  it('names the item of a list that failed, however deep', () => {
    const read = (r: Reader): unknown =>
      r.list(1, 0, 99, 'outer', (o) => o.list(1, 0, 99, 'inner', (i) => i.vector(1, 1, 9, 'leaf')));
    assert.deepEqual(read(reader(6, 2, 1, 7, 2, 1, 8)), [[Uint8Array.of(7)], [Uint8Array.of(8)]]);
    expectRefusal(
      () => read(reader(6, 2, 1, 7, 2, 0, 8)),
      'length_out_of_range',
      /^M\.outer\[1\]\.inner\[0\]\.leaf is 0/,
    );
    const error = refusal(() => read(reader(3, 2, 1)));
    assert.equal(error.reason, 'truncated');
  });

  it('refuses a list of items that take no bytes instead of looping', () => {
    expectRefusal(() => reader(1, 1).list(1, 0, 9, 'l', () => 0), 'malformed_message', /^M\.l\[0\] /);
  });

  it('refuses a list of code points that is not a whole number of them', () => {
    assert.deepEqual(reader(4, 3, 3, 3, 4).codes(1, 2, 254, 'v', ProtocolVersion, 2), [0x0303, 0x0304]);
    expectRefusal(
      () => reader(3, 3, 3, 3).codes(1, 2, 254, 'v', ProtocolVersion, 2),
      'length_out_of_range',
      /^M\.v is 3/,
    );
  });

  it('maps its failures to decode_error (50) and carries the section', () => {
    const error = refusal(() => reader().u8('f'));
    assert.deepEqual(
      [error.alert, error.family, error.code, error.rfc],
      [50, 'decode', 'TLS_TRUNCATED', undefined],
    );
    const cited = refusal(() => reader().fail('bad_value', '', 'is odd', 'RFC 8446 4.2'));
    assert.deepEqual([cited.message, cited.rfc, cited.alert], ['M is odd', 'RFC 8446 4.2', 47]);
  });

  it('tells the observer of every byte once, in order, with labels', () => {
    const events: string[] = [];
    const observer: FieldObserver = {
      enter: (name, start) => events.push(`>${name}@${start}`),
      leave: (end) => events.push(`<@${end}`),
      field: (name, start, end, value, label) =>
        events.push(
          `${name}@${start}-${end}=${value instanceof Uint8Array ? `[${value}]` : value}${label ? `:${label}` : ''}`,
        ),
    };
    const bytes = Uint8Array.of(1, 2, 3, 4, 2, 1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 8, 8, 0);
    const r = new Reader(bytes, 'M', observer);
    r.code(ProtocolVersion, 2, 'v');
    r.codes(1, 0, 9, 'codes', HandshakeType, 1);
    r.u8('n');
    r.list(1, 0, 9, 'list', (item) => item.u8('x'));
    r.bytes(7, 'seven');
    r.u8('five');
    r.vector(1, 0, 9, 'opaque');
    r.vector(1, 0, 9, 'none');
    r.end();
    assert.deepEqual(events, [
      'v@0-2=258:unknown(0x0102)',
      '>codes@2',
      'codes_length@2-3=3',
      'codes[0]@3-4=4:new_session_ticket',
      'codes[1]@4-5=2:server_hello',
      'codes[2]@5-6=1:client_hello',
      '<@6',
      'n@6-7=9',
      '>list@7',
      'list_length@7-8=1',
      '>list[0]@8',
      'x@8-9=0',
      '<@9',
      '<@9',
      'seven@9-16=[0,0,0,0,0,0,0]',
      'five@16-17=5',
      'opaque_length@17-18=2',
      'opaque@18-20=[8,8]',
      'none_length@20-21=0',
    ]);
  });
});
