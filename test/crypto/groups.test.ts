import assert from 'node:assert/strict';
import { createECDH, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { test } from 'node:test';
import {
  isUncompressedPoint,
  publicPoint,
  randomScalar,
  secp256r1,
  secp384r1,
  secp521r1,
  x25519,
} from '../../src/crypto/noble/groups.ts';
import { x25519MlKem768 } from '../../src/crypto/noble/hybrid.ts';
import type { EcCurveName, KeyExchangeGroup, RandomSource } from '../../src/crypto/provider.ts';
import * as wasmKem from '../../src/crypto/wasm/mlkem.ts';
import { secp256r1 as kernelP256 } from '../../src/crypto/wasm/nist.ts';
import * as wasmCurve from '../../src/crypto/wasm/x25519.ts';
import { TLSError } from '../../src/wire/error.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { bytes, flip, hex, repeatable, scripted, vectors } from './support/vectors.ts';

const wasm = { x25519: wasmCurve.x25519, x25519MlKem768: wasmKem.x25519MlKem768 } as const;

const ALL: readonly KeyExchangeGroup[] = [
  x25519MlKem768,
  x25519,
  secp256r1,
  secp384r1,
  secp521r1,
  wasm.x25519,
  wasm.x25519MlKem768,
  kernelP256,
];

for (const [index, group] of ALL.entries()) {
  const name = `${index < 5 ? 'noble' : 'wasm'}, ${group.name}`;
  test(`${name}: both sides agree, shares have their length, another run differs`, () => {
    const random = repeatable();
    const client = group.generate(random);
    assert.equal(client.share.length, group.clientShareLength);
    const server = group.encapsulate(client.share, random);
    assert.ok(server);
    assert.equal(server.share.length, group.serverShareLength);
    const secret = client.agree(server.share);
    assert.ok(secret?.equals(server.secret));
    assert.ok(server.secret.reveal().some((byte) => byte !== 0));
    assert.notDeepEqual(group.generate(random).share, client.share);
    const again = group.encapsulate(client.share, random);
    assert.ok(again && !again.secret.equals(server.secret));
  });

  test(`${name}: a share of any wrong length is refused on both sides`, () => {
    const random = repeatable();
    const client = group.generate(random);
    const server = group.encapsulate(client.share, random);
    assert.ok(server);
    for (const length of [0, 1, 31, 32, 33, 64, 65, 66, 97, 133, 1088, 1120, 1184, 1216, 1217]) {
      if (length !== group.clientShareLength) {
        const share = new Uint8Array(length);
        share.set(client.share.subarray(0, length));
        assert.equal(group.encapsulate(share, random), undefined);
      }
      if (length !== group.serverShareLength) {
        const share = new Uint8Array(length);
        share.set(server.share.subarray(0, length));
        assert.equal(client.agree(share), undefined);
      }
    }
  });

  test(`${name}: a share of zeros is refused on both sides`, () => {
    const random = repeatable();
    assert.equal(group.encapsulate(new Uint8Array(group.clientShareLength), random), undefined);
    assert.equal(group.generate(random).agree(new Uint8Array(group.serverShareLength)), undefined);
  });

  test(`${name}: the random source's failure is not the peer's fault`, () => {
    const client = group.generate(repeatable());
    const broken: RandomSource = () => {
      throw new TLSError('no_random', 'none');
    };
    const noRandom = (error: unknown): boolean => error instanceof TLSError && error.reason === 'no_random';
    assert.throws(() => group.generate(broken), noRandom);
    assert.throws(() => group.encapsulate(client.share, broken), noRandom);
  });

  test(`${name}: a wiped key agrees no more`, () => {
    const random = repeatable();
    const client = group.generate(random);
    const server = group.encapsulate(client.share, random);
    assert.ok(server);
    client.wipe();
    assert.throws(() => client.agree(server.share));
  });

  test(`${name}: the private key is drawn first, in one call, so traces replay`, () => {
    const calls: number[] = [];
    const fill = repeatable();
    group.generate((out) => {
      calls.push(out.length);
      fill(out);
    });
    const expected = new Map<string, number>([
      ['X25519MLKEM768', 64],
      ['x25519', 32],
      ['secp256r1', 32],
      ['secp384r1', 48],
      ['secp521r1', 66],
    ]);
    assert.equal(calls[0], expected.get(group.name));
  });
}

test('code points', () => {
  assert.deepEqual(
    ALL.map((group) => group.code),
    [
      NamedGroup.X25519MLKEM768,
      NamedGroup.x25519,
      NamedGroup.secp256r1,
      NamedGroup.secp384r1,
      NamedGroup.secp521r1,
      NamedGroup.x25519,
      NamedGroup.X25519MLKEM768,
      NamedGroup.secp256r1,
    ],
  );
});

interface Rfc7748 {
  readonly tests: readonly Record<'privateKey' | 'public' | 'shared', string>[];
}

/** Points of small order and their non-canonical encodings (RFC 7748 6.1; the list of cr.yp.to/ecdh.html). */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

const IMPLEMENTATIONS = [
  ['noble', { x25519, x25519MlKem768 }],
  ['wasm', wasm],
] as const;

for (const [provider, of] of IMPLEMENTATIONS) {
  test(`${provider}: RFC 7748 vectors`, () => {
    const { tests } = vectors<Rfc7748>('x25519-rfc7748.json');
    assert.equal(tests.length, 3);
    for (const each of tests) {
      const secret = of.x25519.generate(scripted(hex(each.privateKey))).agree(hex(each.public));
      assert.deepEqual(secret?.reveal(), hex(each.shared));
    }
  });

  test(`${provider}, X25519: shares of small order are refused, alone and in the hybrid`, () => {
    const random = repeatable();
    const client = of.x25519.generate(random);
    const hybrid = of.x25519MlKem768.generate(random);
    const answer = of.x25519MlKem768.encapsulate(hybrid.share, random);
    assert.ok(answer);
    for (const share of SMALL_ORDER.map(hex)) {
      assert.equal(client.agree(share), undefined);
      assert.equal(of.x25519.encapsulate(share, random), undefined);
      const toServer = hybrid.share.slice();
      toServer.set(share, 1184);
      assert.equal(of.x25519MlKem768.encapsulate(toServer, random), undefined);
      const toClient = answer.share.slice();
      toClient.set(share, 1088);
      assert.equal(hybrid.agree(toClient), undefined);
    }
  });

  test(`${provider}, X25519: the top bit of a share is ignored (RFC 7748 5)`, () => {
    const random = repeatable();
    const [a, b] = [of.x25519.generate(random), of.x25519.generate(random)];
    assert.ok(a.agree(flip(b.share, 255))?.equals(a.agree(b.share) ?? new Uint8Array(0)));
  });

  test(`${provider}: X25519 agrees with OpenSSL`, () => {
    const random = repeatable(3);
    for (let i = 0; i < 10; i++) {
      const [mine, theirs] = [bytes(32, random), bytes(32, random)];
      const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), theirs]);
      const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
      const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
      const client = of.x25519.generate(scripted(mine));
      const share = Buffer.concat([spki.subarray(0, 12), client.share]);
      const publicKey = createPublicKey({ key: share, format: 'der', type: 'spki' });
      const secret = client.agree(new Uint8Array(spki.subarray(12)));
      assert.deepEqual(secret?.reveal(), new Uint8Array(diffieHellman({ privateKey, publicKey })));
    }
  });
}

