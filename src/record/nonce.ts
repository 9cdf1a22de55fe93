/**
 * Per-record nonces (RFC 8446 5.3): the sequence number, big-endian and padded to the nonce's length, xored with the
 * static IV. A nonce must never repeat under one key (GCM then gives away its authentication key), so the number
 * is a safe integer that is never set, only advanced, and stops being usable before it could wrap or lose precision.
 */
import { TLSError } from '../wire/error.ts';
import { MAX_SEQUENCE_NUMBER } from '../wire/limits.ts';

const TWO_32 = 4294967296;

/** A sequence number as 8 bytes, big-endian, at `out[at]`. */
export function writeSequence(out: Uint8Array, at: number, sequence: number): void {
  const high = Math.floor(sequence / TWO_32);
  const low = sequence >>> 0;
  out[at] = high >>> 24;
  out[at + 1] = high >>> 16;
  out[at + 2] = high >>> 8;
  out[at + 3] = high;
  out[at + 4] = low >>> 24;
  out[at + 5] = low >>> 16;
  out[at + 6] = low >>> 8;
  out[at + 7] = low;
}

/** Every AEAD of TLS takes 12 bytes, and is done with them when its call returns: one buffer serves all connections. */
const SCRATCH = /* @__PURE__ */ new Uint8Array(12);

export class NonceSequence {
  readonly #iv: Uint8Array;
  readonly #tail: number;
  #next: number;

  /** Takes ownership of `iv` (8 bytes or more). `first` is for tests that stand near the end of the sequence. */
  constructor(iv: Uint8Array, first: number = 0) {
    this.#iv = iv;
    this.#tail = iv.length - 8;
    this.#next = first;
  }

  /** The sequence number of the next record, which is also how many records there were. */
  get next(): number {
    return this.#next;
  }

  /**
   * The nonce of the next record, in a buffer that the following call overwrites, of whichever sequence. Throws TLSError
   * `key_exhausted`.
   */
  current(): Uint8Array {
    const sequence = this.#next;
    if (sequence >= MAX_SEQUENCE_NUMBER) {
      throw new TLSError('key_exhausted', 'record sequence number used up', { rfc: 'RFC 8446 5.3' });
    }
    const high = Math.floor(sequence / TWO_32);
    const low = sequence >>> 0;
    const iv = this.#iv;
    const at = this.#tail;
    const nonce = at === SCRATCH.length - 8 ? SCRATCH : new Uint8Array(iv.length);
    for (let i = 0; i < at; i += 1) nonce[i] = iv[i] ?? 0;
    nonce[at] = (iv[at] ?? 0) ^ (high >>> 24);
    nonce[at + 1] = (iv[at + 1] ?? 0) ^ (high >>> 16);
    nonce[at + 2] = (iv[at + 2] ?? 0) ^ (high >>> 8);
    nonce[at + 3] = (iv[at + 3] ?? 0) ^ high;
    nonce[at + 4] = (iv[at + 4] ?? 0) ^ (low >>> 24);
    nonce[at + 5] = (iv[at + 5] ?? 0) ^ (low >>> 16);
    nonce[at + 6] = (iv[at + 6] ?? 0) ^ (low >>> 8);
    nonce[at + 7] = (iv[at + 7] ?? 0) ^ low;
    return nonce;
  }

  advance(): void {
    this.#next += 1;
  }

  wipe(): void {
    this.#iv.fill(0);
    SCRATCH.fill(0);
    this.#next = MAX_SEQUENCE_NUMBER;
  }
}
