/** `--ciphers`: OpenSSL's lists, OpenSSL's and IANA's names, suites of TLS 1.3 in the same string. */
import { openSslName, parseCipherString } from '../config/cipher-list.ts';
import type { CipherSuite12, CipherSuite13, CryptoProvider } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite } from '../wire/registry-crypto.ts';
import { UsageError } from './exit.ts';

export interface CipherList {
  /** As the faces take it. */
  readonly text: string;
  /** Of both versions, by preference. */
  readonly suites: readonly CipherSuite[];
}

interface Versions {
  readonly min: ProtocolVersion;
  readonly max: ProtocolVersion;
}

type Suite = CipherSuite12 | CipherSuite13;

function suitesOf(provider: CryptoProvider): readonly Suite[] {
  return [
    ...provider.cipherSuites13,
    ...provider.optionalCipherSuites13,
    ...provider.cipherSuites12,
    ...provider.optionalCipherSuites12,
  ];
}

const needsKey = (suite: Suite): boolean => suite.version === 'tls12' && suite.authentication === 'psk';

function available(provider: CryptoProvider): string {
  const names = suitesOf(provider).flatMap((suite) => (needsKey(suite) ? [] : [openSslName(suite)]));
  return `there are ${names.join(', ')}`;
}

/** Keywords are as OpenSSL writes them; names of suites may be written in any case. */
function normalised(text: string, provider: CryptoProvider): string {
  const names = new Map(
    suitesOf(provider).flatMap((suite) =>
      [suite.name, openSslName(suite)].map((name) => [name.toLowerCase(), name] as const),
    ),
  );
  return text.replace(/[^:, !+-][^:, ]*/g, (word) => names.get(word.toLowerCase()) ?? word);
}

function parsed(text: string, provider: CryptoProvider): ReturnType<typeof parseCipherString> {
  try {
    return parseCipherString(text, provider);
  } catch (error) {
    if (!(error instanceof TLSError)) throw error;
    const [what = ''] = error.message.replace(/^cipher list: /, '').split('; there are ');
    throw new UsageError(`--ciphers: ${what}; ${available(provider)}`);
  }
}

/**
 * A string that names suites of TLS 1.3 alone turns TLS 1.2 off; one that names none of them leaves TLS 1.3 as it is.
 * Throws UsageError that names the part not understood and lists what there is.
 */
export function cipherList(
  given: string | undefined,
  { min, max }: Versions,
  provider: CryptoProvider,
): CipherList | undefined {
  if (given === undefined) return undefined;
  const text = normalised(given, provider);
  const { tls13, tls12 } = parsed(text, provider);
  if (tls13 === undefined && tls12 === undefined) {
    throw new UsageError(`--ciphers: ${JSON.stringify(given)} names no suite; ${available(provider)}`);
  }
  const suites = [...(tls13 ?? provider.cipherSuites13.map((suite) => suite.code)), ...(tls12 ?? [])];
  const chosen = suitesOf(provider).filter((suite) => suites.includes(suite.code));
  const withKey = chosen.find(needsKey);
  if (withKey !== undefined) {
    throw new UsageError(
      `--ciphers: ${openSslName(withKey)} needs a preshared key, which this command cannot be given yet`,
    );
  }
  const spoken = chosen.some((suite) =>
    suite.version === 'tls13' ? max >= ProtocolVersion.TLS13 : min <= ProtocolVersion.TLS12,
  );
  if (!spoken) {
    const only = max < ProtocolVersion.TLS13 ? 'TLS 1.2' : 'TLS 1.3';
    throw new UsageError(
      `--ciphers: ${JSON.stringify(given)} has no suite of ${only}, and nothing else may be spoken; ${available(provider)}`,
    );
  }
  return { text, suites };
}
