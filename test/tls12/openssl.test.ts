/**
 * Our records, messages and keys of TLS 1.2 read whole connections of OpenSSL with itself: every suite, group and kind
 * of certificate, full and resumed. What they find must be what OpenSSL says.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { PublicKey } from '../../src/crypto/provider.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import { exportKeyingMaterial12 } from '../../src/key-schedule/exporter12.ts';
import { finishedVerifyData12 } from '../../src/key-schedule/tls12.ts';
import type { HandshakeMessage } from '../../src/message/handshake.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { createAuthority, type Issued, parseCertificate, parsePrivateKey } from '../../src/x509.ts';
import { type Capture, capture, EXPORT_CONTEXT, EXPORT_LABEL, EXPORT_LENGTH, PING, PONG } from './capture.ts';
import { before, type Replay, replay } from './replay.ts';

const provider = nobleProvider();
const SUITES = [...provider.cipherSuites12, ...provider.optionalCipherSuites12];
const authority = createAuthority({ random: systemRandom(), now: Date.now() });
const ticketKeys = randomBytes(48);

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaKey = parsePrivateKey(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
const CERTIFICATES: Readonly<Record<string, Issued>> = {
  rsa: authority.issue({ names: ['localhost'], key: rsaKey }),
  p256: authority.issue({ names: ['localhost'] }),
  p384: authority.issue({ names: ['localhost'], kind: 'ecdsa-p384' }),
  ed25519: authority.issue({ names: ['localhost'], kind: 'ed25519' }),
  ed448: authority.issue({ names: ['localhost'], kind: 'ed448' }),
};

function certificate(name: string): Issued {
  const found = CERTIFICATES[name];
  assert.ok(found, name);
  return found;
}

function find<K extends HandshakeMessage['kind']>(
  messages: readonly HandshakeMessage[],
  kind: K,
): Extract<HandshakeMessage, { kind: K }> {
  const found = messages.filter(
    (message): message is Extract<HandshakeMessage, { kind: K }> => message.kind === kind,
  );
  assert.equal(found.length, 1, `${found.length} of ${kind}`);
  const [only] = found;
  assert.ok(only);
  return only;
}

function leafKey(messages: readonly HandshakeMessage[]): PublicKey {
  const { certificateList } = find(messages, 'Certificate12');
  return parseCertificate(certificateList[0] ?? new Uint8Array(0)).publicKey;
}

function verifies(key: PublicKey, code: number, content: Uint8Array, signature: Uint8Array): boolean {
  const scheme = provider.signatureAlgorithms.find((each) => each.code === code);
  return scheme?.verify(key, content, signature) === true;
}

function checkFinished(seen: Replay): void {
  for (const role of ['client', 'server'] as const) {
    const finished = find(seen[role].messages, 'Finished12');
    const hash = seen.suite.hash.digest(before(seen.transcript, finished));
    assert.deepEqual(
      finished.verifyData,
      finishedVerifyData12(seen.suite.hash, seen.master, role, hash),
      role,
    );
    assert.equal(seen[role].messages.indexOf(finished), seen[role].inClear, 'first after ChangeCipherSpec');
  }
}

function checkExporter(seen: Replay, of: Capture): void {
  const ours = [undefined, new Uint8Array(0), EXPORT_CONTEXT].map((context) =>
    Buffer.from(
      exportKeyingMaterial12(
        seen.suite.hash,
        seen.master,
        of.clientRandom,
        seen.serverRandom,
        EXPORT_LABEL,
        context,
        EXPORT_LENGTH,
      ),
    ),
  );
  assert.deepEqual(ours, of.exported);
}

function checkData(seen: Replay): void {
  assert.deepEqual(seen.client.data, PING);
  assert.ok(seen.server.data.equals(PONG));
  assert.deepEqual([seen.client.alerts, seen.server.alerts], [['0100'], ['0100']], 'close_notify, both ways');
}

function checkKeyExchange(seen: Replay, of: Capture, group: number): void {
  const exchange = find(seen.server.messages, 'ServerKeyExchange');
  assert.equal(exchange.namedCurve, group);
  const key = leafKey(seen.server.messages);
  const signed = new Uint8Array(Buffer.concat([of.clientRandom, seen.serverRandom, exchange.signedParams]));
  assert.ok(verifies(key, exchange.algorithm, signed, exchange.signature));
  const swapped = new Uint8Array(Buffer.concat([seen.serverRandom, of.clientRandom, exchange.signedParams]));
  assert.ok(!verifies(key, exchange.algorithm, swapped, exchange.signature));
  const implementation = provider.groups.find((each) => each.code === group);
  const point = find(seen.client.messages, 'ClientKeyExchange').publicKey;
  assert.equal(point.length, implementation?.clientShareLength);
  assert.equal(exchange.publicKey.length, implementation?.serverShareLength);
  assert.ok(implementation?.encapsulate(exchange.publicKey, provider.random), 'a share that we can answer');
}

const CASES: readonly (readonly [string, string, keyof typeof NamedGroup, string])[] = [
  ['ECDHE-ECDSA-AES128-GCM-SHA256', 'p256', 'x25519', 'X25519'],
  ['ECDHE-ECDSA-AES256-GCM-SHA384', 'p384', 'secp384r1', 'P-384'],
  ['ECDHE-ECDSA-CHACHA20-POLY1305', 'ed25519', 'secp521r1', 'P-521'],
  ['ECDHE-ECDSA-AES128-CCM', 'p256', 'secp256r1', 'P-256'],
  ['ECDHE-ECDSA-AES256-CCM', 'ed448', 'x448', 'X448'],
  ['ECDHE-ECDSA-AES128-CCM8', 'p256', 'x25519', 'X25519'],
  ['ECDHE-ECDSA-AES256-CCM8', 'p256', 'x25519', 'X25519'],
  ['ECDHE-RSA-AES128-GCM-SHA256', 'rsa', 'x448', 'X448'],
  ['ECDHE-RSA-AES256-GCM-SHA384', 'rsa', 'x25519', 'X25519'],
  ['ECDHE-RSA-CHACHA20-POLY1305', 'rsa', 'secp256r1', 'P-256'],
];

describe('full handshakes', () => {
  for (const [cipher, kind, group, opensslGroup] of CASES) {
    test(`${cipher}, ${kind}, ${group}`, async () => {
      const of = await capture({ cipher, group: opensslGroup, server: certificate(kind), ticketKeys });
      const seen = replay(of, SUITES);
      checkFinished(seen);
      checkExporter(seen, of);
      checkData(seen);
      checkKeyExchange(seen, of, NamedGroup[group]);
      assert.equal(seen.serverHello.known.extendedMasterSecret, true);
      assert.deepEqual(seen.serverHello.known.renegotiationInfo, new Uint8Array(0));
      assert.deepEqual(seen.serverHello.known.alpn, new Uint8Array(Buffer.from('h2')));
      assert.ok(find(seen.server.messages, 'NewSessionTicket12').ticket.length > 0);
    });
  }
});

test('client certificates: the request, the certificate and its signature', async () => {
  for (const kind of ['p256', 'rsa', 'ed25519', 'ed448'] as const) {
    const of = await capture({
      cipher: 'ECDHE-ECDSA-AES128-GCM-SHA256',
      group: 'X25519',
      server: certificate('p256'),
      client: certificate(kind),
      ticketKeys,
    });
    const seen = replay(of, SUITES);
    checkFinished(seen);
    const request = find(seen.server.messages, 'CertificateRequest12');
    const verify = find(seen.client.messages, 'CertificateVerify');
    assert.ok(request.signatureAlgorithms.includes(verify.algorithm));
    const content = before(seen.transcript, verify);
    assert.ok(verifies(leafKey(seen.client.messages), verify.algorithm, content, verify.signature), kind);
    const less = content.subarray(0, -1);
    assert.ok(!verifies(leafKey(seen.client.messages), verify.algorithm, less, verify.signature), kind);
  }
});

test('a stapled OCSP response', async () => {
  const ocsp = randomBytes(300);
  const server = certificate('p256');
  const cipher = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  const of = await capture({ cipher, group: 'X25519', server, ticketKeys, ocsp });
  const seen = replay(of, SUITES);
  checkFinished(seen);
  assert.equal(seen.serverHello.known.statusRequest, true);
  const status = find(seen.server.messages, 'CertificateStatus');
  assert.deepEqual(Buffer.from(status.ocspResponse), ocsp);
});

for (const way of ['ticket', 'session ID'] as const) {
  test(`resumption by ${way}: same master secret, other keys, Finished the other way round`, async () => {
    const options = {
      cipher: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      group: 'X25519',
      server: certificate('p256'),
      ticketKeys,
      ...(way === 'ticket' ? {} : { sessions: new Map<string, Buffer>() }),
    };
    const first = await capture(options);
    assert.ok(first.session);
    const second = await capture({ ...options, session: first.session });
    assert.equal(second.reused, true);
    assert.deepEqual(second.master, first.master);
    assert.notDeepEqual(second.exported, first.exported);
    const seen = replay(second, SUITES);
    checkFinished(seen);
    checkExporter(seen, second);
    checkData(seen);
    assert.deepEqual(
      seen.transcript.map((message) => message.kind),
      ['ClientHello', 'ServerHello', 'Finished12', 'Finished12'],
    );
    assert.equal(seen.serverHello.legacySessionIdEcho.length, 32);
  });
}

test('the observer of another master secret sees nothing', async () => {
  const cipher = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  const of = await capture({ cipher, group: 'X25519', server: certificate('p256'), ticketKeys });
  const other = of.master.slice();
  other[47] = (other[47] ?? 0) ^ 1;
  assert.throws(() => replay({ ...of, master: other }, SUITES), /failed authentication/);
});
