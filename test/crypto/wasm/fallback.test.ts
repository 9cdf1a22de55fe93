/** Hosts that lack WebAssembly, forbid compiling, or compute something wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hkdfExpand } from '../../../src/crypto/hkdf.ts';
import { aes128Gcm as referenceAes } from '../../../src/crypto/noble/aes-gcm.ts';
import {
  secp256r1 as nobleP256,
  secp384r1 as nobleP384,
  x25519 as reference25519,
} from '../../../src/crypto/noble/groups.ts';
import * as nobleHashes from '../../../src/crypto/noble/hash.ts';
import { signatureAlgorithms } from '../../../src/crypto/noble/signatures.ts';
import { prf } from '../../../src/crypto/prf.ts';
import type { HashFunction, RandomSource } from '../../../src/crypto/provider.ts';
import { selfTest } from '../../../src/crypto/self-test.ts';
import { aes128Gcm, chacha20Poly1305 } from '../../../src/crypto/wasm/aead.ts';
import { AeadKernel } from '../../../src/crypto/wasm/aead-kernel.ts';
import { AES_GCM_MODULE } from '../../../src/crypto/wasm/binary/aes-gcm.ts';
import { hasVectorWebAssembly, KernelModule } from '../../../src/crypto/wasm/host.ts';
import { LazyKernel } from '../../../src/crypto/wasm/lazy.ts';
import { secp256r1, secp384r1 } from '../../../src/crypto/wasm/nist.ts';
import { kernelStatus, namedProvider, wasmProvider } from '../../../src/crypto/wasm/provider.ts';
import { rsaOverKernel } from '../../../src/crypto/wasm/rsa.ts';
import * as hashes from '../../../src/crypto/wasm/sha2.ts';
import { x25519 } from '../../../src/crypto/wasm/x25519.ts';
import { TLSError } from '../../../src/wire/error.ts';
import { PRIMES, rsaKeyOf } from '../support/rsa-keys.ts';
import { repeatable } from '../support/vectors.ts';

const host = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly');
assert.ok(host);

function without<T>(value: unknown, call: () => T): T {
  Object.defineProperty(globalThis, 'WebAssembly', { value, configurable: true, writable: true });
  try {
    return call();
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', host as PropertyDescriptor);
  }
}

/** Every function of a hash, so that none but the reference can have computed it. */
function sameHash(ours: HashFunction, theirs: HashFunction): void {
  const [key, data] = [new Uint8Array(20).fill(7), new Uint8Array(300).fill(8)];
  assert.deepEqual(ours.digest(data), theirs.digest(data));
  assert.deepEqual(ours.hmac(key, data, key), theirs.hmac(key, data, key));
  const running = ours.create().update(data);
  assert.deepEqual(running.clone().update(key).digest(), theirs.create().update(data).update(key).digest());
  assert.deepEqual(hkdfExpand(ours, key, data, 100), hkdfExpand(theirs, key, data, 100));
  assert.deepEqual(prf(ours, key, 'label', data, 100), prf(theirs, key, 'label', data, 100));
}

/** A signature of each padding, made and verified. */
function sameRsa(): void {
  const numbers = rsaKeyOf(PRIMES.p1024, PRIMES.other1024);
  const [message, random] = [new Uint8Array(9), (): RandomSource => repeatable(5)];
  for (const theirs of signatureAlgorithms().filter((each) => each.keyKind === 'rsa')) {
    const ours = rsaOverKernel(theirs);
    const signature = ours.sign({ kind: 'rsa', numbers }, message, random());
    assert.deepEqual(signature, theirs.sign({ kind: 'rsa', numbers }, message, random()));
    const key = { kind: 'rsa', modulus: numbers.modulus, exponent: numbers.publicExponent } as const;
    assert.equal(ours.verify(key, message, signature), true);
    assert.equal(ours.verify(key, Uint8Array.of(1), signature), false);
  }
}

