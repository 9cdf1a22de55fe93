import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  derBitString,
  derExplicit,
  derNull,
  derOid,
  derSequence,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { OID } from '../../src/x509/oid.ts';
import {
  encodePublicKey,
  generateKey,
  type PublicKey,
  parsePublicKey,
  publicKeyOf,
  samePublicKey,
} from '../../src/x509.ts';
import { hex, random, spareKey, thrown } from './kit.ts';

describe('public keys', () => {
  test('what is written reads back', () => {
    const key = publicKeyOf(spareKey);
    assert.deepEqual(parsePublicKey(encodePublicKey(key)), key);
  });
  test('RSASSA-PSS parameters are strict', () => {
    const sha256 = derSequence(derOid(OID.sha256), derNull());
    const sha384 = derSequence(derOid(OID.sha384), derNull());
    const mask = (hash: Uint8Array): Uint8Array => derSequence(derOid(OID.mgf1), hash);
    const pss = (...fields: Uint8Array[]): Uint8Array =>
      derSequence(
        derSequence(derOid(OID.rsassaPss), derSequence(...fields)),
        derBitString(derSequence(derUnsigned(hex('ff01')), derUnsigned(3))),
      );
    const salt = derExplicit(2, derUnsigned(32));
    const good = parsePublicKey(pss(derExplicit(0, sha256), derExplicit(1, mask(sha256)), salt));
    assert.deepEqual(good.kind === 'rsa-pss' && good.parameters, { hash: 'SHA-256', saltLength: 32 });
    const bad: readonly [string, Uint8Array, RegExp][] = [
      [
        'masks with another hash',
        pss(derExplicit(0, sha256), derExplicit(1, mask(sha384)), salt),
        /hash of the message/,
      ],
      ['masks with SHA-1 by default', pss(derExplicit(0, sha256), salt), /hash of the message/],
      [
        'the default salt written out',
        pss(derExplicit(0, sha256), derExplicit(1, mask(sha256)), derExplicit(2, derUnsigned(20))),
        /default value/,
      ],
      [
        'a huge salt',
        pss(derExplicit(0, sha256), derExplicit(1, mask(sha256)), derExplicit(2, derUnsigned(65))),
        /greater than/,
      ],
      [
        'a trailer field',
        pss(derExplicit(0, sha256), derExplicit(1, mask(sha256)), salt, derExplicit(3, derUnsigned(1))),
        /unexpected bytes/,
      ],
      [
        'another mask',
        pss(derExplicit(0, sha256), derExplicit(1, derSequence(derOid('1.2.3'), sha256)), salt),
        /mask generation/,
      ],
      ['an unknown hash', pss(derExplicit(0, derSequence(derOid('1.2.3')))), /unsupported hash/],
      [
        'a hash with parameters',
        pss(derExplicit(0, derSequence(derOid(OID.sha256), derSequence()))),
        /NULL or absent/,
      ],
    ];
    for (const [what, der, message] of bad) {
      assert.match(thrown('MALFORMED', () => parsePublicKey(der)).message, message, what);
    }
    thrown('UNSUPPORTED_KEY', () => parsePublicKey(pss()));
  });
});

describe('the same key', () => {
  const kinds = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'ed448'] as const;
  const keys: readonly PublicKey[] = [
    ...kinds.flatMap((kind) => [generateKey(kind, random), generateKey(kind, random)].map(publicKeyOf)),
    { kind: 'rsa', modulus: hex('ff01'), exponent: hex('03') },
    { kind: 'rsa', modulus: hex('ff03'), exponent: hex('03') },
    { kind: 'rsa', modulus: hex('ff01'), exponent: hex('05') },
  ];
  test('is the same as itself only', () => {
    for (const [i, a] of keys.entries()) {
      for (const [j, b] of keys.entries()) assert.equal(samePublicKey(a, b), i === j, `${i} ${j}`);
    }
  });
  test('an RSA key bound to PSS is the same key as one that is not', () => {
    const bound: PublicKey = {
      kind: 'rsa-pss',
      modulus: hex('ff01'),
      exponent: hex('03'),
      parameters: undefined,
    };
    assert.deepEqual(keys.map((key) => samePublicKey(bound, key)).indexOf(true), 8);
    assert.ok(samePublicKey(bound, bound));
  });
  test('what nobody knows is never the same', () => {
    const unknown: PublicKey = { kind: 'unknown', algorithmOid: '1.2.3' };
    assert.equal(samePublicKey(unknown, unknown), false);
  });
});

describe('Ed448 keys (RFC 8410)', () => {
  const key = (length: number, ...parameters: Uint8Array[]): Uint8Array =>
    derSequence(derSequence(derOid(OID.ed448), ...parameters), derBitString(new Uint8Array(length)));
  test('have 57 bytes and no parameters', () => {
    assert.equal(parsePublicKey(key(57)).kind, 'ed448');
    thrown('MALFORMED', () => parsePublicKey(key(56)));
    thrown('MALFORMED', () => parsePublicKey(key(58)));
    thrown('MALFORMED', () => parsePublicKey(key(57, derNull())));
  });
});
