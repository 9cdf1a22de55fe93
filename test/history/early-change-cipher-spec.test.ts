/**
 * A ChangeCipherSpec taken before its time.
 *
 * - CCS injection, CVE-2014-0224: OpenSSL changed keys whenever the message came, before there was a secret, so that
 *   whoever was in the middle knew them. Here TLS 1.2 awaits it in states of its own, TLS 1.3 drops it within bounds and
 *   never acts on it.
 * - CVE-2020-25648 (NSS): any number of them was dropped. Here 32 are.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clientHandshake,
  clientHandshake12,
  converse,
  Script,
  sendChangeCipherSpec,
  serverHandshake,
  serverHandshake12,
  step,
} from '../../src/fuzz.ts';
import { EXPECTATIONS } from '../../src/handshake/expect.ts';
import { againstClient, againstServer, assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { RECIPES } from '../handshake/states.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';
import { WAYS } from '../tls12/states.ts';

const ccs = sendChangeCipherSpec();

function meet(reach: (typeof WAYS)[number]['reach']): Played {
  const { tested, peer } = reach();
  peer.play(new Script([ccs]));
  return { ...converse(peer, tested), tested, peer };
}

/** Outside the window between the first hello and the peer's Finished (RFC 8446 5). */
const CLOSED13: ReadonlySet<string> = new Set(['ExpectClientHello', 'ClientOpen', 'ServerOpen']);

describe('TLS 1.3: in each state', () => {
  for (const [state, reach] of RECIPES) {
    test(state, () => {
      const played = meet(reach);
      const { connection } = played.tested;
      if (CLOSED13.has(state) && connection.wantsInput === false) {
        assertRefused(played, 'bad_change_cipher_spec', 'unexpected_message');
        return;
      }
      assert.equal(played.targetError, undefined);
      assert.equal(connection.stateName, state, 'nothing comes of it');
      assert.equal(played.answered.length, 0);
    });
  }
});

describe('TLS 1.2: in each state', () => {
  for (const { state, by, reach } of WAYS) {
    test(`${state} (${by})`, () => {
      const played = meet(reach);
      const { connection } = played.tested;
      const { need, messages } = EXPECTATIONS[state];
      if (need !== undefined) {
        assert.equal(connection.stateName, state, 'nothing is read meanwhile');
      } else if (messages.includes('ChangeCipherSpec')) {
        assert.equal(played.targetError, undefined);
        assert.notEqual(connection.stateName, state);
      } else if (state === 'ExpectServerHello' && by === 'either version') {
        assert.equal(connection.stateName, state, 'the version is open: dropped, and TLS 1.2 may not follow');
      } else {
        const reason = connection.error?.reason;
        // In clear, where everything is protected already, it is but a forged record.
        assert.ok(
          reason === 'unexpected_message' ||
            reason === 'bad_change_cipher_spec' ||
            reason === 'bad_record_mac',
          `${reason}`,
        );
        assertRefused(played, reason, reason === 'bad_record_mac' ? reason : 'unexpected_message');
      }
    });
  }
});

/** The attack as it was: both sides are made to change keys before there is a key exchange. */
describe('the attack', () => {
  const zeros = step('keys of an empty master secret', (peer) => {
    peer.tls12.master = new Uint8Array(48);
    peer.useWriteKeys12();
  });
  test('a client of TLS 1.2, right after ServerHello', () => {
    const script = serverHandshake12().after('ServerHello', ccs, zeros);
    assertRefused(againstServer12(script), 'unexpected_message', 'unexpected_message');
  });
  test('a server of TLS 1.2, right after ClientHello', () => {
    const script = clientHandshake12().after('ClientHello', ccs, zeros);
    assertRefused(againstClient12(script), 'unexpected_message', 'unexpected_message');
  });
});

describe('floods of dummies', () => {
  const flood = (count: number): Script => new Script(Array.from({ length: count }, () => ccs));
  for (const [who, play] of [
    [
      'client',
      (count: number) =>
        againstServer(
          serverHandshake({ middleboxCompatibility: false }).before('Finished', ...flood(count).steps),
        ),
    ],
    [
      'server',
      (count: number) =>
        againstClient(
          clientHandshake({ middleboxCompatibility: false }).before('Finished', ...flood(count).steps),
        ),
    ],
  ] as const) {
    test(`${who}: 32 are dropped, 33 are not`, () => {
      assertSecure(play(32));
      assertRefused(play(33), 'bad_change_cipher_spec', 'unexpected_message');
    });
  }
});