// First of all, since kernels are made once for a process.
test('nothing is compiled before it is needed; a host that forbids compiling gets the reference', () => {
  assert.deepEqual(new Set(kernelStatus().map((each) => each.state)), new Set(['not used yet']));
  class Forbidden {
    constructor() {
      throw new Error('a policy forbids this');
    }
  }
  const forbidding = { validate: () => true, Module: Forbidden, Instance: Forbidden };
  const buffer = new Uint8Array(32);
  const random = (out: Uint8Array): void => void out.fill(0x5a);
  without(forbidding, () => {
    const share = x25519.generate(random);
    const answer = reference25519.encapsulate(share.share, random);
    assert.ok(answer);
    assert.ok(share.agree(answer.share)?.equals(answer.secret));
    const point = secp256r1.generate(random);
    const agreed = nobleP256.encapsulate(point.share, random);
    assert.ok(agreed && point.agree(agreed.share)?.equals(agreed.secret));
    const longer = secp384r1.generate(random);
    const agreed384 = nobleP384.encapsulate(longer.share, random);
    assert.ok(agreed384 && longer.agree(agreed384.share)?.equals(agreed384.secret));
    assert.equal(kernelStatus().find((each) => each.name === 'P-384')?.state, 'unusable');
    assert.equal(kernelStatus()[2]?.state, 'unusable');
    assert.equal(kernelStatus()[3]?.state, 'unusable');
    sameHash(hashes.sha256, nobleHashes.sha256);
    sameHash(hashes.sha384, nobleHashes.sha384);
    sameHash(hashes.sha512, nobleHashes.sha512);
    assert.equal(kernelStatus()[4]?.state, 'unusable');
    sameRsa();
    assert.equal(kernelStatus().find((each) => each.name === 'RSA')?.state, 'unusable');
    const key = aes128Gcm.create(new Uint8Array(16));
    key.seal(new Uint8Array(12), new Uint8Array(0), buffer, 0, 16);
  });
  const expected = new Uint8Array(32);
  referenceAes.create(new Uint8Array(16)).seal(new Uint8Array(12), new Uint8Array(0), expected, 0, 16);
  assert.deepEqual(buffer, expected);
  const [aes, chacha] = kernelStatus();
  assert.deepEqual(aes, { name: 'AES-GCM', state: 'unusable', reason: 'a policy forbids this' });
  assert.equal(chacha?.state, 'not used yet', 'function by function');
  chacha20Poly1305.create(new Uint8Array(32)).wipe();
  assert.equal(kernelStatus()[1]?.state, 'running');
});

test('the whole provider still passes the self-test then', () => {
  const failed = selfTest(wasmProvider((out) => out.fill(0x5a))).filter((each) => !each.ok);
  assert.deepEqual(failed, []);
});

test('named providers: auto is the reference where vectors are missing, wasm says so', () => {
  assert.equal(hasVectorWebAssembly(), true);
  assert.equal(namedProvider('auto').name, 'wasm');
  assert.equal(namedProvider('wasm').name, 'wasm');
  assert.equal(namedProvider('noble').name, 'noble');
  for (const missing of [undefined, null, {}, { validate: () => false }, { validate: 1 }]) {
    without(missing, () => {
      assert.equal(hasVectorWebAssembly(), false);
      assert.equal(namedProvider('auto').name, 'noble');
      assert.throws(
        () => namedProvider('wasm'),
        (error: unknown) => error instanceof TLSError && error.reason === 'invalid_option',
      );
      assert.throws(() => new KernelModule(AES_GCM_MODULE));
    });
  }
});

test('a kernel that computes something wrong is not used, and says why', () => {
  const kernel = new LazyKernel(
    'wrong',
    () => new AeadKernel(AES_GCM_MODULE),
    () => false,
  );
  assert.equal(kernel.get(), undefined);
  assert.deepEqual(kernel.status(), {
    name: 'wrong',
    state: 'unusable',
    reason: 'it does not compute the known answers',
  });
});

test('a kernel is made once, and not again after a failure', () => {
  let made = 0;
  const kernel = new LazyKernel(
    'counted',
    () => {
      made += 1;
      throw new Error('never');
    },
    () => true,
  );
  kernel.get();
  kernel.get();
  assert.equal(made, 1);
});

test('a module without what is asked for is refused', () => {
  const module = new KernelModule(AES_GCM_MODULE);
  assert.throws(() => module.constant('NOTHING'), /no constant/);
  assert.throws(() => module.call('nothing'), /no function/);
  assert.throws(() => new KernelModule('AGFzbQEAAA=='));
});
