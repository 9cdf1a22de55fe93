/** What holds for all messages alike: fidelity, strict lengths, whole observation, and TLSError alone on bad input. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { TLSError } from '../../src/wire/error.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { checkFidelity, decodeHostile } from './fidelity.ts';
import { SAMPLES, withTrueLength } from './support.ts';
import { type Tile, Tiles } from './tiles.ts';

function tilesOf(raw: Uint8Array): readonly Tile[] {
  const tiles = new Tiles(raw);
  decodeHandshake(raw, 'tls13', tiles);
  tiles.checkWhole();
  return tiles.tiles;
}

function reasonOf(raw: Uint8Array): string | undefined {
  try {
    decodeHandshake(raw, 'tls13');
  } catch (error) {
    if (error instanceof TLSError) return error.reason;
    throw error;
  }
  return undefined;
}

/** Bodies that say nothing of their own length: a shorter or longer one is just another. */
const unframed = (name: string): boolean => name === 'Finished' || name.startsWith('OpaqueMessage');

describe('the samples', () => {
  it('hold every kind of message', () => {
    const kinds = new Set([...SAMPLES.values()].map((raw) => decodeHandshake(raw, 'tls13').kind));
    assert.deepEqual([...kinds].sort(), [
      'Certificate',
      'CertificateRequest',
      'CertificateVerify',
      'ClientHello',
      'CompressedCertificate',
      'EncryptedExtensions',
      'EndOfEarlyData',
      'Finished',
      'HelloRetryRequest',
      'KeyUpdate',
      'NewSessionTicket',
      'OpaqueMessage',
      'ServerHello',
    ]);
  });
});

for (const [name, raw] of SAMPLES) {
  describe(name, () => {
    it('encodes to what it was decoded from, extensions too, and keeps the raw bytes', () => {
      const message = decodeHandshake(raw, 'tls13');
      assert.equal(message.raw, raw);
      assert.equal(message.kind, name.split(/[ ,]/)[0]);
      checkFidelity(message);
    });

    it('is told to the observer byte by byte, without gap or overlap', () => {
      const tiles = tilesOf(raw);
      assert.deepEqual(
        tiles.slice(0, 2).map((tile) => [tile.name, tile.start, tile.end]),
        [
          ['msg_type', 0, 1],
          ['length', 1, 4],
        ],
      );
      assert.ok(tiles.every((tile) => tile.path.startsWith(`${tiles[0]?.path.split('.')[0]}.`)));
    });

    it('refuses to be cut anywhere', () => {
      for (let length = 0; length < raw.length; length++) {
        assert.equal(reasonOf(raw.subarray(0, length)), 'truncated', `cut to ${length}`);
      }
    });

    it('refuses to be cut anywhere with its header adjusted, but where a whole message ends', () => {
      for (let length = 4; length < raw.length; length++) {
        const message = decodeHostile(withTrueLength(raw.subarray(0, length)));
        // The one place is before the block of extensions, which old hellos do not have.
        const whole = message !== undefined && 'extensionsPresent' in message && !message.extensionsPresent;
        if (!unframed(name)) assert.equal(message === undefined, !whole, `cut to ${length}`);
      }
    });

    it('refuses trailing bytes', () => {
      for (const extra of [1, 2, 300]) {
        const longer = new Uint8Array(raw.length + extra).fill(1);
        longer.set(raw);
        assert.equal(reasonOf(longer), 'trailing_bytes');
        if (!unframed(name))
          assert.ok(reasonOf(withTrueLength(longer)) !== undefined, `${extra} ones inside`);
      }
    });

    it('refuses each length field one too small and one too large', () => {
      const lengths = tilesOf(raw).filter(
        // uncompressed_length is of what is not there.
        (tile) => /(^|_)(?<!uncompressed_)length$/.test(tile.name) && tile.label === undefined,
      );
      assert.ok(lengths.length >= 1);
      for (const { path, start, end, value } of lengths) {
        for (const delta of [-1, 1]) {
          const changed = Number(value) + delta;
          if (changed < 0) continue;
          const bytes = new Uint8Array(raw);
          for (let i = 0; i < end - start; i++) bytes[end - 1 - i] = Math.floor(changed / 256 ** i) & 0xff;
          assert.notEqual(reasonOf(bytes), undefined, `${path} ${delta}`);
        }
      }
    });

    it('stays total when bytes are changed, put in and taken out', () => {
      const edit = fc.record({
        at: fc.nat(raw.length - 1),
        remove: fc.integer({ min: 0, max: 3 }),
        insert: fc.uint8Array({ maxLength: 3 }),
      });
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), fc.boolean(), (edits, repair) => {
          let bytes = [...raw];
          for (const { at, remove, insert } of edits) bytes = bytes.toSpliced(at, remove, ...insert);
          const mutated = Uint8Array.from(bytes);
          decodeHostile(repair && mutated.length >= 4 ? withTrueLength(mutated) : mutated);
        }),
        { numRuns: 150 },
      );
    });
  });
}

describe('hostile bytes', () => {
  it('of every message type raise TLSError or decode faithfully', () => {
    const type = fc.oneof(fc.constantFrom(...Object.values<number>(HandshakeType)), fc.nat(255));
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 120 }), (code, body) => {
        decodeHostile(withTrueLength(Uint8Array.of(code, 0, 0, 0, ...body)));
      }),
      { numRuns: 1500 },
    );
  });

  it('need not even be a header', () => {
    for (const bytes of [[], [1], [1, 0], [1, 0, 0]]) {
      assert.equal(reasonOf(Uint8Array.from(bytes)), 'truncated');
    }
  });
});

describe('message sizes', () => {
  const claimed = (type: number, length: number): Uint8Array =>
    Uint8Array.of(type, (length >> 16) & 255, (length >> 8) & 255, length & 255);

  it('are bounded by type before anything else is looked at', () => {
    for (const [type, limit] of [
      [HandshakeType.client_hello, 65536],
      [HandshakeType.certificate, 102400],
      [HandshakeType.finished, 64],
      [HandshakeType.key_update, 1],
      [HandshakeType.end_of_early_data, 0],
      [HandshakeType.certificate_verify, 8192],
      [0x77, 65536],
    ] as const) {
      assert.equal(reasonOf(claimed(type, limit + 1)), 'message_too_long', `type ${type}`);
      if (limit > 0) assert.equal(reasonOf(claimed(type, limit)), 'truncated', `type ${type}`);
    }
  });

  it('have decode_error for their alert', () => {
    assert.throws(
      () => decodeHandshake(claimed(HandshakeType.finished, 65), 'tls13'),
      (error) => error instanceof TLSError && error.alert === 50,
    );
  });
});
