/** What a session is bound to: any change of it means a whole handshake (CVE-2014-7189, CVE-2020-8172, CVE-2025-23419, CVE-2025-68121). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sessionBinding } from '../../src/config/binding.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/session/cache.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { credentials, issue, now, provider, seededProvider, trust } from '../handshake/credentials.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { judging } from '../tls12/resumed.ts';
import { assertConnected, type Connected, connect, newest, ticketKeys } from './kit.ts';

const copyOf = (session: StoredSession): StoredSession => ({ ...session, secret: session.secret.clone() });
const stranger = issue({ kind: 'ed25519', usage: 'serverAuth', trusted: false });
/** The anchors of the tests and one more. */
const wider = (): TrustStore => TrustStore.fromCertificates([...trust().certificates, stranger.chain[0]]);

interface Change {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
}
interface Case {
  readonly before?: Change;
  readonly after: Change;
  /** False: the change is none that counts. */
  readonly changes?: false;
  /** The whole handshake that is due fails, as it should. */
  readonly refused?: string;
}

const mutual: Change = { client: { credentials: [credentials.client()] }, server: { clientAuth: 'request' } };

const CASES: Readonly<Record<string, Case>> = {
  nothing: { after: {}, changes: false },
  "the client's trust": { after: { client: { trust: wider() } } },
  'the client trusts nobody any more': {
    after: { client: { trust: TrustStore.fromCertificates([]) } },
    refused: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  'the client now verifies': {
    before: { client: { dangerousAcceptUnverifiedPeer: true }, server: { credentials: [stranger] } },
    after: { client: { dangerousAcceptUnverifiedPeer: false } },
    refused: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  'the client looks at CRLs now': {
    after: { client: { revocation: { crls: [], check: 'leaf' } } },
    refused: 'UNABLE_TO_GET_CRL',
  },
  'the client holds certificates to their promise of a response now': {
    before: { client: { revocation: { check: 'leaf', ifMissing: 'accept' } } },
    after: { client: { revocation: { check: 'leaf', ifMissing: 'accept', mustStaple: true } } },
  },
  'the client takes fewer signatures in certificates now': {
    after: { client: { certificateSchemes: [SignatureScheme.ecdsa_secp256r1_sha256] } },
    refused: 'UNSUPPORTED_SIGNATURE_ALGORITHM',
  },
  'the client verifies no more': { after: { client: { dangerousAcceptUnverifiedPeer: true } } },
  'the client shows another certificate': {
    before: mutual,
    after: { client: { credentials: [credentials.clientP256()] } },
  },
  'the client shows none any more': { before: mutual, after: { client: { credentials: [] } } },
  'the client insists on extended_master_secret': {
    after: { client: { requireExtendedMasterSecret: true } },
  },
  'the client sends another name': { after: { client: { sendServerName: false } } },
  'the client judges by itself': { after: { client: { delegate: ['verify_peer'] } } },
  'the server asks for certificates now': {
    before: { client: { credentials: [credentials.client()] } },
    after: { server: { clientAuth: 'request' } },
  },
  'the server requires certificates now, and there is none': {
    after: { server: { clientAuth: 'require' } },
    refused: 'alert',
  },
  'the server requires what it asked for': { before: mutual, after: { server: { clientAuth: 'require' } } },
  'the server asks no more': { before: mutual, after: { server: { clientAuth: 'none' } } },
  'the trust of a server that judges': { before: mutual, after: { server: { trust: wider() } } },
  'the trust of a server that asks nobody': { after: { server: { trust: wider() } }, changes: false },
  'the server accepts strangers now': {
    before: mutual,
    after: { server: { dangerousAcceptUnverifiedPeer: true } },
  },
  "the server's context": { after: { server: { sessionContext: 'other' } } },
  'the server insists on extended_master_secret': {
    after: { server: { requireExtendedMasterSecret: true } },
  },
  "the server's certificate": {
    after: { server: { credentials: [credentials.server(), stranger] } },
    changes: false,
  },
  'the order of suites, ALPN and fragments': {
    after: {
      client: { alpnProtocols: ['h2'], maxFragmentLength: 1000 },
      server: { alpnProtocols: ['h2'], preferServerOrder: false },
    },
    changes: false,
  },
};

const answered = (connected: Connected): boolean => connected.pair.client.tested.connection.info.resumed;

for (const [version, only] of Object.entries({ 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 })) {
  for (const [name, { before = {}, after, changes, refused }] of Object.entries(CASES)) {
    test(`${version}: ${name}: ${changes === false ? 'resumed' : 'a whole handshake'}`, () => {
      const keys = ticketKeys();
      const client = { ...only, ...before.client };
      const server = { ...only, ticketKeys: keys, ...before.server };
      const first = connect(client, server);
      assertConnected(first, false);
      const again = connect(
        { ...client, ...after.client, session: copyOf(newest(first)) },
        { ...server, ...after.server },
      );
      const judges = again.pair.client.tested;
      if (after.client?.delegate !== undefined) {
        judging(judges);
        for (const event of judges.events) judges.react(event, judges.connection);
        again.pair.pump();
      }
      if (refused !== undefined) {
        const errors = [again.pair.client, again.pair.server].map((end) => end.tested.connection.error);
        assert.ok(errors.some((error) => error !== undefined));
        if (refused !== 'alert') assert.ok(errors.some((error) => error?.code === refused));
        assert.equal(answered(again), false);
        return;
      }
      assertConnected(again, changes === false);
    });
  }

  test(`${version}: two clients with different trust share a cache, and never a session`, () => {
    const sessionCache = new ClientSessionCache();
    const server = { ...only, ticketKeys: ticketKeys() };
    const careful = { ...only, sessionCache };
    const careless = {
      ...careful,
      dangerousAcceptUnverifiedPeer: true,
      trust: TrustStore.fromCertificates([]),
    };
    assertConnected(connect(careless, server), false);
    assertConnected(connect(careful, server), false);
    assertConnected(connect(careful, server), true);
  });

  test(`${version}: two servers with the same keys and different trust never share a session`, () => {
    const keys = ticketKeys();
    const one = { ...only, ticketKeys: keys, clientAuth: 'request', trust: trust() } as const;
    const other = { ...one, trust: wider() };
    const client = { ...only, credentials: [credentials.client()] };
    const session = newest(connect(client, one));
    assertConnected(connect({ ...client, session: copyOf(session) }, other), false);
    assertConnected(connect({ ...client, session: copyOf(session) }, one), true);
  });

  test(`${version}: an anchor added to a store in use counts`, () => {
    const store = TrustStore.fromCertificates([...trust().certificates]);
    const client = { ...only, trust: store };
    const server = { ...only, ticketKeys: ticketKeys() };
    const session = newest(connect(client, server));
    assertConnected(connect({ ...client, session: copyOf(session) }, server), true);
    store.add(stranger.chain[0]);
    assertConnected(connect({ ...client, session }, server), false);
  });

  test(`${version}: a server that judges by itself is not talked past with a client's old certificate`, () => {
    const client = { ...only, credentials: [credentials.client()] };
    const server = {
      ...only,
      ticketKeys: ticketKeys(),
      clientAuth: 'request',
      delegate: ['verify_peer'],
    } as const;
    const first = connect(client, server);
    const tested = first.pair.server.tested;
    judging(tested);
    for (const event of tested.events) tested.react(event, tested.connection);
    first.pair.pump();
    assertConnected(first, false);
    const session = newest({ ...first, tickets: ticketsAfter(first) });
    const again = connect({ ...client, session }, server);
    assert.equal(again.pair.server.tested.connection.info.resumed, false);
    assert.ok(again.pair.server.tested.kinds.includes('need'), 'asked again');
  });
}

function ticketsAfter({ pair }: Connected): readonly StoredSession[] {
  return pair.client.tested.events.flatMap((event) => (event.kind === 'ticket' ? [event.ticket] : []));
}

test('TLS 1.2 by ID: a cache shared by servers of different policy is no hole', () => {
  const sessionCache = new ServerSessionCache();
  const open = { ...ONLY12, sessionCache };
  const session = newest(connect(ONLY12, open));
  assertConnected(connect({ ...ONLY12, session: copyOf(session) }, open), true);
  // Other random bytes than before, or the new session would have the ID of the old one.
  const strict = { ...open, clientAuth: 'require', provider: seededProvider(55) } as const;
  const again = connect({ ...ONLY12, session }, strict);
  assert.equal(again.pair.server.tested.connection.error?.reason, 'no_client_certificate');
});

test('the binding is a digest of the settings: the same for the same, another for each other', () => {
  const client = (options: Partial<ClientOptions>): string =>
    Buffer.from(
      sessionBinding(createClientConfig({ provider, now, serverName: 'a.test', trust: trust(), ...options })),
    ).toString('hex');
  const server = (options: Partial<ServerOptions>): string =>
    Buffer.from(
      sessionBinding(createServerConfig({ provider, now, credentials: [credentials.server()], ...options })),
    ).toString('hex');
  assert.equal(client({}), client({ handshakeTimeout: 5 }));
  assert.equal(server({}), server({ ticketCount: 9 }));
  const all = [
    client({}),
    client({ serverName: 'b.test' }),
    client({ sendServerName: 'b.test' }),
    client({ trust: wider() }),
    client({ credentials: [credentials.client()] }),
    client({ delegate: ['verify_peer'] }),
    server({}),
    server({ sessionContext: 'x' }),
    server({ clientAuth: 'request' }),
    server({ clientAuth: 'request', trust: trust() }),
    server({ clientAuth: 'require' }),
  ];
  assert.equal(new Set(all).size, all.length);
  assert.ok(all.every((digest) => digest.length === 64));
});
