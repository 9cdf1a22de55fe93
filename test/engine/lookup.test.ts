/** The session behind a client's ticket, looked up by the application: found, not found, nonsense, late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converse, insecureSeededRandom } from '../../src/fuzz.ts';
import type { Answer } from '../../src/handshake/effect.ts';
import { againstClient, assertRefused, assertSecure, clientPeer, testedServer } from '../handshake/kit.ts';
import { offeringPsk } from '../handshake/states.ts';

const options = { delegate: ['lookup_session'] } as const;

/** A handshake whose look-up is answered from within the event. */
function answered(answer: unknown): ReturnType<typeof againstClient> {
  return againstClient(offeringPsk, {
    options,
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind !== 'need') return;
        assert.equal(event.need.kind, 'lookup_session');
        connection.answer(event.id, answer as Answer);
      };
    },
  });
}

test('no session by that name: the handshake is a full one', () => {
  assertSecure(answered({ kind: 'lookup_session', session: undefined }));
});

test('the need says which ticket, and a later answer goes on', () => {
  const tested = testedServer(options);
  const peer = clientPeer();
  peer.play(offeringPsk);
  converse(peer, tested);
  const [event] = tested.events.filter((each) => each.kind === 'need');
  assert.ok(event?.kind === 'need' && event.need.kind === 'lookup_session');
  assert.deepEqual([...event.need.identity], [1, 2, 3]);
  tested.connection.answer(event.id, { kind: 'lookup_session', session: undefined });
  assertSecure({ ...converse(peer, tested), tested, peer });
});

test('bytes that are no session, or one that is cut or stretched, are no session', () => {
  const random = insecureSeededRandom(77);
  const bytes = new Uint8Array(200);
  random(bytes);
  for (const session of [
    new Uint8Array(0),
    Uint8Array.of(0),
    Uint8Array.of(1, 3, 4),
    new Uint8Array(5000),
    bytes,
  ]) {
    assertSecure(answered({ kind: 'lookup_session', session }));
  }
});

test('an answer of another type fails the handshake', () => {
  for (const answer of [
    undefined,
    'yes',
    { kind: 'lookup_session', session: null },
    { kind: 'lookup_session', session: 'bytes' },
    { kind: 'lookup_session', session: [1, 2] },
    { kind: 'select_config', config: undefined },
  ]) {
    assertRefused(answered(answer), 'callback_failed', 'internal_error');
  }
});
