/** Single records: too long, too short, empty, padded, of the wrong type (RFC 8446 5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chop,
  clientHandshake,
  flipBit,
  rawRecord,
  type Script,
  type ServerMessages,
  type Step,
  sendBytes,
  sendData,
  sendRecord,
  serverHandshake,
  step,
} from '../../src/fuzz.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  clientRefuses,
  serverRefuses,
} from './kit.ts';

const MAX = 2 ** 14;
const CCS = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const DATA = 23;

const server = serverHandshake();
const client = clientHandshake();
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const after = (...steps: readonly Step[]): Script<ServerMessages> => server.append(...steps);
const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const empty = sendData(zeros(0));
const BAD_MAC = ['bad_record_mac', 'bad_record_mac'] as const;
const UNEXPECTED = 'unexpected_message';

/** A record under the peer's keys with these bytes as its body, whatever the length. */
const body = (length: number): Step =>
  step('body', (peer) => peer.sendBytes(rawRecord(DATA, zeros(length).fill(7))));

clientRefuses({
  'a plaintext record of 2^14 + 1 bytes, before its body has come': [
    server
      .replace('ServerHello', sendBytes(rawRecord(HANDSHAKE, zeros(0), 0x0303, MAX + 1)))
      .until('ChangeCipherSpec'),
    'record_overflow',
    'record_overflow',
  ],
  'a protected record of 2^14 + 257 bytes, before its body has come': [
    after(sendBytes(rawRecord(DATA, zeros(0), 0x0303, MAX + 257))),
    'record_overflow',
    'record_overflow',
  ],
  'a record of 2^16 - 1 bytes': [
    after(sendBytes(rawRecord(DATA, zeros(0), 0x0303, 0xffff))),
    'record_overflow',
    'record_overflow',
  ],
  'content of 2^14 + 1 bytes': [
    after(sendRecord(DATA, zeros(MAX + 1))),
    'record_overflow',
    'record_overflow',
  ],
  'content and padding of 2^14 + 1 bytes': [
    after(sendRecord(DATA, zeros(1), { padding: MAX })),
    'record_overflow',
    'record_overflow',
  ],
  'padding alone of 2^14 + 2 bytes': [
    after(sendRecord(DATA, zeros(0), { inner: () => zeros(MAX + 2) })),
    'record_overflow',
    'record_overflow',
  ],
  'padding alone': [
    after(sendRecord(DATA, zeros(0), { inner: () => zeros(100) })),
    'no_content_type',
    UNEXPECTED,
  ],
  'nothing inside at all': [
    after(sendRecord(DATA, zeros(0), { inner: () => zeros(0) })),
    'no_content_type',
    UNEXPECTED,
  ],
  'padding alone in the handshake': [
    server.after('EncryptedExtensions', sendRecord(HANDSHAKE, zeros(0), { inner: () => zeros(9) })),
    'no_content_type',
    UNEXPECTED,
  ],
  'a body as long as a tag': [after(body(16)), ...BAD_MAC],
  'a body one byte shorter than a tag': [after(body(15)), ...BAD_MAC],
  'an empty body': [after(body(0)), ...BAD_MAC],
  'a flipped bit in the ciphertext': [after(sendRecord(DATA, zeros(9), { sealed: flipBit(3) })), ...BAD_MAC],
  'a flipped bit in the tag': [after(sendRecord(DATA, zeros(9), { sealed: flipBit(-1) })), ...BAD_MAC],
  'a tag cut short': [after(sendRecord(DATA, zeros(9), { sealed: chop(1) })), ...BAD_MAC],
  'another version in the header than was sealed': [
    after(
      step('relabelled', (peer) => {
        peer.sendApplicationData(zeros(9));
        const record = peer.takeOutput() ?? zeros(0);
        record[2] = 1;
        peer.sendBytes(record);
      }),
    ),
    ...BAD_MAC,
  ],
  'an empty plaintext handshake record': [
    server.before('ServerHello', sendRecord(HANDSHAKE, zeros(0))),
    'empty_record',
    UNEXPECTED,
  ],
  'an empty protected handshake record': [
    server.before('Certificate', sendRecord(HANDSHAKE, zeros(0))),
    'empty_record',
    UNEXPECTED,
  ],
  'an empty protected handshake record with padding': [
    server.before('Certificate', sendRecord(HANDSHAKE, zeros(0), { padding: 30 })),
    'empty_record',
    UNEXPECTED,
  ],
  'an empty handshake record after the handshake': [
    after(sendRecord(HANDSHAKE, zeros(0))),
    'empty_record',
    UNEXPECTED,
  ],
  'an empty alert': [after(sendRecord(ALERT, zeros(0))), 'empty_record', UNEXPECTED],
  'data in clear before any keys': [
    server.before('ServerHello', sendData(zeros(4))),
    'early_application_data',
    UNEXPECTED,
  ],
  'an empty record of data in the handshake': [
    server.before('Certificate', empty),
    'early_application_data',
    UNEXPECTED,
  ],
  'data in the handshake, under the right keys': [
    server.before('Certificate', sendData(zeros(4))),
    'early_application_data',
    UNEXPECTED,
  ],
  '33 empty records of data in a row': [after(...times(33, empty)), 'too_many_empty_records', UNEXPECTED],
  heartbeat: [server.before('ServerHello', sendRecord(24, zeros(3))), 'bad_content_type', UNEXPECTED],
  'a protected heartbeat': [after(sendRecord(24, zeros(3))), 'bad_content_type', UNEXPECTED],
  'inner type 255': [after(sendRecord(255, zeros(3))), 'bad_content_type', UNEXPECTED],
  'a protected change_cipher_spec': [
    after(sendRecord(CCS, Uint8Array.of(1))),
    'bad_change_cipher_spec',
    UNEXPECTED,
  ],
  'a protected change_cipher_spec in the handshake': [
    server.before('Certificate', sendRecord(CCS, Uint8Array.of(1))),
    'bad_change_cipher_spec',
    UNEXPECTED,
  ],
  'outer type handshake over a protected body': [
    after(sendRecord(HANDSHAKE, zeros(9), { outerType: HANDSHAKE })),
    'plaintext_after_keys',
    UNEXPECTED,
  ],
  'outer type 0 over a protected body': [
    after(sendRecord(DATA, zeros(9), { outerType: 0 })),
    'bad_content_type',
    UNEXPECTED,
  ],
  'a record of version 2.0': [
    server.before('ServerHello', sendBytes(rawRecord(HANDSHAKE, zeros(4), 0x0200))),
    'not_tls',
    'protocol_version',
  ],
  'a record of version 4.0 later on': [
    after(sendBytes(rawRecord(DATA, zeros(40), 0x0400))),
    'bad_record_version',
    'protocol_version',
  ],
  'data between the fragments of a message': [
    server.options('Certificate', { split: 50, between: (peer) => peer.sendApplicationData(zeros(1)) }),
    'interleaved_handshake',
    UNEXPECTED,
  ],
  'an alert between the fragments of a message': [
    server.options('Certificate', { split: 50, between: (peer) => peer.sendAlert(90, 1) }),
    'interleaved_handshake',
    UNEXPECTED,
  ],
  'change_cipher_spec between the fragments of a message': [
    server.options('Certificate', { split: 50, between: (peer) => peer.sendChangeCipherSpec() }),
    'bad_change_cipher_spec',
    UNEXPECTED,
  ],
  'data between the fragments of a ticket': [
    after(
      step('half a ticket', (peer) => peer.sendRecord(HANDSHAKE, Uint8Array.of(4, 0, 0, 50, 0))),
      sendData(zeros(1)),
    ),
    'interleaved_handshake',
    UNEXPECTED,
  ],
  'a certificate message of more than 100 KiB': [
    server.options('Certificate', { bytes: () => Uint8Array.of(11, 1, 0x90, 1, 0) }),
    'message_too_long',
    'decode_error',
  ],
  'a Finished of 2^24 - 1 bytes': [
    server.options('Finished', { bytes: () => Uint8Array.of(20, 255, 255, 255, 0) }),
    'message_too_long',
    'decode_error',
  ],
  'an unknown message of 2^24 - 1 bytes': [
    server.options('EncryptedExtensions', { bytes: () => Uint8Array.of(99, 255, 255, 255, 0) }),
    'message_too_long',
    'decode_error',
  ],
});

