/** What is to be sent -> records, sealed as they are queued; the transport takes them in one piece. */
import { concatBytes, plainView } from '../bytes/bytes.ts';
import { sealedLength, sealFragments } from '../record/fragmenter.ts';
import { type PaddingPolicy, WriteHalf } from '../record/half.ts';
import { contentType, LEGACY_RECORD_VERSION } from '../record/header.ts';
import { encodeAlert } from '../wire/alert.ts';
import { RECORD_HEADER_LENGTH } from '../wire/limits.ts';
import { AlertDescription, type AlertLevel, ContentType } from '../wire/registry.ts';
import type { Protection, TraceEvent } from './event.ts';

/** RFC 8446 5.1: what the first ClientHello may carry for old middleboxes. */
const FIRST_RECORD_VERSION = 0x0301;
const CHANGE_CIPHER_SPEC = Uint8Array.of(1);

export class Output {
  readonly write: WriteHalf = new WriteHalf();
  protection: Protection = 'plaintext';
  readonly #trace: ((event: TraceEvent) => void) | undefined;
  #padded: Map<number, number> | undefined;
  #messages: Uint8Array[] = [];
  #chunks: Uint8Array[] = [];
  #length = 0;
  #closed = false;

  constructor(role: 'client' | 'server', trace: ((event: TraceEvent) => void) | undefined) {
    this.#trace = trace;
    if (role === 'client') this.write.plaintextVersion = FIRST_RECORD_VERSION;
  }

  /** Asks once per length and call: sizes are computed before anything is sealed, and a policy may well be random. */
  pad(policy: PaddingPolicy): void {
    const padded = new Map<number, number>();
    this.#padded = padded;
    this.write.padding = (length, type) => {
      const answer = padded.get(length) ?? policy(length, type);
      padded.set(length, answer);
      return answer;
    };
  }

  /** Bytes that wait for the transport. */
  get length(): number {
    return this.#length;
  }

  /** Queues a handshake message; those of one flight and key share records. */
  message(raw: Uint8Array): void {
    this.#trace?.({ kind: 'message', direction: 'out', raw, protection: this.protection });
    this.#messages.push(raw);
  }

  /** Seals the queued messages under the present key. */
  flush(): void {
    if (this.#messages.length === 0) return;
    const [only] = this.#messages;
    const flight = this.#messages.length === 1 && only !== undefined ? only : concatBytes(...this.#messages);
    this.#messages = [];
    this.#seal(ContentType.handshake, flight);
    this.write.plaintextVersion = LEGACY_RECORD_VERSION;
  }

  /** The dummy record of RFC 8446 D.4, always in clear. */
  changeCipherSpec(): void {
    this.flush();
    const record = new Uint8Array(RECORD_HEADER_LENGTH + CHANGE_CIPHER_SPEC.length);
    record.set([
      ContentType.change_cipher_spec,
      LEGACY_RECORD_VERSION >> 8,
      LEGACY_RECORD_VERSION & 0xff,
      0,
      1,
    ]);
    record.set(CHANGE_CIPHER_SPEC, RECORD_HEADER_LENGTH);
    this.#trace?.({ kind: 'change_cipher_spec', direction: 'out' });
    this.#queue(record);
  }

  /** Nothing follows close_notify (RFC 8446 6.1, RFC 5246 7.2.1): what comes after it is dropped. */
  alert(level: AlertLevel, description: AlertDescription): void {
    if (this.#closed) return;
    this.#closed = description === AlertDescription.close_notify;
    this.flush();
    this.#trace?.({ kind: 'alert', direction: 'out', level, description });
    this.#seal(ContentType.alert, encodeAlert({ level, description }));
  }

  /** Nothing is protected from here on, until a key is installed. */
  writeInClear(): void {
    this.flush();
    this.write.uninstall();
    this.protection = 'plaintext';
  }

  data(content: Uint8Array, room?: (length: number) => Uint8Array): void {
    this.flush();
    // While a record is sealed no code of the application may run: were it to send, one nonce might be used twice.
    this.#seal(ContentType.application_data, plainView(content), room);
  }

  /** All that waits, as one array of the caller's own. */
  take(): Uint8Array | undefined {
    if (this.#length === 0) return undefined;
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only !== undefined ? only : concatBytes(...this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    return bytes;
  }

  #seal(type: ContentType, content: Uint8Array, room?: (length: number) => Uint8Array): void {
    this.#padded?.clear();
    const length = sealedLength(this.write, type, content.length);
    const records = room === undefined ? new Uint8Array(length) : plainView(room(length)).subarray(0, length);
    sealFragments(this.write, type, content, 0, content.length, records, 0);
    if (this.#trace !== undefined) this.#traceRecords(records);
    this.#queue(records);
  }

  #queue(records: Uint8Array): void {
    this.#chunks.push(records);
    this.#length += records.length;
  }

  #traceRecords(records: Uint8Array): void {
    for (let at = 0; at < records.length; ) {
      const length = ((records[at + 3] ?? 0) << 8) | (records[at + 4] ?? 0);
      const type = contentType(records[at] ?? 0);
      this.#trace?.({ kind: 'record', direction: 'out', type, length, protection: this.protection });
      at += RECORD_HEADER_LENGTH + length;
    }
  }
}
