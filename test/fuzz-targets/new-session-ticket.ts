/** The body of a NewSessionTicket; the header is put before it, so that no mutation is spent on it. */
import { wrapHandshake } from '../../src/message/handshake.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { decodeHostile } from '../message/fidelity.ts';

export function fuzz(data: Buffer): void {
  decodeHostile(wrapHandshake(HandshakeType.new_session_ticket, new Uint8Array(data)));
}
