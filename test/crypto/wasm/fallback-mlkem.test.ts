/** ML-KEM and Ed25519 where the host forbids compiling, and what is not compiled where it is not needed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../src/bytes/secret.ts';
import { x25519MlKem768 as nobleHybrid } from '../../../src/crypto/noble/hybrid.ts';
import { ed25519PublicKey } from '../../../src/crypto/noble/keys.ts';
import { mlKem1024 as nobleKem } from '../../../src/crypto/noble/ml-kem.ts';
import { verifyEd25519 } from '../../../src/crypto/noble/signatures.ts';
import { mlKem1024, x25519MlKem768 } from '../../../src/crypto/wasm/mlkem.ts';
import { kernelStatus, wasmProvider } from '../../../src/crypto/wasm/provider.ts';
import { x25519 } from '../../../src/crypto/wasm/x25519.ts';

const random = (out: Uint8Array): void => void out.fill(0x5a);
const stateOf = (name: string): string | undefined =>
  kernelStatus().find((each) => each.name === name)?.state;

// First of all, since kernels are made once for a process.
test('a connection with X25519 alone compiles neither ML-KEM nor Ed25519', () => {
  const client = x25519.generate(random);
  const server = x25519.encapsulate(client.share, random);
  assert.ok(server && client.agree(server.share)?.equals(server.secret));
  assert.equal(stateOf('X25519'), 'running');
  for (const name of ['ML-KEM-768', 'ML-KEM-1024', 'Ed25519']) assert.equal(stateOf(name), 'not used yet');
});

test('a host that forbids compiling gets the reference, function by function', () => {
  const host = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly');
  assert.ok(host);
  class Forbidden {
    constructor() {
      throw new Error('a policy forbids this');
    }
  }
  const value = { validate: () => true, Module: Forbidden, Instance: Forbidden };
  Object.defineProperty(globalThis, 'WebAssembly', { value, configurable: true, writable: true });
  try {
    for (const [ours, theirs] of [
      [x25519MlKem768, nobleHybrid],
      [mlKem1024, nobleKem],
    ] as const) {
      const [client, reference] = [ours.generate(random), theirs.generate(random)];
      assert.deepEqual(client.share, reference.share);
      const [server, expected] = [
        ours.encapsulate(client.share, random),
        theirs.encapsulate(client.share, random),
      ];
      assert.ok(server && expected);
      assert.deepEqual(server.share, expected.share);
      assert.ok(server.secret.equals(expected.secret));
      assert.ok(client.agree(server.share)?.equals(expected.secret));
      const bad = client.share.fill(255, 0, 3);
      assert.equal(ours.encapsulate(bad, random), undefined);
    }
    const algorithm = wasmProvider(random).signatureAlgorithms.find((each) => each.keyKind === 'ed25519');
    assert.ok(algorithm);
    const [seed, message] = [new Uint8Array(32).fill(3), new Uint8Array(10)];
    const key = ed25519PublicKey(seed, random);
    const signature = algorithm.sign(
      { kind: 'ed25519', seed: new Secret(seed), publicKey: key },
      message,
      random,
    );
    assert.ok(verifyEd25519(key, message, signature));
    assert.ok(algorithm.verify({ kind: 'ed25519', key }, message, signature));
    assert.equal(algorithm.verify({ kind: 'ed25519', key }, new Uint8Array(9), signature), false);
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', host);
  }
  for (const name of ['ML-KEM-768', 'ML-KEM-1024', 'Ed25519']) {
    const status = kernelStatus().find((each) => each.name === name);
    assert.deepEqual(status, { name, state: 'unusable', reason: 'a policy forbids this' });
  }
});
