/** Early data for the tests: a server that takes it, tickets that allow it, and our two ends in conversation. */
import assert from 'node:assert/strict';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import { insecureSeededRandom, type OfferedPsk } from '../../src/fuzz.ts';
import { StrikeRegister } from '../../src/session/replay.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { Pair } from '../engine/pair.ts';
import { provider } from '../handshake/credentials.ts';
import type { Tested } from '../handshake/kit.ts';
import { Clock, connect, newest, pskOf, ticketKeys } from '../session/kit.ts';

export const MAXIMUM = 1000;

/** A server's settings with keys and a register of their own. */
export function serverWith(
  options: Partial<ServerOptions> = {},
  clock: Clock = new Clock(),
): Partial<ServerOptions> {
  const replayStore = new StrikeRegister({ random: insecureSeededRandom(5), now: clock.now });
  return {
    now: clock.now,
    ticketKeys: ticketKeys({ now: clock.now }),
    dangerousEarlyData: { maximum: MAXIMUM, replayStore },
    ...options,
  };
}

export const CLIENT: Partial<ClientOptions> = { dangerousEarlyData: true };

/** A session that the server's ticket allows early data for. The client's clock is the server's. */
export function sessionOf(
  server: Partial<ServerOptions>,
  client: Partial<ClientOptions> = {},
): StoredSession {
  const now = server.now === undefined ? {} : { now: server.now };
  return newest(connect({ ...CLIENT, ...now, ...client }, server));
}

/** The same with the ticket still to be used again: our clients use each once. */
export function again(session: StoredSession): StoredSession {
  return { ...session, secret: session.secret.clone() };
}

export interface EarlyPsk extends OfferedPsk {
  readonly suite: (typeof provider.cipherSuites13)[number];
}

export function earlyPskOf(session: StoredSession, age = 0): EarlyPsk {
  const suite = provider.cipherSuites13.find(({ code }) => code === session.cipherSuite);
  assert.ok(suite);
  return { ...pskOf(session, age), suite };
}

export interface Early {
  readonly pair: Pair;
  readonly client: Tested;
  readonly server: Tested;
  /** Bytes that were taken to be sent early. */
  readonly written: number;
}

/** Writes `data` early and lets the two talk. */
export function early(
  session: StoredSession,
  data: Uint8Array,
  server: Partial<ServerOptions>,
  client: Partial<ClientOptions> = {},
): Early {
  const now = server.now === undefined ? {} : { now: server.now };
  const pair = new Pair({ ...CLIENT, ...now, session, ...client }, server);
  const written = pair.client.tested.connection.writeEarlyData(data);
  pair.pump();
  return { pair, client: pair.client.tested, server: pair.server.tested, written };
}

export function answerOf({ events }: Tested): (ConnectionEvent & { kind: 'early_data_answer' }) | undefined {
  const answers = events.flatMap((event) => (event.kind === 'early_data_answer' ? [event] : []));
  assert.ok(answers.length <= 1, 'it is answered once');
  return answers[0];
}
