/**
 * Sessions that let in whom a full handshake would not.
 *
 * - Triple handshake, CVE-2014-1295: whoever was in the middle of two handshakes held one master secret for both. Here no
 *   session is kept, and nothing exported, without extended_master_secret, and a change of it is refused.
 * - GnuTLS, CVE-2020-13777: ticket keys were zeros until the first rotation. Here a key of zeros is refused, and keys are drawn.
 * - CVE-2014-7189, CVE-2025-68121 (Go), CVE-2020-8172 (Node), CVE-2025-23419 (nginx): a session of other settings, of another
 *   name or of another server was taken up, and with it a verification that had never been made. Here a session is bound to
 *   a digest of all that it depends on.
 * - OpenSSL, CVE-2024-2511: the cache of sessions grew without bound. Here caches have a size.
 * - Selfie (RFC 9257 4.2's reflection): a key shared by two was used with oneself. Here a client is never a server, and an
 *   imported key names its context.
 * - ALPACA: a session or handshake led to another protocol's server. Here no protocol in common is an error.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  clientHandshake12,
  clientResumption,
  clientResumption12,
  flipBit,
  insecureSeededRandom,
  type OfferedPsk,
  serverHandshake12,
  serverResumption12,
  withoutExtension,
} from '../../src/fuzz.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/session/cache.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, issue, provider, SERVER_NAME, trust } from '../handshake/credentials.ts';
import { againstClient, assertRefused } from '../handshake/kit.ts';
import {
  assertConnected,
  Clock,
  connect,
  DAY,
  newest,
  pskOf,
  ticketKeys,
  ticketsOf,
} from '../session/kit.ts';
import { againstClient12, againstServer12, ONLY12, ONLY13 } from '../tls12/kit.ts';
import { clientSession, serverSession } from '../tls12/resumed.ts';

const VERSIONS = { 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 } as const;
const copyOf = (session: StoredSession): StoredSession => ({ ...session, secret: session.secret.clone() });

describe('triple handshake: without extended_master_secret', () => {
  const plain = { peer: { extendedMasterSecret: false } };
  test('nothing is kept, exported or bound to', () => {
    const options = { ticketKeys: ticketKeys(), sessionCache: new ServerSessionCache() };
    for (const played of [
      againstServer12(serverHandshake12({ sessionId: true }), plain),
      againstClient12(clientHandshake12(), { ...plain, options }),
    ]) {
      const { connection, kinds } = played.tested;
      assert.equal(connection.phase, 'open');
      assert.ok(!kinds.includes('ticket') && !kinds.includes('session'));
      assert.equal(connection.tlsUnique, undefined);
      assert.throws(() => connection.exportKeyingMaterial('EXPERIMENTAL', undefined, 32), {
        code: 'TLS_INVALID_STATE',
      });
    }
    assert.equal(options.sessionCache.size, 0);
  });
  test('a session that had it is refused by both ends', () => {
    const client = clientSession();
    assertRefused(
      againstServer12(serverResumption12(), { ...client, peer: { ...client.peer, ...plain.peer } }),
      'extended_master_secret_changed',
      'handshake_failure',
    );
    const server = serverSession();
    const without = clientResumption12({ ticket: true }).change('ClientHello', (fields) => ({
      ...fields,
      extensions: withoutExtension(fields.extensions, ExtensionType.extended_master_secret),
    }));
    assertRefused(againstClient12(without, server), 'extended_master_secret_changed', 'handshake_failure');
  });
});

describe('ticket keys (CVE-2020-13777)', () => {
  const aead = provider.cipherSuites13[0]?.aead;
  assert.ok(aead);
  test('no ticket of a fresh server opens under a key of zeros, nor before nor after a rotation', () => {
    const keys = ticketKeys({ random: insecureSeededRandom(7) });
    const zeros = aead.create(new Uint8Array(aead.keyLength));
    for (let round = 0; round < 3; round += 1) {
      const ticket = keys.seal(new Uint8Array(40).fill(round));
      const name = ticket.slice(0, 16);
      assert.ok(name.some((byte) => byte !== 0));
      const sealed = ticket.slice(28);
      assert.equal(zeros.open(ticket.slice(16, 28), name, sealed, 0, sealed.length), -1);
      keys.rotate();
    }
  });
  test('a rotation changes name and key, and the old ticket still opens', () => {
    const keys = ticketKeys({ random: insecureSeededRandom(8) });
    const old = keys.seal(Uint8Array.of(1));
    keys.rotate();
    const fresh = keys.seal(Uint8Array.of(1));
    assert.notDeepEqual(old.slice(0, 16), fresh.slice(0, 16));
    assert.deepEqual(keys.open(old), Uint8Array.of(1));
    const renamed = Uint8Array.of(...fresh.slice(0, 16), ...old.slice(16));
    assert.equal(keys.open(renamed), undefined, 'sealed under another key');
  });
  test('two servers do not open each other’s, and zeros are no key', () => {
    const random = provider.random;
    assert.equal(ticketKeys({ random }).open(ticketKeys({ random }).seal(Uint8Array.of(1))), undefined);
    assert.throws(() => ticketKeys().adopt(new Uint8Array(16).fill(1), new Uint8Array(aead.keyLength)), {
      code: 'TLS_INVALID_OPTION',
    });
  });
});

const wider = (): TrustStore =>
  TrustStore.fromCertificates([
    ...trust().certificates,
    issue({ kind: 'ed25519', usage: 'serverAuth', selfSigned: true }).chain[0],
  ]);

/** What was changed between the two connections: each needs a whole handshake. */
const CHANGES: Readonly<
  Record<string, { readonly client?: Partial<ClientOptions>; readonly server?: Partial<ServerOptions> }>
