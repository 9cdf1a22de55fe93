/** The frozen snapshots that the layers above see. Options are checked here, once; nothing later finds them odd. */
import { copyBytes, EMPTY } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import type {
  CipherSuite12,
  CipherSuite13,
  CryptoProvider,
  KeyExchangeGroup,
  SignatureAlgorithm,
} from '../crypto/provider.ts';
import type { ClientHelloFields } from '../message/client-hello.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import type { ClientSessionCache, ServerSessionCache } from '../session/cache.ts';
import type { StoredSession } from '../session/session.ts';
import type { TicketKeys } from '../session/ticket-keys.ts';
import { MAX_CERTIFICATE_MESSAGE_LENGTH, MAX_HANDSHAKE_TOTAL, MAX_PLAINTEXT } from '../wire/limits.ts';
import { CertificateType, type MaxFragmentLength, ProtocolVersion } from '../wire/registry.ts';
import { TrustStore } from '../x509/trust-store.ts';
import { type CertificateCompression, compressionSettings } from './certificate-compression.ts';
import { alpnNames, invalid, revocationOf } from './check.ts';
import { checkCredentials } from './credentials.ts';
import { type EarlyDataConfig, serverEarlyData } from './early-data.ts';
import {
  type ExternalPskConfig,
  externalPsks,
  MAX_OFFERED_PSKS,
  MAX_PSK_FIELD,
  MIN_PSK_LENGTH,
} from './external-psk.ts';
import { chosenShares } from './key-shares.ts';
import { checkServerName, normalizeDnsName, type ServerName } from './names.ts';
import type {
  ClientOptions,
  CommonOptions,
  Credential,
  NamedCredentials,
  NeedKind,
  ServerOptions,
} from './options.ts';
import { pickSome, pickSuites, pickValues } from './pick.ts';
import {
  certificateTypes,
  type RawPublicKeySettings,
  rawPublicKeySettings,
  typesOfCredentials,
} from './raw-public-key.ts';
import { fragmentCode, sizeLimit, wholeNumber } from './sizes.ts';

/** Our own choice: a minute is long for any honest peer and short for one that holds memory. */
const DEFAULT_HANDSHAKE_TIMEOUT = 60_000;
const MIN_FRAGMENT_LENGTH = 512;
/** OpenSSL's. */
const DEFAULT_TICKET_COUNT = 2;
const MAX_TICKET_COUNT = 16;

export interface CommonConfig extends RawPublicKeySettings {
  readonly provider: CryptoProvider;
  readonly now: () => number;
  /** Newest first: TLS 1.3, TLS 1.2 or both. */
  readonly versions: readonly ProtocolVersion[];
  /** Of TLS 1.3. */
  readonly cipherSuites: readonly CipherSuite13[];
  readonly cipherSuites12: readonly CipherSuite12[];
  readonly groups: readonly KeyExchangeGroup[];
  readonly signatureAlgorithms: readonly SignatureAlgorithm[];
  readonly certificateAlgorithms: readonly SignatureAlgorithm[] | undefined;
  readonly alpnProtocols: readonly string[];
  readonly trust: TrustStore;
  readonly certificateCompression: readonly CertificateCompression[];
  readonly revocation: CommonOptions['revocation'];
  readonly maxFragmentLength: number;
  readonly recordSizeLimit: number | undefined;
  readonly recordPadding: ((length: number) => number) | undefined;
  readonly handshakeTimeout: number;
  readonly maxHandshakeBytes: number;
  readonly maxCertificateListLength: number;
  readonly delegate: ReadonlySet<NeedKind>;
  readonly acceptUnverifiedPeer: boolean;
  readonly requireExtendedMasterSecret: boolean;
  readonly requestOcsp: boolean;
  readonly requestTimestamps: boolean;
  readonly grease: boolean;
  readonly presharedKeys: readonly { readonly identity: Uint8Array; readonly key: Secret }[];
  readonly pskIdentityHint: Uint8Array;
  readonly externalPsks: readonly ExternalPskConfig[];
}

