/**
 * The record header (RFC 8446 5.1), and the one view through which records move: from the
 * deframer as they came, then opened in place by a {@link ReadHalf}.
 */
import { EMPTY } from '../bytes/bytes.ts';
import { codePoint } from '../wire/code-point.ts';
import { RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { ContentType } from '../wire/registry.ts';

/** The version that every record carries but the first one of a client (RFC 8446 5.1). */
export const LEGACY_RECORD_VERSION = 0x0303;

/** What a record says once it is opened: `length` bytes of content at `buffer[offset]`. */
export interface OpenedRecord {
  /** The real type: the inner one if the record was protected. */
  readonly type: ContentType;
  readonly buffer: Uint8Array;
  readonly offset: number;
  /** Bytes of content, without type byte, padding and tag. */
  readonly length: number;
  /** The content as a view; valid until the deframer is called again, or as long as the room it was opened in. */
  readonly content: Uint8Array;
}

/**
 * One whole record. It may be decrypted where it lies if the memory is ours, as it is unless the chunk was lent. A
 * deframer reuses one view for all its records: what it shows is valid until the deframer is called again.
 */
export class RecordView implements OpenedRecord {
  type: ContentType = ContentType.handshake;
  /** legacy_record_version, to be ignored (RFC 8446 5.1). */
  version = 0;
  /** The header as it came: the additional data of the AEAD (RFC 8446 5.2). Opening does not change it. */
  readonly header: Uint8Array = new Uint8Array(RECORD_HEADER_LENGTH);
  buffer: Uint8Array = EMPTY;
  offset = 0;
  length = 0;

  get content(): Uint8Array {
    return this.buffer.subarray(this.offset, this.offset + this.length);
  }

  /** Lets go of the memory. */
  release(): void {
    this.buffer = EMPTY;
    this.offset = 0;
    this.length = 0;
  }
}

/** Writes a record header at `out[at]`; `length` is that of what follows. Returns the offset after it. */
export function writeRecordHeader(
  out: Uint8Array,
  at: number,
  type: ContentType,
  version: number,
  length: number,
): number {
  out[at] = type;
  out[at + 1] = version >>> 8;
  out[at + 2] = version & 0xff;
  out[at + 3] = length >>> 8;
  out[at + 4] = length & 0xff;
  return at + RECORD_HEADER_LENGTH;
}

/** Whether a first byte is one of the four content types of TLS 1.2 and 1.3 (RFC 8446 B.1). */
export function isKnownContentType(code: number): boolean {
  return code >= ContentType.change_cipher_spec && code <= ContentType.application_data;
}

export function contentType(code: number): ContentType {
  return codePoint<'ContentType'>(code);
}
