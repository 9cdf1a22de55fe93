/** Listens to a connection's trace events and keeps them as a document. Nothing in the protocol knows of it. */
import { toHex } from '../bytes/encoding.ts';
import type { TraceEvent } from '../engine/event.ts';
import { AlertDescription, AlertLevel, ContentType, HandshakeType, nameOf } from '../wire/registry.ts';
import {
  annotateHandshake,
  chosenVersion,
  type MessageVersion,
  RANDOM_END,
  RANDOM_START,
} from './annotate.ts';
import { TRACE_FORMAT, type TraceDirection, type TraceDocument, type TraceEntry } from './document.ts';
import { changeCipherSpecNote, secretNote } from './notes.ts';

/** Entries kept unless the caller says otherwise: a long transfer is one entry per record. */
export const DEFAULT_MAX_ENTRIES = 20_000;

export interface TraceRecorderOptions {
  /** What comes after so many entries is counted, not kept. */
  readonly maxEntries?: number;
}

const noted = (note: string | undefined): { readonly note?: string } => (note === undefined ? {} : { note });

const directionOf = (direction: 'in' | 'out'): TraceDirection => (direction === 'in' ? 'received' : 'sent');

/**
 * Give `listener` to a connection as its trace. The document holds the connection's secrets: whoever reads it can
 * read the connection.
 */
export class TraceRecorder {
  readonly #entries: TraceEntry[] = [];
  readonly #secrets: { readonly label: string; readonly hex: string }[] = [];
  readonly #maxEntries: number;
  #messages = 0;
  #dropped = 0;
  #clientRandom: string | undefined;
  #lastTranscript: string | undefined;
  /** Undefined before the ServerHello. */
  #version: MessageVersion | undefined;

  constructor(options: TraceRecorderOptions = {}) {
    this.#maxEntries = options.maxEntries ?? DEFAULT_MAX_ENTRIES;
  }

  readonly listener = (event: TraceEvent): void => {
    if (event.kind === 'message') {
      this.#noteClientRandom(event.raw);
      this.#version = chosenVersion(event.raw) ?? this.#version;
    }
    // Several states of the machine may see one and the same transcript.
    if (event.kind === 'transcript') {
      const hex = toHex(event.hash);
      if (hex === this.#lastTranscript) return;
      this.#lastTranscript = hex;
    }
    if (event.kind === 'secret') this.#secrets.push({ label: event.label, hex: toHex(event.secret) });
    if (this.#entries.length >= this.#maxEntries) {
      this.#dropped++;
      return;
    }
    this.#entries.push(this.#entry(event));
  };

  /** What was recorded up to now. */
  document(): TraceDocument {
    const random = this.#clientRandom;
    return {
      format: TRACE_FORMAT,
      entries: [...this.#entries],
      keyLog: random === undefined ? [] : this.#secrets.map(({ label, hex }) => `${label} ${random} ${hex}`),
      dropped: this.#dropped,
    };
  }

  #noteClientRandom(raw: Uint8Array): void {
    // After a HelloRetryRequest the random is the same one (RFC 8446 4.1.2).
    if (raw[0] !== HandshakeType.client_hello || raw.length < RANDOM_END) return;
    this.#clientRandom ??= toHex(raw.subarray(RANDOM_START, RANDOM_END));
  }

  #entry(event: TraceEvent): TraceEntry {
    switch (event.kind) {
      case 'message':
        return {
          kind: 'message',
          index: this.#messages++,
          direction: directionOf(event.direction),
          protection: event.protection,
          ...annotateHandshake(event.raw, this.#version),
        };
      case 'record':
        return {
          kind: 'record',
          direction: directionOf(event.direction),
          type: nameOf(ContentType, event.type),
          length: event.length,
          protection: event.protection,
        };
      case 'change_cipher_spec':
        return {
          kind: 'change_cipher_spec',
          direction: directionOf(event.direction),
          ...noted(changeCipherSpecNote(this.#version)),
        };
      case 'alert':
        return {
          kind: 'alert',
          direction: directionOf(event.direction),
          level: nameOf(AlertLevel, event.level),
          description: nameOf(AlertDescription, event.description),
        };
      case 'secret':
        return {
          kind: 'secret',
          label: event.label,
          hex: toHex(event.secret),
          ...noted(secretNote(event.label)),
        };
      case 'state':
        return { kind: 'state', name: event.name };
      case 'transcript':
        return { kind: 'transcript', hex: toHex(event.hash) };
      default:
        return event satisfies never;
    }
  }
}
