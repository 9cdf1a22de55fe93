import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import {
  type ClientOptions,
  Connection,
  type ConnectionEvent,
  createClientConfig,
  createServerConfig,
  nobleProvider,
  type ServerOptions,
  type TraceEvent,
} from '../../src/engine.ts';
import { leavesOf, renderTraceText, type TraceDocument, TraceRecorder } from '../../src/study.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { createAuthority } from '../../src/x509.ts';

const NOW = Date.UTC(2026, 10, 30);
const NAME = 'server.test';

/** SHA-256 in counter mode: the same bytes on every run. */
function seeded(seed: number): (out: Uint8Array) => void {
  let counter = 0;
  return (out) => {
    for (let at = 0; at < out.length; at += 32) {
      const block = sha256.digest(Uint8Array.of(seed, counter >> 8, counter & 255));
      counter++;
      out.set(block.subarray(0, Math.min(32, out.length - at)), at);
    }
  };
}

const authority = createAuthority({ random: seeded(1), now: NOW });
const issued = authority.issue({ names: [NAME] });

interface Run {
  readonly client: TraceDocument;
  readonly server: TraceDocument;
  readonly keyLog: readonly string[];
  readonly error: unknown;
}

interface Change {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly trace?: boolean;
}

/** A handshake in memory, one record's worth of data each way, and an orderly end. */
function run(change: Change = {}): Run {
  const now = (): number => NOW;
  const recorders = [new TraceRecorder(), new TraceRecorder()] as const;
  const keyLog: string[] = [];
  const listener =
    (role: 'client' | 'server') =>
    (event: ConnectionEvent): void => {
      if (event.kind === 'key_log' && role === 'client') keyLog.push(event.line);
      if (event.kind === 'secure' && role === 'client') client.send(Uint8Array.of(1, 2, 3));
      if (event.kind === 'data' && role === 'server') server.close();
      if (event.kind === 'close_notify' && role === 'client') client.close();
    };
  const traceOf = (recorder: TraceRecorder): ((event: TraceEvent) => void) | undefined =>
    change.trace === false ? undefined : recorder.listener;
  const client = Connection.client(
    createClientConfig({
      provider: nobleProvider(seeded(2)),
      now,
      serverName: NAME,
      trust: authority.trust,
      ...change.client,
    }),
    listener('client'),
    traceOf(recorders[0]),
  );
  const server = Connection.server(
    createServerConfig({
      provider: nobleProvider(seeded(3)),
      now,
      credentials: [issued.credential],
      ...change.server,
    }),
    listener('server'),
    traceOf(recorders[1]),
  );
  let error: unknown;
  client.start();
  server.start();
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const bytes = from.takeOutput();
      if (bytes === undefined) continue;
      moved = true;
      try {
        to.receive(bytes);
      } catch (thrown) {
        error ??= thrown;
      }
    }
  }
  return { client: recorders[0].document(), server: recorders[1].document(), keyLog, error };
}

type Kind = TraceDocument['entries'][number]['kind'];

function entries<K extends Kind>(
  document: TraceDocument,
  kind: K,
): Extract<TraceDocument['entries'][number], { kind: K }>[] {
  return document.entries.filter(
    (entry): entry is Extract<TraceDocument['entries'][number], { kind: K }> => entry.kind === kind,
  );
}

const flow = (document: TraceDocument): string[] =>
  entries(document, 'message').map(
    ({ message, direction, protection }) => `${direction} ${message} ${protection}`,
  );

describe('a trace of a real handshake', () => {
  const both = run({ server: { clientAuth: 'request' } });

  it('has every message in order, each with its protection', () => {
    assert.equal(both.error, undefined);
    assert.deepEqual(flow(both.client), [
      'sent ClientHello plaintext',
      'received ServerHello plaintext',
      'received EncryptedExtensions handshake',
      'received CertificateRequest handshake',
      'received Certificate handshake',
      'received CertificateVerify handshake',
      'received Finished handshake',
      'sent Certificate handshake',
      'sent Finished handshake',
    ]);
  });

  it('is the same seen from both ends', () => {
    const bytes = (document: TraceDocument): string[] => entries(document, 'message').map((one) => one.hex);
    assert.deepEqual(bytes(both.client), bytes(both.server));
    const secrets = (document: TraceDocument): string[] =>
      entries(document, 'secret')
        .map((one) => `${one.label} ${one.hex}`)
        .sort();
    assert.deepEqual(secrets(both.client), secrets(both.server));
  });

  it('gives every byte of every message a name', () => {
    for (const entry of entries(both.client, 'message')) {
      const leaves = leavesOf(entry.fields);
      assert.equal(leaves.map((leaf) => leaf.hex).join(''), entry.hex, entry.message);
      assert.ok(!leaves.some((leaf) => leaf.name === 'unread' || leaf.name === 'undecoded'), entry.message);
    }
  });

  it('has the secrets of the key log, label by label', () => {
    assert.ok(both.client.keyLog.length >= 5);
    assert.deepEqual([...both.client.keyLog].sort(), [...both.keyLog].sort());
  });

  it('has transcript hashes that anyone can compute', () => {
    let transcript = '';
    let checked = 0;
    for (const entry of both.client.entries) {
      if (entry.kind === 'message') transcript += entry.hex;
      if (entry.kind !== 'transcript') continue;
      const expected = toHex(sha256.digest(Buffer.from(transcript, 'hex')));
      assert.equal(entry.hex, expected);
      checked++;
    }
    assert.ok(checked >= 4, `${checked} transcript hashes`);
  });

  it('shows the certificate in words', () => {
    assert.match(renderTraceText(both.client), /cert_data {2}CN=server\.test, issued by CN=puretls root CA/);
  });

  it('is the same for the same bytes', () => {
    assert.deepEqual(run().client, run().client);
  });

  it('is off unless asked for', () => {
    const quiet = run({ trace: false });
    assert.equal(quiet.error, undefined);
    assert.deepEqual(quiet.client.entries, []);
  });

  it('shows a HelloRetryRequest and the second ClientHello', () => {
    const retried = run({
      client: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] },
      server: { groups: [NamedGroup.secp256r1] },
    });
    assert.equal(retried.error, undefined);
    assert.deepEqual(flow(retried.client).slice(0, 4), [
      'sent ClientHello plaintext',
      'received HelloRetryRequest plaintext',
      'sent ClientHello plaintext',
      'received ServerHello plaintext',
    ]);
    const text = renderTraceText(retried.client);
    assert.match(text, /selected_group {2}secp256r1/);
  });

  it('shows a handshake that fails up to its alert', () => {
    const failed = run({ client: { serverName: 'other.test' } });
    assert.notEqual(failed.error, undefined);
    const last = entries(failed.client, 'alert').at(-1);
    assert.deepEqual([last?.direction, last?.level], ['sent', 'fatal']);
    assert.equal(entries(failed.server, 'alert').at(-1)?.direction, 'received');
  });
});