const NIST = [
  [secp256r1, 'P-256', 'prime256v1'],
  [kernelP256, 'P-256', 'prime256v1'],
  [secp384r1, 'P-384', 'secp384r1'],
  [secp521r1, 'P-521', 'secp521r1'],
] as const satisfies readonly (readonly [KeyExchangeGroup, EcCurveName, string])[];

for (const [group, curve, opensslName] of NIST) {
  const name = `${group === kernelP256 ? 'wasm' : 'noble'}, ${group.name}`;
  test(`${name} agrees with OpenSSL`, () => {
    const random = repeatable(4);
    for (let i = 0; i < 4; i++) {
      const theirs = createECDH(opensslName);
      theirs.generateKeys();
      const client = group.generate(random);
      const secret = client.agree(new Uint8Array(theirs.getPublicKey()));
      assert.deepEqual(secret?.reveal(), new Uint8Array(theirs.computeSecret(client.share)));
    }
  });

  test(`${name}: compressed, hybrid, off the curve, out of range and infinite points are refused`, () => {
    const random = repeatable(5);
    const client = group.generate(random);
    const { share } = group.generate(random);
    const half = (share.length - 1) / 2;
    const withFirst = (first: number): Uint8Array => {
      const copy = share.slice();
      copy[0] = first;
      return copy;
    };
    const compressed = share.slice(0, 1 + half);
    compressed[0] = 2;
    const outOfRange = share.slice();
    outOfRange.fill(0xff, 1, 1 + half);
    const swapped = Uint8Array.of(4, ...share.subarray(1 + half), ...share.subarray(1, 1 + half));
    const bad = [
      compressed,
      Uint8Array.of(0),
      new Uint8Array(share.length),
      ...[0, 1, 2, 3, 5, 6, 7, 0x84].map(withFirst),
      outOfRange,
      swapped,
      ...Array.from({ length: 40 }, (_, i) => flip(share, 8 + i * 6)),
      Uint8Array.of(4, ...share.subarray(1), 0),
    ];
    for (const each of bad) {
      assert.equal(client.agree(each), undefined);
      assert.equal(group.encapsulate(each, random), undefined);
      assert.equal(isUncompressedPoint(curve, each), false);
    }
    assert.equal(isUncompressedPoint(curve, share), true);
    assert.ok(client.agree(share));
  });

  test(`${name}: scalars out of range are drawn again, and a source stuck there is an error`, () => {
    const length = (group.clientShareLength - 1) / 2;
    const good = new Uint8Array(length).fill(0);
    good[length - 1] = 3;
    const queue = [new Uint8Array(length), new Uint8Array(length).fill(0xff), good];
    const scalar = randomScalar(curve, (out) => out.set(queue.shift() ?? good));
    assert.deepEqual(scalar.reveal(), good);
    for (const stuck of [0, 0xff]) {
      assert.throws(
        () => randomScalar(curve, (out) => out.fill(stuck)),
        (error) => error instanceof TLSError && error.reason === 'no_random',
      );
    }
    assert.equal(publicPoint(curve, good, repeatable()).length, group.clientShareLength);
  });
}

