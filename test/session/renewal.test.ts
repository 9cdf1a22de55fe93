/** How long a peer counts as authenticated, however its session is renewed, and what of its chain has a say in that. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { newSessionTicket, serverHandshake } from '../../src/fuzz.ts';
import { decodeSession, encodeSession } from '../../src/session/codec.ts';
import {
  authenticationLeft,
  isExpired,
  MAX_AUTHENTICATION_AGE,
  type Session,
  type StoredSession,
  validityOf,
} from '../../src/session/session.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, issue, NOW, trust } from '../handshake/credentials.ts';
import { againstServer, assertSecure } from '../handshake/kit.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { judging } from '../tls12/resumed.ts';
import {
  assertConnected,
  Clock,
  type Connected,
  connect,
  DAY,
  newest,
  SECOND,
  ticketKeys,
  ticketsOf,
} from './kit.ts';

const WEEK = 604_800;
/** So that certificates outlive the test. */
const YEAR = { credentials: [issue({ kind: 'ed25519', usage: 'serverAuth', days: 365 })] };
const copyOf = (session: StoredSession): StoredSession => ({ ...session, secret: session.secret.clone() });

function offered({ pair }: Connected, session: StoredSession): boolean {
  return Buffer.from(pair.client.sent).includes(Buffer.from(session.ticket));
}

function world(only: typeof ONLY12 | typeof ONLY13) {
  const clock = new Clock();
  const client = { ...only, now: clock.now };
  const server = { ...client, ...YEAR, ticketKeys: ticketKeys({ now: clock.now, lifetime: WEEK }) };
  return { clock, client, server };
}

