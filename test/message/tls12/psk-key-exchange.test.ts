import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHandshake } from '../../../src/message/handshake.ts';
import {
  encodePskClientKeyExchange,
  encodePskServerKeyExchange,
} from '../../../src/message/tls12/psk-key-exchange.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { NamedGroup } from '../../../src/wire/registry-crypto.ts';

const hint = Uint8Array.of(1, 2, 3);
const point = new Uint8Array(32).fill(7);
const server = encodePskServerKeyExchange({
  identityHint: hint,
  namedCurve: NamedGroup.x25519,
  publicKey: point,
});
const client = encodePskClientKeyExchange({ identity: hint, publicKey: point });

function resized(raw: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(raw.subarray(0, length));
  out[3] = length - 4;
  return out;
}

test('both messages come back as they were', () => {
  const s = decodeHandshake(server, 'tls12_psk');
  assert.ok(s.kind === 'PskServerKeyExchange');
  assert.deepEqual(s.identityHint, hint);
  assert.equal(s.namedCurve, NamedGroup.x25519);
  assert.deepEqual(s.publicKey, point);
  const c = decodeHandshake(client, 'tls12_psk');
  assert.ok(c.kind === 'PskClientKeyExchange');
  assert.deepEqual(c.identity, hint);
  assert.deepEqual(c.publicKey, point);
});

for (const [name, raw] of Object.entries({ server, client })) {
  test(`${name}: every truncation and a byte too many are refused`, () => {
    for (let length = 4; length < raw.length; length += 1) {
      assert.throws(() => decodeHandshake(resized(raw, length), 'tls12_psk'), TLSError);
    }
    assert.throws(() => decodeHandshake(resized(raw, raw.length + 1), 'tls12_psk'), {
      reason: 'trailing_bytes',
    });
  });
}

test('a curve that is not named is refused', () => {
  const explicit = Uint8Array.from(server);
  explicit[4 + 2 + hint.length] = 1;
  assert.throws(() => decodeHandshake(explicit, 'tls12_psk'), { reason: 'bad_value' });
});

test('an empty share is refused', () => {
  const empty = encodePskClientKeyExchange({ identity: hint, publicKey: new Uint8Array(0) });
  assert.throws(() => decodeHandshake(empty, 'tls12_psk'), { reason: 'length_out_of_range' });
});
