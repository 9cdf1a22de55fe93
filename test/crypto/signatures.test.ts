import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { signatureFromDer } from '../../src/crypto/noble/ecdsa.ts';
import { generateEcKey, generateEd25519Key, publicKeyOf } from '../../src/crypto/noble/keys.ts';
import { signatureAlgorithms } from '../../src/crypto/noble/signatures.ts';
import type { EcCurveName, PrivateKey, PublicKey, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import { ecdsaOverKernel } from '../../src/crypto/wasm/nist.ts';
import { TLSError } from '../../src/wire/error.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { bytes, flip, hex, repeatable, vectors } from './support/vectors.ts';

const ALL = signatureAlgorithms();

function scheme(name: string, from: readonly SignatureAlgorithm[] = ALL): SignatureAlgorithm {
  const found = from.find((each) => each.name === name);
  assert.ok(found, name);
  return found;
}

test('the list: names and codes of the registry, no SHA-1, PKCS#1 not for the handshake', () => {
  assert.equal(ALL.length, 14);
  const byName: Readonly<Record<string, number>> = SignatureScheme;
  for (const each of ALL) {
    assert.equal(each.code, byName[each.name]);
    assert.ok(!each.name.includes('sha1'));
    assert.equal(each.handshake13, !each.name.includes('pkcs1'));
  }
});

interface Rfc8032 {
  readonly tests: readonly Record<'seed' | 'publicKey' | 'message' | 'signature', string>[];
}

test('RFC 8032 7.1', () => {
  const { tests } = vectors<Rfc8032>('ed25519-rfc8032.json');
  assert.ok(tests.length >= 4);
  const ed25519 = scheme('ed25519');
  for (const each of tests) {
    const key: PrivateKey = {
      kind: 'ed25519',
      seed: new Secret(hex(each.seed)),
      publicKey: hex(each.publicKey),
    };
    const signature = ed25519.sign(key, hex(each.message), repeatable());
    assert.deepEqual(signature, hex(each.signature));
    assert.ok(ed25519.verify(publicKeyOf(key), hex(each.message), signature));
    assert.ok(!ed25519.verify(publicKeyOf(key), hex(`${each.message}00`), signature));
  }
});

const CURVES = [
  ['ecdsa_secp256r1_sha256', 'P-256', 'sha256', '3059301306072a8648ce3d020106082a8648ce3d030107034200'],
  ['ecdsa_secp384r1_sha384', 'P-384', 'sha384', '3076301006072a8648ce3d020106052b81040022036200'],
  ['ecdsa_secp521r1_sha512', 'P-521', 'sha512', '30819b301006072a8648ce3d020106052b8104002303818600'],
] as const satisfies readonly (readonly [string, EcCurveName, string, string])[];

function nodePublicKey(prefix: string, key: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([hex(prefix), key]), format: 'der', type: 'spki' });
}

const OF_CURVES = CURVES.flatMap((each) => [
  { each, provider: 'noble', algorithms: ALL },
  { each, provider: 'wasm', algorithms: ALL.map(ecdsaOverKernel) },
]);

for (const { each, provider, algorithms } of OF_CURVES) {
  const [name, curve, hash, spkiPrefix] = each;
  test(`${provider}, ${name}: OpenSSL accepts ours, we accept OpenSSL's`, () => {
    const random = repeatable();
    const algorithm = scheme(name, algorithms);
    for (let i = 0; i < 3; i++) {
      const key = generateEcKey(curve, random);
      assert.ok(key.kind === 'ec');
      const message = bytes(20 + i, random);
      const signature = algorithm.sign(key, message, random);
      assert.ok(verify(hash, message, nodePublicKey(spkiPrefix, key.point), signature));

      const theirs = generateKeyPairSync('ec', { namedCurve: curve });
      const spki = theirs.publicKey.export({ format: 'der', type: 'spki' });
      const point = new Uint8Array(spki.subarray(spki.length - key.point.length));
      const theirSignature = new Uint8Array(sign(hash, message, theirs.privateKey));
      const publicKey: PublicKey = { kind: 'ec', curve, point };
      assert.ok(algorithm.verify(publicKey, message, theirSignature));
      assert.ok(!algorithm.verify(publicKey, flip(message, 3), theirSignature));
      assert.ok(!algorithm.verify(publicKeyOf(key), message, theirSignature));
    }
  });

  test(`${provider}, ${name}: signatures are hedged, so the same message is signed differently`, () => {
    const random = repeatable();
    const key = generateEcKey(curve, random);
    const message = bytes(9, random);
    const [a, b] = [
      scheme(name, algorithms).sign(key, message, random),
      scheme(name, algorithms).sign(key, message, random),
    ];
    assert.notDeepEqual(a, b);
  });

  test(`${provider}, ${name}: any byte of signature or key changed is refused`, () => {
    const random = repeatable(2);
    const algorithm = scheme(name, algorithms);
    const key = generateEcKey(curve, random);
    assert.ok(key.kind === 'ec');
    const message = bytes(30, random);
    const signature = algorithm.sign(key, message, random);
    const publicKey = publicKeyOf(key);
    for (let at = 0; at < signature.length; at += curve === 'P-256' ? 1 : 5) {
      assert.ok(!algorithm.verify(publicKey, message, flip(signature, 8 * at)));
    }
    for (const bad of [
      signature.subarray(0, -1),
      Uint8Array.of(...signature, 0),
      new Uint8Array(0),
      new Uint8Array(signature.length),
      new Uint8Array(500).fill(0x30),
    ]) {
      assert.ok(!algorithm.verify(publicKey, message, bad));
    }
    for (const point of [
      new Uint8Array(0),
      Uint8Array.of(0),
      key.point.subarray(0, -1),
      new Uint8Array(key.point.length),
      flip(key.point, 30),
      flip(key.point, 6),
      Uint8Array.of(2, ...key.point.subarray(1, 1 + (key.point.length - 1) / 2)),
    ]) {
      assert.equal(algorithm.verify({ kind: 'ec', curve, point }, message, signature), false);
    }
  });
}

