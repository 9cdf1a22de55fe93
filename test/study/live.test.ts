import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { leavesOf, renderTraceText, type TraceDocument } from '../../src/study.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { entries, flow, run } from './in-memory.ts';

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