/** The client's application judges, as soon as it is asked. */
function judgedBy(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Connected {
  const pair = new Pair(client, server);
  judging(pair.client.tested);
  pair.pump();
  return { pair, tickets: ticketsOf(pair.client.tested) };
}

describe('TLS 1.3: renewed tickets (RFC 8446 4.6.1)', () => {
  test('live until seven days after the last full handshake, and say so', () => {
    const { clock, client, server } = world(ONLY13);
    const first = newest(connect(client, server));
    assert.equal(first.authenticatedAt, NOW);
    clock.pass(4 * DAY);
    const second = connect({ ...client, session: copyOf(first) }, server);
    assertConnected(second, true);
    const renewed = newest(second);
    assert.equal(renewed.authenticatedAt, NOW);
    assert.equal(renewed.lifetime, 3 * 86_400);
    clock.pass(3 * DAY - SECOND);
    assertConnected(connect({ ...client, session: copyOf(renewed) }, server), true);
    clock.pass(SECOND);
    const late = connect({ ...client, session: copyOf(renewed) }, server);
    assert.ok(!offered(late, renewed));
    assertConnected(late, false);
    assert.equal(newest(late).authenticatedAt, NOW + 7 * DAY);
  });

  test('are not given out when there is no second left for them', () => {
    const { clock, client, server } = world(ONLY13);
    const first = newest(connect(client, server));
    clock.pass(7 * DAY - 1);
    const last = connect({ ...client, session: copyOf(first) }, server);
    assertConnected(last, true);
    assert.equal(last.tickets.length, 0);
  });

  test('a server does not take a client’s word for the time', () => {
    const { clock, client, server } = world(ONLY13);
    const first = newest(connect(client, server));
    clock.pass(4 * DAY);
    const renewed = newest(connect({ ...client, session: copyOf(first) }, server));
    clock.pass(3 * DAY);
    const lying = { ...copyOf(renewed), authenticatedAt: clock.now(), lifetime: WEEK };
    const late = connect({ ...client, session: lying }, server);
    assert.ok(offered(late, renewed));
    assertConnected(late, false);
  });

  test('a client does not take a server’s word for it', () => {
    const { clock, client, server } = world(ONLY13);
    const first = newest(connect(client, server));
    clock.pass(4 * DAY);
    const renewed = { ...newest(connect({ ...client, session: copyOf(first) }, server)), lifetime: WEEK };
    clock.pass(3 * DAY);
    assert.ok(!offered(connect({ ...client, session: copyOf(renewed) }, server), renewed));
  });

  test('an application that judges the peer again does not make it prove itself again', () => {
    const { clock, client, server } = world(ONLY13);
    const asked = { ...client, delegate: ['verify_peer' as const] };
    const first = newest(judgedBy(asked, server));
    clock.pass(DAY);
    const second = judgedBy({ ...asked, session: copyOf(first) }, server);
    assertConnected(second, true);
    assert.equal(newest(second).authenticatedAt, NOW);
  });

  test('a ticket that comes long after the handshake is as old as the handshake', () => {
    const clock = new Clock();
    const step = newSessionTicket.changed((fields) => {
      clock.pass(5 * DAY);
      return { ...fields, ticketLifetime: WEEK };
    });
    const played = againstServer(serverHandshake().append(step), { options: { now: clock.now } });
    assertSecure(played);
    const [session] = ticketsOf(played.tested);
    assert.ok(session);
    assert.equal(session.authenticatedAt, NOW);
    assert.ok(!isExpired(session, NOW + 7 * DAY - 1) && isExpired(session, NOW + 7 * DAY));
  });
});

test('TLS 1.2: a client’s renewed session is as old as the full handshake', () => {
  const { clock, client, server } = world(ONLY12);
  const first = newest(connect(client, server));
  clock.pass(4 * DAY);
  const second = connect({ ...client, session: copyOf(first) }, server);
  assertConnected(second, true);
  const renewed = newest(second);
  assert.equal(renewed.authenticatedAt, NOW);
  clock.pass(3 * DAY);
  const late = connect({ ...client, session: copyOf(renewed) }, server);
  assert.ok(!offered(late, renewed));
  assertConnected(late, false);
});

test('a client’s certificate is not believed longer for being shown by ticket', () => {
  for (const only of [ONLY12, ONLY13]) {
    const { clock, client, server } = world(only);
    const mutual = { ...client, credentials: [issue({ kind: 'ed25519', usage: 'clientAuth', days: 365 })] };
    const asking = { ...server, clientAuth: 'require' as const };
    const first = newest(connect(mutual, asking));
    clock.pass(4 * DAY);
    const second = connect({ ...mutual, session: copyOf(first) }, asking);
    assertConnected(second, true);
    clock.pass(3 * DAY);
    const lying = { ...copyOf(newest(second)), authenticatedAt: clock.now(), createdAt: clock.now() };
    const late = connect({ ...mutual, session: lying }, asking);
    assert.ok(offered(late, lying));
    assertConnected(late, false);
  }
});

describe('what a session’s end depends on', () => {
  const session = (change: Partial<Session>): Session => ({
    ...newest(connect(ONLY13, { ...ONLY13, ticketKeys: ticketKeys() })),
    lifetime: WEEK,
    ...change,
  });

  test('the edges of the time since the full handshake', () => {
    const old = session({ authenticatedAt: NOW - MAX_AUTHENTICATION_AGE + 1 });
    assert.equal(authenticationLeft(old.authenticatedAt, NOW), 1);
    assert.ok(!isExpired(old, NOW));
    assert.ok(isExpired(old, NOW + 1));
    assert.ok(isExpired(session({ authenticatedAt: NOW + 1 }), NOW), 'from the future');
    assert.ok(isExpired(session({ authenticatedAt: Number.NaN }), NOW), 'no number');
    assert.ok(isExpired(session({}), Number.NaN), 'no time');
  });

  test('the edges of the peer’s validity: the last second whole, as for the verifier', () => {
    const until = session({ peerValidity: { notBefore: 0, notAfter: NOW + SECOND } });
    assert.ok(!isExpired(until, NOW + SECOND + 999));
    assert.ok(isExpired(until, NOW + 2 * SECOND));
    const since = session({ peerValidity: { notBefore: NOW + SECOND, notAfter: NOW + DAY } });
    assert.ok(isExpired(since, NOW + SECOND - 1));
    assert.ok(!isExpired(since, NOW + SECOND));
  });

  test('validity is that of all of a path, and without end where there is none', () => {
    const [long, short] = [credentials.server().chain[0], YEAR.credentials[0]?.chain[0]];
    assert.ok(long && short);
    assert.deepEqual(validityOf([long, short]), {
      notBefore: Math.max(long.notBefore, short.notBefore),
      notAfter: Math.min(long.notAfter, short.notAfter),
    });
    assert.deepEqual(validityOf([]), { notBefore: 0, notAfter: Date.UTC(9999, 11, 31, 23, 59, 59) });
  });

  test('it is written and read', () => {
    const written = session({ authenticatedAt: NOW - 5, peerValidity: { notBefore: 7, notAfter: NOW + 9 } });
    const read = decodeSession(encodeSession(written));
    assert.equal(read.authenticatedAt, NOW - 5);
    assert.deepEqual(read.peerValidity, { notBefore: 7, notAfter: NOW + 9 });
  });
});

for (const only of [ONLY12, ONLY13]) {
  const name = only === ONLY12 ? 'TLS 1.2' : 'TLS 1.3';

  test(`${name}: an expired certificate that the server sends along, and no path needs, does not count`, () => {
    const clock = new Clock();
    const bystander = issue({ kind: 'ed25519', usage: 'serverAuth', days: -1 });
    const own = credentials.server();
    const client = { ...only, now: clock.now };
    const server = {
      ...client,
      ticketKeys: ticketKeys({ now: clock.now }),
      credentials: [{ ...own, chain: [...own.chain, ...bystander.chain] }],
    };
    const first = connect(client, server);
    assertConnected(first, false);
    assert.equal(newest(first).peerCertificates.length, own.chain.length + 1);
    assertConnected(connect({ ...client, session: newest(first) }, server), true);
  });

  test(`${name}: a session that is renewed keeps the validity of the path`, () => {
    const clock = new Clock();
    const bystander = issue({ kind: 'ed25519', usage: 'serverAuth', days: -1 });
    const client = { ...only, now: clock.now };
    const [leaf] = YEAR.credentials;
    assert.ok(leaf);
    const server = {
      ...client,
      ticketKeys: ticketKeys({ now: clock.now, lifetime: WEEK }),
      credentials: [{ ...leaf, chain: [...leaf.chain, ...bystander.chain] }],
    };
    const first = newest(connect(client, server));
    clock.pass(DAY);
    const renewed = newest(connect({ ...client, session: copyOf(first) }, server));
    assert.deepEqual(renewed.peerValidity, first.peerValidity);
    const again = connect({ ...client, session: renewed }, server);
    assertConnected(again, true);
  });

  test(`${name}: a clock set back before the full handshake ends a renewed session`, () => {
    const { clock, client, server } = world(only);
    const first = newest(connect(client, server));
    clock.pass(DAY);
    const renewed = newest(connect({ ...client, session: copyOf(first) }, server));
    clock.pass(-DAY - 1);
    // The client passes over it; one that lies about the time it got it is not believed by the server.
    assert.ok(!offered(connect({ ...client, session: copyOf(renewed) }, server), renewed));
    const lying = { ...copyOf(renewed), createdAt: clock.now(), authenticatedAt: clock.now() };
    const late = connect({ ...client, session: lying }, server);
    assert.ok(offered(late, renewed));
    assertConnected(late, false);
  });

  test(`${name}: an anchor that ends first ends the session`, () => {
    const clock = new Clock();
    const client = { ...only, now: clock.now };
    const server = { ...client, ...YEAR, ticketKeys: ticketKeys({ now: clock.now, lifetime: WEEK }) };
    const session = newest(connect(client, server));
    const anchorEnds = trust().certificates.map(({ notAfter }) => notAfter);
    assert.ok(anchorEnds.length > 0 && anchorEnds.every((end) => session.peerValidity.notAfter <= end));
  });

  test(`${name}: a refused peer that was accepted all the same is held to all that it sent`, () => {
    const clock = new Clock();
    const accepting = { ...only, now: clock.now, dangerousAcceptUnverifiedPeer: true };
    const stranger = issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false, days: 1 });
    const server = {
      ...accepting,
      credentials: [stranger],
      ticketKeys: ticketKeys({ now: clock.now, lifetime: WEEK }),
    };
    const session = newest(connect(accepting, server));
    assert.equal(session.peerValidity.notAfter, stranger.chain[0]?.notAfter);
    clock.pass(2 * DAY);
    assert.ok(!offered(connect({ ...accepting, session: copyOf(session) }, server), session));
  });
}
