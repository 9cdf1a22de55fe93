/**
 * What both AEAD kernels have in common: the same exports (assembly/aes-gcm.ts, assembly/chacha20-poly1305.ts), the same
 * walk over a record. A kernel's memory is shared by all keys of the process: no call is ever interrupted, each begins
 * by putting its own key there unless it is there already, and none leaves plaintext behind.
 */
import { TLSError } from '../../wire/error.ts';
import { checkCall } from '../noble/bounds.ts';
import type { AeadKey } from '../provider.ts';
import { type KernelFunction, KernelModule } from './host.ts';

const TAG = 16;
/** Bytes of associated data that a call for a whole record takes: TLS has 5 or 13. */
const SHORT_AAD = 16;

/** A compiled AEAD: addresses in its memory, and its functions. */
export class AeadKernel {
  readonly module: KernelModule;
  readonly memory: Uint8Array;
  readonly chunk: number;
  readonly stateLength: number;
  readonly at: Readonly<Record<'key' | 'state' | 'nonce' | 'aad' | 'text' | 'plain' | 'tag', number>>;
  readonly expand: KernelFunction;
  readonly select: KernelFunction;
  readonly seal: KernelFunction;
  readonly open: KernelFunction;
  readonly begin: KernelFunction;
  readonly absorb: KernelFunction;
  readonly apply: KernelFunction;
  readonly finish: KernelFunction;
  readonly compare: KernelFunction;
  readonly wipe: KernelFunction;
  /** Whose expanded key is in the memory now. */
  holder: AeadKey | undefined;

  constructor(base64: string) {
    const module = new KernelModule(base64);
    this.module = module;
    this.memory = module.memory;
    this.chunk = module.constant('CHUNK');
    this.stateLength = module.constant('STATE_LENGTH');
    this.at = {
      key: module.constant('KEY'),
      state: module.constant('STATE'),
      nonce: module.constant('NONCE'),
      aad: module.constant('AAD'),
      text: module.constant('TEXT'),
      plain: module.constant('PLAIN'),
      tag: module.constant('TAG'),
    };
    this.expand = module.call('expand');
    this.select = module.call('select');
    this.seal = module.call('seal');
    this.open = module.call('open');
    this.begin = module.call('begin');
    this.absorb = module.call('absorb');
    this.apply = module.call('apply');
    this.finish = module.call('finish');
    this.compare = module.call('compare');
    this.wipe = module.call('wipe');
  }

  /**
   * For another key. A shorter one, or one without tables, would not overwrite all of the one before, and what is left of that
   * (four round keys of AES-256 give away the key) would outlive it.
   */
  vacate(): void {
    this.wipe();
    this.holder = undefined;
  }
}

export class KernelAeadKey implements AeadKey {
  readonly #kernel: AeadKernel;
  readonly #keyLength: number;
  /** The expanded key, this key's own while others use the kernel. */
  readonly #state: Uint8Array;
  #wiped = false;

  constructor(kernel: AeadKernel, key: Uint8Array) {
    const { memory, at, stateLength } = kernel;
    this.#kernel = kernel;
    this.#keyLength = key.length;
    kernel.vacate();
    memory.set(key, at.key);
    kernel.expand(key.length);
    this.#state = memory.slice(at.state, at.state + stateLength);
    kernel.holder = this;
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    this.sealTo(nonce, aad, buffer, offset, offset + length, -1, buffer, offset);
  }

