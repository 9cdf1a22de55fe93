/**
 * Recorded TLS 1.2 connections of OpenSSL. Whoever holds the master secret reads all of both directions; whoever holds
 * either private key comes to that master secret; and our client, given the recorded randomness and the
 * recorded server, says what OpenSSL's client said.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { createClientConfig } from '../../src/config/config.ts';
import { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import { splitRecords } from '../../src/fuzz.ts';
import { extendedMasterSecret, finishedVerifyData12, masterSecret } from '../../src/key-schedule/tls12.ts';
import type { HandshakeMessage } from '../../src/message/handshake.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { CONNECTIONS, drawing, type RecordedConnection, read, recordsOf, SUITES } from './recorded.ts';
import { before } from './replay.ts';

const NOW = Date.UTC(2030, 0, 1);
const PING = new Uint8Array(Buffer.from('ping from the client'));
const PONG = 'pong from the server';

type Kind = HandshakeMessage['kind'];

function find<K extends Kind>(
  messages: readonly HandshakeMessage[],
  kind: K,
): Extract<HandshakeMessage, { kind: K }> | undefined {
  return messages.find((message): message is Extract<HandshakeMessage, { kind: K }> => message.kind === kind);
}

function need<K extends Kind>(
  messages: readonly HandshakeMessage[],
  kind: K,
): Extract<HandshakeMessage, { kind: K }> {
  const found = find(messages, kind);
  assert.ok(found, `no ${kind} was recorded`);
  return found;
}

for (const recorded of CONNECTIONS) {
  const { title } = recorded;

  test(`${title}: the master secret opens every record and gives both Finished`, () => {
    const seen = read(recorded);
    const { hash } = seen.suite;
    for (const role of ['client', 'server'] as const) {
      const finished = need(seen[role].messages, 'Finished12');
      // Where a session is taken up the server's comes first, and the client's covers it.
      const covered = hash.digest(before(seen.transcript, finished));
      assert.equal(
        toHex(finished.verifyData),
        toHex(finishedVerifyData12(hash, seen.master, role, covered)),
        role,
      );
    }
    assert.equal(seen.client.data.toString(), 'ping from the client');
    assert.equal(seen.server.data.toString(), PONG);
    assert.deepEqual([seen.client.alerts, seen.server.alerts], [['0100'], ['0100']]);
    assert.equal(seen.serverHello.known.extendedMasterSecret === true, recorded.extendedMasterSecret);
  });

  if (recorded.privateKeys !== undefined) {
    test(`${title}: either private key leads to the master secret`, () => {
      const seen = read(recorded);
      const { hash } = seen.suite;
      const exchange = need(seen.server.messages, 'ServerKeyExchange');
      const answer = need(seen.client.messages, 'ClientKeyExchange');
      const clientRandom = need(seen.client.messages, 'ClientHello').random;
      const sessionHash = hash.digest(concatBytes(before(seen.transcript, answer), answer.raw));
      for (const [role, own, other] of [
        ['client', answer.publicKey, exchange.publicKey],
        ['server', exchange.publicKey, answer.publicKey],
      ] as const) {
        const made = drawing(recorded, role);
        const share = made.groups.find(({ name }) => name === recorded.group)?.generate(made.random);
        assert.equal(toHex(share?.share ?? new Uint8Array(0)), toHex(own), `${role}'s share`);
        const premaster = share?.agree(other);
        assert.ok(premaster);
        const master = recorded.extendedMasterSecret
          ? extendedMasterSecret(hash, premaster, sessionHash)
          : masterSecret(hash, premaster, clientRandom, seen.serverRandom);
        assert.equal(toHex(master.reveal()), recorded.masterSecret);
      }
    });
  }
}

interface Played {
  readonly connection: Connection;
  readonly sent: Uint8Array;
  readonly sessions: readonly StoredSession[];
  readonly lines: readonly string[];
  readonly data: string;
}

/** Our client in the recorded client's place. */
function play(
  recorded: RecordedConnection,
  session?: StoredSession,
  change: (record: Uint8Array, index: number) => Uint8Array = (same) => same,
): Played {
  const seen = read(recorded);
  const hello = need(seen.client.messages, 'ClientHello');
  const verify = find(seen.client.messages, 'CertificateVerify');
  const chain = (find(seen.client.messages, 'Certificate12')?.certificateList ?? []).map((der) =>
    parseCertificate(der),
  );
  const provider = drawing(recorded, 'client');
  const schemes = provider.signatureAlgorithms.map(({ code }) => code);
  const signed = schemes.filter((code) => code === verify?.algorithm);
  const config = createClientConfig({
    provider,
    now: () => NOW,
    serverName: 'server.test',
    maxVersion: ProtocolVersion.TLS12,
    cipherSuites: SUITES.map(({ code }) => code),
    signatureSchemes: [...signed, ...schemes.filter((code) => code !== verify?.algorithm)],
    dangerousAcceptUnverifiedPeer: true,
    credentials: chain.length > 0 ? [{ chain, privateKey: undefined }] : [],
    delegate: ['sign'],
    session,
    shapeClientHello: () => ({ ...hello }),
  });
  const [sessions, lines, data, sent]: [StoredSession[], string[], string[], Uint8Array[]] = [[], [], [], []];
  const listener = (event: ConnectionEvent): void => {
    if (event.kind === 'ticket') sessions.push(event.ticket);
    if (event.kind === 'key_log') lines.push(event.line);
    if (event.kind === 'data') data.push(Buffer.from(event.data).toString());
    if (event.kind === 'need') {
      const signature = verify?.signature ?? new Uint8Array(0);
      connection.answer(event.id, { kind: 'sign', signature });
    }
  };
  const connection: Connection = Connection.client(config, listener);
  connection.start();
  let pinged = false;
  const take = (): void => {
    sent.push(connection.takeOutput() ?? new Uint8Array(0));
  };
  take();
  recordsOf(recorded, 'server').forEach((record, index) => {
    connection.receive(change(record, index));
    if (connection.phase === 'open' && !pinged) {
      pinged = true;
      take();
      connection.send(PING);
    }
    if (data.join('') === PONG) connection.close();
    take();
  });
  return { connection, sent: concatBytes(...sent), sessions, lines, data: data.join('') };
}

