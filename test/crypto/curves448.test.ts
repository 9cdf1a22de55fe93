/** X448 and Ed448: published answers, OpenSSL as the other side, and noble's own ready-made curves. */
import assert from 'node:assert/strict';
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import { ed448 as nobleEd448, x448 as nobleX448 } from '@noble/curves/ed448.js';
import { Secret } from '../../src/bytes/secret.ts';
import { ed25519, withEntropy } from '../../src/crypto/noble/curves.ts';
import { x448 as curve448, ed448 } from '../../src/crypto/noble/curves448.ts';
import { x448 } from '../../src/crypto/noble/groups.ts';
import { ed448PublicKey, generateEd448Key, publicKeyOf } from '../../src/crypto/noble/keys.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { PrivateKey, SignatureAlgorithm } from '../../src/crypto/provider.ts';
import { TLSError } from '../../src/wire/error.ts';
import { NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import {
  encodePublicKey,
  exportPrivateKey,
  parsePrivateKey,
  parsePublicKey,
  X509Error,
} from '../../src/x509.ts';
import { bytes, flip, hex, repeatable, scripted, vectors } from './support/vectors.ts';

interface Answers {
  readonly x448: Record<'alicePrivate' | 'alicePublic' | 'bobPrivate' | 'bobPublic' | 'shared', string>;
  readonly x448Ladder: readonly Record<'scalar' | 'u' | 'result', string>[];
  readonly ed448: readonly Record<'seed' | 'publicKey' | 'message' | 'signature', string>[];
}

const answers = vectors<Answers>('curves448.json');
const random = repeatable();
const text = (data: Uint8Array | undefined): string => Buffer.from(data ?? []).toString('hex');
const der = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }));

function scheme(): SignatureAlgorithm {
  const found = nobleProvider(random).signatureAlgorithms.find((each) => each.code === SignatureScheme.ed448);
  assert.ok(found);
  return found;
}

/** The raw key in an SPKI of X448 or Ed448. */
const rawOf = (key: KeyObject, length: number): Uint8Array => der(key).subarray(-length);

test('the parameters are those of noble', () => {
  assert.deepEqual(ed448().Point.CURVE(), nobleEd448.Point.CURVE());
});

test('RFC 7748 6.2: both sides', () => {
  const { alicePrivate, alicePublic, bobPrivate, bobPublic, shared } = answers.x448;
  for (const [own, share, peer] of [
    [alicePrivate, alicePublic, bobPublic],
    [bobPrivate, bobPublic, alicePublic],
  ] as const) {
    const client = x448.generate(scripted(hex(own)));
    assert.equal(text(client.share), share);
    assert.equal(text(client.agree(hex(peer))?.reveal()), shared);
  }
  const server = x448.encapsulate(hex(alicePublic), scripted(hex(bobPrivate)));
  assert.equal(text(server?.share), bobPublic);
  assert.equal(text(server?.secret.reveal()), shared);
});

test('RFC 7748 5.2: the ladder', () => {
  assert.ok(answers.x448Ladder.length >= 3);
  for (const { scalar, u, result } of answers.x448Ladder) {
    assert.equal(
      text(
        x448
          .generate(scripted(hex(scalar)))
          .agree(hex(u))
          ?.reveal(),
      ),
      result,
    );
  }
});

test('OpenSSL agrees with us', () => {
  for (let i = 0; i < 4; i++) {
    const peer = generateKeyPairSync('x448');
    const server = x448.encapsulate(rawOf(peer.publicKey, 56), random);
    assert.ok(server);
    const spki = Buffer.concat([der(peer.publicKey).subarray(0, -56), server.share]);
    const theirs = diffieHellman({
      privateKey: peer.privateKey,
      publicKey: createPublicKey({ key: spki, type: 'spki', format: 'der' }),
    });
    assert.equal(text(server.secret.reveal()), theirs.toString('hex'));
  }
});

test('noble’s own agrees, whatever blinds ours', () => {
  for (let i = 0; i < 5; i++) {
    const [scalar, message] = [bytes(56, random), bytes(i * 30, random)];
    assert.deepEqual(
      withEntropy(random, () => curve448().getPublicKey(scalar)),
      nobleX448.getPublicKey(scalar),
    );
    const seed = bytes(57, random);
    assert.deepEqual(ed448PublicKey(seed, random), nobleEd448.getPublicKey(seed));
    assert.deepEqual(
      withEntropy(random, () => ed448().sign(message, seed)),
      nobleEd448.sign(message, seed),
    );
  }
  // The square root of point decompression, also where there is none.
  let points = 0;
  for (let i = 0; i < 60; i++) {
    const encoding = bytes(57, random);
    encoding[56] = (encoding[56] ?? 0) & 0x80;
    const decode = (curve: typeof nobleEd448): string | undefined => {
      try {
        return curve.Point.fromBytes(encoding).toHex();
      } catch {
        return undefined;
      }
    };
    assert.equal(decode(ed448()), decode(nobleEd448));
    if (decode(nobleEd448) !== undefined) points += 1;
  }
  assert.ok(points > 10 && points < 50, `${points} of 60`);
});

