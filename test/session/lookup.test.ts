/** The look-up of a session as the application's: at once, later, too late, twice, and with any nonsense for an answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import type { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import type { Answer } from '../../src/handshake/effect.ts';
import { encodeSession } from '../../src/session/codec.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { Pair } from '../engine/pair.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { connect, newest, ticketKeys } from './kit.ts';

type Need = Extract<ConnectionEvent, { kind: 'need' }>;
type React = (event: Need, connection: Connection) => void;

/** A server that asks for sessions, and a client that offers one. */
function asking(client: Partial<ClientOptions>, server: Partial<ServerOptions>, react: React): Pair {
  const pair = new Pair(client, { ...server, delegate: ['lookup_session'] });
  pair.server.tested.react = (event, connection) => {
    if (event.kind === 'need') react(event, connection);
  };
  return pair;
}

const answer = (session: Uint8Array | undefined): Answer => ({ kind: 'lookup_session', session });
const copyOf = (session: StoredSession): StoredSession => ({ ...session, secret: session.secret.clone() });
const outcome = (pair: Pair): readonly [boolean, boolean] => {
  const { connection } = pair.server.tested;
  return [connection.phase === 'open', connection.info.resumed];
};

for (const [version, only] of Object.entries({ 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 })) {
  const keys = ticketKeys();
  const server = { ...only, ticketKeys: keys };
  const session = newest(connect(only, server));
  const stored = keys.open(session.ticket);
  assert.ok(stored);
  const offering = (): Partial<ClientOptions> => ({ ...only, session: copyOf(session) });
  const plain = { ...only };

  test(`${version}: asked by the ticket, answered at once`, () => {
    const asked: Need['need'][] = [];
    const pair = asking(offering(), plain, (event, connection) => {
      asked.push(event.need);
      connection.answer(event.id, answer(Uint8Array.from(stored)));
    }).pump();
    assert.deepEqual(outcome(pair), [true, true]);
    const [need] = asked;
    assert.ok(asked.length === 1 && need?.kind === 'lookup_session');
    assert.equal(need.by, 'ticket');
    assert.deepEqual(need.identity, session.ticket);
  });

  test(`${version}: answered later; until then nothing is read`, () => {
    const asked: Need[] = [];
    const pair = asking(offering(), plain, (event) => asked.push(event)).pump();
    const { connection } = pair.server.tested;
    const [event] = asked;
    assert.ok(event);
    assert.equal(connection.wantsInput, false);
    assert.equal(connection.takeOutput(), undefined, 'nothing was said');
    connection.answer(event.id, answer(Uint8Array.from(stored)));
    pair.pump();
    assert.deepEqual(outcome(pair), [true, true]);
    connection.answer(event.id, answer(undefined));
    assert.deepEqual(outcome(pair), [true, true], 'an answer that comes twice is ignored');
  });

  test(`${version}: nothing found is a whole handshake`, () => {
    const pair = asking(offering(), plain, (event, connection) =>
      connection.answer(event.id, answer(undefined)),
    );
    assert.deepEqual(outcome(pair.pump()), [true, false]);
  });

  test(`${version}: nonsense from a store is a whole handshake`, () => {
    const halves = stored.slice(0, stored.length >> 1);
    const other = encodeSession({ ...session, version: only === ONLY12 ? 'tls13' : 'tls12' });
    const bound = encodeSession({ ...session, binding: new Uint8Array(32) });
    const stale = encodeSession({ ...session, lifetime: 0 });
    const named = encodeSession({ ...session, serverName: 'other.test' });
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), halves, other, bound, stale, named]) {
      const pair = asking(offering(), plain, (event, connection) =>
        connection.answer(event.id, answer(bytes)),
      );
      assert.deepEqual(outcome(pair.pump()), [true, false]);
    }
  });

  test(`${version}: an answer of the wrong form fails the handshake, and nothing leaks`, () => {
    const wrong: unknown[] = [
      null,
      {},
      { kind: 'lookup_session', session: null },
      { kind: 'lookup_session', session: 'abc' },
      { kind: 'lookup_session', session: [1, 2] },
      { kind: 'lookup_session', session: Promise.resolve(undefined) },
      { kind: 'select_config', config: undefined },
    ];
    for (const given of wrong) {
      const pair = asking(offering(), plain, (event, connection) => {
        connection.answer(event.id, given as Answer);
      });
      assert.doesNotThrow(() => pair.pump());
      const { connection } = pair.server.tested;
      assert.equal(connection.phase, 'failed');
      assert.equal(connection.error?.reason, 'callback_failed');
      assert.equal(pair.client.tested.connection.error?.alert, 80);
    }
  });

  test(`${version}: a promise is no answer`, () => {
    const pair = asking(offering(), plain, (event, connection) => {
      connection.answer(event.id, Promise.resolve(answer(undefined)) as unknown as Answer);
    }).pump();
    assert.equal(pair.server.tested.connection.error?.reason, 'async_answer');
  });

  test(`${version}: an application that cannot look up refuses, and the client is told`, () => {
    const pair = asking(offering(), plain, (event, connection) => {
      assert.throws(() => connection.refuse(event.id, new Error('the store is down')), TLSError);
    }).pump();
    assert.equal(pair.server.tested.connection.error?.reason, 'callback_failed');
    assert.equal(pair.client.tested.connection.error?.alert, 80);
  });

  test(`${version}: an answer after the end is ignored`, () => {
    const asked: Need[] = [];
    const pair = asking(offering(), plain, (event) => asked.push(event)).pump();
    pair.hangUp();
    const { connection } = pair.server.tested;
    assert.equal(connection.error?.reason, 'unexpected_eof');
    const [event] = asked;
    assert.ok(event);
    const events = pair.server.tested.events.length;
    connection.answer(event.id, answer(Uint8Array.from(stored)));
    assert.equal(pair.server.tested.events.length, events);
    assert.equal(connection.phase, 'failed');
  });

  test(`${version}: no session, no question`, () => {
    const pair = asking({ ...only }, plain, () => assert.fail('asked'));
    assert.deepEqual(outcome(pair.pump()), [true, false]);
  });
}

test('TLS 1.2 by ID: the session event gives what the look-up takes', () => {
  const store = new Map<string, Uint8Array>();
  const keyOf = (id: Uint8Array): string => Buffer.from(id).toString('hex');
  const look: React = (event, connection) => {
    assert.ok(event.need.kind === 'lookup_session' && event.need.by === 'id');
    connection.answer(event.id, answer(store.get(keyOf(event.need.identity))));
  };
  const keeping = (client: Partial<ClientOptions>): Pair => {
    const pair = asking(client, ONLY12, look).pump();
    for (const event of pair.server.tested.events) {
      if (event.kind === 'session') store.set(keyOf(event.id), Uint8Array.from(event.session));
    }
    return pair;
  };
  const first = keeping(ONLY12);
  assert.deepEqual(outcome(first), [true, false]);
  assert.equal(store.size, 1);
  const [session] = first.client.tested.events.flatMap((event) =>
    event.kind === 'ticket' ? [event.ticket] : [],
  );
  assert.ok(session);
  assert.deepEqual(outcome(keeping({ ...ONLY12, session })), [true, true]);
  assert.equal(store.size, 1, 'a resumed session is not stored anew');
});