export interface ClientConfig extends CommonConfig {
  readonly role: 'client';
  /** The name that the certificate must be valid for. */
  readonly serverName: ServerName | undefined;
  /** The host_name of the server_name extension. */
  readonly sniName: string | undefined;
  readonly keyShares: readonly KeyExchangeGroup[];
  readonly credentials: readonly Credential[];
  /** What is offered in client_certificate_type; X.509 alone is not. */
  readonly clientCertificateTypes: readonly CertificateType[];
  readonly anonymousFallback: boolean;
  readonly session: StoredSession | undefined;
  readonly pskOnly: boolean;
  readonly sessionCache: ClientSessionCache | undefined;
  readonly sessionPeer: string | undefined;
  readonly middleboxCompatibility: boolean;
  readonly offersEarlyData: boolean;
  readonly requireSecureRenegotiation: boolean;
  readonly falseStart: boolean;
  readonly sendAuthorities: boolean;
  /** What asks for it in max_fragment_length. */
  readonly fragmentLength: MaxFragmentLength | undefined;
  readonly shapeClientHello: ((fields: ClientHelloFields) => ClientHelloFields) | undefined;
  /** TLS_FALLBACK_SCSV is sent. */
  readonly fallback: boolean;
}

export interface ServerConfig extends CommonConfig {
  readonly role: 'server';
  readonly credentials: readonly Credential[];
  readonly namedCredentials: ReadonlyMap<string, readonly Credential[]>;
  readonly clientAuth: 'none' | 'request' | 'require';
  readonly ticketKeys: TicketKeys | undefined;
  readonly ticketCount: number;
  readonly retryCookieKeys: TicketKeys | undefined;
  readonly sessionCache: ServerSessionCache | undefined;
  readonly sessionContext: string;
  readonly preferServerOrder: boolean;
  readonly preferCertificates: boolean;
  readonly earlyData: EarlyDataConfig | undefined;
  readonly halfRtt: boolean;
  readonly shapeHelloRetryRequest:
    | ((extensions: readonly RawExtension[]) => readonly RawExtension[])
    | undefined;
  readonly shapeEncryptedExtensions:
    | ((extensions: readonly RawExtension[]) => readonly RawExtension[])
    | undefined;
}

export type Config = ClientConfig | ServerConfig;

const made = new WeakSet<object>();

/** Whether {@link createServerConfig} made it: what an application answers with may be anything. */
export function isServerConfig(value: unknown): value is ServerConfig {
  return typeof value === 'object' && value !== null && made.has(value);
}

function presharedKeys(options: CommonOptions): CommonConfig['presharedKeys'] {
  return Object.freeze(
    (options.presharedKeys ?? []).map(({ identity, key }) => {
      if (key.length < MIN_PSK_LENGTH || key.length > MAX_PSK_FIELD || identity.length > MAX_PSK_FIELD) {
        invalid(
          `a preshared key needs ${MIN_PSK_LENGTH} to ${MAX_PSK_FIELD} bytes, its identity at most ${MAX_PSK_FIELD}`,
        );
      }
      return { identity: copyBytes(identity), key: new Secret(copyBytes(key)) };
    }),
  );
}

function commonConfig(options: CommonOptions): CommonConfig {
  const { provider } = options;
  const suites = pickSuites(options);
  return {
    provider,
    now: options.now,
    ...suites,
    groups: pickValues(provider.groups, options.groups, 'group', { optional: provider.optionalGroups }),
    signatureAlgorithms: pickValues(
      provider.signatureAlgorithms,
      options.signatureSchemes,
      'signature scheme',
      { optional: provider.optionalSignatureAlgorithms },
    ),
    certificateAlgorithms: pickSome(provider.signatureAlgorithms, options.certificateSchemes, 'scheme'),
    alpnProtocols: alpnNames(options.alpnProtocols),
    trust: options.trust ?? TrustStore.fromCertificates([]),
    revocation: revocationOf(options.revocation),
    ...rawPublicKeySettings(options),
    certificateCompression: compressionSettings(options),
    maxFragmentLength: wholeNumber(
      options.maxFragmentLength,
      MAX_PLAINTEXT,
      MIN_FRAGMENT_LENGTH,
      MAX_PLAINTEXT,
      'maxFragmentLength',
    ),
    recordSizeLimit: sizeLimit(options.recordSizeLimit),
    recordPadding: options.recordPadding,
    handshakeTimeout: wholeNumber(
      options.handshakeTimeout,
      DEFAULT_HANDSHAKE_TIMEOUT,
      0,
      2 ** 31 - 1,
      'handshakeTimeout',
    ),
    maxHandshakeBytes: wholeNumber(
      options.maxHandshakeBytes,
      MAX_HANDSHAKE_TOTAL,
      1,
      2 ** 31 - 1,
      'maxHandshakeBytes',
    ),
    maxCertificateListLength: wholeNumber(
      options.maxCertificateListLength,
      MAX_CERTIFICATE_MESSAGE_LENGTH,
      1,
      MAX_CERTIFICATE_MESSAGE_LENGTH,
      'maxCertificateListLength',
    ),
    delegate: new Set(options.delegate ?? []),
    // Only the literal true: an undefined, a string or a 1 must never switch verification off (CVE-2021-22939).
    acceptUnverifiedPeer: options.dangerousAcceptUnverifiedPeer === true,
    requireExtendedMasterSecret: options.requireExtendedMasterSecret === true,
    requestOcsp: options.requestOcsp === true,
    requestTimestamps: options.requestTimestamps === true,
    grease: options.grease === true,
    presharedKeys: presharedKeys(options),
    pskIdentityHint: copyBytes(options.pskIdentityHint ?? EMPTY),
    externalPsks: externalPsks(options, suites.versions),
  };
}

