/** NewSessionTicket of TLS 1.3 (RFC 8446 4.6.1). */
import type { Reader } from '../wire/reader.ts';
import { HandshakeType } from '../wire/registry.ts';
import { extensionBlock, writeExtensions } from './extension/block.ts';
import type { RawExtension } from './extension/codec.ts';
import { earlyData } from './extension/early-data.ts';
import { encodeMessage } from './framing.ts';

export interface NewSessionTicketExtensions {
  /** In bytes. */
  readonly maxEarlyDataSize?: number;
}

export interface NewSessionTicketFields {
  /** Seconds; more than seven days is for the receiver to cut, zero means discard. */
  readonly ticketLifetime: number;
  readonly ticketAgeAdd: number;
  /** 0 to 255 bytes. */
  readonly ticketNonce: Uint8Array;
  readonly ticket: Uint8Array;
  readonly extensions: readonly RawExtension[];
}

export interface NewSessionTicket extends NewSessionTicketFields {
  readonly kind: 'NewSessionTicket';
  readonly raw: Uint8Array;
  readonly known: NewSessionTicketExtensions;
}

const decodeExtensions = extensionBlock<NewSessionTicketExtensions>(['NST'], {
  maxEarlyDataSize: earlyData.newSessionTicket,
});

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeNewSessionTicket(r: Reader, raw: Uint8Array): NewSessionTicket {
  const ticketLifetime = r.u32('ticket_lifetime');
  const ticketAgeAdd = r.u32('ticket_age_add');
  const ticketNonce = r.vector(1, 0, 0xff, 'ticket_nonce');
  const ticket = r.vector(2, 1, 0xffff, 'ticket');
  const block = decodeExtensions(r, 0, 0xfffe);
  r.end();
  return { kind: 'NewSessionTicket', raw, ticketLifetime, ticketAgeAdd, ticketNonce, ticket, ...block };
}

export function encodeNewSessionTicket(fields: NewSessionTicketFields): Uint8Array {
  return encodeMessage(HandshakeType.new_session_ticket, (w) => {
    w.u32(fields.ticketLifetime).u32(fields.ticketAgeAdd);
    w.vector(1, fields.ticketNonce).vector(2, fields.ticket);
    writeExtensions(w, fields.extensions);
  });
}
