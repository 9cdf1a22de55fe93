import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { asciiEncode, fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { MAX_CIPHERTEXT, MAX_PLAINTEXT } from '../../src/wire/limits.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { pattern, rawRecord, rejects } from './support.ts';

interface Seen {
  readonly type: number;
  readonly version: number;
  readonly header: string;
  readonly content: string;
}

function drain(deframer: Deframer, limit = MAX_CIPHERTEXT): Seen[] {
  const seen: Seen[] = [];
  for (let view = deframer.next(limit); view !== undefined; view = deframer.next(limit)) {
    seen.push({
      type: view.type,
      version: view.version,
      header: toHex(view.header),
      content: toHex(view.content),
    });
  }
  return seen;
}

function feed(chunks: readonly Uint8Array[], limit?: number): Seen[] {
  const deframer = new Deframer();
  return chunks.flatMap((chunk) => {
    deframer.push(chunk);
    return drain(deframer, limit);
  });
}

describe('records', () => {
  test('one whole record, several in a chunk, an empty one', () => {
    const stream = concatBytes(
      rawRecord(22, pattern(5), 0x0301),
      rawRecord(23, new Uint8Array(0)),
      rawRecord(20, pattern(1)),
    );
    assert.deepEqual(
      feed([stream]).map(({ type, version, content }) => [type, version, content]),
      [
        [22, 0x0301, toHex(pattern(5))],
        [23, 0x0303, ''],
        [20, 0x0303, toHex(pattern(1))],
      ],
    );
  });

  test('the header stays as it came', () => {
    assert.equal(feed([rawRecord(21, pattern(2), 0x0399)])[0]?.header, '1503990002');
  });

  test('one byte at a time gives the same, and nothing before the last byte', () => {
    const record = rawRecord(22, pattern(300));
    const deframer = new Deframer();
    for (const [i, byte] of record.entries()) {
      deframer.push(Uint8Array.of(byte));
      const view = deframer.next(MAX_PLAINTEXT);
      assert.equal(view !== undefined, i === record.length - 1, `after byte ${i}`);
      if (view !== undefined) assert.deepEqual(view.content, pattern(300));
    }
    assert.equal(deframer.buffered, 0);
  });

  test('however the stream is cut, the records are the same', () => {
    const recordOf = fc.record({
      type: fc.constantFrom(20, 21, 22, 23),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.integer({ min: 0, max: 16640 }).map((n) => pattern(n)),
      ),
    });
    fc.assert(
      fc.property(
        fc.array(recordOf, { maxLength: 8 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70000 })), {
          minLength: 1,
        }),
        (records, cuts) => {
          const stream = concatBytes(...records.map(({ type, body }) => rawRecord(type, body)));
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const cut = cuts[i % cuts.length] ?? 1;
            chunks.push(stream.subarray(at, at + cut));
            at += cut;
          }
          const expected = records.map(({ type, body }) => [type, toHex(body)]);
          assert.deepEqual(
            feed(chunks).map(({ type, content }) => [type, content]),
            expected,
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test('bytes are ours: the chunk may change after push, and writing into the view leaves the chunk alone', () => {
    const chunk = concatBytes(rawRecord(23, pattern(20)), rawRecord(23, pattern(20, 9)));
    const before = chunk.slice();
    const deframer = new Deframer();
    deframer.push(chunk);
    chunk.fill(0xee);
    const first = deframer.next(MAX_CIPHERTEXT);
    assert.deepEqual(first?.content, pattern(20));
    first?.content.fill(0);
    assert.ok(chunk.every((byte) => byte === 0xee));
    assert.deepEqual(deframer.next(MAX_CIPHERTEXT)?.content, pattern(20, 9));
    assert.notDeepEqual(chunk, before);
  });

  test('a Buffer from a pool is copied too', () => {
    const pooled = Buffer.from(rawRecord(22, pattern(4)));
    const deframer = new Deframer();
    deframer.push(pooled);
    pooled.fill(0);
    assert.deepEqual(deframer.next(MAX_PLAINTEXT)?.content, pattern(4));
  });

  test('clear forgets', () => {
    const deframer = new Deframer();
    deframer.push(rawRecord(22, pattern(4)).subarray(0, 7));
    deframer.clear();
    assert.equal(deframer.buffered, 0);
    assert.equal(deframer.next(MAX_PLAINTEXT), undefined);
  });

  test('a cut record shows as buffered bytes', () => {
    const deframer = new Deframer();
    deframer.push(concatBytes(rawRecord(22, pattern(4)), Uint8Array.of(22, 3)));
    assert.equal(drain(deframer).length, 1);
    assert.equal(deframer.buffered, 2);
  });
});

describe('limits', () => {
  for (const limit of [MAX_PLAINTEXT, MAX_CIPHERTEXT, 100]) {
    test(`${limit} passes, ${limit + 1} does not`, () => {
      assert.equal(feed([rawRecord(23, new Uint8Array(limit))], limit).length, 1);
      const error = rejects(() => feed([rawRecord(23, new Uint8Array(limit + 1))], limit), 'record_overflow');
      assert.equal(error.alert, AlertDescription.record_overflow);
    });

    test(`${limit + 1} is refused by its header alone`, () => {
      const header = Uint8Array.of(23, 3, 3, (limit + 1) >>> 8, (limit + 1) & 0xff);
      const deframer = new Deframer();
      deframer.push(header.subarray(0, 4));
      assert.equal(deframer.next(limit), undefined);
      deframer.push(header.subarray(4));
      rejects(() => deframer.next(limit), 'record_overflow');
      rejects(() => deframer.next(limit), 'record_overflow');
    });
  }

  test('65535 is refused', () => {
    rejects(() => feed([fromHex('160303ffff')]), 'record_overflow');
  });

  test('records before the bad one are given out first', () => {
    const deframer = new Deframer();
    deframer.push(concatBytes(rawRecord(22, pattern(3)), fromHex('160303ffff')));
    assert.deepEqual(deframer.next(MAX_PLAINTEXT)?.content, pattern(3));
    rejects(() => deframer.next(MAX_PLAINTEXT), 'record_overflow');
  });

  test('the limit in force is the one of the call', () => {
    const deframer = new Deframer();
    deframer.push(rawRecord(23, new Uint8Array(MAX_PLAINTEXT + 1)));
    rejects(() => deframer.next(MAX_PLAINTEXT), 'record_overflow');
    assert.equal(deframer.next(MAX_CIPHERTEXT)?.length, MAX_PLAINTEXT + 1);
  });
});

describe('content types and versions', () => {
  test('each unknown type is refused, first or later', () => {
    for (let type = 0; type < 256; type++) {
      if (type >= 20 && type <= 23) continue;
      rejects(() => feed([rawRecord(type, pattern(1))]), 'bad_content_type');
      const later = concatBytes(rawRecord(22, pattern(1)), rawRecord(type, pattern(1)));
      assert.equal(
        rejects(() => feed([later]), 'bad_content_type').alert,
        AlertDescription.unexpected_message,
      );
    }
  });

  test('any minor version passes, first or later', () => {
    for (let minor = 0; minor < 256; minor++) {
      const record = rawRecord(22, pattern(1), 0x0300 | minor);
      assert.equal(feed([record, record]).length, 2);
    }
  });

  test('another major version: no TLS at first, a bad record later', () => {
    for (const major of [0, 1, 2, 4, 0x7f, 0xff]) {
      const record = rawRecord(22, pattern(1), (major << 8) | 3);
      rejects(() => feed([record]), 'not_tls');
      const error = rejects(() => feed([rawRecord(22, pattern(1)), record]), 'bad_record_version');
      assert.equal(error.alert, AlertDescription.protocol_version);
    }
  });

  const foreign: readonly (readonly [string, RegExp])[] = [
    ['HTTP/1.1 400 Bad Request\r\n', /HTTP response/],
    ['GET / HTTP/1.1\r\n', /HTTP request/],
    ['POST /x HTTP/1.1\r\n', /HTTP request/],
    ['HEAD / HTTP/1.1\r\n', /HTTP request/],
    ['PUT /x HTTP/1.1\r\n', /HTTP request/],
    ['OPTIONS * HTTP/1.1\r\n', /HTTP request/],
    ['CONNECT a:443 HTTP/1.1\r\n', /proxy/],
    ['PRI * HTTP/2.0\r\n', /HTTP\/2/],
    ['220 mail.example ESMTP\r\n', /SMTP/],
    ['220-mail.example\r\n', /SMTP/],
    ['* OK IMAP4rev1\r\n', /IMAP/],
    ['+OK POP3\r\n', /POP3/],
    ['SSH-2.0-OpenSSH_9.6\r\n', /SSH/],
    ['<?xml version', /XML/],
    ['\u0000\u0000\u0000\u0000\u0000', /not a TLS record/],
  ];
  for (const [opening, what] of foreign) {
    test(`says what it is: ${JSON.stringify(opening.slice(0, 8))}`, () => {
      const bytes = asciiEncode(opening);
      assert.match(rejects(() => feed([bytes]), 'not_tls').message, what);
      const dripped = rejects(() => feed([...bytes].map((byte) => Uint8Array.of(byte))), 'not_tls');
      assert.match(dripped.message, what);
    });
  }

  test('an SSLv2 hello is named', () => {
    assert.match(rejects(() => feed([fromHex('802e0100020015000000')]), 'not_tls').message, /SSL 2/);
    assert.match(rejects(() => feed([fromHex('802e0103010015000000')]), 'not_tls').message, /SSL 2/);
  });

  test('other bytes with the top bit set are no SSLv2 hello', () => {
    assert.match(rejects(() => feed([fromHex('802e040002001500')]), 'not_tls').message, /not a TLS record/);
  });

  test('the message never repeats what the peer sent', () => {
    const error = rejects(() => feed([asciiEncode('QUIT \u001b[31mboo')]), 'not_tls');
    assert.ok(!error.message.includes('QUIT') && !error.message.includes('\u001b'));
  });

  test('four bytes decide nothing', () => {
    assert.deepEqual(feed([asciiEncode('HTTP')]), []);
  });
});

describe('memory', () => {
  test('an idle deframer holds little, before and after bulk', () => {
    const deframer = new Deframer();
    assert.equal(deframer.capacity, 0);
    const chunk = concatBytes(...Array.from({ length: 4 }, () => rawRecord(23, pattern(16000))));
    for (let i = 0; i < 10; i++) {
      deframer.push(chunk);
      let last = deframer.next(MAX_CIPHERTEXT);
      const view = last;
      while (last !== undefined) last = deframer.next(MAX_CIPHERTEXT);
      assert.ok(deframer.capacity <= 1024, `${deframer.capacity} bytes held`);
      assert.equal(view?.buffer.length, 0, 'the view lets go as well');
    }
  });

  test('drained after each push, at most a record and a chunk are held', () => {
    const stream = concatBytes(...Array.from({ length: 40 }, () => rawRecord(23, pattern(16640))));
    const deframer = new Deframer();
    let most = 0;
    for (let at = 0; at < stream.length; at += 65536) {
      deframer.push(stream.subarray(at, at + 65536));
      drain(deframer);
      most = Math.max(most, deframer.capacity);
    }
    assert.ok(most <= 16645 + 65536 + 16384, `${most} bytes held`);
  });

  test('a record announced but not sent costs what was sent', () => {
    const deframer = new Deframer();
    deframer.push(Uint8Array.of(23, 3, 3, 0x40, 0));
    assert.equal(deframer.next(MAX_PLAINTEXT), undefined);
    assert.ok(deframer.capacity <= 64);
  });

  test('dripped bytes are not copied once per byte', () => {
    const deframer = new Deframer();
    const capacities = new Set<number>();
    for (const byte of rawRecord(23, pattern(16384))) {
      deframer.push(Uint8Array.of(byte));
      capacities.add(deframer.capacity);
    }
    assert.ok(capacities.size <= 12, `${capacities.size} growths`);
    assert.equal(drain(deframer).length, 1);
  });

  test('pushing without draining ends with buffer_full', () => {
    const deframer = new Deframer(1000);
    deframer.push(pattern(999));
    deframer.push(pattern(500));
    assert.equal(
      rejects(() => deframer.push(pattern(1)), 'buffer_full').alert,
      AlertDescription.internal_error,
    );
    assert.equal(deframer.buffered, 1499);
    deframer.push(new Uint8Array(0));
  });
});