function checkPskSuites(common: CommonConfig): void {
  const suite = common.cipherSuites12.find(({ authentication }) => authentication === 'psk');
  if (suite !== undefined && common.presharedKeys.length === 0) {
    invalid(`${suite.name} needs presharedKeys`);
  }
  if (suite === undefined && common.presharedKeys.length > 0) {
    invalid('presharedKeys are of no use without a suite of ECDHE_PSK; name one in cipherSuites');
  }
}

/** Hybrids are of TLS 1.3: alone they leave TLS 1.2 without a group. */
function checkGroups(common: CommonConfig): void {
  if (common.versions.includes(ProtocolVersion.TLS13)) return;
  if (common.groups.every((group) => group.postQuantum)) invalid('none of the groups is one of TLS 1.2');
}

function sniName(options: ClientOptions, serverName: ServerName | undefined): string | undefined {
  const { sendServerName } = options;
  if (sendServerName === false) return undefined;
  if (typeof sendServerName === 'string') {
    const sent = checkServerName(sendServerName, 'sendServerName');
    return sent.kind === 'dns' ? sent.name : undefined;
  }
  return serverName?.kind === 'dns' ? serverName.name : undefined;
}

/** RFC 7507 4: never with the newest version there is. */
function fallback(options: ClientOptions, common: CommonConfig): boolean {
  if (options.fallback !== true) return false;
  if (common.versions.includes(ProtocolVersion.TLS13)) {
    invalid('fallback is for a second try with maxVersion TLS 1.2: there is nothing newer than TLS 1.3');
  }
  return true;
}

/** Throws TLSError `invalid_option` with the name of the option that is at fault. */
export function createClientConfig(options: ClientOptions): ClientConfig {
  const pskOnly = options.pskOnly === true;
  const common = commonConfig(pskOnly ? { ...options, minVersion: ProtocolVersion.TLS13 } : options);
  if (common.externalPsks.length > MAX_OFFERED_PSKS)
    invalid(`externalPsks: a client offers ${MAX_OFFERED_PSKS} at most`);
  if (pskOnly && common.externalPsks.length === 0) invalid('pskOnly needs externalPsks');
  checkPskSuites(common);
  checkGroups(common);
  const serverName =
    options.serverName === undefined ? undefined : checkServerName(options.serverName, 'serverName');
  // A raw key has no name to be compared.
  const keysOnly = !common.peerCertificateTypes.includes(CertificateType.X509);
  const judged = pskOnly || keysOnly || common.acceptUnverifiedPeer || common.delegate.has('verify_peer');
  if (serverName === undefined && !judged) {
    invalid('serverName is missing: without it the certificate cannot be checked against the peer');
  }
  const { keyShares, serverGroups } = options;
  const predicted = common.groups.find((group) => serverGroups?.includes(group.code) === true);
  return Object.freeze({
    ...common,
    role: 'client',
    fallback: fallback(options, common),
    serverName,
    sniName: sniName(options, serverName),
    keyShares: Object.freeze(predicted === undefined ? chosenShares(common.groups, keyShares) : [predicted]),
    credentials: checkCredentials(options.credentials ?? [], common, 'credentials'),
    clientCertificateTypes:
      options.clientCertificateTypes === undefined
        ? typesOfCredentials(options.credentials ?? [])
        : certificateTypes(options.clientCertificateTypes, 'clientCertificateTypes'),
    anonymousFallback: options.anonymousFallback !== false,
    session: options.session,
    pskOnly,
    sessionCache: options.sessionCache,
    sessionPeer: options.sessionPeer ?? serverName?.name,
    middleboxCompatibility: options.middleboxCompatibility ?? true,
    // Only the literal true, as with all that is dangerous.
    offersEarlyData: options.dangerousEarlyData === true,
    requireSecureRenegotiation: options.requireSecureRenegotiation === true,
    falseStart: options.falseStart === true,
    sendAuthorities: options.sendAuthorities === true,
    fragmentLength: fragmentCode(options.requestFragmentLength),
    shapeClientHello: options.shapeClientHello,
  });
}

