/** RFC 8448 4, "Resumed 0-RTT Handshake", byte for byte, with our client and our server in either place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { sessionBinding } from '../../src/config/binding.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { Connection } from '../../src/engine/connection.ts';
import { insecureSeededRandom, splitRecords } from '../../src/fuzz.ts';
import { exportKeyingMaterial } from '../../src/key-schedule/exporter.ts';
import { encodeSession } from '../../src/session/codec.ts';
import { type ReplayStore, ticketStore } from '../../src/session/replay.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { clientOf as firstClient } from './recorded-client.ts';
import { replay } from './replay.ts';
import { certificateOf, messagesOf, recordedProvider, scriptedRandom, TRACES, type Trace } from './trace.ts';

const LABEL = 'EXPERIMENTAL puretls';
const NOW = Date.UTC(2020, 0, 1);
/** What the recorded client says of its ticket's age: six milliseconds. */
const AGE = 6;
/** Grants everything: what is recorded is played again in each test. */
const STORE: ReplayStore = { name: Uint8Array.of(1), claim: () => true };

function traceOf(name: string): Trace {
  const trace = TRACES[name];
  assert.ok(trace);
  return trace;
}

const first = traceOf('simple-1rtt');
const trace = traceOf('resumed-0rtt');
const [ticket] = messagesOf(first, 'NewSessionTicket');
const [hello] = messagesOf(trace, 'ClientHello');
assert.ok(ticket && hello);
const chain = (messagesOf(first, 'Certificate')[0]?.certificateList ?? []).map(({ certData }) =>
  certificateOf(certData),
);

function sessionWith(binding: Uint8Array): StoredSession {
  assert.ok(ticket);
  return {
    version: 'tls13',
    cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
    secret: new Secret(Uint8Array.from(first.secrets['resumption_psk'] ?? [])),
    extendedMasterSecret: true,
    createdAt: NOW - AGE,
    authenticatedAt: NOW - AGE,
    lifetime: ticket.ticketLifetime,
    ageAdd: ticket.ticketAgeAdd,
    maxEarlyDataSize: ticket.known.maxEarlyDataSize ?? 0,
    replayStore: ticketStore(STORE.name, 10_000),
    serverName: 'server',
    alpnProtocol: undefined,
    binding,
    // It ended in 2026, and says nothing that this trace needs.
    peerCertificates: [],
    peerRawPublicKey: undefined,
    peerValidity: { notBefore: 0, notAfter: 253_402_300_799_000 },
    verdict: undefined,
    externalPsk: undefined,
    ticket: ticket.ticket,
    sessionId: new Uint8Array(0),
  };
}

/** Records in order, by who sent them and under which keys. */
const recordsOf = (from: string, epoch: string): Uint8Array[] =>
  trace.records
    .filter((record) => record.from === from && record.epoch === epoch)
    .map(({ record }) => record);

function onlyOne(records: readonly Uint8Array[]): Uint8Array {
  const [only] = records;
  assert.ok(only && records.length === 1);
  return only;
}

interface Client {
  readonly connection: Connection;
  readonly data: Uint8Array[];
}

function clientOf(change: (session: StoredSession) => StoredSession = (same) => same): Client {
  assert.ok(hello);
  const provider = recordedProvider(trace.keyShares.client, insecureSeededRandom(1));
  const options: ClientOptions = {
    provider,
    now: () => NOW,
    serverName: 'server',
    dangerousAcceptUnverifiedPeer: true,
    keyShares: provider.groups.slice(0, 1).map((group) => group.code),
    dangerousEarlyData: true,
    // Everything as recorded but the share and the PSK, which are ours.
    shapeClientHello: (ours) => ({
      random: hello.random,
      legacySessionId: hello.legacySessionId,
      cipherSuites: hello.cipherSuites,
      extensions: hello.extensions
        .filter(({ type }) => type !== ExtensionType.pre_shared_key)
        .map((extension) =>
          extension.type === ExtensionType.key_share
            ? (ours.extensions.find(({ type }) => type === extension.type) ?? extension)
            : extension,
        ),
    }),
  };
  const session = change(sessionWith(sessionBinding(createClientConfig(options))));
  const data: Uint8Array[] = [];
  const connection = Connection.client(createClientConfig({ ...options, session }), (event) => {
    if (event.kind === 'data') data.push(Uint8Array.from(event.data));
  });
  connection.start();
  return { connection, data };
}

