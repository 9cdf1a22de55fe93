/**
 * Early data on the server (RFC 8446 4.2.10, 8): taken only where nothing speaks against it and the replay store, or the
 * application, grants it. In all other cases the handshake goes on and the early data is skipped.
 */

import { equalBytes } from '../../bytes/bytes.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { EarlyDataConfig } from '../../config/early-data.ts';
import type { EndOfEarlyData } from '../../message/end-of-early-data.ts';
import type { Aligned } from '../../message/joiner.ts';
import type { Session } from '../../session/session.ts';
import { MAX_EARLY_DATA_SKIPPED, MAX_PLAINTEXT } from '../../wire/limits.ts';
import { type EarlyDataInfo, type EarlyDataReason, earlyKeys, wipeEarly } from '../early-data.ts';
import type { Effect, Step } from '../effect.ts';
import { negotiateAlpn, offeredProtocols } from '../negotiate.ts';
import { ticketAgeError } from '../resumption.ts';
import type { AcceptedPsk, AwaitEarlyData, ExpectEndOfEarlyData, FlightInput } from '../state.ts';
import { startFlight } from './flight.ts';

const ID_LENGTH = 32;

interface Allowance {
  readonly maximum: number;
  readonly early: EarlyDataConfig;
}

/** What the PSK allows; else why it allows nothing here. `accepted` undefined: a handshake with a certificate. */
function judge(input: FlightInput, accepted: AcceptedPsk | undefined): Allowance | EarlyDataReason {
  const { config, hello, retried, earlyOffered } = input;
  const early = config.earlyData;
  if (early === undefined) return 'disabled';
  if (hello.known.preSharedKey === undefined) return 'no_session';
  if (accepted === undefined) return 'session_not_resumed';
  const maximum =
    accepted.kind === 'session' ? accepted.session.maxEarlyDataSize : accepted.key.psk.maxEarlyDataSize;
  if (maximum === 0 || maximum > early.maximum) return 'unsupported_for_session';
  if (!earlyOffered) return 'not_offered';
  const against = differs(input, accepted);
  if (against !== undefined) return against;
  if (retried) return 'hello_retry_request';
  return { maximum, early };
}

/** RFC 8446 4.2.10: the first PSK, and everything that the client sent under it as it was when the session was made. */
function differs(input: FlightInput, accepted: AcceptedPsk): EarlyDataReason | undefined {
  const { config, hello, suite } = input;
  if (accepted.index !== 0) return 'session_not_resumed';
  const alpnProtocol = agreedAlpn(input);
  if (accepted.kind === 'external') {
    // The first suite of the key's hash, and no application protocol: what our clients use with such a key.
    const known = config.provider.cipherSuites13;
    const first = hello.cipherSuites.find((code) =>
      known.some((one) => one.code === code && one.hash.name === suite.hash.name),
    );
    if (first !== suite.code) return 'cipher_mismatch';
    return alpnProtocol === undefined ? undefined : 'alpn_mismatch';
  }
  const { session } = accepted;
  if (session.cipherSuite !== suite.code) return 'cipher_mismatch';
  if (session.alpnProtocol !== alpnProtocol) return 'alpn_mismatch';
  return outOfDate(config, input, session);
}

function outOfDate(
  config: ServerConfig,
  { hello }: FlightInput,
  session: Session,
): EarlyDataReason | undefined {
  const { earlyData } = config;
  const [identity] = hello.known.preSharedKey?.identities ?? [];
  if (earlyData === undefined || identity === undefined) return 'disabled';
  const error = ticketAgeError(session, identity.obfuscatedTicketAge, config.now());
  if (Math.abs(error) > earlyData.ageTolerance) return 'ticket_age';
  // What another store has granted, or this one before it lost its memory, cannot be known.
  return equalBytes(session.replayStore, earlyData.storeName) ? undefined : 'other_store';
}

/** Goes on with a PSK whose binder was good; asks for leave first where the client's early data could be taken. */
export function decideEarlyData(input: FlightInput, accepted: AcceptedPsk): Step {
  const allowance = judge(input, accepted);
  if (typeof allowance === 'string') return startFlight(input, accepted, undefined);
  const { maximum, early } = allowance;
  const { config, hello } = input;
  const id = idOf(input, accepted);
  const until = lastArrival(input, accepted, early);
  return {
    state: { name: 'AwaitEarlyData', input, accepted, maximum },
    effects: [
      {
        kind: 'need',
        need: {
          kind: 'accept_early_data',
          id,
          until,
          maximum,
          serverName: hello.known.serverName,
          alpnProtocol: agreedAlpn(input),
          builtin: () => grants(config, accepted, id, until),
        },
      },
    ],
  };
}

