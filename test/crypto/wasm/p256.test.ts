/** The P-256 kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p256 } from '@noble/curves/nist.js';
import { signatureToDer } from '../../../src/crypto/noble/ecdsa.ts';
import { P256_MODULE } from '../../../src/crypto/wasm/binary/p256.ts';
import { p256Kernel } from '../../../src/crypto/wasm/p256-kernel.ts';
import { testCurve } from './nist-suite.ts';

test('the kernel runs here', () => assert.ok(p256Kernel.get() !== undefined, p256Kernel.status().reason));

testCurve({
  curve: 'P-256',
  base64: P256_MODULE,
  noble: p256,
  p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  length: 32,
});

test('DER: minimal integers, a leading zero where the highest bit is set', () => {
  const compact = new Uint8Array(64);
  compact[31] = 1;
  compact[63] = 128;
  assert.deepEqual(signatureToDer(compact), Uint8Array.of(0x30, 7, 2, 1, 1, 2, 2, 0, 128));
  assert.equal(signatureToDer(new Uint8Array(64).fill(255)).length, 2 + 2 * 35);
  assert.deepEqual(signatureToDer(new Uint8Array(64)), Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0));
});
