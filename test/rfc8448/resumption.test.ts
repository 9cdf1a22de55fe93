/**
 * RFC 8448 4, "Resumed 0-RTT Handshake", with our client and our server in either place. We send no early data and
 * accept none, so each end says what was recorded up to where the recorded one speaks of it.
 */
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
    replayStore: new Uint8Array(0),
    serverName: 'server',
    alpnProtocol: undefined,
    binding,
    // It ended in 2026, and says nothing that this trace needs.
    peerCertificates: [],
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

function recordedExport(): string {
  const master = new Secret(Uint8Array.from(trace.secrets['exporter_master'] ?? []));
  return toHex(exportKeyingMaterial(sha256, master, LABEL, new Uint8Array(0), 32));
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

test('client: the recorded server resumes, its keys are ours, and its data is read', () => {
  const { connection, data } = clientOf();
  connection.takeOutput();
  connection.receive(onlyOne(recordsOf('server', 'plaintext')));
  connection.receive(onlyOne(recordsOf('server', 'handshake')));
  assert.equal(connection.phase, 'open');
  assert.equal(connection.info.resumed, true);
  assert.equal(toHex(connection.exportKeyingMaterial(LABEL, undefined, 32)), recordedExport());
  const [reply, closing] = recordsOf('server', 'application');
  assert.ok(reply && closing);
  connection.receive(reply);
  assert.equal(toHex(data[0] ?? new Uint8Array(0)), toHex(contentOf('server')));
  connection.receive(closing);
  assert.equal(connection.peerClosed, true);
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

function serverOf(change: (session: StoredSession) => StoredSession = (same) => same): Connection {
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
    // The recorded one says early_data, and means it; ours says it in this test alone.
    shapeEncryptedExtensions: () => encrypted.extensions,
  };
  const config = createServerConfig(options);
  const session = change(sessionWith(sessionBinding(config)));
  const connection: Connection = Connection.server(config, (event) => {
    if (event.kind !== 'need') return;
    assert.ok(event.need.kind === 'lookup_session', 'nothing is to be signed');
    assert.equal(toHex(event.need.identity), toHex(session.ticket));
    connection.answer(event.id, { kind: 'lookup_session', session: encodeSession(session) });
  });
  connection.start();
  return connection;
}

test('server: the binder holds; ServerHello, the flight and data under application keys, byte for byte', () => {
  const connection = serverOf();
  connection.receive(onlyOne(recordsOf('client', 'plaintext')));
  assert.equal(connection.info.resumed, true);
  connection.send(contentOf('server'));
  const sent = splitRecords(connection.takeOutput() ?? new Uint8Array(0)).map(toHex);
  assert.deepEqual(sent, [
    ...recordsOf('server', 'plaintext').map(toHex),
    ...recordsOf('server', 'handshake').map(toHex),
    ...recordsOf('server', 'application').slice(0, 1).map(toHex),
  ]);
});

test('server: the recorded early data and EndOfEarlyData are skipped, and the Finished covers what was skipped', () => {
  const connection = serverOf();
  connection.receive(onlyOne(recordsOf('client', 'plaintext')));
  const skipped = recordsOf('client', 'early');
  assert.equal(skipped.length, 2);
  for (const record of skipped) connection.receive(record);
  assert.equal(connection.phase, 'handshake');
  assert.equal(connection.stateName, 'ExpectClientFinished');
  // It opens under the handshake keys, so they agree; EndOfEarlyData is in its transcript and not in ours.
  assert.throws(() => connection.receive(onlyOne(recordsOf('client', 'handshake'))), {
    code: 'TLS_BAD_FINISHED',
  });
});

test('server: a flipped bit anywhere in the recorded binder, and another secret, are noticed', () => {
  const record = onlyOne(recordsOf('client', 'plaintext'));
  for (const at of [record.length - 1, record.length - 32, 40]) {
    const broken = Uint8Array.from(record);
    broken[at] = (broken[at] ?? 0) ^ 1;
    const connection = serverOf();
    assert.throws(() => connection.receive(broken), { code: 'TLS_BAD_BINDER' });
  }
  const other = serverOf((session) => ({ ...session, secret: new Secret(new Uint8Array(32)) }));
  assert.throws(
    () => other.receive(record),
    (error) => error instanceof TLSError && error.reason === 'bad_binder',
  );
});
