/**
 * AES-GCM (NIST SP 800-38D, RFC 5116) over noble's block cipher and GHASH. noble's own `gcm` expands the key and
 * rebuilds the multiplication table for each message and returns new arrays; a TLS key lives for many records, so
 * this file keeps both per key and works in place.
 *
 * noble's AES and GHASH read tables at secret indices, so cache timing can leak the key to a process that shares
 * the processor: where that matters, prefer ChaCha20-Poly1305.
 */
import { GHASH } from '@noble/ciphers/_polyval.js';
import { unsafe as aes } from '@noble/ciphers/aes.js';
import { byteSwap, swap8IfBE } from '@noble/ciphers/utils.js';
import { TLSError } from '../../wire/error.ts';
import type { Aead, AeadKey } from '../provider.ts';
import { checkCall } from './bounds.ts';

const BLOCK = 16;
const TAG = 16;
/** Makes noble choose 4-bit windows: 512 table entries, built in some 10 µs; wider ones gain 10 % and cost 8 times that. */
const WINDOW_HINT = 2048;

/**
 * Aligned room to work in, a whole record at a time: noble needs 4-byte alignment and a record's payload has none.
 * Shared by all keys, since no call is ever interrupted; it is cleared whenever it has held plaintext.
 */
const WORK_LENGTH = 16640;
const work = /* @__PURE__ */ new Uint8Array(WORK_LENGTH);
const workWords = /* @__PURE__ */ new Uint32Array(work.buffer);

/** noble's GHASH with its accumulator made reusable, fed from `work` without copies. Nothing of noble's is touched at load. */
function defineGhash() {
  return class RecordGhash extends GHASH {
    constructor(key: Uint8Array) {
      super(key, WINDOW_HINT);
    }

    restart(): void {
      this.s0 = 0;
      this.s1 = 0;
      this.s2 = 0;
      this.s3 = 0;
    }

    /** Absorbs the first `length` bytes of `work`; a last partial block is padded with zeros. */
    absorbWork(length: number): void {
      const padded = (length + BLOCK - 1) & -BLOCK;
      work.fill(0, length, padded);
      for (let i = 0; i < padded / 4; i += 4) {
        this._updateBlock(
          swap8IfBE(workWords[i] ?? 0),
          swap8IfBE(workWords[i + 1] ?? 0),
          swap8IfBE(workWords[i + 2] ?? 0),
          swap8IfBE(workWords[i + 3] ?? 0),
        );
      }
    }

    /** The final block: both lengths in bits as 64-bit big-endian numbers. */
    absorbLengths(aadLength: number, dataLength: number): void {
      this._updateBlock(
        byteSwap(Math.floor(aadLength / 0x20000000)),
        byteSwap(aadLength << 3),
        byteSwap(Math.floor(dataLength / 0x20000000)),
        byteSwap(dataLength << 3),
      );
    }

    /** Writes the accumulator XORed onto `mask` into `mask`. */
    finishOnto(mask: Uint8Array): void {
      xorWord(mask, 0, this.s0);
      xorWord(mask, 4, this.s1);
      xorWord(mask, 8, this.s2);
      xorWord(mask, 12, this.s3);
      this.restart();
    }
  };
}

type RecordGhash = InstanceType<ReturnType<typeof defineGhash>>;
let ghash: ReturnType<typeof defineGhash> | undefined;

function xorWord(out: Uint8Array, at: number, word: number): void {
  for (let i = 0; i < 4; i++) out[at + i] = (out[at + i] ?? 0) ^ (word >>> (8 * i));
}

class AesGcmKey implements AeadKey {
  readonly #roundKeys: Uint32Array;
  readonly #ghash: RecordGhash;
  readonly #counter: Uint8Array = new Uint8Array(BLOCK);
  readonly #tag: Uint8Array = new Uint8Array(TAG);
  #wiped = false;

