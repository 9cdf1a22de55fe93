/**
 * Every state of TLS 1.2, by every way into it, times everything that can be sent to it: what handshake/expect.ts does
 * not allow is unexpected_message, what it allows is not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  converse,
  Script,
  type Step,
  sendAlert,
  sendChangeCipherSpec,
  sendData,
  sendRecord,
} from '../../src/fuzz.ts';
import { EXPECTATIONS } from '../../src/handshake/expect.ts';
import type { StateName } from '../../src/handshake/state.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, ContentType } from '../../src/wire/registry.ts';
import { assertRefused, type Played } from '../handshake/kit.ts';
import { MESSAGES, WAYS, type Way } from './states.ts';

const OPEN: ReadonlySet<StateName> = new Set(['ClientOpen12', 'ServerOpen12']);
/** There what comes is protected: in clear it does not authenticate. */
const PROTECTED: ReadonlySet<StateName> = new Set([
  'ExpectServerFinished12',
  'ExpectClientFinished12',
  'ClientOpen12',
  'ServerOpen12',
]);

const PSK: ReadonlySet<string> = new Set([
  'ExpectPskServerKeyExchange',
  'ExpectPskDone',
  'ExpectPskClientKeyExchange',
] satisfies StateName[]);

function send(way: Way, step: Step): Played {
  const { tested, peer } = way.reach();
  assert.equal(tested.connection.stateName, way.state);
  peer.received.length = 0;
  peer.play(new Script([step]));
  return { ...converse(peer, tested), tested, peer };
}

test('there is a way into every state', () => {
  const reached = new Set(WAYS.map(({ state }) => state));
  // Those of ECDHE_PSK have a matrix of their own, in test/tls12-psk.
  const states = Object.entries(EXPECTATIONS).filter(
    ([name, { version }]) => version === 'tls12' && !PSK.has(name),
  );
  assert.ok(states.length >= 21);
  assert.deepEqual(
    states.flatMap(([name]) => (reached.has(name as StateName) ? [] : [name])),
    [],
  );
});

test('every message that a state allows is among those sent', () => {
  const allowed = new Set(
    Object.entries(EXPECTATIONS)
      .filter(([name, { version }]) => version === 'tls12' && !PSK.has(name))
      .flatMap(([, { messages }]) => messages),
  );
  allowed.delete('ChangeCipherSpec');
  assert.deepEqual(
    [...allowed].filter((kind) => !MESSAGES.has(kind)),
    [],
  );
});

/** While a decision is awaited nothing is read: it waits, and is judged later. */
function assertWaiting(played: Played, state: StateName): void {
  assert.equal(played.targetError, undefined);
  assert.equal(played.tested.connection.stateName, state);
  assert.equal(played.tested.connection.wantsInput, false);
  assert.equal(played.answered.length, 0);
}

function assertUnexpected(played: Played): void {
  const { error } = played.tested.connection;
  assert.equal(error?.alert, AlertDescription.unexpected_message, error?.message ?? 'accepted');
  assertRefused(played, error.reason, 'unexpected_message');
}

function assertAllowed(played: Played): void {
  const { targetError } = played;
  if (targetError === undefined) return;
  assert.ok(targetError instanceof TLSError);
  // Well-formed and in its place, if not always the right one at that moment.
  assert.notEqual(targetError.alert, AlertDescription.unexpected_message, targetError.message);
}

for (const way of WAYS) {
  const { state, by } = way;
  const { messages, need } = EXPECTATIONS[state];
  const awaits = need !== undefined;
  const name = `${state} (${by})`;

  for (const [message, step] of MESSAGES) {
    const allowed = messages.some((kind) => kind === message);
    test(`${name} x ${message}: ${awaits ? 'waits' : allowed ? 'allowed' : 'refused'}`, () => {
      const played = send(way, step);
      if (awaits) assertWaiting(played, state);
      else if (allowed) assertAllowed(played);
      else assertUnexpected(played);
      if (message === 'KeyUpdate') assert.notEqual(played.tested.connection.phase, 'idle');
    });
  }

  test(`${name} x ChangeCipherSpec`, () => {
    const played = send(way, sendChangeCipherSpec());
    if (awaits) assertWaiting(played, state);
    else if (messages.includes('ChangeCipherSpec')) {
      assert.equal(played.targetError, undefined);
      assert.match(played.tested.connection.stateName, /^Expect(?:Server|Client)Finished12$/);
    } else if (PROTECTED.has(state)) assertRefused(played, 'bad_record_mac', 'bad_record_mac');
    else if (state === 'ExpectServerHello' && by === 'either version') {
      // RFC 8446 5: a client that does not know the version yet drops it; test/tls12/change-cipher-spec.test.ts has the rest.
      assert.equal(played.targetError, undefined);
      assert.equal(played.tested.connection.stateName, state);
    } else assertUnexpected(played);
  });

  test(`${name} x application data`, () => {
    const played = send(way, sendData(Uint8Array.of(1)));
    if (awaits) assertWaiting(played, state);
    else if (OPEN.has(state)) assert.deepEqual([...played.tested.data], [1]);
    else {
      assertRefused(played, 'early_application_data', 'unexpected_message');
      assert.equal(played.tested.data.length, 0);
    }
  });

  test(`${name} x fatal alert`, () => {
    const played = send(way, sendAlert('access_denied'));
    if (awaits) {
      assertWaiting(played, state);
      return;
    }
    assert.equal(played.tested.connection.error?.reason, 'alert_received');
    assert.equal(played.answered.length, 0, 'no alert answers an alert');
  });

  test(`${name} x warning`, () => {
    const played = send(way, sendAlert('unrecognized_name', 'warning'));
    if (awaits) {
      assertWaiting(played, state);
      return;
    }
    assert.equal(played.targetError, undefined);
    assert.equal(played.tested.connection.stateName, state);
    assert.equal(played.answered.length, 0);
  });

  if (PROTECTED.has(state)) {
    test(`${name} x anything in clear`, () => {
      for (const type of [ContentType.handshake, ContentType.alert, ContentType.application_data]) {
        const clear = { keys: 'plaintext' } as const;
        const played = send(way, {
          name: 'in clear',
          run: (peer) => {
            peer.send(type, Uint8Array.of(2, 40), clear);
            return true;
          },
        });
        assertRefused(played, 'bad_record_mac', 'bad_record_mac');
      }
    });

    test(`${name} x a protected ChangeCipherSpec`, () => {
      assertUnexpected(send(way, sendRecord(ContentType.change_cipher_spec, Uint8Array.of(1))));
    });
  }
}
