/** TLS 1.2 records of every suite against OpenSSL's AEADs, in both directions (RFC 5246 6.2.3.3). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Deframer } from '../../src/record/deframer.ts';
import { sealAll, sealedLength } from '../../src/record/fragmenter.ts';
import { WriteHalf } from '../../src/record/half.ts';
import { writeSequence } from '../../src/record/nonce.ts';
import { MAX_CIPHERTEXT_12, MAX_PLAINTEXT } from '../../src/wire/limits.ts';
import { ContentType } from '../../src/wire/registry.ts';
import { pattern, sealed, toyAead, viewOf } from './support.ts';
import {
  ivOf,
  keyOf,
  nonceOf,
  peerOpen,
  peerRecord,
  readHalf,
  SUITES,
  suiteNamed,
  suiteOver,
  writeHalf,
} from './support12.ts';

const { alert, application_data, change_cipher_spec, handshake } = ContentType;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

for (const suite of SUITES) {
  const explicit = suite.nonce === 'explicit' ? 8 : 0;

  describe(suite.name, () => {
    test('OpenSSL opens what we seal', () => {
      const half = writeHalf(suite);
      assert.equal(half.overhead, 5 + explicit + suite.aead.tagLength);
      let sequence = 0n;
      for (const type of [handshake, application_data, alert]) {
        for (const length of [1, 2, 15, 16, 17, 255, 256, MAX_PLAINTEXT]) {
          const content = pattern(length, type);
          const record = sealed(half, type, content);
          assert.deepEqual(record.subarray(0, 3), Uint8Array.of(type, 3, 3));
          assert.equal(((record[3] ?? 0) << 8) | (record[4] ?? 0), record.length - 5);
          assert.deepEqual(peerOpen(suite, sequence, record), content);
          sequence += 1n;
        }
      }
      assert.equal(half.records, Number(sequence));
      assert.deepEqual(
        peerOpen(suite, sequence, sealed(half, application_data, new Uint8Array(0))).length,
        0,
      );
    });

    test('the record is the one that OpenSSL would make, nonce and all', () => {
      const half = writeHalf(suite);
      for (let sequence = 0n; sequence < 3n; sequence += 1n) {
        const content = pattern(40, Number(sequence));
        assert.deepEqual(sealed(half, handshake, content), peerRecord(suite, sequence, handshake, content));
      }
    });

    test('we open what OpenSSL seals, of every type and up to the longest', () => {
      const half = readHalf(suite);
      let sequence = 0n;
      for (const type of [handshake, alert, application_data, change_cipher_spec]) {
        for (const length of [1, 2, 15, 16, 17, MAX_PLAINTEXT]) {
          const record = peerRecord(suite, sequence, type, pattern(length, 3), pattern(explicit, length));
          const opened = half.open(viewOf(record));
          assert.equal(opened.type, type);
          assert.deepEqual(opened.content, pattern(length, 3));
          sequence += 1n;
        }
      }
      assert.equal(half.records, Number(sequence));
    });
  });
}

describe('nonces', () => {
  const nonces = (form: 'explicit' | 'xor', count: number): { nonces: string[]; records: Uint8Array[] } => {
    const aead = toyAead();
    const suite = suiteOver(aead, form);
    const half = writeHalf(suite);
    const records = Array.from({ length: count }, () => sealed(half, handshake, pattern(4)));
    return { nonces: aead.nonces.map(hex), records };
  };

  test('explicit: salt and counter, the counter in the record', () => {
    const salt = hex(ivOf(suiteOver(toyAead())));
    const { nonces: used, records } = nonces('explicit', 257);
    assert.equal(used[0], `${salt}0000000000000000`);
    assert.equal(used[1], `${salt}0000000000000001`);
    assert.equal(used[256], `${salt}0000000000000100`);
    for (const [i, record] of records.entries()) assert.equal(hex(record.subarray(5, 13)), used[i]?.slice(8));
    assert.equal(new Set(used).size, 257);
  });

  test('xor: the IV with the number in its tail, and nothing of it in the record', () => {
    const suite = suiteOver(toyAead(), 'xor');
    const { nonces: used, records } = nonces('xor', 257);
    assert.equal(used[0], hex(ivOf(suite)));
    for (const [i, nonce] of used.entries()) assert.equal(nonce, hex(nonceOf(suite, BigInt(i))));
    assert.equal(records[0]?.length, 5 + 4 + 16);
    assert.equal(new Set(used).size, 257);
  });

  test('explicit: the reader takes the record’s, whatever it is, and counts by itself for the rest', () => {
    const suite = suiteNamed('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
    const half = readHalf(suite);
    const random = [pattern(8, 99), new Uint8Array(8).fill(0xff), new Uint8Array(8), new Uint8Array(8)];
    for (const [i, explicit] of random.entries()) {
      half.open(viewOf(peerRecord(suite, BigInt(i), handshake, pattern(9), explicit)));
    }
  });

  test('a failed seal spends its nonce', () => {
    const aead = toyAead();
    let broken = true;
    const suite = suiteOver({
      ...aead,
      create: (key) => {
        const real = aead.create(key);
        return {
          ...real,
          seal: (...args) => {
            real.seal(...args);
            if (broken) throw new Error('hardware');
          },
        };
      },
    });
    const half = writeHalf(suite);
    assert.throws(() => sealed(half, handshake, pattern(4)), /hardware/);
    broken = false;
    sealed(half, handshake, pattern(4));
    const [first, second] = aead.nonces.map(hex);
    assert.notEqual(first, second);
  });

  test('sequence numbers as eight bytes', () => {
    for (const number of [
      0,
      1,
      255,
      256,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 40 + 5,
      Number.MAX_SAFE_INTEGER,
    ]) {
      const out = new Uint8Array(10).fill(0xee);
      writeSequence(out, 1, number);
      assert.equal(hex(out), `ee${number.toString(16).padStart(16, '0')}ee`);
    }
  });
});

describe('halves under keys of TLS 1.2', () => {
  const suite = suiteNamed('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');

  test('say so: longer payloads, no KeyUpdate', () => {
    const [write, read] = [writeHalf(suite), readHalf(suite)];
    assert.ok(write.protected && read.protected);
    assert.equal(read.maxPayload, MAX_CIPHERTEXT_12);
    assert.equal(read.maxPayload, 2 ** 14 + 2048);
    assert.equal(write.needsKeyUpdate, false);
    assert.deepEqual([write.records, read.records], [0, 0]);
  });

  test('copy key and IV: the caller may wipe its own at once', () => {
    for (const each of SUITES) {
      const [key, iv] = [keyOf(each), ivOf(each)];
      const half = new WriteHalf();
      half.install12(each, key, iv);
      assert.deepEqual([key, iv], [keyOf(each), ivOf(each)]);
      key.fill(0);
      iv.fill(0);
      assert.deepEqual(peerOpen(each, 0n, sealed(half, handshake, pattern(5))), pattern(5));
    }
  });

  test('pad nothing, whatever the policy says', () => {
    const half = writeHalf(suite);
    half.padding = () => 1000;
    assert.equal(half.paddedLength(application_data, 3), 3);
    assert.equal(sealed(half, application_data, pattern(3)).length, 3 + half.overhead);
  });

  test('seal content that lies in the output already, before, at and behind its place', () => {
    for (const from of [0, 5, 12, 13, 14, 40]) {
      const half = writeHalf(suite);
      const out = new Uint8Array(100);
      out.set(pattern(20), from);
      const end = half.seal(handshake, out, from, from + 20, out, 0);
      assert.equal(end, 5 + 8 + 20 + 16);
      assert.deepEqual(peerOpen(suite, 0n, out.subarray(0, end)), pattern(20), `from ${from}`);
    }
  });

  test('fragment to the byte, and come together through a deframer', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SUITES),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 64, max: 700 }),
        fc.integer({ min: 1, max: 900 }),
        (each, length, fragment, chunk) => {
          const [write, read] = [writeHalf(each), readHalf(each)];
          write.maxFragment = fragment;
          const content = pattern(length);
          const wire = sealAll(write, application_data, content);
          assert.equal(wire.length, sealedLength(writeHalfOf(each, fragment), application_data, length));
          const deframer = new Deframer();
          const parts: Uint8Array[] = [];
          for (let at = 0; at < wire.length; at += chunk) {
            deframer.push(wire.subarray(at, at + chunk));
            for (let view = deframer.next(read.maxPayload); view; view = deframer.next(read.maxPayload)) {
              const opened = read.open(view);
              assert.ok(opened.length <= fragment);
              parts.push(opened.content.slice());
            }
          }
          assert.deepEqual(new Uint8Array(Buffer.concat(parts)), content);
        },
      ),
      { numRuns: 40 },
    );
  });

  function writeHalfOf(each: (typeof SUITES)[number], fragment: number): WriteHalf {
    const half = writeHalf(each);
    half.maxFragment = fragment;
    return half;
  }
});
