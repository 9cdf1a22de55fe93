/** The options that several commands share, and what they come to. */
import { type Command, Option } from 'commander';
import type { CryptoProvider } from '../crypto/provider.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import { UsageError } from './exit.ts';
import { openKeyLog } from './files.ts';
import { type CredentialMaterial, readCredentials, readTrust, type TrustMaterial } from './material.ts';

/** What commander collects of the options below. */
export interface CommonFlags {
  readonly cert?: readonly string[];
  readonly key?: readonly string[];
  readonly passphrase?: string;
  readonly alpn?: string;
  readonly minVersion?: string;
  readonly maxVersion?: string;
  readonly ciphers?: string;
  readonly groups?: string;
  readonly sigalgs?: string;
  readonly keylog?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

export interface PeerFlags extends CommonFlags {
  readonly servername?: string;
  readonly ca?: readonly string[];
  readonly insecure?: boolean;
}

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** Of both roles. */
function addCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--passphrase <text>', 'opens an encrypted private key'))
    .addOption(new Option('--alpn <names>', 'application protocols, in order of preference: h2,http/1.1'))
    .addOption(new Option('--min-version <version>', 'oldest TLS version: 1.2 or 1.3'))
    .addOption(new Option('--max-version <version>', 'newest TLS version'))
    .addOption(new Option('--ciphers <names>', 'cipher suites, in order of preference'))
    .addOption(new Option('--groups <names>', 'key exchange groups, in order of preference'))
    .addOption(new Option('--sigalgs <names>', 'signature schemes, in order of preference'))
    .addOption(
      new Option('--keylog <file>', 'append the secrets for a packet analyser; also $SSLKEYLOGFILE'),
    );
}

/** Of `connect`, `get` and `trace`. */
export function addPeerOptions(command: Command): Command {
  command
    .addOption(new Option('--servername <name>', 'name to ask for and to verify, instead of the host'))
    .addOption(
      new Option('--ca <file>', "trust these certificates instead of the system's (repeatable)").argParser(
        several,
      ),
    )
    .addOption(
      new Option('--insecure', 'go on although the certificate does not verify; the verdict is still shown'),
    )
    .addOption(new Option('--cert <file>', 'client certificate chain, PEM or DER').argParser(several))
    .addOption(new Option('--key <file>', 'its private key; default: in the --cert file').argParser(several));
  addCommonOptions(command)
    .addOption(
      new Option('--timeout <ms>', 'give up when connecting and handshake take longer').default('30000'),
    )
    .addOption(new Option('--json', 'machine-readable output'));
  return refuseUnavailable(command, [
    '--crl <file>',
    '--crl-check <what>',
    '--ocsp',
    '--starttls <protocol>',
    '--session-in <file>',
    '--session-out <file>',
    '--psk <hex>',
    '--psk-identity <text>',
    '--early-data <file>',
  ]);
}

/** Of `serve`. */
export function addServerOptions(command: Command): Command {
  command
    .addOption(
      new Option('--cert <file>', 'certificate chain, PEM or DER (repeatable, RSA beside ECDSA)').argParser(
        several,
      ),
    )
    .addOption(
      new Option('--key <file>', 'its private key; default: in the --cert file (repeatable)').argParser(
        several,
      ),
    );
  addCommonOptions(command)
    .addOption(new Option('--timeout <ms>', 'longest handshake').default('30000'))
    .addOption(new Option('--json', 'one JSON object per event on stdout'));
  return refuseUnavailable(command, [
    '--tickets <n>',
    '--no-tickets',
    '--psk <hex>',
    '--psk-identity <text>',
    '--early-data <n>',
    '--crl <file>',
    '--crl-check <what>',
    '--ocsp',
    '--starttls <protocol>',
  ]);
}

/** Options whose feature is not there yet: never taken in silence. */
function refuseUnavailable(command: Command, flags: readonly string[]): Command {
  for (const flag of flags) {
    const option = new Option(flag).hideHelp();
    command.addOption(option);
    const name = option.long ?? flag;
    command.on(`option:${option.name()}`, () => {
      throw new UsageError(`${name} is not available in this version`);
    });
  }
  return command;
}

export interface CommonSettings {
  readonly credentials: readonly CredentialMaterial[];
  readonly alpn: readonly string[];
  readonly minVersion: Version | undefined;
  readonly maxVersion: Version | undefined;
  readonly cipherSuites: readonly Named<CipherSuite>[] | undefined;
  readonly groups: readonly Named<NamedGroup>[] | undefined;
  readonly signatureSchemes: readonly Named<SignatureScheme>[] | undefined;
  readonly keyLog: ((line: string) => void) | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly json: boolean;
}

