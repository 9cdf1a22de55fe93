/** The options that several commands share, and what they come to. */
import { type Command, Option } from 'commander';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { SecureContextOptions } from '../index.ts';
import { schemeByName } from '../node/group-list.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import { type CipherList, cipherList } from './ciphers.ts';
import { readEarlyData } from './early-data.ts';
import { UsageError } from './exit.ts';
import { openKeyLog } from './files.ts';
import { type CredentialMaterial, readCredentials, readTrust, type TrustMaterial } from './material.ts';
import {
  addRevocationOptions,
  type RevocationFlags,
  type RevocationMaterial,
  readRevocation,
} from './revocation.ts';
import { readSessionFile, type SessionFile, SessionOut } from './session-file.ts';

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

export interface PeerFlags extends CommonFlags, RevocationFlags {
  readonly servername?: string;
  readonly ca?: readonly string[];
  readonly insecure?: boolean;
  readonly sessionIn?: string;
  readonly sessionOut?: string;
  readonly earlyData?: string;
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
    .addOption(new Option('--min-version <version>', 'oldest version of TLS: 1.2 (default) or 1.3'))
    .addOption(new Option('--max-version <version>', 'newest version of TLS: 1.2 or 1.3 (default)'))
    .addOption(
      new Option(
        '--ciphers <list>',
        'cipher suites of both versions, in order of preference: OpenSSL lists (ECDHE+AESGCM:!AES128) and names, IANA names; ' +
          'with those of TLS 1.3 alone, only TLS 1.3 is spoken',
      ),
    )
    .addOption(
      new Option('--groups <names>', 'key exchange groups, in order of preference: X25519MLKEM768:x25519'),
    )
    .addOption(
      new Option(
        '--sigalgs <names>',
        'signature schemes, in order of preference: ecdsa_secp256r1_sha256, or RSA-PSS+SHA256',
      ),
    )
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
  addRevocationOptions(command);
  addCommonOptions(command)
    .addOption(
      new Option(
        '--session-out <file>',
        'keep the newest session there, for --session-in; as secret as a private key: who has it can pass for this client',
      ),
    )
    .addOption(
      new Option(
        '--session-in <file>',
        'resume this session, if it still fits; give the same file as --session-out, since a ticket of TLS 1.3 serves once',
      ),
    )
    .addOption(
      new Option('--timeout <ms>', 'give up when connecting and handshake take longer').default('30000'),
    )
    .addOption(new Option('--json', 'machine-readable output'));
  const others = ['--starttls <protocol>', '--psk <hex>', '--psk-identity <text>'];
  // Only `connect` has something to send.
  const early = command.name() === 'connect' ? [] : ['--early-data <file>'];
  return refuseUnavailable(command, ['--ocsp', ...others, ...early]);
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
  addRevocationOptions(command);
  addCommonOptions(command)
    .addOption(
      new Option('--tickets <n>', 'tickets to send after a handshake of TLS 1.3, 0 to 16; default 2'),
    )
    .addOption(new Option('--no-tickets', 'neither send nor take tickets, in TLS 1.3 and in TLS 1.2'))
    .addOption(new Option('--timeout <ms>', 'longest handshake').default('30000'))
    .addOption(new Option('--json', 'one JSON object per event on stdout'));
  return refuseUnavailable(command, [
    '--psk <hex>',
    '--psk-identity <text>',
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
  readonly ciphers: CipherList | undefined;
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
  readonly revocation: RevocationMaterial | undefined;
  readonly insecure: boolean;
  readonly sessionIn: SessionFile | undefined;
  readonly sessionOut: SessionOut | undefined;
  /** Of `connect` alone. */
  readonly earlyData: Uint8Array | undefined;
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
  codeFor: (name: string) => C | undefined = () => undefined,
): Named<C>[] | undefined {
  if (text === undefined) return undefined;
  return listOf(option, text).map((name) => {
    const wanted = OTHER_NAMES.get(name.toLowerCase()) ?? name;
    const code = codeFor(wanted.toLowerCase());
    const found = known.find((one) => one.name.toLowerCase() === wanted.toLowerCase() || one.code === code);
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

const joined = (list: readonly Named<unknown>[]): string => list.map((one) => one.name).join(':');

/** What may be negotiated, as options of the Node face. */
export function negotiable(settings: CommonSettings): SecureContextOptions {
  const { minVersion, maxVersion, ciphers, groups, signatureSchemes } = settings;
  return {
    ...(minVersion === undefined ? {} : { minVersion: minVersion.faceName }),
    ...(maxVersion === undefined ? {} : { maxVersion: maxVersion.faceName }),
    ...(ciphers === undefined ? {} : { ciphers: ciphers.text }),
    ...(groups === undefined ? {} : { ecdhCurve: joined(groups) }),
    ...(signatureSchemes === undefined ? {} : { sigalgs: joined(signatureSchemes) }),
  };
}

const ONLY_12 = 'none of them is for TLS 1.2, and nothing newer may be spoken';
const ONLY_13 = 'none of them is for TLS 1.3, and nothing older may be spoken';

/** What can never lead to a handshake is said before there is one. */
function checkVersions(settings: CommonSettings, provider: CryptoProvider): void {
  const { minVersion, maxVersion, groups, signatureSchemes } = settings;
  const usable12 = provider.groups.filter((group) => !group.postQuantum).map((group) => group.code);
  if (
    maxVersion?.code === ProtocolVersion.TLS12 &&
    groups?.every((group) => !usable12.includes(group.code)) === true
  ) {
    throw new UsageError(`--groups: ${ONLY_12}`);
  }
  const usable13 = provider.signatureAlgorithms.filter((one) => one.handshake13).map((one) => one.code);
  if (
    minVersion?.code === ProtocolVersion.TLS13 &&
    signatureSchemes?.every((scheme) => !usable13.includes(scheme.code)) === true
  ) {
    throw new UsageError(`--sigalgs: ${ONLY_13}`);
  }
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
  const range = versionRange(flags);
  const versions = {
    min: range.minVersion?.code ?? ProtocolVersion.TLS12,
    max: range.maxVersion?.code ?? ProtocolVersion.TLS13,
  };
  const settings: CommonSettings = {
    ...range,
    credentials: readCredentials(flags.cert ?? [], flags.key ?? [], flags.passphrase),
    alpn: alpnList(flags.alpn),
    ciphers: cipherList(flags.ciphers, versions, provider),
    groups: pick('--groups', flags.groups, provider.groups),
    signatureSchemes: pick('--sigalgs', flags.sigalgs, provider.signatureAlgorithms, schemeByName),
    timeout: milliseconds('--timeout', flags.timeout ?? '30000'),
    keyLog: keyLogOf(flags.keylog, env),
    json: flags.json === true,
  };
  checkVersions(settings, provider);
  return settings;
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
    revocation: readRevocation(flags),
    insecure: flags.insecure === true,
    sessionIn: flags.sessionIn === undefined ? undefined : readSessionFile(flags.sessionIn),
    sessionOut: flags.sessionOut === undefined ? undefined : new SessionOut(flags.sessionOut),
    earlyData: readEarlyData(flags.earlyData, flags.sessionIn),
    env,
    ...commonSettings(flags, provider, env),
  };
}
