/** What a half needs of the protection under one key: TLS 1.2 and 1.3 differ behind this, and nowhere else in the record layer. */
import type { ContentType } from '../wire/registry.ts';
import type { RecordView } from './header.ts';
import type { OpenRoom } from './open-room.ts';

export interface Sealer {
  /** Bytes between a record's header and its content. */
  readonly prefix: number;
  /** Bytes that a record has beyond header and content, `prefix` included and padding not. */
  readonly expansion: number;
  /** Whether content may be padded. */
  readonly pads: boolean;
  /** Records sealed so far. */
  readonly records: number;
  /** Half of what the key may seal is used, and the protocol has a way to change it. */
  readonly needsKeyUpdate: boolean;
  /**
   * Seals `content[from..to]` as a record that begins at `out[at]`; the content may lie anywhere in `out`, else it is
   * only read. `padded` is the length of content and padding together. Returns the offset after the record. Throws
   * TLSError `key_exhausted`.
   */
  seal(
    type: ContentType,
    content: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
    padded: number,
  ): number;
  wipe(): void;
}

export interface Opener {
  /** The longest payload of a record under this key, in bytes. */
  readonly maxPayload: number;
  /** The section that says what to do when a record is not authentic. */
  readonly rfc: string;
  /** Records opened so far. */
  readonly records: number;
  /**
   * Decrypts in `room`, or without one where it lies, and narrows `record` to what was sealed. False when it is not
   * authentic, for whatever cause: too short and a wrong tag are one answer. A failure uses up no sequence number.
   * Throws TLSError when the record's header alone forbids it, and `key_exhausted`.
   */
  open(record: RecordView, room: OpenRoom | undefined): boolean;
  /** Narrows an opened record to its content, at most `maxContent` bytes, and judges it. Throws TLSError. */
  unwrap(record: RecordView, maxContent: number): void;
  wipe(): void;
}
