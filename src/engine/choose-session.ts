import { sessionBinding } from '../config/binding.ts';
import type { ClientConfig } from '../config/config.ts';
import { mayOffer } from '../handshake/resumption.ts';
import type { StoredSession } from '../session/session.ts';

/** The session to offer, the attempt's own copy of it: the one the caller named, else the newest that fits. */
export function chooseSession(config: ClientConfig): StoredSession | undefined {
  const { session, sessionCache, sessionPeer } = config;
  if (session !== undefined) {
    return !session.secret.wiped && mayOffer(config, session)
      ? { ...session, secret: session.secret.clone() }
      : undefined;
  }
  if (sessionCache === undefined || sessionPeer === undefined) return undefined;
  const found = sessionCache.take(sessionPeer, sessionBinding(config), config.now());
  if (found === undefined || mayOffer(config, found)) return found;
  found.secret.wipe();
  return undefined;
}
