/**
 * Signatures of PKCS#1 v1.5 that were made without the key.
 *
 * - Bleichenbacher's forgery, CVE-2006-4339 (OpenSSL), BERserk, CVE-2014-1568 (NSS), CVE-2022-24771 and CVE-2022-24773
 *   (node-forge): the encoding was parsed, and what stood behind the digest, in the padding or in the parameters was not
 *   looked at. Here the one right encoding is made and compared, over BigInt and over the kernel.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { PublicKey } from '../../src/crypto/provider.ts';
import { toBytes, toInteger } from '../../src/crypto/rsa/integer.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { hex, vectors } from '../crypto/support/vectors.ts';

const message = new TextEncoder().encode('puretls');
const digest = sha256.digest(message);
const INFO = hex('3031300d060960864801650304020105000420');
const LENGTH = 384;
const IMPLEMENTATIONS = [nobleProvider(platformRandom), wasmProvider(platformRandom)].map((provider) => {
  const algorithm = provider.signatureAlgorithms.find(
    ({ code }) => code === SignatureScheme.rsa_pkcs1_sha256,
  );
  assert.ok(algorithm);
  return { name: provider.name, algorithm };
});

/** That each implementation says the same of a signature, and this. */
function assertVerdict(key: PublicKey, signature: Uint8Array, verdict: boolean): void {
  for (const { name, algorithm } of IMPLEMENTATIONS) {
    assert.ok(algorithm.fits(key));
    assert.equal(algorithm.verify(key, message, signature), verdict, name);
  }
}

/** With e = 3 a signature is a cube root: no key is needed where only the front of the encoding is looked at. */
function cubeKey(): PublicKey {
  const modulus = new Uint8Array(LENGTH).fill(0xff);
  modulus[LENGTH - 1] = 0xfd;
  return { kind: 'rsa', modulus, exponent: Uint8Array.of(3) };
}

/** The smallest number whose cube is not below `n`. */
function cubeRoot(n: bigint): bigint {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(n.toString(2).length / 3) + 1);
  while (low < high) {
    const middle = (low + high) >> 1n;
    if (middle ** 3n < n) low = middle + 1n;
    else high = middle;
  }
  return low;
}

/** A signature whose cube begins with `front`; what follows is whatever it is. */
function forge(front: Uint8Array): { signature: Uint8Array; encoded: Uint8Array } {
  const wanted = new Uint8Array(LENGTH);
  wanted.set(front);
  const root = cubeRoot(toInteger(wanted));
  return { signature: toBytes(root, LENGTH), encoded: toBytes(root ** 3n, LENGTH) };
}

describe('cubes', () => {
  const key = cubeKey();
  const FRONTS: Readonly<Record<string, readonly number[]>> = {
    'CVE-2006-4339: short padding, the digest, garbage': [
      0,
      1,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0xff,
      0,
      ...INFO,
      ...digest,
    ],
    'one byte of padding': [0, 1, 0xff, 0, ...INFO, ...digest],
    'no padding': [0, 1, 0, ...INFO, ...digest],
  };
  for (const [what, front] of Object.entries(FRONTS)) {
    test(what, () => {
      const { signature, encoded } = forge(Uint8Array.from(front));
      assert.deepEqual([...encoded.slice(0, front.length)], front, 'the forgery says what it should');
      assertVerdict(key, signature, false);
    });
  }
  test('CVE-2014-1568: the garbage is hidden in a long length inside DigestInfo', () => {
    // SEQUENCE { SEQUENCE { OID, parameters of 200 bytes }, OCTET STRING }, lengths in long form.
    const hidden = [
      0,
      1,
      ...new Array<number>(8).fill(0xff),
      0,
      0x30,
      0x82,
      1,
      0x20,
      0x30,
      0x81,
      0xf0,
      ...INFO.slice(4, 15),
      4,
      0x81,
      0xe0,
    ];
    const { signature, encoded } = forge(Uint8Array.from(hidden));
    assert.deepEqual([...encoded.slice(0, hidden.length)], hidden);
    assertVerdict(key, signature, false);
  });
  test('CVE-2022-24771: garbage where the parameters are', () => {
    const info = [...INFO.slice(0, 15), 5, 0x10, ...new Array<number>(16).fill(7)];
    const { signature } = forge(Uint8Array.of(0, 1, ...new Array<number>(8).fill(0xff), 0, ...info));
    assertVerdict(key, signature, false);
  });
});

describe('with the key, any other encoding', () => {
  interface File {
    readonly keys: readonly { readonly modulus: string; readonly privateExponent: string }[];
  }
  const [numbers] = vectors<File>('rsa-openssl.json').keys;
  assert.ok(numbers);
  const n = toInteger(hex(numbers.modulus));
  const d = toInteger(hex(numbers.privateExponent));
  const key: PublicKey = { kind: 'rsa', modulus: hex(numbers.modulus), exponent: hex('010001') };
  const { length } = hex(numbers.modulus);

  function power(base: bigint): bigint {
    let result = 1n;
    let square = base;
    for (let e = d; e > 0n; e >>= 1n) {
      if ((e & 1n) === 1n) result = (result * square) % n;
      square = (square * square) % n;
    }
    return result;
  }
  const signed = (front: readonly number[], tail: readonly number[], fill = 0xff): Uint8Array => {
    const encoded = new Uint8Array(length).fill(fill);
    encoded.set(front);
    encoded.set(tail, length - tail.length);
    return toBytes(power(toInteger(encoded)), length);
  };
  const info = [...INFO, ...digest];
  const noNull = [...hex('302f300b06096086480165030402010420'), ...digest];

  test('the one right encoding is taken', () => {
    assertVerdict(key, signed([0, 1], [0, ...info]), true);
  });
  const OTHERS: Readonly<Record<string, Uint8Array>> = {
    'CVE-2022-24773: NULL left out': signed([0, 1], [0, ...noNull]),
    'padding of another byte': signed([0, 1], [0, ...info], 0xfe),
    'block type 2': signed([0, 2], [0, ...info]),
    'block type 0': signed([0, 0], [0, ...info], 0),
    'the digest alone': signed([0, 1], [0, ...digest]),
    'a byte behind the digest': signed([0, 1], [0, ...info, 0]),
    'another digest': signed([0, 1], [0, ...INFO, ...sha256.digest(digest)]),
    'SHA-1 for the same bytes': signed(
      [0, 1],
      [0, ...hex('3021300906052b0e03021a05000414'), ...digest.slice(0, 20)],
    ),
  };
  for (const [what, signature] of Object.entries(OTHERS)) {
    test(what, () => {
      assertVerdict(key, signature, false);
    });
  }
});