> = {
  'CVE-2025-68121: the trust of the client': { client: { trust: wider() } },
  'CVE-2020-8172: verification is on now': { client: { dangerousAcceptUnverifiedPeer: false } },
  'the name in the hello': { client: { sendServerName: 'other.test' } },
  'CVE-2025-23419: the client-certificate policy of the server': { server: { clientAuth: 'request' } },
  'CVE-2014-7189: the context of the server': { server: { sessionContext: 'another' } },
};

describe('a session of other settings', () => {
  for (const [version, only] of Object.entries(VERSIONS)) {
    for (const [what, { client = {}, server = {} }] of Object.entries(CHANGES)) {
      test(`${version}: ${what}: a whole handshake`, () => {
        const lax = { ...only, dangerousAcceptUnverifiedPeer: 'dangerousAcceptUnverifiedPeer' in client };
        const serving = { ...only, ticketKeys: ticketKeys() };
        const first = connect(lax, serving);
        assertConnected(first, false);
        const session = newest(first);
        assertConnected(connect({ ...lax, session: copyOf(session) }, serving), true);
        const again = connect({ ...lax, ...client, session: copyOf(session) }, { ...serving, ...server });
        assertConnected(again, false);
      });
    }
    test(`${version}: a certificate that has expired meanwhile is not spared by a ticket`, () => {
      const clock = new Clock();
      const short = issue({ kind: 'ed25519', usage: 'serverAuth', days: 1 });
      const client = { ...only, now: clock.now };
      const server = {
        ...client,
        credentials: [short],
        ticketKeys: ticketKeys({ now: clock.now, lifetime: 604_800 }),
      };
      const session = newest(connect(client, server));
      clock.pass(2 * DAY);
      const { pair } = connect({ ...client, session }, server);
      assert.equal(pair.client.tested.connection.info.resumed, false);
      const { error } = pair.client;
      assert.ok(error instanceof TLSError);
      assert.equal(error.code, 'CERT_HAS_EXPIRED');
    });
  }
});

describe('a client that offers a session all the same', () => {
  const resumed = (options: Partial<ServerOptions>, psk: OfferedPsk, serverName = SERVER_NAME): boolean =>
    againstClient(clientResumption([psk]), { options, peer: { serverName } }).tested.connection.info.resumed;
  test('under another name, in another context, past its end: not resumed', () => {
    const clock = new Clock();
    const options = { ...ONLY13, now: clock.now, ticketKeys: ticketKeys({ now: clock.now, lifetime: 3600 }) };
    const session = newest(connect({ ...ONLY13, now: clock.now }, options));
    const psk = pskOf(session);
    assert.equal(resumed(options, psk), true);
    assert.equal(resumed(options, psk, 'other.test'), false);
    assert.equal(resumed({ ...options, sessionContext: 'another' }, psk), false);
    assert.equal(resumed({ ...options, clientAuth: 'request' }, psk), false);
    clock.pass(3_600_000);
    assert.equal(resumed(options, pskOf(session, 3_600_000)), false);
  });
});

describe('caches have a size (CVE-2024-2511)', () => {
  test('a server’s, under many sessions', () => {
    const cache = new ServerSessionCache(100);
    const id = new Uint8Array(32);
    for (let i = 0; i < 20_000; i += 1) {
      new DataView(id.buffer).setUint32(0, i);
      cache.put(id, Uint8Array.of(1));
    }
    assert.equal(cache.size, 100);
    assert.ok(cache.get(id) !== undefined);
  });
  test('a client’s, under many peers, and many tickets of one', () => {
    const session = newest(connect(ONLY13, { ...ONLY13, ticketKeys: ticketKeys() }));
    const cache = new ClientSessionCache(10, 3);
    for (let i = 0; i < 2000; i += 1) cache.put(`peer ${i}`, copyOf(session));
    assert.equal(cache.size, 10);
    for (let i = 0; i < 100; i += 1) cache.put('one', copyOf(session));
    let given = 0;
    while (cache.take('one', session.binding, session.createdAt) !== undefined) given += 1;
    assert.equal(given, 3);
  });
  test('a server does not keep more because handshakes fail or go without tickets', () => {
    const sessionCache = new ServerSessionCache(2);
    for (let i = 0; i < 5; i += 1) {
      againstClient12(
        clientHandshake12().change('ClientHello', (fields) => ({
          ...fields,
          extensions: withoutExtension(fields.extensions, ExtensionType.session_ticket),
        })),
        { options: { sessionCache } },
      );
    }
    assert.ok(sessionCache.size <= 2);
  });
});

