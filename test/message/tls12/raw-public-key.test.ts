/** Certificate of TLS 1.2 as a raw public key (RFC 7250 3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeHandshake, wrapHandshake } from '../../../src/message/handshake.ts';
import { encodeCertificate12 } from '../../../src/message/tls12/certificate.ts';
import { encodeRawPublicKey12 } from '../../../src/message/tls12/raw-public-key.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { HandshakeType } from '../../../src/wire/registry.ts';

const KEY = Uint8Array.from({ length: 44 }, (_, i) => i);

function decoded(raw: Uint8Array): readonly Uint8Array[] {
  const message = decodeHandshake(raw, 'tls12_raw_key');
  assert.ok(message.kind === 'Certificate12');
  assert.equal(message.raw, raw);
  return message.certificateList;
}

test('the key stands alone, without the length of a list', () => {
  const raw = encodeRawPublicKey12(KEY);
  assert.deepEqual(raw.subarray(0, 7), Uint8Array.of(11, 0, 0, 47, 0, 0, 44));
  assert.deepEqual(decoded(raw), [KEY]);
});

test('a client without a key says so by a length of zero', () => {
  const raw = encodeRawPublicKey12(undefined);
  assert.deepEqual(raw, Uint8Array.of(11, 0, 0, 3, 0, 0, 0));
  assert.deepEqual(decoded(raw), []);
});

test('every truncation and a byte too many are refused', () => {
  const body = encodeRawPublicKey12(KEY).subarray(4);
  for (let length = 0; length < body.length; length += 1) {
    const raw = wrapHandshake(HandshakeType.certificate, body.slice(0, length));
    assert.throws(() => decodeHandshake(raw, 'tls12_raw_key'), TLSError);
  }
  const longer = wrapHandshake(HandshakeType.certificate, Uint8Array.of(...body, 0));
  assert.throws(() => decodeHandshake(longer, 'tls12_raw_key'), { reason: 'trailing_bytes' });
});

test('a list of certificates is no key, and a key no list', () => {
  const list = encodeCertificate12({ certificateList: [KEY] });
  // The list is taken for a key, which no key begins as.
  assert.deepEqual(decoded(list)[0]?.subarray(0, 3), Uint8Array.of(0, 0, 44));
  assert.throws(() => decodeHandshake(encodeRawPublicKey12(KEY), 'tls12'), TLSError);
});
