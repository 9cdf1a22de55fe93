import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { hkdfExpandLabel } from '../../src/crypto/hkdf.ts';
import { sha256, sha384 } from '../../src/crypto/noble/hash.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { exportKeyingMaterial } from '../../src/key-schedule/exporter.ts';
import { KEY_LOG_LABELS, keyLogLine } from '../../src/key-schedule/key-log.ts';
import { EarlySchedule, nextTrafficSecret, resumptionPsk, verifyData } from '../../src/key-schedule/tls13.ts';
import { trafficKeys } from '../../src/key-schedule/traffic.ts';
import { TLSError } from '../../src/wire/error.ts';
import { bytes, hex, repeatable } from '../crypto/support/vectors.ts';

const random = repeatable();
const EMPTY = new Uint8Array(0);
const over = (error: unknown): boolean => error instanceof TLSError && error.reason === 'internal_error';

for (const hash of [sha256, sha384]) {
  const digest = bytes(hash.outputLength, random);

  test(`${hash.name}: a stage that has moved on or was wiped derives nothing`, () => {
    const early = EarlySchedule.start(hash);
    const handshake = early.toHandshake(bytes(32, random));
    assert.throws(() => early.binderKey('ext'), over);
    assert.throws(() => early.clientEarlyTrafficSecret(digest), over);
    assert.throws(() => early.earlyExporterMasterSecret(digest), over);
    assert.throws(() => early.toHandshake(bytes(32, random)), over);
    const main = handshake.toMain();
    assert.throws(() => handshake.clientHandshakeTrafficSecret(digest), over);
    assert.throws(() => handshake.serverHandshakeTrafficSecret(digest), over);
    assert.throws(() => handshake.toMain(), over);
    assert.equal(main.clientApplicationTrafficSecret0(digest).length, hash.outputLength);
    main.wipe();
    assert.throws(() => main.clientApplicationTrafficSecret0(digest), over);
    assert.throws(() => main.exporterMasterSecret(digest), over);
    assert.throws(() => main.resumptionMasterSecret(digest), over);
    const dropped = EarlySchedule.start(hash);
    dropped.wipe();
    assert.throws(() => dropped.toHandshake(), over);
  });

  test(`${hash.name}: every secret of a connection is another one`, () => {
    const psk = new Secret(bytes(hash.outputLength, random));
    const early = EarlySchedule.start(hash, psk);
    const all = [
      early.binderKey('ext'),
      early.binderKey('res'),
      early.clientEarlyTrafficSecret(digest),
      early.earlyExporterMasterSecret(digest),
    ];
    const handshake = early.toHandshake(bytes(32, random));
    all.push(handshake.clientHandshakeTrafficSecret(digest), handshake.serverHandshakeTrafficSecret(digest));
    const main = handshake.toMain();
    all.push(
      main.clientApplicationTrafficSecret0(digest),
      main.serverApplicationTrafficSecret0(digest),
      main.exporterMasterSecret(digest),
      main.resumptionMasterSecret(digest),
    );
    const texts = new Set(all.map((secret) => Buffer.from(secret.reveal()).toString('hex')));
    assert.equal(texts.size, 10);
    assert.equal(psk.wiped, false, "the PSK stays its owner's");
    for (const secret of all) assert.equal(secret.length, hash.outputLength);
  });

  test(`${hash.name}: no PSK is a PSK of zeros, no (EC)DHE a secret of zeros`, () => {
    const zeros = new Uint8Array(hash.outputLength);
    const a = EarlySchedule.start(hash).toHandshake();
    const b = EarlySchedule.start(hash, new Secret(zeros.slice())).toHandshake(new Secret(zeros.slice()));
    assert.ok(a.clientHandshakeTrafficSecret(digest).equals(b.clientHandshakeTrafficSecret(digest)));
    const c = EarlySchedule.start(hash).toHandshake(bytes(32, random));
    assert.ok(!a.serverHandshakeTrafficSecret(digest).equals(c.serverHandshakeTrafficSecret(digest)));
  });

  test(`${hash.name}: verify_data depends on key and transcript`, () => {
    const [key, other] = [
      new Secret(bytes(hash.outputLength, random)),
      new Secret(bytes(hash.outputLength, random)),
    ];
    const data = verifyData(hash, key, digest);
    assert.equal(data.length, hash.outputLength);
    assert.notDeepEqual(verifyData(hash, other, digest), data);
    assert.notDeepEqual(verifyData(hash, key, hash.digest(digest)), data);
    assert.equal(key.wiped, false);
  });

  test(`${hash.name}: KeyUpdate and tickets`, () => {
    const secret = new Secret(bytes(hash.outputLength, random));
    const next = nextTrafficSecret(hash, secret);
    assert.ok(!next.equals(secret));
    assert.ok(!nextTrafficSecret(hash, next).equals(next));
    const psk = resumptionPsk(hash, secret, hex('0000'));
    assert.ok(!psk.equals(resumptionPsk(hash, secret, hex('0001'))));
    assert.ok(!psk.equals(resumptionPsk(hash, secret, EMPTY)));
    assert.equal(resumptionPsk(hash, secret, new Uint8Array(255)).length, hash.outputLength);
    assert.throws(() => resumptionPsk(hash, secret, new Uint8Array(256)), TLSError);
  });

  test(`${hash.name}: exporter`, () => {
    const secret = new Secret(bytes(hash.outputLength, random));
    const material = exportKeyingMaterial(hash, secret, 'EXPORTER-test', EMPTY, 100);
    assert.equal(material.length, 100);
    const derived = hkdfExpandLabel(hash, secret, 'EXPORTER-test', hash.digest(EMPTY), hash.outputLength);
    assert.deepEqual(material, hkdfExpandLabel(hash, derived, 'exporter', hash.digest(EMPTY), 100));
    assert.notDeepEqual(exportKeyingMaterial(hash, secret, 'EXPORTER-tesu', EMPTY, 100), material);
    assert.notDeepEqual(exportKeyingMaterial(hash, secret, 'EXPORTER-test', Uint8Array.of(0), 100), material);
    assert.notDeepEqual(
      exportKeyingMaterial(hash, secret, 'EXPORTER-test', EMPTY, 99),
      material.subarray(0, 99),
      'the length enters',
    );
    assert.equal(exportKeyingMaterial(hash, secret, hex('c3a9'), new Uint8Array(100000), 1).length, 1);
    const refused = (label: string | Uint8Array, length: number): void =>
      assert.throws(
        () => exportKeyingMaterial(hash, secret, label, EMPTY, length),
        (error) => error instanceof TLSError && error.reason === 'invalid_option',
      );
    for (const length of [0, -1, 1.5, Number.NaN, 255 * hash.outputLength + 1])
      refused('EXPORTER-test', length);
    refused('', 10);
    refused('x'.repeat(250), 10);
    refused('é', 10);
  });
}

test('traffic keys have the lengths of the suite, and key and IV are unrelated', () => {
  for (const suite of nobleProvider(random).cipherSuites13) {
    const secret = new Secret(bytes(suite.hash.outputLength, random));
    const { key, iv } = trafficKeys(suite, secret);
    assert.equal(key.length, suite.aead.keyLength);
    assert.equal(iv.length, 12);
    assert.notDeepEqual(key.subarray(0, 12), iv);
    assert.equal(secret.wiped, false);
  }
});

test('key log lines', () => {
  const line = keyLogLine('CLIENT_TRAFFIC_SECRET_0', hex('00ff'), new Secret(hex('0a0b')));
  assert.equal(line, 'CLIENT_TRAFFIC_SECRET_0 00ff 0a0b');
  assert.equal(new Set(KEY_LOG_LABELS).size, KEY_LOG_LABELS.length);
  const wiped = new Secret(hex('0a0b'));
  wiped.wipe();
  assert.throws(() => keyLogLine('EXPORTER_SECRET', hex('00'), wiped));
});
