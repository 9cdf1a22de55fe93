/**
 * Sealing of tickets: rotating keys, old ones kept as long as their tickets live, keys shared by a fleet through
 * export and import. A ticket is key name (16) || nonce (12) || sealed session (RFC 5077 4 in shape, an AEAD inside).
 */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/encoding.ts';
import type { Aead, AeadKey, RandomSource } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';

const NAME_LENGTH = 16;
const FORM = 1;
/** Tickets sealed under one key: far below where random 96-bit nonces might collide (NIST SP 800-38D 8.3). */
const MAX_SEALED = 2 ** 32;
const MAX_KEYS = 64;

interface TicketKey {
  readonly name: Uint8Array;
  readonly bytes: Uint8Array;
  readonly aead: AeadKey;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** When another key took its place for sealing. */
  retiredAt: number | undefined;
  sealed: number;
}

type KeyFields = Pick<TicketKey, 'name' | 'bytes' | 'createdAt'>;

export interface TicketKeysOptions {
  readonly aead: Aead;
  readonly random: RandomSource;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Seconds that tickets live; default 7200, at most 604800 (RFC 8446 4.6.1). */
  readonly lifetime?: number;
  /**
   * Seconds after which a new key seals, `Infinity` for never; default the lifetime. An old key opens until its last
   * ticket has expired.
   */
  readonly rotation?: number;
}

const DEFAULT_LIFETIME = 7200;
const MAX_LIFETIME = 604800;

export class TicketKeys {
  readonly lifetime: number;
  readonly #aead: Aead;
  readonly #random: RandomSource;
  readonly #now: () => number;
  readonly #rotation: number;
  /** Newest first. */
  #keys: TicketKey[] = [];

