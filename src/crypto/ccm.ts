/**
 * CCM (NIST SP 800-38C, RFC 3610) with a 12-byte nonce over any cipher of 16-byte blocks, in place. It costs two block
 * encryptions per block and serves peers that have nothing better, so it is written to be read.
 */
import { constantTimeEqual } from '../bytes/constant-time.ts';
import { TLSError } from '../wire/error.ts';
import type { AeadKey } from './provider.ts';

/** A block cipher under one key. */
export interface BlockCipher {
  /** Encrypts in place; `block` has 16 bytes and begins its ArrayBuffer. */
  encrypt(block: Uint8Array): void;
  wipe(): void;
}

const BLOCK = 16;
const NONCE = 12;
/** Bytes of a length or a counter: what the nonce leaves of a block (RFC 3610 2.1 calls it L). */
const LENGTH_FIELD = 3;
const MAX_LENGTH = 2 ** (8 * LENGTH_FIELD) - 1;
/** More associated data would need a longer length field (RFC 3610 2.2); a record's has 5 or 13 bytes. */
const MAX_AAD = 0xfeff;

export class CcmKey implements AeadKey {
  readonly #cipher: BlockCipher;
  readonly #tagLength: number;
  readonly #stream: Uint8Array = new Uint8Array(BLOCK);
  readonly #mac: Uint8Array = new Uint8Array(BLOCK);
  #wiped = false;

  /** Takes ownership of `cipher`. `tagLength` is even, 4..16. */
  constructor(cipher: BlockCipher, tagLength: number) {
    this.#cipher = cipher;
    this.#tagLength = tagLength;
  }

  seal(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    this.#check(nonce, aad, buffer, offset, length + this.#tagLength);
    const data = buffer.subarray(offset, offset + length);
    this.#authenticate(nonce, aad, data);
    this.#crypt(nonce, data);
    buffer.set(this.#mac.subarray(0, this.#tagLength), offset + length);
    this.#forget();
  }

  open(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): number {
    this.#check(nonce, aad, buffer, offset, length);
    const plainLength = length - this.#tagLength;
    if (plainLength < 0) return -1;
    const data = buffer.subarray(offset, offset + plainLength);
    // The tag is over the plaintext, so decryption comes first; a failure leaves none of it behind.
    this.#crypt(nonce, data);
    this.#authenticate(nonce, aad, data);
    const given = buffer.subarray(offset + plainLength, offset + length);
    const authentic = constantTimeEqual(this.#mac.subarray(0, this.#tagLength), given);
    this.#forget();
    if (authentic) return plainLength;
    data.fill(0);
    return -1;
  }

  wipe(): void {
    this.#wiped = true;
    this.#cipher.wipe();
    this.#forget();
  }

  #check(nonce: Uint8Array, aad: Uint8Array, buffer: Uint8Array, offset: number, length: number): void {
    if (this.#wiped) throw new TLSError('internal_error', 'an AEAD key was used after it was wiped');
    if (nonce.length !== NONCE) throw new TLSError('internal_error', 'an AEAD nonce has 12 bytes');
    if (aad.length > MAX_AAD || length > MAX_LENGTH) {
      throw new TLSError('internal_error', 'too much data for one CCM call');
    }
    if (offset < 0 || length < 0 || offset + length > buffer.length) {
      throw new TLSError('internal_error', 'an AEAD call would leave its buffer');
    }
  }

  /** The tag over associated data and plaintext (RFC 3610 2.2, 2.3), encrypted, into `#mac`. */
  #authenticate(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): void {
    const mac = this.#mac;
    // Whether there is associated data, the tag's length and the length field's (RFC 3610 2.2).
    mac[0] = (aad.length > 0 ? 0x40 : 0) | (((this.#tagLength - 2) / 2) << 3) | (LENGTH_FIELD - 1);
    mac.set(nonce, 1);
    writeLength(mac, plaintext.length);
    this.#cipher.encrypt(mac);
    if (aad.length > 0) {
      // The length takes the first two bytes of the first block.
      mac[0] = (mac[0] ?? 0) ^ (aad.length >>> 8);
      mac[1] = (mac[1] ?? 0) ^ (aad.length & 0xff);
      this.#absorb(aad, 2);
    }
    this.#absorb(plaintext, 0);
    this.#nextStream(nonce, 0);
    xorInto(mac, 0, this.#stream, 0, BLOCK);
  }

  /** CBC-MAC of `data` padded with zeros; `start` bytes of the first block are taken already. */
  #absorb(data: Uint8Array, start: number): void {
    let taken = start;
    for (let at = 0; at < data.length; ) {
      const length = Math.min(BLOCK - taken, data.length - at);
      xorInto(this.#mac, taken, data, at, length);
      this.#cipher.encrypt(this.#mac);
      at += length;
      taken = 0;
    }
  }

  /** Counter mode from block 1 on; block 0 is the tag's (RFC 3610 2.3). */
  #crypt(nonce: Uint8Array, data: Uint8Array): void {
    for (let at = 0, counter = 1; at < data.length; at += BLOCK, counter += 1) {
      this.#nextStream(nonce, counter);
      xorInto(data, at, this.#stream, 0, Math.min(BLOCK, data.length - at));
    }
  }

  #nextStream(nonce: Uint8Array, counter: number): void {
    const block = this.#stream;
    block[0] = LENGTH_FIELD - 1;
    block.set(nonce, 1);
    writeLength(block, counter);
    this.#cipher.encrypt(block);
  }

  #forget(): void {
    this.#stream.fill(0);
    this.#mac.fill(0);
  }
}

function writeLength(block: Uint8Array, value: number): void {
  block[BLOCK - 3] = value >>> 16;
  block[BLOCK - 2] = value >>> 8;
  block[BLOCK - 1] = value;
}

function xorInto(out: Uint8Array, at: number, other: Uint8Array, from: number, length: number): void {
  for (let i = 0; i < length; i++) out[at + i] = (out[at + i] ?? 0) ^ (other[from + i] ?? 0);
}
