/** What a {@link SecurePipe} asks of the socket above it. */
import type { ConnectionEvent } from '../engine/event.ts';
import type { Need } from '../handshake/effect.ts';
import type { EarlyEvent } from './early-data.ts';

/** What the socket does when something happens. Each call may run user code. */
export interface PipeHost {
  readonly wantsKeyLog: boolean;
  pipeSecure(): void;
  /** Takes data that is the host's own; false when it would rather have no more for now. */
  pipeData(data: Buffer): boolean;
  /** The peer has finished sending; without `clean` it did not say so itself. */
  pipeEnd(clean: boolean): void;
  pipeNeed(id: number, need: Need): void;
  pipeKeyLog(line: string): void;
  pipeNews(event: PipeNews): void;
  /** Bytes moved, in either direction. */
  pipeActive(): void;
  /** The connection is dead; the host destroys itself. */
  pipeFailed(error: unknown): void;
  pipeTransportError(error: Error): void;
  /** The transport was closed. */
  pipeClosed(): void;
}

/** A client's new session, or a server's of TLS 1.2 with an ID. */
export type NewSession = ConnectionEvent & { kind: 'ticket' | 'session' };

/** What a socket keeps, or tells of. */
export type PipeNews = NewSession | EarlyEvent;
