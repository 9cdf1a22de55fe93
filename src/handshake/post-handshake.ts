/** KeyUpdate and NewSessionTicket (RFC 8446 4.6). */

import { copyBytes, EMPTY } from '../bytes/bytes.ts';
import { sessionBinding } from '../config/binding.ts';
import type { ClientConfig } from '../config/config.ts';
import { nextTrafficSecret, resumptionPsk } from '../key-schedule/tls13.ts';
import type { Aligned } from '../message/joiner.ts';
import { encodeKeyUpdate, type KeyUpdate } from '../message/key-update.ts';
import type { NewSessionTicket } from '../message/new-session-ticket.ts';
import type { StoredSession } from '../session/session.ts';
import { MAX_TICKET_LIFETIME } from '../wire/limits.ts';
import { KeyUpdateRequest } from '../wire/registry.ts';
import type { Effect, Step } from './effect.ts';
import { rememberedPeer } from './resumption.ts';
import type { ClientOpen, OpenState } from './state.ts';

/** The peer's KeyUpdate: what follows it is under the next key (RFC 8446 4.6.3, 7.2). */
export function onKeyUpdate(state: OpenState, message: KeyUpdate, aligned: Aligned): Step {
  const readSecret = nextTrafficSecret(state.suite.hash, state.readSecret);
  state.readSecret.wipe();
  const effects: Effect[] = [
    { kind: 'install_read', suite: state.suite, secret: readSecret, epoch: 'application', aligned },
  ];
  if (message.requestUpdate === KeyUpdateRequest.update_requested) {
    effects.push({ kind: 'key_update_requested' });
  }
  return { state: { ...state, readSecret }, effects };
}

/** Our KeyUpdate, under the old key, and then the next one. */
export function sendKeyUpdate(state: OpenState, requestPeer: boolean): Step {
  const writeSecret = nextTrafficSecret(state.suite.hash, state.writeSecret);
  state.writeSecret.wipe();
  const requestUpdate = requestPeer
    ? KeyUpdateRequest.update_requested
    : KeyUpdateRequest.update_not_requested;
  return {
    state: { ...state, writeSecret },
    effects: [
      { kind: 'send', message: encodeKeyUpdate({ requestUpdate }) },
      { kind: 'install_write', suite: state.suite, secret: writeSecret, epoch: 'application' },
    ],
  };
}

/** A ticket is kept with the PSK that belongs to it; one with no lifetime is for nothing (RFC 8446 4.6.1). */
export function onNewSessionTicket(config: ClientConfig, state: ClientOpen, message: NewSessionTicket): Step {
  if (message.ticketLifetime === 0) return { state, effects: [] };
  const session: StoredSession = {
    version: 'tls13',
    cipherSuite: state.suite.code,
    secret: resumptionPsk(state.suite.hash, state.resumptionMasterSecret, message.ticketNonce),
    extendedMasterSecret: true,
    createdAt: config.now(),
    lifetime: Math.min(message.ticketLifetime, MAX_TICKET_LIFETIME),
    ageAdd: message.ticketAgeAdd,
    maxEarlyDataSize: message.known.maxEarlyDataSize ?? 0,
    replayStore: EMPTY,
    serverName: state.serverName,
    alpnProtocol: state.alpnProtocol,
    binding: sessionBinding(config),
    ...rememberedPeer(state.peer),
    ticket: copyBytes(message.ticket),
    sessionId: EMPTY,
  };
  return { state, effects: [{ kind: 'ticket', session }] };
}
