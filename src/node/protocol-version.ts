/** `minVersion`, `maxVersion`, `secureProtocol`, `secureOptions` -> the versions spoken: TLS 1.2, TLS 1.3 or both. */
import { ProtocolVersion } from '../wire/registry.ts';
import { coded, invalidType, nodeError } from './node-error.ts';
import type { OwnOptions } from './own-options.ts';

export type SecureVersion = 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1';

/** What is spoken when nothing else is said. */
export const DEFAULT_MIN_VERSION: SecureVersion = 'TLSv1.2';
export const DEFAULT_MAX_VERSION: SecureVersion = 'TLSv1.3';

/** Oldest first. The two oldest are known by name only: as a minimum they mean the oldest that we speak. */
const ORDER: readonly unknown[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const TLS12 = ORDER.indexOf('TLSv1.2');
const TLS13 = ORDER.indexOf('TLSv1.3');
/** OpenSSL's SSL_OP_NO_TLSv1_2 and SSL_OP_NO_TLSv1_3. */
const NO_TLS12 = 0x08000000;
const NO_TLS13 = 0x20000000;

export interface VersionRange {
  readonly minVersion: ProtocolVersion;
  readonly maxVersion: ProtocolVersion;
}

function rank(value: unknown, which: 'minimum' | 'maximum'): number | undefined {
  if (value === undefined || value === null) return undefined;
  const found = ORDER.indexOf(value);
  if (found >= 0) return found;
  const shown = typeof value === 'string' ? JSON.stringify(value) : String(value);
  throw coded(
    new TypeError(`${shown} is not a valid ${which} TLS protocol version`),
    'ERR_TLS_INVALID_PROTOCOL_VERSION',
  );
}

function conflict(why: string): Error {
  return nodeError('ERR_TLS_PROTOCOL_VERSION_CONFLICT', `${why}, but TLSv1.2 and TLSv1.3 are what is spoken`);
}

/** The one version that a method name stands for; undefined for those that stand for all. */
function methodRank(method: unknown, hasVersions: boolean): number | undefined {
  if (method === undefined || method === null || method === '') return undefined;
  if (typeof method !== 'string') throw invalidType('options.secureProtocol', 'of type string', method);
  if (hasVersions) {
    throw coded(
      new TypeError(`TLS protocol version conflicts with secureProtocol ${JSON.stringify(method)}`),
      'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
    );
  }
  if (/^(?:SSLv23|TLS)_(?:client_|server_)?method$/.test(method)) return undefined;
  if (/^TLSv1_2_(?:client_|server_)?method$/.test(method)) return TLS12;
  if (/^TLSv1(?:_1)?_(?:client_|server_)?method$/.test(method)) throw conflict(`secureProtocol is ${method}`);
  throw coded(new TypeError(`Unknown method: ${method}`), 'ERR_TLS_INVALID_PROTOCOL_METHOD');
}

function secureOptionBits(options: OwnOptions): number {
  const { secureOptions } = options;
  if (secureOptions === undefined || secureOptions === null) return 0;
  if (!Number.isInteger(secureOptions))
    throw invalidType('options.secureOptions', 'an integer', secureOptions);
  return Number(secureOptions);
}

const codeOf = (place: number): ProtocolVersion =>
  place >= TLS13 ? ProtocolVersion.TLS13 : ProtocolVersion.TLS12;

/** Throws when the options leave no version that we speak, or name one that does not exist. */
export function versionRange(options: OwnOptions): VersionRange {
  const askedMin = rank(options['minVersion'], 'minimum');
  const askedMax = rank(options['maxVersion'], 'maximum');
  const only = methodRank(options['secureProtocol'], askedMin !== undefined || askedMax !== undefined);
  const bits = secureOptionBits(options);
  let min = Math.max(only ?? askedMin ?? ORDER.indexOf(DEFAULT_MIN_VERSION), TLS12);
  let max = only ?? askedMax ?? ORDER.indexOf(DEFAULT_MAX_VERSION);
  if (max < TLS12) throw conflict(`maxVersion is ${String(options['maxVersion'])}`);
  if ((bits & NO_TLS12) !== 0) min = Math.max(min, TLS13);
  if ((bits & NO_TLS13) !== 0) max = Math.min(max, TLS12);
  if (min > max) throw conflict('minVersion, maxVersion and secureOptions leave no version');
  return { minVersion: codeOf(min), maxVersion: codeOf(max) };
}
