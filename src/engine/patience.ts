/** Bounds on what a peer may send without getting anywhere (CVE-2016-8610 and its kin). */
import { TLSError } from '../wire/error.ts';
import {
  MAX_CHANGE_CIPHER_SPECS,
  MAX_EARLY_DATA_SKIPPED,
  MAX_EMPTY_RECORDS,
  MAX_KEY_UPDATES,
  MAX_TICKETS,
  MAX_WARNING_ALERTS,
} from '../wire/limits.ts';
import type { Reason } from '../wire/reason.ts';

interface Bound {
  readonly limit: number;
  readonly reason: Reason;
  readonly what: string;
}

export type Idle = 'empty' | 'warning' | 'keyUpdate' | 'ticket' | 'changeCipherSpec' | 'earlyData';

const BOUNDS: Readonly<Record<Idle, Bound>> = {
  empty: { limit: MAX_EMPTY_RECORDS, reason: 'too_many_empty_records', what: 'empty records' },
  warning: { limit: MAX_WARNING_ALERTS, reason: 'too_many_warnings', what: 'warning alerts' },
  keyUpdate: { limit: MAX_KEY_UPDATES, reason: 'too_many_key_updates', what: 'KeyUpdates' },
  ticket: { limit: MAX_TICKETS, reason: 'too_many_tickets', what: 'NewSessionTickets' },
  changeCipherSpec: {
    limit: MAX_CHANGE_CIPHER_SPECS,
    reason: 'bad_change_cipher_spec',
    what: 'change_cipher_spec records',
  },
  earlyData: {
    limit: MAX_EARLY_DATA_SKIPPED,
    reason: 'too_much_early_data',
    what: 'bytes of refused early data',
  },
};

export class Patience {
  /** Made for the first that has to be counted: most peers never give cause. */
  #spent: Map<Idle, number> | undefined;
  #earlyData = MAX_EARLY_DATA_SKIPPED;

  /** A server that issues tickets for early data must skip as much as they allow. */
  allowEarlyData(bytes: number): void {
    this.#earlyData = bytes;
  }

  /** Counts what made no progress; throws the bound's TLSError (unexpected_message) once it is passed. */
  spend(kind: Idle, amount = 1): void {
    const bound: Bound = BOUNDS[kind];
    const limit = kind === 'earlyData' ? this.#earlyData : bound.limit;
    const spent = (this.#spent?.get(kind) ?? 0) + amount;
    if (spent > limit) {
      throw new TLSError(bound.reason, `more than ${limit} ${bound.what} without progress`);
    }
    this.#spent ??= new Map();
    this.#spent.set(kind, spent);
  }

  /** Application data came: the peer is alive and means business. */
  renew(): void {
    this.#spent = undefined;
  }
}
