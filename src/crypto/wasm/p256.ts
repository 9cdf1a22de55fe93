/** P-256 from our kernel: the group secp256r1, and ECDSA with keys on this curve; other curves are the reference's. */
import { TLSError } from '../../wire/error.ts';
import { signatureFromDer, signatureToDer } from '../noble/ecdsa.ts';
import {
  type DiffieHellman,
  keyExchangeGroup,
  randomScalar,
  secp256r1DiffieHellman as reference,
} from '../noble/groups.ts';
import type { HashFunction, KeyExchangeGroup, RandomSource, SignatureAlgorithm } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { nonces } from '../rfc6979.ts';
import { type P256Kernel, p256Kernel } from './p256-kernel.ts';
import { sha256 } from './sha2.ts';

const LENGTH = 32;
const UNCOMPRESSED = 4;

const diffieHellman: DiffieHellman = {
  ...reference,
  privateKey: (random) => {
    const kernel = p256Kernel.get();
    if (kernel === undefined) return reference.privateKey(random);
    return randomScalar('P-256', random, (scalar) => kernel.validScalar(scalar));
  },
  publicKey: (key, random) => {
    const kernel = p256Kernel.get();
    if (kernel === undefined) return reference.publicKey(key, random);
    const point = kernel.publicKey(key);
    if (point === undefined) throw new TLSError('internal_error', 'a private key of P-256 is out of range');
    return Uint8Array.of(UNCOMPRESSED, ...point);
  },
  shared: (key, peer, random) => {
    const kernel = p256Kernel.get();
    if (kernel === undefined) return reference.shared(key, peer, random);
    return peer[0] === UNCOMPRESSED ? kernel.agree(key, peer.subarray(1)) : undefined;
  },
};

export const secp256r1: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(diffieHellman);

/** The leftmost 256 bits of the digest (FIPS 186-5 6.4.1). */
function digestOf(hash: HashFunction, message: Uint8Array): Uint8Array {
  return hash.digest(message).subarray(0, LENGTH);
}

function verify(
  kernel: P256Kernel,
  hash: HashFunction,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (point.length !== 1 + 2 * LENGTH || point[0] !== UNCOMPRESSED) return false;
  const compact = signatureFromDer(signature, LENGTH);
  return compact !== undefined && kernel.verify(point.subarray(1), digestOf(hash, message), compact);
}

/** Hedged as the reference does it, with the same nonces from the same entropy. */
function sign(
  kernel: P256Kernel,
  hash: HashFunction,
  scalar: Uint8Array,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  if (!kernel.validScalar(scalar))
    throw new TLSError('internal_error', 'a private key of P-256 is out of range');
  const digest = digestOf(hash, message);
  const entropy = randomBytes(random, LENGTH);
  try {
    for (const nonce of nonces(sha256, scalar, digest, entropy)) {
      const compact = kernel.sign(nonce, scalar, digest);
      if (compact !== undefined) return signatureToDer(compact);
    }
  } finally {
    entropy.fill(0);
  }
  throw new TLSError('internal_error', 'no nonce leads to a signature');
}

/** The reference's algorithm, but for ECDSA keys on P-256. */
export function ecdsaOverKernel(algorithm: SignatureAlgorithm): SignatureAlgorithm {
  const { hash, keyKind } = algorithm;
  if (keyKind !== 'ec' || hash === undefined) return algorithm;
  return {
    ...algorithm,
    verify: (key, message, signature) => {
      const kernel = key.kind === 'ec' && key.curve === 'P-256' ? p256Kernel.get() : undefined;
      return kernel === undefined || key.kind !== 'ec'
        ? algorithm.verify(key, message, signature)
        : verify(kernel, hash, key.point, message, signature);
    },
    sign: (key, message, random) => {
      const kernel = key.kind === 'ec' && key.curve === 'P-256' ? p256Kernel.get() : undefined;
      return kernel === undefined || key.kind !== 'ec'
        ? algorithm.sign(key, message, random)
        : sign(kernel, hash, key.scalar.reveal(), message, random);
    },
  };
}
