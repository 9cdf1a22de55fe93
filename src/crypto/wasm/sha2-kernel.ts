/**
 * The SHA-2 kernel (assembly/sha2.ts) as functions over bytes. `output` says which hash: 32, 48 or 64 bytes of output.
 * All users share its memory: no call is ever interrupted, and none leaves a key, a text or a result behind. What goes on
 * from one call to the next, the state of a running hash, is in its owner's memory.
 */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { SHA2_MODULE } from './binary/sha2.ts';
import { type KernelFunction, KernelModule } from './host.ts';
import { LazyKernel } from './lazy.ts';

/** Bytes of a hash's state between blocks, of which SHA-256 uses half. */
export const CHAIN_LENGTH = 64;
/** RFC 5869 2.3, and as much as the kernel has room for. */
const MOST_OUTPUTS = 255;

export type OutputLength = 32 | 48 | 64;

export function blockLength(output: OutputLength): 64 | 128 {
  return output === 32 ? 64 : 128;
}

export class Sha2Kernel {
  readonly #memory: Uint8Array;
  readonly #chunk: number;
  readonly #at: Readonly<Record<'chain' | 'key' | 'text' | 'result', number>>;
  readonly #chain: Uint8Array;
  readonly #begin: KernelFunction;
  readonly #absorb: KernelFunction;
  readonly #finish: KernelFunction;
  readonly #digest: KernelFunction;
  readonly #hmac: KernelFunction;
  readonly #macBegin: KernelFunction;
  readonly #macFinish: KernelFunction;
  readonly #expand: KernelFunction;
  readonly #pHash: KernelFunction;

