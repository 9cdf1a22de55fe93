/** Sessions of TLS 1.2 on the server: as tickets (RFC 5077) and by ID (RFC 5246 F.1.4). */
import { EMPTY } from '../../bytes/bytes.ts';
import { sessionBinding } from '../../config/binding.ts';
import type { ServerConfig } from '../../config/config.ts';
import { encodeNewSessionTicket12 } from '../../message/tls12/new-session-ticket.ts';
import { encodeSession } from '../../session/codec.ts';
import type { Effect } from '../effect.ts';
import { rememberedPeer } from '../resumption.ts';
import type { PeerIdentity } from '../state.ts';
import type { Agreed12, Closing12, Keys12 } from '../tls12/state.ts';

const MAX_TICKET_LENGTH = 0xffff;
/** RFC 5246 F.1.4 suggests an upper limit of 24 hours; this is OpenSSL's default. */
const CACHED_LIFETIME = 7200;
/** A longer one, of a client with a big chain, is not kept: the cache counts sessions, not bytes. Our own choice. */
const MAX_CACHED_LENGTH = 16_384;

function sessionBytes(
  config: ServerConfig,
  agreed: Agreed12,
  keys: Keys12,
  peer: PeerIdentity,
  createdAt: number,
): Uint8Array {
  return encodeSession({
    version: 'tls12',
    cipherSuite: agreed.suite.code,
    secret: keys.master,
    extendedMasterSecret: agreed.extendedMasterSecret,
    createdAt,
    lifetime: config.ticketKeys?.lifetime ?? CACHED_LIFETIME,
    ageAdd: 0,
    maxEarlyDataSize: 0,
    replayStore: EMPTY,
    serverName: agreed.serverName,
    alpnProtocol: agreed.alpnProtocol,
    binding: sessionBinding(config),
    ...rememberedPeer(peer),
  });
}

/** `createdAt` is that of the full handshake: a session does not become younger by being resumed. */
export function newTicket12(
  config: ServerConfig,
  agreed: Agreed12,
  keys: Keys12,
  peer: PeerIdentity,
  createdAt: number,
): Uint8Array {
  const plaintext = sessionBytes(config, agreed, keys, peer, createdAt);
  const sealed = config.ticketKeys?.seal(plaintext) ?? EMPTY;
  plaintext.fill(0);
  // RFC 5077 3.3: an empty ticket takes the promise back.
  const ticket = sealed.length > MAX_TICKET_LENGTH ? EMPTY : sealed;
  return encodeNewSessionTicket12({ ticketLifetimeHint: config.ticketKeys?.lifetime ?? 0, ticket });
}

/** For a session that was given an ID. */
export function storeEffects(config: ServerConfig, closing: Closing12): readonly Effect[] {
  const { agreed, keys, peer } = closing;
  if (closing.resumed || agreed.sessionId.length === 0) return [];
  const session = sessionBytes(config, agreed, keys, peer, config.now());
  if (session.length > MAX_CACHED_LENGTH) {
    session.fill(0);
    return [];
  }
  return [{ kind: 'store_session', id: agreed.sessionId, session }];
}