serverRefuses({
  'a first record of 2^14 + 1 bytes': [
    client.replace('ClientHello', sendBytes(rawRecord(HANDSHAKE, zeros(0), 0x0301, MAX + 1))),
    'record_overflow',
    'record_overflow',
  ],
  'an empty first record': [
    client.before('ClientHello', sendRecord(HANDSHAKE, zeros(0))),
    'empty_record',
    UNEXPECTED,
  ],
  'heartbeat before all else': [
    client.before('ClientHello', sendRecord(24, zeros(3))),
    'bad_content_type',
    UNEXPECTED,
  ],
  'data before all else': [
    client.before('ClientHello', sendData(zeros(3))),
    'early_application_data',
    UNEXPECTED,
  ],
  'an alert in the middle of ClientHello': [
    client.options('ClientHello', { split: 60, between: (peer) => peer.sendAlert(90, 1) }),
    'interleaved_handshake',
    UNEXPECTED,
  ],
  'data before Finished, under its keys': [
    client.before('Finished', sendData(zeros(3))),
    'early_application_data',
    UNEXPECTED,
  ],
  'a protected record of 2^14 + 257 bytes': [
    client.append(sendBytes(rawRecord(DATA, zeros(0), 0x0303, MAX + 257))),
    'record_overflow',
    'record_overflow',
  ],
  '33 empty records of data in a row': [
    client.append(...times(33, empty)),
    'too_many_empty_records',
    UNEXPECTED,
  ],
  'a flipped bit in Finished after sealing': [
    client.options('Finished', { record: { sealed: flipBit(20) } }),
    ...BAD_MAC,
  ],
});

