/**
 * Chunks of a stream -> whole records. A chunk is lent: its records are shown where they lie, and only what it holds of
 * an unfinished record is copied, into a buffer for that one record and for chunks not drained yet. What a
 * header promises is judged as soon as its five bytes are here: a record that is too long is refused without waiting
 * for, or storing, its body.
 */
import { EMPTY } from '../bytes/bytes.ts';
import { TLSError } from '../wire/error.ts';
import { RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { describeForeign } from './foreign.ts';
import { contentType, isKnownContentType, RecordView } from './header.ts';

/** A buffer up to this size survives being empty; a bigger one is let go, so that idle connections are small. */
const RETAINED = 64;
const SMALLEST = 64;
/** Up to here the buffer doubles, beyond it grows by multiples of this. */
const GROWTH_STEP = 16384;
/** Undrained bytes beyond which more are refused: a face must stop reading while its engine waits. */
const DEFAULT_BACKLOG = 262144;

export class Deframer {
  /** Made when there is something to show. */
  #view: RecordView | undefined;
  readonly #maxBacklog: number;
  /** What waits, in memory of our own; the lent chunk follows it. */
  #buffer: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  #lent: Uint8Array = EMPTY;
  #at = 0;
  #first = true;

  /** `maxBacklog`: undrained bytes at which a further chunk is refused. */
  constructor(maxBacklog: number = DEFAULT_BACKLOG) {
    this.#maxBacklog = maxBacklog;
  }

  /** Bytes received and not given out: at the end of the stream, more than 0 means a record was cut off. */
  get buffered(): number {
    return this.#end - this.#start + this.#lent.length - this.#at;
  }

  /** Bytes of our own memory held, for tests and statistics. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /**
   * Takes a chunk of any size by copying it; the record last given out becomes invalid. Throws TLSError `buffer_full`
   * when `maxBacklog` bytes wait already.
   */
  push(chunk: Uint8Array): void {
    this.lend(chunk);
    this.settle();
  }

  /** As {@link push}, but nothing is copied before {@link settle}: until then the chunk must stay as it is. */
  lend(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.buffered >= this.#maxBacklog) {
      throw new TLSError('buffer_full', `${this.buffered} bytes received and not yet processed`);
    }
    this.settle();
    // Never a subclass, whose views would be made, and read, more slowly.
    this.#lent = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#at = 0;
  }

  /** Copies what is left of the chunk that was lent, and lets go of it; the record last given out becomes invalid. */
  settle(): void {
    const left = this.#lent.length - this.#at;
    if (left > 0) this.#take(left);
    else if (this.#end === this.#start) this.#releaseIfBig();
    this.#lent = EMPTY;
    this.#at = 0;
    this.#hide();
  }

  /**
   * The next whole record, or undefined when more bytes are needed. `maxLength` is the longest payload allowed now.
   * Throws TLSError `not_tls`, `bad_content_type`, `bad_record_version` or `record_overflow`, and again if called again.
   */
  next(maxLength: number): RecordView | undefined {
    if (this.#end === this.#start) {
      const whole = this.#judge(this.#lent, this.#at, this.#lent.length, maxLength);
      if (whole === 0) {
        if (this.buffered === 0) this.#releaseIfBig();
        return undefined;
      }
      const at = this.#at;
      this.#at += whole;
      return this.#show(this.#lent, at, whole);
    }
    // The record began in an earlier chunk: it is completed where it waits.
    this.#gather(RECORD_HEADER_LENGTH);
    const length = this.#promised(this.#buffer, this.#start, this.#end, maxLength);
    if (length === 0) return undefined;
    this.#gather(length);
    if (this.#end - this.#start < length) return undefined;
    const at = this.#start;
    this.#start += length;
    return this.#show(this.#buffer, at, length);
  }

  /** Forgets all that waits and lets go of the memory. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#buffer = EMPTY;
    this.#lent = EMPTY;
    this.#at = 0;
    this.#hide();
  }

  /** The length of the record at `at`, its header included; 0 unless all of it lies before `end`. */
  #judge(bytes: Uint8Array, at: number, end: number, maxLength: number): number {
    const whole = this.#promised(bytes, at, end, maxLength);
    return end - at < whole ? 0 : whole;
  }

  /** The length that the header at `at` promises; 0 before it is whole. */
  #promised(bytes: Uint8Array, at: number, end: number, maxLength: number): number {
    if (end - at < RECORD_HEADER_LENGTH) return 0;
    const type = bytes[at] ?? 0;
    const major = bytes[at + 1] ?? 0;
    const length = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
    if (!isKnownContentType(type) || major !== 3) this.#refuse(type, major, bytes.subarray(at, end));
    if (length > maxLength) {
      throw new TLSError('record_overflow', `record of ${length} bytes, the limit is ${maxLength}`, {
        rfc: 'RFC 8446 5.1',
      });
    }
    return RECORD_HEADER_LENGTH + length;
  }

  #show(bytes: Uint8Array, at: number, whole: number): RecordView {
    this.#view ??= new RecordView();
    const view = this.#view;
    const { header } = view;
    for (let i = 0; i < RECORD_HEADER_LENGTH; i += 1) header[i] = bytes[at + i] ?? 0;
    view.type = contentType(header[0] ?? 0);
    view.version = ((header[1] ?? 0) << 8) | (header[2] ?? 0);
    view.buffer = bytes;
    view.offset = at + RECORD_HEADER_LENGTH;
    view.length = whole - RECORD_HEADER_LENGTH;
    this.#first = false;
    return view;
  }

  #hide(): void {
    this.#view?.release();
    this.#view = undefined;
  }

  /** Moves bytes of the lent chunk until `length` of them wait in our buffer, or none is left. */
  #gather(length: number): void {
    const missing = Math.min(length - (this.#end - this.#start), this.#lent.length - this.#at);
    if (missing > 0) this.#take(missing);
  }

  #take(length: number): void {
    this.#makeRoom(length);
    const { buffer, byteOffset } = this.#lent;
    this.#buffer.set(new Uint8Array(buffer, byteOffset + this.#at, length), this.#end);
    this.#end += length;
    this.#at += length;
  }

  /**
   * legacy_record_version must be ignored (RFC 8446 5.1), yet what does not even start with 3 is no TLS of any
   * version, and saying so at once is what helps whoever connected to the wrong port.
   */
  #refuse(type: number, major: number, bytes: Uint8Array): never {
    if (this.#first && major !== 3) {
      const what = describeForeign(bytes);
      throw new TLSError('not_tls', `the peer does not speak TLS: it sent ${what}`, { rfc: 'RFC 8446 5.1' });
    }
    if (!isKnownContentType(type)) {
      throw new TLSError('bad_content_type', `unknown record type ${type}`, { rfc: 'RFC 8446 5' });
    }
    throw new TLSError('bad_record_version', `record version ${major}.x`, { rfc: 'RFC 8446 5.1' });
  }

  #makeRoom(more: number): void {
    const waiting = this.#end - this.#start;
    const capacity = this.#buffer.length;
    if (waiting === 0) {
      this.#start = 0;
      this.#end = 0;
    }
    if (capacity - this.#end >= more) return;
    const needed = waiting + more;
    if (needed <= capacity) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const grown = new Uint8Array(grownCapacity(capacity, needed));
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
    }
    this.#start = 0;
    this.#end = waiting;
  }

  #releaseIfBig(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > RETAINED) this.#buffer = EMPTY;
    this.#hide();
  }
}

/** Doubles while small, so that a record that drips in is not copied once per byte; then grows by even steps. */
function grownCapacity(capacity: number, needed: number): number {
  if (needed > GROWTH_STEP) return Math.ceil(needed / GROWTH_STEP) * GROWTH_STEP;
  return Math.max(needed, capacity * 2, SMALLEST);
}
