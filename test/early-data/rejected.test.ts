/** Early data that the server does not take: it reaches no one, the client learns why, and the handshake goes on (RFC 8446 4.2.10). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import {
  clientResumption,
  offeringEarlyData,
  offerPsks,
  sendData,
  sendEarlyData,
  serverHandshake,
  serverResumption,
} from '../../src/fuzz.ts';
import type { EarlyDataReason } from '../../src/handshake/early-data.ts';
import { StrikeRegister } from '../../src/session/replay.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { provider } from '../handshake/credentials.ts';
import { againstClient, againstServer, assertRefused, assertSecure } from '../handshake/kit.ts';
import { Clock, connect, newest, ticketKeys } from '../session/kit.ts';
import {
  again,
  answerOf,
  CLIENT,
  type Early,
  early,
  earlyPskOf,
  MAXIMUM,
  serverWith,
  sessionOf,
} from './kit.ts';

const DATA = asciiEncode('do it twice, if you must');
const { TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256 } = CipherSuite;

/** Both ends go on without; what was written reached no one, and what is sent afterwards arrives. */
function assertRejected(
  result: Early,
  client: EarlyDataReason,
  server: EarlyDataReason,
  resumed: boolean,
): void {
  const { pair, client: ours, server: other, written } = result;
  for (const end of [pair.client, pair.server]) if (end.error !== undefined) throw end.error;
  assert.equal(written, DATA.length);
  const { accepted, reason, bytes } = answerOf(ours) ?? {};
  assert.deepEqual({ accepted, reason, bytes }, { accepted: false, reason: client, bytes: DATA.length });
  assert.deepEqual(ours.connection.info.earlyData, { status: 'rejected', reason: client });
  assert.deepEqual(other.connection.info.earlyData, { status: 'rejected', reason: server });
  assert.equal(other.earlyData.length, 0);
  assert.equal(other.data.length, 0, 'nothing is sent again by itself');
  assert.equal(ours.connection.info.resumed, resumed);
  assert.equal(ours.connection.writeEarlyData(DATA), 0);
  ours.connection.send(DATA);
  pair.pump();
  assert.deepEqual(other.data, DATA);
  assert.equal(other.earlyData.length, 0);
}

test('a server that does not take early data any more', () => {
  const server = serverWith();
  const session = sessionOf(server);
  assertRejected(
    early(session, DATA, { ...server, dangerousEarlyData: undefined }),
    'declined',
    'disabled',
    true,
  );
});

test('a server that allows less than the ticket did', () => {
  const server = serverWith();
  const session = sessionOf(server);
  const dangerousEarlyData = { ...server.dangerousEarlyData, maximum: MAXIMUM - 1 };
  const result = early(session, DATA, { ...server, dangerousEarlyData });
  assertRejected(result, 'declined', 'unsupported_for_session', true);
});

test('a server that cannot open the ticket', () => {
  const server = serverWith();
  const session = sessionOf(server);
  const result = early(session, DATA, { ...server, ticketKeys: ticketKeys() });
  assertRejected(result, 'session_not_resumed', 'session_not_resumed', false);
});

test('a HelloRetryRequest rejects, and the second hello is in clear', () => {
  const server = serverWith();
  const session = sessionOf(server);
  const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
  const client: Partial<ClientOptions> = { groups, keyShares: [NamedGroup.x25519] };
  const result = early(session, DATA, { ...server, groups: [NamedGroup.secp256r1] }, client);
  assert.equal(result.client.connection.info.helloRetryRequest, true);
  assertRejected(result, 'hello_retry_request', 'hello_retry_request', true);
});

test('another suite of the same hash: the PSK is taken, the early data not', () => {
  const both = [TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256];
  const server = serverWith({ cipherSuites: both });
  const session = sessionOf(server, { cipherSuites: both });
  assert.equal(session.cipherSuite, TLS_AES_128_GCM_SHA256);
  const other = { ...server, cipherSuites: both.toReversed() };
  assertRejected(early(session, DATA, other, { cipherSuites: both }), 'declined', 'cipher_mismatch', true);
});

