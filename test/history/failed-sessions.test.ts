/** Sessions and what may go wrong with them beside the handshake: failing servers, caches, odd settings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import { ClientSessionCache, ServerSessionCache } from '../../src/session/cache.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { assertConnected, connect, ticketKeys } from '../session/kit.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';

test('client: a session whose server fails on it is not offered again (RFC 5246 7.2)', () => {
  for (const range of [ONLY12, ONLY13]) {
    const sessionCache = new ClientSessionCache();
    const server = { ...range, ticketKeys: ticketKeys(), ticketCount: 1 };
    connect({ ...range, sessionCache }, server);
    const broken = new Pair({ ...range, sessionCache }, server);
    broken.server.tested.react = (event, connection) => {
      if (event.kind !== 'key_log' || connection.error !== undefined) return;
      connection.abort(new TLSError('internal_error', 'cannot resume'));
    };
    broken.pump();
    assert.equal(broken.client.tested.connection.phase, 'failed');
    assert.equal(sessionCache.size, 0);
    assertConnected(connect({ ...range, sessionCache }, server), false);
  }
});

test('client: other sessions of that peer stay, and so does one that was taken up', () => {
  const sessionCache = new ClientSessionCache();
  const keys = ticketKeys();
  connect({ ...ONLY12, sessionCache }, { ...ONLY12, ticketKeys: keys });
  for (let i = 0; i < 2; i += 1) {
    const again = connect({ ...ONLY12, sessionCache }, { ...ONLY12, ticketKeys: keys });
    assertConnected(again, true);
    again.pair.client.tested.connection.abort(new TLSError('internal_error', 'later'));
  }
  assert.equal(sessionCache.size, 1);
});

function withoutTickets(fields: ClientHelloFields): ClientHelloFields {
  const extensions = fields.extensions.filter(({ type }) => type !== ExtensionType.session_ticket);
  return { ...fields, extensions };
}

test('server: a session given to the listener stays whole when the cache drops its own', () => {
  const sessionCache = new ServerSessionCache(1);
  const stored: Uint8Array[] = [];
  for (let i = 0; i < 2; i += 1) {
    const pair = new Pair({ ...ONLY12, shapeClientHello: withoutTickets }, { ...ONLY12, sessionCache });
    pair.server.tested.react = (event) => {
      if (event.kind === 'session') stored.push(event.session);
    };
    pair.pump();
  }
  assert.equal(stored.length, 2);
  assert.equal(sessionCache.size, 1);
  for (const session of stored) assert.ok(session.some((byte) => byte !== 0));
});

test('client: a session made under a scheme that is not trusted any more is passed over', () => {
  const { ed25519, ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256 } = SignatureScheme;
  for (const range of [ONLY12, ONLY13]) {
    const sessionCache = new ClientSessionCache();
    const server = { ...range, ticketKeys: ticketKeys() };
    const client = { ...range, sessionCache, signatureSchemes: [ed25519, ecdsa_secp256r1_sha256] };
    assertConnected(connect(client, server), false);
    assertConnected(connect(client, server), true);
    const narrower = { ...client, signatureSchemes: [ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256] };
    const { pair } = connect(narrower, server);
    assert.equal(pair.client.tested.connection.info.resumed, false);
    assert.equal(pair.client.tested.connection.phase, 'failed', 'the server has none of these keys');
  }
});

test('settings that only a handshake would have stumbled over', () => {
  for (const range of [ONLY12, ONLY13]) {
    const server = { ...range, ticketKeys: ticketKeys(), sessionContext: 'Läden' };
    const sessionCache = new ClientSessionCache();
    assertConnected(connect({ ...range, sessionCache }, server), false);
    assertConnected(connect({ ...range, sessionCache }, server), true);
    const other = { ...server, sessionContext: 'Lädén' };
    assertConnected(connect({ ...range, sessionCache }, other), false);
  }
  for (const lifetime of [7200.5, 0, -1, Number.NaN, 604_801]) {
    assert.throws(() => ticketKeys({ lifetime }), { code: 'TLS_INVALID_OPTION' });
  }
});
