/** RFC 8448 with our client in the client's place: every record it emits must be the recorded one, byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClientConfig } from '../../src/config/config.ts';
import { Connection } from '../../src/engine/connection.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import type { ClientHello, ClientHelloFields } from '../../src/message/client-hello.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { replay } from './replay.ts';
import { certificateOf, messagesOf, recordedProvider, TRACES, type Trace } from './trace.ts';

/**
 * The recorded hello with everything that a client decides by itself left as ours: the key shares and the cookie. So
 * the recorded bytes come out only if ours are the same.
 */
function shapedLike(recorded: ClientHello, ours: ClientHelloFields): ClientHelloFields {
  const extensions = recorded.extensions.map((extension) => {
    const own = extension.type === ExtensionType.key_share || extension.type === ExtensionType.cookie;
    return (own ? ours.extensions.find(({ type }) => type === extension.type) : undefined) ?? extension;
  });
  return {
    random: recorded.random,
    legacySessionId: recorded.legacySessionId,
    cipherSuites: recorded.cipherSuites,
    extensions,
  };
}

function clientOf(trace: Trace): Connection {
  const hellos = messagesOf(trace, 'ClientHello');
  const provider = recordedProvider(trace.keyShares.client, insecureSeededRandom(1));
  const chain = (messagesOf(trace, 'Certificate')[1]?.certificateList ?? []).map(({ certData }) =>
    certificateOf(certData),
  );
  const signature = messagesOf(trace, 'CertificateVerify')[1]?.signature ?? new Uint8Array(0);
  const config = createClientConfig({
    provider,
    now: () => Date.UTC(2020, 0, 1),
    serverName: 'server',
    dangerousAcceptUnverifiedPeer: true,
    keyShares: provider.groups.slice(0, 1).map((group) => group.code),
    credentials: chain.length > 0 ? [{ chain, privateKey: undefined }] : [],
    delegate: ['sign'],
    shapeClientHello: (fields) => {
      const recorded = hellos.shift();
      assert.ok(recorded, 'one ClientHello more than recorded');
      return shapedLike(recorded, fields);
    },
  });
  const connection: Connection = Connection.client(config, (event) => {
    if (event.kind === 'need') connection.answer(event.id, { kind: 'sign', signature });
  });
  connection.start();
  return connection;
}

for (const name of ['simple-1rtt', 'hello-retry-request', 'client-authentication', 'compatibility-mode']) {
  const trace = TRACES[name];
  test(`client, ${trace?.title ?? name}: every record as in RFC 8448`, () => {
    assert.ok(trace);
    const connection = clientOf(trace);
    const exported = replay(connection, trace, 'client');
    assert.deepEqual(exported.length, 32);
    assert.equal(connection.phase, 'closed');
  });
}

test('a flipped bit anywhere in the recorded server flight is noticed', () => {
  const trace = TRACES['simple-1rtt'];
  assert.ok(trace);
  const flight = trace.records.findIndex(
    (record) => record.from === 'server' && record.epoch === 'handshake',
  );
  for (const offset of [5, 300, 600]) {
    const records = trace.records.map((record, index) => {
      if (index !== flight) return record;
      const broken = Uint8Array.from(record.record);
      broken[offset] = (broken[offset] ?? 0) ^ 1;
      return { ...record, record: broken };
    });
    assert.throws(() => replay(clientOf(trace), { ...trace, records }, 'client'), {
      code: 'TLS_BAD_RECORD_MAC',
    });
  }
});
