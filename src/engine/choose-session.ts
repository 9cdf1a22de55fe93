import { sessionBinding } from '../config/binding.ts';
import type { ClientConfig, Config } from '../config/config.ts';
import { mayOffer } from '../handshake/resumption.ts';
import type { StoredSession } from '../session/session.ts';

/**
 * The session to offer: the one the caller named, else the newest that fits. One of TLS 1.3 is used up, so that no one
 * who watches sees a ticket twice (RFC 8446 C.4); of one of TLS 1.2 the attempt gets a copy.
 */
export function chooseSession(config: ClientConfig): StoredSession | undefined {
  const { session, sessionCache, sessionPeer } = config;
  if (session !== undefined) {
    if (session.secret.wiped || !mayOffer(config, session)) return undefined;
    return session.version === 'tls13' ? session : { ...session, secret: session.secret.clone() };
  }
  if (sessionCache === undefined || sessionPeer === undefined) return undefined;
  const found = sessionCache.take(sessionPeer, sessionBinding(config), config.now());
  if (found === undefined || mayOffer(config, found)) return found;
  found.secret.wipe();
  return undefined;
}

/**
 * A handshake that offered this session has failed: it is not offered again, or a server that cannot cope with it is out
 * of reach until it expires (RFC 5246 7.2). One of TLS 1.3 has left the cache already.
 */
export function dropSession(config: Config, session: StoredSession): void {
  if (config.role !== 'client' || config.sessionPeer === undefined) return;
  config.sessionCache?.remove(config.sessionPeer, session);
}
