/** RSA signatures from our kernel, and from BigInt where the kernel does not run or has no room for a key. */
import { TLSError } from '../../wire/error.ts';
import type { PrivateKey, PublicKey, SignatureAlgorithm } from '../provider.ts';
import { DEFAULT_RSA_LIMITS, type RsaLimits, rsaPublicSize } from '../rsa/key.ts';
import { encodePkcs1, isPkcs1Encoding } from '../rsa/pkcs1.ts';
import { encodePss, isPssEncoding } from '../rsa/pss.ts';
import { rsaKernel } from './rsa-kernel.ts';

type RsaKey<T extends PublicKey | PrivateKey> = Extract<T, { readonly kind: 'rsa' | 'rsa-pss' }>;

/**
 * The reference's algorithm over the kernel. Whether a key fits at all stays the reference's to say. With the same random
 * source PSS takes the same salt; the bytes for blinding come after it and do not show in a signature.
 */
export function rsaOverKernel(
  algorithm: SignatureAlgorithm,
  limits: RsaLimits = DEFAULT_RSA_LIMITS,
): SignatureAlgorithm {
  const { hash, padding } = algorithm;
  if ((algorithm.keyKind !== 'rsa' && algorithm.keyKind !== 'rsa-pss') || hash === undefined)
    return algorithm;
  /** Undefined where the reference is to decide. */
  const ours = <T extends PublicKey | PrivateKey>(key: T): RsaKey<T> | undefined =>
    (key.kind === 'rsa' || key.kind === 'rsa-pss') && algorithm.fits(key) ? (key as RsaKey<T>) : undefined;
  return {
    ...algorithm,
    verify: (key, message, signature) => {
      const rsa = ours(key);
      const size = rsa && rsaPublicSize(rsa.modulus, rsa.exponent, limits);
      const kernel = size && rsaKernel.get();
      if (rsa === undefined || size === undefined || kernel === undefined)
        return algorithm.verify(key, message, signature);
      const em = kernel.publicPower(rsa.modulus, rsa.exponent, signature);
      if (em === undefined) return false;
      return padding === 'pss'
        ? isPssEncoding(em, size, hash, hash.outputLength, message)
        : isPkcs1Encoding(em, hash, message);
    },
    sign: (key, message, random) => {
      const numbers = ours(key)?.numbers;
      const size = numbers && rsaPublicSize(numbers.modulus, numbers.publicExponent, limits);
      const kernel = size && rsaKernel.get();
      if (numbers === undefined || size === undefined || kernel === undefined || !kernel.takes(numbers))
        return algorithm.sign(key, message, random);
      const em =
        padding === 'pss'
          ? encodePss(size, hash, hash.outputLength, message, random)
          : encodePkcs1(hash, message, size.length);
      const signature = kernel.privatePower(numbers, em, random);
      if (signature === undefined)
        throw new TLSError('internal_error', 'an RSA signature failed its own check and was withheld');
      return signature;
    },
  };
}
