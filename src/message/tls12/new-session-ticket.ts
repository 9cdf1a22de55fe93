/** NewSessionTicket of TLS 1.2 (RFC 5077 3.3). */
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface NewSessionTicket12Fields {
  /** Seconds; zero means unspecified. */
  readonly ticketLifetimeHint: number;
  /** Empty when a server that promised one has changed its mind. */
  readonly ticket: Uint8Array;
}

export interface NewSessionTicket12 extends NewSessionTicket12Fields {
  readonly kind: 'NewSessionTicket12';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeNewSessionTicket12(r: Reader, raw: Uint8Array): NewSessionTicket12 {
  const ticketLifetimeHint = r.u32('ticket_lifetime_hint');
  const ticket = r.vector(2, 0, 0xffff, 'ticket');
  r.end();
  return { kind: 'NewSessionTicket12', raw, ticketLifetimeHint, ticket };
}

export function encodeNewSessionTicket12(fields: NewSessionTicket12Fields): Uint8Array {
  return encodeMessage(HandshakeType.new_session_ticket, (w) =>
    w.u32(fields.ticketLifetimeHint).vector(2, fields.ticket),
  );
}
