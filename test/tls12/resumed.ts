/** Sessions of TLS 1.2 between one of our ends and a scripted one, each made once and used by many tests. */
import assert from 'node:assert/strict';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { clientHandshake12, type PeerOptions, serverHandshake12 } from '../../src/fuzz.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { now, provider } from '../handshake/credentials.ts';
import type { Played, Tested } from '../handshake/kit.ts';
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

/** Lets a connection that delegates the verdict on its peer take the built-in one. */
export const judging = (tested: Tested): void => {
  tested.react = (event, connection) => {
    if (event.kind !== 'need' || event.need.kind !== 'verify_peer') return;
    const verdict = event.need.builtin();
    connection.answer(event.id, { kind: 'verify_peer', verdict, accept: verdict.verified });
  };
};

/** For our client and a scripted server that takes the session up: by ticket, by ID, or with its verdicts delegated. */
export function clientSession(by: 'ticket' | 'id' | 'delegated' = 'ticket'): ClientSession {
  const known = made.get(by);
  if (known !== undefined) return known;
  const options: Partial<ClientOptions> = by === 'delegated' ? { delegate: ['verify_peer'] } : {};
  const played = againstServer12(serverHandshake12({ ticket: by !== 'id', sessionId: by === 'id' }), {
    options,
    prepare: judging,
  });
  const { session } = played.peer.tls12;
  const both = { options: { ...options, session: ticketOf(played) }, peer: { session12: session } };
  made.set(by, both);
  return both;
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
