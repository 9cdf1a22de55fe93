/** Ed25519 (RFC 8032 5.1) over our kernel. */
import { concatBytes } from '../../bytes/bytes.ts';
import type { HashFunction, SignatureAlgorithm } from '../provider.ts';
import { type Ed25519Kernel, ed25519Kernel } from './ed25519-kernel.ts';

const HALF = 32;

/**
 * The public key comes from the seed, never from the caller: signing under one that is not the seed's would give the seed
 * away (the double public key attack).
 */
function sign(
  kernel: Ed25519Kernel,
  sha512: HashFunction,
  seed: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const expanded = sha512.digest(seed);
  const prefixed = concatBytes(expanded.subarray(HALF), message);
  const nonce = sha512.digest(prefixed);
  try {
    const publicKey = kernel.publicKey(expanded);
    return kernel.sign(expanded, nonce, (r) => sha512.digest(concatBytes(r, publicKey, message)));
  } finally {
    for (const secret of [expanded, prefixed, nonce]) secret.fill(0);
  }
}

/** As strict as the reference: canonical encodings only, S below the order, no keys of small order. */
function verify(
  kernel: Ed25519Kernel,
  sha512: HashFunction,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.length !== HALF || signature.length !== 2 * HALF) return false;
  const challenge = sha512.digest(concatBytes(signature.subarray(0, HALF), key, message));
  return kernel.verify(key, signature, challenge);
}

/** The reference's algorithm, but for keys of Ed25519. */
export function ed25519OverKernel(algorithm: SignatureAlgorithm, sha512: HashFunction): SignatureAlgorithm {
  if (algorithm.keyKind !== 'ed25519') return algorithm;
  return {
    ...algorithm,
    verify: (key, message, signature) => {
      const kernel = key.kind === 'ed25519' ? ed25519Kernel.get() : undefined;
      return kernel === undefined || key.kind !== 'ed25519'
        ? algorithm.verify(key, message, signature)
        : verify(kernel, sha512, key.key, message, signature);
    },
    sign: (key, message, random) => {
      const kernel = key.kind === 'ed25519' ? ed25519Kernel.get() : undefined;
      return kernel === undefined || key.kind !== 'ed25519'
        ? algorithm.sign(key, message, random)
        : sign(kernel, sha512, key.seed.reveal(), message);
    },
  };
}
