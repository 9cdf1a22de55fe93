/** What holds for all messages of TLS 1.2 alike: fidelity, strict lengths, whole observation, TLSError alone on bad input. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeHandshake, type HandshakeMessage } from '../../../src/message/handshake.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { HandshakeType } from '../../../src/wire/registry.ts';
import { checkFidelity, decodeHostile } from '../fidelity.ts';
import { SAMPLES, withTrueLength } from '../support.ts';
import { type Tile, Tiles } from '../tiles.ts';
import { SAMPLES_12 } from './samples.ts';

function tilesOf(raw: Uint8Array): readonly Tile[] {
  const tiles = new Tiles(raw);
  decodeHandshake(raw, 'tls12', tiles);
  tiles.checkWhole();
  return tiles.tiles;
}

function reasonOf(raw: Uint8Array): string | undefined {
  try {
    decodeHandshake(raw, 'tls12');
  } catch (error) {
    if (error instanceof TLSError) return error.reason;
    throw error;
  }
  return undefined;
}

/** Bodies that may end anywhere, or whose hello may lack its extensions. */
const unframed = (name: string): boolean => name.startsWith('OpaqueMessage');

describe('the samples', () => {
  it('hold every kind of message that TLS 1.2 has', () => {
    const kinds = new Set([...SAMPLES_12.values()].map((raw) => decodeHandshake(raw, 'tls12').kind));
    assert.deepEqual([...kinds].sort(), [
      'Certificate12',
      'CertificateRequest12',
      'CertificateStatus',
      'CertificateVerify',
      'ClientHello',
      'ClientKeyExchange',
      'Finished12',
      'HelloRequest',
      'NewSessionTicket12',
      'OpaqueMessage',
      'ServerHello',
      'ServerHelloDone',
      'ServerKeyExchange',
    ]);
  });
});

for (const [name, raw] of SAMPLES_12) {
  describe(name, () => {
    it('encodes to what it was decoded from and keeps the raw bytes', () => {
      const message = decodeHandshake(raw, 'tls12');
      assert.equal(message.raw, raw);
      assert.equal(message.kind, name.split(/[ ,]/)[0]);
      checkFidelity(message);
    });

    it('is observed byte by byte', () => {
      assert.equal(tilesOf(raw)[0]?.name, 'msg_type');
      assert.equal(tilesOf(raw)[0]?.value, raw[0]);
    });

    it('is refused when it is cut short, header as it was', () => {
      for (let length = 0; length < raw.length; length++) {
        assert.equal(reasonOf(raw.slice(0, length)), 'truncated', `${length} bytes`);
      }
    });

    it('is refused when its body is cut short or stretched and the header says so', () => {
      if (unframed(name)) return;
      for (let length = 4; length < raw.length; length++) {
        // A hello may end after its compression method.
        if (name.startsWith('ServerHello,') || name === 'ServerHello' || name === 'ClientHello') {
          decodeHostile(withTrueLength(raw.slice(0, length)), 'tls12');
          continue;
        }
        assert.notEqual(reasonOf(withTrueLength(raw.slice(0, length))), undefined, `${length} bytes`);
      }
      const longer = withTrueLength(Uint8Array.of(...raw, 0));
      assert.match(reasonOf(longer) ?? '', /trailing_bytes|message_too_long/);
    });

    it('is refused with a byte behind its end', () => {
      assert.equal(reasonOf(Uint8Array.of(...raw, 0)), 'trailing_bytes');
    });

    it('survives any change of one byte', () => {
      for (let at = 0; at < raw.length; at++) {
        for (const bits of [1, 0x80, 0xff]) {
          const changed = raw.slice();
          changed[at] = (changed[at] ?? 0) ^ bits;
          decodeHostile(changed, 'tls12');
        }
      }
    });
  });
}

describe('hostile input', () => {
  it('is decoded or refused, never anything else', () => {
    const samples = fc.constantFrom(...SAMPLES_12.values());
    const cuts = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 6 });
    fc.assert(
      fc.property(samples, cuts, fc.nat(60), (raw, changes, drop) => {
        const copy = raw.slice(0, Math.max(4, raw.length - drop));
        for (const [at, value] of changes) copy[at % copy.length] = value;
        decodeHostile(withTrueLength(copy), 'tls12');
      }),
      { numRuns: 1500 },
    );
  });

  it('of any kind at all', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.uint8Array({ maxLength: 120 }), (type, body) => {
        decodeHostile(withTrueLength(Uint8Array.of(type, 0, 0, 0, ...body)), 'tls12');
      }),
      { numRuns: 1500 },
    );
  });
});

describe('versions', () => {
  const kindIn = (raw: Uint8Array, version: 'tls12' | 'tls13'): HandshakeMessage['kind'] =>
    decodeHandshake(raw, version).kind;
  const sample = (name: string): Uint8Array => SAMPLES_12.get(name) ?? SAMPLES.get(name) ?? new Uint8Array(0);

  it('what TLS 1.3 does not have stays opaque there', () => {
    for (const name of [
      'HelloRequest',
      'ServerKeyExchange',
      'ServerHelloDone',
      'ClientKeyExchange',
      'CertificateStatus',
    ]) {
      assert.equal(kindIn(sample(name), 'tls13'), 'OpaqueMessage', name);
    }
  });

  it('what TLS 1.2 does not have stays opaque there', () => {
    for (const name of ['EncryptedExtensions', 'EndOfEarlyData', 'KeyUpdate']) {
      assert.equal(kindIn(sample(name), 'tls12'), 'OpaqueMessage', name);
    }
  });

  it('one’s Certificate, CertificateRequest or NewSessionTicket is not the other’s', () => {
    for (const name of ['Certificate12', 'CertificateRequest12']) {
      assert.throws(() => decodeHandshake(sample(name), 'tls13'), TLSError, name);
    }
    for (const name of ['Certificate', 'CertificateRequest', 'NewSessionTicket', 'Finished']) {
      assert.throws(() => decodeHandshake(sample(name), 'tls12'), TLSError, name);
    }
  });

  it('hellos and CertificateVerify are the same in both', () => {
    for (const name of ['ClientHello', 'ServerHello', 'CertificateVerify', 'HelloRetryRequest']) {
      assert.deepEqual(decodeHandshake(sample(name), 'tls12'), decodeHandshake(sample(name), 'tls13'));
    }
    assert.equal(sample('HelloRetryRequest')[0], HandshakeType.server_hello);
  });
});
