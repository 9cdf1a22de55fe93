/** The keys a server seals its tickets with, in Node's form: 48 bytes, which a fleet of servers may share. */
import { concatBytes } from '../bytes/bytes.ts';
import { asciiEncode } from '../bytes/encoding.ts';
import { hkdfExpand, hkdfExtract } from '../crypto/hkdf.ts';
import type { Aead, CryptoProvider } from '../crypto/provider.ts';
import { TicketKeys } from '../session/ticket-keys.ts';
import { TLSError } from '../wire/error.ts';
import { invalidType, invalidValue, outOfRange } from './node-error.ts';
import { bytesOf, numberOption, type OwnOptions } from './own-options.ts';

const NODE_KEYS_LENGTH = 48;
const NAME_LENGTH = 16;
/** Node's default, in seconds. */
const DEFAULT_SESSION_TIMEOUT = 300;
const MAX_LIFETIME = 604_800;

function checkKeys(value: unknown, name: string): Uint8Array {
  const bytes = bytesOf(value);
  if (bytes === undefined) throw invalidType(name, 'an instance of Buffer, TypedArray, or DataView', value);
  if (bytes.length !== NODE_KEYS_LENGTH) throw invalidValue(name, `must be ${NODE_KEYS_LENGTH} bytes`);
  return Uint8Array.from(bytes);
}

function lifetimeOf(options: OwnOptions): number {
  const timeout = numberOption(options, 'sessionTimeout') ?? DEFAULT_SESSION_TIMEOUT;
  if (!Number.isInteger(timeout) || timeout < 0 || timeout > 2 ** 31 - 1) {
    throw outOfRange('options.sessionTimeout', '>= 0 && <= 2147483647', timeout);
  }
  // 0 is OpenSSL's own default.
  return timeout === 0 ? DEFAULT_SESSION_TIMEOUT : Math.min(timeout, MAX_LIFETIME);
}

/** The same AEAD for every provider that has it: servers that share keys need not share a provider. */
function ticketAead({ cipherSuites13, cipherSuites12 }: CryptoProvider): Aead {
  const aeads = [...cipherSuites13, ...cipherSuites12].map((suite) => suite.aead);
  const aead = aeads.find(({ name }) => name === 'ChaCha20-Poly1305') ?? aeads[0];
  if (aead === undefined) throw new TLSError('internal_error', 'the provider has no AEAD for tickets');
  return aead;
}

/** Draws no randomness and makes no key before a ticket is sealed or opened. */
export class TicketVault {
  readonly #lifetime: number;
  readonly #provider: CryptoProvider;
  #bytes: Uint8Array | undefined;
  #keys: TicketKeys | undefined;

  /** Reads `ticketKeys` and `sessionTimeout`; throws as Node does for those it cannot use. `provider` does the crypto. */
  constructor(options: OwnOptions, provider: CryptoProvider) {
    this.#provider = provider;
    const { ticketKeys } = options;
    this.#lifetime = lifetimeOf(options);
    if (ticketKeys !== undefined && ticketKeys !== null)
      this.#bytes = checkKeys(ticketKeys, 'options.ticketKeys');
  }

  get keys(): TicketKeys {
    if (this.#keys !== undefined) return this.#keys;
    const provider = this.#provider;
    const aead = ticketAead(provider);
    // Keys change when the program says so, as in Node; each ticket has a random nonce of its own.
    this.#keys = new TicketKeys({
      aead,
      random: provider.random,
      now: Date.now,
      lifetime: this.#lifetime,
      rotation: Number.POSITIVE_INFINITY,
    });
    this.#adopt(this.#keys, this.#secret());
    return this.#keys;
  }

  /** 48 bytes, as secret as every session they seal. */
  getTicketKeys(): Buffer {
    return Buffer.from(this.#secret());
  }

  /** Tickets under the keys before are still taken until they expire. */
  setTicketKeys(value: unknown): void {
    const bytes = checkKeys(value, 'keys');
    this.#bytes = bytes;
    if (this.#keys !== undefined) this.#adopt(this.#keys, bytes);
  }

  #secret(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    const bytes = new Uint8Array(NODE_KEYS_LENGTH);
    this.#provider.random(bytes);
    this.#bytes = bytes;
    return bytes;
  }

  /** OpenSSL takes the bytes as a name, an HMAC key and an AES key; we have one AEAD key, made from all of them. */
  #adopt(keys: TicketKeys, bytes: Uint8Array): void {
    if (bytes.subarray(NAME_LENGTH).every((byte) => byte === 0)) {
      // CVE-2020-13777: everyone can open what a key of zeros has sealed.
      throw invalidValue('ticketKeys', 'must not be all zeros');
    }
    const hash = this.#provider.hashes.find(({ name }) => name === 'SHA-256');
    if (hash === undefined) throw new TLSError('internal_error', 'the provider has no SHA-256');
    const prk = hkdfExtract(hash, concatBytes(), bytes);
    keys.adopt(
      bytes.subarray(0, NAME_LENGTH),
      hkdfExpand(hash, prk, asciiEncode('puretls ticket key'), keys.keyLength),
    );
  }
}
