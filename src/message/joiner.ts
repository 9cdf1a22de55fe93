/**
 * Fragments of the handshake stream -> whole messages (RFC 8446 5.1): a record may hold several, a message may span
 * several. A message that is too long for its type is refused as soon as its four-byte header is here.
 */
import { EMPTY } from '../bytes/bytes.ts';
import { codePoint } from '../wire/code-point.ts';
import { TLSError } from '../wire/error.ts';
import {
  HANDSHAKE_HEADER_LENGTH,
  MAX_CERTIFICATE_MESSAGE_LENGTH,
  MAX_PLAINTEXT,
  maxHandshakeLength,
} from '../wire/limits.ts';
import { HandshakeType, nameOf } from '../wire/registry.ts';

class AlignedProof {
  // Makes the type nominal: nothing else has this field, and the class is not exported.
  readonly #aligned = true;

  toString(): string {
    return `aligned: ${this.#aligned}`;
  }
}

/**
 * Proof that at this moment the handshake stream ends with a whole message, so that keys may change: bytes after a
 * message that changes keys would be taken as protected by the new ones (RFC 8446 5.1). Only a joiner gives it; use it
 * at once.
 */
export type Aligned = AlignedProof;

const ALIGNED: Aligned = new AlignedProof();

/** The longest message and one record more: what waits when every message is taken out before the next record. */
const MAX_WAITING = HANDSHAKE_HEADER_LENGTH + MAX_CERTIFICATE_MESSAGE_LENGTH + MAX_PLAINTEXT;
/** A buffer up to this size survives being empty. */
const RETAINED = 256;

export class HandshakeJoiner {
  /** The longest Certificate message that is taken, in bytes without its header; more than the default has no effect. */
  maxCertificateLength: number = MAX_CERTIFICATE_MESSAGE_LENGTH;
  #buffer: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;

  /**
   * Bytes of messages not given out, whole or partial. While it is not 0, no record of another type may come
   * (RFC 8446 5.1: `interleaved_handshake`).
   */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** The proof, or undefined while anything is {@link pending}. */
  get aligned(): Aligned | undefined {
    return this.#end === this.#start ? ALIGNED : undefined;
  }

  /** Bytes of memory held, for tests and statistics. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /**
   * Takes the content of one handshake record, by copying. Throws TLSError `message_too_long` when the first
   * message that waits says so, or when messages were left waiting.
   */
  push(fragment: Uint8Array): void {
    const waiting = this.pending;
    if (waiting + fragment.length > MAX_WAITING) {
      throw new TLSError(
        'message_too_long',
        `${waiting + fragment.length} bytes of handshake messages waiting`,
      );
    }
    this.#makeRoom(fragment.length);
    this.#buffer.set(fragment, this.#end);
    this.#end += fragment.length;
    this.#messageLength();
  }

  /**
   * The next whole message with its header, in memory of its own; undefined when more is needed. Throws TLSError
   * `message_too_long`.
   */
  next(): Uint8Array | undefined {
    const length = this.#messageLength();
    if (length === undefined || this.pending < length) return undefined;
    const end = this.#start + length;
    const message = this.#buffer.slice(this.#start, end);
    this.#start = end;
    if (this.#start === this.#end) this.#empty();
    return message;
  }

  /** Forgets all that waits. */
  clear(): void {
    this.#buffer.fill(0);
    this.#buffer = EMPTY;
    this.#start = 0;
    this.#end = 0;
  }

  /** Whole length of the message that waits first; undefined before its header is complete. */
  #messageLength(): number | undefined {
    if (this.pending < HANDSHAKE_HEADER_LENGTH) return undefined;
    const at = this.#start;
    const buffer = this.#buffer;
    const type = codePoint<'HandshakeType'>(buffer[at] ?? 0);
    const length = ((buffer[at + 1] ?? 0) << 16) | ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0);
    const limit = this.#limit(type);
    if (length > limit) {
      const name = nameOf(HandshakeType, type);
      throw new TLSError('message_too_long', `${name} of ${length} bytes, the limit is ${limit}`, {
        rfc: 'RFC 8446 4',
      });
    }
    return HANDSHAKE_HEADER_LENGTH + length;
  }

  #limit(type: HandshakeType): number {
    const limit = maxHandshakeLength(type);
    const isCertificate = type === HandshakeType.certificate || type === HandshakeType.compressed_certificate;
    return isCertificate ? Math.min(limit, this.maxCertificateLength) : limit;
  }

  #makeRoom(more: number): void {
    const waiting = this.pending;
    if (this.#buffer.length - this.#end >= more) return;
    const needed = waiting + more;
    if (needed <= this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const grown = new Uint8Array(Math.min(Math.max(needed, this.#buffer.length * 2), MAX_WAITING));
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
    }
    this.#start = 0;
    this.#end = waiting;
  }

  #empty(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > RETAINED) this.#buffer = EMPTY;
  }
}
