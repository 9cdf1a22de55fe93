/** Handshakes in memory, recorded at both ends. */
import { sha256 } from '../../src/crypto/noble/hash.ts';
import {
  type ClientOptions,
  Connection,
  type ConnectionEvent,
  createClientConfig,
  createServerConfig,
  nobleProvider,
  type ServerOptions,
  type TraceEvent,
} from '../../src/engine.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { type TraceDocument, TraceRecorder } from '../../src/study.ts';
import { createAuthority } from '../../src/x509.ts';

export const NOW: number = Date.UTC(2026, 10, 30);
const NAME = 'server.test';

/** SHA-256 in counter mode: the same bytes on every run. */
export function seeded(seed: number): (out: Uint8Array) => void {
  let counter = 0;
  return (out) => {
    for (let at = 0; at < out.length; at += 32) {
      const block = sha256.digest(Uint8Array.of(seed, counter >> 8, counter & 255));
      counter++;
      out.set(block.subarray(0, Math.min(32, out.length - at)), at);
    }
  };
}

const authority = createAuthority({ random: seeded(1), now: NOW });
const issued = authority.issue({ names: [NAME] });

export interface Run {
  readonly client: TraceDocument;
  readonly server: TraceDocument;
  readonly keyLog: readonly string[];
  /** The client's. */
  readonly sessions: readonly StoredSession[];
  readonly error: unknown;
}

export interface Change {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly trace?: boolean;
}

/** A handshake in memory, one record's worth of data each way, and an orderly end. */
export function run(change: Change = {}): Run {
  const now = (): number => NOW;
  const recorders = [new TraceRecorder(), new TraceRecorder()] as const;
  const keyLog: string[] = [];
  const sessions: StoredSession[] = [];
  const listener =
    (role: 'client' | 'server') =>
    (event: ConnectionEvent): void => {
      if (event.kind === 'key_log' && role === 'client') keyLog.push(event.line);
      if (event.kind === 'ticket') sessions.push(event.ticket);
      if (event.kind === 'secure' && role === 'client') client.send(Uint8Array.of(1, 2, 3));
      if (event.kind === 'data' && role === 'server') server.close();
      if (event.kind === 'close_notify' && role === 'client') client.close();
    };
  const traceOf = (recorder: TraceRecorder): ((event: TraceEvent) => void) | undefined =>
    change.trace === false ? undefined : recorder.listener;
  const client = Connection.client(
    createClientConfig({
      provider: nobleProvider(seeded(2)),
      now,
      serverName: NAME,
      trust: authority.trust,
      ...change.client,
    }),
    listener('client'),
    traceOf(recorders[0]),
  );
  const server = Connection.server(
    createServerConfig({
      provider: nobleProvider(seeded(3)),
      now,
      credentials: [issued.credential],
      ...change.server,
    }),
    listener('server'),
    traceOf(recorders[1]),
  );
  let error: unknown;
  client.start();
  server.start();
  for (let moved = true; moved; ) {
    moved = false;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const bytes = from.takeOutput();
      if (bytes === undefined) continue;
      moved = true;
      try {
        to.receive(bytes);
      } catch (thrown) {
        error ??= thrown;
      }
    }
  }
  return { client: recorders[0].document(), server: recorders[1].document(), keyLog, sessions, error };
}

export type Kind = TraceDocument['entries'][number]['kind'];

export function entries<K extends Kind>(
  document: TraceDocument,
  kind: K,
): Extract<TraceDocument['entries'][number], { kind: K }>[] {
  return document.entries.filter(
    (entry): entry is Extract<TraceDocument['entries'][number], { kind: K }> => entry.kind === kind,
  );
}

export const flow = (document: TraceDocument): string[] =>
  entries(document, 'message').map(
    ({ message, direction, protection }) => `${direction} ${message} ${protection}`,
  );
