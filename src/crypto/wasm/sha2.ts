/**
 * SHA-256, SHA-384 and SHA-512 from our kernel, with HMAC, HKDF-Expand and P_hash in one call each. The reference steps in
 * where the kernel cannot run.
 */
import {
  sha256 as referenceSha256,
  sha384 as referenceSha384,
  sha512 as referenceSha512,
} from '../noble/hash.ts';
import type { HashFunction, HashState } from '../provider.ts';
import { blockLength, CHAIN_LENGTH, type OutputLength, type Sha2Kernel, sha2Kernel } from './sha2-kernel.ts';

/** All state is here and goes into the kernel for the length of a call: hashes may take turns, and be dropped. */
class KernelHash implements HashState {
  readonly #kernel: Sha2Kernel;
  readonly #output: OutputLength;
  /** What the whole blocks so far have come to. */
  readonly #chain: Uint8Array = new Uint8Array(CHAIN_LENGTH);
  /** What does not fill a block yet. */
  readonly #partial: Uint8Array;
  #total = 0;

  constructor(kernel: Sha2Kernel, output: OutputLength) {
    this.#kernel = kernel;
    this.#output = output;
    this.#partial = new Uint8Array(blockLength(output));
  }

  static begin(kernel: Sha2Kernel, output: OutputLength): KernelHash {
    const hash = new KernelHash(kernel, output);
    kernel.begin(output, hash.#chain);
    return hash;
  }

  update(data: Uint8Array): this {
    const partial = this.#partial;
    const held = this.#total % partial.length;
    if (held + data.length < partial.length) partial.set(data, held);
    else this.#kernel.update(this.#output, this.#chain, partial, held, data);
    this.#total += data.length;
    return this;
  }

  digest(): Uint8Array {
    return this.#kernel.finish(this.#output, this.#chain, this.#partial, this.#total);
  }

  clone(): HashState {
    const copy = new KernelHash(this.#kernel, this.#output);
    copy.#chain.set(this.#chain);
    copy.#partial.set(this.#partial);
    copy.#total = this.#total;
    return copy;
  }
}

function overKernel(reference: HashFunction, output: OutputLength): HashFunction {
  return {
    ...reference,
    create: () => {
      const kernel = sha2Kernel.get();
      return kernel === undefined ? reference.create() : KernelHash.begin(kernel, output);
    },
    digest: (data) => sha2Kernel.get()?.digest(output, data) ?? reference.digest(data),
    hmac: (key, ...data) => sha2Kernel.get()?.hmac(output, key, data) ?? reference.hmac(key, ...data),
    expand: (key, info, length) => sha2Kernel.get()?.expand(output, key, info, length),
    pHash: (key, seed, length) => sha2Kernel.get()?.pHash(output, key, seed, length),
  };
}

export const sha256: HashFunction = /* @__PURE__ */ overKernel(referenceSha256, 32);
export const sha384: HashFunction = /* @__PURE__ */ overKernel(referenceSha384, 48);
export const sha512: HashFunction = /* @__PURE__ */ overKernel(referenceSha512, 64);
