import type { CipherSuite12, CipherSuite13 } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';
import { nameOf, ProtocolVersion } from '../wire/registry.ts';
import { CipherSuite } from '../wire/registry-crypto.ts';
import type { CommonOptions } from './options.ts';

interface Coded {
  readonly code: number;
  readonly name: string;
}

function invalid(message: string): never {
  throw new TLSError('invalid_option', message);
}

function checkOnce(codes: readonly number[], what: string): void {
  if (new Set(codes).size !== codes.length) invalid(`a ${what} is named twice`);
}

function unavailable(code: number, what: string, available: readonly Coded[]): never {
  invalid(
    `${what} 0x${code.toString(16)} is not available; there are: ${available.map((one) => one.name).join(', ')}`,
  );
}

interface PickOptions<T> {
  /** There only when named. */
  readonly optional?: readonly T[];
  readonly mayBeEmpty?: boolean;
}

/**
 * The provider's values for the codes asked for, in the caller's order; all of them when none are asked for.
 * Throws TLSError `invalid_option` for a code that the provider lacks, one named twice, and an empty choice.
 */
export function pickValues<T extends Coded>(
  available: readonly T[],
  codes: readonly T['code'][] | undefined,
  what: string,
  { optional = [], mayBeEmpty = false }: PickOptions<T> = {},
): readonly T[] {
  if (codes === undefined) return Object.freeze([...available]);
  checkOnce(codes, what);
  const all = [...available, ...optional];
  const picked = codes.map((code) => all.find((one) => one.code === code) ?? unavailable(code, what, all));
  if (picked.length === 0 && !mayBeEmpty) invalid(`no ${what} is left to use`);
  return Object.freeze(picked);
}

/** Like {@link pickValues}; undefined when nothing in particular is asked for. */
export function pickSome<T extends Coded>(
  available: readonly T[],
  codes: readonly T['code'][] | undefined,
  what: string,
): readonly T[] | undefined {
  return codes === undefined ? undefined : pickValues(available, codes, what);
}

export interface SuiteChoice {
  readonly versions: readonly ProtocolVersion[];
  readonly cipherSuites: readonly CipherSuite13[];
  readonly cipherSuites12: readonly CipherSuite12[];
}

const SPOKEN: readonly ProtocolVersion[] = [ProtocolVersion.TLS13, ProtocolVersion.TLS12];

function checkVersion(version: ProtocolVersion, option: string): ProtocolVersion {
  if (SPOKEN.includes(version)) return version;
  invalid(`${option} must be TLS 1.2 or TLS 1.3; ${nameOf(ProtocolVersion, version)} is not spoken`);
}

/** Versions and suites decide each other: a version without a suite is off, a suite without its version unused. */
export function pickSuites(options: CommonOptions): SuiteChoice {
  const { provider, cipherSuites: codes } = options;
  const min = checkVersion(options.minVersion ?? ProtocolVersion.TLS12, 'minVersion');
  const max = checkVersion(options.maxVersion ?? ProtocolVersion.TLS13, 'maxVersion');
  if (min > max) invalid('minVersion is above maxVersion');
  if (codes !== undefined) checkOnce(codes, 'cipher suite');
  const all: readonly (CipherSuite12 | CipherSuite13)[] = [
    ...provider.cipherSuites13,
    ...provider.optionalCipherSuites13,
    ...provider.cipherSuites12,
    ...provider.optionalCipherSuites12,
  ];
  const picked =
    codes === undefined
      ? [...provider.cipherSuites13, ...provider.cipherSuites12]
      : codes.map((code) => all.find((one) => one.code === code) ?? unavailable(code, 'cipher suite', all));
  const cipherSuites = picked.filter((suite) => suite.version === 'tls13');
  const cipherSuites12 = picked.filter((suite) => suite.version === 'tls12');
  const versions = SPOKEN.filter((version) => {
    if (version < min || version > max) return false;
    return (version === ProtocolVersion.TLS13 ? cipherSuites : cipherSuites12).length > 0;
  });
  if (versions.length === 0) {
    const named = (codes ?? []).map((code) => nameOf(CipherSuite, code)).join(', ');
    invalid(
      `no cipher suite is left for the versions from minVersion to maxVersion${named === '' ? '' : ` (${named})`}`,
    );
  }
  const has = (version: ProtocolVersion): boolean => versions.includes(version);
  return {
    versions: Object.freeze(versions),
    cipherSuites: Object.freeze(has(ProtocolVersion.TLS13) ? cipherSuites : []),
    cipherSuites12: Object.freeze(has(ProtocolVersion.TLS12) ? cipherSuites12 : []),
  };
}