test('another application protocol', () => {
  const server = serverWith({ alpnProtocols: ['one', 'two'] });
  const client = { alpnProtocols: ['one', 'two'] };
  const session = sessionOf(server, client);
  assert.equal(session.alpnProtocol, 'one');
  const result = early(session, DATA, { ...server, alpnProtocols: ['two', 'one'] }, client);
  assertRejected(result, 'declined', 'alpn_mismatch', true);
  const none = early(sessionOf(server, client), DATA, { ...server, alpnProtocols: [] }, client);
  assertRejected(none, 'declined', 'alpn_mismatch', true);
});

test('a protocol where there was none', () => {
  const server = serverWith({ alpnProtocols: ['one'] });
  const session = sessionOf(server);
  assert.equal(session.alpnProtocol, undefined);
  assertRejected(early(session, DATA, server, { alpnProtocols: ['one'] }), 'declined', 'alpn_mismatch', true);
});

for (const [error, accepted] of [
  [10_000, true],
  [10_001, false],
  [-10_000, true],
  [-10_001, false],
] as const) {
  test(`a client whose clock is ${error} ms off: ${accepted ? 'accepted' : 'rejected'}`, () => {
    const clock = new Clock();
    const server = serverWith({}, clock);
    const session = sessionOf(server);
    clock.pass(20_000);
    const result = early(session, DATA, server, { now: () => clock.now() + error });
    if (!accepted) return assertRejected(result, 'declined', 'ticket_age', true);
    assert.deepEqual(result.server.earlyData, DATA);
  });
}

test('the age that is tolerated is the one configured', () => {
  const clock = new Clock();
  const server = serverWith({}, clock);
  const strict = {
    ...server,
    dangerousEarlyData: { maximum: MAXIMUM, ...server.dangerousEarlyData, ageTolerance: 5 },
  };
  const session = sessionOf(strict);
  clock.pass(20_000);
  const off = (by: number): Early => early(again(session), DATA, strict, { now: () => clock.now() + by });
  assertRejected(off(6), 'declined', 'ticket_age', true);
  assert.deepEqual(off(5).server.earlyData, DATA);
});

test('a client without a fitting session offers none', () => {
  const server = serverWith({ alpnProtocols: ['one'] });
  const plain = newest(connect({}, { ...server, dangerousEarlyData: undefined }));
  const one = sessionOf(server, { alpnProtocols: ['one'] });
  const cases: [StoredSession, Partial<ClientOptions>, EarlyDataReason][] = [
    [plain, {}, 'unsupported_for_session'],
    [one, { alpnProtocols: ['two'] }, 'alpn_mismatch'],
    [one, { dangerousEarlyData: false }, 'disabled'],
  ];
  for (const [session, client, reason] of cases) {
    const { written, client: ours } = early(again(session), DATA, { ...server, alpnProtocols: [] }, client);
    assert.equal(written, 0);
    assert.deepEqual(ours.connection.info.earlyData, { status: 'not_offered', reason });
    assert.equal(ours.connection.info.resumed, true);
  }
  const old = early(one, DATA, server, {
    minVersion: ProtocolVersion.TLS12,
    maxVersion: ProtocolVersion.TLS12,
  });
  assert.deepEqual(old.client.connection.info.earlyData, {
    status: 'not_offered',
    reason: 'protocol_version',
  });
});

test('a suite that is not in use any more: no early data, and no resumption', () => {
  const server = serverWith({ cipherSuites: [TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384] });
  const session = sessionOf(server);
  const { client } = early(session, DATA, server, { cipherSuites: [TLS_AES_256_GCM_SHA384] });
  assert.equal(client.connection.info.resumed, false);
  assert.equal(client.connection.info.earlyData.status, 'not_offered');
});

const register = (): StrikeRegister => new StrikeRegister({ random: provider.random, now: new Clock().now });

