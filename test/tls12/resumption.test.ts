/** Sessions of TLS 1.2 taken up, and the ways of doing it wrong (RFC 5246 7.3, RFC 5077 3, RFC 7627 5.3). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientMessages12,
  certificate12,
  clientHandshake12,
  clientKeyExchange,
  clientResumption12,
  findExtension,
  newSessionTicket12,
  type Script,
  type ServerMessages12,
  serverHandshake12,
  serverHelloDone,
  serverResumption12,
  withoutExtension,
} from '../../src/fuzz.ts';
import type { ServerHello } from '../../src/message/server-hello.ts';
import { ServerSessionCache } from '../../src/session/cache.ts';
import { encodeSession } from '../../src/session/codec.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, seededProvider } from '../handshake/credentials.ts';
import { assertRefused, assertSecure, type Played } from '../handshake/kit.ts';
import { assertConnected, connect, newest, ticketKeys } from '../session/kit.ts';
import { againstClient12, againstServer12, BOTH, client12Refuses, ONLY12, server12Refuses } from './kit.ts';
import { clientSession, judging, serverSession, ticketOf } from './resumed.ts';

const EMS = ExtensionType.extended_master_secret;
const UNEXPECTED = ['unexpected_message', 'unexpected_message'] as const;
const MISMATCH = ['session_id_mismatch', 'illegal_parameter'] as const;
const EMS_CHANGED = ['extended_master_secret_changed', 'handshake_failure'] as const;

const full = serverHandshake12();
const ticketed = serverHandshake12({ ticket: true });
const short = serverResumption12();
const echoing = (script: Script<ServerMessages12>): Script<ServerMessages12> =>
  script.change('ServerHello', (fields, peer) => ({
    ...fields,
    legacySessionIdEcho: peer.clientHello?.legacySessionId ?? fields.legacySessionIdEcho,
  }));
const ticketless = clientSession('id');
const resuming = clientSession();
const bySuite = (cipherSuite: CipherSuite): Script<ServerMessages12> =>
  short.change('ServerHello', (fields) => ({ ...fields, cipherSuite }));

client12Refuses({
  'a NewSessionTicket that was not promised': [
    full.before('ChangeCipherSpec', newSessionTicket12),
    ...UNEXPECTED,
  ],
  'a NewSessionTicket that was promised and does not come': [
    ticketed.without('NewSessionTicket'),
    ...UNEXPECTED,
  ],
  'a NewSessionTicket twice': [ticketed.repeat('NewSessionTicket'), ...UNEXPECTED],
  'a NewSessionTicket between ChangeCipherSpec and Finished': [
    ticketed.without('NewSessionTicket').before('Finished', newSessionTicket12),
    ...UNEXPECTED,
  ],
  'a NewSessionTicket after Finished': [full.append(newSessionTicket12), ...UNEXPECTED],
  'a NewSessionTicket before ServerHelloDone': [
    ticketed.before('ServerHelloDone', newSessionTicket12),
    ...UNEXPECTED,
  ],
  'a NewSessionTicket of TLS 1.3': [
    ticketed.options('NewSessionTicket', {
      bytes: (raw) => Uint8Array.of(4, 0, 0, raw.length - 2, ...raw.slice(4), 0, 0),
    }),
    'trailing_bytes',
    'decode_error',
  ],
  'a promise of a ticket to a client that did not ask': [
    ticketed,
    'unsolicited_extension',
    'unsupported_extension',
    {
      options: {
        shapeClientHello: (fields) => ({
          ...fields,
          extensions: withoutExtension(fields.extensions, ExtensionType.session_ticket),
        }),
      },
    },
  ],

  'the echo of a session id that was random': [echoing(full), ...MISMATCH, { options: BOTH }],
  'the echo of a random session id, and the short handshake': [
    short,
    ...MISMATCH,
    { options: BOTH, peer: resuming.peer },
  ],
  'the echo of a random session id beside a session of TLS 1.3': [
    echoing(full),
    ...MISMATCH,
    { options: { ...BOTH, session: newest(connect({ ...BOTH }, { ticketKeys: ticketKeys() })) } },
  ],
  'the session, with another suite': [
    bySuite(CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    'unoffered_cipher_suite',
    'illegal_parameter',
    resuming,
  ],
  'the session, with a suite that was not offered': [
    bySuite(CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    'unoffered_cipher_suite',
    'illegal_parameter',
    resuming,
  ],
  'the session, without extended_master_secret': [
    short,
    ...EMS_CHANGED,
    { ...resuming, peer: { ...resuming.peer, extendedMasterSecret: false } },
  ],
  'the session by ID, without extended_master_secret': [
    short,
    ...EMS_CHANGED,
    { ...ticketless, peer: { ...ticketless.peer, extendedMasterSecret: false } },
  ],
  'the session, with another master secret': [
    short,
    'bad_record_mac',
    'bad_record_mac',
    {
      ...resuming,
      peer: {
        session12: {
          cipherSuite: CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
          masterSecret: new Uint8Array(48),
          sessionId: new Uint8Array(0),
          ticket: new Uint8Array(0),
        },
      },
    },
  ],
  'the session taken up, and a certificate all the same': [
    short.after('ServerHello', certificate12),
    ...UNEXPECTED,
    resuming,
  ],
  'the session taken up, and a whole handshake all the same': [echoing(full), ...UNEXPECTED, resuming],
  'the session taken up, and ServerHelloDone': [
    short.after('ServerHello', serverHelloDone),
    ...UNEXPECTED,
    resuming,
  ],
  'the session taken up, and no Finished': [
    short.replace('Finished', newSessionTicket12),
    ...UNEXPECTED,
    resuming,
  ],
  'the short handshake with a session id of its own': [
    short.change('ServerHello', (fields) => ({ ...fields, legacySessionIdEcho: new Uint8Array(32).fill(3) })),
    ...UNEXPECTED,
    resuming,
  ],
  'the short handshake without a session id': [
    short.change('ServerHello', (fields) => ({ ...fields, legacySessionIdEcho: new Uint8Array(0) })),
    ...UNEXPECTED,
    resuming,
  ],
  'the session taken up, and data before Finished is seen': [
    short.before('Finished', certificate12),
    ...UNEXPECTED,
    resuming,
  ],
});

function helloOf(played: Played): ServerHello {
  const found = played.peer.received.flatMap((item) =>
    item.kind === 'handshake' && item.message.kind === 'ServerHello' ? [item.message] : [],
  );
  const [first] = found;
  assert.ok(first);
  return first;
}

test('client: a server that does not take the session up gives a whole handshake', () => {
  for (const session of [resuming, ticketless]) {
    const played = againstServer12(serverHandshake12({ ticket: true }), session);
    assertSecure(played);
    assert.equal(played.tested.connection.info.resumed, false);
    assert.ok(ticketOf(played).ticket.length > 0);
  }
});

test('client: what was known of the server is known again, and a new ticket replaces the old one', () => {
  const renewed = againstServer12(serverResumption12({ ticket: true }), resuming);
  assertSecure(renewed);
  const { info } = renewed.tested.connection;
  assert.equal(info.resumed, true);
  assert.equal(info.peerVerdict?.verified, true);
  assert.deepEqual(info.peerCertificates[0]?.raw, credentials.server().chain[0].raw);
  assert.notDeepEqual(ticketOf(renewed).ticket, resuming.options.session?.ticket);
  const same = againstServer12(short, resuming);
  assertSecure(same);
  assert.ok(!same.tested.kinds.includes('ticket'), 'the session does not become younger');
});

test('client: an empty ticket takes the promise back', () => {
  const script = ticketed.change('NewSessionTicket', (fields) => ({ ...fields, ticket: new Uint8Array(0) }));
  const played = againstServer12(script);
  assertSecure(played);
  assert.ok(!played.tested.kinds.includes('ticket'));
});

test('client: no lifetime means a day, and none is longer than a week', () => {
  for (const [ticketLifetimeHint, lifetime] of [
    [0, 86_400],
    [60, 60],
    [604_800, 604_800],
    [2 ** 32 - 1, 604_800],
  ]) {
    const script = ticketed.change('NewSessionTicket', (fields) => ({
      ...fields,
      ticketLifetimeHint: ticketLifetimeHint ?? 0,
    }));
    assert.equal(ticketOf(againstServer12(script)).lifetime, lifetime);
  }
});

test('client: without extended_master_secret there is no session, no exporter and no tls-unique', () => {
  const played = againstServer12(serverHandshake12({ ticket: true, sessionId: true }), {
    peer: { extendedMasterSecret: false },
  });
  assertSecure(played);
  const { connection, kinds } = played.tested;
  assert.ok(!kinds.includes('ticket'));
  assert.equal(connection.tlsUnique, undefined);
  assert.throws(() => connection.exportKeyingMaterial('EXPORTER-x', undefined, 32), {
    code: 'TLS_INVALID_STATE',
  });
});

test('client: a session without extended_master_secret, or with a wiped secret, is not offered', () => {
  const session = ticketOf(againstServer12(ticketed));
  const bare = againstServer12(ticketed, {
    options: { session: { ...session, extendedMasterSecret: false } },
  });
  assert.equal(bare.peer.clientHello?.known.sessionTicket?.length, 0);
  session.secret.wipe();
  const wiped = againstServer12(ticketed, { options: { session } });
  assert.equal(wiped.peer.clientHello?.known.sessionTicket?.length, 0);
  assertSecure(wiped);
});

test('client: a judging application is asked again, and may refuse', () => {
  const delegated = clientSession('delegated');
  assertSecure(againstServer12(serverResumption12({ ticket: true }), { ...delegated, prepare: judging }));
  const refusing = againstServer12(short, {
    ...delegated,
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind !== 'need' || event.need.kind !== 'verify_peer') return;
        connection.answer(event.id, { kind: 'verify_peer', verdict: event.need.builtin(), accept: false });
      };
    },
  });
  assertRefused(refusing, 'certificate_refused', 'bad_certificate');
});

const theirs = serverSession();
const hello = (
  change: (fields: ClientMessages12['ClientHello']) => Partial<ClientMessages12['ClientHello']>,
) =>
  clientResumption12({ ticket: true }).change('ClientHello', (fields) => ({ ...fields, ...change(fields) }));

server12Refuses({
  'a ticket without extended_master_secret': [
    clientResumption12({ ticket: true }),
    ...EMS_CHANGED,
    { ...theirs, peer: { ...theirs.peer, extendedMasterSecret: false } },
  ],
  'a ticket taken up, and ClientKeyExchange all the same': [
    clientResumption12({ ticket: true }).before('ChangeCipherSpec', clientKeyExchange),
    ...UNEXPECTED,
    theirs,
  ],
  'a ticket taken up, and a certificate': [
    clientResumption12({ ticket: true }).before('ChangeCipherSpec', certificate12),
    ...UNEXPECTED,
    theirs,
  ],
});

test('server: a ticket whose master secret the client does not know', () => {
  const session12 = { ...(theirs.peer.session12 ?? assert.fail()), masterSecret: new Uint8Array(48) };
  const script = clientResumption12({ ticket: true }).without('expect ChangeCipherSpec', 'expect Finished');
  const played = againstClient12(script, { ...theirs, peer: { session12 } });
  assertRefused(played, 'bad_record_mac', 'unreadable');
  assert.ok(!played.tested.kinds.includes('secure'));
});

test('server: a ticket is taken up with the session id that came with it, also none', () => {
  for (const sessionIdLength of [32, 1]) {
    const played = againstClient12(clientResumption12({ ticket: true }), {
      ...theirs,
      peer: { ...theirs.peer, sessionIdLength },
    });
    assertSecure(played);
    assert.equal(helloOf(played).legacySessionIdEcho.length, sessionIdLength);
    assert.ok(findExtension(helloOf(played).extensions, EMS));
  }
});

test('server: a session whose suite is not offered now is not taken up', () => {
  const script = clientHandshake12({ ticket: true });
  const played = againstClient12(script, {
    ...theirs,
    peer: { ...theirs.peer, cipherSuites: [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384] },
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, false);
});

test('server: an unknown ticket, or an unknown ID, gives a whole handshake and is not echoed', () => {
  const options = { ...theirs.options, sessionCache: new ServerSessionCache() };
  const session12 = { ...theirs.peer.session12, ticket: new Uint8Array(100).fill(1) };
  const byTicket = againstClient12(clientHandshake12({ ticket: true }), {
    options,
    peer: { ...theirs.peer, session12: { ...(theirs.peer.session12 ?? assert.fail()), ...session12 } },
  });
  assertSecure(byTicket);
  assert.equal(helloOf(byTicket).legacySessionIdEcho.length, 0);
  const noTickets = { sessionCache: new ServerSessionCache() };
  const byId = againstClient12(clientHandshake12(), { options: noTickets, peer: { sessionIdLength: 32 } });
  assertSecure(byId);
  const given = helloOf(byId).legacySessionIdEcho;
  assert.equal(given.length, 32);
  assert.notDeepEqual(given, byId.peer.offer?.legacySessionId);
  assert.equal(noTickets.sessionCache.size, 1);
});

test('server: no session is kept of a handshake without extended_master_secret, or one that failed', () => {
  const sessionCache = new ServerSessionCache();
  const bare = againstClient12(clientHandshake12(), {
    options: { sessionCache },
    peer: { extendedMasterSecret: false },
  });
  assertSecure(bare);
  assert.equal(helloOf(bare).legacySessionIdEcho.length, 0);
  againstClient12(
    clientHandshake12().change('Finished', () => ({ verifyData: new Uint8Array(12) })),
    {
      options: { sessionCache },
    },
  );
  assert.equal(sessionCache.size, 0);
});

test('server: a session that was made without extended_master_secret is never taken up', () => {
  const session = newest(connect(ONLY12, { ...ONLY12, ticketKeys: ticketKeys() }));
  const found = encodeSession({ ...session, extendedMasterSecret: false });
  const played = againstClient12(clientHandshake12(), {
    options: { delegate: ['lookup_session'] },
    peer: { sessionIdLength: 32 },
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'need') connection.answer(event.id, { kind: 'lookup_session', session: found });
      };
    },
  });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, false);
});

test('both ends give the same tls-unique and exporter, full and resumed, and other ones each time', () => {
  const keys = { ...ONLY12, ticketKeys: ticketKeys() };
  const first = connect(ONLY12, keys);
  assertConnected(first, false);
  const fresh = { provider: seededProvider(77) };
  const second = connect({ ...ONLY12, ...fresh, session: newest(first) }, keys);
  assertConnected(second, true);
  const seen = new Set<string>();
  for (const { pair } of [first, second]) {
    const [a, b] = [pair.client, pair.server].map(({ tested: { connection } }) => ({
      unique: Buffer.from(connection.tlsUnique ?? []).toString('hex'),
      exported: Buffer.from(connection.exportKeyingMaterial('EXPORTER-test', undefined, 32)).toString('hex'),
    }));
    assert.ok(a && b && a.unique.length === 24);
    assert.deepEqual(a, b);
    seen.add(a.unique).add(a.exported);
  }
  assert.equal(seen.size, 4);
});

test('ALPN is agreed on anew when a session is resumed', () => {
  const server = { ...ONLY12, ticketKeys: ticketKeys(), alpnProtocols: ['h2', 'http/1.1'] };
  const first = connect({ ...ONLY12, alpnProtocols: ['h2'] }, server);
  const second = connect({ ...ONLY12, alpnProtocols: ['http/1.1'], session: newest(first) }, server);
  assertConnected(second, true);
  assert.equal(second.pair.server.tested.connection.info.alpnProtocol, 'http/1.1');
  const third = new Pair({ ...ONLY12, alpnProtocols: ['foo'], session: newest(first) }, server).pump();
  assert.equal(third.server.tested.connection.error?.reason, 'no_application_protocol');
});

test('server: the hello of a resumption is checked like any other', () => {
  const script = hello(() => ({ legacyCompressionMethods: Uint8Array.of(1) }));
  assertRefused(againstClient12(script, theirs), 'bad_compression_method', 'illegal_parameter');
});
