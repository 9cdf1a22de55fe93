/**
 * Every state of handshake/expect.ts times everything that can be sent to it: what the table does not allow is
 * unexpected_message, what it allows is not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converse, Script, type Step, sendAlert, sendChangeCipherSpec, sendData } from '../../src/fuzz.ts';
import { EXPECTATIONS, type Expectation } from '../../src/handshake/expect.ts';
import type { StateName } from '../../src/handshake/state.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { assertRefused, type Played } from './kit.ts';
import { MESSAGES, RECIPES } from './states.ts';

/** Those of TLS 1.3; test/tls12 has the other matrix. */
const STATES = (Object.entries(EXPECTATIONS) as [StateName, Expectation][]).filter(
  ([, { version }]) => version === 'tls13',
);
/** Nothing can be received there: `receive` starts the client first. */
const UNREACHABLE: ReadonlySet<StateName> = new Set(['ClientIdle']);
/** change_cipher_spec is dropped between the first ClientHello and the peer's Finished (RFC 8446 5). */
const REFUSES_DUMMY: ReadonlySet<StateName> = new Set(['ExpectClientHello', 'ClientOpen', 'ServerOpen']);
const TAKES_DATA: ReadonlySet<StateName> = new Set(['ClientOpen', 'ServerOpen']);

function send(state: StateName, step: Step): Played {
  const recipe = RECIPES.get(state);
  assert.ok(recipe, `no way into ${state}`);
  const { tested, peer } = recipe();
  assert.equal(tested.connection.stateName, state);
  peer.play(new Script([step]));
  return { ...converse(peer, tested), tested, peer };
}

test('there is a way into every state', () => {
  const missing = STATES.filter(([name]) => !RECIPES.has(name) && !UNREACHABLE.has(name));
  assert.deepEqual(
    missing.map(([name]) => name),
    [],
  );
});

test('every message that a state allows is among those sent', () => {
  const allowed = new Set(STATES.flatMap(([, expectation]) => expectation.messages));
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

function assertAllowed(played: Played, state: StateName): void {
  const { targetError } = played;
  if (targetError === undefined) return;
  assert.ok(targetError instanceof TLSError);
  // Well-formed and in its place, if not always the right one at that moment.
  assert.notEqual(targetError.alert, AlertDescription.unexpected_message, `${state}: ${targetError.message}`);
}

for (const [state, expectation] of STATES) {
  if (UNREACHABLE.has(state)) continue;

  for (const [name, step] of MESSAGES) {
    // HelloRequest is for clients of TLS 1.2; these speak TLS 1.3 alone.
    const allowed = expectation.messages.some((kind) => kind === name && kind !== 'HelloRequest');
    const outcome = expectation.need !== undefined ? 'waits' : allowed ? 'allowed' : 'refused';
    test(`${state} x ${name}: ${outcome}`, () => {
      const played = send(state, step);
      if (outcome === 'waits') assertWaiting(played, state);
      else if (outcome === 'allowed') assertAllowed(played, state);
      else {
        const { error } = played.tested.connection;
        assert.equal(error?.alert, AlertDescription.unexpected_message, error?.message ?? 'accepted');
        assertRefused(played, error.reason, 'unexpected_message');
      }
    });
  }

  test(`${state} x change_cipher_spec`, () => {
    const played = send(state, sendChangeCipherSpec());
    if (expectation.need !== undefined) assertWaiting(played, state);
    else if (REFUSES_DUMMY.has(state)) assertRefused(played, 'bad_change_cipher_spec', 'unexpected_message');
    else {
      assert.equal(played.targetError, undefined);
      assert.equal(played.tested.connection.stateName, state, 'it is dropped');
      assert.equal(played.answered.length, 0);
    }
  });

  test(`${state} x application data`, () => {
    const played = send(state, sendData(Uint8Array.of(1)));
    if (expectation.need !== undefined) assertWaiting(played, state);
    else if (state === 'ExpectEndOfEarlyData') {
      assert.deepEqual([...played.tested.earlyData], [1]);
      assert.equal(played.tested.data.length, 0);
    } else if (TAKES_DATA.has(state)) assert.deepEqual([...played.tested.data], [1]);
    else {
      assertRefused(played, 'early_application_data', 'unexpected_message');
      assert.equal(played.tested.data.length, 0);
    }
  });

  test(`${state} x fatal alert`, () => {
    const played = send(state, sendAlert('access_denied'));
    if (expectation.need !== undefined) {
      assertWaiting(played, state);
      return;
    }
    assert.equal(played.tested.connection.error?.reason, 'alert_received');
    assert.equal(played.answered.length, 0, 'no alert answers an alert');
  });
}