test('a ticket of another store, or of none, is not known not to be a replay', () => {
  const server = serverWith();
  const session = sessionOf(server);
  const other = { maximum: MAXIMUM, replayStore: register() };
  assertRejected(
    early(session, DATA, { ...server, dangerousEarlyData: other }),
    'declined',
    'other_store',
    true,
  );
  const without = { ...server, dangerousEarlyData: { maximum: MAXIMUM } };
  const result = early(sessionOf(without), DATA, server);
  assertRejected(result, 'declined', 'other_store', true);
});

test('without a store nothing is accepted, unless the application does', () => {
  const server: Partial<ServerOptions> = { ...serverWith(), dangerousEarlyData: { maximum: MAXIMUM } };
  assertRejected(early(sessionOf(server), DATA, server), 'declined', 'replay_or_refused', true);
});

test('a second identity is taken up without its early data', () => {
  const options = serverWith();
  const psk = earlyPskOf(sessionOf(options));
  const unknown = { ...psk, identity: Uint8Array.of(1, 2, 3), secret: new Uint8Array(32) };
  const script = offerPsks(offeringEarlyData(clientResumption([unknown, psk])), [unknown, psk]).after(
    'ClientHello',
    sendEarlyData(unknown, DATA),
  );
  const played = againstClient(script.append(sendData(DATA)), { options });
  assertSecure(played);
  assert.equal(played.tested.connection.info.resumed, true);
  assert.deepEqual(played.tested.connection.info.earlyData, {
    status: 'rejected',
    reason: 'session_not_resumed',
  });
  assert.equal(played.tested.earlyData.length, 0);
});

test('as much is skipped as tickets allow, with what records add; more ends the connection', () => {
  const maximum = 70_000;
  const server = { ...serverWith(), dangerousEarlyData: { maximum } };
  const psk = earlyPskOf(sessionOf(server));
  // 17 bytes a record: type byte and tag.
  const whole = new Uint8Array(16_000 - 17);
  const script = (...pieces: Uint8Array[]): ReturnType<typeof clientResumption> =>
    offerPsks(offeringEarlyData(clientResumption([psk])), [psk]).after(
      'ClientHello',
      sendEarlyData(psk, ...pieces),
    );
  assertSecure(againstClient(script(whole, whole, whole, whole, whole), { options: server }));
  const played = againstClient(script(whole, whole, whole, whole, whole, new Uint8Array(1)), {
    options: server,
  });
  assertRefused(played, 'too_much_early_data', 'unexpected_message');
});

test('client: a server that takes up the PSK and not the early data is sent no EndOfEarlyData', () => {
  const session = sessionOf(serverWith());
  const psk = earlyPskOf(session);
  const played = againstServer(serverResumption(psk), { options: { ...CLIENT, session } });
  assertSecure(played);
  assert.equal(answerOf(played.tested)?.reason, 'declined');
  assert.equal(answerOf(played.tested)?.bytes, 0);
});

test('client: a server that takes up no PSK', () => {
  const session = sessionOf(serverWith());
  const played = againstServer(serverHandshake().append(sendData(DATA)), { options: { ...CLIENT, session } });
  assertSecure(played);
  assert.equal(answerOf(played.tested)?.reason, 'session_not_resumed');
  assert.equal(played.tested.connection.info.resumed, false);
  assert.deepEqual(played.tested.data, DATA);
});

test('an alert of the client before it knows is readable where early data is taken', () => {
  const server = serverWith();
  const pair = new Pair({ ...CLIENT, session: sessionOf(server) }, server);
  pair.client.tested.connection.writeEarlyData(DATA);
  pair.server.tested.receive(pair.client.tested.takeOutput() ?? new Uint8Array(0));
  pair.client.tested.connection.close();
  assert.throws(() => pair.server.tested.receive(pair.client.tested.takeOutput() ?? new Uint8Array(0)), {
    code: 'TLS_ALERT_RECEIVED',
  });
  assert.deepEqual(pair.server.tested.earlyData, DATA);
});
