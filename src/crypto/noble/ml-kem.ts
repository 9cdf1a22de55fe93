/** ML-KEM-1024 alone (FIPS 203, draft-ietf-tls-mlkem): for policies that want no hybrid. Off unless asked for. */
import { Secret } from '../../bytes/secret.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import type { KeyExchangeGroup, KeyShareSecret } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { KEM_MESSAGE, KEM_SEED, type Kem, mlKem1024Reference } from './kem.ts';

/** The group over any implementation. */
export function mlKem1024Over(kem: Kem): KeyExchangeGroup {
  return {
    code: NamedGroup.MLKEM1024,
    name: 'MLKEM1024',
    clientShareLength: kem.keyLength,
    serverShareLength: kem.ciphertextLength,
    postQuantum: true,

    generate: (random): KeyShareSecret => {
      const seed = randomBytes(random, KEM_SEED);
      const keys = kem.generate(seed);
      seed.fill(0);
      const decapsulationKey = new Secret(keys.decapsulationKey);
      return {
        share: keys.key,
        agree: (peerShare) => {
          if (peerShare.length !== kem.ciphertextLength) return undefined;
          // A wrong ciphertext gives a pseudorandom secret, never an error (FIPS 203 6.3): Finished will not match.
          return new Secret(kem.decapsulate(peerShare, decapsulationKey.reveal()));
        },
        wipe: () => decapsulationKey.wipe(),
      };
    },

    encapsulate: (peerShare, random) => {
      if (peerShare.length !== kem.keyLength) return undefined;
      const message = randomBytes(random, KEM_MESSAGE);
      // A key whose coefficients are not reduced is refused (FIPS 203 7.2, the modulus check).
      const made = kem.encapsulate(peerShare, message);
      message.fill(0);
      return made && { share: made.ciphertext, secret: new Secret(made.secret) };
    },
  };
}

export const mlKem1024: KeyExchangeGroup = /* @__PURE__ */ mlKem1024Over(mlKem1024Reference);
