/** Fresh key pairs and public keys from private ones, for issuing certificates, for tests and for loading keys. */
import { Secret } from '../../bytes/secret.ts';
import type { EcCurveName, PrivateKey, PublicKey, RandomSource } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { generateRsaKey } from '../rsa/generate.ts';
import { ed25519, withEntropy } from './curves.ts';
import { ed448 } from './curves448.ts';
import { publicPoint, randomScalar } from './groups.ts';

export function generateEcKey(curve: EcCurveName, random: RandomSource): PrivateKey {
  const scalar = randomScalar(curve, random);
  return { kind: 'ec', curve, scalar, point: publicPoint(curve, scalar.reveal(), random) };
}

export function generateEd25519Key(random: RandomSource): PrivateKey {
  const seed = new Secret(randomBytes(random, 32));
  return { kind: 'ed25519', seed, publicKey: ed25519PublicKey(seed.reveal(), random) };
}

export function generateEd448Key(random: RandomSource): PrivateKey {
  const seed = new Secret(randomBytes(random, 57));
  return { kind: 'ed448', seed, publicKey: ed448PublicKey(seed.reveal(), random) };
}

/** Slow: about half a second for 2048 `bits`. */
export function generateRsaPrivateKey(bits: number, random: RandomSource): PrivateKey {
  return { kind: 'rsa', numbers: generateRsaKey(bits, random) };
}

/** The public key of a 32-byte Ed25519 seed (RFC 8032 5.1.5). */
export function ed25519PublicKey(seed: Uint8Array, random: RandomSource): Uint8Array {
  return withEntropy(random, () => ed25519().getPublicKey(seed));
}

/** The public key of a 57-byte Ed448 seed (RFC 8032 5.2.5). */
export function ed448PublicKey(seed: Uint8Array, random: RandomSource): Uint8Array {
  return withEntropy(random, () => ed448().getPublicKey(seed));
}

/** The public half of a private key, as it stands in the key. */
export function publicKeyOf(key: PrivateKey): PublicKey {
  switch (key.kind) {
    case 'rsa':
      return { kind: 'rsa', modulus: key.numbers.modulus, exponent: key.numbers.publicExponent };
    case 'rsa-pss': {
      const { modulus, publicExponent } = key.numbers;
      return { kind: 'rsa-pss', modulus, exponent: publicExponent, parameters: key.parameters };
    }
    case 'ec':
      return { kind: 'ec', curve: key.curve, point: key.point };
    case 'ed25519':
    case 'ed448':
      return { kind: key.kind, key: key.publicKey };
    case 'ml-dsa':
      return { kind: 'ml-dsa', set: key.set, key: key.publicKey };
    default:
      return key satisfies never;
  }
}
