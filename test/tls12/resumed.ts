/** Sessions of TLS 1.2 between one of our ends and a scripted one, each made once and used by many tests. */
import assert from 'node:assert/strict';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { clientHandshake12, type PeerOptions, serverHandshake12 } from '../../src/fuzz.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { now, provider } from '../handshake/credentials.ts';
import type { Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12 } from './kit.ts';

/** The session of the last ticket event; its secret is the caller's. */
export function ticketOf(played: Played): StoredSession {
  const tickets = played.tested.events.flatMap((event) => (event.kind === 'ticket' ? [event.ticket] : []));
  const last = tickets.at(-1);
  assert.ok(last, 'no session came of the handshake');
  return last;
}

export interface ClientSession {
  readonly options: Partial<ClientOptions>;
  readonly peer: Partial<PeerOptions>;
}

export interface ServerSession {
  readonly options: Partial<ServerOptions>;
  readonly peer: Partial<PeerOptions>;
}

export function ticketKeys(): TicketKeys {
  const aead = provider.cipherSuites13[0]?.aead;
  assert.ok(aead);
  return new TicketKeys({ aead, random: provider.random, now });
}

const made = new Map<string, ClientSession>();

/** For our client and a scripted server that takes the session up: by ticket, or by ID. */
export function clientSession(by: 'ticket' | 'id' = 'ticket'): ClientSession {
  const known = made.get(by);
  if (known !== undefined) return known;
  const played = againstServer12(serverHandshake12({ ticket: by === 'ticket', sessionId: by === 'id' }));
  const session = { options: { session: ticketOf(played) }, peer: { session12: played.peer.tls12.session } };
  made.set(by, session);
  return session;
}

let served: ServerSession | undefined;

/** For our server, and a scripted client that offers its ticket. */
export function serverSession(): ServerSession {
  if (served !== undefined) return served;
  const options = { ticketKeys: ticketKeys() };
  const played = againstClient12(clientHandshake12({ ticket: true }), { options });
  assert.equal(played.tested.connection.phase, 'open');
  served = { options, peer: { session12: played.peer.tls12.session } };
  return served;
}
