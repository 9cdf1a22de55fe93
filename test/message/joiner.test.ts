import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import { TLSError } from '../../src/wire/error.ts';
import { maxHandshakeLength } from '../../src/wire/limits.ts';
import { AlertDescription, HandshakeType } from '../../src/wire/registry.ts';

function message(type: number, length: number, seed = 1): Uint8Array {
  const out = new Uint8Array(4 + length);
  out.set([type, length >>> 16, (length >>> 8) & 0xff, length & 0xff]);
  for (let i = 0; i < length; i++) out[4 + i] = (i * 13 + seed) & 0xff;
  return out;
}

function drain(joiner: HandshakeJoiner): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let next = joiner.next(); next !== undefined; next = joiner.next()) out.push(next);
  return out;
}

function tooLong(action: () => unknown): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof TLSError);
    assert.equal(error.reason, 'message_too_long');
    assert.equal(error.alert, AlertDescription.decode_error);
    return true;
  });
}

describe('joining', () => {
  const stream = [message(2, 50), message(8, 0), message(11, 300, 3), message(20, 32, 5)];
  const all = concatBytes(...stream);

  test('several messages in one fragment', () => {
    const joiner = new HandshakeJoiner();
    joiner.push(all);
    assert.deepEqual(drain(joiner), stream);
  });

  test('split at each byte', () => {
    for (let cut = 0; cut <= all.length; cut++) {
      const joiner = new HandshakeJoiner();
      joiner.push(all.subarray(0, cut));
      const out = drain(joiner);
      joiner.push(all.subarray(cut));
      assert.deepEqual([...out, ...drain(joiner)], stream, `cut at ${cut}`);
      assert.equal(joiner.pending, 0);
    }
  });

  test('one byte at a time', () => {
    const joiner = new HandshakeJoiner();
    const out: Uint8Array[] = [];
    for (const byte of all) {
      joiner.push(Uint8Array.of(byte));
      out.push(...drain(joiner));
    }
    assert.deepEqual(out, stream);
  });

  test('any messages, cut anywhere, come out the same', () => {
    const anyMessage = fc
      .tuple(fc.constantFrom(1, 2, 8, 11, 13, 15), fc.nat({ max: 3000 }), fc.nat({ max: 255 }))
      .map(([type, length, seed]) => message(type, length, seed));
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 16384 }), { minLength: 1, maxLength: 20 }),
        (messages, cuts) => {
          const bytes = concatBytes(...messages);
          const joiner = new HandshakeJoiner();
          const out: string[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const cut = cuts[i % cuts.length] ?? 1;
            joiner.push(bytes.subarray(at, at + cut));
            at += cut;
            for (const one of drain(joiner)) out.push(toHex(one));
          }
          assert.deepEqual(out, messages.map(toHex));
          assert.ok(joiner.aligned);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('what comes out is a copy for good', () => {
    const joiner = new HandshakeJoiner();
    const fragment = Buffer.from(concatBytes(message(2, 10), message(8, 10, 7)));
    joiner.push(fragment);
    fragment.fill(0);
    const first = joiner.next();
    assert.deepEqual(first, message(2, 10));
    first?.fill(0);
    assert.deepEqual(joiner.next(), message(8, 10, 7));
    joiner.push(message(20, 10));
    assert.ok(first?.every((byte) => byte === 0));
  });
});

