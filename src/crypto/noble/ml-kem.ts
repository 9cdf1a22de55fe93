/** ML-KEM-1024 alone (FIPS 203, draft-ietf-tls-mlkem): for policies that want no hybrid. Off unless asked for. */
import { ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { Secret } from '../../bytes/secret.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import type { KeyExchangeGroup, KeyShareSecret } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { undefinedIfInvalid } from './groups.ts';

const ENCAPSULATION_KEY = 1568;
const CIPHERTEXT = 1568;
const SEED = 64;
const MESSAGE = 32;

export const mlKem1024: KeyExchangeGroup = {
  code: NamedGroup.MLKEM1024,
  name: 'MLKEM1024',
  clientShareLength: ENCAPSULATION_KEY,
  serverShareLength: CIPHERTEXT,
  postQuantum: true,

  generate: (random): KeyShareSecret => {
    const seed = randomBytes(random, SEED);
    const keys = ml_kem1024.keygen(seed);
    seed.fill(0);
    const decapsulationKey = new Secret(keys.secretKey);
    return {
      share: keys.publicKey,
      agree: (peerShare) => {
        if (peerShare.length !== CIPHERTEXT) return undefined;
        // A wrong ciphertext gives a pseudorandom secret, never an error (FIPS 203 6.3): Finished will not match.
        return new Secret(ml_kem1024.decapsulate(peerShare, decapsulationKey.reveal()));
      },
      wipe: () => decapsulationKey.wipe(),
    };
  },

  encapsulate: (peerShare, random) => {
    if (peerShare.length !== ENCAPSULATION_KEY) return undefined;
    const message = randomBytes(random, MESSAGE);
    // noble refuses a key whose coefficients are not reduced (FIPS 203 7.2, the modulus check).
    const kem = undefinedIfInvalid(() => ml_kem1024.encapsulate(peerShare, message));
    message.fill(0);
    return kem && { share: kem.cipherText, secret: new Secret(kem.sharedSecret) };
  },
};
