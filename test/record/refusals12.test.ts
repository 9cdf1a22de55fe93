/** What a half under keys of TLS 1.2 must refuse, and with which alert. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { MAX_PLAINTEXT } from '../../src/wire/limits.ts';
import { AlertDescription, ContentType } from '../../src/wire/registry.ts';
import {
  pattern,
  proof,
  rawRecord,
  rejects,
  sealed,
  secretOf,
  suiteWith,
  toyAead,
  viewOf,
} from './support.ts';
import { ivOf, keyOf, peerRecord, readHalf, SUITES, suiteNamed, suiteOver, writeHalf } from './support12.ts';

const { alert, application_data, change_cipher_spec, handshake } = ContentType;
const GCM = suiteNamed('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');

function changed(record: Uint8Array, at: number, bits = 0x40): Uint8Array {
  const copy = record.slice();
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}

for (const suite of SUITES) {
  const prefix = suite.nonce === 'explicit' ? 8 : 0;

  describe(`${suite.name} refuses`, () => {
    const record = peerRecord(suite, 0n, handshake, pattern(20));

    test('a bit turned anywhere in the payload', () => {
      const half = readHalf(suite);
      for (let at = 5; at < record.length; at++) {
        assert.equal(half.tryOpen(viewOf(changed(record, at, 1 << (at % 8)))), undefined, `byte ${at}`);
      }
      // None of them has moved the sequence number; CCM_8 gives up after 128.
      assert.deepEqual(half.open(viewOf(record)).content, pattern(20));
    });

    test('another type than was sealed', () => {
      const half = readHalf(suite);
      for (const type of [change_cipher_spec, alert, application_data]) {
        const relabelled = record.slice();
        relabelled[0] = type;
        const error = rejects(() => half.open(viewOf(relabelled)), 'bad_record_mac');
        assert.equal(error.alert, AlertDescription.bad_record_mac);
        assert.equal(error.rfc, 'RFC 5246 6.2.3.3');
      }
    });

    test('records that are lost, repeated or swapped', () => {
      const records = [0n, 1n, 2n].map((number) => peerRecord(suite, number, handshake, pattern(9)));
      const [first, second, third] = records;
      assert.ok(first && second && third);
      assert.equal(readHalf(suite).tryOpen(viewOf(second)), undefined, 'lost');
      const half = readHalf(suite);
      half.open(viewOf(first));
      assert.equal(half.tryOpen(viewOf(first)), undefined, 'repeated');
      assert.equal(half.tryOpen(viewOf(third)), undefined, 'swapped');
      half.open(viewOf(second));
      assert.equal(half.records, 2);
    });

    test('payloads too short for nonce and tag, with the same alert as forgeries', () => {
      for (let length = 0; length < prefix + suite.aead.tagLength; length++) {
        rejects(() => readHalf(suite).open(viewOf(rawRecord(23, pattern(length)))), 'bad_record_mac');
      }
      // Long enough, and still nothing.
      const bare = rawRecord(23, new Uint8Array(prefix + suite.aead.tagLength));
      rejects(() => readHalf(suite).open(viewOf(bare)), 'bad_record_mac');
    });

    test('content longer than 2^14, however authentic', () => {
      const long = peerRecord(suite, 0n, application_data, new Uint8Array(MAX_PLAINTEXT + 1));
      const error = rejects(() => readHalf(suite).open(viewOf(long)), 'record_overflow');
      assert.equal(error.alert, AlertDescription.record_overflow);
      readHalf(suite).open(viewOf(peerRecord(suite, 0n, application_data, new Uint8Array(MAX_PLAINTEXT))));
    });

    test('empty content of any type but application data', () => {
      for (const type of [handshake, alert, change_cipher_spec]) {
        const empty = peerRecord(suite, 0n, type, new Uint8Array(0));
        const error = rejects(() => readHalf(suite).open(viewOf(empty)), 'empty_record');
        assert.equal(error.alert, AlertDescription.unexpected_message);
      }
      const empty = peerRecord(suite, 0n, application_data, new Uint8Array(0));
      assert.equal(readHalf(suite).open(viewOf(empty)).length, 0);
    });

    test('keys and IVs of another length', () => {
      const [key, iv] = [keyOf(suite), ivOf(suite)];
      for (const [badKey, badIv] of [
        [key.slice(1), iv],
        [Uint8Array.of(...key, 0), iv],
        [key, iv.slice(1)],
        [key, Uint8Array.of(...iv, 0)],
        [key, new Uint8Array(0)],
        [key, pattern(suite.nonce === 'explicit' ? 12 : 4)],
      ] as const) {
        const [write, read] = [new WriteHalf(), new ReadHalf()];
        rejects(() => write.install12(suite, badKey, badIv), 'internal_error');
        rejects(() => read.install12(suite, badKey, badIv, proof()), 'internal_error');
        assert.ok(!write.protected && !read.protected);
      }
    });

    test('keys of the other direction', () => {
      const read = new ReadHalf();
      read.install12(suite, keyOf(suite, 8), ivOf(suite), proof());
      assert.equal(read.tryOpen(viewOf(record)), undefined);
      const otherIv = new ReadHalf();
      otherIv.install12(suite, keyOf(suite), ivOf(suite, 8), proof());
      assert.equal(otherIv.tryOpen(viewOf(record)), undefined);
    });
  });
}

describe('reading', () => {
  test('a record of another version, named as what it is', () => {
    const record = peerRecord(GCM, 0n, application_data, pattern(5));
    for (const [at, value] of [
      [2, 1],
      [2, 2],
      [2, 4],
      [1, 0xfe],
    ] as const) {
      const other = record.slice();
      other[at] = value;
      const error = rejects(() => readHalf(GCM).open(viewOf(other)), 'bad_record_version');
      assert.equal(error.alert, AlertDescription.protocol_version);
    }
  });

  test('types that no registry has', () => {
    for (const type of [0, 19, 24, 25, 255]) {
      rejects(() => readHalf(GCM).open(viewOf(peerRecord(GCM, 0n, type, pattern(5)))), 'bad_content_type');
    }
  });

  test('a limit agreed on counts content only, unlike in TLS 1.3', () => {
    const half = readHalf(GCM);
    half.limitContent(64);
    half.open(viewOf(peerRecord(GCM, 0n, application_data, pattern(64))));
    rejects(() => half.open(viewOf(peerRecord(GCM, 1n, application_data, pattern(65)))), 'record_overflow');
  });

  test('a limit above 2^14 changes nothing', () => {
    const half = readHalf(GCM);
    half.limitContent(MAX_PLAINTEXT + 100);
    const long = peerRecord(GCM, 0n, application_data, new Uint8Array(MAX_PLAINTEXT + 1));
    rejects(() => half.open(viewOf(long)), 'record_overflow');
  });

  test('more forgeries than the key may bear', () => {
    const suite = suiteOver(toyAead({ integrity: 2 }));
    const half = readHalf(suite);
    for (let i = 0; i < 2; i++) {
      assert.equal(half.tryOpen(viewOf(rawRecord(23, pattern(40)))), undefined);
    }
    rejects(() => half.tryOpen(viewOf(rawRecord(23, pattern(40)))), 'key_exhausted');
  });

  test('in plaintext nothing has changed', () => {
    const half = new ReadHalf();
    assert.equal(half.maxPayload, MAX_PLAINTEXT);
    rejects(() => half.open(viewOf(rawRecord(23, pattern(3)))), 'early_application_data');
    rejects(() => half.open(viewOf(rawRecord(20, new Uint8Array(0)))), 'empty_record');
    rejects(() => half.open(viewOf(rawRecord(22, new Uint8Array(0)))), 'empty_record');
    assert.equal(half.open(viewOf(rawRecord(20, Uint8Array.of(1)))).type, change_cipher_spec);
  });
});

describe('writing', () => {
  test('empty records of any type but application data', () => {
    for (const type of [handshake, alert, change_cipher_spec]) {
      rejects(() => sealed(writeHalf(GCM), type, new Uint8Array(0)), 'invalid_state');
    }
  });

  test('content too long, or without room for nonce, tag and header', () => {
    const half = writeHalf(GCM);
    const out = new Uint8Array(2 ** 15);
    const long = new Uint8Array(MAX_PLAINTEXT + 1);
    rejects(() => half.seal(handshake, long, 0, long.length, out, 0), 'encode_overflow');
    for (const room of [0, 5, 13, 13 + 10, 13 + 10 + 15]) {
      rejects(() => half.seal(handshake, pattern(10), 0, 10, new Uint8Array(room), 0), 'encode_overflow');
    }
    assert.equal(half.records, 0, 'no nonce was spent');
    assert.equal(half.seal(handshake, pattern(10), 0, 10, new Uint8Array(39), 0), 39);
  });

  test('more records than the key may seal; no KeyUpdate is asked for before', () => {
    const aead = toyAead({ confidentiality: 3 });
    const half = writeHalf(suiteOver(aead));
    for (let i = 0; i < 3; i++) {
      assert.equal(half.needsKeyUpdate, false);
      sealed(half, application_data, pattern(3));
    }
    assert.equal(half.needsKeyUpdate, false);
    const error = rejects(() => sealed(half, application_data, pattern(3)), 'key_exhausted');
    assert.equal(error.alert, AlertDescription.internal_error);
    assert.equal(aead.nonces.length, 3);
  });
});

describe('keys come once', () => {
  test('a second install12 is a fault of ours, and the first key stays', () => {
    const [write, read] = [writeHalf(GCM), readHalf(GCM)];
    rejects(() => write.install12(GCM, keyOf(GCM, 5), ivOf(GCM)), 'internal_error');
    rejects(() => read.install12(GCM, keyOf(GCM, 5), ivOf(GCM), proof()), 'internal_error');
    assert.deepEqual(read.open(viewOf(sealed(write, handshake, pattern(4)))).content, pattern(4));
  });

  test('nor after a key of TLS 1.3', () => {
    const [write, read] = [new WriteHalf(), new ReadHalf()];
    write.install(suiteWith(toyAead()), secretOf(1));
    read.install(suiteWith(toyAead()), secretOf(1), proof());
    rejects(() => write.install12(GCM, keyOf(GCM), ivOf(GCM)), 'internal_error');
    rejects(() => read.install12(GCM, keyOf(GCM), ivOf(GCM), proof()), 'internal_error');
  });

  test('nor after the end', () => {
    const [write, read] = [new WriteHalf(), new ReadHalf()];
    write.wipe();
    read.wipe();
    rejects(() => write.install12(GCM, keyOf(GCM), ivOf(GCM)), 'invalid_state');
    rejects(() => read.install12(GCM, keyOf(GCM), ivOf(GCM), proof()), 'invalid_state');
  });

  test('wiping wipes the AEAD, and nothing works after it', () => {
    const aead = toyAead();
    const suite = suiteOver(aead);
    const [write, read] = [writeHalf(suite), readHalf(suite)];
    const record = sealed(write, handshake, pattern(4));
    write.wipe();
    read.wipe();
    assert.deepEqual(aead.wipedKeys, [0, 1]);
    rejects(() => sealed(write, handshake, pattern(4)), 'invalid_state');
    rejects(() => read.open(viewOf(record)), 'invalid_state');
  });
});
