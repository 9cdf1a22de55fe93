/**
 * The public half of an EC key: from our kernel on P-256 and P-384, else from the reference. Loading a key is a part of every
 * server's start, and the reference builds its tables for it first.
 */
import { publicPoint, undefinedIfInvalid } from '../noble/groups.ts';
import type { EcCurveName, RandomSource } from '../provider.ts';
import type { LazyKernel } from './lazy.ts';
import type { NistKernel } from './nist-kernel.ts';
import { p256Kernel } from './p256-kernel.ts';
import { p384Kernel } from './p384-kernel.ts';

const UNCOMPRESSED = 4;
const KERNELS: Readonly<Partial<Record<EcCurveName, LazyKernel<NistKernel>>>> = {
  'P-256': p256Kernel,
  'P-384': p384Kernel,
};

/**
 * The uncompressed point of a private scalar that has the length of the curve's field; undefined when it is 0 or not
 * below the order. `random` blinds the reference's computation. Throws TLSError `no_random` as it does.
 */
export function publicHalf(
  curve: EcCurveName,
  scalar: Uint8Array,
  random: RandomSource,
): Uint8Array | undefined {
  const kernel = KERNELS[curve]?.get();
  if (kernel === undefined) return undefinedIfInvalid(() => publicPoint(curve, scalar, random));
  const point = kernel.publicKey(scalar);
  return point && Uint8Array.of(UNCOMPRESSED, ...point);
}
