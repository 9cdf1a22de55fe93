/**
 * X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem): secure while either half is. Shares and secrets are the plain
 * concatenation, ML-KEM first: client encapsulation key || x25519, server ciphertext || x25519.
 */
import { Secret } from '../../bytes/secret.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import type { KeyExchangeGroup, KeyShareSecret } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { x25519 } from './groups.ts';
import { KEM_MESSAGE, KEM_SEED, type Kem, mlKem768Reference } from './kem.ts';

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

/** The hybrid over any implementation of its two halves. */
export function hybridOver(x25519: KeyExchangeGroup, kem: Kem): KeyExchangeGroup {
  const { keyLength, ciphertextLength } = kem;
  return {
    code: NamedGroup.X25519MLKEM768,
    name: 'X25519MLKEM768',
    clientShareLength: keyLength + X25519,
    serverShareLength: ciphertextLength + X25519,
    postQuantum: true,

    generate: (random): KeyShareSecret => {
      const seed = randomBytes(random, KEM_SEED);
      const keys = kem.generate(seed);
      seed.fill(0);
      const decapsulationKey = new Secret(keys.decapsulationKey);
      const classical = x25519.generate(random);
      return {
        share: joinShares(keys.key, classical.share),
        agree: (peerShare) => {
          if (peerShare.length !== ciphertextLength + X25519) return undefined;
          const second = classical.agree(peerShare.subarray(ciphertextLength));
          if (second === undefined) return undefined;
          // A wrong ciphertext gives a pseudorandom secret, never an error (FIPS 203 6.3): Finished will not match.
          const first = kem.decapsulate(peerShare.subarray(0, ciphertextLength), decapsulationKey.reveal());
          return joinSecrets(first, second);
        },
        wipe: () => {
          decapsulationKey.wipe();
          classical.wipe();
        },
      };
    },

    encapsulate: (peerShare, random) => {
      if (peerShare.length !== keyLength + X25519) return undefined;
      const classical = x25519.encapsulate(peerShare.subarray(keyLength), random);
      if (classical === undefined) return undefined;
      const message = randomBytes(random, KEM_MESSAGE);
      // A key whose coefficients are not reduced is refused (FIPS 203 7.2, the modulus check).
      const made = kem.encapsulate(peerShare.subarray(0, keyLength), message);
      message.fill(0);
      if (made === undefined) {
        classical.secret.wipe();
        return undefined;
      }
      return {
        share: joinShares(made.ciphertext, classical.share),
        secret: joinSecrets(made.secret, classical.secret),
      };
    },
  };
}

export const x25519MlKem768: KeyExchangeGroup = /* @__PURE__ */ hybridOver(x25519, mlKem768Reference);
