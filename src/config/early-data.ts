/**
 * Early data (0-RTT), which is off in both roles unless asked for. It has no forward secrecy, and whoever records it can send it again
 * (RFC 8446 2.3, 8, E.5): only what may be done twice without harm belongs in it.
 */
import { EMPTY } from '../bytes/bytes.ts';
import { checkStoreName, type ReplayStore, ticketStore } from '../session/replay.ts';
import { invalid } from './check.ts';
import { wholeNumber } from './sizes.ts';

/** RFC 8446 8.3 names ten seconds for clients on the internet. */
const DEFAULT_AGE_TOLERANCE = 10_000;
/** A longer window is a longer time to play a record again in. */
const MAX_AGE_TOLERANCE = 60_000;
/** A u32 (RFC 8446 4.6.1); our own choice below it, since refused early data has to be skipped. */
const MAX_EARLY_DATA = 2 ** 30;

export interface ServerEarlyData {
  /** Bytes of early data that each ticket allows its client, 1 to 2^30. */
  readonly maximum: number;
  /**
   * Grants each ticket once. Without one nothing is accepted but what the application itself accepts in answer to the need
   * `accept_early_data`, which must then see to replays.
   */
  readonly replayStore?: ReplayStore | undefined;
  /** Milliseconds that the client's view of its ticket's age may differ from ours, up to 60000; default 10000 (RFC 8446 8.3). Tickets count under it alone. */
  readonly ageTolerance?: number | undefined;
}

export interface EarlyDataConfig {
  readonly maximum: number;
  readonly replayStore: ReplayStore | undefined;
  /** What tickets say of the store, see `ticketStore`. */
  readonly storeName: Uint8Array;
  readonly ageTolerance: number;
}

/** Throws TLSError `invalid_option`. */
export function serverEarlyData(options: ServerEarlyData | undefined): EarlyDataConfig | undefined {
  if (options === undefined) return undefined;
  const { maximum, replayStore, ageTolerance } = options;
  if (typeof maximum !== 'number') invalid('dangerousEarlyData needs a maximum of bytes');
  if (replayStore !== undefined && typeof replayStore.claim !== 'function') {
    invalid('dangerousEarlyData: a replayStore needs a method claim');
  }
  const tolerance = wholeNumber(
    ageTolerance,
    DEFAULT_AGE_TOLERANCE,
    0,
    MAX_AGE_TOLERANCE,
    'dangerousEarlyData.ageTolerance',
  );
  return Object.freeze({
    maximum: wholeNumber(maximum, 0, 1, MAX_EARLY_DATA, 'dangerousEarlyData.maximum'),
    replayStore,
    storeName: ticketStore(replayStore === undefined ? EMPTY : checkStoreName(replayStore.name), tolerance),
    ageTolerance: tolerance,
  });
}

/** What an external PSK allows; 0 for none. Throws TLSError `invalid_option`. */
export function pskEarlyData(maximum: number | undefined): number {
  return wholeNumber(maximum, 0, 0, MAX_EARLY_DATA, 'externalPsks: dangerousMaxEarlyData');
}
