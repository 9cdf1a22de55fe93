/** The dummy change_cipher_spec: dropped where middleboxes want it, refused everywhere else (RFC 8446 5, D.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHandshake, type Step, sendChangeCipherSpec, serverHandshake } from '../../src/fuzz.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import {
  againstClient,
  againstServer,
  assertSecure,
  clientRefuses,
  serverRefuses,
  testedServer,
} from './kit.ts';

const server = serverHandshake({ middleboxCompatibility: false });
const client = clientHandshake({ middleboxCompatibility: false });
const BAD = ['bad_change_cipher_spec', 'unexpected_message'] as const;
const dummy = sendChangeCipherSpec();
const flood = (count: number): Step[] => new Array<Step>(count).fill(dummy);
const WRONG = [
  ['value 0', Uint8Array.of(0)],
  ['value 2', Uint8Array.of(2)],
  ['two bytes', Uint8Array.of(1, 1)],
  ['no byte', new Uint8Array(0)],
] as const;

for (const [name, content] of WRONG) {
  clientRefuses({
    [`${name}, before ServerHello`]: [server.before('ServerHello', sendChangeCipherSpec(content)), ...BAD],
    [`${name}, after ServerHello`]: [server.after('ServerHello', sendChangeCipherSpec(content)), ...BAD],
  });
  serverRefuses({
    [`${name}, before Finished`]: [client.before('Finished', sendChangeCipherSpec(content)), ...BAD],
  });
}

clientRefuses({
  'one after Finished': [server.append(dummy), ...BAD],
  'one right after Finished, before ours': [server.after('Finished', dummy), ...BAD],
  '33 of them': [server.before('ServerHello', ...flood(33)), ...BAD],
  '33 of them in different places': [
    server.before('ServerHello', ...flood(16)).before('Certificate', ...flood(17)),
    ...BAD,
  ],
});

serverRefuses({
  'one before ClientHello': [client.before('ClientHello', dummy), ...BAD],
  'one in the middle of the first ClientHello': [
    client.options('ClientHello', { split: 50, between: (peer) => peer.sendChangeCipherSpec() }),
    ...BAD,
  ],
  'one after Finished': [client.append(dummy), ...BAD],
  '33 of them': [client.before('Finished', ...flood(33)), ...BAD],
});

test('client: it is dropped anywhere from ClientHello to Finished, up to 32 times', () => {
  for (const name of ['ServerHello', 'EncryptedExtensions', 'CertificateVerify', 'Finished']) {
    assertSecure(againstServer(server.before(name, dummy)));
  }
  assertSecure(againstServer(server.before('Finished', ...flood(32))));
});

test('server: it is dropped from ClientHello to Finished, with or without a session id', () => {
  assertSecure(againstClient(client.before('Finished', ...flood(32))));
  assertSecure(againstClient(client.before('Finished', dummy), { peer: { sessionIdLength: 0 } }));
});

/** Kinds of what a peer received, in order. */
const kindsOf = (received: readonly { readonly kind: string }[]): string[] =>
  received.map((item) => item.kind);

test('client: it sends one of its own before its second flight, if it sent a session id', () => {
  const count = (kinds: string[]): number => kinds.filter((kind) => kind === 'change_cipher_spec').length;
  assert.equal(count(kindsOf(againstServer(server).peer.received)), 1);
  assert.equal(
    count(kindsOf(againstServer(server, { options: { middleboxCompatibility: false } }).peer.received)),
    0,
  );
  const retried = againstServer(serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 }), {
    options: { groups: [NamedGroup.x25519, NamedGroup.secp256r1], keyShares: [NamedGroup.x25519] },
  });
  assert.deepEqual(kindsOf(retried.peer.received).slice(0, 4), [
    'handshake',
    'change_cipher_spec',
    'handshake',
    'handshake',
  ]);
});

test('server: it sends one after its first message, if the client sent a session id', () => {
  assert.deepEqual(kindsOf(againstClient(client).peer.received).slice(0, 3), [
    'handshake',
    'change_cipher_spec',
    'handshake',
  ]);
  const silent = againstClient(client, { peer: { sessionIdLength: 0 } });
  assert.ok(!kindsOf(silent.peer.received).includes('change_cipher_spec'));
  const retried = againstClient(clientHandshake({ helloRetryRequest: true }), {
    options: { groups: [NamedGroup.secp256r1] },
    peer: { groups: [NamedGroup.x25519, NamedGroup.secp256r1] },
  });
  assertSecure(retried);
  assert.deepEqual(kindsOf(retried.peer.received).slice(0, 4), [
    'handshake',
    'change_cipher_spec',
    'handshake',
    'handshake',
  ]);
});

test('server: before anything it answers in clear', () => {
  const tested = testedServer();
  assert.throws(() => tested.receive(Uint8Array.of(20, 3, 3, 0, 1, 1)), {
    code: 'TLS_BAD_CHANGE_CIPHER_SPEC',
  });
  assert.deepEqual([...(tested.takeOutput() ?? [])], [21, 3, 3, 0, 2, 2, 10]);
});
