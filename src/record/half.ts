/**
 * One direction of a connection: in plaintext at first, then under one traffic key after the other. Here stand the
 * rules about single records; which record may come when is decided above.
 */
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite12, CipherSuite13 } from '../crypto/provider.ts';
import type { Aligned } from '../message/joiner.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_PLAINTEXT, MIN_RECORD_SIZE_LIMIT, RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { ContentType, nameOf } from '../wire/registry.ts';
import { LEGACY_RECORD_VERSION, type OpenedRecord, type RecordView, writeRecordHeader } from './header.ts';
import type { OpenRoom } from './open-room.ts';
import { Opener12, Sealer12 } from './protect12.ts';
import { Opener13, Sealer13 } from './protect13.ts';
import type { Opener, Sealer } from './protection.ts';

/**
 * How long content of `length` bytes is made by zero padding (RFC 8446 5.4). Must give the same answer for the same
 * arguments, since sizes are computed before anything is sealed. What is shorter than `length` or longer than
 * the longest fragment is brought back into that range.
 */
export type PaddingPolicy = (length: number, type: ContentType) => number;

function ended(): TLSError {
  return new TLSError('invalid_state', 'record keys are wiped');
}

/** TLS 1.2 changes keys again only by renegotiation, which we do not have (see the scope table of the README). */
function secondKey(): TLSError {
  return new TLSError('internal_error', 'record keys of TLS 1.2 are installed once');
}

export class WriteHalf {
  /** legacy_record_version of plaintext records; a first ClientHello may carry 0x0301 (RFC 8446 5.1). */
  plaintextVersion: number = LEGACY_RECORD_VERSION;
  padding: PaddingPolicy | undefined = undefined;
  #maxFragment = MAX_PLAINTEXT;
  #sealer: Sealer | undefined = undefined;
  #wiped = false;

  get protected(): boolean {
    return this.#sealer !== undefined;
  }

