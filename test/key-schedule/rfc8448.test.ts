/** RFC 8448 byte for byte: every secret, key, IV, Finished, binder and record, from the private keys and messages alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { deriveSecret, emptyHash, hkdfExtract } from '../../src/crypto/hkdf.ts';
import { secp256r1, x25519 } from '../../src/crypto/noble/groups.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { AeadKey, CipherSuite13, PublicKey } from '../../src/crypto/provider.ts';
import { DEFAULT_RSA_LIMITS, rsaKeyProblem } from '../../src/crypto/rsa/key.ts';
import { TranscriptHash } from '../../src/crypto/transcript.ts';
import {
  EarlySchedule,
  finishedKey,
  type HandshakeSchedule,
  type MainSchedule,
  resumptionPsk,
  verifyData,
} from '../../src/key-schedule/tls13.ts';
import { trafficKeys } from '../../src/key-schedule/traffic.ts';
import { hex, repeatable, scripted } from '../crypto/support/vectors.ts';
import { rfc8448, type Trace, type TraceName } from './rfc8448.ts';

const { serverRsaKey, traces } = rfc8448();
const RSA_LIMITS = { ...DEFAULT_RSA_LIMITS, minimumBits: 1024 };
const provider = nobleProvider(repeatable(), RSA_LIMITS);

function suiteOf(trace: Trace): CipherSuite13 {
  const suite = provider.cipherSuites13.find((each) => each.name === trace.cipherSuite);
  assert.ok(suite);
  return suite;
}

/** One direction's keys with its sequence number. */
class Opener {
  readonly #key: AeadKey;
  readonly #iv: Uint8Array;
  #sequence = 0;

  constructor(suite: CipherSuite13, secret: Secret, expected: { readonly key: string; readonly iv: string }) {
    const keys = trafficKeys(suite, secret);
    assert.equal(toHex(keys.key), expected.key);
    assert.equal(toHex(keys.iv), expected.iv);
    this.#key = suite.aead.create(keys.key);
    this.#iv = keys.iv;
  }

  open(record: Uint8Array): Uint8Array {
    const nonce = this.#iv.slice();
    nonce[11] = (nonce[11] ?? 0) ^ this.#sequence;
    this.#sequence += 1;
    const buffer = record.slice();
    const length = this.#key.open(nonce, record.subarray(0, 5), buffer, 5, record.length - 5);
    assert.ok(length > 0, 'the tag matches');
    return buffer.subarray(5, 5 + length);
  }
}

/** Follows a trace as both ends would, comparing all that is published. */
class Follower {
  readonly trace: Trace;
  readonly suite: CipherSuite13;
  readonly transcript: TranscriptHash = new TranscriptHash();
  compared = 0;
  early: EarlySchedule | undefined;
  handshake: HandshakeSchedule | undefined;
  main: MainSchedule | undefined;
  readonly secrets: Map<string, Secret> = new Map();
  readonly openers: { client: Opener | undefined; server: Opener | undefined } = {
    client: undefined,
    server: undefined,
  };

  constructor(trace: Trace) {
    this.trace = trace;
    this.suite = suiteOf(trace);
  }

  expect(name: string, actual: Secret | Uint8Array): void {
    assert.equal(toHex(actual instanceof Secret ? actual.reveal() : actual), this.trace.secrets[name], name);
    this.compared += 1;
    if (actual instanceof Secret) this.secrets.set(name, actual);
  }

  secret(name: string): Secret {
    const secret = this.secrets.get(name);
    assert.ok(secret, name);
    return secret;
  }

  hash(name: string): Uint8Array {
    const digest = this.transcript.digest();
    assert.equal(toHex(digest), this.trace.transcriptHashes[name], name);
    return digest;
  }

  install(from: 'client' | 'server', stage: 'early' | 'handshake' | 'application', secret: string): void {
    const expected = this.trace.trafficKeys[`${from}_${stage}`];
    assert.ok(expected);
    this.openers[from] = new Opener(this.suite, this.secret(secret), expected);
  }
}

function sharedSecret(trace: Trace): Secret {
  const [client, server] = [trace.keyShares.client.at(-1), trace.keyShares.server.at(-1)];
  assert.ok(client && server);
  const group = client.group === 'x25519' ? x25519 : secp256r1;
  const ours = group.generate(scripted(hex(client.privateKey)));
  assert.equal(toHex(ours.share), client.share);
  const theirs = group.encapsulate(hex(client.share), scripted(hex(server.privateKey)));
  assert.ok(theirs);
  assert.equal(toHex(theirs.share), server.share);
  const secret = ours.agree(hex(server.share));
  assert.ok(secret);
  assert.ok(secret.equals(theirs.secret));
  return secret;
}

