/**
 * Peers that keep us busy and get nowhere.
 *
 * - CVE-2016-8610: warning alerts without end. CVE-2026-56862, CVE-2026-32283 (Go): KeyUpdates without end, and several in
 *   one record that stopped both ends. CVE-2020-25648: change_cipher_spec without end. Here each kind that brings nothing is
 *   counted, and only data starts the count anew.
 * - CVE-2025-61730 (Go): handshake bytes behind a message that changes keys were read as if protected by the new ones. Here
 *   installing a key demands proof that nothing is left over.
 * - KeyUpdate with update_requested that is never answered (measured in JavaScript stacks): here it is, once.
 * - rustls, CVE-2024-32650: a loop without end when close_notify came early. Here each call ends.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import {
  append,
  clientHandshake,
  clientHandshake12,
  converse,
  expectMessage,
  keyUpdate,
  keyUpdateRequest,
  newSessionTicket,
  Script,
  type ScriptedPeer,
  type Step,
  sendAlert,
  sendCloseNotify,
  sendData,
  sendMessage,
  sendRecord,
  serverHandshake,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { encodeKeyUpdate } from '../../src/message/key-update.ts';
import type { Reason } from '../../src/wire/reason.ts';
import { KeyUpdateRequest } from '../../src/wire/registry.ts';
import { againstClient, againstServer, assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { RECIPES } from '../handshake/states.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';
import { WAYS } from '../tls12/states.ts';

const many = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const data = sendData(Uint8Array.of(1));
const empty = sendRecord(23, new Uint8Array(0));
const warning = sendAlert('user_canceled', 'warning');

const ENDS: Readonly<Record<string, (steps: readonly Step[]) => Played>> = {
  'client of TLS 1.3': (steps) => againstServer(serverHandshake().append(...steps)),
  'server of TLS 1.3': (steps) => againstClient(clientHandshake().append(...steps)),
  'client of TLS 1.2': (steps) => againstServer12(serverHandshake12().append(...steps)),
  'server of TLS 1.2': (steps) => againstClient12(clientHandshake12().append(...steps)),
};

/** What brings nothing, how often it is let pass, and by whom. */
const FLOODS: readonly (readonly [what: string, step: Step, count: number, reason: Reason, ends: RegExp])[] =
  [
    ['warning alerts', warning, 4, 'too_many_warnings', /./],
    ['empty records', empty, 32, 'too_many_empty_records', /./],
    ['KeyUpdates', keyUpdate, 32, 'too_many_key_updates', /1\.3/],
    ['requests for a KeyUpdate', keyUpdateRequest, 32, 'too_many_key_updates', /1\.3/],
    ['tickets', newSessionTicket, 32, 'too_many_tickets', /client of TLS 1\.3/],
  ];

describe('after the handshake', () => {
  for (const [what, each, count, reason, ends] of FLOODS) {
    for (const [end, play] of Object.entries(ENDS)) {
      if (!ends.test(end)) continue;
      test(`${end}: ${count} ${what}, and again after data, but not one more`, () => {
        const fine = play([...many(count, each), data, ...many(count, each), data]);
        assertSecure(fine);
        assert.equal(fine.tested.data.length, 2);
        const { error } = play(many(count + 1, each)).tested.connection;
        assert.equal(error?.reason, reason);
      });
    }
  }
});

describe('during the handshake', () => {
  const flood = many(5, sendAlert('user_canceled', 'warning'));
  test('warnings are counted too', () => {
    const PLAYS = [
      againstServer(serverHandshake().before('ServerHello', ...flood)),
      againstClient(clientHandshake().before('ClientHello', ...flood)),
      againstServer12(serverHandshake12().before('Certificate', ...flood)),
      againstClient12(clientHandshake12().before('ClientKeyExchange', ...flood)),
    ];
    for (const played of PLAYS) assertRefused(played, 'too_many_warnings', 'unexpected_message');
  });
  test('empty records do not even begin', () => {
    const first = clientHandshake().before('ClientHello', sendRecord(22, new Uint8Array(0)));
    assertRefused(againstClient(first), 'empty_record', 'unexpected_message');
    const later = serverHandshake().before('Certificate', sendRecord(22, new Uint8Array(0)));
    assertRefused(againstServer(later), 'empty_record', 'unexpected_message');
  });
});

