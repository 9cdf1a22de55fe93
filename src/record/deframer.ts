/**
 * Chunks of a stream -> whole records. Chunks are copied once, into a buffer that holds at most one unfinished record
 * and the chunks not drained yet; one that is given away is taken as it is, and its records are opened where they
 * lie. What a header promises is judged as soon as its five bytes are here: a record that is too long is refused
 * without waiting for, or storing, its body.
 */
import { EMPTY } from '../bytes/bytes.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_CIPHERTEXT_12, RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { describeForeign } from './foreign.ts';
import { contentType, isKnownContentType, RecordView } from './header.ts';

/** A buffer up to this size survives being empty; a bigger one is let go, so that idle connections are small. */
const RETAINED = 1024;
const SMALLEST = 64;
/** Up to here the buffer doubles, beyond it grows by multiples of this. */
const GROWTH_STEP = 16384;
/** A chunk that is shorter costs more to keep than to copy. */
const WORTH_KEEPING = 2048;
/** Undrained bytes beyond which more are refused: a face must stop reading while its engine waits. */
const DEFAULT_BACKLOG = 262144;

export class Deframer {
  readonly #view: RecordView = new RecordView();
  readonly #maxBacklog: number;
  #buffer: Uint8Array = EMPTY;
  /** Whether what was given out of the buffer stays as it is: nothing is written into it but behind its end. */
  #stable = false;
  /** The rest of a chunk that was given away, behind the record in the buffer. */
  #rest: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  #first = true;

  /** `maxBacklog`: undrained bytes at which a further `push` is refused. */
  constructor(maxBacklog: number = DEFAULT_BACKLOG) {
    this.#maxBacklog = maxBacklog;
  }

  /** Bytes received and not given out: at the end of the stream, more than 0 means a record was cut off. */
  get buffered(): number {
    return this.#end - this.#start + this.#rest.length;
  }

  /** Bytes of memory held, for tests and statistics. */
  get capacity(): number {
    return this.#buffer.length + this.#rest.length;
  }

  /**
   * Takes a chunk of any size; the record last given out becomes invalid, unless it is `stable`. `given` chunks are ours
   * from here on: they may be written into, and parts of them handed on. Throws TLSError `buffer_full` when
   * `maxBacklog` bytes wait already.
   */
  push(chunk: Uint8Array, given: boolean = false): void {
    if (chunk.length === 0) return;
    if (this.buffered >= this.#maxBacklog) {
      throw new TLSError('buffer_full', `${this.buffered} bytes received and not yet processed`);
    }
    if (!given || chunk.length < WORTH_KEEPING) {
      this.#copy(chunk);
      return;
    }
    // Never a subclass, whose views would be made, and read, more slowly.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    if (this.buffered === 0) this.#adopt(bytes);
    else this.#complete(bytes);
  }

  /**
   * The next whole record, or undefined when more bytes are needed. `maxLength` is the longest payload allowed now.
   * Throws TLSError `not_tls`, `bad_content_type`, `bad_record_version` or `record_overflow`, and again if called again.
   */
  next(maxLength: number): RecordView | undefined {
    const available = this.#end - this.#start;
    if (available < RECORD_HEADER_LENGTH) {
      if (available > 0) return undefined;
      if (this.#rest.length === 0) {
        this.#releaseIfBig();
        return undefined;
      }
      this.#adopt(this.#rest);
      return this.next(maxLength);
    }
    const buffer = this.#buffer;
    const at = this.#start;
    const type = buffer[at] ?? 0;
    const major = buffer[at + 1] ?? 0;
    const length = ((buffer[at + 3] ?? 0) << 8) | (buffer[at + 4] ?? 0);
    if (!isKnownContentType(type) || major !== 3) this.#refuse(type, major);
    if (length > maxLength) {
      throw new TLSError('record_overflow', `record of ${length} bytes, the limit is ${maxLength}`, {
        rfc: 'RFC 8446 5.1',
      });
    }
    if (available < RECORD_HEADER_LENGTH + length) return undefined;

    const view = this.#view;
    const header = view.header;
    for (let i = 0; i < RECORD_HEADER_LENGTH; i += 1) header[i] = buffer[at + i] ?? 0;
    view.type = contentType(type);
    view.version = (major << 8) | (buffer[at + 2] ?? 0);
    view.buffer = buffer;
    view.offset = at + RECORD_HEADER_LENGTH;
    view.length = length;
    view.stable = this.#stable;
    this.#start = view.offset + length;
    this.#first = false;
    return view;
  }