describe('alignment', () => {
  test('a fresh joiner is aligned', () => {
    assert.ok(new HandshakeJoiner().aligned);
    assert.equal(new HandshakeJoiner().pending, 0);
  });

  test('not while a message is partial, wherever it is cut', () => {
    const whole = message(20, 32);
    for (let cut = 1; cut < whole.length; cut++) {
      const joiner = new HandshakeJoiner();
      joiner.push(whole.subarray(0, cut));
      assert.equal(joiner.next(), undefined);
      assert.equal(joiner.aligned, undefined);
      assert.equal(joiner.pending, cut);
      joiner.push(whole.subarray(cut));
      assert.equal(joiner.aligned, undefined, 'a message not taken out waits');
      assert.deepEqual(joiner.next(), whole);
      assert.ok(joiner.aligned);
    }
  });

  test('not while another message waits behind', () => {
    const joiner = new HandshakeJoiner();
    joiner.push(concatBytes(message(24, 1), message(4, 20)));
    joiner.next();
    assert.equal(joiner.aligned, undefined);
    assert.equal(joiner.pending, 24);
    joiner.next();
    assert.ok(joiner.aligned);
  });

  test('not with a single stray byte after Finished', () => {
    const joiner = new HandshakeJoiner();
    joiner.push(concatBytes(message(20, 32), Uint8Array.of(0)));
    joiner.next();
    assert.equal(joiner.aligned, undefined);
  });

  test('clear gives up what waits', () => {
    const joiner = new HandshakeJoiner();
    joiner.push(message(11, 100).subarray(0, 50));
    joiner.clear();
    assert.ok(joiner.aligned);
    assert.equal(joiner.next(), undefined);
  });
});

describe('limits', () => {
  test('each type: its limit passes, one more is refused by the header', () => {
    for (let type = 0; type < 256; type++) {
      const limit = maxHandshakeLength(type as HandshakeType);
      const joiner = new HandshakeJoiner();
      const header = message(type, 0);
      header.set([limit >>> 16, (limit >>> 8) & 0xff, limit & 0xff], 1);
      joiner.push(header);
      const over = limit + 1;
      header.set([over >>> 16, (over >>> 8) & 0xff, over & 0xff], 1);
      tooLong(() => new HandshakeJoiner().push(header));
    }
  });

  test('a header that drips in is judged with its fourth byte', () => {
    const joiner = new HandshakeJoiner();
    const header = Uint8Array.of(20, 0xff, 0xff, 0xff);
    for (const byte of header.subarray(0, 3)) {
      joiner.push(Uint8Array.of(byte));
      assert.equal(joiner.next(), undefined);
    }
    tooLong(() => joiner.push(header.subarray(3)));
    tooLong(() => joiner.next());
  });

  test('the message before an oversize one comes out first', () => {
    const joiner = new HandshakeJoiner();
    joiner.push(concatBytes(message(2, 5), Uint8Array.of(11, 0xff, 0xff, 0xff)));
    assert.deepEqual(joiner.next(), message(2, 5));
    tooLong(() => joiner.next());
  });

  test('the longest certificate passes in records of any size', () => {
    const longest = message(11, maxHandshakeLength(HandshakeType.certificate));
    for (const step of [777, 16384]) {
      const joiner = new HandshakeJoiner();
      for (let at = 0; at < longest.length; at += step) joiner.push(longest.subarray(at, at + step));
      assert.deepEqual(joiner.next(), longest);
      assert.ok(joiner.capacity <= 256, 'and leaves nothing behind');
    }
  });

  test('messages left waiting are bounded', () => {
    const joiner = new HandshakeJoiner();
    const fragment = concatBytes(...Array.from({ length: 256 }, () => message(4, 60)));
    tooLong(() => {
      for (let i = 0; i < 100; i++) joiner.push(fragment);
    });
    assert.ok(joiner.capacity <= 120_000);
  });

  test('memory follows what came, not what was announced', () => {
    const joiner = new HandshakeJoiner();
    joiner.push(Uint8Array.of(11, 1, 0x80, 0));
    assert.ok(joiner.capacity <= 64);
  });

  test('dripped bytes are not copied once per byte', () => {
    const joiner = new HandshakeJoiner();
    const capacities = new Set<number>();
    for (const byte of message(11, 20000)) {
      joiner.push(Uint8Array.of(byte));
      capacities.add(joiner.capacity);
    }
    assert.ok(capacities.size < 20, `${capacities.size} growths`);
  });
});
