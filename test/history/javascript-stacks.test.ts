/**
 * What TLS stacks in JavaScript were measured to accept or to do, November 2026: five of them, each of these in one at least.
 * What concerns certificates is in authorities.test.ts, messages in message-order.test.ts, ends in truncation.test.ts, randomness
 * in randomness.test.ts, sockets in node-face.test.ts.
 *
 * - a wrong echo of legacy_session_id was accepted;
 * - padding and content type of records leaked into application data, and tickets, KeyUpdates and encrypted alerts were handed
 *   over as such;
 * - records of any length were taken;
 * - an ALPN protocol was reported that the server never chose;
 * - every record was put into words for a debug log that was off, which made uploads sixteen times slower;
 * - buffers handed to programs showed what lay beside them, and secrets were compared byte by byte until the first difference.
 *
 * Here none of it: what each test says is refused, or not done.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { constantTimeEqual } from '../../src/bytes/constant-time.ts';
import {
  clientHandshake,
  clientHandshake12,
  keyUpdate,
  newSessionTicket,
  rawRecord,
  Script,
  type Step,
  sendAlert,
  sendBytes,
  sendData,
  sendMessage,
  sendRecord,
  serverHandshake,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import { encodeNewSessionTicket } from '../../src/message/new-session-ticket.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { provider } from '../handshake/credentials.ts';
import {
  againstClient,
  againstServer,
  assertRefused,
  assertSecure,
  clientRefuses,
  type Played,
} from '../handshake/kit.ts';
import { projectRoot } from '../house/root.ts';
import { againstClient12, againstServer12, ONLY12, ONLY13 } from '../tls12/kit.ts';

const TICKET = { ticketLifetime: 1, ticketAgeAdd: 0, ticketNonce: new Uint8Array(0), extensions: [] };

const echoes: Readonly<Record<string, (id: Uint8Array) => Uint8Array>> = {
  empty: () => new Uint8Array(0),
  'one bit off': (id) => id.map((byte, i) => (i === 31 ? byte ^ 1 : byte)),
  'one byte short': (id) => id.slice(0, 31),
  zeros: () => new Uint8Array(32),
};
for (const [what, change] of Object.entries(echoes)) {
  clientRefuses({
    [`an echo of legacy_session_id that is ${what}`]: [
      serverHandshake().change('ServerHello', (fields) => ({
        ...fields,
        legacySessionIdEcho: change(fields.legacySessionIdEcho),
      })),
      'session_id_mismatch',
      'illegal_parameter',
    ],
    [`the same in HelloRetryRequest: ${what}`]: [
      serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }).change('HelloRetryRequest', (fields) => ({
        ...fields,
        legacySessionIdEcho: change(fields.legacySessionIdEcho),
      })),
      'session_id_mismatch',
      'illegal_parameter',
      { options: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] } },
    ],
  });
}

describe('application data is what the peer sent as such', () => {
  const content = Uint8Array.of(1, 0, 0, 2, 0);
  const between: readonly Step[] = [
    sendData(content, { record: { padding: 100 } }),
    sendData(content),
    sendData(Uint8Array.of(0), { record: { padding: 1 } }),
    sendAlert('user_canceled', 'warning'),
    sendData(content),
  ];
  const expected = [...content, ...content, 0, ...content];
  const PLAYS: Readonly<Record<string, () => Played>> = {
    'client of TLS 1.3': () =>
      againstServer(serverHandshake().append(newSessionTicket, ...between, keyUpdate, sendData(content))),
    'server of TLS 1.3': () =>
      againstClient(clientHandshake().append(...between, keyUpdate, sendData(content))),
    'client of TLS 1.2': () => againstServer12(serverHandshake12().append(...between, sendData(content))),
    'server of TLS 1.2': () => againstClient12(clientHandshake12().append(...between, sendData(content))),
  };
  for (const [end, play] of Object.entries(PLAYS)) {
    test(`${end}: no padding, no type byte, no ticket, no KeyUpdate, no alert`, () => {
      const played = play();
      assertSecure(played);
      assert.deepEqual([...played.tested.data], [...expected, ...content]);
    });
  }
  test('a record of nothing but zeros has no type, and is refused', () => {
    for (const length of [1, 100]) {
      const zeros = sendRecord(0, new Uint8Array(length));
      assertRefused(againstServer(serverHandshake().append(zeros)), 'no_content_type', 'unexpected_message');
      assertRefused(againstClient(clientHandshake().append(zeros)), 'no_content_type', 'unexpected_message');
    }
  });
  test('a data event shows nothing but the data, and around it in its memory there is nothing to see', () => {
    for (const open of [againstServer(serverHandshake()), againstServer12(serverHandshake12())]) {
      const { tested, peer } = open;
      const rooms: Uint8Array[] = [];
      const shown: Uint8Array[] = [];
      tested.react = (event) => {
        if (event.kind === 'data') shown.push(event.data);
      };
      const secret = new Uint8Array(64).fill(0x5e);
      const ticket = sendMessage(encodeNewSessionTicket({ ...TICKET, ticket: secret }), { unhashed: true });
      const is13 = tested.connection.info.versionName === 'TLSv1.3';
      const piece = sendData(content, { record: { padding: 50 } });
      const big = sendData(new Uint8Array(16_000).fill(1));
      peer.play(new Script([...(is13 ? [ticket] : []), piece, big, ...(is13 ? [ticket] : []), piece, big]));
      const output = peer.takeOutput();
      assert.ok(output !== undefined);
      tested.connection.receive(output, (length) => {
        // As it comes from an allocator that does not clean up.
        const room = new Uint8Array(length).fill(0x5e);
        rooms.push(room);
        return room;
      });
      assert.equal(shown.length, 4);
      for (const data of shown) assert.ok(rooms.some((room) => room.buffer === data.buffer));
      for (const data of shown) data.fill(0);
      for (const room of rooms) assert.ok(room.every((byte) => byte === 0));
    }
  });
});

describe('records that are too long', () => {
  const MAX = 2 ** 14;
  const plays: Readonly<Record<string, (...steps: readonly Step[]) => Played>> = {
    'client of TLS 1.3': (...steps) => againstServer(serverHandshake().append(...steps)),
    'server of TLS 1.3': (...steps) => againstClient(clientHandshake().append(...steps)),
    'client of TLS 1.2': (...steps) => againstServer12(serverHandshake12().append(...steps)),
    'server of TLS 1.2': (...steps) => againstClient12(clientHandshake12().append(...steps)),
  };
  for (const [end, play] of Object.entries(plays)) {
    test(`${end}: 2^14 bytes are taken, one more is not`, () => {
      const whole = play(sendRecord(23, new Uint8Array(MAX)));
      assertSecure(whole);
      assert.equal(whole.tested.data.length, MAX);
      const over = play(sendRecord(23, new Uint8Array(MAX + 1)));
      assertRefused(over, 'record_overflow', 'record_overflow');
      assert.equal(over.tested.data.length, 0);
      const expansion = end.endsWith('1.3') ? 256 : 2048;
      const header = rawRecord(23, new Uint8Array(0), 0x0303, MAX + expansion + 1);
      assertRefused(play(sendBytes(header)), 'record_overflow', 'record_overflow');
    });
  }
  test('TLS 1.3: padding counts', () => {
    const padded = (padding: number): Step => sendRecord(23, Uint8Array.of(1), { padding });
    assertSecure(againstClient(clientHandshake().append(padded(MAX - 1))));
    assertRefused(againstClient(clientHandshake().append(padded(MAX))), 'record_overflow', 'record_overflow');
  });
  test('in clear too', () => {
    const first = sendBytes(rawRecord(22, new Uint8Array(0), 0x0301, MAX + 1));
    const before = (script: Script): Script => script.before('ClientHello', first);
    assertRefused(againstClient(before(clientHandshake()) as never), 'record_overflow', 'record_overflow');
  });
});

describe('ALPN', () => {
  for (const [version, only] of [
    ['TLS 1.2', ONLY12],
    ['TLS 1.3', ONLY13],
  ] as const) {
    test(`${version}: what the server did not choose is not reported`, () => {
      const silent = new Pair({ ...only, alpnProtocols: ['h2', 'http/1.1'] }, only).pump();
      for (const { tested } of [silent.client, silent.server]) {
        assert.equal(tested.connection.phase, 'open');
        assert.equal(tested.connection.info.alpnProtocol, undefined);
      }
      const chosen = new Pair(
        { ...only, alpnProtocols: ['h2', 'http/1.1'] },
        { ...only, alpnProtocols: ['http/1.1'] },
      ).pump();
      for (const { tested } of [chosen.client, chosen.server]) {
        assert.equal(tested.connection.info.alpnProtocol, 'http/1.1');
      }
    });
  }
  test('what was not offered is refused, and so is an answer to no offer', () => {
    const other = serverHandshake().change('EncryptedExtensions', () => ({
      extensions: [alpn.encryptedExtensions.encode(Uint8Array.of(0x78))],
    }));
    const options = { alpnProtocols: ['h2'] };
    assertRefused(againstServer(other, { options }), 'unoffered_alpn', 'illegal_parameter');
    assertRefused(againstServer(other), 'unsolicited_extension', 'unsupported_extension');
  });
});

test('without a trace nothing is put into words: no text is made for any record', () => {
  const groups = [NamedGroup.x25519];
  const pair = new Pair({ ...ONLY13, groups, provider }, { ...ONLY13, groups, provider }).pump();
  const chunk = new Uint8Array(1000);
  let words = 0;
  const count = (holder: object, key: string): (() => void) => {
    const original: unknown = Reflect.get(holder, key);
    assert.ok(typeof original === 'function');
    const counting = new Proxy(original, {
      apply: (target, self: unknown, args: unknown[]) => {
        words += 1;
        return Reflect.apply(target, self, args);
      },
    });
    Reflect.set(holder, key, counting);
    return () => Reflect.set(holder, key, original);
  };
  const restore = [
    count(Array.prototype, 'join'),
    count(Number.prototype, 'toString'),
    count(String.prototype, 'padStart'),
    count(String.prototype, 'concat'),
    count(JSON, 'stringify'),
    count(Buffer.prototype, 'toString'),
    count(Uint8Array.prototype, 'toString'),
  ];
  try {
    for (let i = 0; i < 50; i += 1) pair.client.tested.connection.send(chunk);
    pair.pump();
  } finally {
    for (const undo of restore) undo();
  }
  assert.equal(words, 0);
  assert.equal(pair.server.tested.data.length, 50_000);
});

test('a comparison of secrets reads as much wherever the difference is', () => {
  const secret = new Uint8Array(32).fill(7);
  const reads = (given: Uint8Array): number => {
    let count = 0;
    const watched = new Proxy(given, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) count += 1;
        return Reflect.get(target, key);
      },
    });
    assert.equal(
      constantTimeEqual(watched, secret),
      given.every((byte) => byte === 7),
    );
    return count;
  };
  for (let at = 0; at < 32; at += 1) {
    const other = Uint8Array.from(secret);
    other[at] = 8;
    assert.equal(reads(other), reads(secret), `a difference at ${at}`);
  }
});

test('what proves that a peer has a key is compared in that way alone', () => {
  const src = join(projectRoot(import.meta.url), 'src');
  for (const [file, what] of [
    ['handshake/keys13.ts', 'message.verifyData, expected'],
    ['handshake/tls12/keys.ts', 'message.verifyData, expected'],
    ['handshake/resumption.ts', 'binder, expected'],
    ['handshake/external-psk.ts', 'binder, expected'],
  ] as const) {
    const text = readFileSync(join(src, file), 'utf8');
    assert.ok(text.includes(`constantTimeEqual(${what})`), file);
    assert.ok(!text.includes(`equalBytes(${what})`), file);
  }
});
