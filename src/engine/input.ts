/** Bytes -> records -> what the connection acts on: whole handshake messages, alerts, application data. */
import { type Aligned, HandshakeJoiner } from '../message/joiner.ts';
import { Deframer } from '../record/deframer.ts';
import { openPlaintext, ReadHalf } from '../record/half.ts';
import type { OpenedRecord, RecordView } from '../record/header.ts';
import { freshRoom, OpenRoom, type RoomSource } from '../record/open-room.ts';
import { type Alert, decodeAlert } from '../wire/alert.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_CIPHERTEXT } from '../wire/limits.ts';
import { ContentType, nameOf, ProtocolVersion } from '../wire/registry.ts';
import type { Protection, TraceEvent } from './event.ts';
import type { Patience } from './patience.ts';

export type InputItem =
  | { readonly kind: 'message'; readonly raw: Uint8Array; readonly aligned: Aligned | undefined }
  /** Of TLS 1.2; those of TLS 1.3 mean nothing and are dropped. */
  | { readonly kind: 'change_cipher_spec'; readonly aligned: Aligned | undefined }
  | { readonly kind: 'early_data'; readonly content: Uint8Array }
  | { readonly kind: 'data'; readonly content: Uint8Array }
  | { readonly kind: 'alert'; readonly alert: Alert };

export class Input {
  readonly read: ReadHalf = new ReadHalf();
  readonly #deframer = new Deframer();
  readonly #joiner = new HandshakeJoiner();
  readonly #patience: Patience;
  readonly #trace: ((event: TraceEvent) => void) | undefined;
  #room: OpenRoom | undefined;
  #protection: Protection = 'plaintext';
  #skipping = false;
  #earlyRoom = 0;
  #hasShownKeys = false;
  #tls12 = false;
  /** change_cipher_spec is dropped from the first ClientHello to the peer's Finished (RFC 8446 5). */
  #compatibilityWindow = false;
  #droppedChangeCipherSpec = false;
  #handshakeBytes = 0;

  constructor(patience: Patience, trace: ((event: TraceEvent) => void) | undefined) {
    this.#patience = patience;
    this.#trace = trace;
  }

  get protection(): Protection {
    return this.#protection;
  }

  set protection(protection: Protection) {
    // Whoever has ended early data has shown keys of its own.
    if (this.#protection === 'early') this.#hasShownKeys = true;
    this.#protection = protection;
    if (protection === 'early' || protection === 'application') this.#skipping = false;
    if (protection === 'application') {
      this.#compatibilityWindow = false;
    }
  }

  /** Bytes of handshake records so far. */
  get handshakeBytes(): number {
    return this.#handshakeBytes;
  }

  /** Whether the stream ends inside a record or message. */
  get partial(): boolean {
    return this.#deframer.buffered > 0 || this.#joiner.pending > 0;
  }

  /** Bytes of a Certificate message, from the next record on. */
  set maxCertificateLength(length: number) {
    this.#joiner.maxCertificateLength = length;
  }

  openCompatibilityWindow(): void {
    this.#compatibilityWindow = true;
  }

  /**
   * Records are TLS 1.2's from here on. Throws TLSError `bad_change_cipher_spec` when one was dropped while the version
   * was open: as TLS 1.2's it came before its time (CVE-2014-0224).
   */
  speakTls12(): void {
    if (this.#droppedChangeCipherSpec) {
      throw new TLSError('bad_change_cipher_spec', 'ChangeCipherSpec before ServerHello', {
        rfc: 'RFC 5246 7.1',
      });
    }
    this.#tls12 = true;
    this.#compatibilityWindow = false;
    this.#skipping = false;
  }

  /** From here on what cannot be opened is refused early data, until something can: so many bytes (RFC 8446 4.2.10). */
  skipEarlyData(maximum: number): void {
    this.#skipping = true;
    this.#patience.allowEarlyData(maximum);
  }

  /** Bytes of application data that may come under the early key. */
  limitEarlyData(maximum: number): void {
    this.#earlyRoom = maximum;
  }

  /** Takes a chunk that stays as it is until {@link settle}; application data is opened in memory from `source`. */
  lend(bytes: Uint8Array, source: RoomSource): void {
    this.#deframer.lend(bytes);
    this.#room = new OpenRoom(source);
  }

  /** Keeps a copy of what has not been processed, and lets go of the chunk. */
  settle(): void {
    this.#deframer.settle();
    this.#room?.finish();
    this.#room = undefined;
  }

  /** The next item, or undefined when more bytes are needed. What it shows is valid until the next call. Throws TLSError. */
  next(): InputItem | undefined {
    for (;;) {
      const raw = this.#joiner.next();
      if (raw !== undefined) return { kind: 'message', raw, aligned: this.#joiner.aligned };
      const limit = this.#skipping ? MAX_CIPHERTEXT : this.read.maxPayload;
      const record = this.#deframer.next(limit);
      if (record === undefined) return undefined;
      const item = this.#record(record);
      if (item !== undefined) return item;
    }
  }

  clear(): void {
    this.#deframer.clear();
    this.#room?.finish();
    this.#room = undefined;
    this.#joiner.clear();
  }

  #record(record: RecordView): InputItem | undefined {
    this.#trace?.({
      kind: 'record',
      direction: 'in',
      type: record.type,
      length: record.length,
      protection: this.#protection,
    });
    if (record.type === ContentType.change_cipher_spec && !this.#tls12) return this.#dummy(record);
    if (this.#tls12 && record.version !== ProtocolVersion.TLS12) {
      const version = nameOf(ProtocolVersion, record.version);
      throw new TLSError('bad_record_version', `a record of version ${version} in TLS 1.2`, {
        rfc: 'RFC 5246 6.2.1',
      });
    }
    if (this.#skipping && !this.read.protected && record.type === ContentType.application_data) {
      this.#patience.spend('earlyData', Math.max(record.length, 1));
      return undefined;
    }
    const opened = this.#open(record);
    return opened === undefined ? undefined : this.#opened(opened);
  }

