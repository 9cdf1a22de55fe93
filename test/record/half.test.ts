import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, EMPTY } from '../../src/bytes/bytes.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { trafficKeys } from '../../src/key-schedule/traffic.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { MAX_PLAINTEXT } from '../../src/wire/limits.ts';
import { AlertDescription, ContentType } from '../../src/wire/registry.ts';
import {
  pair,
  pattern,
  proof,
  rawRecord,
  rejects,
  sealed,
  secretOf,
  suiteWith,
  TAG,
  toyAead,
  viewOf,
} from './support.ts';

const { alert, application_data, change_cipher_spec, handshake } = ContentType;

describe('plaintext', () => {
  test('a record is header and content', () => {
    const half = new WriteHalf();
    assert.equal(half.protected, false);
    assert.equal(half.overhead, 5);
    assert.equal(toHex(sealed(half, handshake, Uint8Array.of(1, 2, 3))), '1603030003010203');
    half.plaintextVersion = 0x0301;
    assert.equal(toHex(sealed(half, alert, Uint8Array.of(2, 40))), '15030100020228');
  });

  test('writes into the middle of a buffer and touches nothing else', () => {
    const out = new Uint8Array(20).fill(0xaa);
    assert.equal(new WriteHalf().seal(handshake, pattern(10), 2, 6, out, 3), 12);
    assert.equal(toHex(out.subarray(0, 3)), 'aaaaaa');
    assert.deepEqual(out.subarray(3, 12), concatBytes(rawRecord(22, pattern(10).subarray(2, 6))));
    assert.equal(toHex(out.subarray(12)), 'aa'.repeat(8));
  });

  test('2^14 passes, 2^14 + 1 does not, on both sides', () => {
    const longest = sealed(new WriteHalf(), handshake, pattern(MAX_PLAINTEXT));
    assert.equal(new ReadHalf().open(viewOf(longest)).length, MAX_PLAINTEXT);
    const out = new Uint8Array(20000);
    rejects(
      () => new WriteHalf().seal(handshake, new Uint8Array(20000), 0, MAX_PLAINTEXT + 1, out, 0),
      'encode_overflow',
    );
    const over = rawRecord(22, new Uint8Array(MAX_PLAINTEXT + 1));
    assert.equal(
      rejects(() => new ReadHalf().open(viewOf(over)), 'record_overflow').alert,
      AlertDescription.record_overflow,
    );
    assert.equal(new ReadHalf().maxPayload, MAX_PLAINTEXT);
  });

  test('empty records are refused, on both sides', () => {
    for (const type of [handshake, alert, change_cipher_spec]) {
      rejects(() => new WriteHalf().seal(type, EMPTY, 0, 0, new Uint8Array(99), 0), 'invalid_state');
      const error = rejects(() => new ReadHalf().open(viewOf(rawRecord(type, EMPTY))), 'empty_record');
      assert.equal(error.alert, AlertDescription.unexpected_message);
    }
  });

  test('application data in clear is refused, on both sides', () => {
    for (const body of [EMPTY, pattern(5)]) {
      rejects(
        () => new WriteHalf().seal(application_data, body, 0, body.length, new Uint8Array(99), 0),
        'invalid_state',
      );
      rejects(() => new ReadHalf().open(viewOf(rawRecord(23, body))), 'early_application_data');
      rejects(() => new ReadHalf().tryOpen(viewOf(rawRecord(23, body))), 'early_application_data');
    }
  });

  test('needs no padding and no update', () => {
    const half = new WriteHalf();
    half.padding = () => 100;
    assert.equal(sealed(half, handshake, pattern(3)).length, 8);
    assert.equal(half.needsKeyUpdate, false);
    assert.equal(half.records, 0);
  });
});

