/** Bounded caches: a server's by session ID, a client's by peer. Oldest entries go first (CVE-2024-2511). */
import { equalBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/encoding.ts';
import { TLSError } from '../wire/error.ts';
import { isExpired, type StoredSession } from './session.ts';

const DEFAULT_SERVER_SESSIONS = 20_000;
const DEFAULT_CLIENT_PEERS = 1000;
const DEFAULT_CLIENT_TICKETS = 4;

function checkCapacity(capacity: number): number {
  if (!Number.isInteger(capacity) || capacity < 1) {
    throw new TLSError('invalid_option', 'a cache needs room for at least one session');
  }
  return capacity;
}

/** Sessions of TLS 1.2 by ID, in the form of encodeSession; a Map keeps insertion order, which is age. */
export class ServerSessionCache {
  readonly #entries = new Map<string, Uint8Array>();
  readonly #capacity: number;

  constructor(capacity: number = DEFAULT_SERVER_SESSIONS) {
    this.#capacity = checkCapacity(capacity);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(toHex(id));
  }

  put(id: Uint8Array, session: Uint8Array): void {
    const key = toHex(id);
    this.#remove(key);
    this.#entries.set(key, session);
    if (this.#entries.size <= this.#capacity) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#remove(oldest);
  }

  delete(id: Uint8Array): void {
    this.#remove(toHex(id));
  }

  #remove(key: string): void {
    this.#entries.get(key)?.fill(0);
    this.#entries.delete(key);
  }
}

/** Sessions a client has received, by peer. Those of TLS 1.3 are given out once (RFC 8446 C.4). */
export class ClientSessionCache {
  readonly #peers = new Map<string, StoredSession[]>();
  readonly #capacity: number;
  readonly #perPeer: number;

  constructor(capacity: number = DEFAULT_CLIENT_PEERS, perPeer: number = DEFAULT_CLIENT_TICKETS) {
    this.#capacity = checkCapacity(capacity);
    this.#perPeer = checkCapacity(perPeer);
  }

  get size(): number {
    return this.#peers.size;
  }

  put(peer: string, session: StoredSession): void {
    const sessions = this.#peers.get(peer) ?? [];
    this.#peers.delete(peer);
    // A session of TLS 1.2 may be used again, so the newest is enough.
    const replaced = (old: StoredSession): boolean => session.version === 'tls12' && old.version === 'tls12';
    for (const old of sessions) if (replaced(old)) old.secret.wipe();
    const kept = sessions.filter((old) => !replaced(old));
    kept.push(session);
    for (const old of kept.splice(0, kept.length - this.#perPeer)) old.secret.wipe();
    this.#peers.set(peer, kept);
    if (this.#peers.size <= this.#capacity) return;
    const [oldest] = this.#peers.keys();
    if (oldest !== undefined) this.delete(oldest);
  }

  /** The newest live session for a peer whose settings have this binding; the caller owns what it gets. */
  take(peer: string, binding: Uint8Array, now: number): StoredSession | undefined {
    const sessions = this.#peers.get(peer);
    if (sessions === undefined) return undefined;
    for (let i = sessions.length - 1; i >= 0; i -= 1) {
      const session = sessions[i];
      if (session === undefined) continue;
      if (isExpired(session, now)) {
        sessions.splice(i, 1);
        session.secret.wipe();
      } else if (toHex(session.binding) === toHex(binding)) {
        if (session.version === 'tls12') return { ...session, secret: session.secret.clone() };
        sessions.splice(i, 1);
        return session;
      }
    }
    if (sessions.length === 0) this.#peers.delete(peer);
    return undefined;
  }

  /** Forgets one session of a peer, known by its ticket or ID. */
  remove(peer: string, { ticket, sessionId }: StoredSession): void {
    const sessions = this.#peers.get(peer) ?? [];
    const kept = sessions.filter((old) => {
      const same = equalBytes(old.ticket, ticket) && equalBytes(old.sessionId, sessionId);
      if (same) old.secret.wipe();
      return !same;
    });
    if (kept.length > 0) this.#peers.set(peer, kept);
    else this.#peers.delete(peer);
  }

  delete(peer: string): void {
    for (const session of this.#peers.get(peer) ?? []) session.secret.wipe();
    this.#peers.delete(peer);
  }
}
