/**
 * Sessions as bytes and the tickets that seal them. Bytes are a session or a TLSError of decoding; a sealed session
 * that anything was done to is not opened.
 */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import {
  decodeSession,
  decodeStoredSession,
  encodeSession,
  encodeStoredSession,
} from '../../src/session/codec.ts';
import { refusedOr } from '../message/fidelity.ts';
import { ticketKeys } from '../session/kit.ts';

const keys = ticketKeys({ random: insecureSeededRandom(7) });
const stranger = ticketKeys({ random: insecureSeededRandom(8) });

function checkCodec(bytes: Uint8Array): void {
  const session = refusedOr(() => decodeSession(bytes));
  if (session !== undefined && !equalBytes(encodeSession(session), bytes))
    throw new Error('a session does not encode to what it was');
  const stored = refusedOr(() => decodeStoredSession(bytes));
  if (stored !== undefined && !equalBytes(encodeStoredSession(stored), bytes))
    throw new Error('a stored session does not encode to what it was');
}

/** The first two bytes say where a ticket around the rest is changed, and how: none of it changed when the second is 0. */
export function fuzz(data: Buffer): void {
  const [at = 0, change = 0] = data;
  const plaintext = new Uint8Array(data.subarray(2));
  checkCodec(plaintext);
  if (keys.open(plaintext) !== undefined) throw new Error('a ticket that nobody sealed was opened');
  const ticket = keys.seal(plaintext);
  if (stranger.open(ticket) !== undefined) throw new Error('a ticket was opened with another key');
  ticket[at % ticket.length] = (ticket[at % ticket.length] ?? 0) ^ change;
  const opened = keys.open(ticket);
  if (change === 0) {
    if (opened === undefined || !equalBytes(opened, plaintext)) throw new Error('a ticket was not opened');
  } else if (opened !== undefined) throw new Error('a changed ticket was opened');
  if (keys.open(ticket.subarray(0, -1 - at)) !== undefined) throw new Error('a cut ticket was opened');
}