test('client: the ticket of the first connection is kept with the recorded PSK', () => {
  const kept: StoredSession[] = [];
  const connection = firstClient(first, (event) => {
    if (event.kind === 'ticket') kept.push(event.ticket);
  });
  replay(connection, first, 'client');
  const [session] = kept;
  assert.ok(session && kept.length === 1);
  assert.equal(toHex(session.secret.reveal()), toHex(first.secrets['resumption_psk'] ?? new Uint8Array(0)));
  assert.equal(toHex(session.ticket), toHex(ticket.ticket));
  assert.deepEqual(
    [session.ageAdd, session.lifetime, session.maxEarlyDataSize],
    [ticket.ticketAgeAdd, ticket.ticketLifetime, 1024],
  );
});

test('client: the ClientHello with its binder, byte for byte', () => {
  const sent = clientOf().connection.takeOutput() ?? new Uint8Array(0);
  assert.equal(toHex(sent), toHex(onlyOne(recordsOf('client', 'plaintext'))));
});

test('client: another secret, age or ticket makes another hello', () => {
  const recorded = toHex(onlyOne(recordsOf('client', 'plaintext')));
  const changes: ((session: StoredSession) => StoredSession)[] = [
    (session) => ({ ...session, secret: new Secret(new Uint8Array(32)) }),
    (session) => ({ ...session, createdAt: session.createdAt - 1 }),
    (session) => ({ ...session, ticket: session.ticket.slice(1) }),
  ];
  for (const change of changes) {
    const { connection } = clientOf(change);
    assert.notEqual(toHex(connection.takeOutput() ?? new Uint8Array(0)), recorded);
  }
});

test('client: all of it, early data and EndOfEarlyData too', () => {
  const { connection, data } = clientOf();
  replay(connection, trace, 'client');
  assert.equal(connection.info.resumed, true);
  assert.equal(connection.info.earlyData.status, 'accepted');
  assert.equal(connection.peerClosed, true);
  assert.equal(toHex(data[0] ?? new Uint8Array(0)), toHex(contentOf('server')));
});

test('client: the early exporter is the recorded one', () => {
  const { connection } = clientOf();
  const master = new Secret(Uint8Array.from(trace.secrets['early_exporter_master'] ?? []));
  const wanted = exportKeyingMaterial(sha256, master, LABEL, new Uint8Array(0), 32);
  assert.equal(toHex(connection.exportEarlyKeyingMaterial(LABEL, undefined, 32)), toHex(wanted));
});

function contentOf(from: string): Uint8Array {
  const found = trace.records.find(
    (each) => each.from === from && each.type === 'application_data' && each.epoch === 'application',
  );
  assert.ok(found);
  return found.content;
}

test('client: a PSK that is not the recorded one cannot read the recorded server', () => {
  const { connection } = clientOf((session) => ({
    ...session,
    secret: new Secret(new Uint8Array(32).fill(1)),
  }));
  connection.takeOutput();
  connection.receive(onlyOne(recordsOf('server', 'plaintext')));
  assert.throws(() => connection.receive(onlyOne(recordsOf('server', 'handshake'))), {
    code: 'TLS_BAD_RECORD_MAC',
  });
});

interface Server {
  readonly connection: Connection;
  readonly early: Uint8Array[];
}