function onClientHello(f: Follower, raw: Uint8Array, psk: Secret | undefined): void {
  f.transcript.add(raw);
  if (f.early !== undefined) return;
  f.early = EarlySchedule.start(f.suite.hash, psk);
  if (psk === undefined) return;
  f.expect('psk', psk);
  f.expect('binder_key', f.early.binderKey('res'));
  f.expect('binder_finished_key', finishedKey(f.suite.hash, f.secret('binder_key')));
  // The binders list: one binder of 32 bytes, two length prefixes (RFC 8446 4.2.11.2).
  const partial = f.transcript.clone();
  const truncated = new TranscriptHash();
  truncated.commit(f.suite.hash);
  const truncatedHash = truncated.digestWith(raw.subarray(0, raw.length - 35));
  assert.equal(toHex(truncatedHash), f.trace.transcriptHashes['client_hello_truncated']);
  const binder = verifyData(f.suite.hash, f.secret('binder_key'), truncatedHash);
  f.expect('binder', binder);
  assert.deepEqual(raw.subarray(raw.length - 32), binder);
  partial.commit(f.suite.hash);
  const helloHash = partial.digest();
  assert.equal(toHex(helloHash), f.trace.transcriptHashes['client_hello']);
  f.expect('client_early_traffic', f.early.clientEarlyTrafficSecret(helloHash));
  f.expect('early_exporter_master', f.early.earlyExporterMasterSecret(helloHash));
  f.install('client', 'early', 'client_early_traffic');
}

function onServerHello(f: Follower, raw: Uint8Array, resumed: boolean): void {
  f.transcript.add(raw);
  f.transcript.commit(f.suite.hash);
  const shared = sharedSecret(f.trace);
  f.expect('shared_secret', shared);
  assert.ok(f.early);
  f.handshake = f.early.toHandshake(shared);
  const digest = f.hash('server_hello');
  f.expect('client_handshake_traffic', f.handshake.clientHandshakeTrafficSecret(digest));
  f.expect('server_handshake_traffic', f.handshake.serverHandshakeTrafficSecret(digest));
  f.install('server', 'handshake', 'server_handshake_traffic');
  if (!resumed) f.install('client', 'handshake', 'client_handshake_traffic');
}

function onFinished(f: Follower, raw: Uint8Array, from: 'client' | 'server'): void {
  const base = f.secret(`${from}_handshake_traffic`);
  f.expect(`${from}_finished_key`, finishedKey(f.suite.hash, base));
  const data = verifyData(f.suite.hash, base, f.transcript.digest());
  f.expect(`${from}_verify_data`, data);
  assert.deepEqual(raw, concatBytes(Uint8Array.of(20, 0, 0, 32), data));
  f.transcript.add(raw);
  const digest = f.hash(`${from}_finished`);
  if (from === 'client') {
    assert.ok(f.main);
    f.expect('resumption_master', f.main.resumptionMasterSecret(digest));
    f.install('client', 'application', 'client_application_traffic_0');
    return;
  }
  assert.ok(f.handshake);
  f.main = f.handshake.toMain();
  f.expect('client_application_traffic_0', f.main.clientApplicationTrafficSecret0(digest));
  f.expect('server_application_traffic_0', f.main.serverApplicationTrafficSecret0(digest));
  f.expect('exporter_master', f.main.exporterMasterSecret(digest));
  f.install('server', 'application', 'server_application_traffic_0');
}

function onTicket(f: Follower, raw: Uint8Array): void {
  const nonceLength = raw[12] ?? 0;
  const nonce = raw.subarray(13, 13 + nonceLength);
  f.expect('resumption_psk', resumptionPsk(f.suite.hash, f.secret('resumption_master'), nonce));
}

function follow(name: TraceName): Follower {
  const trace = traces[name];
  const f = new Follower(trace);
  const psk =
    name === 'resumed-0rtt'
      ? new Secret(hex(traces['simple-1rtt'].secrets['resumption_psk'] ?? ''))
      : undefined;
  for (const step of trace.records) {
    const record = hex(step.record);
    const opener = step.epoch === 'plaintext' ? undefined : f.openers[step.from];
    const inner = opener?.open(record) ?? concatBytes(record.subarray(5), record.subarray(0, 1));
    const types = { change_cipher_spec: 20, alert: 21, handshake: 22, application_data: 23 } as const;
    assert.equal(toHex(inner), step.content + types[step.type].toString(16) + '00'.repeat(step.padding ?? 0));
    assert.equal(step.messages?.map((message) => message.raw).join('') ?? step.content, step.content);
    for (const message of step.messages ?? []) {
      const raw = hex(message.raw);
      if (message.name === 'ClientHello') onClientHello(f, raw, psk);
      else if (message.name === 'ServerHello') onServerHello(f, raw, psk !== undefined);
      else if (message.name === 'Finished') onFinished(f, raw, step.from);
      else if (message.name === 'NewSessionTicket') onTicket(f, raw);
      else if (message.name === 'HelloRetryRequest') {
        f.transcript.commit(f.suite.hash);
        f.transcript.replaceWithMessageHash();
        f.transcript.add(raw);
      } else f.transcript.add(raw);
      if (message.name === 'EndOfEarlyData') f.install('client', 'handshake', 'client_handshake_traffic');
    }
  }
  return f;
}

