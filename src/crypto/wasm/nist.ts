/**
 * P-256 and P-384 from our kernels: the groups secp256r1 and secp384r1, and ECDSA with keys on these curves; P-521 is the
 * reference's.
 */
import { TLSError } from '../../wire/error.ts';
import { signatureFromDer, signatureToDer } from '../noble/ecdsa.ts';
import {
  type DiffieHellman,
  keyExchangeGroup,
  randomScalar,
  secp256r1DiffieHellman,
  secp384r1DiffieHellman,
} from '../noble/groups.ts';
import type {
  EcCurveName,
  HashFunction,
  KeyExchangeGroup,
  PrivateKey,
  PublicKey,
  RandomSource,
  SignatureAlgorithm,
} from '../provider.ts';
import { randomBytes } from '../random.ts';
import { nonces } from '../rfc6979.ts';
import type { LazyKernel } from './lazy.ts';
import type { NistKernel } from './nist-kernel.ts';
import { p256Kernel } from './p256-kernel.ts';
import { p384Kernel } from './p384-kernel.ts';
import { sha256, sha384 } from './sha2.ts';

const UNCOMPRESSED = 4;

interface Curve {
  readonly name: EcCurveName;
  readonly lazy: LazyKernel<NistKernel>;
  /** Bytes of a number. */
  readonly length: number;
  /** Of the nonces (RFC 6979), whatever hash a message is signed with: as long as a number. */
  readonly nonceHash: HashFunction;
}

const P256: Curve = { name: 'P-256', lazy: p256Kernel, length: 32, nonceHash: sha256 };
const P384: Curve = { name: 'P-384', lazy: p384Kernel, length: 48, nonceHash: sha384 };

function overKernel({ name, lazy }: Curve, reference: DiffieHellman): DiffieHellman {
  return {
    ...reference,
    privateKey: (random) => {
      const kernel = lazy.get();
      if (kernel === undefined) return reference.privateKey(random);
      return randomScalar(name, random, (scalar) => kernel.validScalar(scalar));
    },
    publicKey: (key, random) => {
      const kernel = lazy.get();
      if (kernel === undefined) return reference.publicKey(key, random);
      const point = kernel.publicKey(key);
      if (point === undefined)
        throw new TLSError('internal_error', `a private key of ${name} is out of range`);
      return Uint8Array.of(UNCOMPRESSED, ...point);
    },
    shared: (key, peer, random) => {
      const kernel = lazy.get();
      if (kernel === undefined) return reference.shared(key, peer, random);
      return peer[0] === UNCOMPRESSED ? kernel.agree(key, peer.subarray(1)) : undefined;
    },
  };
}

export const secp256r1: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(
  /* @__PURE__ */ overKernel(P256, secp256r1DiffieHellman),
);
export const secp384r1: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(
  /* @__PURE__ */ overKernel(P384, secp384r1DiffieHellman),
);

/** As many leftmost bits of the digest as the order has (FIPS 186-5 6.4.1); a shorter digest is the same number, padded. */
function digestOf(hash: HashFunction, message: Uint8Array, length: number): Uint8Array {
  const digest = hash.digest(message).subarray(0, length);
  if (digest.length === length) return digest;
  const padded = new Uint8Array(length);
  padded.set(digest, length - digest.length);
  return padded;
}

function verify(
  kernel: NistKernel,
  { length }: Curve,
  hash: HashFunction,
  point: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (point.length !== 1 + 2 * length || point[0] !== UNCOMPRESSED) return false;
  const compact = signatureFromDer(signature, length);
  return compact !== undefined && kernel.verify(point.subarray(1), digestOf(hash, message, length), compact);
}

/** Hedged as the reference does it, with the same nonces from the same entropy. */
function sign(
  kernel: NistKernel,
  { name, length, nonceHash }: Curve,
  hash: HashFunction,
  scalar: Uint8Array,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  if (!kernel.validScalar(scalar))
    throw new TLSError('internal_error', `a private key of ${name} is out of range`);
  const digest = digestOf(hash, message, length);
  const entropy = randomBytes(random, length);
  try {
    for (const nonce of nonces(nonceHash, scalar, digest, entropy)) {
      const compact = kernel.sign(nonce, scalar, digest);
      if (compact !== undefined) return signatureToDer(compact);
    }
  } finally {
    entropy.fill(0);
  }
  throw new TLSError('internal_error', 'no nonce leads to a signature');
}

/** The curve of a key that one of the kernels is for. */
function curveOf(key: PublicKey | PrivateKey): Curve | undefined {
  return key.kind === 'ec' ? [P256, P384].find((each) => each.name === key.curve) : undefined;
}

/** The reference's algorithm, but for ECDSA keys on P-256 and P-384. */
export function ecdsaOverKernel(algorithm: SignatureAlgorithm): SignatureAlgorithm {
  const { hash, keyKind } = algorithm;
  if (keyKind !== 'ec' || hash === undefined) return algorithm;
  return {
    ...algorithm,
    verify: (key, message, signature) => {
      const curve = curveOf(key);
      const kernel = curve?.lazy.get();
      return curve === undefined || kernel === undefined || key.kind !== 'ec'
        ? algorithm.verify(key, message, signature)
        : verify(kernel, curve, hash, key.point, message, signature);
    },
    sign: (key, message, random) => {
      const curve = curveOf(key);
      const kernel = curve?.lazy.get();
      return curve === undefined || kernel === undefined || key.kind !== 'ec'
        ? algorithm.sign(key, message, random)
        : sign(kernel, curve, hash, key.scalar.reveal(), message, random);
    },
  };
}
