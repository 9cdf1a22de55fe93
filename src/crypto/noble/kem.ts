/** ML-KEM (FIPS 203) as the groups need it, over noble. */
import { ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { undefinedIfInvalid } from './groups.ts';

export const KEM_SEED = 64;
export const KEM_MESSAGE = 32;

/** A parameter set of ML-KEM. Nothing here is random: whoever calls brings seeds and messages of fresh random bytes. */
export interface Kem {
  readonly keyLength: number;
  readonly ciphertextLength: number;
  /** Keys from {@link KEM_SEED} bytes; the decapsulation key is in the standard's form. */
  generate(seed: Uint8Array): { readonly key: Uint8Array; readonly decapsulationKey: Uint8Array };
  /** From {@link KEM_MESSAGE} bytes; undefined for a key whose coefficients are not reduced (7.2, the modulus check). */
  encapsulate(
    key: Uint8Array,
    message: Uint8Array,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined;
  /** A wrong ciphertext gives a pseudorandom secret, never an error (6.3). */
  decapsulate(ciphertext: Uint8Array, decapsulationKey: Uint8Array): Uint8Array;
}

/** `noble` is looked up at each use: nothing of noble's is touched while modules load. */
function kemOf(noble: () => typeof ml_kem768, keyLength: number, ciphertextLength: number): Kem {
  return {
    keyLength,
    ciphertextLength,
    generate: (seed) => {
      const { publicKey, secretKey } = noble().keygen(seed);
      return { key: publicKey, decapsulationKey: secretKey };
    },
    encapsulate: (key, message) => {
      const made = undefinedIfInvalid(() => noble().encapsulate(key, message));
      return made && { ciphertext: made.cipherText, secret: made.sharedSecret };
    },
    decapsulate: (ciphertext, decapsulationKey) => noble().decapsulate(ciphertext, decapsulationKey),
  };
}

export const mlKem768Reference: Kem = /* @__PURE__ */ kemOf(() => ml_kem768, 1184, 1088);
export const mlKem1024Reference: Kem = /* @__PURE__ */ kemOf(() => ml_kem1024, 1568, 1568);