export interface PeerSettings extends CommonSettings {
  readonly servername: string | undefined;
  readonly trust: TrustMaterial | undefined;
  readonly insecure: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export interface Named<C> {
  readonly code: C;
  readonly name: string;
}

function listOf(option: string, text: string): string[] {
  const items = text.split(/[,:]/).map((item) => item.trim());
  if (items.some((item) => item === ''))
    throw new UsageError(`${option}: an empty name in ${JSON.stringify(text)}`);
  if (new Set(items).size !== items.length)
    throw new UsageError(`${option}: a name stands twice in ${JSON.stringify(text)}`);
  return items;
}

/** Names users know from elsewhere. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['p-256', 'secp256r1'],
  ['prime256v1', 'secp256r1'],
  ['p-384', 'secp384r1'],
  ['p-521', 'secp521r1'],
]);

function pick<C>(
  option: string,
  text: string | undefined,
  known: readonly Named<C>[],
): Named<C>[] | undefined {
  if (text === undefined) return undefined;
  return listOf(option, text).map((name) => {
    const wanted = OTHER_NAMES.get(name.toLowerCase()) ?? name;
    const found = known.find((one) => one.name.toLowerCase() === wanted.toLowerCase());
    if (found === undefined) {
      throw new UsageError(
        `${option}: ${name} is not known here; there are ${known.map((one) => one.name).join(', ')}`,
      );
    }
    return { code: found.code, name: found.name };
  });
}

function alpnList(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const names = text.split(',');
  for (const name of names) {
    if (!/^[\x21-\x7e]{1,255}$/.test(name))
      throw new UsageError(`--alpn: ${JSON.stringify(name)} is no protocol name`);
  }
  if (new Set(names).size !== names.length) throw new UsageError('--alpn: a protocol stands twice');
  return names;
}

export function milliseconds(option: string, text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 2 ** 31 - 1) {
    throw new UsageError(`${option}: ${JSON.stringify(text)} is not a number of milliseconds, 1 or more`);
  }
  return value;
}

/** What the faces and the engine call a version. */
export interface Version {
  readonly code: ProtocolVersion;
  readonly faceName: 'TLSv1.2' | 'TLSv1.3';
}

const VERSIONS: ReadonlyMap<string, Version> = new Map<string, Version>([
  ['1.2', { code: ProtocolVersion.TLS12, faceName: 'TLSv1.2' }],
  ['1.3', { code: ProtocolVersion.TLS13, faceName: 'TLSv1.3' }],
]);

function versionOf(option: string, text: string | undefined): Version | undefined {
  if (text === undefined) return undefined;
  const version = VERSIONS.get(text);
  if (version === undefined) {
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is not spoken here; there are ${[...VERSIONS.keys()].join(' and ')}`,
    );
  }
  return version;
}

function versionRange(flags: CommonFlags): Pick<CommonSettings, 'minVersion' | 'maxVersion'> {
  const minVersion = versionOf('--min-version', flags.minVersion);
  const maxVersion = versionOf('--max-version', flags.maxVersion);
  if (minVersion !== undefined && maxVersion !== undefined && minVersion.code > maxVersion.code) {
    throw new UsageError(`--min-version ${flags.minVersion} is above --max-version ${flags.maxVersion}`);
  }
  return { minVersion, maxVersion };
}

/** As options of the Node face. */
export function versionNames({ minVersion, maxVersion }: CommonSettings): {
  readonly minVersion?: Version['faceName'];
  readonly maxVersion?: Version['faceName'];
} {
  return {
    ...(minVersion === undefined ? {} : { minVersion: minVersion.faceName }),
    ...(maxVersion === undefined ? {} : { maxVersion: maxVersion.faceName }),
  };
}

function keyLogOf(flag: string | undefined, env: NodeJS.ProcessEnv): ((line: string) => void) | undefined {
  const fromEnvironment = env['SSLKEYLOGFILE'] ?? '';
  if (flag !== undefined) return openKeyLog('--keylog', flag);
  return fromEnvironment === '' ? undefined : openKeyLog('$SSLKEYLOGFILE', fromEnvironment);
}

/** Throws UsageError. */
export function commonSettings(
  flags: CommonFlags,
  provider: CryptoProvider,
  env: NodeJS.ProcessEnv,
): CommonSettings {
  return {
    ...versionRange(flags),
    credentials: readCredentials(flags.cert ?? [], flags.key ?? [], flags.passphrase),
    alpn: alpnList(flags.alpn),
    cipherSuites: pick('--ciphers', flags.ciphers, [...provider.cipherSuites13, ...provider.cipherSuites12]),
    groups: pick('--groups', flags.groups, provider.groups),
    signatureSchemes: pick('--sigalgs', flags.sigalgs, provider.signatureAlgorithms),
    timeout: milliseconds('--timeout', flags.timeout ?? '30000'),
    keyLog: keyLogOf(flags.keylog, env),
    json: flags.json === true,
  };
}

/** Throws UsageError. */
export function peerSettings(
  flags: PeerFlags,
  provider: CryptoProvider,
  env: NodeJS.ProcessEnv,
): PeerSettings {
  if (flags.key !== undefined && flags.cert === undefined) throw new UsageError('--key without --cert');
  return {
    servername: flags.servername,
    trust: flags.ca === undefined ? undefined : readTrust('--ca', flags.ca),
    insecure: flags.insecure === true,
    env,
    ...commonSettings(flags, provider, env),
  };
}
