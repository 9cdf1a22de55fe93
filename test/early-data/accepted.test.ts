/** Early data that both ends agree on: it arrives, marked as early, ahead of everything else (RFC 8446 2.3, 4.2.10, 4.5). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiEncode, toHex } from '../../src/bytes/encoding.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import {
  clientEarlyData,
  type EarlyPsk,
  expectData,
  inPieces,
  type Script,
  type ServerMessages,
  sendData,
  serverEarlyData,
} from '../../src/fuzz.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { credentials, now, provider, SERVER_NAME, trust } from '../handshake/credentials.ts';
import { againstClient, againstServer, assertSecure, type Tested } from '../handshake/kit.ts';
import { answerOf, CLIENT, early, earlyPskOf, MAXIMUM, serverWith, sessionOf } from './kit.ts';

/** As the pairs have it, so that their sessions fit. */
const BASE = {
  provider,
  now,
  trust: trust(),
  groups: [NamedGroup.x25519],
  minVersion: ProtocolVersion.TLS13,
};
const GET = asciiEncode('GET / HTTP/1.0\r\n\r\n');

test('is off unless both ends ask for it', () => {
  const server = serverWith();
  const cases: [Partial<ClientOptions>, Partial<ServerOptions>][] = [
    [{ dangerousEarlyData: false }, server],
    [CLIENT, { ...server, dangerousEarlyData: undefined }],
  ];
  for (const [client, options] of cases) {
    const session = sessionOf(options, client);
    const { client: tested, written, server: other } = early(session, GET, options, client);
    assert.equal(written, 0);
    assert.equal(tested.connection.phase, 'open');
    assert.equal(tested.connection.info.resumed, true);
    assert.equal(tested.connection.info.earlyData.status, 'not_offered');
    assert.equal(other.connection.info.earlyData.status, 'not_offered');
    assert.equal(answerOf(tested), undefined);
  }
});

test('arrives before the handshake is complete, as early data and nothing else', () => {
  const server = serverWith();
  const { client, server: other, written } = early(sessionOf(server), GET, server);
  assert.equal(written, GET.length);
  assert.deepEqual(other.earlyData, GET);
  assert.equal(other.data.length, 0);
  assert.ok(other.kinds.indexOf('early_data') < other.kinds.indexOf('secure'));
  for (const { connection } of [client, other]) {
    assert.equal(connection.phase, 'open');
    assert.deepEqual(connection.info.earlyData, { status: 'accepted', reason: undefined });
  }
  const { accepted, reason, bytes } = answerOf(client) ?? {};
  assert.deepEqual({ accepted, reason, bytes }, { accepted: true, reason: undefined, bytes: GET.length });
});

test('what is sent after the handshake is ordinary data, in both directions', () => {
  const server = serverWith();
  const { pair, client, server: other } = early(sessionOf(server), GET, server);
  client.connection.send(Uint8Array.of(1));
  other.connection.send(Uint8Array.of(2));
  pair.pump();
  assert.deepEqual([...other.data], [1]);
  assert.deepEqual([...client.data], [2]);
  assert.deepEqual(other.earlyData, GET);
});

test('none need be written: EndOfEarlyData follows all the same', () => {
  const server = serverWith();
  const { client, server: other } = early(sessionOf(server), new Uint8Array(0), server);
  for (const { connection } of [client, other]) {
    assert.equal(connection.phase, 'open');
    assert.equal(connection.info.earlyData.status, 'accepted');
  }
  assert.equal(answerOf(client)?.bytes, 0);
});

