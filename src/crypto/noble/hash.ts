/** SHA-2 and HMAC (FIPS 180-4, RFC 2104) over @noble/hashes. */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 as nobleSha256, sha384 as nobleSha384, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import type { HashFunction, HashState } from '../provider.ts';

type NobleHash = typeof nobleSha256 | typeof nobleSha384 | typeof nobleSha512;
type NobleState = ReturnType<NobleHash['create']>;

class RunningHash implements HashState {
  readonly #state: NobleState;

  constructor(state: NobleState) {
    this.#state = state;
  }

  update(data: Uint8Array): this {
    this.#state.update(data);
    return this;
  }

  /** noble ends a computation with its digest, so the digest is taken of a copy. */
  digest(): Uint8Array {
    return this.#state.clone().digest();
  }

  clone(): HashState {
    return new RunningHash(this.#state.clone());
  }
}

/** `noble` is looked up at each use: nothing of noble's is touched while modules load. */
function hashFunction(
  name: HashFunction['name'],
  outputLength: number,
  blockLength: number,
  noble: () => NobleHash,
): HashFunction {
  return {
    name,
    outputLength,
    blockLength,
    create: () => new RunningHash(noble().create()),
    digest: (data) => noble()(data),
    hmac: (key, ...data) => {
      const state = hmac.create(noble(), key);
      for (const part of data) state.update(part);
      return state.digest();
    },
  };
}

export const sha256: HashFunction = /* @__PURE__ */ hashFunction('SHA-256', 32, 64, () => nobleSha256);
export const sha384: HashFunction = /* @__PURE__ */ hashFunction('SHA-384', 48, 128, () => nobleSha384);
export const sha512: HashFunction = /* @__PURE__ */ hashFunction('SHA-512', 64, 128, () => nobleSha512);