describe('sealing', () => {
  test('every length around the edges comes back, with its type', () => {
    for (const length of [0, 1, 2, 15, 16, 17, 255, 256, 16383, MAX_PLAINTEXT]) {
      for (const type of [handshake, alert, application_data]) {
        if (length === 0 && type !== application_data) continue;
        const { write, read } = pair();
        const record = sealed(write, type, pattern(length));
        assert.equal(record.length, 5 + length + 1 + TAG);
        assert.equal(toHex(record.subarray(0, 3)), '170303');
        const opened = read.open(viewOf(record));
        assert.equal(opened.type, type);
        assert.deepEqual(opened.content, pattern(length));
      }
    }
  });

  test('content that lies in the output buffer, in place or across itself', () => {
    for (const from of [0, 3, 5, 9, 30]) {
      const { write, read } = pair();
      const buffer = new Uint8Array(100);
      buffer.set(pattern(20), from);
      const end = write.seal(application_data, buffer, from, from + 20, buffer, 0);
      assert.deepEqual(read.open(viewOf(buffer.subarray(0, end))).content, pattern(20));
    }
  });

  test('the caller keeps its content', () => {
    const { write } = pair();
    const content = pattern(100);
    sealed(write, application_data, content);
    assert.deepEqual(content, pattern(100));
  });

  test('no room, bad ranges and bad offsets seal nothing', () => {
    const aead = toyAead();
    const { write } = pair(suiteWith(aead));
    const content = pattern(50);
    const out = new Uint8Array(50 + write.overhead);
    rejects(() => write.seal(application_data, content, 0, 50, out.subarray(1), 0), 'encode_overflow');
    rejects(() => write.seal(application_data, content, 0, 50, out, 1), 'encode_overflow');
    rejects(() => write.seal(application_data, content, 0, 50, out, -1), 'encode_overflow');
    rejects(() => write.seal(application_data, content, 0, 51, out, 0), 'internal_error');
    rejects(() => write.seal(application_data, content, 10, 9, out, 0), 'internal_error');
    rejects(() => write.seal(application_data, content, -1, 9, out, 0), 'internal_error');
    rejects(() => write.seal(application_data, content, Number.NaN, 9, out, 0), 'internal_error');
    rejects(() => write.seal(application_data, content, 0, 9, out, Number.NaN), 'encode_overflow');
    assert.ok(out.every((byte) => byte === 0));
    assert.equal(aead.nonces.length, 0);
    assert.equal(write.records, 0);
  });

  test('empty handshake and alert records are never sealed', () => {
    const { write } = pair();
    for (const type of [handshake, alert]) {
      rejects(() => write.seal(type, EMPTY, 0, 0, new Uint8Array(99), 0), 'invalid_state');
    }
  });

  test('each record takes the next nonce, on both sides, and a new key starts at 0', () => {
    const aead = toyAead();
    const suite = suiteWith(aead);
    const { write, read } = pair(suite);
    const { iv } = trafficKeys(suite, secretOf(1));
    for (let i = 0; i < 3; i++) {
      read.open(viewOf(sealed(write, application_data, pattern(i))));
      const expected = iv.slice();
      expected[11] = (expected[11] ?? 0) ^ i;
      assert.deepEqual(aead.nonces.slice(-2), [expected, expected]);
    }
    assert.equal(write.records, 3);
    assert.equal(read.records, 3);
    write.install(suite, secretOf(2));
    read.install(suite, secretOf(2), proof());
    assert.equal(write.records, 0);
    read.open(viewOf(sealed(write, application_data, pattern(1))));
    const { iv: next } = trafficKeys(suite, secretOf(2));
    assert.deepEqual(aead.nonces.slice(-2), [next, next]);
  });

  test('an AEAD that throws has spent its nonce', () => {
    const aead = toyAead();
    const suite = suiteWith({
      ...aead,
      create: (key) => ({
        ...aead.create(key),
        seal: () => {
          throw new Error('boom');
        },
      }),
    });
    const { write } = pair(suite);
    assert.throws(() => sealed(write, application_data, pattern(1)), /boom/);
    assert.equal(write.records, 1);
  });
});

describe('padding', () => {
  test('is zeros after the type, and is taken off again', () => {
    for (const [length, padded] of [
      [0, 64],
      [1, 64],
      [63, 64],
      [64, 64],
      [100, MAX_PLAINTEXT],
    ] as const) {
      const { write, read } = pair();
      write.padding = () => padded;
      const out = new Uint8Array(write.overhead + padded).fill(0xff);
      assert.equal(write.seal(application_data, pattern(length), 0, length, out, 0), out.length);
      const opened = read.open(viewOf(out));
      assert.equal(opened.type, application_data);
      assert.deepEqual(opened.content, pattern(length));
    }
  });

  test('content that ends in zeros keeps them', () => {
    const { write, read } = pair();
    write.padding = () => 50;
    assert.deepEqual(
      read.open(viewOf(sealed(write, handshake, new Uint8Array(9)))).content,
      new Uint8Array(9),
    );
  });

  test('a policy is held within the content and the longest fragment', () => {
    const { write } = pair();
    for (const [wanted, got] of [
      [-5, 10],
      [3, 10],
      [10.9, 10],
      [11.9, 11],
      [1e9, MAX_PLAINTEXT],
      [Number.POSITIVE_INFINITY, MAX_PLAINTEXT],
      [Number.NaN, 10],
    ] as const) {
      write.padding = () => wanted;
      assert.equal(write.paddedLength(handshake, 10), got, `policy says ${wanted}`);
    }
    write.maxFragment = 512;
    write.padding = () => 1000;
    assert.equal(write.paddedLength(handshake, 10), 512);
  });

  test('padding needs its room as well', () => {
    const { write } = pair();
    write.padding = () => 64;
    const short = new Uint8Array(write.overhead + 63);
    rejects(() => write.seal(application_data, pattern(10), 0, 10, short, 0), 'encode_overflow');
    assert.ok(short.every((byte) => byte === 0));
    assert.equal(write.records, 0);
  });

  test('a policy sees length and type', () => {
    const { write } = pair();
    const seen: unknown[] = [];
    write.padding = (length, type) => seen.push([length, type]);
    write.paddedLength(alert, 2);
    assert.deepEqual(seen, [[2, alert]]);
  });
});
