/** Sessions with a peer known by its raw key: they never skip the comparison (RFC 7250, CVE-2024-12797). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sessionBinding } from '../../src/config/binding.ts';
import { type ClientConfig, createClientConfig } from '../../src/config/config.ts';
import type { ClientOptions, Credential, ServerOptions } from '../../src/config/options.ts';
import { typeAnswerWithout } from '../../src/handshake/certificate-types.ts';
import { mayOffer } from '../../src/handshake/resumption.ts';
import type { ClientHello } from '../../src/message/client-hello.ts';
import { decodeHandshake } from '../../src/message/handshake.ts';
import { ServerSessionCache } from '../../src/session/cache.ts';
import { decodeStoredSession, encodeStoredSession } from '../../src/session/codec.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { CertificateType } from '../../src/wire/registry.ts';
import { credentials, now, provider, SERVER_NAME, seededProvider, trust } from '../handshake/credentials.ts';
import { rawKey, spki } from '../handshake/raw-keys.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { judging } from '../tls12/resumed.ts';
import { assertConnected, type Connected, connect, newest, ticketKeys } from './kit.ts';

const { X509, RawPublicKey } = CertificateType;
const copyOf = (session: StoredSession): StoredSession => ({ ...session, secret: session.secret.clone() });
const server = rawKey('server');
const client = rawKey('client');

for (const [version, only] of Object.entries({ 'TLS 1.2': ONLY12, 'TLS 1.3': ONLY13 })) {
  const ours = { ...only, trustedPublicKeys: [spki('server')] };
  const made = (
    one: Partial<ClientOptions> = {},
    two: Partial<ServerOptions> = {},
  ): { session: StoredSession; theirs: Partial<ServerOptions> } => {
    const theirs = { ...only, credentials: [server], ticketKeys: ticketKeys(), ...two };
    const first = connect({ ...ours, ...one }, theirs);
    assertConnected(first, false);
    return { session: newest(first), theirs };
  };
  const config = (change: Partial<ClientOptions>): ClientConfig =>
    createClientConfig({ provider, now, serverName: SERVER_NAME, trust: trust(), ...ours, ...change });
  const keyAt = ({ pair }: Connected, end: 'client' | 'server'): Uint8Array | undefined =>
    pair[end].tested.connection.info.peerRawPublicKey?.raw;

  describe(`${version}: the session of a client`, () => {
    test('brings the key back', () => {
      const { session, theirs } = made();
      assert.deepEqual(session.peerRawPublicKey?.raw, spki('server'));
      const stored = decodeStoredSession(encodeStoredSession(session));
      assert.deepEqual(stored.peerRawPublicKey, session.peerRawPublicKey);
      const again = connect({ ...ours, session: stored }, theirs);
      assertConnected(again, true);
      assert.deepEqual(keyAt(again, 'client'), spki('server'));
      assert.equal(again.pair.client.tested.connection.info.peerVerdict?.verified, true);
    });

    for (const [name, change] of Object.entries<Partial<ClientOptions>>({
      'another key is trusted now': { trustedPublicKeys: [spki('other')] },
      'one more is trusted': { trustedPublicKeys: [spki('server'), spki('other')] },
      'certificates are taken too': { peerCertificateTypes: [RawPublicKey, X509] },
      'the application judges now': { delegate: ['verify_peer'] },
      'it announces a raw key of its own': { credentials: [client] },
    })) {
      test(`is not offered where ${name}`, () => {
        const { session } = made();
        assert.equal(mayOffer(config({}), session), true);
        assert.equal(mayOffer(config(change), session), false);
      });
    }

    test('with a key that is not trusted is not offered, whatever its binding says', () => {
      const { session, theirs } = made();
      const forged = { ...session, peerRawPublicKey: rawKey('other').rawPublicKey };
      assert.deepEqual(forged.binding, sessionBinding(config({})));
      assert.equal(mayOffer(config({}), forged), false);
      const again = connect({ ...ours, session: copyOf(forged) }, theirs);
      assertConnected(again, false);
      assert.deepEqual(keyAt(again, 'client'), spki('server'));
    });

    test('leads to a refusal where the key was taken off the list', () => {
      const { session, theirs } = made();
      const again = connect({ ...ours, trustedPublicKeys: [spki('other')], session }, theirs);
      assert.equal(again.pair.client.tested.connection.error?.reason, 'untrusted_public_key');
    });

    test('an application that judges is asked about the remembered key', () => {
      const delegated = { ...ours, delegate: ['verify_peer'] } as const;
      const theirs = { ...only, credentials: [server], ticketKeys: ticketKeys() };
      const asked = (session?: StoredSession): Connected => {
        const at = connect({ ...delegated, session }, theirs);
        const { tested } = at.pair.client;
        judging(tested);
        for (const event of tested.events) {
          if (event.kind === 'need' && event.need.kind === 'verify_peer')
            assert.deepEqual(event.need.rawPublicKey?.raw, spki('server'));
          tested.react(event, tested.connection);
        }
        at.pair.pump();
        assert.equal(tested.kinds.filter((kind) => kind === 'need').length, 1);
        return at;
      };
      const first = asked();
      assertConnected(first, false);
      const tickets = first.pair.client.tested.events.flatMap((event) =>
        event.kind === 'ticket' ? [event.ticket] : [],
      );
      assertConnected(asked(newest({ ...first, tickets })), true);
    });
  });

  describe(`${version}: the session of a server`, () => {
    const trusts = { clientAuth: 'require', trustedPublicKeys: [spki('client')] } as const;
    const shows = { credentials: [client] };

    test('brings the key back', () => {
      const { session, theirs } = made(shows, trusts);
      const again = connect({ ...ours, ...shows, session }, theirs);
      assertConnected(again, true);
      assert.deepEqual(keyAt(again, 'server'), spki('client'));
    });

    test('is not taken up where another key is trusted now', () => {
      const { session, theirs } = made(shows, trusts);
      const again = connect(
        { ...ours, ...shows, session },
        { ...theirs, trustedPublicKeys: [spki('other')] },
      );
      assert.equal(again.pair.server.tested.connection.error?.reason, 'untrusted_public_key');
    });

    test('is not taken up by an application that judges', () => {
      const judges = { ...trusts, delegate: ['verify_peer'] } as const;
      const theirs = { ...only, credentials: [server], ticketKeys: ticketKeys(), ...judges };
      const run = (session?: StoredSession): Connected => {
        const at = connect({ ...ours, ...shows, session }, theirs);
        const { tested } = at.pair.server;
        judging(tested);
        for (const event of tested.events) tested.react(event, tested.connection);
        at.pair.pump();
        return at;
      };
      const first = run();
      assertConnected(first, false);
      const tickets = first.pair.client.tested.events.flatMap((event) =>
        event.kind === 'ticket' ? [event.ticket] : [],
      );
      assertConnected(run(newest({ ...first, tickets })), false);
    });
  });
}

test('TLS 1.2 by ID: a cache shared by servers of different trust is no hole', () => {
  const sessionCache = new ServerSessionCache();
  const base = { ...ONLY12, credentials: [server], sessionCache, clientAuth: 'require' } as const;
  const ours = { ...ONLY12, trustedPublicKeys: [spki('server')], credentials: [client] };
  const open = { ...base, trustedPublicKeys: [spki('client')] };
  const session = newest(connect(ours, open));
  assertConnected(connect({ ...ours, session: copyOf(session) }, open), true);
  // Other random bytes than before, or the new session would have the ID of the old one.
  const other = { ...base, trustedPublicKeys: [spki('other')], provider: seededProvider(55) };
  const again = connect({ ...ours, session }, other);
  assert.equal(again.pair.server.tested.connection.error?.reason, 'untrusted_public_key');
});

/** The ClientHello that came in one record. */
function helloOf({ pair }: Connected): ClientHello {
  const { sent } = pair.client;
  const raw = sent.subarray(5, 9 + ((sent[7] ?? 0) << 8) + (sent[8] ?? 0));
  const hello = decodeHandshake(raw, 'tls13');
  assert.ok(hello.kind === 'ClientHello');
  return hello;
}

test('where a session stands for it, the server says which kind it would have shown', () => {
  // A client that takes raw keys alone may read the silence as X.509.
  const ours = { ...ONLY12, trustedPublicKeys: [spki('server')] };
  const theirs = { ...ONLY12, credentials: [credentials.server(), server], ticketKeys: ticketKeys() };
  const again = connect({ ...ours, session: newest(connect(ours, theirs)) }, theirs);
  assertConnected(again, true);
  const sent = Buffer.from(again.pair.server.sent).toString('hex');
  assert.match(sent, /0014000102/, 'server_certificate_type with a raw key');
  const hello = helloOf(again);
  const answer = (...list: readonly Credential[]): readonly (readonly number[])[] =>
    typeAnswerWithout(hello, list).map(({ data }) => [...data]);
  assert.deepEqual(answer(credentials.server(), server), [[2]]);
  assert.deepEqual(answer(credentials.server()), []);
  const silent = helloOf(connect(ONLY12, ONLY12));
  assert.deepEqual(typeAnswerWithout(silent, [credentials.server(), server]), []);
});
