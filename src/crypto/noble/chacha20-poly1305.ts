/** ChaCha20-Poly1305 (RFC 8439 2.8) in place, over noble's stream cipher and authenticator. */
import { Poly1305 } from '@noble/ciphers/_poly1305.js';
import { chacha20 } from '@noble/ciphers/chacha.js';
import { TLSError } from '../../wire/error.ts';
import type { Aead, AeadKey } from '../provider.ts';
import { checkCall } from './bounds.ts';

const TAG = 16;
const BLOCK = 16;
const KEY = 32;
const ZEROS = /* @__PURE__ */ new Uint8Array(64);

/** Holds one record while it is worked on; shared by all keys, since every call is synchronous. */
let scratch: Uint8Array | undefined;
const SCRATCH_LENGTH = 16384 + 64;

/**
 * XORs the key stream into `data`. noble works on 32-bit words where it can, and a record's body, five bytes behind
 * its header, is rarely aligned: moving it to where it is and back costs a tenth of what bytewise work would.
 */
function applyStream(key: Uint8Array, nonce: Uint8Array, data: Uint8Array): void {
  if (data.byteOffset % 4 === 0 || data.length > SCRATCH_LENGTH) {
    chacha20(key, nonce, data, data, 1);
    return;
  }
  scratch ??= new Uint8Array(SCRATCH_LENGTH);
  const aligned = scratch.subarray(0, data.length);
  aligned.set(data);
  chacha20(key, nonce, aligned, aligned, 1);
  data.set(aligned);
  aligned.fill(0);
}

/**
 * noble's Poly1305, fed without the copy that its `update` makes: 16 KiB of garbage a record, twice what the rest costs.
 * Nothing of noble's is touched at load.
 */
function definePoly1305() {
  return class RecordPoly1305 extends Poly1305 {
    /** Absorbs `data`; a last partial block is padded with zeros. */
    absorbPadded(data: Uint8Array): void {
      const whole = data.length - (data.length % BLOCK);
      // The one way in that TypeScript leaves to a method which noble declares private; the version of noble is pinned.
      for (let at = 0; at < whole; at += BLOCK) this['process'](data, at, false);
      if (whole === data.length) return;
      this.update(data.subarray(whole));
      this.update(ZEROS.subarray(0, BLOCK - (data.length - whole)));
    }
  };
}

let poly1305: ReturnType<typeof definePoly1305> | undefined;

class ChaChaPolyKey implements AeadKey {
  readonly #key: Uint8Array;
  readonly #authKey: Uint8Array = new Uint8Array(32);
  readonly #lengths: Uint8Array = new Uint8Array(16);
  readonly #lengthsView: DataView = new DataView(this.#lengths.buffer);
  readonly #tag: Uint8Array = new Uint8Array(TAG);
  #wiped = false;

  constructor(key: Uint8Array) {
    this.#key = key.slice();
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    checkCall(nonce, buffer, offset, length + TAG, this.#wiped);
    const data = buffer.subarray(offset, offset + length);
    applyStream(this.#key, nonce, data);
    this.#authenticate(nonce, aad, data);
    buffer.set(this.#tag, offset + length);
  }

  /** The tag is checked before anything is decrypted, so a failure leaves the ciphertext as it was. */
  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number {
    checkCall(nonce, buffer, offset, length, this.#wiped);
    const plainLength = length - TAG;
    if (plainLength < 0) return -1;
    const data = buffer.subarray(offset, offset + plainLength);
    this.#authenticate(nonce, aad, data);
    let difference = 0;
    for (let i = 0; i < TAG; i++) difference |= (this.#tag[i] ?? 0) ^ (buffer[offset + plainLength + i] ?? 0);
    this.#tag.fill(0);
    if (difference !== 0) return -1;
    applyStream(this.#key, nonce, data);
    return plainLength;
  }

  wipe(): void {
    this.#wiped = true;
    this.#key.fill(0);
    this.#authKey.fill(0);
    this.#tag.fill(0);
  }

  /** The tag over aad and ciphertext, each padded to 16 bytes, and their lengths. */
  #authenticate(nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array): void {
    chacha20(this.#key, nonce, ZEROS.subarray(0, 32), this.#authKey, 0);
    poly1305 ??= definePoly1305();
    const mac = new poly1305(this.#authKey);
    mac.absorbPadded(aad);
    mac.absorbPadded(ciphertext);
    const view = this.#lengthsView;
    view.setUint32(0, aad.length, true);
    view.setUint32(8, ciphertext.length, true);
    mac.update(this.#lengths);
    mac.digestInto(this.#tag);
    mac.destroy();
    this.#authKey.fill(0);
  }
}

export const chacha20Poly1305: Aead = {
  name: 'ChaCha20-Poly1305',
  keyLength: KEY,
  nonceLength: 12,
  tagLength: TAG,
  /** The sequence number ends before the safety margin does (RFC 8446 5.5). */
  confidentialityLimit: Number.POSITIVE_INFINITY,
  /** RFC 9147 4.5.3. */
  integrityLimit: 2 ** 36,
  create: (key) => {
    if (key.length !== KEY) throw new TLSError('internal_error', 'ChaCha20-Poly1305 takes a key of 32 bytes');
    return new ChaChaPolyKey(key);
  },
};