function agreedAlpn({ config, hello }: FlightInput): string | undefined {
  return negotiateAlpn(config.alpnProtocols, offeredProtocols(hello));
}

/** An external PSK has no age, so no store can forget it in time: only the application can know. */
function grants(config: ServerConfig, accepted: AcceptedPsk, id: Uint8Array, until: number): boolean {
  const store = config.earlyData?.replayStore;
  if (store === undefined || accepted.kind === 'external') return false;
  try {
    return store.claim(id, until) === true;
  } catch {
    // A store that fails has not said yes.
    return false;
  }
}

/** A ticket counts once, whatever hello it comes in; an external PSK once per hello, which its binder stands for. */
function idOf({ hello, suite }: FlightInput, accepted: AcceptedPsk): Uint8Array {
  const offered = hello.known.preSharedKey;
  const named = accepted.kind === 'session' ? offered?.identities[0]?.identity : offered?.binders[0];
  return suite.hash.digest(named ?? hello.raw).slice(0, ID_LENGTH);
}

/** RFC 8446 8.3: when the hello would be too old by its own age. */
function lastArrival({ hello, config }: FlightInput, accepted: AcceptedPsk, early: EarlyDataConfig): number {
  if (accepted.kind === 'external') return Number.POSITIVE_INFINITY;
  const age = hello.known.preSharedKey?.identities[0]?.obfuscatedTicketAge ?? 0;
  const now = config.now();
  return now + ticketAgeError(accepted.session, age, now) + early.ageTolerance;
}

export function onEarlyDataAnswer(state: AwaitEarlyData, accept: boolean): Step {
  const { input, accepted, maximum } = state;
  if (!accept) return startFlight(input, accepted, undefined, 'replay_or_refused');
  const psk = accepted.kind === 'session' ? accepted.session.secret : accepted.key.secret;
  const keys = earlyKeys(input.suite, psk, input.transcript.digestWith(input.hello.raw));
  try {
    return startFlight(input, accepted, { keys, maximum });
  } catch (error) {
    wipeEarly(keys);
    throw error;
  }
}

/** For `info`, where early data is not accepted. */
export function earlyVerdict(
  input: FlightInput,
  accepted: AcceptedPsk | undefined,
  reason: EarlyDataReason | undefined,
): EarlyDataInfo {
  const status = input.earlyOffered ? 'rejected' : 'not_offered';
  if (reason !== undefined) return { status, reason };
  const judged = judge(input, accepted);
  return { status, reason: typeof judged === 'string' ? judged : 'replay_or_refused' };
}

/**
 * Bytes of records that are skipped where early data is rejected: what a client may send, and what records add to it. The
 * rate is BoringSSL's, 14336 bytes in 16384.
 */
export function skipEffect({ earlyData }: ServerConfig): Effect {
  const most = Math.ceil(((earlyData?.maximum ?? 0) * 8) / 7);
  return { kind: 'skip_early_data', maximum: Math.max(MAX_EARLY_DATA_SKIPPED, most) };
}

/** A client that sends early data cannot know of the limit on its records yet (RFC 8449 4). */
export function withoutReadLimit(limits: readonly Effect[]): readonly Effect[] {
  return limits.map((effect) =>
    effect.kind === 'limit_records' ? { ...effect, receive: MAX_PLAINTEXT } : effect,
  );
}

/** From here on the client's handshake key (RFC 8446 4.5). */
export function onEndOfEarlyData(
  state: ExpectEndOfEarlyData,
  message: EndOfEarlyData,
  aligned: Aligned,
): Step {
  const { flight, peer, deferred } = state;
  const { keys, early } = flight.progress;
  keys.transcript.add(message.raw);
  early?.trafficSecret.wipe();
  return {
    state: { name: 'ExpectClientFinished', flight, peer },
    effects: [
      {
        kind: 'install_read',
        suite: keys.suite,
        secret: keys.clientHandshakeTrafficSecret,
        epoch: 'handshake',
        aligned,
      },
      ...deferred,
    ],
  };
}