  sealTo(
    nonce: Uint8Array,
    aad: Uint8Array,
    text: Uint8Array,
    from: number,
    to: number,
    last: number,
    out: Uint8Array,
    at: number,
  ): void {
    const length = to - from + (last < 0 ? 0 : 1);
    checkCall(nonce, text, from, to - from, this.#wiped);
    checkCall(nonce, out, at, length + TAG, this.#wiped);
    const kernel = this.#take(nonce);
    const { memory } = kernel;
    if (aad.length > SHORT_AAD || length > kernel.chunk) {
      if (text !== out || from !== at) out.set(text.subarray(from, to), at);
      if (last >= 0) out[at + length - 1] = last;
      this.#sealLong(aad, out, at, length);
      return;
    }
    const start = kernel.at.text;
    memory.set(aad, kernel.at.aad);
    memory.set(bytesAt(text, from, to - from), start);
    if (last >= 0) memory[start + length - 1] = last;
    kernel.seal(aad.length, length);
    out.set(memory.subarray(start, start + length + TAG), at);
  }

  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number {
    return this.openTo(nonce, aad, buffer, offset, length, buffer, offset);
  }

  /** The tag is checked before anything is written, so a failure leaves `out` as it was. */
  openTo(
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
    offset: number,
    length: number,
    out: Uint8Array,
    at: number,
  ): number {
    checkCall(nonce, sealed, offset, length, this.#wiped);
    checkCall(nonce, out, at, length, this.#wiped);
    const plainLength = length - TAG;
    if (plainLength < 0) return -1;
    const kernel = this.#take(nonce);
    const { memory } = kernel;
    if (aad.length > SHORT_AAD || plainLength > kernel.chunk) {
      if (sealed === out && offset === at) return this.#openLong(aad, out, at, plainLength);
      // Elsewhere first: what is at `out` may be touched only when the tag is right.
      const copy = sealed.slice(offset, offset + length);
      if (this.#openLong(aad, copy, 0, plainLength) < 0) return -1;
      out.set(copy.subarray(0, plainLength), at);
      copy.fill(0);
      return plainLength;
    }
    const start = kernel.at.plain;
    memory.set(aad, kernel.at.aad);
    memory.set(bytesAt(sealed, offset, length), kernel.at.text);
    if (kernel.open(aad.length, plainLength) !== 1) return -1;
    out.set(memory.subarray(start, start + plainLength), at);
    memory.fill(0, start, start + plainLength);
    return plainLength;
  }

  wipe(): void {
    this.#wiped = true;
    this.#state.fill(0);
    if (this.#kernel.holder === this) this.#kernel.vacate();
  }

  /** Makes this key the kernel's, and sets the nonce. */
  #take(nonce: Uint8Array): AeadKernel {
    const kernel = this.#kernel;
    if (kernel.holder !== this) {
      kernel.vacate();
      kernel.memory.set(this.#state, kernel.at.state);
      kernel.select(this.#keyLength);
      kernel.holder = this;
    }
    kernel.memory.set(nonce, kernel.at.nonce);
    return kernel;
  }

  #sealLong(aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    const kernel = this.#kernel;
    const { memory, at, chunk } = kernel;
    kernel.begin();
    this.#absorbAll(aad, 0, aad.length);
    for (let done = 0; done < length; done += chunk) {
      const n = this.#applyChunk(buffer, offset, length, done);
      kernel.absorb(n);
    }
    kernel.finish(aad.length, length);
    buffer.set(memory.subarray(at.text, at.text + TAG), offset + length);
  }

  #openLong(aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number {
    const kernel = this.#kernel;
    const { memory, at, chunk } = kernel;
    kernel.begin();
    this.#absorbAll(aad, 0, aad.length);
    this.#absorbAll(buffer, offset, length);
    kernel.finish(aad.length, length);
    memory.set(buffer.subarray(offset + length, offset + length + TAG), at.tag);
    if (kernel.compare() !== 1) return -1;
    for (let done = 0; done < length; done += chunk) {
      const n = this.#applyChunk(buffer, offset, length, done);
      memory.fill(0, at.text, at.text + n);
    }
    return length;
  }

  #absorbAll(data: Uint8Array, offset: number, length: number): void {
    const { memory, at, chunk, absorb } = this.#kernel;
    for (let done = 0; done < length; done += chunk) {
      const n = Math.min(chunk, length - done);
      memory.set(data.subarray(offset + done, offset + done + n), at.text);
      absorb(n);
    }
  }

  /** Puts key stream on one chunk of `buffer`, `done` bytes into the message; the result stays in the kernel as well. */
  #applyChunk(buffer: Uint8Array, offset: number, length: number, done: number): number {
    const { memory, at, chunk, apply } = this.#kernel;
    const n = Math.min(chunk, length - done);
    const from = offset + done;
    memory.set(buffer.subarray(from, from + n), at.text);
    apply(n, done / chunk);
    buffer.set(memory.subarray(at.text, at.text + n), from);
    return n;
  }
}

/** Never a subclass, such as Buffer, whose views are made more slowly. */
function bytesAt(bytes: Uint8Array, offset: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
}

/** Throws when a key is not of the AEAD's length: a bug of ours. */
export function checkKeyLength(name: string, keyLength: number, key: Uint8Array): void {
  if (key.length !== keyLength) {
    throw new TLSError('internal_error', `${name} takes a key of ${keyLength} bytes`);
  }
}
