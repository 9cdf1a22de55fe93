/** Sessions for the tests: made by handshakes between two ends of ours, or by hand. */
import assert from 'node:assert/strict';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import type { OfferedPsk } from '../../src/fuzz.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TicketKeys, type TicketKeysOptions } from '../../src/session/ticket-keys.ts';
import { Pair } from '../engine/pair.ts';
import { NOW, provider } from '../handshake/credentials.ts';
import type { Tested } from '../handshake/kit.ts';

/** A clock that the tests move. */
export class Clock {
  time: number = NOW;
  readonly now = (): number => this.time;

  /** Milliseconds. */
  pass(time: number): this {
    this.time += time;
    return this;
  }
}

export const SECOND = 1000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

export function ticketKeys(options: Partial<TicketKeysOptions> = {}): TicketKeys {
  const aead = provider.cipherSuites13[0]?.aead;
  assert.ok(aead);
  return new TicketKeys({ aead, random: provider.random, now: () => NOW, ...options });
}

/** The sessions that a client was told of. */
export function ticketsOf(tested: Tested): StoredSession[] {
  return tested.events.flatMap((event) => (event.kind === 'ticket' ? [event.ticket] : []));
}

export interface Connected {
  readonly pair: Pair;
  readonly tickets: readonly StoredSession[];
}

/** A whole handshake between our two ends, and what it says. */
export function connect(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Connected {
  const pair = new Pair(client, server).pump();
  return { pair, tickets: ticketsOf(pair.client.tested) };
}

/** Both ends came through. */
export function assertConnected({ pair }: Connected, resumed: boolean): void {
  for (const end of [pair.client, pair.server]) {
    if (end.error !== undefined) throw end.error;
    assert.equal(end.tested.connection.phase, 'open');
    assert.equal(end.tested.connection.info.resumed, resumed, `${end.tested.connection.role} resumed`);
  }
}

export function newest(connected: Connected): StoredSession {
  const last = connected.tickets.at(-1);
  assert.ok(last, 'the handshake gave no session');
  return last;
}

/** What a scripted client needs to offer a session of TLS 1.3; the age is as the ticket's clock has it. */
export function pskOf(session: StoredSession, age = 0): OfferedPsk {
  const suite = provider.cipherSuites13.find(({ code }) => code === session.cipherSuite);
  return {
    identity: session.ticket,
    obfuscatedTicketAge: (age + session.ageAdd) % 2 ** 32,
    secret: Uint8Array.from(session.secret.reveal()),
    hash: suite?.hash ?? sha256,
  };
}