test('X448 refuses shares of low order and of another length, at both ends', () => {
  assert.equal(x448.code, NamedGroup.x448);
  assert.deepEqual([x448.clientShareLength, x448.serverShareLength, x448.postQuantum], [56, 56, false]);
  const client = x448.generate(random);
  const p = new Uint8Array(56).fill(0xff);
  p[28] = 0xfe;
  const [below, above] = [p.slice(), new Uint8Array(56).fill(0xff, 28)];
  below[0] = 0xfe;
  const one = new Uint8Array(56);
  one[0] = 1;
  for (const share of [
    new Uint8Array(56),
    one,
    below,
    p,
    above,
    new Uint8Array(0),
    client.share.slice(1),
    Uint8Array.of(...client.share, 0),
    new Uint8Array(32).fill(9),
  ]) {
    assert.equal(client.agree(share), undefined, text(share));
    assert.equal(x448.encapsulate(share, random), undefined, text(share));
  }
  // Not canonical and no low order: 2^448 - 1 is reduced (RFC 7748 5).
  assert.ok(client.agree(new Uint8Array(56).fill(0xff)));
  client.wipe();
  assert.throws(() => client.agree(client.share));
});

test('RFC 8032 7.4', () => {
  assert.ok(answers.ed448.length >= 2);
  for (const { seed, publicKey, message, signature } of answers.ed448) {
    const key: PrivateKey = { kind: 'ed448', seed: new Secret(hex(seed)), publicKey: hex(publicKey) };
    assert.equal(text(ed448PublicKey(hex(seed), random)), publicKey);
    assert.equal(text(scheme().sign(key, hex(message), random)), signature);
    assert.ok(scheme().verify(publicKeyOf(key), hex(message), hex(signature)));
    assert.ok(!scheme().verify(publicKeyOf(key), hex(`${message}00`), hex(signature)));
  }
});

test('OpenSSL signs and we verify, and the reverse', () => {
  const message = bytes(100, random);
  const theirs = generateKeyPairSync('ed448');
  const publicKey = parsePublicKey(der(theirs.publicKey));
  assert.ok(publicKey.kind === 'ed448');
  assert.ok(scheme().verify(publicKey, message, new Uint8Array(sign(null, message, theirs.privateKey))));
  const key = generateEd448Key(random);
  const spki = createPublicKey({
    key: Buffer.from(encodePublicKey(publicKeyOf(key))),
    type: 'spki',
    format: 'der',
  });
  const signature = scheme().sign(key, message, random);
  assert.ok(verify(null, message, spki, signature));
  assert.ok(!verify(null, message, spki, flip(signature, 5)));
});

test('keys pass through PKCS#8 in both directions', () => {
  const pem = generateKeyPairSync('ed448').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const key = parsePrivateKey(pem);
  assert.ok(key.kind === 'ed448');
  const again = createPrivateKey({ key: Buffer.from(exportPrivateKey(key)), type: 'pkcs8', format: 'der' });
  assert.equal(again.export({ type: 'pkcs8', format: 'pem' }).toString(), pem);
  const raw = exportPrivateKey(key);
  for (const broken of [raw.slice(0, -1), flip(raw, 8 * 16 - 1)]) {
    assert.throws(() => parsePrivateKey(broken), X509Error);
  }
});

test('any bit turned in signature or key, a wrong length, and keys of small order are refused', () => {
  const key = generateEd448Key(random);
  assert.ok(key.kind === 'ed448');
  const message = bytes(10, random);
  const signature = scheme().sign(key, message, random);
  const publicKey = publicKeyOf(key);
  for (let bit = 0; bit < 8 * 114; bit += 19) {
    assert.ok(!scheme().verify(publicKey, message, flip(signature, bit)), `bit ${bit}`);
  }
  for (let bit = 0; bit < 8 * 57; bit += 23) {
    assert.ok(!scheme().verify({ kind: 'ed448', key: flip(key.publicKey, bit) }, message, signature));
  }
  for (const bad of [new Uint8Array(0), signature.slice(1), Uint8Array.of(...signature, 0)]) {
    assert.ok(!scheme().verify(publicKey, message, bad));
  }
  const identity = new Uint8Array(57);
  identity[0] = 1;
  for (const bad of [new Uint8Array(57), identity, key.publicKey.slice(1), new Uint8Array(57).fill(0xff)]) {
    assert.ok(!scheme().verify({ kind: 'ed448', key: bad }, message, signature));
  }
});

test('one kind of key does not pass for another', () => {
  const key = generateEd448Key(random);
  assert.ok(key.kind === 'ed448');
  const message = bytes(10, random);
  const signature = scheme().sign(key, message, random);
  assert.ok(scheme().fits(key) && scheme().fits(publicKeyOf(key)));
  const posing = { kind: 'ed25519', key: key.publicKey } as const;
  assert.ok(!scheme().fits(posing));
  assert.ok(!scheme().verify(posing, message, signature));
  const seed = new Secret(new Uint8Array(32));
  const other: PrivateKey = { kind: 'ed25519', seed, publicKey: new Uint8Array(32) };
  assert.throws(
    () => scheme().sign(other, message, random),
    (error) => error instanceof TLSError && error.reason === 'internal_error',
  );
  assert.notDeepEqual(ed25519().Point.CURVE(), ed448().Point.CURVE());
});

test('a secret used without a source is an error of ours, not silently unblinded', () => {
  assert.throws(() => ed448().sign(new Uint8Array(1), new Uint8Array(57)), TLSError);
  let drawn = 0;
  const counting = (out: Uint8Array): void => {
    drawn += 1;
    out.fill(drawn);
  };
  withEntropy(counting, () => ed448().sign(new Uint8Array(1), bytes(57, random)));
  assert.ok(drawn > 0);
});