test('hybrid: share and secret are ML-KEM first, then X25519', () => {
  const random = repeatable(6);
  const [seed, x] = [bytes(64, random), bytes(32, random)];
  const client = x25519MlKem768.generate(scripted(seed, x));
  assert.deepEqual(client.share.subarray(1184), x25519.generate(scripted(x)).share);
  const server = x25519MlKem768.encapsulate(client.share, random);
  assert.ok(server);
  assert.equal(server.secret.length, 64);
  const classical = x25519.generate(scripted(x)).agree(server.share.subarray(1088));
  assert.deepEqual(server.secret.reveal().subarray(32), classical?.reveal());
});

test('hybrid: an encapsulation key that is not reduced modulo q is refused (FIPS 203 7.2)', () => {
  const random = repeatable(7);
  const { share } = x25519MlKem768.generate(random);
  for (const at of [0, 3, 600, 1149]) {
    // Three bytes hold two 12-bit coefficients: 0xfff is above 3328.
    const bad = share.slice();
    bad.fill(0xff, at, at + 3);
    assert.equal(x25519MlKem768.encapsulate(bad, random), undefined);
  }
});

test('hybrid: a changed ciphertext gives another secret, not an error', () => {
  const random = repeatable(8);
  const client = x25519MlKem768.generate(random);
  const server = x25519MlKem768.encapsulate(client.share, random);
  assert.ok(server);
  const secret = client.agree(flip(server.share, 77));
  assert.ok(secret);
  assert.notDeepEqual(secret.reveal().subarray(0, 32), server.secret.reveal().subarray(0, 32));
  assert.deepEqual(secret.reveal().subarray(32), server.secret.reveal().subarray(32));
});
