/** `ciphers`, as Node reads it: suites of TLS 1.3 by name, OpenSSL's list for TLS 1.2, in one string. */
import { parseCipherString } from '../config/cipher-list.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite } from '../wire/registry-crypto.ts';
import { invalidType, nodeError } from './node-error.ts';
import type { VersionRange } from './protocol-version.ts';

export interface CipherSettings extends VersionRange {
  /** By preference; undefined for the default. */
  readonly cipherSuites: readonly CipherSuite[] | undefined;
}

/**
 * As in Node, a string that names suites of TLS 1.3 alone turns TLS 1.2 off, while one that names none of them leaves
 * TLS 1.3 as it is. Throws `ERR_INVALID_ARG_TYPE`, or `ERR_SSL_NO_CIPHER_MATCH` for a part that nobody knows and when
 * nothing is left.
 */
export function cipherSettings(
  ciphers: unknown,
  range: VersionRange,
  provider: CryptoProvider,
): CipherSettings {
  if (ciphers === undefined || ciphers === null || ciphers === '')
    return { ...range, cipherSuites: undefined };
  if (typeof ciphers !== 'string') throw invalidType('options.ciphers', 'of type string', ciphers);
  const { tls13, tls12 } = choose(ciphers, provider);
  if (tls13 === undefined && tls12 === undefined) return { ...range, cipherSuites: undefined };
  const suites13 = tls13 ?? provider.cipherSuites13.map((suite) => suite.code);
  const cipherSuites = [...suites13, ...(tls12 ?? [])];
  const no12 = tls12 === undefined || tls12.length === 0;
  const minVersion = no12 ? ProtocolVersion.TLS13 : range.minVersion;
  const { maxVersion } = range;
  if (minVersion > maxVersion) {
    throw nodeError(
      'ERR_SSL_NO_CIPHER_MATCH',
      `no cipher match: options.ciphers ${JSON.stringify(ciphers)} has no suite for the versions spoken`,
    );
  }
  return { minVersion, maxVersion, cipherSuites };
}

function choose(ciphers: string, provider: CryptoProvider): ReturnType<typeof parseCipherString> {
  try {
    return parseCipherString(ciphers, provider);
  } catch (error) {
    if (!(error instanceof TLSError)) throw error;
    throw nodeError('ERR_SSL_NO_CIPHER_MATCH', `no cipher match: options.ciphers: ${error.message}`);
  }
}
