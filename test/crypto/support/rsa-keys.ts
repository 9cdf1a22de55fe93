/** RSA keys of odd sizes from primes that are written down shortly; each was found by search and is prime. */

import type { RsaPrivateNumbers } from '../../../src/crypto/provider.ts';
import { modInverse } from '../../../src/crypto/rsa/integer.ts';
import { rsaNumbers } from '../../../src/crypto/rsa/key.ts';

type PrimeName =
  | 'p255'
  | 'p511'
  | 'p512'
  | 'mersenne521'
  | 'p599'
  | 'p600'
  | 'mersenne607'
  | 'p1023'
  | 'p1024'
  | 'other1024'
  | 'p1025'
  | 'mersenne1279'
  | 'p2048';

/** 2^bits minus the second number. Mersenne's have limbs of ones only. */
export const PRIMES: Readonly<Record<PrimeName, bigint>> = {
  p255: 2n ** 255n - 19n,
  p511: 2n ** 511n - 187n,
  p512: 2n ** 512n - 569n,
  mersenne521: 2n ** 521n - 1n,
  p599: 2n ** 599n - 91n,
  p600: 2n ** 600n - 95n,
  mersenne607: 2n ** 607n - 1n,
  p1023: 2n ** 1023n - 361n,
  p1024: 2n ** 1024n - 105n,
  other1024: 2n ** 1024n - 179n,
  p1025: 2n ** 1025n - 2673n,
  mersenne1279: 2n ** 1279n - 1n,
  p2048: 2n ** 2048n - 1942289n,
};

export function rsaKeyOf(p: bigint, q: bigint, e = 65537n): RsaPrivateNumbers {
  const d = modInverse(e, (p - 1n) * (q - 1n));
  const coefficient = modInverse(q, p);
  if (d === undefined || coefficient === undefined) throw new Error('no key of this exponent');
  return rsaNumbers(p * q, e, d, p, q, coefficient);
}
