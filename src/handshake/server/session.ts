/** Tickets of TLS 1.3 on the server: looked up when offered, issued when the handshake is complete (RFC 8446 4.6.1). */
import { EMPTY } from '../../bytes/bytes.ts';
import type { Secret } from '../../bytes/secret.ts';
import { sessionBinding } from '../../config/binding.ts';
import type { ServerConfig } from '../../config/config.ts';
import { TranscriptHash } from '../../crypto/transcript.ts';
import { resumptionPsk } from '../../key-schedule/tls13.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { earlyData } from '../../message/extension/early-data.ts';
import { encodeNewSessionTicket } from '../../message/new-session-ticket.ts';
import { encodeSession } from '../../session/codec.ts';
import { authenticationLeft, type Session } from '../../session/session.ts';
import { codePoint, greaseValue } from '../../wire/code-point.ts';
import { PskKeyExchangeMode } from '../../wire/registry.ts';
import type { Effect, Step } from '../effect.ts';
import { acceptExternal } from '../external-psk.ts';
import { commonCipherSuites } from '../negotiate.ts';
import { acceptsPsk, pskHash, rememberedPeer, resumable } from '../resumption.ts';
import type { AwaitSession, FlightInput, PeerIdentity, ServerProgress } from '../state.ts';
import { decideEarlyData } from './early-data.ts';
import { certificateSuits, startFlight } from './flight.ts';

/** Identities of one hello that are looked up. Our own choice: clients offer one or two, and each costs a decryption. */
const MAX_LOOKUPS = 4;
const MAX_TICKET_LENGTH = 0xffff;

/** Asks for the session behind the client's ticket number `index`, or goes on without one. */
export function decideSession(input: FlightInput, index: number): Step {
  const { config, hello } = input;
  const keeps = config.ticketKeys !== undefined || config.delegate.has('lookup_session');
  const dhe = hello.known.pskKeyExchangeModes?.includes(PskKeyExchangeMode.psk_dhe_ke) === true;
  const offered =
    keeps && dhe && index < MAX_LOOKUPS ? hello.known.preSharedKey?.identities[index] : undefined;
  if (offered === undefined) return decideExternal(input);
  return {
    state: { name: 'AwaitSession', input, index },
    effects: [{ kind: 'need', need: { kind: 'lookup_session', by: 'ticket', identity: offered.identity } }],
  };
}

/** No session: an external PSK, or a certificate. */
function decideExternal(input: FlightInput): Step {
  const { config, hello, suite, transcript } = input;
  if (config.preferCertificates && certificateSuits(config, hello))
    return startFlight(input, undefined, undefined);
  const accepted = acceptExternal(config, hello, suite.hash, transcript);
  if (accepted === undefined) return startFlight(input, undefined, undefined);
  try {
    return decideEarlyData(input, { kind: 'external', ...accepted });
  } catch (error) {
    accepted.key.secret.wipe();
    throw error;
  }
}

export function onSession(state: AwaitSession, bytes: Uint8Array | undefined): Step {
  const { input, index } = state;
  const { config, hello } = input;
  const session = resumable(config, hello, bytes, 'tls13');
  if (session === undefined) return decideSession(input, index + 1);
  try {
    const fitting = fittingHash(input, session);
    if (acceptsPsk(config, hello, index, session, fitting.suite.hash, fitting.transcript)) {
      return decideEarlyData(fitting, { kind: 'session', session, index });
    }
  } catch (error) {
    session.secret.wipe();
    throw error;
  }
  session.secret.wipe();
  return decideSession(input, index + 1);
}

/**
 * With the first common suite of the session's hash: a PSK goes with a hash (RFC 8446 4.2.11), and the order of suites
 * is worth less than resuming. After HelloRetryRequest, which has named the suite, and where no suite fits: as it was.
 */
function fittingHash(input: FlightInput, session: Session): FlightInput {
  const { config, hello, retried } = input;
  const hash = pskHash(config, session);
  if (hash === undefined || retried || hash.name === input.suite.hash.name) return input;
  const suite = commonCipherSuites(config, hello).find((one) => one.hash.name === hash.name);
  if (suite === undefined) return input;
  const transcript = new TranscriptHash();
  transcript.commit(suite.hash);
  return { ...input, suite, transcript };
}

/** The NewSessionTickets that go out with the server's first application keys. */
export function ticketEffects(
  progress: ServerProgress,
  peer: PeerIdentity,
  resumptionMasterSecret: Secret,
): readonly Effect[] {
  const { config, takesTickets } = progress;
  if (config.ticketKeys === undefined || !takesTickets) return [];
  const effects: Effect[] = [];
  for (let i = 0; i < config.ticketCount; i += 1) {
    const message = newTicket(progress, peer, resumptionMasterSecret, Uint8Array.of(i));
    if (message !== undefined) effects.push({ kind: 'send', message });
  }
  return effects;
}

function ticketExtensions(config: ServerConfig): readonly RawExtension[] {
  const { earlyData: early, grease } = config;
  const extensions = early === undefined ? [] : [earlyData.newSessionTicket.encode(early.maximum)];
  // RFC 8701 4: a client must pass it over.
  return grease ? [...extensions, greaseExtension(config)] : extensions;
}

function greaseExtension(config: ServerConfig): RawExtension {
  const byte = new Uint8Array(1);
  config.provider.random(byte);
  return { type: codePoint<'ExtensionType'>(greaseValue(byte[0] ?? 0)), data: EMPTY };
}

function newTicket(
  progress: ServerProgress,
  peer: PeerIdentity,
  resumptionMasterSecret: Secret,
  ticketNonce: Uint8Array,
): Uint8Array | undefined {
  const { config, keys } = progress;
  const { ticketKeys } = config;
  if (ticketKeys === undefined) return undefined;
  const now = config.now();
  const left = Math.floor(authenticationLeft(peer.authenticatedAt, now) / 1000);
  const lifetime = Math.min(ticketKeys.lifetime, left);
  // Resumed so often that its client has to prove itself anew.
  if (lifetime < 1) return undefined;
  const ageAddBytes = new Uint8Array(4);
  config.provider.random(ageAddBytes);
  const ticketAgeAdd = new DataView(ageAddBytes.buffer).getUint32(0);
  const psk = resumptionPsk(keys.suite.hash, resumptionMasterSecret, ticketNonce);
  const plaintext = encodeSession({
    version: 'tls13',
    cipherSuite: keys.suite.code,
    secret: psk,
    extendedMasterSecret: true,
    createdAt: now,
    lifetime,
    ageAdd: ticketAgeAdd,
    maxEarlyDataSize: config.earlyData?.maximum ?? 0,
    replayStore: config.earlyData?.storeName ?? EMPTY,
    serverName: progress.serverName,
    alpnProtocol: progress.alpnProtocol,
    binding: sessionBinding(config),
    ...rememberedPeer(peer),
  });
  psk.wipe();
  const ticket = ticketKeys.seal(plaintext);
  plaintext.fill(0);
  // A client's chain of many certificates may not fit: then there is no ticket, and no resumption.
  if (ticket.length > MAX_TICKET_LENGTH) return undefined;
  return encodeNewSessionTicket({
    ticketLifetime: lifetime,
    ticketAgeAdd,
    ticketNonce,
    ticket,
    extensions: ticketExtensions(config),
  });
}