test('every way in which a record cannot be opened looks the same: one alert, one message', () => {
  const sealings = [flipBit(0), flipBit(-1), chop(1), chop(20), () => zeros(0), () => zeros(25)];
  for (const suite of [
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_AES_256_GCM_SHA384,
    CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
  ]) {
    const told = sealings.map((sealed) => {
      const played = againstServer(after(sendRecord(DATA, zeros(9), { sealed })), {
        options: { cipherSuites: [suite] },
      });
      return assertRefused(played, 'bad_record_mac', 'bad_record_mac').message;
    });
    assert.equal(new Set(told).size, 1);
  }
});

test('the longest records are accepted, and padding is stripped', () => {
  const longest = zeros(MAX).fill(9);
  const played = againstServer(
    after(
      sendRecord(DATA, longest),
      sendRecord(DATA, Uint8Array.of(5), { padding: MAX - 1 }),
      sendRecord(DATA, Uint8Array.of(0, 0, 6, 0, 0), { padding: 3 }),
    ),
  );
  assertSecure(played);
  const { data } = played.tested;
  assert.equal(data.length, MAX + 6);
  assert.deepEqual([...data.slice(MAX)], [5, 0, 0, 6, 0, 0]);
});

test('32 empty records are let pass, and data in between starts the count anew', () => {
  const bursts = [...times(32, empty), sendData(Uint8Array.of(1)), ...times(32, empty)];
  const played = againstServer(after(...bursts));
  assertSecure(played);
  assert.deepEqual([...played.tested.data], [1]);
  assert.equal(played.tested.kinds.filter((kind) => kind === 'data').length, 1, 'no empty data event');
});

test('legacy_record_version is ignored below the major number', () => {
  for (const version of [0x0300, 0x0301, 0x0302, 0x0304, 0x03ff]) {
    assertSecure(againstServer(server.options('ServerHello', { record: { version } })));
    assertSecure(againstServer(server.options('Certificate', { record: { version } })));
    assertSecure(againstClient(client.options('ClientHello', { record: { version } })));
  }
});
