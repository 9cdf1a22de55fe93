/** `minVersion`, `maxVersion`, `secureProtocol`, `secureOptions`: TLS 1.3 is what there is. */
import { coded, invalidType, nodeError } from './node-error.ts';
import type { OwnOptions } from './own-options.ts';

export type SecureVersion = 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1';

/** What is spoken when nothing else is said. */
export const DEFAULT_MIN_VERSION: SecureVersion = 'TLSv1.3';
export const DEFAULT_MAX_VERSION: SecureVersion = 'TLSv1.3';

const ORDER: readonly unknown[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** OpenSSL's SSL_OP_NO_TLSv1_3. */
const NO_TLS13 = 0x20000000;

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
  return nodeError('ERR_TLS_PROTOCOL_VERSION_CONFLICT', `${why}, but only TLSv1.3 is supported so far`);
}

function checkMethod(method: unknown, hasVersions: boolean): void {
  if (method === undefined || method === null || method === '') return;
  if (typeof method !== 'string') throw invalidType('options.secureProtocol', 'of type string', method);
  if (hasVersions) {
    throw coded(
      new TypeError(`TLS protocol version conflicts with secureProtocol ${JSON.stringify(method)}`),
      'ERR_TLS_PROTOCOL_VERSION_CONFLICT',
    );
  }
  if (/^(?:SSLv23|TLS)_(?:client_|server_)?method$/.test(method)) return;
  if (/^TLSv1(?:_[12])?_(?:client_|server_)?method$/.test(method))
    throw conflict(`secureProtocol is ${method}`);
  throw coded(new TypeError(`Unknown method: ${method}`), 'ERR_TLS_INVALID_PROTOCOL_METHOD');
}

/** Throws when the options leave no version that we speak, or name one that does not exist. */
export function checkVersions(options: OwnOptions): void {
  const min = rank(options['minVersion'], 'minimum');
  const max = rank(options['maxVersion'], 'maximum');
  checkMethod(options['secureProtocol'], min !== undefined || max !== undefined);
  if (max !== undefined && max < ORDER.indexOf('TLSv1.3'))
    throw conflict(`maxVersion is ${String(options['maxVersion'])}`);
  const { secureOptions } = options;
  if (secureOptions === undefined || secureOptions === null) return;
  if (!Number.isInteger(secureOptions))
    throw invalidType('options.secureOptions', 'an integer', secureOptions);
  if ((Number(secureOptions) & NO_TLS13) !== 0) throw conflict('secureOptions has SSL_OP_NO_TLSv1_3');
}
