/** Keys that both ends were given beforehand, checked (RFC 8446 4.2.11, RFC 9257, RFC 9258). */
import { copyBytes } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import { pskEarlyData } from './early-data.ts';
import type { CommonOptions } from './options.ts';

/** Our own choice: 128 bits, since a shorter key can be guessed from one recorded handshake (RFC 9257 4.1). */
export const MIN_PSK_LENGTH = 16;
export const MAX_PSK_FIELD = 0xffff;
/** An identity, with a context where there is one: what an imported identity leaves of 65535 bytes (RFC 9258 5.1). */
const MAX_IDENTITY = 0xffff - 8;
/** Of a client, which offers each of them in every hello, imported ones once per hash. Our own choice. */
export const MAX_OFFERED_PSKS = 8;
/** Of a server, which compares each with what is offered. More are chosen from by select_config. Our own choice. */
const MAX_KNOWN_PSKS = 256;

export interface ExternalPskConfig {
  readonly identity: Uint8Array;
  readonly key: Secret;
  readonly hash: HashFunction;
  /** Undefined for a key that is used as it is. */
  readonly context: Uint8Array | undefined;
  /** Bytes of early data; 0 for none. */
  readonly maxEarlyDataSize: number;
}

function invalid(message: string): never {
  throw new TLSError('invalid_option', message);
}

function sameKey(a: ExternalPskConfig, b: ExternalPskConfig): boolean {
  return a.key.length === b.key.length && a.key.equals(b.key);
}

function sameName(a: ExternalPskConfig, b: ExternalPskConfig): boolean {
  const same = (x: Uint8Array, y: Uint8Array): boolean =>
    x.length === y.length && x.every((byte, i) => byte === y[i]);
  if (!same(a.identity, b.identity)) return false;
  if (a.context === undefined || b.context === undefined) return a.context === b.context;
  return same(a.context, b.context);
}

function checkPair(a: ExternalPskConfig, b: ExternalPskConfig): void {
  if (sameName(a, b)) invalid('externalPsks: two keys have the same identity and context');
  // RFC 9258 4.1: what is imported once is never used as it is; RFC 8446 4.2.11: nor under two hashes.
  const alike = a.hash.name === b.hash.name && (a.context === undefined) === (b.context === undefined);
  if (!alike && sameKey(a, b))
    invalid('externalPsks: a key is both imported and not, or used with two hashes');
}

/** Throws TLSError `invalid_option`. */
export function externalPsks(
  options: Pick<CommonOptions, 'externalPsks' | 'presharedKeys' | 'provider'>,
  versions: readonly ProtocolVersion[],
): readonly ExternalPskConfig[] {
  const given = options.externalPsks ?? [];
  if (given.length > MAX_KNOWN_PSKS) {
    invalid(
      `externalPsks: at most ${MAX_KNOWN_PSKS}; a server with more answers select_config with the one asked for`,
    );
  }
  if (given.length > 0 && !versions.includes(ProtocolVersion.TLS13)) {
    invalid('externalPsks are of TLS 1.3, which is off');
  }
  const made = given.map((psk): ExternalPskConfig => {
    const { identity, key, hash: name = 'SHA-256', context } = psk;
    const hash = options.provider.hashes.find((one) => one.name === name);
    if (hash === undefined) invalid(`externalPsks: ${name} goes with no cipher suite`);
    if (key.length < MIN_PSK_LENGTH || key.length > MAX_PSK_FIELD) {
      invalid(`externalPsks: a key needs ${MIN_PSK_LENGTH} to ${MAX_PSK_FIELD} bytes`);
    }
    if (identity.length < 1 || identity.length + (context?.length ?? 0) > MAX_IDENTITY) {
      invalid(`externalPsks: an identity with its context needs 1 to ${MAX_IDENTITY} bytes`);
    }
    return Object.freeze({
      identity: copyBytes(identity),
      key: new Secret(copyBytes(key)),
      hash,
      context: context === undefined ? undefined : copyBytes(context),
      maxEarlyDataSize: pskEarlyData(psk.dangerousMaxEarlyData),
    });
  });
  made.forEach((psk, i) => {
    for (const earlier of made.slice(0, i)) checkPair(earlier, psk);
    // RFC 8446 E.7: nobody has studied one key in both versions.
    const in12 = options.presharedKeys?.some(
      ({ key }) => key.length === psk.key.length && psk.key.equals(key),
    );
    if (in12 === true)
      invalid('externalPsks: a key is in presharedKeys too; TLS 1.2 and TLS 1.3 need their own');
  });
  return Object.freeze(made);
}