function serverOf(
  change: (session: StoredSession) => StoredSession = (same) => same,
  takesEarlyData: boolean = true,
): Server {
  const provider = recordedProvider(trace.keyShares.server, scriptedRandom(trace.randoms.server));
  const [encrypted] = messagesOf(trace, 'EncryptedExtensions');
  assert.ok(encrypted);
  const options: ServerOptions = {
    provider,
    now: () => NOW,
    preferServerOrder: false,
    credentials: [{ chain, privateKey: undefined }],
    delegate: ['sign', 'lookup_session'],
    halfRtt: true,
    dangerousEarlyData: takesEarlyData ? { maximum: 1024, replayStore: STORE } : undefined,
    // What the recorded one says besides early_data.
    shapeEncryptedExtensions: (ours) => [
      ...encrypted.extensions.filter(({ type }) => type !== ExtensionType.early_data),
      ...ours.filter(({ type }) => type === ExtensionType.early_data),
    ],
  };
  const config = createServerConfig(options);
  const session = change(sessionWith(sessionBinding(config)));
  const early: Uint8Array[] = [];
  const connection: Connection = Connection.server(config, (event) => {
    if (event.kind === 'early_data') early.push(Uint8Array.from(event.data));
    if (event.kind !== 'need') return;
    assert.ok(event.need.kind === 'lookup_session', 'nothing is to be signed');
    assert.equal(toHex(event.need.identity), toHex(session.ticket));
    connection.answer(event.id, { kind: 'lookup_session', session: encodeSession(session) });
  });
  connection.start();
  return { connection, early };
}

test('server: all of it, and the early data is read', () => {
  const { connection, early } = serverOf();
  replay(connection, trace, 'server');
  assert.equal(connection.info.resumed, true);
  assert.deepEqual(connection.info.earlyData, { status: 'accepted', reason: undefined });
  const recorded = trace.records.find(({ epoch, type }) => epoch === 'early' && type === 'application_data');
  assert.deepEqual(early.map(toHex), [toHex(recorded?.content ?? new Uint8Array(0))]);
});

test('server: data may go out under application keys ahead of the early data', () => {
  const { connection } = serverOf();
  connection.receive(onlyOne(recordsOf('client', 'plaintext')));
  connection.send(contentOf('server'));
  const sent = splitRecords(connection.takeOutput() ?? new Uint8Array(0)).map(toHex);
  assert.deepEqual(sent, [
    ...recordsOf('server', 'plaintext').map(toHex),
    ...recordsOf('server', 'handshake').map(toHex),
    ...recordsOf('server', 'application').slice(0, 1).map(toHex),
  ]);
});

test('server: where it takes none, all that is early is skipped, and the Finished covers what was skipped', () => {
  const { connection, early } = serverOf((same) => same, false);
  connection.receive(onlyOne(recordsOf('client', 'plaintext')));
  const skipped = recordsOf('client', 'early');
  assert.equal(skipped.length, 2);
  for (const record of skipped) connection.receive(record);
  assert.equal(connection.stateName, 'ExpectClientFinished');
  assert.equal(early.length, 0);
  // Other keys, since this server's EncryptedExtensions is another.
  const finished = onlyOne(recordsOf('client', 'handshake'));
  assert.throws(() => connection.receive(finished), { code: 'TLS_BAD_FINISHED' });
});

test('server: a flipped bit anywhere in the recorded binder, and another secret, are noticed', () => {
  const record = onlyOne(recordsOf('client', 'plaintext'));
  for (const at of [record.length - 1, record.length - 32, 40]) {
    const broken = Uint8Array.from(record);
    broken[at] = (broken[at] ?? 0) ^ 1;
    const { connection } = serverOf();
    assert.throws(() => connection.receive(broken), { code: 'TLS_BAD_BINDER' });
  }
  const other = serverOf((session) => ({ ...session, secret: new Secret(new Uint8Array(32)) }));
  assert.throws(
    () => other.connection.receive(record),
    (error) => error instanceof TLSError && error.reason === 'bad_binder',
  );
});
