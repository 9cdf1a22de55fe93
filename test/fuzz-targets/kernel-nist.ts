/** What the targets of P-256 and P-384 have in common. */
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js';
import type { LazyKernel } from '../../src/crypto/wasm/lazy.ts';
import type { NistKernel } from '../../src/crypto/wasm/nist-kernel.ts';
import { agree, Input, running } from './kernel-input.ts';

/** Kernel and reference agree on points, shared secrets and verdicts; a signature is the formula's. */
export function nistTarget(
  curve: ECDSA,
  lazy: LazyKernel<NistKernel>,
  length: number,
): (data: Buffer) => void {
  const { Fn } = curve.Point;

  /** What noble says, or undefined where it throws on what is no scalar or no point. */
  function attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch {
      return undefined;
    }
  }

  const uncompressed = (point: Uint8Array): Uint8Array => Uint8Array.of(4, ...point);
  const publicKey = (scalar: Uint8Array): Uint8Array | undefined =>
    attempt(() => curve.getPublicKey(scalar, false).subarray(1));
  const number = (bytes: Uint8Array): bigint => Fn.create(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));

  /** SEC 1 4.1.3, with the given nonce. */
  function signature(nonce: Uint8Array, key: Uint8Array, digest: Uint8Array): Uint8Array | undefined {
    const point = publicKey(nonce);
    if (point === undefined || publicKey(key) === undefined) return undefined;
    const r = number(point.subarray(0, length));
    const s = Fn.mul(Fn.inv(number(nonce)), Fn.add(number(digest), Fn.mul(r, number(key))));
    return r === 0n || s === 0n ? undefined : Uint8Array.of(...Fn.toBytes(r), ...Fn.toBytes(s));
  }

  return (data) => {
    const kernel = running(lazy.get());
    const input = new Input(data);
    const choice = input.byte();
    const [scalar, other, digest] = [input.bytes(length), input.bytes(length), input.bytes(length)];
    const own = publicKey(other);
    agree(kernel.publicKey(other), own, 'public key');
    // Bytes as they come are hardly ever a point, so half of the points are made, and some spoiled.
    const point = (choice & 1) === 0 && own !== undefined ? own.slice() : input.bytes(2 * length);
    if ((choice & 2) !== 0) {
      const bit = input.byte() * 2 + (choice >> 7);
      point[bit >> 3] = (point[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    if ((choice & 4) === 0) {
      const theirs = attempt(() =>
        curve.getSharedSecret(scalar, uncompressed(point), false).subarray(1, length + 1),
      );
      agree(kernel.agree(scalar, point), theirs, 'shared secret');
      return;
    }
    const made = publicKey(other) === undefined ? undefined : kernel.sign(scalar, other, digest);
    agree(made, signature(scalar, other, digest), 'signature');
    const shown = (choice & 8) === 0 && made !== undefined ? made.slice() : input.bytes(2 * length);
    if ((choice & 16) !== 0) shown[input.byte() % shown.length] = input.byte();
    const valid = attempt(() =>
      curve.verify(shown, digest, uncompressed(point), { prehash: false, lowS: false }),
    );
    if (kernel.verify(point, digest, shown) !== (valid ?? false)) throw new Error('the verdicts differ');
  };
}