test('ECDSA: verify takes any of the three curves, fits only the one of TLS 1.3', () => {
  const random = repeatable();
  const key = generateEcKey('P-256', random);
  const sha384 = scheme('ecdsa_secp384r1_sha384');
  const message = bytes(10, random);
  assert.ok(sha384.verify(publicKeyOf(key), message, sha384.sign(key, message, random)));
  assert.equal(sha384.fits(key), false);
  assert.equal(sha384.fits(publicKeyOf(key)), false);
  assert.equal(scheme('ecdsa_secp256r1_sha256').fits(key), true);
});

test('Ed25519 agrees with OpenSSL byte for byte', () => {
  const random = repeatable(3);
  const algorithm = scheme('ed25519');
  for (let i = 0; i < 8; i++) {
    const key = generateEd25519Key(random);
    assert.ok(key.kind === 'ed25519');
    const der = Buffer.concat([hex('302e020100300506032b657004220420'), key.seed.reveal()]);
    const theirs = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const message = bytes(i * 13, random);
    const signature = algorithm.sign(key, message, random);
    assert.deepEqual(signature, new Uint8Array(sign(null, message, theirs)));
    assert.ok(verify(null, message, nodePublicKey('302a300506032b6570032100', key.publicKey), signature));
    for (let at = 0; at < 64; at += 7) {
      assert.ok(!algorithm.verify(publicKeyOf(key), message, flip(signature, 8 * at + i)));
    }
    assert.ok(!algorithm.verify({ kind: 'ed25519', key: key.publicKey.subarray(1) }, message, signature));
    assert.ok(!algorithm.verify({ kind: 'ed25519', key: new Uint8Array(32) }, message, signature));
    assert.ok(!algorithm.verify(publicKeyOf(key), message, signature.subarray(0, 63)));
    assert.ok(!algorithm.verify(publicKeyOf(key), message, Uint8Array.of(...signature, 0)));
  }
});

test('Ed25519: the public key named beside the seed does not enter the signature', () => {
  const random = repeatable(4);
  const key = generateEd25519Key(random);
  const other = generateEd25519Key(random);
  assert.ok(key.kind === 'ed25519' && other.kind === 'ed25519');
  const mixed: PrivateKey = { kind: 'ed25519', seed: key.seed, publicKey: other.publicKey };
  const message = bytes(5, random);
  assert.deepEqual(
    scheme('ed25519').sign(mixed, message, random),
    scheme('ed25519').sign(key, message, random),
  );
});

test('a key of another kind neither verifies, fits nor signs', () => {
  const random = repeatable(5);
  const keys = [generateEcKey('P-256', random), generateEd25519Key(random)];
  for (const algorithm of ALL) {
    for (const key of keys.filter((each) => each.kind !== algorithm.keyKind)) {
      assert.equal(algorithm.fits(key), false);
      assert.equal(algorithm.verify(publicKeyOf(key), new Uint8Array(1), new Uint8Array(64)), false);
      assert.throws(
        () => algorithm.sign(key, new Uint8Array(1), random),
        (error) => error instanceof TLSError && error.reason === 'internal_error',
      );
    }
    const unknown: PublicKey = { kind: 'unknown', algorithmOid: '1.2.3' };
    assert.equal(algorithm.fits(unknown), false);
    assert.equal(algorithm.verify(unknown, new Uint8Array(1), new Uint8Array(64)), false);
  }
});

test('DER signatures: only the one canonical form is read', () => {
  const good = '3006' + '020101' + '020102';
  const compact = (text: string): Uint8Array | undefined => signatureFromDer(hex(text), 32);
  assert.equal(compact(good)?.[31], 1);
  assert.equal(compact(good)?.[63], 2);
  assert.equal(compact('3008' + '02020080' + '02020081')?.[63], 0x81, 'a sign byte where it is needed');
  const ff = 'ff'.repeat(32);
  assert.equal(compact(`3046022100${ff}022100${ff}`)?.length, 64);
  const long = `7f${'ff'.repeat(65)}`;
  assert.equal(
    signatureFromDer(hex(`308188${`0242${long}`.repeat(2)}`), 66)?.length,
    132,
    'P-521 in the long form',
  );
  for (const bad of [
    '',
    '30',
    '3000',
    '3003020101',
    '3006020101020102' + '00',
    '3007020101020102' + '00',
    '3005020101020102',
    '3106020101020102',
    '3006030101020102',
    '3006020101030102',
    '308106020101020102',
    '30820006020101020102',
    '3080020101020102' + '0000',
    '3007' + '02020001' + '020102',
    '3007' + '020101' + '02020002',
    '3006' + '0201ff' + '020102',
    '3006' + '020101' + '020180',
    '3005' + '0200' + '020102',
    '3005' + '020101' + '0200',
    '3007' + '02810101' + '020102',
    '3009' + '020101' + '020102' + '020103',
    `3047022200${ff}01022100${ff}`,
    `304502210100${ff.slice(2)}020101`,
    '3006' + '020101' + '020201',
    `30ff${good}`,
  ]) {
    assert.equal(compact(bad), undefined, bad);
  }
});
