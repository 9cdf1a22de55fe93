/**
 * Key shares made before they are needed, so that a client's hello does not wait for them. Each is used once; what is
 * not used in time is wiped. Memory that is copied (a snapshot of the process or of its machine, a fork) would hand the
 * same private key to two connections: hence the short life, and the caller's word on whether this is still the process
 * that made it.
 */
import type { CryptoProvider, KeyExchangeGroup, KeyShareSecret } from './provider.ts';

export interface PreparedSharesOptions {
  /** Runs `work` about so many milliseconds from now, 0 for as soon as there is time; must not keep a process alive. */
  readonly later: (work: () => void, milliseconds: number) => void;
  /** Milliseconds, of any epoch, also while the machine sleeps. */
  readonly now: () => number;
  /** How long a share may wait, milliseconds; by default 10 seconds. */
  readonly lifetime?: number;
  /** Something that no copy of this process has in common with it, its number for one; undefined: prepare nothing now. */
  readonly owner: () => number | string | undefined;
}

const DEFAULT_LIFETIME = 10_000;

interface Prepared {
  readonly secret: KeyShareSecret;
  readonly madeAt: number;
  readonly owner: number | string;
}

/** One share at most for each group that is asked for. */
class Stock {
  readonly #options: PreparedSharesOptions;
  readonly #lifetime: number;
  readonly #ready = new Map<KeyExchangeGroup, Prepared>();
  readonly #asked = new Set<KeyExchangeGroup>();

  constructor(options: PreparedSharesOptions) {
    this.#options = options;
    this.#lifetime = options.lifetime ?? DEFAULT_LIFETIME;
  }

  /** The share that waits, if it may be used; it waits no longer. */
  take(group: KeyExchangeGroup): KeyShareSecret | undefined {
    const prepared = this.#ready.get(group);
    if (prepared === undefined) return undefined;
    this.#ready.delete(group);
    if (this.#fresh(prepared)) return prepared.secret;
    prepared.secret.wipe();
    return undefined;
  }

  /** Sees to it that there will be one. */
  order(group: KeyExchangeGroup, make: () => KeyShareSecret): void {
    if (this.#asked.has(group) || this.#ready.has(group)) return;
    this.#asked.add(group);
    this.#options.later(() => this.#prepare(group, make), 0);
  }

  clear(): void {
    for (const { secret } of this.#ready.values()) secret.wipe();
    this.#ready.clear();
  }

  #prepare(group: KeyExchangeGroup, make: () => KeyShareSecret): void {
    this.#asked.delete(group);
    const { now, later } = this.#options;
    const owner = this.#options.owner();
    if (owner === undefined) return;
    let prepared: Prepared;
    try {
      prepared = { secret: make(), madeAt: now(), owner };
    } catch {
      // Nobody waits for this one; whoever asks next meets the same error, and learns of it.
      return;
    }
    this.#ready.set(group, prepared);
    later(() => this.#expire(group, prepared), this.#lifetime);
  }

  #expire(group: KeyExchangeGroup, prepared: Prepared): void {
    if (this.#ready.get(group) !== prepared) return;
    this.#ready.delete(group);
    prepared.secret.wipe();
  }

  /** Timers may be late, and a clock that went back says nothing. */
  #fresh({ madeAt, owner }: Prepared): boolean {
    const age = this.#options.now() - madeAt;
    return owner === this.#options.owner() && age >= 0 && age < this.#lifetime;
  }
}

export interface PreparedShares {
  /** The same provider, whose groups give a prepared share where one waits. */
  readonly provider: CryptoProvider;
  /** Wipes what waits; what was asked for before may still come. */
  readonly clear: () => void;
}

/**
 * Lets the groups of `provider` keep a share ready from the first one that is asked for, under the provider's own random
 * source; whoever generates with another gets what that one draws. A process that asks for none prepares none.
 *
 * `owner` is the number of the process in Node, and undefined there while `v8.startupSnapshot.isBuildingSnapshot()`;
 * `later` a timer that was told not to hold the process.
 */
export function prepareShares(provider: CryptoProvider, options: PreparedSharesOptions): PreparedShares {
  const stock = new Stock(options);
  const prepared = (group: KeyExchangeGroup): KeyExchangeGroup => ({
    ...group,
    generate: (random) => {
      if (random !== provider.random) return group.generate(random);
      const waiting = stock.take(group);
      stock.order(group, () => group.generate(provider.random));
      return waiting ?? group.generate(random);
    },
  });
  return {
    provider: {
      ...provider,
      groups: provider.groups.map(prepared),
      optionalGroups: provider.optionalGroups.map(prepared),
    },
    clear: () => stock.clear(),
  };
}