  constructor(key: Uint8Array) {
    this.#roundKeys = aes.expandKeyLE(key);
    const h = new Uint8Array(BLOCK);
    aes.encryptBlock(this.#roundKeys, h);
    ghash ??= defineGhash();
    this.#ghash = new ghash(h);
    h.fill(0);
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    checkCall(nonce, buffer, offset, length + TAG, this.#wiped);
    this.#start(nonce, aad);
    for (let at = 0; at < length; at += WORK_LENGTH) {
      const n = Math.min(WORK_LENGTH, length - at);
      this.#crypt(buffer, offset + at, n);
      this.#ghash.absorbWork(n);
    }
    this.#ghash.absorbLengths(aad.length, length);
    this.#ghash.finishOnto(this.#tag);
    buffer.set(this.#tag, offset + length);
  }

  /** The tag is checked before anything is decrypted, so a failure leaves the ciphertext as it was. */
  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number {
    checkCall(nonce, buffer, offset, length, this.#wiped);
    const plainLength = length - TAG;
    if (plainLength < 0) return -1;
    this.#start(nonce, aad);
    for (let at = 0; at < plainLength; at += WORK_LENGTH) {
      const n = Math.min(WORK_LENGTH, plainLength - at);
      work.set(buffer.subarray(offset + at, offset + at + n));
      this.#ghash.absorbWork(n);
    }
    this.#ghash.absorbLengths(aad.length, plainLength);
    this.#ghash.finishOnto(this.#tag);
    let difference = 0;
    for (let i = 0; i < TAG; i++) difference |= (this.#tag[i] ?? 0) ^ (buffer[offset + plainLength + i] ?? 0);
    this.#tag.fill(0);
    if (difference !== 0) return -1;
    for (let at = 0; at < plainLength; at += WORK_LENGTH) {
      const n = Math.min(WORK_LENGTH, plainLength - at);
      this.#crypt(buffer, offset + at, n);
      work.fill(0, 0, n);
    }
    return plainLength;
  }

  wipe(): void {
    this.#wiped = true;
    this.#roundKeys.fill(0);
    this.#counter.fill(0);
    this.#tag.fill(0);
    this.#ghash.destroy();
  }

  /** Counter block J0 for a 96-bit nonce, its encryption as tag mask, and the associated data. */
  #start(nonce: Uint8Array, aad: Uint8Array): void {
    const counter = this.#counter;
    counter.set(nonce);
    counter[12] = 0;
    counter[13] = 0;
    counter[14] = 0;
    counter[15] = 1;
    const tag = this.#tag.fill(0);
    aes.ctr32(this.#roundKeys, false, counter, tag, tag);
    this.#ghash.restart();
    for (let at = 0; at < aad.length; at += WORK_LENGTH) {
      const part = aad.subarray(at, at + WORK_LENGTH);
      work.set(part);
      this.#ghash.absorbWork(part.length);
    }
  }

  /** Applies the next key stream to `n` bytes of `buffer`; the result is in `work` as well. */
  #crypt(buffer: Uint8Array, at: number, n: number): void {
    const block = work.subarray(0, n);
    block.set(buffer.subarray(at, at + n));
    aes.ctr32(this.#roundKeys, false, this.#counter, block, block);
    buffer.set(block, at);
  }
}

function aesGcm(name: 'AES-128-GCM' | 'AES-256-GCM', keyLength: number): Aead {
  return {
    name,
    keyLength,
    nonceLength: 12,
    tagLength: TAG,
    /** 2^24.5 full-size records (RFC 8446 5.5). */
    confidentialityLimit: 23726566,
    /** RFC 9147 4.5.3; TLS over a stream ends at the first failure, so only rejected early data ever counts. */
    integrityLimit: 2 ** 36,
    create: (key) => {
      if (key.length !== keyLength)
        throw new TLSError('internal_error', `${name} takes a key of ${keyLength} bytes`);
      return new AesGcmKey(key);
    },
  };
}

export const aes128Gcm: Aead = /* @__PURE__ */ aesGcm('AES-128-GCM', 16);
export const aes256Gcm: Aead = /* @__PURE__ */ aesGcm('AES-256-GCM', 32);