  /** Bytes of a record beyond its content, without padding: 5 in plaintext. */
  get overhead(): number {
    return RECORD_HEADER_LENGTH + (this.#sealer?.expansion ?? 0);
  }

  /** Longest content and padding of one record, in bytes: 2^14 unless set. */
  get maxFragment(): number {
    return this.#maxFragment;
  }

  /** 64 (RFC 8449 4) to 2^14; throws TLSError `invalid_option` for anything else. */
  set maxFragment(length: number) {
    if (!Number.isInteger(length) || length < MIN_RECORD_SIZE_LIMIT || length > MAX_PLAINTEXT) {
      throw new TLSError(
        'invalid_option',
        `fragments must be ${MIN_RECORD_SIZE_LIMIT} to ${MAX_PLAINTEXT} bytes long`,
      );
    }
    this.#maxFragment = length;
  }

  /** Lowers {@link maxFragment} to what the peer takes (RFC 8449 4, RFC 6066 4); never raises it. */
  limitFragment(length: number): void {
    this.#maxFragment = Math.min(this.#maxFragment, length);
  }

  /** Records sealed under the present key. */
  get records(): number {
    return this.#sealer?.records ?? 0;
  }

  /**
   * True from half of the key's limit on: send a KeyUpdate and install the next secret (RFC 8446 5.5). Never in TLS 1.2,
   * where the key's end is the connection's: `seal` then throws `key_exhausted`.
   */
  get needsKeyUpdate(): boolean {
    return this.#sealer?.needsKeyUpdate ?? false;
  }

  /** Records from here on are protected under keys from `secret`, which stays the caller's; the old key is wiped. */
  install(suite: CipherSuite13, secret: Secret): void {
    if (this.#wiped) throw ended();
    const next = new Sealer13(suite, secret);
    this.#sealer?.wipe();
    this.#sealer = next;
  }

  /**
   * For TLS 1.2, right after ChangeCipherSpec was sent: the write key and IV of our side of the key block, which stay
   * the caller's. Throws TLSError `internal_error` when there is a key already.
   */
  install12(suite: CipherSuite12, key: Uint8Array, iv: Uint8Array): void {
    if (this.#wiped) throw ended();
    if (this.#sealer !== undefined) throw secondKey();
    this.#sealer = new Sealer12(suite, key, iv);
  }

  /** Records from here on are in clear again, as after early data that a HelloRetryRequest rejected (RFC 8446 4.1.2). */
  uninstall(): void {
    this.#sealer?.wipe();
    this.#sealer = undefined;
  }

  /** Length of content and padding of a record whose content has `length` bytes. */
  paddedLength(type: ContentType, length: number): number {
    if (this.padding === undefined || this.#sealer?.pads !== true) return length;
    const wanted = Math.floor(this.padding(length, type));
    return wanted > length ? Math.min(wanted, this.#maxFragment) : length;
  }

  /**
   * Writes one record with `content[from..to]`, at most {@link maxFragment} bytes, at `out[at]`, and returns the offset
   * after it. `out` may be the array that holds the content. Throws TLSError `invalid_state` (wiped, or a type that
   * this state cannot carry), `encode_overflow` (no room, content too long), `internal_error` (a range outside
   * `content`) or `key_exhausted`; then nothing is to be sent.
   */
  seal(
    type: ContentType,
    content: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
  ): number {
    if (this.#wiped) throw ended();
    const sealer = this.#sealer;
    const length = to - from;
    if (!(from >= 0 && length >= 0 && to <= content.length)) {
      throw new TLSError('internal_error', 'content range outside its array');
    }
    if (length > this.#maxFragment)
      throw new TLSError('encode_overflow', `record content of ${length} bytes`);
    // RFC 8446 5.1, RFC 5246 6.2.1: only application data may be empty, and it is always protected.
    const mayBeSent = type === ContentType.application_data ? sealer !== undefined : length > 0;
    if (!mayBeSent) {
      throw new TLSError(
        'invalid_state',
        `${nameOf(ContentType, type)} record of ${length} bytes cannot be sent here`,
      );
    }
    const padded = this.paddedLength(type, length);
    if (!(at >= 0 && at + this.overhead + padded <= out.length)) {
      throw new TLSError('encode_overflow', 'record does not fit its buffer');
    }
    if (sealer !== undefined) return sealer.seal(type, content, from, to, out, at, padded);
    const body = at + RECORD_HEADER_LENGTH;
    if (content !== out || body !== from) out.set(content.subarray(from, to), body);
    writeRecordHeader(out, at, type, this.plaintextVersion, length);
    return body + length;
  }

  /** The end: each later use throws. */
  wipe(): void {
    this.#sealer?.wipe();
    this.#sealer = undefined;
    this.#wiped = true;
  }
}

export class ReadHalf {
  #opener: Opener | undefined = undefined;
  #maxContent = MAX_PLAINTEXT;
  #maxInClear = MAX_PLAINTEXT;
  #wiped = false;

  get protected(): boolean {
    return this.#opener !== undefined;
  }

  /**
   * What to ask the deframer for: the longest payload of a record now (RFC 8446 5.1, 5.2; RFC 5246 6.2.3). Who skips early data before
   * there are keys must ask for `MAX_CIPHERTEXT` itself.
   */
  get maxPayload(): number {
    return this.#opener?.maxPayload ?? MAX_PLAINTEXT;
  }

  /** Records opened under the present key. */
  get records(): number {
    return this.#opener?.records ?? 0;
  }

  /**
   * Lowers the longest content accepted, where an extension agreed on one: of protected records (RFC 8449 4), or of
   * those in clear too (RFC 6066 4).
   */
  limitContent(length: number, inClear = false): void {
    this.#maxContent = Math.min(length, MAX_PLAINTEXT);
    if (inClear) this.#maxInClear = this.#maxContent;
  }

  /**
   * Records from here on are opened with keys from `secret`, which stays the caller's; the old key is wiped. The
   * proof says that no handshake bytes of the old key are left over (RFC 8446 5.1).
   */
  install(suite: CipherSuite13, secret: Secret, _proof: Aligned): void {
    if (this.#wiped) throw ended();
    const next = new Opener13(suite, secret);
    this.#opener?.wipe();
    this.#opener = next;
  }

  /**
   * For TLS 1.2, right after ChangeCipherSpec came: the write key and IV of the peer's side of the key block, which stay
   * the caller's. The proof says that no handshake message straddles the change. Throws TLSError `internal_error`
   * when there is a key already.
   */
  install12(suite: CipherSuite12, key: Uint8Array, iv: Uint8Array, _proof: Aligned): void {
    if (this.#wiped) throw ended();
    if (this.#opener !== undefined) throw secondKey();
    this.#opener = new Opener12(suite, key, iv);
  }

  /**
   * Opens a record in `room`, or without one where it lies: the result is `record` itself, narrowed to its content. In
   * plaintext only the rules of {@link openPlaintext} apply. Under a key of TLS 1.3 the outer type must be application_data (else
   * `plaintext_after_keys`: who wants to let a change_cipher_spec or an alert in clear pass asks `record.type` first);
   * under one of TLS 1.2 it is the type. Throws TLSError `bad_record_mac`, `bad_record_version`, `record_overflow`, `no_content_type`, `empty_record`, `bad_content_type`,
   * `bad_change_cipher_spec`, `early_application_data`, `key_exhausted` or `invalid_state`.
   */
  open(record: RecordView, room?: OpenRoom): OpenedRecord {
    const opened = this.tryOpen(record, room);
    if (opened !== undefined) return opened;
    const rfc = this.#opener?.rfc ?? 'RFC 8446 5.2';
    throw new TLSError('bad_record_mac', 'record failed authentication', { rfc });
  }

  /**
   * Like {@link open}, but undefined where that throws `bad_record_mac`: a server that refused early data skips what
   * it cannot decrypt (RFC 8446 4.2.10). The payload is lost then, `record.length` is still that of the ciphertext
   * and the sequence number has not moved.
   */
  tryOpen(record: RecordView, room?: OpenRoom): OpenedRecord | undefined {
    if (this.#wiped) throw ended();
    const opener = this.#opener;
    if (opener === undefined) return openPlaintext(record, this.#maxInClear);
    if (!opener.open(record, room)) return undefined;
    opener.unwrap(record, this.#maxContent);
    return record;
  }

  /** The end: each later use throws. */
  wipe(): void {
    this.#opener?.wipe();
    this.#opener = undefined;
    this.#wiped = true;
  }
}

/**
 * A record in clear, whatever keys there are; nothing is changed. Throws TLSError `record_overflow`,
 * `empty_record` or `early_application_data` (RFC 8446 5.1).
 */
export function openPlaintext(record: RecordView, maxContent: number = MAX_PLAINTEXT): OpenedRecord {
  if (record.length > maxContent) {
    throw new TLSError('record_overflow', `plaintext record of ${record.length} bytes`, {
      rfc: 'RFC 8446 5.1',
    });
  }
  if (record.type === ContentType.application_data) {
    throw new TLSError('early_application_data', 'application data in clear', { rfc: 'RFC 8446 5.1' });
  }
  if (record.length === 0) {
    throw new TLSError('empty_record', `empty ${nameOf(ContentType, record.type)} record`, {
      rfc: 'RFC 8446 5.1',
    });
  }
  return record;
}
