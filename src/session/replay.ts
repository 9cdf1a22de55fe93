/**
 * What a server needs so that recorded early data is not acted on twice (RFC 8446 8): a store that grants each ticket once.
 * Between processes that open each other's tickets the store must be one and the same, or each will act once.
 */
import { concatBytes, copyBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/encoding.ts';
import type { RandomSource } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';

export interface ReplayStore {
  /**
   * 1 to 64 bytes. Tickets are sealed with it and the server's `ageTolerance`, and early data is taken only by those that carry both:
   * what another store, or this one before it lost its memory, may have granted already is refused without asking.
   */
  readonly name: Uint8Array;
  /**
   * Grants `id` (32 bytes) if it was not granted before, and remembers that at least until `until`, in milliseconds since the epoch.
   * When in doubt (memory full, clock set back, no answer from elsewhere) it must say false: the client then goes on without early data.
   */
  claim(id: Uint8Array, until: number): boolean;
}

const MAX_STORE_NAME = 64;
/** Of what a ticket carries: the name and, in two bytes, the tolerance. */
export const MAX_TICKET_STORE: number = MAX_STORE_NAME + 2;
const NAME_LENGTH = 16;
/** Our own choice: about ten megabytes of memory when full. */
const DEFAULT_CAPACITY = 50_000;

export interface StrikeRegisterOptions {
  readonly random: RandomSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Grants remembered at a time; default 50000. When all are taken, early data is refused until some are past. */
  readonly capacity?: number | undefined;
}

/**
 * A store in the memory of one process (RFC 8446 8.2). Its name is drawn anew, so that a process that starts again grants
 * nothing to tickets from before.
 */
export class StrikeRegister implements ReplayStore {
  readonly name: Uint8Array;
  readonly #now: () => number;
  readonly #capacity: number;
  /** When each grant may be forgotten, in the order of granting. */
  readonly #granted = new Map<string, number>();
  #latest = 0;
  #swept = 0;

  /** Throws TLSError `invalid_option`, and `no_random` where there is no source of randomness. */
  constructor(options: StrikeRegisterOptions) {
    const { capacity = DEFAULT_CAPACITY } = options;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 24) {
      throw new TLSError('invalid_option', 'a strike register remembers 1 to 16777216 grants');
    }
    const name = new Uint8Array(NAME_LENGTH);
    options.random(name);
    this.name = name;
    this.#now = options.now;
    this.#capacity = capacity;
  }

  /** Grants remembered now. */
  get size(): number {
    return this.#granted.size;
  }

  claim(id: Uint8Array, until: number): boolean {
    const now = this.#now();
    // A clock that was set back makes fresh again what has been forgotten.
    if (!(now >= this.#latest)) return false;
    this.#latest = now;
    const key = toHex(id);
    if (this.#granted.has(key)) return false;
    if (this.#granted.size >= this.#capacity) this.#forget(now);
    // RFC 8446 8.2: never make room by forgetting what still counts.
    if (this.#granted.size >= this.#capacity || !(until >= now)) return false;
    this.#granted.set(key, until);
    this.#forgetOldest(now);
    return true;
  }

  /** A few at each grant, so that the register shrinks by itself and no grant takes long. */
  #forgetOldest(now: number): void {
    let looked = 0;
    for (const [key, until] of this.#granted) {
      if (until >= now || looked === 2) return;
      this.#granted.delete(key);
      looked += 1;
    }
  }

  /** All that is past; of a full register at most once a second, since it takes time. */
  #forget(now: number): void {
    if (now < this.#swept + 1000) return;
    this.#swept = now;
    for (const [key, until] of this.#granted) if (until < now) this.#granted.delete(key);
  }
}

/** Throws TLSError `invalid_option`. */
export function checkStoreName(name: unknown): Uint8Array {
  if (name instanceof Uint8Array && name.length > 0 && name.length <= MAX_STORE_NAME) return copyBytes(name);
  throw new TLSError('invalid_option', `a replay store has a name of 1 to ${MAX_STORE_NAME} bytes`);
}

/**
 * What a ticket says of the store that grants it: its name, empty without one, and for how many milliseconds (below 65536)
 * hellos count as fresh, after which a grant may be forgotten. Whoever counts them as fresh for longer would take one again.
 */
export function ticketStore(name: Uint8Array, ageTolerance: number): Uint8Array {
  return concatBytes(name, Uint8Array.of(ageTolerance >>> 8, ageTolerance & 0xff));
}
