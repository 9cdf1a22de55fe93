/** Early data that is sent again is not taken again; what cannot be known is refused (RFC 8446 8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiEncode, toHex } from '../../src/bytes/encoding.ts';
import type { ServerOptions } from '../../src/config/options.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { type ReplayStore, StrikeRegister } from '../../src/session/replay.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { NOW } from '../handshake/credentials.ts';
import { type Tested, testedServer } from '../handshake/kit.ts';
import { Clock, SECOND } from '../session/kit.ts';
import { again, CLIENT, early, MAXIMUM, serverWith, sessionOf } from './kit.ts';

const DATA = asciiEncode('pay 100');
const id = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** The first flight of a client, as an attacker records it. */
function recorded(server: Partial<ServerOptions>): Uint8Array {
  const pair = new Pair({ ...CLIENT, session: sessionOf(server), now: server.now ?? (() => NOW) }, server);
  pair.client.tested.connection.writeEarlyData(DATA);
  return pair.client.tested.takeOutput() ?? new Uint8Array(0);
}

function played(flight: Uint8Array, server: Partial<ServerOptions>): Tested {
  const tested = testedServer(server);
  tested.receive(flight);
  return tested;
}

test('a recorded flight is taken once', () => {
  const server = serverWith();
  const flight = recorded(server);
  assert.deepEqual(played(flight, server).earlyData, DATA);
  for (let i = 0; i < 3; i += 1) {
    const tested = played(flight, server);
    assert.equal(tested.earlyData.length, 0);
    assert.deepEqual(tested.connection.info.earlyData, { status: 'rejected', reason: 'replay_or_refused' });
    assert.equal(tested.connection.info.resumed, true, 'the handshake goes on');
  }
});

test('so is a ticket, whatever hello it comes in', () => {
  const server = serverWith();
  const session = sessionOf(server);
  assert.deepEqual(early(again(session), DATA, server).server.earlyData, DATA);
  const second = early(again(session), DATA, server);
  assert.equal(second.server.earlyData.length, 0);
  assert.equal(second.client.connection.info.earlyData.reason, 'declined');
  assert.equal(second.client.connection.phase, 'open');
});

test('a recorded flight that never arrived is taken only while it is fresh', () => {
  const clock = new Clock();
  const server = serverWith({}, clock);
  const flight = recorded(server);
  clock.pass(10 * SECOND + 1);
  const tested = played(flight, server);
  assert.equal(tested.earlyData.length, 0);
  assert.equal(tested.connection.info.earlyData.reason, 'ticket_age');
});

test('a grant is remembered for as long as its hello counts as fresh', () => {
  for (const wait of [0, 1, 5 * SECOND, 10 * SECOND, 10 * SECOND + 1, 20 * SECOND, 60 * SECOND]) {
    const clock = new Clock();
    const server = serverWith({}, clock);
    const flight = recorded(server);
    assert.deepEqual(played(flight, server).earlyData, DATA);
    clock.pass(wait);
    assert.equal(played(flight, server).earlyData.length, 0, `after ${wait} ms`);
  }
});

test('nor do the grants of others make it forgotten before that', () => {
  const clock = new Clock();
  const server = serverWith({}, clock);
  const store = server.dangerousEarlyData?.replayStore;
  const flight = recorded(server);
  assert.deepEqual(played(flight, server).earlyData, DATA);
  for (let second = 1; second <= 10; second += 1) {
    clock.pass(SECOND);
    // Each grant forgets what is past.
    for (const half of [0, 100]) assert.equal(store?.claim(id(second + half), clock.now()), true);
    assert.equal(played(flight, server).earlyData.length, 0, `after ${second} s`);
  }
});

test('a hello from the future is remembered until it is past', () => {
  const clock = new Clock();
  const server = serverWith({}, clock);
  clock.pass(60 * SECOND);
  const session = sessionOf(server);
  clock.pass(60 * SECOND);
  // Its client's clock is fast: the hello is fresh for almost twice the tolerance.
  const pair = new Pair({ ...CLIENT, session, now: () => clock.now() + 9 * SECOND }, server);
  pair.client.tested.connection.writeEarlyData(DATA);
  const flight = pair.client.tested.takeOutput() ?? new Uint8Array(0);
  assert.deepEqual(played(flight, server).earlyData, DATA);
  for (let i = 0; i < 20; i += 1) {
    clock.pass(SECOND);
    assert.equal(played(flight, server).earlyData.length, 0, `after ${i + 1} s`);
  }
});

test('a server that starts again grants nothing to tickets from before', () => {
  const server = serverWith();
  const flight = recorded(server);
  const replayStore = new StrikeRegister({ random: insecureSeededRandom(6), now: () => NOW });
  const restarted = { ...server, dangerousEarlyData: { maximum: MAXIMUM, replayStore } };
  assert.equal(played(flight, restarted).connection.info.earlyData.reason, 'other_store');
});

