/** Single records of TLS 1.2: too long, empty, forged, of another version; and nonces that count (RFC 5246 6.2, RFC 5288 3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientMessages12,
  chop,
  clientHandshake12,
  flipBit,
  RecordKeys12,
  rawRecord,
  type Script,
  type ServerMessages12,
  type Step,
  sendBytes,
  sendData,
  sendRecord,
  serverHandshake12,
  splitRecords,
} from '../../src/fuzz.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { type AlertName, assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12, client12Refuses, server12Refuses } from './kit.ts';

const MAX = 2 ** 14;
const CCS = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const DATA = 23;

const server = serverHandshake12();
const client = clientHandshake12();
const zeros = (length: number): Uint8Array => new Uint8Array(length);
const after = (...steps: readonly Step[]): Script<ServerMessages12> => server.append(...steps);
const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const empty = sendData(zeros(0));
const header = (type: number, length: number, version = 0x0303): Step =>
  sendBytes(rawRecord(type, zeros(0), version, length));
/** A record in clear with these bytes as its body. */
const body = (length: number): Step => sendBytes(rawRecord(DATA, zeros(length).fill(7)));

const BAD_MAC = ['bad_record_mac', 'bad_record_mac'] as const;
const OVERFLOW = ['record_overflow', 'record_overflow'] as const;
const EMPTY = ['empty_record', 'unexpected_message'] as const;
const EARLY = ['early_application_data', 'unexpected_message'] as const;
const VERSION = ['bad_record_version', 'protocol_version'] as const;
const TYPE = ['bad_content_type', 'unexpected_message'] as const;
const suite = (
  code: CipherSuite,
): { options: { cipherSuites: CipherSuite[] }; peer: { cipherSuites: CipherSuite[] } } => ({
  options: { cipherSuites: [code] },
  peer: { cipherSuites: [code] },
});
const GCM = suite(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
const SUITES = {
  'AES-128-GCM': GCM,
  'ChaCha20-Poly1305': suite(CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
};

type Case<Messages> = readonly [script: Script<Messages>, reason: Reason, alert: AlertName];

const CLIENT_CASES: Readonly<Record<string, Case<ServerMessages12>>> = {
  'a plaintext record of 2^14 + 1 bytes, before its body has come': [
    server.until('Certificate').append(header(HANDSHAKE, MAX + 1)),
    ...OVERFLOW,
  ],
  'a plaintext ServerHello record of 2^14 + 1 bytes': [
    server.until('ServerHello').append(header(HANDSHAKE, MAX + 1)),
    ...OVERFLOW,
  ],
  'a protected record of 2^14 + 2049 bytes, before its body has come': [
    after(header(DATA, MAX + 2049)),
    ...OVERFLOW,
  ],
  'a protected record of 2^14 + 2048 bytes whose content is too long': [
    after(sendRecord(DATA, zeros(MAX + 2048 - 24))),
    ...OVERFLOW,
  ],
  'content of 2^14 + 1 bytes': [after(sendRecord(DATA, zeros(MAX + 1))), ...OVERFLOW],
  'a record of 2^16 - 1 bytes': [after(header(DATA, 0xffff)), ...OVERFLOW],
  'a forged record of 2^14 + 2048 bytes': [after(body(MAX + 2048)), ...BAD_MAC],
  'a body as long as nonce and tag': [after(body(24)), ...BAD_MAC],
  'a body one byte shorter than nonce and tag': [after(body(23)), ...BAD_MAC],
  'a body of a nonce alone': [after(body(8)), ...BAD_MAC],
  'an empty body': [after(body(0)), ...BAD_MAC],
  'a flipped bit in the nonce': [after(sendRecord(DATA, zeros(9), { sealed: flipBit(3) })), ...BAD_MAC],
  'a flipped bit in the ciphertext': [after(sendRecord(DATA, zeros(9), { sealed: flipBit(70) })), ...BAD_MAC],
  'a flipped bit in the tag': [after(sendRecord(DATA, zeros(9), { sealed: flipBit(-1) })), ...BAD_MAC],
  'a tag cut short': [after(sendRecord(DATA, zeros(9), { sealed: chop(1) })), ...BAD_MAC],
  'another type in the header than was sealed': [
    after(sendRecord(ALERT, Uint8Array.of(1, 0), { innerType: DATA })),
    ...BAD_MAC,
  ],
  'a record again': [after(sendData(zeros(3)), sendData(zeros(3), { record: { sequence: 1n } })), ...BAD_MAC],
  'a record left out': [after(sendData(zeros(3), { record: { sequence: 2n } })), ...BAD_MAC],
  'a record in clear': [after(sendData(zeros(30), { keys: 'plaintext' })), ...BAD_MAC],
  'an alert in clear': [
    after(sendRecord(ALERT, Uint8Array.of(1, 0), { sealed: () => Uint8Array.of(1, 0) })),
    ...BAD_MAC,
  ],

  'version 3.1 under keys': [after(sendData(zeros(4), { record: { version: 0x0301 } })), ...VERSION],
  'version 3.4 under keys': [after(sendData(zeros(4), { record: { version: 0x0304 } })), ...VERSION],
  'version 2.0 under keys': [after(sendData(zeros(4), { record: { version: 0x0200 } })), ...VERSION],
  'version 3.1 in clear once ServerHello has said 3.3': [
    server.options('Certificate', { record: { version: 0x0301 } }),
    ...VERSION,
  ],
  'version 3.1 on ChangeCipherSpec': [
    server.replace('ChangeCipherSpec', sendBytes(rawRecord(CCS, Uint8Array.of(1), 0x0301))),
    ...VERSION,
  ],
  'version 3.1 on Finished': [server.options('Finished', { record: { version: 0x0301 } }), ...VERSION],

  'an empty handshake record in clear': [
    server.before('Certificate', sendRecord(HANDSHAKE, zeros(0))),
    ...EMPTY,
  ],
  'an empty handshake record under keys': [after(sendRecord(HANDSHAKE, zeros(0))), ...EMPTY],
  'an empty handshake record before Finished': [
    server.before('Finished', sendRecord(HANDSHAKE, zeros(0))),
    ...EMPTY,
  ],
  'an empty alert under keys': [after(sendRecord(ALERT, zeros(0))), ...EMPTY],
  '33 empty records of data in a row': [
    after(...times(33, empty)),
    'too_many_empty_records',
    'unexpected_message',
  ],
  'data in clear before keys': [server.before('Certificate', sendData(zeros(4))), ...EARLY],
  'data in clear before ServerHello': [server.before('ServerHello', sendData(zeros(4))), ...EARLY],
  'data before Finished, under the right keys': [server.before('Finished', sendData(zeros(4))), ...EARLY],
  'an empty record of data before Finished': [server.before('Finished', empty), ...EARLY],
  'heartbeat in clear': [server.before('Certificate', sendRecord(24, zeros(3))), ...TYPE],
  'heartbeat under keys': [after(sendRecord(24, zeros(3))), ...TYPE],
  'type 0': [server.before('Certificate', sendRecord(0, zeros(3))), ...TYPE],
  'data between the halves of a message': [
    server.options('Certificate', { split: 40, between: (peer) => peer.sendApplicationData(zeros(1)) }),
    'early_application_data',
    'unexpected_message',
  ],
  'data between the halves of a message, after the handshake': [
    after(sendRecord(HANDSHAKE, Uint8Array.of(0, 0)), sendData(zeros(1))),
    'interleaved_handshake',
    'unexpected_message',
  ],
};

const SERVER_CASES: Readonly<Record<string, Case<ClientMessages12>>> = {
  'data before ClientKeyExchange': [client.before('ClientKeyExchange', sendData(zeros(4))), ...EARLY],
  'data before Finished': [client.before('Finished', sendData(zeros(4))), ...EARLY],
  'data instead of Finished': [client.replace('Finished', sendData(zeros(4))), ...EARLY],
  'data before ClientHello': [client.before('ClientHello', sendData(zeros(4))), ...EARLY],
  'a forged record': [client.append(sendRecord(DATA, zeros(9), { sealed: flipBit(99) })), ...BAD_MAC],
  'a Finished record that is forged': [
    client.options('Finished', { record: { sealed: flipBit(99) } }),
    ...BAD_MAC,
  ],
  'version 3.2 in clear': [client.options('ClientKeyExchange', { record: { version: 0x0302 } }), ...VERSION],
  'a record of 2^14 + 2049 bytes': [client.append(header(DATA, MAX + 2049)), ...OVERFLOW],
};

for (const [name, play] of Object.entries(SUITES)) {
  for (const [what, [script, reason, alert]] of Object.entries(CLIENT_CASES)) {
    client12Refuses({ [`${what}, ${name}`]: [script, reason, alert, play] });
  }
  for (const [what, [script, reason, alert]] of Object.entries(SERVER_CASES)) {
    server12Refuses({ [`${what}, ${name}`]: [script, reason, alert, play] });
  }
}

test('the first ClientHello may be in a record of any version 3.x, the first ServerHello too', () => {
  for (const version of [0x0300, 0x0301, 0x0302, 0x0304, 0x03ff]) {
    assertSecure(againstClient12(client.options('ClientHello', { record: { version } })));
    assertSecure(againstServer12(server.options('ServerHello', { record: { version } })));
  }
});

test('content of 2^14 bytes, 32 empty records and any explicit nonce are fine', () => {
  const odd = { explicitNonce: Uint8Array.of(255, 254, 253, 252, 251, 250, 249, 248) };
  const played = againstServer12(
    after(
      sendRecord(DATA, zeros(MAX)),
      ...times(32, empty),
      sendData(zeros(3), { record: odd }),
      sendData(zeros(2), { record: odd }),
    ),
    GCM,
  );
  assertSecure(played);
  assert.equal(played.tested.data.length, MAX + 5);
});

test('a forged record gives out nothing, and says the same as any other that does not open', () => {
  const faults: readonly Step[] = [
    sendRecord(DATA, zeros(40), { sealed: flipBit(0) }),
    sendRecord(DATA, zeros(40), { sealed: flipBit(-1) }),
    sendRecord(DATA, zeros(40), { sealed: chop(20) }),
    body(50),
    body(3),
  ];
  const answers = faults.map((fault) => {
    const played = againstServer12(after(fault), GCM);
    assert.equal(played.tested.data.length, 0);
    return splitRecords(played.answered).at(-1)?.length;
  });
  assert.equal(new Set(answers).size, 1);
});

/** What our connection sends, in `count` records and then a close. */
function talkative(played: Played, count: number): Uint8Array[] {
  const { connection } = played.tested;
  for (let i = 0; i < count; i += 1) connection.send(Uint8Array.of(i));
  connection.close();
  played.peer.receive(connection.takeOutput() ?? zeros(0));
  const items = played.peer.drain();
  assert.deepEqual(
    items.map((item) => item.kind),
    [...new Array<string>(count).fill('application_data'), 'alert'],
  );
  const keys = played.peer.tls12.keys[played.peer.otherRole];
  assert.ok(keys instanceof RecordKeys12);
  return keys.seenNonces;
}

test('explicit nonces are a counter from zero: none ever comes twice', () => {
  for (const played of [againstServer12(server, GCM), againstClient12(client, GCM)]) {
    assertSecure(played);
    const nonces = talkative(played, 300);
    nonces.forEach((nonce, sequence) => {
      assert.deepEqual(nonce, Uint8Array.of(0, 0, 0, 0, 0, 0, sequence >> 8, sequence & 0xff));
    });
    assert.equal(nonces.length, 302, 'Finished, data, close_notify');
  }
});

test('the two directions have keys of their own', () => {
  const played = againstServer12(server);
  const { client: one, server: other } = played.peer.tls12.keys;
  const record = one.craft(DATA, Uint8Array.of(1, 2, 3), { sequence: 0n });
  const [first] = splitRecords(record);
  assert.ok(first);
  const raw = { type: DATA, version: 0x0303, header: first.slice(0, 5), body: first.slice(5) };
  other.sequence = 0n;
  assert.equal(other.openRecord(raw), undefined);
  one.sequence = 0n;
  assert.deepEqual(one.openRecord(raw)?.content, Uint8Array.of(1, 2, 3));
});

test('no record is longer than the limit asked for, or than 2^14', () => {
  for (const [maxFragmentLength, limit] of [
    [undefined, MAX],
    [512, 512],
  ] as const) {
    const played = againstServer12(server, {
      peer: GCM.peer,
      options: { ...GCM.options, maxFragmentLength },
    });
    assertSecure(played);
    played.tested.connection.send(zeros(40_000));
    const sent = splitRecords(played.tested.takeOutput() ?? zeros(0));
    assert.ok(sent.every((record) => record.length <= limit + 5 + 24));
    assert.equal(
      sent.reduce((sum, record) => sum + record.length - 5 - 24, 0),
      40_000,
    );
  }
});
