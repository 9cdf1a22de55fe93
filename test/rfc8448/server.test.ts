/** RFC 8448 with our server in the server's place: every record it emits must be the recorded one, byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServerConfig } from '../../src/config/config.ts';
import type { CryptoProvider, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import { Connection } from '../../src/engine/connection.ts';
import { NamedGroup, type SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { replay } from './replay.ts';
import { certificateOf, messagesOf, recordedProvider, scriptedRandom, TRACES, type Trace } from './trace.ts';

/** The recorded CertificateRequest lists schemes that we do not have: they are listed here, and never fit a key. */
function withSchemes(provider: CryptoProvider, codes: readonly SignatureScheme[]): CryptoProvider {
  const [some] = provider.signatureAlgorithms;
  assert.ok(some);
  const signatureAlgorithms = codes.map((code): SignatureAlgorithm => {
    const known = provider.signatureAlgorithms.find((algorithm) => algorithm.code === code);
    return known ?? { ...some, code, name: `scheme ${code}`, fits: () => false };
  });
  return { ...provider, signatureAlgorithms };
}

function serverOf(trace: Trace): Connection {
  const recorded = recordedProvider(trace.keyShares.server, scriptedRandom(trace.randoms.server));
  const [request] = messagesOf(trace, 'CertificateRequest');
  const schemes = request?.known.signatureAlgorithms;
  const provider = schemes === undefined ? recorded : withSchemes(recorded, schemes);
  const [certificate] = messagesOf(trace, 'Certificate');
  const [verify] = messagesOf(trace, 'CertificateVerify');
  const [encrypted] = messagesOf(trace, 'EncryptedExtensions');
  const [retry] = messagesOf(trace, 'HelloRetryRequest');
  assert.ok(certificate && verify && encrypted);
  const chain = certificate.certificateList.map(({ certData }) => certificateOf(certData));
  const config = createServerConfig({
    provider,
    now: () => Date.UTC(2020, 0, 1),
    // The recorded server takes the client's first suite.
    preferServerOrder: false,
    credentials: [{ chain, privateKey: undefined }],
    clientAuth: request === undefined ? 'none' : 'request',
    dangerousAcceptUnverifiedPeer: true,
    delegate: ['sign'],
    shapeEncryptedExtensions: () => encrypted.extensions,
    shapeHelloRetryRequest: (extensions) => {
      assert.ok(retry, 'a HelloRetryRequest that was not recorded');
      // The group is our choice; the recorded cookie and the order are not.
      return retry.extensions.map((wanted) => extensions.find(({ type }) => type === wanted.type) ?? wanted);
    },
  });
  const connection: Connection = Connection.server(config, (event) => {
    if (event.kind !== 'need' || event.need.kind !== 'sign') return;
    assert.equal(event.need.scheme.code, verify.algorithm);
    connection.answer(event.id, { kind: 'sign', signature: verify.signature });
  });
  connection.start();
  return connection;
}

/**
 * Tickets come with resumption: until then a data record of one byte takes the ticket's place and sequence number,
 * so that the records after it are the recorded ones.
 */
function withoutTickets(trace: Trace): Trace {
  const isTicket = (names: readonly { name: string }[]): boolean =>
    names.some(({ name }) => name === 'NewSessionTicket');
  return { ...trace, records: trace.records.filter((record) => !isTicket(record.messages)) };
}

for (const name of ['simple-1rtt', 'hello-retry-request', 'client-authentication', 'compatibility-mode']) {
  const trace = TRACES[name];
  test(`server, ${trace?.title ?? name}: every record as in RFC 8448`, () => {
    assert.ok(trace);
    const connection = serverOf(trace);
    const played = withoutTickets(trace);
    replay(connection, played, 'server', trace.records.length - played.records.length);
    assert.equal(connection.phase, 'closed');
    assert.equal(connection.info.helloRetryRequest, name === 'hello-retry-request');
    assert.equal(
      connection.info.group?.code,
      NamedGroup[name === 'hello-retry-request' ? 'secp256r1' : 'x25519'],
    );
  });
}

test('a second ClientHello whose cookie is not the one given is refused', () => {
  const trace = TRACES['hello-retry-request'];
  assert.ok(trace);
  const [first, , second] = trace.records;
  const cookie = messagesOf(trace, 'HelloRetryRequest')[0]?.known.cookie;
  assert.ok(first && second && cookie);
  const at = Buffer.from(second.record).indexOf(Buffer.from(cookie));
  assert.ok(at > 0);
  const broken = Uint8Array.from(second.record);
  broken[at] = (broken[at] ?? 0) ^ 1;
  const connection = serverOf(trace);
  connection.receive(first.record);
  assert.throws(() => connection.receive(broken), { code: 'TLS_CHANGED_AFTER_HELLO_RETRY_REQUEST' });
});

test('a flipped bit in the recorded client Finished is noticed', () => {
  const trace = TRACES['compatibility-mode'];
  assert.ok(trace);
  const records = trace.records.map((record) => {
    if (record.from !== 'client' || record.epoch !== 'handshake') return record;
    const broken = Uint8Array.from(record.record);
    broken[9] = (broken[9] ?? 0) ^ 1;
    return { ...record, record: broken };
  });
  assert.throws(() => replay(serverOf(trace), { ...trace, records }, 'server'), {
    code: 'TLS_BAD_RECORD_MAC',
  });
});