  /** Forgets all that waits and lets go of the memory. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#buffer = EMPTY;
    this.#rest = EMPTY;
    this.#stable = false;
    this.#view.release();
  }

  /** A chunk becomes the buffer; nothing waits before it. */
  #adopt(chunk: Uint8Array): void {
    this.#buffer = chunk;
    this.#stable = true;
    this.#start = 0;
    this.#end = chunk.length;
    this.#rest = EMPTY;
  }

  /** Completes the record that waits, in memory of its own, and keeps the rest of the chunk as it is. */
  #complete(chunk: Uint8Array): void {
    const waiting = this.#end - this.#start;
    if (this.#rest.length > 0 || waiting < RECORD_HEADER_LENGTH) {
      this.#copy(chunk);
      return;
    }
    const buffer = this.#buffer;
    const at = this.#start;
    const whole = RECORD_HEADER_LENGTH + (((buffer[at + 3] ?? 0) << 8) | (buffer[at + 4] ?? 0));
    const missing = whole - waiting;
    // More than one record waits, or one that is refused by its length.
    if (missing <= 0 || whole > RECORD_HEADER_LENGTH + MAX_CIPHERTEXT_12) {
      this.#copy(chunk);
      return;
    }
    if (!this.#stable || at + whole > buffer.length) {
      const record = new Uint8Array(whole);
      record.set(buffer.subarray(at, this.#end));
      this.#buffer = record;
      this.#stable = true;
      this.#start = 0;
      this.#end = waiting;
    }
    const taken = Math.min(missing, chunk.length);
    this.#buffer.set(chunk.subarray(0, taken), this.#end);
    this.#end += taken;
    this.#rest = chunk.subarray(taken);
  }

  #copy(chunk: Uint8Array): void {
    this.#makeRoom(this.#rest.length + chunk.length);
    this.#buffer.set(this.#rest, this.#end);
    this.#buffer.set(chunk, this.#end + this.#rest.length);
    this.#end += this.#rest.length + chunk.length;
    this.#rest = EMPTY;
  }

  /**
   * legacy_record_version must be ignored (RFC 8446 5.1), yet what does not even start with 3 is no TLS of any
   * version, and saying so at once is what helps whoever connected to the wrong port.
   */
  #refuse(type: number, major: number): never {
    if (this.#first && major !== 3) {
      const what = describeForeign(this.#buffer.subarray(this.#start, this.#end));
      throw new TLSError('not_tls', `the peer does not speak TLS: it sent ${what}`, { rfc: 'RFC 8446 5.1' });
    }
    if (!isKnownContentType(type)) {
      throw new TLSError('bad_content_type', `unknown record type ${type}`, { rfc: 'RFC 8446 5' });
    }
    throw new TLSError('bad_record_version', `record version ${major}.x`, { rfc: 'RFC 8446 5.1' });
  }

  #makeRoom(more: number): void {
    const waiting = this.#end - this.#start;
    // What was given out of a chunk that was given to us must stay as it is.
    const capacity = this.#stable ? 0 : this.#buffer.length;
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
      this.#stable = false;
    }
    this.#start = 0;
    this.#end = waiting;
  }

  #releaseIfBig(): void {
    this.#start = 0;
    this.#end = 0;
    this.#view.release();
    if (this.#stable || this.#buffer.length > RETAINED) this.#buffer = EMPTY;
    this.#stable = false;
  }
}

/** Doubles while small, so that a record that drips in is not copied once per byte; then grows by even steps. */
function grownCapacity(capacity: number, needed: number): number {
  if (needed > GROWTH_STEP) return Math.ceil(needed / GROWTH_STEP) * GROWTH_STEP;
  return Math.max(needed, capacity * 2, SMALLEST);
}