test('as much is taken as the ticket allows, and no more', () => {
  const server = serverWith();
  const pair = new Pair({ ...CLIENT, session: sessionOf(server) }, server);
  const { connection } = pair.client.tested;
  assert.equal(connection.earlyDataRoom, MAXIMUM);
  assert.equal(connection.writeEarlyData(new Uint8Array(MAXIMUM - 10)), MAXIMUM - 10);
  assert.equal(connection.writeEarlyData(new Uint8Array(0)), 0);
  assert.equal(connection.writeEarlyData(new Uint8Array(MAXIMUM)), 10);
  assert.equal(connection.writeEarlyData(GET), 0);
  assert.equal(connection.earlyDataRoom, 0);
  pair.pump();
  assert.equal(pair.server.tested.earlyData.length, MAXIMUM);
  assert.equal(answerOf(pair.client.tested)?.bytes, MAXIMUM);
});

test('may be written until the server has finished, and not after', () => {
  const server = serverWith();
  const pair = new Pair({ ...CLIENT, session: sessionOf(server) }, server);
  const { tested } = pair.client;
  tested.react = (event, connection) => {
    if (event.kind === 'early_data_answer') assert.equal(connection.writeEarlyData(GET), GET.length);
    if (event.kind === 'secure') assert.equal(connection.writeEarlyData(GET), 0);
  };
  pair.pump();
  assert.deepEqual(pair.server.tested.earlyData, GET);
  assert.equal(tested.connection.writeEarlyData(GET), 0);
  assert.equal(tested.connection.earlyDataRoom, 0);
});

test('nothing may be written before the start, without a session, or by a server', () => {
  const server = serverWith();
  const pair = new Pair(CLIENT, server);
  assert.equal(pair.client.tested.connection.writeEarlyData(GET), 0);
  assert.deepEqual(pair.client.tested.connection.info.earlyData, {
    status: 'not_offered',
    reason: 'no_session',
  });
  assert.equal(pair.server.tested.connection.writeEarlyData(GET), 0);
  pair.pump();
  assert.deepEqual(pair.server.tested.connection.info.earlyData, {
    status: 'not_offered',
    reason: 'no_session',
  });
});

test('a server with half-RTT answers before the client has finished', () => {
  const server = { ...serverWith(), halfRtt: true };
  const pair = new Pair({ ...CLIENT, session: sessionOf(server) }, server);
  pair.server.tested.react = (event, connection) => {
    if (event.kind === 'early_data') connection.send(event.data.map((byte) => byte ^ 0xff));
  };
  pair.client.tested.connection.writeEarlyData(GET);
  pair.pump();
  assert.deepEqual(
    pair.client.tested.data,
    GET.map((byte) => byte ^ 0xff),
  );
  assert.ok(
    !pair.server.tested.kinds.slice(0, pair.server.tested.kinds.indexOf('early_data')).includes('secure'),
  );
});

test('cut into single bytes it is the same', () => {
  const server = serverWith();
  const pair = new Pair({ ...CLIENT, session: sessionOf(server) }, server, (bytes) => [
    ...inPieces(1)(bytes),
  ]);
  pair.client.tested.connection.writeEarlyData(GET);
  pair.pump();
  assert.deepEqual(pair.server.tested.earlyData, GET);
  assert.equal(pair.server.tested.connection.phase, 'open');
});

test('the early exporter gives both ends the same, while the handshake lasts', () => {
  const server = serverWith();
  const pair = new Pair({ ...CLIENT, session: sessionOf(server) }, server);
  const given: string[] = [];
  const material = ({ connection }: Tested): string =>
    toHex(connection.exportEarlyKeyingMaterial('EXPERIMENTAL', Uint8Array.of(1), 32));
  given.push(material(pair.client.tested));
  pair.client.tested.react = (event) => {
    if (event.kind === 'early_data_answer') given.push(material(pair.client.tested));
  };
  pair.server.tested.react = (event) => {
    if (event.kind === 'early_data') given.push(material(pair.server.tested));
  };
  assert.throws(() => material(pair.server.tested), { code: 'TLS_INVALID_STATE' });
  pair.client.tested.connection.writeEarlyData(GET);
  pair.pump();
  assert.equal(given.length, 3);
  assert.equal(new Set(given).size, 1);
  for (const { tested } of [pair.client, pair.server]) {
    assert.throws(() => material(tested), { code: 'TLS_INVALID_STATE' });
    const late = tested.connection.exportKeyingMaterial('EXPERIMENTAL', Uint8Array.of(1), 32);
    assert.notEqual(toHex(late), given[0]);
  }
});

