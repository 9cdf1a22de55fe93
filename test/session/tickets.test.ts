/** Tickets in both versions: altered, used twice, too old, under another key, for another name, of the other version. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionBinding } from '../../src/config/binding.ts';
import { createClientConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { newSessionTicket, serverHandshake } from '../../src/fuzz.ts';
import { ClientSessionCache } from '../../src/session/cache.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { credentials, issue, now, provider, trust } from '../handshake/credentials.ts';
import { againstServer, assertSecure } from '../handshake/kit.ts';
import { BOTH, ONLY12, ONLY13 } from '../tls12/kit.ts';
import {
  assertConnected,
  Clock,
  type Connected,
  connect,
  DAY,
  HOUR,
  newest,
  SECOND,
  ticketKeys,
  ticketsOf,
} from './kit.ts';

const VERSIONS = { 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 } as const;
const WEEK = 604_800;

/** A copy whose secret is its own: an attempt wipes what it used. */
const copyOf = (session: StoredSession): StoredSession => ({ ...session, secret: session.secret.clone() });
/** Whether the session's ticket went out. */
function offered({ pair }: Connected, session: StoredSession): boolean {
  return Buffer.from(pair.client.sent).includes(Buffer.from(session.ticket));
}

for (const [name, only] of Object.entries(VERSIONS)) {
  /** Two connections, the second with the session of the first. */
  const twice = (
    first: { client?: Partial<ClientOptions>; server: Partial<ServerOptions> },
    second: { client?: Partial<ClientOptions>; server?: Partial<ServerOptions> } = {},
    change: (session: StoredSession) => StoredSession = copyOf,
  ): { session: StoredSession; again: Connected } => {
    const before = connect({ ...only, ...first.client }, { ...only, ...first.server });
    assertConnected(before, false);
    const session = change(newest(before));
    const again = connect(
      { ...only, ...first.client, ...second.client, session },
      { ...only, ...first.server, ...second.server },
    );
    return { session, again };
  };
  const withKeys = (): { server: Partial<ServerOptions> } => ({ server: { ticketKeys: ticketKeys() } });

  test(`${name}: a ticket altered at any byte is no ticket`, () => {
    const keys = ticketKeys();
    const server = { ...only, ticketKeys: keys };
    const session = newest(connect(only, server));
    assert.ok(keys.open(session.ticket) !== undefined);
    for (let at = 0; at < session.ticket.length; at += 1) {
      const ticket = Uint8Array.from(session.ticket);
      ticket[at] = (ticket[at] ?? 0) ^ (1 << (at % 8));
      assert.equal(keys.open(ticket), undefined, `byte ${at}`);
      if (at % 40 === 0)
        assertConnected(connect({ ...only, session: { ...copyOf(session), ticket } }, server), false);
    }
    for (const length of [0, 1, 16, 28, 43, session.ticket.length - 1]) {
      assert.equal(keys.open(session.ticket.slice(0, length)), undefined);
    }
    assert.equal(keys.open(Uint8Array.of(...session.ticket, 0)), undefined);
    assertConnected(connect({ ...only, session }, server), true);
  });

  test(`${name}: it resumes just before its end, and not at it`, () => {
    const clock = new Clock();
    const keys = ticketKeys({ now: clock.now, lifetime: 100 });
    const options = { ...only, now: clock.now };
    const server = { ...options, ticketKeys: keys };
    const session = newest(connect(options, server));
    assert.equal(session.lifetime, 100);
    clock.pass(100 * SECOND - 1);
    assertConnected(connect({ ...options, session: copyOf(session) }, server), true);
    clock.pass(1);
    const late = connect({ ...options, session: copyOf(session) }, server);
    assertConnected(late, false);
    assert.ok(!offered(late, session), 'the client passes over it');
    // A client whose clock stands still offers it all the same.
    const slow = connect({ ...options, now: new Clock().now, session: copyOf(session) }, server);
    assert.ok(offered(slow, session));
    assertConnected(slow, false);
  });

  test(`${name}: a clock set back makes its age unknown`, () => {
    const clock = new Clock();
    const server = { ...only, now: clock.now, ticketKeys: ticketKeys({ now: clock.now }) };
    const session = newest(connect({ ...only, now: clock.now }, server));
    clock.pass(-HOUR);
    assertConnected(connect({ ...only, now: clock.now, session }, server), false);
  });

  test(`${name}: under a key that is rotated out it resumes, once that key is gone it does not`, () => {
    const clock = new Clock();
    const keys = ticketKeys({ now: clock.now, lifetime: 1000, rotation: 100 });
    const options = { ...only, now: clock.now };
    const server = { ...options, ticketKeys: keys };
    const session = newest(connect(options, server));
    clock.pass(999 * SECOND);
    keys.rotate();
    assertConnected(connect({ ...options, session: copyOf(session) }, server), true);
    clock.pass(200 * SECOND);
    keys.rotate();
    assert.equal(keys.open(session.ticket), undefined);
    const stale = { ...copyOf(session), lifetime: WEEK };
    assertConnected(connect({ ...options, session: stale }, server), false);
  });

  test(`${name}: of another server's key, and of a key of zeros, it is no ticket`, () => {
    const { again } = twice(withKeys(), withKeys());
    assertConnected(again, false);
    const aead = provider.cipherSuites13[0]?.aead;
    assert.ok(aead);
    const keys = ticketKeys();
    const forged = new Uint8Array(16 + 12 + 200 + 16);
    aead
      .create(new Uint8Array(aead.keyLength))
      .seal(forged.subarray(16, 28), forged.subarray(0, 16), forged, 28, 200);
    assert.equal(keys.open(forged), undefined);
    keys.rotate();
    assert.equal(keys.open(forged), undefined, 'CVE-2020-13777');
  });

  test(`${name}: for another name it is not offered, and not taken`, () => {
    const server = {
      ticketKeys: ticketKeys(),
      credentials: [issue({ kind: 'ed25519', usage: 'serverAuth', names: ['server.test', 'other.test'] })],
    };
    const other = twice({ server }, { client: { serverName: 'other.test' } });
    assertConnected(other.again, false);
    assert.ok(!offered(other.again, other.session), 'bound to the name it was made for');
    // A client that does offer it finds that the ticket remembers the name.
    const lying = twice({ server }, { client: { sendServerName: 'other.test' } }, copyOf);
    assertConnected(lying.again, false);
    const nameless = twice({ server }, { client: { sendServerName: false } });
    assertConnected(nameless.again, false);
  });

  test(`${name}: a client that lies about its binding is still asked its name`, () => {
    const server = {
      ...only,
      ticketKeys: ticketKeys(),
      credentials: [issue({ kind: 'ed25519', usage: 'serverAuth', names: ['server.test', 'other.test'] })],
    };
    const session = newest(connect(only, server));
    const config = createClientConfig({ provider, now, trust: trust(), serverName: 'other.test' });
    const moved = { ...copyOf(session), binding: sessionBinding(config) };
    const again = connect({ ...only, serverName: 'other.test', session: moved }, server);
    assert.ok(offered(again, session));
    assertConnected(again, false);
  });

  test(`${name}: the peer's chain and its verdict come back`, () => {
    const mutual = {
      client: { credentials: [credentials.client()] },
      server: { ticketKeys: ticketKeys(), clientAuth: 'require' },
    } as const;
    const { again } = twice(mutual);
    assertConnected(again, true);
    const [client, server] = [again.pair.client, again.pair.server].map((end) => end.tested.connection.info);
    assert.deepEqual(client?.peerCertificates[0]?.raw, credentials.server().chain[0].raw);
    assert.equal(client?.peerVerdict?.verified, true);
    assert.deepEqual(server?.peerCertificates[0]?.raw, credentials.client().chain[0].raw);
    assert.equal(server?.peerVerdict?.verified, true);
  });

  test(`${name}: a refused peer that was accepted all the same is remembered as refused`, () => {
    const stranger = issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false });
    const { again } = twice({
      client: { dangerousAcceptUnverifiedPeer: true },
      server: { ticketKeys: ticketKeys(), credentials: [stranger] },
    });
    assertConnected(again, true);
    const { peerVerdict } = again.pair.client.tested.connection.info;
    assert.ok(peerVerdict?.verified === false);
    assert.equal(peerVerdict.error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test(`${name}: an expired chain of the server is not resumed`, () => {
    const clock = new Clock();
    const options = { ...only, now: clock.now };
    const server = {
      ...options,
      ticketKeys: ticketKeys({ now: clock.now, lifetime: WEEK }),
      credentials: [issue({ kind: 'ed25519', usage: 'serverAuth', days: 1 })],
    };
    const session = newest(connect(options, server));
    clock.pass(DAY - SECOND);
    assertConnected(connect({ ...options, session: copyOf(session) }, server), true);
    clock.pass(2 * SECOND);
    const late = connect({ ...options, session: copyOf(session) }, server);
    assert.ok(!offered(late, session));
    assert.equal(late.pair.client.tested.connection.error?.code, 'CERT_HAS_EXPIRED');
  });

  test(`${name}: an expired chain of the client is not resumed`, () => {
    const clock = new Clock();
    const client = {
      ...only,
      now: clock.now,
      credentials: [issue({ kind: 'ed25519', usage: 'clientAuth', days: 1 })],
    };
    const server = {
      ...only,
      now: clock.now,
      ticketKeys: ticketKeys({ now: clock.now, lifetime: WEEK }),
      clientAuth: 'require',
    } as const;
    const session = newest(connect(client, server));
    clock.pass(DAY - SECOND);
    assertConnected(connect({ ...client, session: copyOf(session) }, server), true);
    clock.pass(2 * SECOND);
    const late = connect({ ...client, session: copyOf(session) }, server);
    assert.ok(offered(late, session));
    assert.equal(late.pair.server.tested.connection.info.resumed, false);
    assert.equal(late.pair.server.tested.connection.error?.code, 'CERT_HAS_EXPIRED');
  });

  test(`${name}: without ticket keys there are no tickets`, () => {
    const before = connect(only, only);
    assertConnected(before, false);
    assert.equal(before.tickets.length, 0);
    const { again, session } = twice(withKeys(), { server: { ticketKeys: undefined } });
    assert.ok(offered(again, session));
    assertConnected(again, false);
  });

  test(`${name}: a client that does not want sessions keeps none and says so`, () => {
    const server = { ...only, ticketKeys: ticketKeys() };
    const shapeClientHello: ClientOptions['shapeClientHello'] = (fields) => ({
      ...fields,
      extensions: fields.extensions.filter(
        ({ type }) => type !== ExtensionType.session_ticket && type !== ExtensionType.psk_key_exchange_modes,
      ),
    });
    const before = connect({ ...only, shapeClientHello }, server);
    assertConnected(before, false);
    assert.equal(before.tickets.length, 0);
  });
}

test('TLS 1.3: tickets come as many as asked for, each of its own, and each is used once by a cache', () => {
  for (const ticketCount of [0, 1, 4, 16]) {
    const { tickets } = connect(ONLY13, { ...ONLY13, ticketKeys: ticketKeys(), ticketCount });
    assert.equal(tickets.length, ticketCount);
    const distinct = new Set(
      tickets.flatMap(({ ticket, secret }) => [String(ticket), String(secret.reveal())]),
    );
    assert.equal(distinct.size, 2 * ticketCount);
  }
  const sessionCache = new ClientSessionCache();
  const server = { ...ONLY13, ticketKeys: ticketKeys(), ticketCount: 2 };
  const silent = { ...server, ticketCount: 0 };
  assertConnected(connect({ ...ONLY13, sessionCache }, server), false);
  const seen = [1, 2, 3].map(() => {
    const again = connect({ ...ONLY13, sessionCache }, silent);
    return again.pair.client.tested.connection.info.resumed;
  });
  assert.deepEqual(seen, [true, true, false]);
  assert.equal(sessionCache.size, 0);
});

test('TLS 1.3: a session given by hand is used up by its attempt', () => {
  const server = { ...ONLY13, ticketKeys: ticketKeys() };
  const session = newest(connect(ONLY13, server));
  assertConnected(connect({ ...ONLY13, session }, server), true);
  assert.ok(session.secret.wiped);
  assertConnected(connect({ ...ONLY13, session }, server), false);
});

test('TLS 1.2: a session may be used again and again, by hand and from a cache', () => {
  const server = { ...ONLY12, ticketKeys: ticketKeys() };
  const session = newest(connect(ONLY12, server));
  for (let i = 0; i < 3; i += 1) assertConnected(connect({ ...ONLY12, session }, server), true);
  const sessionCache = new ClientSessionCache();
  const client = { ...ONLY12, sessionCache };
  assertConnected(connect(client, server), false);
  for (let i = 0; i < 3; i += 1) assertConnected(connect(client, server), true);
});

test('a ticket of one version resumes nothing of the other', () => {
  const keys = { ticketKeys: ticketKeys() };
  const of12 = newest(connect(ONLY12, { ...BOTH, ...keys }));
  const of13 = newest(connect(ONLY13, { ...BOTH, ...keys }));
  assert.deepEqual([of12.version, of13.version], ['tls12', 'tls13']);
  // Each in its own version, where both ends could do either.
  const newer = connect({ ...BOTH, session: copyOf(of12) }, { ...BOTH, ...keys });
  assertConnected(newer, false);
  assert.equal(newer.pair.client.tested.connection.info.versionName, 'TLSv1.3');
  const older = connect({ ...BOTH, session: copyOf(of13) }, { ...ONLY12, ...keys });
  assertConnected(older, false);
  assert.equal(older.pair.client.tested.connection.info.versionName, 'TLSv1.2');
  // Relabelled: the ticket says inside which version it is of.
  const as13 = { ...copyOf(of12), version: 'tls13', cipherSuite: of13.cipherSuite } as const;
  assertConnected(connect({ ...ONLY13, session: as13 }, { ...BOTH, ...keys }), false);
  const as12 = { ...copyOf(of13), version: 'tls12', cipherSuite: of12.cipherSuite } as const;
  assertConnected(connect({ ...ONLY12, session: as12 }, { ...BOTH, ...keys }), false);
  // And not offered to a version that is off.
  const off = connect({ ...ONLY13, session: copyOf(of12) }, { ...ONLY13, ...keys });
  assert.ok(!offered(off, of12));
  assertConnected(off, false);
});

test('TLS 1.3: a resumed connection gives new tickets, which resume in turn', () => {
  const server = { ...ONLY13, ticketKeys: ticketKeys() };
  let connected = connect(ONLY13, server);
  for (let i = 0; i < 4; i += 1) {
    connected = connect({ ...ONLY13, session: newest(connected) }, server);
    assertConnected(connected, true);
    assert.equal(ticketsOf(connected.pair.client.tested).length, 2);
  }
});

test('TLS 1.2: a renewed ticket is as old as the session, not as the ticket', () => {
  const clock = new Clock();
  const options = { ...ONLY12, now: clock.now };
  const server = { ...options, ticketKeys: ticketKeys({ now: clock.now, lifetime: 1000 }) };
  const first = newest(connect(options, server));
  clock.pass(900 * SECOND);
  const second = connect({ ...options, session: first }, server);
  assertConnected(second, true);
  clock.pass(200 * SECOND);
  const third = connect({ ...options, session: newest(second) }, server);
  assertConnected(third, false);
});

test('TLS 1.3: a ticket without a lifetime is none, and none lives longer than a week', () => {
  for (const [ticketLifetime, lifetime] of [
    [0, undefined],
    [1, 1],
    [WEEK, WEEK],
    [2 ** 32 - 1, WEEK],
  ] as const) {
    const ticket = newSessionTicket.changed((fields) => ({ ...fields, ticketLifetime }));
    const played = againstServer(serverHandshake().append(ticket));
    assertSecure(played);
    assert.equal(ticketsOf(played.tested)[0]?.lifetime, lifetime);
  }
});
