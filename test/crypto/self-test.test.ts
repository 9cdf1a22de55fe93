import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { AeadKey, CryptoProvider, HashFunction } from '../../src/crypto/provider.ts';
import { selfTest } from '../../src/crypto/self-test.ts';
import { repeatable } from './support/vectors.ts';

const provider = nobleProvider(repeatable());

const failures = (of: CryptoProvider): string[] =>
  selfTest(of)
    .filter((result) => !result.ok)
    .map((result) => result.name);

test('the noble provider passes, every primitive by name', () => {
  const results = selfTest(provider);
  assert.deepEqual(
    results.filter((result) => !result.ok),
    [],
  );
  const names = results.map((result) => result.name);
  for (const name of [
    ...provider.hashes.map((each) => each.name),
    ...provider.groups.map((each) => each.name),
    ...provider.signatureAlgorithms.map((each) => each.name),
    'AES-128-GCM',
    'AES-256-GCM',
    'ChaCha20-Poly1305',
    'HKDF',
  ]) {
    assert.ok(names.includes(name), name);
  }
});

test('a broken hash is found', () => {
  const broken: HashFunction = { ...provider.hashes[1], digest: () => new Uint8Array(48) } as HashFunction;
  const hashes = provider.hashes.map((each) => (each.name === broken.name ? broken : each));
  assert.deepEqual(failures({ ...provider, hashes }), ['SHA-384']);
});

test('an AEAD that opens forgeries is found', () => {
  const cipherSuites13 = provider.cipherSuites13.map((suite) => {
    if (suite.aead.name !== 'AES-128-GCM') return suite;
    const create = (raw: Uint8Array): AeadKey => {
      const key = suite.aead.create(raw);
      return {
        seal: (nonce, aad, buffer, offset, length) => key.seal(nonce, aad, buffer, offset, length),
        open: (_nonce, _aad, _buffer, _offset, length) => length - 16,
        wipe: () => key.wipe(),
      };
    };
    return { ...suite, aead: { ...suite.aead, create } };
  });
  assert.deepEqual(failures({ ...provider, cipherSuites13 }), ['AES-128-GCM']);
});

test('a scheme that accepts anything, and one that signs rubbish, are found', () => {
  const signatureAlgorithms = provider.signatureAlgorithms.map((each) => {
    if (each.name === 'ed25519') return { ...each, verify: () => true };
    if (each.name === 'rsa_pkcs1_sha512') return { ...each, sign: () => new Uint8Array(256) };
    return each;
  });
  assert.deepEqual(failures({ ...provider, signatureAlgorithms }), ['ed25519', 'rsa_pkcs1_sha512']);
});

test('a group that takes zeros or throws is found, and so is one without a known answer', () => {
  const groups = provider.groups.map((each) => {
    if (each.name === 'secp256r1') return { ...each, encapsulate: () => undefined };
    if (each.name === 'x25519') return { ...each, name: 'x25520' };
    if (each.name === 'secp384r1')
      return {
        ...each,
        generate: () => {
          throw new Error('no');
        },
      };
    return each;
  });
  assert.deepEqual(failures({ ...provider, groups }), ['x25520', 'secp256r1', 'secp384r1']);
});
