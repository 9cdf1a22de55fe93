/**
 * AES-CCM and AES-CCM-8 from the AES kernel (assembly/aes-ccm.ts): a record is one call. What is longer than a record is
 * put together by the reference's CCM over the kernel's block cipher, and where the kernel cannot run, all is the reference's.
 */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { type BlockCipher, CcmKey } from '../ccm.ts';
import * as reference from '../noble/aes-ccm.ts';
import { checkCall } from '../noble/bounds.ts';
import type { Aead, AeadKey } from '../provider.ts';
import { aesGcmKernel } from './aead.ts';
import { type AeadKernel, checkKeyLength } from './aead-kernel.ts';
import type { KernelFunction } from './host.ts';
import { LazyKernel } from './lazy.ts';

const BLOCK = 16;
/** Fifteen round keys, as AES-256 has them. */
const ROUND_KEYS = 240;
/** Bytes of associated data that a call takes: TLS has 5 or 13. */
const SHORT_AAD = 16;

/** What CCM uses of the AES kernel, which it shares with GCM. */
class CcmKernel {
  readonly aes: AeadKernel;
  readonly expand: KernelFunction;
  readonly seal: KernelFunction;
  readonly open: KernelFunction;
  readonly encryptOne: KernelFunction;

  constructor(aes: AeadKernel | undefined) {
    if (aes === undefined) throw new Error('the AES kernel does not run');
    this.aes = aes;
    this.expand = aes.module.call('ccmExpand');
    this.seal = aes.module.call('ccmSeal');
    this.open = aes.module.call('ccmOpen');
    this.encryptOne = aes.module.call('encryptOne');
  }
}

class KernelCcmKey implements AeadKey {
  readonly #kernel: CcmKernel;
  readonly #keyLength: number;
  readonly #tagLength: number;
  /** The round keys, this key's own while others use the kernel. */
  readonly #state: Uint8Array;
  #wiped = false;

  constructor(kernel: CcmKernel, key: Uint8Array, tagLength: number) {
    const { memory, at } = kernel.aes;
    this.#kernel = kernel;
    this.#keyLength = key.length;
    this.#tagLength = tagLength;
    kernel.aes.vacate();
    memory.set(key, at.key);
    kernel.expand(key.length);
    this.#state = memory.slice(at.state, at.state + ROUND_KEYS);
    kernel.aes.holder = this;
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    const tag = this.#tagLength;
    checkCall(nonce, buffer, offset, length + tag, this.#wiped);
    const { memory, at, chunk } = this.#kernel.aes;
    if (aad.length > SHORT_AAD || length > chunk) {
      this.#long().seal(nonce, aad, buffer, offset, length);
      return;
    }
    this.#take();
    memory.set(nonce, at.nonce);
    memory.set(aad, at.aad);
    memory.set(buffer.subarray(offset, offset + length), at.text);
    this.#kernel.seal(aad.length, length, tag);
    buffer.set(memory.subarray(at.text, at.text + length + tag), offset);
  }

  /** Nothing is written to `buffer` before the tag is right, but for messages longer than a record, which are wiped. */
  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number {
    const tag = this.#tagLength;
    checkCall(nonce, buffer, offset, length, this.#wiped);
    const plainLength = length - tag;
    if (plainLength < 0) return -1;
    const { memory, at, chunk } = this.#kernel.aes;
    if (aad.length > SHORT_AAD || plainLength > chunk) {
      return this.#long().open(nonce, aad, buffer, offset, length);
    }
    this.#take();
    memory.set(nonce, at.nonce);
    memory.set(aad, at.aad);
    memory.set(buffer.subarray(offset, offset + length), at.text);
    if (this.#kernel.open(aad.length, plainLength, tag) !== 1) return -1;
    buffer.set(memory.subarray(at.text, at.text + plainLength), offset);
    memory.fill(0, at.text, at.text + plainLength);
    return plainLength;
  }

  wipe(): void {
    this.#wiped = true;
    this.#state.fill(0);
    const { aes } = this.#kernel;
    if (aes.holder === this) aes.vacate();
  }

  /** Makes this key the kernel's. */
  #take(): void {
    const { aes } = this.#kernel;
    if (aes.holder === this) return;
    aes.vacate();
    aes.memory.set(this.#state, aes.at.state);
    aes.select(this.#keyLength);
    aes.holder = this;
  }

  #long(): CcmKey {
    const { aes, encryptOne } = this.#kernel;
    const cipher: BlockCipher = {
      encrypt: (block) => {
        this.#take();
        aes.memory.set(block, aes.at.text);
        encryptOne();
        block.set(aes.memory.subarray(aes.at.text, aes.at.text + BLOCK));
        aes.memory.fill(0, aes.at.text, aes.at.text + BLOCK);
      },
      wipe: () => {},
    };
    return new CcmKey(cipher, this.#tagLength);
  }
}

function counting(length: number, from: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i);
}

/** Tags of a message whose bytes count up, under such a key, nonce and associated data. The values are OpenSSL's. */
const KNOWN_LENGTH = 500;
export const KNOWN_CCM_TAGS = {
  aes128: '57ab05282bca7aa2170904151b3404bf',
  aes256: 'e9111dcb9d8bfdd9c8f71444deff52f5',
} as const;

/** Seals the message, opens it, and refuses it with a bit turned. */
function computes(kernel: CcmKernel, keyLength: number, tag: string): boolean {
  const key = new KernelCcmKey(kernel, counting(keyLength, 0), BLOCK);
  const [nonce, aad, text] = [counting(12, 64), counting(13, 128), counting(KNOWN_LENGTH, 1)];
  const buffer = new Uint8Array(KNOWN_LENGTH + BLOCK);
  buffer.set(text);
  key.seal(nonce, aad, buffer, 0, KNOWN_LENGTH);
  const sealed = equalBytes(buffer.subarray(KNOWN_LENGTH), fromHex(tag));
  const forged = buffer.slice();
  forged[KNOWN_LENGTH] = (forged[KNOWN_LENGTH] ?? 0) ^ 128;
  const refused = key.open(nonce, aad, forged, 0, forged.length) === -1;
  const opened = key.open(nonce, aad, buffer, 0, buffer.length) === KNOWN_LENGTH;
  key.wipe();
  return sealed && refused && opened && equalBytes(buffer.subarray(0, KNOWN_LENGTH), text);
}

export const aesCcmKernel: LazyKernel<CcmKernel> = /* @__PURE__ */ new LazyKernel(
  'AES-CCM',
  () => new CcmKernel(aesGcmKernel.get()),
  (kernel) => computes(kernel, 16, KNOWN_CCM_TAGS.aes128) && computes(kernel, 32, KNOWN_CCM_TAGS.aes256),
);

function overKernel(fallback: Aead): Aead {
  return {
    ...fallback,
    create: (key) => {
      checkKeyLength(fallback.name, fallback.keyLength, key);
      const kernel = aesCcmKernel.get();
      return kernel === undefined ? fallback.create(key) : new KernelCcmKey(kernel, key, fallback.tagLength);
    },
  };
}

export const aes128Ccm: Aead = /* @__PURE__ */ overKernel(reference.aes128Ccm);
export const aes256Ccm: Aead = /* @__PURE__ */ overKernel(reference.aes256Ccm);
export const aes128Ccm8: Aead = /* @__PURE__ */ overKernel(reference.aes128Ccm8);
export const aes256Ccm8: Aead = /* @__PURE__ */ overKernel(reference.aes256Ccm8);
