/** Records that lie in memory of somebody else: opened elsewhere, one behind the other, and never where they lie. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { CipherSuite12, CipherSuite13 } from '../../src/crypto/provider.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { sealAll } from '../../src/record/fragmenter.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { OpenRoom } from '../../src/record/open-room.ts';
import { ContentType } from '../../src/wire/registry.ts';
import { pattern, rejects } from './support.ts';

const DATA = ContentType.application_data;

function aligned() {
  const proof = new HandshakeJoiner().aligned;
  assert.ok(proof);
  return proof;
}

function halves(suite: CipherSuite13 | CipherSuite12): { write: WriteHalf; read: ReadHalf } {
  const [write, read] = [new WriteHalf(), new ReadHalf()];
  if (suite.version === 'tls13') {
    const secret = new Secret(new Uint8Array(suite.hash.outputLength).fill(3));
    write.install(suite, secret);
    read.install(suite, secret, aligned());
  } else {
    const [key, iv] = [
      new Uint8Array(suite.aead.keyLength).fill(7),
      new Uint8Array(suite.nonce === 'xor' ? 12 : 4),
    ];
    write.install12(suite, key, iv);
    read.install12(suite, key, iv, aligned());
  }
  return { write, read };
}

/** Opens all of `stream` in rooms that are counted. */
function openAll(read: ReadHalf, stream: Uint8Array): { contents: Uint8Array[]; rooms: Uint8Array[] } {
  const rooms: Uint8Array[] = [];
  const room = new OpenRoom((length) => {
    const made = new Uint8Array(length).fill(0xaa);
    rooms.push(made);
    return made;
  });
  const deframer = new Deframer();
  deframer.lend(stream);
  const contents: Uint8Array[] = [];
  for (let record = deframer.next(read.maxPayload); record; record = deframer.next(read.maxPayload)) {
    room.prepare(record.length, record.length + deframer.buffered);
    const opened = read.open(record, room);
    contents.push(opened.content);
    room.keep(opened.length);
  }
  return { contents, rooms };
}

for (const provider of [nobleProvider(), wasmProvider()]) {
  const suites = [...provider.cipherSuites13, ...provider.cipherSuites12, ...provider.optionalCipherSuites13];
  for (const suite of suites) {
    describe(`${provider.name}, ${suite.name}`, () => {
      const content = pattern(40_000);

      test('small records lie side by side, full ones alone; where they came from nothing changes', () => {
        const { write, read } = halves(suite);
        const kept = content.slice();
        const small = [5, 900, 1, 2000].map((length) => pattern(length));
        const stream = concatBytes(
          sealAll(write, DATA, content),
          ...small.map((each) => sealAll(write, DATA, each)),
        );
        assert.deepEqual(content, kept, 'what is sealed is only read');
        const before = stream.slice();
        const { contents, rooms } = openAll(read, stream);
        assert.deepEqual(stream, before);
        assert.deepEqual(concatBytes(...contents), concatBytes(content, ...small));
        assert.deepEqual(
          contents.slice(0, 3).map((each) => rooms.findIndex(({ buffer }) => buffer === each.buffer)),
          [0, 1, 2],
        );
        // The third is not full: the small ones share what it leaves.
        assert.equal(rooms.length, 3);
        for (const [i, each] of contents.slice(3).entries()) {
          const previous = contents[i + 2];
          assert.equal(each.byteOffset, (previous?.byteOffset ?? 0) + (previous?.length ?? 0));
        }
        assert.ok(rooms.every(({ length }) => length <= 16640));
      });

      test('a forged record leaves no plaintext, and what was opened before it stays', () => {
        const { write, read } = halves(suite);
        const stream = concatBytes(
          sealAll(write, DATA, pattern(100, 1)),
          sealAll(write, DATA, pattern(200, 2)),
        );
        const last = stream.length - 1;
        stream[last] = (stream[last] ?? 0) ^ 1;
        const room = new Uint8Array(1000);
        const open = new OpenRoom(() => room);
        const deframer = new Deframer();
        deframer.lend(stream);
        const first = deframer.next(read.maxPayload);
        assert.ok(first);
        open.prepare(400, 400);
        open.keep(read.open(first, open).length);
        const second = deframer.next(read.maxPayload);
        assert.ok(second);
        rejects(() => read.open(second, open), 'bad_record_mac');
        assert.deepEqual(room.subarray(0, 100), pattern(100, 1));
        const text = pattern(200, 2);
        const found = room
          .subarray(100)
          .findIndex((_, i) => text.every((byte, j) => byte === room[100 + i + j]));
        assert.equal(found, -1, 'no plaintext');
      });
    });
  }
}

test('a room that is full is left to its owner, and another is asked for, of what is to come but never much', () => {
  const rooms: number[] = [];
  const room = new OpenRoom((length) => {
    rooms.push(length);
    return new Uint8Array(length);
  });
  room.prepare(40, 100);
  room.keep(60);
  room.prepare(40, 40);
  assert.deepEqual(rooms, [100]);
  room.prepare(41, 41);
  assert.deepEqual(rooms, [100, 41]);
  room.prepare(50, 200_000);
  room.prepare(18_000, 200_000);
  assert.deepEqual(rooms, [100, 41, 16_640, 18_000]);
});