function namedMap(
  named: readonly NamedCredentials[] | undefined,
  common: CommonConfig,
): ReadonlyMap<string, readonly Credential[]> {
  const map = new Map<string, readonly Credential[]>();
  for (const { name, credentials } of named ?? []) {
    const wildcard = name.startsWith('*.');
    const dns = checkServerName(wildcard ? name.slice(2) : name, 'namedCredentials');
    if (dns.kind !== 'dns') invalid(`namedCredentials: ${name} is not a DNS name`);
    const key = wildcard ? `*.${dns.name}` : dns.name;
    map.set(
      key,
      checkCredentials([...(map.get(key) ?? []), ...credentials], common, `credentials of ${name}`),
    );
  }
  return map;
}

/** Throws TLSError `invalid_option` with the name of the option that is at fault. */
export function createServerConfig(options: ServerOptions): ServerConfig {
  const common = commonConfig(options);
  checkPskSuites(common);
  checkGroups(common);
  const credentials = checkCredentials(options.credentials, common, 'credentials');
  const namedCredentials = namedMap(options.namedCredentials, common);
  const anonymous =
    common.presharedKeys.length + common.externalPsks.length > 0 || common.delegate.has('select_config');
  if (credentials.length === 0 && namedCredentials.size === 0 && !anonymous) {
    invalid('a server needs a certificate and key: credentials and namedCredentials are both empty');
  }
  const config: ServerConfig = Object.freeze({
    ...common,
    role: 'server',
    credentials,
    namedCredentials,
    clientAuth: options.clientAuth ?? 'none',
    ticketKeys: options.ticketKeys,
    ticketCount: wholeNumber(options.ticketCount, DEFAULT_TICKET_COUNT, 0, MAX_TICKET_COUNT, 'ticketCount'),
    retryCookieKeys: options.retryCookieKeys,
    sessionCache: options.sessionCache,
    sessionContext: options.sessionContext ?? '',
    preferServerOrder: options.preferServerOrder ?? true,
    preferCertificates: options.preferCertificates === true,
    earlyData: serverEarlyData(options.dangerousEarlyData),
    halfRtt: options.halfRtt === true,
    shapeHelloRetryRequest: options.shapeHelloRetryRequest,
    shapeEncryptedExtensions: options.shapeEncryptedExtensions,
  });
  made.add(config);
  return config;
}

export interface CredentialsForName {
  /** All that may serve, those for the name first. */
  readonly credentials: readonly Credential[];
  /** Those that the name decided on. */
  readonly named: readonly Credential[];
}

/** The credentials for a name the client sent: exact, then wildcard for one label, then the default ones. */
export function credentialsFor(config: ServerConfig, serverName: string | undefined): CredentialsForName {
  if (serverName === undefined) return { credentials: config.credentials, named: [] };
  const name = normalizeDnsName(serverName);
  const dot = name.indexOf('.');
  const exact = config.namedCredentials.get(name) ?? [];
  const wildcard = dot > 0 ? (config.namedCredentials.get(`*${name.slice(dot)}`) ?? []) : [];
  const named = [...exact, ...wildcard];
  return { credentials: [...named, ...config.credentials], named };
}
