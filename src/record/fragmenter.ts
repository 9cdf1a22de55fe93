/**
 * Content of any length -> records of at most `maxFragment` bytes each (RFC 8446 5.1), in one buffer whose exact size
 * is known beforehand: one allocation per write, however many records it takes.
 */
import { TLSError } from '../wire/error.ts';
import { MAX_PLAINTEXT, MIN_RECORD_SIZE_LIMIT } from '../wire/limits.ts';
import type { ContentType } from '../wire/registry.ts';
import type { WriteHalf } from './half.ts';

export class Fragmenter {
  readonly #half: WriteHalf;
  #maxFragment = MAX_PLAINTEXT;

  constructor(half: WriteHalf) {
    this.#half = half;
  }

  /** Longest content of one record, in bytes. */
  get maxFragment(): number {
    return this.#maxFragment;
  }

  /** 64 (RFC 8449 4) to 2^14; throws TLSError `invalid_option` for anything else. */
  set maxFragment(length: number) {
    if (!Number.isInteger(length) || length < MIN_RECORD_SIZE_LIMIT || length > MAX_PLAINTEXT) {
      throw new TLSError(
        'invalid_option',
        `maximum fragment length must be ${MIN_RECORD_SIZE_LIMIT} to ${MAX_PLAINTEXT}`,
      );
    }
    this.#maxFragment = length;
  }

  /** How many records `length` bytes take. */
  recordCount(length: number): number {
    return Math.ceil(length / this.#maxFragment);
  }

  /** Bytes of output of `length` bytes under the present key and padding: headers, padding and tags included. */
  sealedLength(type: ContentType, length: number): number {
    const half = this.#half;
    const full = Math.floor(length / this.#maxFragment);
    const rest = length - full * this.#maxFragment;
    let total = full * (half.paddedLength(type, this.#maxFragment) + half.overhead);
    if (rest > 0) total += half.paddedLength(type, rest) + half.overhead;
    return total;
  }

  /**
   * Seals `content[from..to]` into `out` from `out[at]` on and returns the offset after the last record; no record for
   * no content. `out` must be another array and have {@link sealedLength} bytes of room. Throws as {@link WriteHalf.seal}.
   */
  seal(
    type: ContentType,
    content: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
  ): number {
    const half = this.#half;
    const step = this.#maxFragment;
    let end = at;
    for (let start = from; start < to; start += step) {
      end = half.seal(type, content, start, Math.min(start + step, to), out, end);
    }
    return end;
  }

  /** The records of `content` in an array of their own. */
  sealAll(type: ContentType, content: Uint8Array): Uint8Array {
    const out = new Uint8Array(this.sealedLength(type, content.length));
    this.seal(type, content, 0, content.length, out, 0);
    return out;
  }
}
