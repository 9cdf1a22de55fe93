/**
 * Where records are opened that lie in memory which is not ours: small ones side by side, a full one alone. (Room for
 * several full records would be less work for us and more for the system: what is freed in such pieces goes back
 * to it, and costs a page fault for each 4 KiB when it is needed again.) Nothing is written there before its tag is
 * checked, or it is ciphertext.
 */
import { EMPTY } from '../bytes/bytes.ts';
import type { AeadKey } from '../crypto/provider.ts';
import { MAX_CIPHERTEXT } from '../wire/limits.ts';
import type { RecordView } from './header.ts';

/** Gives `length` bytes whose content is to be overwritten; what is opened there is not written to again. */
export type RoomSource = (length: number) => Uint8Array;

export const freshRoom: RoomSource = (length) => new Uint8Array(length);

export class OpenRoom {
  readonly #source: RoomSource;
  #bytes: Uint8Array = EMPTY;
  #at = 0;

  constructor(source: RoomSource) {
    this.#source = source;
  }

  /** To be called before a record of `length` bytes is opened; as many as `ahead` are to come, it included. */
  prepare(length: number, ahead: number): void {
    if (this.#bytes.length - this.#at >= length) return;
    this.finish();
    this.#bytes = this.#source(Math.max(length, Math.min(ahead, MAX_CIPHERTEXT)));
    this.#at = 0;
  }

  /**
   * Opens what begins at `record.buffer[body]` and ends with the record, and makes the record a view of the room. Returns
   * the length of the plaintext, or -1, when the record is as it was.
   */
  open(key: AeadKey, nonce: Uint8Array, aad: Uint8Array, record: RecordView, body: number): number {
    const length = record.offset + record.length - body;
    const [out, at] = [this.#bytes, this.#at];
    let opened: number;
    if (key.openTo !== undefined) {
      opened = key.openTo(nonce, aad, record.buffer, body, length, out, at);
    } else {
      out.set(record.buffer.subarray(body, body + length), at);
      opened = key.open(nonce, aad, out, at, length);
    }
    if (opened < 0) return -1;
    record.buffer = out;
    record.offset = at;
    record.length = opened;
    return opened;
  }

  /**
   * Lets go of the memory. Whoever was given data in it can see all of it: behind the data there are zeros, no ticket, no padding,
   * and nothing of what the memory was used for before.
   */
  finish(): void {
    this.#bytes.fill(0, this.#at);
    this.#bytes = EMPTY;
  }

  /** The first `length` bytes of the record last opened are somebody's from now on. */
  keep(length: number): void {
    this.#at += length;
  }
}
