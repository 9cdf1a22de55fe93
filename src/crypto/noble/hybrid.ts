/**
 * X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem): secure while either half is. Shares and secrets are the plain
 * concatenation, ML-KEM first: client encapsulation key || x25519, server ciphertext || x25519.
 */
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { Secret } from '../../bytes/secret.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import type { KeyExchangeGroup, KeyShareSecret } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { undefinedIfInvalid, x25519 } from './groups.ts';

const ENCAPSULATION_KEY = 1184;
const CIPHERTEXT = 1088;
const SEED = 64;
const MESSAGE = 32;
const X25519 = 32;

/** `a || b` as one secret; both halves are wiped. */
function joinSecrets(a: Uint8Array, b: Secret): Secret {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b.reveal(), a.length);
  a.fill(0);
  b.wipe();
  return new Secret(joined);
}

function joinShares(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** The hybrid over any implementation of X25519. */
export function hybridOver(x25519: KeyExchangeGroup): KeyExchangeGroup {
  return {
    code: NamedGroup.X25519MLKEM768,
    name: 'X25519MLKEM768',
    clientShareLength: ENCAPSULATION_KEY + X25519,
    serverShareLength: CIPHERTEXT + X25519,
    postQuantum: true,

    generate: (random): KeyShareSecret => {
      const seed = randomBytes(random, SEED);
      const keys = ml_kem768.keygen(seed);
      seed.fill(0);
      const decapsulationKey = new Secret(keys.secretKey);
      const classical = x25519.generate(random);
      return {
        share: joinShares(keys.publicKey, classical.share),
        agree: (peerShare) => {
          if (peerShare.length !== CIPHERTEXT + X25519) return undefined;
          const second = classical.agree(peerShare.subarray(CIPHERTEXT));
          if (second === undefined) return undefined;
          // A wrong ciphertext gives a pseudorandom secret, never an error (FIPS 203 6.3): Finished will not match.
          const first = ml_kem768.decapsulate(peerShare.subarray(0, CIPHERTEXT), decapsulationKey.reveal());
          return joinSecrets(first, second);
        },
        wipe: () => {
          decapsulationKey.wipe();
          classical.wipe();
        },
      };
    },

    encapsulate: (peerShare, random) => {
      if (peerShare.length !== ENCAPSULATION_KEY + X25519) return undefined;
      const classical = x25519.encapsulate(peerShare.subarray(ENCAPSULATION_KEY), random);
      if (classical === undefined) return undefined;
      const message = randomBytes(random, MESSAGE);
      // noble refuses a key whose coefficients are not reduced (FIPS 203 7.2, the modulus check).
      const kem = undefinedIfInvalid(() =>
        ml_kem768.encapsulate(peerShare.subarray(0, ENCAPSULATION_KEY), message),
      );
      message.fill(0);
      if (kem === undefined) {
        classical.secret.wipe();
        return undefined;
      }
      return {
        share: joinShares(kem.cipherText, classical.share),
        secret: joinSecrets(kem.sharedSecret, classical.secret),
      };
    },
  };
}

export const x25519MlKem768: KeyExchangeGroup = /* @__PURE__ */ hybridOver(x25519);