describe('a KeyUpdate that is asked for', () => {
  for (const [end, play] of Object.entries(ENDS).filter(([name]) => name.includes('1.3'))) {
    test(`${end}: is answered, once for many, and data goes on`, () => {
      const played = play([...many(20, keyUpdateRequest), expectMessage('KeyUpdate'), data]);
      assertSecure(played);
      const answers = played.peer.received.filter(
        (item) => item.kind === 'handshake' && item.message.kind === 'KeyUpdate',
      );
      assert.equal(answers.length, 1);
      played.tested.connection.send(Uint8Array.of(9));
      const more = converse(played.peer, played.tested);
      assert.equal(more.targetError, undefined);
      const last = played.peer.received.at(-1);
      assert.ok(last?.kind === 'application_data' && last.data[0] === 9);
    });
  }
});

describe('what shares a record with a message that changes keys (CVE-2025-61730)', () => {
  const update = encodeKeyUpdate({ requestUpdate: KeyUpdateRequest.update_not_requested });
  const unhashed = { unhashed: true } as const;
  const LEFT = ['key_change_in_record', 'unexpected_message'] as const;
  for (const [end, play] of Object.entries(ENDS).filter(([name]) => name.includes('1.3'))) {
    test(`${end}: two KeyUpdates, or one and a beginning`, () => {
      assertRefused(play([sendMessage(concatBytes(update, update), unhashed)]), ...LEFT);
      assertRefused(play([sendMessage(append(4)(update), unhashed)]), ...LEFT);
    });
  }
  test('ServerHello, Finished and ClientHello end their records', () => {
    const server = serverHandshake({ middleboxCompatibility: false });
    const client = clientHandshake({ middleboxCompatibility: false });
    const cut = server.until('handshake keys').options('ServerHello', { bytes: append(8) });
    assertRefused(againstServer(cut), ...LEFT);
    const end = server.until('application keys').options('Finished', { bytes: append(4) });
    assertRefused(againstServer(end), ...LEFT);
    const hello = client.until('expect ServerHello').options('ClientHello', { bytes: append(11) });
    assertRefused(againstClient(hello), ...LEFT);
    const last = client.until('application keys').options('Finished', { bytes: append(24) });
    assertRefused(againstClient(last), ...LEFT);
  });
  test('nothing comes between the fragments of a message', () => {
    const cut = { split: 20, between: (peer: ScriptedPeer) => peer.sendAlert(90, 1) };
    const SPLIT = ['interleaved_handshake', 'unexpected_message'] as const;
    assertRefused(againstServer(serverHandshake().options('Certificate', cut)), ...SPLIT);
    assertRefused(againstClient(clientHandshake().options('ClientHello', cut)), ...SPLIT);
    assertRefused(againstServer12(serverHandshake12().options('Certificate', cut)), ...SPLIT);
    assertRefused(againstClient12(clientHandshake12().options('ClientKeyExchange', cut)), ...SPLIT);
  });
  test('TLS 1.2: a message that is cut by ChangeCipherSpec', () => {
    const client = clientHandshake12().options('ClientKeyExchange', { bytes: append(20, 0, 0, 12) });
    assertRefused(againstClient12(client), ...LEFT);
    const server = serverHandshake12({ ticket: true }).options('NewSessionTicket', {
      bytes: append(20, 0, 0, 12),
    });
    assertRefused(againstServer12(server), ...LEFT);
  });
});

test('close_notify in every state, twice and with more behind it, comes to an end (CVE-2024-32650)', () => {
  const ways = [...[...RECIPES.values()], ...WAYS.map(({ reach }) => reach)];
  for (const reach of ways) {
    const { tested, peer } = reach();
    peer.play(new Script([sendCloseNotify, sendCloseNotify, data]));
    const before = tested.data.length;
    const outcome = converse(peer, tested);
    const { connection } = tested;
    assert.equal(tested.data.length, before, 'what comes behind is not read');
    if (connection.phase === 'handshake') assert.equal(connection.wantsInput, false, connection.stateName);
    else assert.ok(connection.peerClosed || outcome.targetError !== undefined);
    for (let i = 0; i < 3; i += 1) {
      try {
        connection.receiveEnd();
      } catch {
        assert.equal(connection.phase, 'failed');
      }
    }
    assert.equal(connection.takeOutput(), undefined);
  }
});