const SECRETS: Readonly<Record<TraceName, number>> = {
  'simple-1rtt': 12,
  'resumed-0rtt': 17,
  'hello-retry-request': 11,
  'client-authentication': 11,
  'compatibility-mode': 11,
};

for (const name of Object.keys(SECRETS) as TraceName[]) {
  test(`RFC 8448 ${traces[name].section}: ${traces[name].title}`, () => {
    const f = follow(name);
    assert.equal(f.compared, SECRETS[name], 'all secrets but the five that never leave a stage');
    assert.equal(Object.keys(traces[name].secrets).length, SECRETS[name] + 5);
  });
}

test('the stages themselves: early, derived, handshake, derived, master', () => {
  for (const trace of Object.values(traces)) {
    const { hash } = suiteOf(trace);
    const zeros = new Uint8Array(hash.outputLength);
    const psk = trace.secrets['psk'];
    const start = hkdfExtract(hash, new Uint8Array(0), psk === undefined ? zeros : hex(psk));
    assert.equal(toHex(start), trace.secrets['early']);
    const first = deriveSecret(hash, start, 'derived', emptyHash(hash));
    assert.equal(toHex(first.reveal()), trace.secrets['early_derived']);
    const handshake = hkdfExtract(hash, first, hex(trace.secrets['shared_secret'] ?? ''));
    assert.equal(toHex(handshake), trace.secrets['handshake']);
    const second = deriveSecret(hash, handshake, 'derived', emptyHash(hash));
    assert.equal(toHex(second.reveal()), trace.secrets['handshake_derived']);
    assert.equal(toHex(hkdfExtract(hash, second, zeros)), trace.secrets['master']);
  }
});

test('the RSA key of section 2 is sound and signed every CertificateVerify of an RSA server', () => {
  const secret = (text: string): Secret => new Secret(hex(text));
  const numbers = {
    modulus: hex(serverRsaKey.modulus),
    publicExponent: hex(serverRsaKey.publicExponent),
    privateExponent: secret(serverRsaKey.privateExponent),
    prime1: secret(serverRsaKey.prime1),
    prime2: secret(serverRsaKey.prime2),
    exponent1: secret(serverRsaKey.exponent1),
    exponent2: secret(serverRsaKey.exponent2),
    coefficient: secret(serverRsaKey.coefficient),
  };
  assert.equal(rsaKeyProblem(numbers, RSA_LIMITS), undefined);
  const key: PublicKey = { kind: 'rsa', modulus: numbers.modulus, exponent: numbers.publicExponent };
  const context = `${' '.repeat(64)}TLS 1.3, server CertificateVerify\0`;
  let verified = 0;
  for (const [name, trace] of Object.entries(traces)) {
    const { hash } = suiteOf(trace);
    const transcript = new TranscriptHash();
    for (const message of trace.records.flatMap((step) => step.messages ?? [])) {
      const raw = hex(message.raw);
      if (message.name === 'CertificateVerify' && name !== 'client-authentication') {
        const scheme = provider.signatureAlgorithms.find(
          (each) => each.code === ((raw[4] ?? 0) << 8) + (raw[5] ?? 0),
        );
        const content = concatBytes(new Uint8Array(Buffer.from(context, 'latin1')), transcript.digest());
        assert.equal(scheme?.name, 'rsa_pss_rsae_sha256');
        assert.ok(scheme?.verify(key, content, raw.subarray(8)));
        assert.ok(scheme?.fits(key));
        verified += 1;
      }
      if (message.name === 'HelloRetryRequest') {
        transcript.commit(hash);
        transcript.replaceWithMessageHash();
      }
      transcript.add(raw);
      if (message.name === 'ServerHello') transcript.commit(hash);
    }
  }
  assert.equal(verified, 3);
  const strict = nobleProvider(repeatable()).signatureAlgorithms;
  assert.ok(!strict.some((each) => each.fits(key)), 'a default provider refuses 1024 bits');
});