/** The client's side of a connection, read with the recorded master secret. */
function readSent(recorded: RecordedConnection, sent: Uint8Array): ReturnType<typeof read> {
  const server = recorded.records.filter(({ from }) => from === 'server');
  const client = splitRecords(sent).map((record) => ({ from: 'client' as const, record: toHex(record) }));
  return read({ ...recorded, records: [...client, ...server] });
}

function sessionFor(recorded: RecordedConnection): StoredSession | undefined {
  const before = CONNECTIONS.find(({ title }) => title === recorded.resumes);
  return before === undefined ? undefined : play(before).sessions.at(-1);
}

const raws = (messages: readonly HandshakeMessage[]): string[] => messages.map(({ raw }) => toHex(raw));

for (const recorded of CONNECTIONS) {
  test(`${recorded.title}: our client says what OpenSSL's said`, () => {
    const { connection, sent, lines, data } = play(recorded, sessionFor(recorded));
    assert.equal(connection.phase, 'closed');
    assert.equal(connection.info.resumed, recorded.resumes !== undefined);
    assert.equal(data, PONG);
    assert.equal(lines.length, 1);
    assert.ok(lines[0]?.startsWith('CLIENT_RANDOM ') && lines[0].endsWith(recorded.masterSecret));
    const [theirs, ours] = [read(recorded), readSent(recorded, sent)];
    assert.deepEqual(raws(ours.client.messages), raws(theirs.client.messages));
    assert.equal(ours.client.inClear, theirs.client.inClear);
    assert.deepEqual(ours.client.data, theirs.client.data);
    assert.deepEqual(ours.client.alerts, theirs.client.alerts);
    if (theirs.suite.nonce === 'xor') {
      // Without explicit nonces, which OpenSSL draws and we count, protected records are the same to the byte.
      const last = (records: readonly Uint8Array[]): string[] => records.slice(-3).map(toHex);
      assert.deepEqual(last(splitRecords(sent)), last(recordsOf(recorded, 'client')));
    }
  });
}

test('a flipped bit in any record of the recorded server is noticed', () => {
  for (const recorded of CONNECTIONS.slice(0, 3)) {
    assert.equal(play(recorded).connection.phase, 'closed');
    const records = recordsOf(recorded, 'server');
    records.forEach((record, which) => {
      // Behind headers that say how long things are, in the last byte and in the middle.
      for (const at of [record.length - 1, 5 + ((record.length - 5) >> 1)]) {
        const flip = (same: Uint8Array, index: number): Uint8Array => {
          if (index !== which) return same;
          const broken = Uint8Array.from(same);
          broken[at] = (broken[at] ?? 0) ^ 1;
          return broken;
        };
        assert.throws(
          () => play(recorded, undefined, flip),
          (error) => error instanceof TLSError,
          `${recorded.title}: record ${which}, byte ${at}`,
        );
      }
    });
  }
});

test('the recorded sessions are what the recorded resumptions offer', () => {
  for (const recorded of CONNECTIONS.filter(({ resumes }) => resumes !== undefined)) {
    const session = sessionFor(recorded);
    assert.ok(session);
    assert.equal(toHex(session.secret.reveal()), recorded.masterSecret);
    const hello = need(read(recorded).client.messages, 'ClientHello');
    if (session.ticket.length > 0)
      assert.equal(toHex(session.ticket), toHex(hello.known.sessionTicket ?? fromHex('')));
    else assert.equal(toHex(session.sessionId), toHex(hello.legacySessionId));
    const other = { ...session, secret: new Secret(new Uint8Array(48)) };
    assert.throws(() => play(recorded, other), { code: 'TLS_BAD_RECORD_MAC' });
  }
});
