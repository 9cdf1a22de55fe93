/** The public half of a private key, whoever computes it, is the reference's; what is no private key has none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { publicHalf } from '../../../src/crypto/wasm/public-half.ts';
import { bytes, repeatable } from '../support/vectors.ts';

const CURVES = { 'P-256': p256, 'P-384': p384, 'P-521': p521 } as const;

for (const [name, curve] of Object.entries(CURVES) as [keyof typeof CURVES, typeof p256][]) {
  test(name, () => {
    const random = repeatable(71);
    const { Fn } = curve.Point;
    for (let i = 0; i < 5; i++) {
      const scalar = Fn.toBytes(Fn.create(BigInt(`0x${Buffer.from(bytes(80, random)).toString('hex')}`)));
      assert.deepEqual(publicHalf(name, scalar, random), curve.getPublicKey(scalar, false));
    }
    const order = Fn.toBytes(Fn.ORDER - 1n);
    assert.deepEqual(publicHalf(name, order, random), curve.getPublicKey(order, false));
    order[order.length - 1] = (order.at(-1) ?? 0) + 1;
    assert.equal(publicHalf(name, order, random), undefined, 'the order itself');
    assert.equal(publicHalf(name, new Uint8Array(order.length), random), undefined, '0');
    assert.equal(publicHalf(name, new Uint8Array(order.length).fill(255), random), undefined);
  });
}
