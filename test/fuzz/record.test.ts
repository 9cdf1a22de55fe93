import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { CipherSuite13 } from '../../src/crypto/provider.ts';
import {
  craftRecord,
  insecureSeededRandom,
  RecordKeys,
  RecordReader,
  rawRecord,
  splitContent,
  splitRecords,
} from '../../src/fuzz.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ContentType } from '../../src/wire/registry.ts';

const provider = nobleProvider(insecureSeededRandom(1));
const secretOf = (suite: CipherSuite13): Uint8Array => new Uint8Array(suite.hash.outputLength).fill(7);
const hello = Uint8Array.of(1, 2, 3, 4, 5);

function readHalf(suite: CipherSuite13): ReadHalf {
  const half = new ReadHalf();
  const proof = new HandshakeJoiner().aligned;
  assert.ok(proof);
  half.install(suite, new Secret(secretOf(suite)), proof);
  return half;
}

function openWithLibrary(half: ReadHalf, record: Uint8Array): { type: number; content: number[] } {
  const deframer = new Deframer();
  deframer.push(record);
  const view = deframer.next(16640);
  assert.ok(view);
  const opened = half.open(view);
  return { type: opened.type, content: [...opened.content] };
}

test('what RecordKeys seal, the library opens, and the other way round, for every suite', () => {
  for (const suite of provider.cipherSuites13) {
    const keys = new RecordKeys('application', suite, secretOf(suite));
    const half = readHalf(suite);
    for (let i = 0; i < 3; i += 1) {
      const record = craftRecord(ContentType.handshake, hello, keys, { padding: i });
      assert.deepEqual(openWithLibrary(half, record), { type: 22, content: [...hello] });
    }
    const writer = new WriteHalf();
    writer.install(suite, new Secret(secretOf(suite)));
    const opener = new RecordKeys('application', suite, secretOf(suite));
    for (let i = 0; i < 3; i += 1) {
      const out = new Uint8Array(hello.length + writer.overhead);
      writer.seal(ContentType.alert, hello, 0, hello.length, out, 0);
      const inner = opener.open(out.slice(0, 5), out.slice(5));
      assert.deepEqual(inner && [...inner], [...hello, ContentType.alert]);
    }
  }
});

test('a failed open moves nothing, the right keys still open the next record', () => {
  const [suite] = provider.cipherSuites13;
  assert.ok(suite);
  const sealer = new RecordKeys('a', suite, secretOf(suite));
  const opener = new RecordKeys('a', suite, secretOf(suite));
  const record = craftRecord(23, hello, sealer);
  const broken = record.slice(5);
  broken[0] = (broken[0] ?? 0) ^ 1;
  assert.equal(opener.open(record.slice(0, 5), broken), undefined);
  assert.equal(opener.open(record.slice(0, 5), new Uint8Array(3)), undefined);
  assert.ok(opener.open(record.slice(0, 5), record.slice(5)));
});

test('sequence: a number for one record leaves the counter alone, a counter may be set anywhere', () => {
  const [suite] = provider.cipherSuites13;
  assert.ok(suite);
  const sealer = new RecordKeys('a', suite, secretOf(suite));
  const opener = new RecordKeys('a', suite, secretOf(suite));
  const odd = craftRecord(23, hello, sealer, { sequence: 2n ** 64n - 1n });
  assert.equal(sealer.sequence, 0n);
  assert.equal(opener.open(odd.slice(0, 5), odd.slice(5)), undefined);
  opener.sequence = 2n ** 64n - 1n;
  assert.ok(opener.open(odd.slice(0, 5), odd.slice(5)));
});

test('next gives the keys after a KeyUpdate, and their name counts', () => {
  const [suite] = provider.cipherSuites13;
  assert.ok(suite);
  const keys = new RecordKeys('application', suite, secretOf(suite));
  const second = keys.next();
  assert.equal(second.name, 'application+1');
  assert.equal(second.next().name, 'application+2');
  assert.notDeepEqual(second.secret, keys.secret);
});

test('each field of a record can be wrong alone', () => {
  assert.deepEqual([...rawRecord(22, hello)], [22, 3, 3, 0, 5, ...hello]);
  const lying = craftRecord(22, hello, undefined, { version: 0x0301, length: 9, outerType: 99 });
  assert.deepEqual([...lying], [99, 3, 1, 0, 9, ...hello]);

  const [suite] = provider.cipherSuites13;
  assert.ok(suite);
  const fresh = (): RecordKeys => new RecordKeys('a', suite, secretOf(suite));
  const inner = craftRecord(22, hello, fresh(), { innerType: 77 });
  assert.deepEqual([...(fresh().open(inner.slice(0, 5), inner.slice(5)) ?? [])], [...hello, 77]);
  const rewritten = craftRecord(22, hello, fresh(), { inner: (plain) => plain.fill(0) });
  assert.throws(
    () => openWithLibrary(readHalf(suite), rewritten),
    (error) => error instanceof TLSError && error.reason === 'no_content_type',
  );
  const cut = craftRecord(22, hello, fresh(), { sealed: (body) => body.slice(0, -1) });
  assert.equal(cut[4], hello.length + 1 + suite.aead.tagLength - 1);
});

test('content is cut by size or at offsets, and empty content is one empty piece', () => {
  const lengths = (pieces: readonly Uint8Array[]): number[] => pieces.map((piece) => piece.length);
  assert.deepEqual(lengths(splitContent(hello, 2)), [2, 2, 1]);
  assert.deepEqual(lengths(splitContent(hello, 5)), [5]);
  assert.deepEqual(lengths(splitContent(hello, [1, 1, 4])), [1, 0, 3, 1]);
  assert.deepEqual(lengths(splitContent(new Uint8Array(0), 3)), [0]);
  assert.throws(() => splitContent(hello, 0), RangeError);
});

test('the reader cuts by length alone and keeps what is not whole', () => {
  const reader = new RecordReader();
  const stream = Uint8Array.of(99, 7, 8, 0, 2, 1, 2, 22, 3, 3, 0, 1);
  for (const byte of stream.slice(0, 6)) reader.push(Uint8Array.of(byte));
  assert.equal(reader.next(), undefined);
  reader.push(stream.slice(6));
  const record = reader.next();
  assert.deepEqual([record?.type, record?.version, record && [...record.body]], [99, 0x0708, [1, 2]]);
  assert.equal(reader.next(), undefined);
  assert.equal(reader.buffered, 5);
  assert.deepEqual(
    splitRecords(stream).map((piece) => piece.length),
    [7, 5],
  );
});
