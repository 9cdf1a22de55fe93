/** ML-DSA (FIPS 204; in TLS draft-ietf-tls-mldsa): signatures that resist a quantum computer. Off unless asked for. */
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { Secret } from '../../bytes/secret.ts';
import { TLSError } from '../../wire/error.ts';
import { SignatureScheme } from '../../wire/registry-crypto.ts';
import type { MlDsaName, PrivateKey, SignatureAlgorithm } from '../provider.ts';
import { randomBytes } from '../random.ts';

const SEED = 32;
/** FIPS 204 3.4: the hedge against faults and against bad randomness alike. */
const HEDGE = 32;

/** Looked up at each use: nothing of noble's is touched while modules load. */
const SETS = {
  'ML-DSA-44': () => ml_dsa44,
  'ML-DSA-65': () => ml_dsa65,
  'ML-DSA-87': () => ml_dsa87,
} as const;

/** Bytes of a public key and of a signature (FIPS 204 table 2). */
export const ML_DSA_BYTES: Readonly<Record<MlDsaName, { readonly key: number; readonly signature: number }>> =
  {
    'ML-DSA-44': { key: 1312, signature: 2420 },
    'ML-DSA-65': { key: 1952, signature: 3309 },
    'ML-DSA-87': { key: 2592, signature: 4627 },
  };

export const ML_DSA_SEED_BYTES: number = SEED;

/** Takes ownership of `seed`, 32 bytes. */
export function mlDsaKey(set: MlDsaName, seed: Uint8Array): Extract<PrivateKey, { kind: 'ml-dsa' }> {
  const keys = SETS[set]().keygen(seed);
  return {
    kind: 'ml-dsa',
    set,
    seed: new Secret(seed),
    expanded: new Secret(keys.secretKey),
    publicKey: keys.publicKey,
  };
}

function mlDsa(name: 'mldsa44' | 'mldsa65' | 'mldsa87', set: MlDsaName): SignatureAlgorithm {
  return {
    code: SignatureScheme[name],
    name,
    keyKind: 'ml-dsa',
    curve: undefined,
    hash: undefined,
    padding: undefined,
    handshake13: true,
    fits: (key) => key.kind === 'ml-dsa' && key.set === set,
    verify: (key, message, signature) => {
      if (key.kind !== 'ml-dsa' || key.set !== set) return false;
      const { key: keyLength, signature: length } = ML_DSA_BYTES[set];
      // noble throws on lengths.
      if (key.key.length !== keyLength || signature.length !== length) return false;
      return SETS[set]().verify(signature, message, key.key);
    },
    sign: (key, message, random) => {
      if (key.kind !== 'ml-dsa' || key.set !== set)
        throw new TLSError('internal_error', `the private key does not fit ${name}`);
      return SETS[set]().sign(message, key.expanded.reveal(), { extraEntropy: randomBytes(random, HEDGE) });
    },
  };
}

export const mlDsaAlgorithms: readonly SignatureAlgorithm[] = [
  mlDsa('mldsa44', 'ML-DSA-44'),
  mlDsa('mldsa65', 'ML-DSA-65'),
  mlDsa('mldsa87', 'ML-DSA-87'),
];