  constructor(module: KernelModule = new KernelModule(SHA2_MODULE)) {
    this.#memory = module.memory;
    this.#chunk = module.constant('CHUNK');
    this.#at = {
      chain: module.constant('CHAIN'),
      key: module.constant('KEY'),
      text: module.constant('TEXT'),
      result: module.constant('RESULT'),
    };
    this.#chain = this.#memory.subarray(this.#at.chain, this.#at.chain + CHAIN_LENGTH);
    this.#begin = module.call('begin');
    this.#absorb = module.call('absorb');
    this.#finish = module.call('finish');
    this.#digest = module.call('digest');
    this.#hmac = module.call('hmac');
    this.#macBegin = module.call('macBegin');
    this.#macFinish = module.call('macFinish');
    this.#expand = module.call('expand');
    this.#pHash = module.call('pHash');
  }

  digest(output: OutputLength, data: Uint8Array): Uint8Array {
    if (data.length > this.#chunk) {
      this.#begin(output);
      const rest = this.#absorbAll(output, 0, [data]);
      this.#finish(output, rest, data.length);
      this.#memory.fill(0, this.#at.text, this.#at.text + this.#chunk);
    } else {
      this.#memory.set(data, this.#at.text);
      this.#digest(output, data.length);
    }
    return this.#take(output);
  }

  /** The state of a hash of nothing, to `chain`. */
  begin(output: OutputLength, chain: Uint8Array): void {
    this.#begin(output);
    chain.set(this.#chain);
  }

  /**
   * Takes the `held` bytes at the beginning of `partial` and all of `data` into `chain`, as far as they fill blocks; the
   * rest goes to `partial`.
   */
  update(output: OutputLength, chain: Uint8Array, partial: Uint8Array, held: number, data: Uint8Array): void {
    const memory = this.#memory;
    const { text } = this.#at;
    memory.set(chain, this.#at.chain);
    memory.set(partial, text);
    const rest = this.#absorbAll(output, held, [data]);
    chain.set(this.#chain);
    this.#chain.fill(0);
    partial.set(memory.subarray(text, text + rest));
    memory.fill(0, text, text + Math.min(this.#chunk, held + data.length));
  }

  /** The digest of `total` bytes, of which `chain` took all but those in `partial`. Both stay as they are. */
  finish(output: OutputLength, chain: Uint8Array, partial: Uint8Array, total: number): Uint8Array {
    this.#memory.set(chain, this.#at.chain);
    this.#memory.set(partial, this.#at.text);
    this.#finish(output, total % blockLength(output), total);
    return this.#take(output);
  }

  hmac(output: OutputLength, key: Uint8Array, data: readonly Uint8Array[]): Uint8Array {
    const keyLength = this.#putKey(output, key);
    let length = 0;
    for (const part of data) length += part.length;
    if (length > this.#chunk) {
      this.#macBegin(output, keyLength);
      const rest = this.#absorbAll(output, 0, data);
      this.#macFinish(output, rest, length);
    } else {
      let at = this.#at.text;
      for (const part of data) {
        this.#memory.set(part, at);
        at += part.length;
      }
      this.#hmac(output, keyLength, length);
    }
    return this.#take(output);
  }

  /** HKDF-Expand, or undefined where it is too much for the kernel. */
  expand(output: OutputLength, key: Uint8Array, info: Uint8Array, length: number): Uint8Array | undefined {
    return this.#derive(this.#expand, output, key, info, length);
  }

  /** P_hash, or undefined where it is too much for the kernel. */
  pHash(output: OutputLength, key: Uint8Array, seed: Uint8Array, length: number): Uint8Array | undefined {
    return this.#derive(this.#pHash, output, key, seed, length);
  }

  #derive(
    how: KernelFunction,
    output: OutputLength,
    key: Uint8Array,
    data: Uint8Array,
    length: number,
  ): Uint8Array | undefined {
    // One byte more is for the counter of HKDF.
    if (data.length >= this.#chunk || length > MOST_OUTPUTS * output) return undefined;
    const keyLength = this.#putKey(output, key);
    this.#memory.set(data, this.#at.text);
    how(output, keyLength, data.length, length);
    return this.#take(length);
  }

  /** A key that is longer than a block gives way to its digest (RFC 2104 2). Gives the length of what is there. */
  #putKey(output: OutputLength, key: Uint8Array): number {
    if (key.length <= blockLength(output)) {
      this.#memory.set(key, this.#at.key);
      return key.length;
    }
    const digest = this.digest(output, key);
    this.#memory.set(digest, this.#at.key);
    digest.fill(0);
    return output;
  }

  /**
   * Takes the `held` bytes that are at TEXT already and all parts, as far as they fill blocks. Leaves the rest at TEXT and
   * gives its length.
   */
  #absorbAll(output: OutputLength, held: number, parts: readonly Uint8Array[]): number {
    const block = blockLength(output);
    const { text } = this.#at;
    let filled = held;
    for (const part of parts) {
      for (let done = 0; done < part.length; ) {
        const n = Math.min(this.#chunk - filled, part.length - done);
        this.#memory.set(part.subarray(done, done + n), text + filled);
        done += n;
        filled += n;
        const blocks = Math.floor(filled / block);
        if (blocks === 0) continue;
        this.#absorb(output, blocks);
        this.#memory.copyWithin(text, text + blocks * block, text + filled);
        filled -= blocks * block;
      }
    }
    return filled;
  }

  #take(length: number): Uint8Array {
    const { result } = this.#at;
    const out = this.#memory.slice(result, result + length);
    this.#memory.fill(0, result, result + length);
    return out;
  }
}

/** What {@link knownAnswer} is: OpenSSL's. */
export const KNOWN_ANSWERS: Readonly<Record<OutputLength, string>> = {
  32: '171d85a011a3969d8d5a398ee6ccee03621e6077ebdec0daa19833962dc4a52c',
  48: '542bcc1b659cbe84e42f763fe3af3171ce49b8e905c40d4bcaeca3bb2b304aed9ede9555f39eace2f86675b4901bc248',
  64: 'b562747954a86835432fed5879e46bf6f3459aa7ea18c796ecedde7e682049f7b63c32f75f63adc7b6055e028bad1937dee0fb439616d530cc3207157ebd66c6',
};

function counting(length: number, from: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i);
}

/**
 * A digest that depends on every function of the kernel: of a digest, of a MAC under a key longer than a block, and of
 * what HKDF and P_hash make, each of the one before and of bytes that count up.
 */
export function knownAnswer(kernel: Sha2Kernel, output: OutputLength): Uint8Array {
  const digest = kernel.digest(output, counting(700, 1));
  const mac = kernel.hmac(output, counting(200, 2), [digest, counting(300, 3)]);
  const expanded = kernel.expand(output, mac, counting(40, 4), 3 * output + 5) ?? digest;
  const derived = kernel.pHash(output, expanded, counting(50, 5), 2 * output + 1) ?? digest;
  const [chain, partial] = [new Uint8Array(CHAIN_LENGTH), new Uint8Array(blockLength(output))];
  kernel.begin(output, chain);
  let total = 0;
  for (const part of [digest, mac, expanded, derived]) {
    kernel.update(output, chain, partial, total % partial.length, part);
    total += part.length;
  }
  return kernel.finish(output, chain, partial, total);
}

export const sha2Kernel: LazyKernel<Sha2Kernel> = /* @__PURE__ */ new LazyKernel(
  'SHA-2',
  () => new Sha2Kernel(),
  (kernel) =>
    ([32, 48, 64] as const).every((output) =>
      equalBytes(knownAnswer(kernel, output), fromHex(KNOWN_ANSWERS[output])),
    ),
);
