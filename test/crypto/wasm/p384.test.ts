/** The P-384 kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p384 } from '@noble/curves/nist.js';
import { P384_MODULE } from '../../../src/crypto/wasm/binary/p384.ts';
import { p384Kernel } from '../../../src/crypto/wasm/p384-kernel.ts';
import { testCurve } from './nist-suite.ts';

test('the kernel runs here', () => assert.ok(p384Kernel.get() !== undefined, p384Kernel.status().reason));

testCurve({
  curve: 'P-384',
  base64: P384_MODULE,
  noble: p384,
  p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  length: 48,
});
