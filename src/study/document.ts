/**
 * The trace document: what a recorded handshake looks like as plain data. It holds nothing but JSON values, no time
 * and no address, so the same bytes give the same document. Byte strings are lower-case hex. Optional members are
 * left out when absent. New members may appear; `format` changes when one changes its meaning.
 */

export const TRACE_FORMAT = 'puretls-trace/1';

export type TraceDirection = 'sent' | 'received';
export type TraceProtection = 'plaintext' | 'early' | 'handshake' | 'application';

interface FieldBase {
  /** The RFC's name for the field; items of a list are `name[i]`. */
  readonly name: string;
  /** From the message down, e.g. `ClientHello.extensions[2].key_share.client_shares[0].group`. */
  readonly path: string;
  /** Bytes from the start of the message; `end` is the first byte after the field. */
  readonly start: number;
  readonly end: number;
  /** What the field is for, with the section that defines it. */
  readonly note?: string;
}

export interface TraceLeaf extends FieldBase {
  readonly hex: string;
  /** Of numbers; a decimal string where a double cannot hold it. */
  readonly value?: number | string;
  /** The value's name in its registry. */
  readonly label?: string;
  /** What the bytes say, where that can be put into words: a host name, a certificate's subject. */
  readonly text?: string;
}

export interface TraceGroup extends FieldBase {
  readonly fields: readonly TraceField[];
}

/** The leaves below a message tile it: each byte belongs to exactly one leaf, in order. */
export type TraceField = TraceLeaf | TraceGroup;

/** A message taken apart. */
export interface Annotation {
  /** `ClientHello`, `HelloRetryRequest`, ...; the handshake type's name where the message is not decoded. */
  readonly message: string;
  /** Bytes, header included. */
  readonly length: number;
  readonly hex: string;
  readonly note?: string;
  readonly fields: readonly TraceField[];
  /** Why the message could not be decoded; the bytes not understood are leaves named `undecoded`. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface MessageEntry extends Annotation {
  readonly kind: 'message';
  /** Counts messages in both directions from 0. */
  readonly index: number;
  readonly direction: TraceDirection;
  readonly protection: TraceProtection;
}

export interface RecordEntry {
  readonly kind: 'record';
  readonly direction: TraceDirection;
  readonly type: string;
  /** Bytes of payload on the wire, without the five of the header. */
  readonly length: number;
  readonly protection: TraceProtection;
}

export interface ChangeCipherSpecEntry {
  readonly kind: 'change_cipher_spec';
  readonly direction: TraceDirection;
  readonly note?: string;
}

export interface AlertEntry {
  readonly kind: 'alert';
  readonly direction: TraceDirection;
  readonly level: string;
  readonly description: string;
}

export interface SecretEntry {
  readonly kind: 'secret';
  /** Label of the key-log format, e.g. `CLIENT_HANDSHAKE_TRAFFIC_SECRET`. */
  readonly label: string;
  readonly hex: string;
  readonly note?: string;
}

export interface StateEntry {
  readonly kind: 'state';
  readonly name: string;
}

export interface TranscriptEntry {
  readonly kind: 'transcript';
  /** The transcript hash up to and including the message before this entry (RFC 8446 4.4.1). */
  readonly hex: string;
}

export type TraceEntry =
  | MessageEntry
  | RecordEntry
  | ChangeCipherSpecEntry
  | AlertEntry
  | SecretEntry
  | StateEntry
  | TranscriptEntry;

export interface TraceDocument {
  readonly format: typeof TRACE_FORMAT;
  /** In the order in which they happened. */
  readonly entries: readonly TraceEntry[];
  /** Lines of the key-log format, ready for a packet analyser; empty until a ClientHello was seen. */
  readonly keyLog: readonly string[];
  /** Entries not kept because the trace had reached its limit. */
  readonly dropped: number;
}
