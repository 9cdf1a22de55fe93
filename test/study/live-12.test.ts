import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { nobleProvider } from '../../src/engine.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { leavesOf, renderTraceLadder, renderTraceText, type TraceDocument } from '../../src/study.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { entries, flow, NOW, type Run, run, seeded } from './in-memory.ts';

const maxVersion = ProtocolVersion.TLS12;

function assertNamed(document: TraceDocument): void {
  for (const entry of entries(document, 'message')) {
    assert.equal(entry.error, undefined, entry.message);
    const leaves = leavesOf(entry.fields);
    assert.equal(leaves.map((leaf) => leaf.hex).join(''), entry.hex, entry.message);
    const names = leaves.map((leaf) => leaf.name);
    for (const poor of ['unread', 'undecoded', 'body']) assert.ok(!names.includes(poor), entry.message);
  }
}

const ticketKeys = (): TicketKeys => {
  const provider = nobleProvider(seeded(9));
  const aead = provider.cipherSuites13[0]?.aead;
  assert.ok(aead);
  return new TicketKeys({ aead, random: provider.random, now: () => NOW, lifetime: 300 });
};

describe('a trace of TLS 1.2', () => {
  const full = run({ client: { maxVersion }, server: { clientAuth: 'request', ticketKeys: ticketKeys() } });

  it('has every message in order, each with its protection', () => {
    assert.equal(full.error, undefined);
    assert.deepEqual(flow(full.client), [
      'sent ClientHello plaintext',
      'received ServerHello plaintext',
      'received Certificate plaintext',
      'received ServerKeyExchange plaintext',
      'received CertificateRequest plaintext',
      'received ServerHelloDone plaintext',
      'sent Certificate plaintext',
      'sent ClientKeyExchange plaintext',
      'sent Finished handshake',
      'received NewSessionTicket plaintext',
      'received Finished handshake',
    ]);
  });

  it('gives every byte of every message a name, at both ends the same', () => {
    assertNamed(full.client);
    const bytes = (document: TraceDocument): string[] => entries(document, 'message').map((one) => one.hex);
    assert.deepEqual(bytes(full.client), bytes(full.server));
    assertNamed(full.server);
  });

  it('takes ServerKeyExchange apart', () => {
    const message = entries(full.client, 'message').find((one) => one.message === 'ServerKeyExchange');
    const names = leavesOf(message?.fields ?? []).map((leaf) => leaf.label ?? leaf.name);
    assert.deepEqual(names.slice(2), [
      'named_curve',
      'x25519',
      'public_length',
      'public',
      'ecdsa_secp256r1_sha256',
      'signature_length',
      'signature',
    ]);
  });

  it('shows ChangeCipherSpec before either Finished', () => {
    const rungs = renderTraceLadder(full.client)
      .split('\n')
      .map((line) => line.replaceAll(/[─▶◀]|\d+ bytes/g, '').trim());
    const spec = (at: number): number => rungs.indexOf('(change_cipher_spec)', at);
    const first = spec(0);
    const second = spec(first + 1);
    assert.deepEqual([rungs[first + 1], rungs[second + 1]], ['Finished*', 'Finished*']);
    assert.ok(first > 0 && second > first);
    assert.match(renderTraceText(full.client), /change_cipher_spec sent: .*RFC 5246 7\.1/);
  });

  it('has the master secret, as the key log has it', () => {
    assert.deepEqual(full.client.keyLog, full.keyLog);
    assert.equal(full.keyLog.length, 1);
    assert.match(full.keyLog[0] ?? '', /^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
    assert.deepEqual(full.client.keyLog, full.server.keyLog);
  });

  it('has transcript hashes that anyone can compute', () => {
    const seen = full.client.entries.filter((entry) => entry.kind === 'transcript').map((entry) => entry.hex);
    const sums = new Set<string>();
    let transcript = '';
    for (const { hex } of entries(full.client, 'message')) {
      transcript += hex;
      sums.add(toHex(sha256.digest(Buffer.from(transcript, 'hex'))));
    }
    assert.ok(seen.length >= 4);
    for (const hash of seen) assert.ok(sums.has(hash), hash);
  });
});

describe('a trace of a resumption', () => {
  const again = (change: { version: ProtocolVersion }): Run => {
    const server = { ticketKeys: ticketKeys() };
    const client = { minVersion: change.version, maxVersion: change.version };
    const first = run({ client, server });
    const session = first.sessions.at(-1);
    assert.ok(session);
    return run({ client: { ...client, session }, server });
  };

  it('of TLS 1.2 has no certificate and no key exchange', () => {
    const resumed = again({ version: ProtocolVersion.TLS12 });
    assert.equal(resumed.error, undefined);
    assert.deepEqual(
      entries(resumed.client, 'message').map((one) => one.message),
      ['ClientHello', 'ServerHello', 'NewSessionTicket', 'Finished', 'Finished'],
    );
    assertNamed(resumed.client);
  });

  it('of TLS 1.3 shows the binders', () => {
    const resumed = again({ version: ProtocolVersion.TLS13 });
    assert.equal(resumed.error, undefined);
    assertNamed(resumed.client);
    assert.match(renderTraceText(resumed.client), /pre_shared_key .*\n(?:.*\n)*.*binder/);
    assert.ok(!flow(resumed.client).some((line) => line.includes('Certificate')));
  });
});

describe('a trace of ECDHE_PSK', () => {
  it('reads its messages in their own form', () => {
    const presharedKeys = [{ identity: Buffer.from('device 7'), key: Buffer.alloc(32, 7) }];
    const cipherSuites = [CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256];
    const common = { presharedKeys, cipherSuites, groups: [NamedGroup.x25519] };
    const made = run({ client: common, server: { ...common, pskIdentityHint: Buffer.from('a hint') } });
    assert.equal(made.error, undefined);
    assertNamed(made.client);
    assertNamed(made.server);
    const text = renderTraceText(made.client);
    assert.match(text, /psk_identity_hint {2}"a hint"/);
    assert.match(text, /psk_identity {2}"device 7"/);
    assert.match(text, /unsigned: the key proves who it is \(RFC 5489 2\)/);
  });
});
