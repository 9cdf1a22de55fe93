/** pre_shared_key (RFC 8446 4.2.11). */
import { TLSError } from '../../wire/error.ts';
import { MAX_PSK_IDENTITIES } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { ExtensionType } from '../../wire/registry.ts';
import { Writer } from '../../wire/writer.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

export interface PskIdentity {
  readonly identity: Uint8Array;
  /** Milliseconds since the ticket came, plus its ticket_age_add, modulo 2^32. */
  readonly obfuscatedTicketAge: number;
}

export interface OfferedPsks {
  readonly identities: readonly PskIdentity[];
  /** As many as identities, in the same order. */
  readonly binders: readonly Uint8Array[];
  /**
   * Bytes that the list of binders takes, with its length, at the end of the message: the binders are computed over
   * what stands before them (RFC 8446 4.2.11.2).
   */
  readonly bindersLength: number;
}

function decodeOffer(r: Reader): OfferedPsks {
  const identities = r.list(2, 7, 0xffff, 'identities', (item) => ({
    identity: item.vector(2, 1, 0xffff, 'identity'),
    obfuscatedTicketAge: item.u32('obfuscated_ticket_age'),
  }));
  const bindersLength = r.remaining;
  // Not 32 bytes at least: a binder of the wrong length is one that does not validate (RFC 8446 4.2.11), and where TLS 1.2 is
  // chosen nobody looks at it.
  const binders = r.list(2, 2, 0xffff, 'binders', (item) => item.vector(1, 1, 0xff, 'binder'));
  if (identities.length > MAX_PSK_IDENTITIES) {
    r.fail('too_many_items', 'identities', `has ${identities.length} entries`);
  }
  if (identities.length !== binders.length) {
    const counts = `has ${binders.length} entries for ${identities.length} identities`;
    r.fail('illegal_parameter', 'binders', counts, 'RFC 8446 4.2.11');
  }
  return { identities, binders, bindersLength };
}

function writeBinders(w: Writer, binders: readonly Uint8Array[]): void {
  w.vector(2, (list) => {
    for (const binder of binders) list.vector(1, binder);
  });
}

function writeOffer(w: Writer, value: Omit<OfferedPsks, 'bindersLength'>): void {
  w.vector(2, (list) => {
    for (const { identity, obfuscatedTicketAge } of value.identities)
      list.vector(2, identity).u32(obfuscatedTicketAge);
  });
  writeBinders(w, value.binders);
}

/**
 * The ClientHello `raw`, whose last extension is pre_shared_key, with its binders replaced by others of the same
 * lengths: a client encodes with zeros, hashes what precedes them, and fills them in (RFC 8446 4.2.11.2).
 */
export function replaceBinders(raw: Uint8Array, binders: readonly Uint8Array[]): Uint8Array {
  const w = new Writer();
  writeBinders(w, binders);
  const list = w.finish();
  const start = raw.length - list.length;
  let fits = start >= 0 && raw[start] === list[0] && raw[start + 1] === list[1];
  let at = start + 2;
  for (const binder of binders) {
    fits &&= raw[at] === binder.length;
    at += 1 + binder.length;
  }
  if (!fits)
    throw new TLSError('internal_error', 'the binders do not have the lengths they were reserved with');
  const out = new Uint8Array(raw);
  out.set(list, start);
  return out;
}

/** What {@link OfferedPsks.bindersLength} is for binders of these lengths. */
export function bindersListLength(binderLengths: readonly number[]): number {
  return binderLengths.reduce((sum, length) => sum + 1 + length, 2);
}

const type: ExtensionType = ExtensionType.pre_shared_key;

export const preSharedKey: ExtensionPlacement & {
  readonly clientHello: {
    readonly type: ExtensionType;
    decode(r: Reader): OfferedPsks;
    encode(value: Omit<OfferedPsks, 'bindersLength'>): {
      readonly type: ExtensionType;
      readonly data: Uint8Array;
    };
  };
  /** selected_identity: an index into the client's list. */
  readonly serverHello: ExtensionCodec<number>;
} = {
  type,
  allowedIn: ['CH', 'SH'],
  clientHello: {
    type,
    decode: decodeOffer,
    encode(value) {
      const w = new Writer();
      writeOffer(w, value);
      return { type, data: w.finish() };
    },
  },
  serverHello: codec(
    type,
    (r) => r.u16('selected_identity'),
    (w, index) => w.u16(index),
  ),
};