test('key logs of both ends name the early secrets, and the same ones', () => {
  const server = serverWith();
  const session = sessionOf(server);
  const lines: string[][] = [[], []];
  const log =
    (into: string[] | undefined) =>
    (event: ConnectionEvent): void => {
      if (event.kind === 'key_log') into?.push(event.line);
    };
  const clientConfig = createClientConfig({ ...BASE, ...CLIENT, serverName: SERVER_NAME, session });
  const client = Connection.client(clientConfig, log(lines[0]));
  const serverConfig = createServerConfig({ ...BASE, credentials: [credentials.server()], ...server });
  const other = Connection.server(serverConfig, log(lines[1]));
  client.start();
  for (let i = 0; i < 3; i += 1) {
    other.receive(client.takeOutput() ?? new Uint8Array(0));
    client.receive(other.takeOutput() ?? new Uint8Array(0));
  }
  assert.equal(client.info.earlyData.status, 'accepted');
  const labels = lines[0]?.map((line) => line.split(' ')[0]);
  assert.deepEqual(labels?.slice(0, 2), ['CLIENT_EARLY_TRAFFIC_SECRET', 'EARLY_EXPORTER_SECRET']);
  assert.deepEqual(lines[0]?.toSorted(), lines[1]?.toSorted());
});

test('a scripted client: its data is early, and the handshake ends as it should', () => {
  const options = serverWith();
  const psk = earlyPskOf(sessionOf(options));
  const ping = Uint8Array.of(4, 5, 6);
  const script = clientEarlyData([psk], [GET.subarray(0, 5), GET.subarray(5)]).append(
    sendData(ping),
    expectData(ping),
  );
  const played = againstClient(script, {
    options,
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
      };
    },
  });
  assertSecure(played);
  assert.deepEqual(played.tested.earlyData, GET);
  assert.deepEqual(played.tested.data, ping);
});

test('a scripted server reads what was written, and EndOfEarlyData, under the early keys', () => {
  const session = sessionOf(serverWith());
  const script = (psk: EarlyPsk): Script<ServerMessages> =>
    serverEarlyData(psk).before('expect EndOfEarlyData', expectData(GET));
  const played = againstServer(script(earlyPskOf(session)), {
    options: { ...CLIENT, session },
    prepare: (tested) => {
      assert.equal(tested.connection.writeEarlyData(GET), GET.length);
    },
  });
  assertSecure(played);
  assert.equal(answerOf(played.tested)?.accepted, true);
});

test('the dummy change_cipher_spec stands right behind the hello, and only there (RFC 8446 D.4)', () => {
  const server = serverWith();
  const { pair } = early(sessionOf(server), GET, server);
  const types: number[] = [];
  const { sent } = pair.client;
  for (let at = 0; at < sent.length; at += 5 + ((sent[at + 3] ?? 0) << 8) + (sent[at + 4] ?? 0)) {
    types.push(sent[at] ?? 0);
  }
  assert.deepEqual(types, [22, 20, 23, 23, 23], 'hello, dummy, data, EndOfEarlyData, Finished');
});

test('a limit on records does not bind early data, which cannot know of it (RFC 8449 4)', () => {
  const server = { ...serverWith(), recordSizeLimit: 64 };
  const pair = new Pair({ ...CLIENT, session: sessionOf(server), recordSizeLimit: 16385 }, server);
  pair.client.tested.connection.writeEarlyData(new Uint8Array(500));
  pair.pump();
  assert.equal(pair.server.tested.earlyData.length, 500);
  assert.equal(pair.server.tested.connection.phase, 'open');
  pair.client.tested.connection.send(new Uint8Array(200));
  pair.pump();
  assert.equal(pair.server.tested.data.length, 200);
});