test('a server with a longer window does not take again what one with the same store has granted and forgotten', () => {
  const clock = new Clock();
  const short = serverWith({}, clock);
  const { maximum = MAXIMUM, replayStore } = short.dangerousEarlyData ?? {};
  const long = { ...short, dangerousEarlyData: { maximum, replayStore, ageTolerance: 60_000 } };
  const flight = recorded(short);
  assert.deepEqual(played(flight, short).earlyData, DATA);
  clock.pass(11 * SECOND);
  // Each grant lets the register forget what is past.
  assert.deepEqual(early(sessionOf(short), DATA, short).server.earlyData, DATA);
  const tested = played(flight, long);
  assert.equal(tested.earlyData.length, 0);
  assert.equal(tested.connection.info.earlyData.reason, 'other_store');
  assert.deepEqual(early(sessionOf(long), DATA, long).server.earlyData, DATA, 'its own tickets serve');
});

test('two servers with the same tickets and store take it once between them', () => {
  const one = serverWith();
  const other = { ...one, sessionContext: '' };
  const flight = recorded(one);
  assert.deepEqual(played(flight, other).earlyData, DATA);
  assert.equal(played(flight, one).earlyData.length, 0);
});

test('a store that throws, or says anything but true, has not granted', () => {
  const name = Uint8Array.of(1);
  const answers: (() => unknown)[] = [
    () => {
      throw new Error('no answer');
    },
    () => undefined,
    () => 1,
    () => 'true',
    () => Promise.resolve(true),
  ];
  for (const claim of answers) {
    const replayStore = { name, claim } as ReplayStore;
    const server = { ...serverWith(), dangerousEarlyData: { maximum: MAXIMUM, replayStore } };
    const tested = played(recorded(server), server);
    assert.equal(tested.earlyData.length, 0);
    assert.equal(tested.connection.info.earlyData.reason, 'replay_or_refused');
  }
});

test('the store is asked only where all else is good, and after the binder was', () => {
  let asked = 0;
  const replayStore: ReplayStore = {
    name: Uint8Array.of(1),
    claim: () => {
      asked += 1;
      return true;
    },
  };
  const server = { ...serverWith(), dangerousEarlyData: { maximum: MAXIMUM, replayStore } };
  const flight = recorded(server);
  const hello = flight.length - (5 + DATA.length + 17) - 6;
  const broken = Uint8Array.from(flight);
  broken[hello - 1] = (broken[hello - 1] ?? 0) ^ 1;
  const tested = testedServer(server);
  assert.throws(() => tested.receive(broken), { code: 'TLS_BAD_BINDER' });
  assert.equal(asked, 0);
  const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
  early(sessionOf(server), DATA, { ...server, groups: [NamedGroup.secp256r1] }, { groups });
  assert.equal(asked, 0);
  played(flight, server);
  assert.equal(asked, 1);
});

// The register by itself.

function register(clock: Clock, capacity?: number): StrikeRegister {
  return new StrikeRegister({ random: insecureSeededRandom(7), now: clock.now, capacity });
}

test('register: each id once, until it is past', () => {
  const clock = new Clock();
  const store = register(clock);
  assert.equal(store.claim(id(1), clock.now() + SECOND), true);
  assert.equal(store.claim(id(1), clock.now() + SECOND), false);
  assert.equal(store.claim(id(2), clock.now() + SECOND), true);
  clock.pass(SECOND);
  assert.equal(store.claim(id(1), clock.now() + SECOND), false);
});

test('register: what is past already is refused', () => {
  const clock = new Clock();
  assert.equal(register(clock).claim(id(1), clock.now() - 1), false);
  assert.equal(register(clock).claim(id(1), Number.NaN), false);
});

test('register: when it is full it refuses, and forgets nothing that counts', () => {
  const clock = new Clock();
  const store = register(clock, 3);
  for (const n of [1, 2, 3]) assert.equal(store.claim(id(n), clock.now() + n * SECOND), true);
  assert.equal(store.claim(id(4), clock.now() + SECOND), false);
  assert.equal(store.claim(id(1), clock.now() + SECOND), false);
  clock.pass(2 * SECOND + 1);
  assert.equal(store.claim(id(4), clock.now() + SECOND), true);
  assert.equal(store.claim(id(3), clock.now() + SECOND), false);
  assert.ok(store.size <= 3);
});

test('register: it stays small by itself', () => {
  const clock = new Clock();
  const store = register(clock);
  for (let n = 0; n < 1000; n += 1) {
    clock.pass(SECOND);
    const name = new Uint8Array(32);
    new DataView(name.buffer).setUint32(0, n);
    assert.equal(store.claim(name, clock.now() + 20 * SECOND), true);
  }
  assert.ok(store.size < 30, `${store.size} grants kept`);
});

test('register: a clock that was set back makes it refuse until it has caught up', () => {
  const clock = new Clock();
  const store = register(clock);
  assert.equal(store.claim(id(1), clock.now() + SECOND), true);
  clock.pass(-1);
  assert.equal(store.claim(id(2), clock.now() + SECOND), false);
  clock.pass(1);
  assert.equal(store.claim(id(2), clock.now() + SECOND), true);
});

test('register: names are drawn, and capacities checked', () => {
  const clock = new Clock();
  const random = insecureSeededRandom(8);
  const names = [1, 2].map(() => toHex(new StrikeRegister({ random, now: clock.now }).name));
  assert.notEqual(names[0], names[1]);
  assert.equal(names[0]?.length, 32);
  for (const capacity of [0, -1, 1.5, Number.NaN, 2 ** 25]) {
    assert.throws(() => register(clock, capacity), { code: 'TLS_INVALID_OPTION' });
  }
});
