import { EventEmitter } from 'node:events';
import type { NewSession } from './pipe-host.ts';
import type { Role } from './socket-role.ts';

/** A server's new session of TLS 1.2 by ID: for 'newSession' listeners, and for our own cache where there are none. */
export function storeSession(
  role: Role,
  server: object | undefined,
  { id, session }: NewSession & { kind: 'session' },
): void {
  if (role.kind !== 'server') return;
  if (!(server instanceof EventEmitter) || server.listenerCount('newSession') === 0) {
    role.settings.sessions.put(id, session);
    return;
  }
  // Node holds the handshake until the listener calls back; here it is complete, and there is nothing to hold.
  server.emit('newSession', Buffer.from(id), Buffer.from(session), () => {});
}
