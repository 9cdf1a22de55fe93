/**
 * The receiving half of a scripted peer. It tries every key it knows, so that what came under the wrong keys is
 * seen and named rather than lost.
 */
import { concatBytes } from '../bytes/bytes.ts';
import { decodeHandshake, type HandshakeMessage } from '../message/handshake.ts';
import { codePoint } from '../wire/code-point.ts';
import { ContentType } from '../wire/registry.ts';
import type { Received } from './received.ts';
import { type RawRecord, RecordReader } from './record.ts';
import type { OpenedRecord, PeerKeys } from './record-keys.ts';

interface Opened extends OpenedRecord {
  readonly protection: string;
}

export class PeerInput {
  /** Keys that the other end may be using, oldest first. */
  keys: PeerKeys[] = [];
  /** How messages are decoded; a ServerHello of an older version changes it. */
  version: 'tls13' | 'tls12' = 'tls13';
  /**
   * Set when messages and records are TLS 1.2's: gives the keys of what comes after the other end's
   * ChangeCipherSpec, when that has come.
   */
  tls12: (() => PeerKeys) | undefined;
  #changed = false;
  readonly #records = new RecordReader();
  readonly #queue: Received[] = [];
  #fragments: Uint8Array = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    this.#records.push(bytes);
  }

  /** The next message, alert or piece of data; undefined when more bytes are needed. Throws TLSError on a message that cannot be decoded. */
  next(): Received | undefined {
    while (this.#queue.length === 0) {
      const record = this.#records.next();
      if (record === undefined) return undefined;
      this.#take(record);
    }
    return this.#queue.shift();
  }

  #take(record: RawRecord): void {
    const opened = this.#open(record);
    if (opened === undefined) {
      this.#queue.push({ kind: 'unreadable', protection: 'unknown', record });
      return;
    }
    const { protection, content } = opened;
    switch (opened.type) {
      case ContentType.handshake:
        this.#join(content, protection);
        break;
      case ContentType.alert: {
        const [level = 0, description = 0] = content;
        this.#queue.push({
          kind: 'alert',
          protection,
          level,
          description: codePoint<'AlertDescription'>(description),
        });
        break;
      }
      case ContentType.change_cipher_spec:
        this.#queue.push({ kind: 'change_cipher_spec', protection, content });
        this.#followChangeCipherSpec();
        break;
      case ContentType.application_data:
        this.#queue.push({ kind: 'application_data', protection, data: content });
        break;
      default:
        this.#queue.push({ kind: 'unreadable', protection: 'unknown', record });
    }
  }

  #open(record: RawRecord): Opened | undefined {
    const visible = this.tls12 === undefined ? record.type !== ContentType.application_data : !this.#changed;
    if (visible) return { type: record.type, content: record.body, protection: 'plaintext' };
    for (const keys of this.keys) {
      const opened = keys.openRecord(record);
      if (opened !== undefined) return { ...opened, protection: keys.name };
    }
    return undefined;
  }

  /** From here on the other end's records are protected, if they are TLS 1.2's. */
  #followChangeCipherSpec(): void {
    if (this.tls12 === undefined || this.#changed) return;
    this.#changed = true;
    this.keys.push(this.tls12());
  }

  #join(fragment: Uint8Array, protection: string): void {
    this.#fragments = concatBytes(this.#fragments, fragment);
    for (;;) {
      const [, high = 0, middle = 0, low = 0] = this.#fragments;
      const end = 4 + (high * 65536 + middle * 256 + low);
      if (this.#fragments.length < 4 || this.#fragments.length < end) return;
      const raw = this.#fragments.slice(0, end);
      this.#fragments = this.#fragments.slice(end);
      const message = decodeHandshake(raw, this.tls12 === undefined ? this.version : 'tls12');
      if (message.kind === 'ServerHello' && message.known.supportedVersion === undefined)
        this.version = 'tls12';
      this.#queue.push({ kind: 'handshake', protection, message });
      this.#followKeyUpdate(message);
    }
  }

  /** Our reading keys move with the sender's, whether the script waits for its KeyUpdate or not. */
  #followKeyUpdate(message: HandshakeMessage): void {
    if (message.kind !== 'KeyUpdate') return;
    const last = this.keys.at(-1);
    if (last !== undefined) this.keys.push(last.next());
  }
}