test('TLS 1.3: a ticket is given out once, and each handshake gives new ones', () => {
  const sessionCache = new ClientSessionCache();
  const server = { ...ONLY13, ticketKeys: ticketKeys(), ticketCount: 1 };
  const seen = new Set<string>();
  for (let i = 0; i < 4; i += 1) {
    const { pair, tickets } = connect({ ...ONLY13, sessionCache }, server);
    assert.equal(pair.client.tested.connection.info.resumed, i > 0);
    for (const { ticket } of tickets) seen.add(Buffer.from(ticket).toString('hex'));
  }
  assert.equal(seen.size, 4);
});

test('TLS 1.3: a ticket alone proves nothing; its age decides on early data alone (RFC 8446 4.2.10)', () => {
  const options = { ...ONLY13, ticketKeys: ticketKeys() };
  const psk = pskOf(newest(connect(ONLY13, options)));
  const forged = { ...psk, binder: flipBit(3) };
  assertRefused(againstClient(clientResumption([forged]), { options }), 'bad_binder', 'decrypt_error');
  const unknown = { ...psk, secret: new Uint8Array(32) };
  assertRefused(againstClient(clientResumption([unknown]), { options }), 'bad_binder', 'decrypt_error');
  const late = { ...psk, obfuscatedTicketAge: (psk.obfuscatedTicketAge + 600_000) % 2 ** 32 };
  const { tested } = againstClient(clientResumption([late]), { options });
  assert.equal(tested.connection.info.resumed, true);
  assert.notEqual(tested.connection.info.earlyData?.status, 'accepted');
  assert.equal(againstClient(clientResumption([psk]), { options }).tested.connection.info.resumed, true);
});

describe('Selfie: a key shared by two, used with oneself', () => {
  const psk = { identity: asciiEncode('alice and bob'), key: new Uint8Array(32).fill(3) };
  test('what a client says is no answer to it', () => {
    const pair = new Pair({ ...ONLY13, externalPsks: [psk] });
    const { tested } = pair.client;
    const hello = tested.takeOutput();
    assert.ok(hello !== undefined);
    assert.throws(() => tested.receive(hello), { code: 'TLS_UNEXPECTED_MESSAGE' });
    assert.equal(tested.connection.phase, 'failed');
  });
  test('imported for another context it is another key, and no handshake comes of it', () => {
    const between = (context: string) => [{ ...psk, context: asciiEncode(context) }];
    const client = { ...ONLY13, externalPsks: between('alice to bob'), pskOnly: true };
    const same = new Pair(client, { ...ONLY13, externalPsks: between('alice to bob') }).pump();
    assert.equal(same.client.tested.connection.phase, 'open');
    assert.deepEqual(same.server.tested.connection.info.externalPsk?.context, asciiEncode('alice to bob'));
    const other = new Pair(client, {
      ...ONLY13,
      credentials: [],
      externalPsks: between('bob to alice'),
    }).pump();
    assert.ok(other.server.tested.connection.error !== undefined);
    assert.notEqual(other.client.tested.connection.phase, 'open');
  });
});

describe('ALPACA: another protocol’s server', () => {
  for (const [version, only] of Object.entries(VERSIONS)) {
    test(`${version}: no protocol in common is an error, in a whole handshake and in a resumption`, () => {
      const keys = ticketKeys();
      const server = { ...only, ticketKeys: keys, alpnProtocols: ['smtp'] };
      const { pair } = connect({ ...only, alpnProtocols: ['h2', 'http/1.1'] }, server);
      assert.equal(pair.server.tested.connection.error?.reason, 'no_application_protocol');
      assert.equal(pair.client.tested.connection.error?.alert, 120);
      const first = connect({ ...only, alpnProtocols: ['smtp'] }, server);
      const [session] = ticketsOf(first.pair.client.tested);
      assert.ok(session !== undefined);
      const again = connect({ ...only, alpnProtocols: ['h2'], session }, server);
      assert.equal(again.pair.server.tested.connection.error?.reason, 'no_application_protocol');
    });
  }
  test('the certificate is for another host', () => {
    const { pair } = connect({ ...ONLY13, serverName: 'mail.test' }, ONLY13);
    const { error } = pair.client;
    assert.ok(error instanceof TLSError);
    assert.equal(error.code, 'HOSTNAME_MISMATCH');
    assert.equal(pair.server.tested.connection.error?.alert, 42);
    assert.ok(credentials.server().chain.length > 0);
  });
});