  #dummy(record: RecordView): undefined {
    if (!isChangeCipherSpec(record.content) || !this.#compatibilityWindow || this.#joiner.pending > 0) {
      throw new TLSError('bad_change_cipher_spec', 'a change_cipher_spec record that may not stand here', {
        rfc: 'RFC 8446 5',
      });
    }
    this.#patience.spend('changeCipherSpec');
    this.#droppedChangeCipherSpec = true;
    this.#trace?.({ kind: 'change_cipher_spec', direction: 'in' });
    return undefined;
  }

  #changeCipherSpec(content: Uint8Array): InputItem {
    if (!isChangeCipherSpec(content)) {
      throw new TLSError('malformed_change_cipher_spec', 'a ChangeCipherSpec must be one byte, of value 1', {
        rfc: 'RFC 5246 7.1',
      });
    }
    this.#trace?.({ kind: 'change_cipher_spec', direction: 'in' });
    return { kind: 'change_cipher_spec', aligned: this.#joiner.aligned };
  }

  #open(record: RecordView): OpenedRecord | undefined {
    if (this.read.protected && record.type === ContentType.alert && this.#mayAlertInClear()) {
      return openPlaintext(record);
    }
    if (!this.#skipping) return this.read.open(record, this.#roomFor(record));
    const { length } = record;
    const opened = this.read.tryOpen(record, this.#roomFor(record));
    if (opened === undefined) this.#patience.spend('earlyData', Math.max(length, 1));
    // In clear too: that is the second ClientHello, after which no early data may come (RFC 8446 4.2.10).
    else this.#skipping = false;
    return opened;
  }

  #roomFor(record: RecordView): OpenRoom {
    this.#room ??= new OpenRoom(freshRoom);
    this.#room.prepare(record.length, record.length + this.#deframer.buffered);
    return this.#room;
  }

  /**
   * A peer that could not make sense of our hello has no keys to protect its alert with. That holds until its first
   * protected record; later an alert in clear is an attacker's.
   */
  #mayAlertInClear(): boolean {
    const first = this.#protection === 'handshake' || this.#protection === 'early';
    return !this.#tls12 && first && this.read.records === 0 && !this.#hasShownKeys;
  }

  #opened(record: OpenedRecord): InputItem | undefined {
    if (record.type === ContentType.handshake) {
      this.#handshakeBytes += record.length;
      this.#joiner.push(record.content);
      return undefined;
    }
    if (record.type === ContentType.change_cipher_spec) return this.#changeCipherSpec(record.content);
    if (this.#joiner.pending > 0) {
      throw new TLSError(
        'interleaved_handshake',
        'a record of another type between fragments of a handshake message',
        {
          rfc: 'RFC 8446 5.1',
        },
      );
    }
    if (record.type === ContentType.alert) return { kind: 'alert', alert: decodeAlert(record.content) };
    if (this.#protection === 'early') return this.#early(record);
    if (this.#protection !== 'application') {
      throw new TLSError('early_application_data', 'application data before the handshake is complete', {
        rfc: 'RFC 8446 4.4.4',
      });
    }
    if (record.length === 0) {
      this.#patience.spend('empty');
      return undefined;
    }
    this.#patience.renew();
    this.#room?.keep(record.length);
    return { kind: 'data', content: record.content };
  }

  /** Only content counts, not padding (RFC 8446 4.2.10). */
  #early({ content, length }: OpenedRecord): InputItem | undefined {
    if (length > this.#earlyRoom) {
      throw new TLSError('too_much_early_data', 'more early data than the ticket allows', {
        rfc: 'RFC 8446 4.2.10',
      });
    }
    this.#earlyRoom -= length;
    if (length === 0) {
      this.#patience.spend('empty');
      return undefined;
    }
    this.#room?.keep(length);
    return { kind: 'early_data', content };
  }
}

function isChangeCipherSpec(content: Uint8Array): boolean {
  return content.length === 1 && content[0] === 1;
}