  constructor(options: TicketKeysOptions) {
    this.#aead = options.aead;
    this.#random = options.random;
    this.#now = options.now;
    this.lifetime = options.lifetime ?? DEFAULT_LIFETIME;
    this.#rotation = options.rotation ?? this.lifetime;
    const { lifetime } = this;
    if (!Number.isInteger(lifetime) || lifetime < 1 || lifetime > MAX_LIFETIME || !(this.#rotation >= 1)) {
      throw new TLSError(
        'invalid_option',
        `a ticket lifetime must be a whole number of seconds, 1 to ${MAX_LIFETIME}, and rotation at least 1`,
      );
    }
  }

  /** Bytes of a key that {@link adopt} takes. */
  get keyLength(): number {
    return this.#aead.keyLength;
  }

  /** Seals a session's bytes under the newest key, which is made or replaced as needed. */
  seal(plaintext: Uint8Array): Uint8Array {
    const key = this.#sealingKey();
    const { nonceLength, tagLength } = this.#aead;
    const start = NAME_LENGTH + nonceLength;
    const ticket = new Uint8Array(start + plaintext.length + tagLength);
    const nonce = ticket.subarray(NAME_LENGTH, start);
    this.#random(nonce);
    ticket.set(key.name);
    ticket.set(plaintext, start);
    key.aead.seal(nonce, key.name, ticket, start, plaintext.length);
    key.sealed += 1;
    return ticket;
  }

  /** The session's bytes, or undefined for a ticket that no key of ours opens. Total: tickets come from the wire. */
  open(ticket: Uint8Array): Uint8Array | undefined {
    const { nonceLength, tagLength } = this.#aead;
    const start = NAME_LENGTH + nonceLength;
    if (ticket.length < start + tagLength) return undefined;
    this.#expire();
    const key = this.#keys.find((candidate) => equalBytes(candidate.name, ticket.subarray(0, NAME_LENGTH)));
    if (key === undefined) return undefined;
    const work = copyBytes(ticket);
    const nonce = work.subarray(NAME_LENGTH, start);
    const length = key.aead.open(nonce, key.name, work, start, work.length - start);
    return length < 0 ? undefined : work.subarray(start, start + length);
  }

  /** A new key seals from now on; tickets of the old ones are still opened until they expire. */
  rotate(): void {
    const name = new Uint8Array(NAME_LENGTH);
    const bytes = new Uint8Array(this.#aead.keyLength);
    this.#random(name);
    this.#random(bytes);
    this.#add({ name, bytes, createdAt: this.#now() });
  }

  /**
   * Seals with a key of the caller's from now on: a name of 16 bytes and the AEAD's key length, shared by those who are
   * to open each other's tickets. Throws TLSError `invalid_option`.
   */
  adopt(name: Uint8Array, key: Uint8Array): void {
    if (name.length !== NAME_LENGTH || key.length !== this.#aead.keyLength) {
      throw new TLSError(
        'invalid_option',
        `a ticket key has a name of ${NAME_LENGTH} bytes and ${this.#aead.keyLength} of key`,
      );
    }
    this.#add({ name: copyBytes(name), bytes: copyBytes(key), createdAt: this.#now() });
  }

  /** All live keys, newest first, for the other servers of a fleet. As secret as every session they seal. */
  export(): Uint8Array {
    this.#expire();
    if (this.#keys.length === 0) this.rotate();
    const w = new Writer();
    w.u8(FORM).vector(2, (list) => {
      for (const key of this.#keys) {
        list
          .bytes(key.name)
          .vector(1, key.bytes)
          .u64(BigInt(Math.floor(key.createdAt)));
      }
    });
    return w.finish();
  }

  /**
   * Takes another server's keys in place of our own; ours still open their tickets. Throws TLSError `invalid_option`
   * when the bytes are not what {@link export} gave for the same AEAD; then nothing has changed.
   */
  import(exported: Uint8Array): void {
    const imported = parseExport(exported, this.#aead.keyLength).map(
      (key) => this.#known(key) ?? this.#made(key),
    );
    const others = this.#keys.filter((old) => !imported.includes(old));
    const replaced = (old: TicketKey): boolean => imported.some((key) => equalBytes(key.name, old.name));
    for (const old of others) if (replaced(old)) wipeKey(old);
    this.#keys = [...imported, ...others.filter((old) => !replaced(old))];
    for (const old of this.#keys.slice(1)) old.retiredAt ??= this.#now();
    for (const old of this.#keys.splice(MAX_KEYS)) wipeKey(old);
  }

  /** A key that we have already goes on counting what it has sealed. */
  #known(key: KeyFields): TicketKey | undefined {
    return this.#keys.find((old) => equalBytes(old.name, key.name) && equalBytes(old.bytes, key.bytes));
  }

  #made(key: KeyFields): TicketKey {
    return { ...key, aead: this.#aead.create(key.bytes), retiredAt: undefined, sealed: 0 };
  }

  #add(key: KeyFields): void {
    checkKey(key);
    const previous = this.#keys[0];
    if (previous !== undefined) previous.retiredAt ??= this.#now();
    this.#keys.unshift(this.#made(key));
    for (const old of this.#keys.splice(MAX_KEYS)) wipeKey(old);
  }

  #sealingKey(): TicketKey {
    this.#expire();
    const newest = this.#keys[0];
    const age = newest === undefined ? Number.POSITIVE_INFINITY : this.#now() - newest.createdAt;
    if (newest !== undefined && age < this.#rotation * 1000 && newest.sealed < MAX_SEALED) return newest;
    this.rotate();
    const fresh = this.#keys[0];
    if (fresh === undefined) throw new TLSError('internal_error', 'no ticket key');
    return fresh;
  }

  /** Drops keys whose last ticket has expired. */
  #expire(): void {
    const lastSealed = this.#now() - this.lifetime * 1000;
    const isDead = ({ createdAt, retiredAt }: TicketKey): boolean =>
      Math.min(createdAt + this.#rotation * 1000, retiredAt ?? Number.POSITIVE_INFINITY) < lastSealed;
    const dead = this.#keys.filter(isDead);
    if (dead.length === 0) return;
    this.#keys = this.#keys.filter((key) => !isDead(key));
    for (const key of dead) wipeKey(key);
  }
}

/** CVE-2020-13777: an all-zero key opens for everyone. */
function checkKey(key: KeyFields): void {
  if (key.bytes.every((byte) => byte === 0)) throw new TLSError('invalid_option', 'a ticket key of zeros');
}

function wipeKey(key: TicketKey): void {
  key.aead.wipe();
  key.bytes.fill(0);
}

function parseExport(exported: Uint8Array, keyLength: number): KeyFields[] {
  try {
    const r = new Reader(exported, 'TicketKeys');
    if (r.u8('form') !== FORM) r.fail('bad_value', 'form', 'is not known');
    const keys = r.list(2, 1, 0xffff, 'keys', (item) => ({
      name: copyBytes(item.bytes(NAME_LENGTH, 'name')),
      bytes: copyBytes(item.vector(1, keyLength, keyLength, 'key')),
      createdAt: Number(item.u64('created_at')),
    }));
    r.end();
    for (const key of keys) checkKey(key);
    if (new Set(keys.map(({ name }) => toHex(name))).size !== keys.length) {
      r.fail('bad_value', 'keys', 'names a key twice');
    }
    return keys;
  } catch (error) {
    throw new TLSError('invalid_option', 'these are not exported ticket keys', { cause: error });
  }
}
