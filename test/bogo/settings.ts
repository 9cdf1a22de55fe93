/** Flags -> the library's options. Nothing is decided here that the library could decide. */
import { readFileSync } from 'node:fs';
import {
  type ClientConfig,
  createClientConfig,
  createServerConfig,
  type ServerConfig,
} from '../../src/config/config.ts';
import type {
  ClientOptions,
  CommonOptions,
  Credential,
  ExternalPsk,
  NeedKind,
} from '../../src/config/options.ts';
import { POLICIES } from '../../src/config/policies.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { signedCertificateTimestamp } from '../../src/message/extension/signed-certificate-timestamp.ts';
import { ServerSessionCache } from '../../src/session/cache.ts';
import { StrikeRegister } from '../../src/session/replay.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { Reader } from '../../src/wire/reader.ts';
import { CertificateType, ProtocolVersion } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { loadCredential, parseCertificates } from '../../src/x509/credential.ts';
import { X509Error } from '../../src/x509/error.ts';
import { parsePrivateKey } from '../../src/x509/private-key.ts';
import { rawKeyCredential } from '../../src/x509/raw-public-key.ts';
import { TrustStore } from '../../src/x509/trust-store.ts';
import { COMPRESSORS } from './compressors.ts';
import { type CredentialFlags, type Flags, Unimplemented } from './flags.ts';
import { suitesOf } from './suites.ts';

/** What outlives a connection: clock, keys, caches, and the client's newest session. */
export interface Lasting {
  readonly provider: CryptoProvider;
  readonly now: () => number;
  readonly ticketKeys: TicketKeys;
  readonly sessionCache: ServerSessionCache;
  readonly replayStore: StrikeRegister;
  /** Moves the clock, in seconds. */
  readonly wait: (seconds: number) => void;
  session: StoredSession | undefined;
}

export function lasting(): Lasting {
  const provider = nobleProvider();
  // The clock stands still but for what is waited: ages are compared to the millisecond.
  const started = Date.now();
  let waited = 0;
  const now = (): number => started + waited;
  const aead = provider.cipherSuites13[0]?.aead;
  if (aead === undefined) throw new Error('the provider has no suites');
  return {
    provider,
    now,
    // Longer than any of the runner's delays, so that only the ticket's lifetime is judged.
    ticketKeys: new TicketKeys({ aead, random: provider.random, now }),
    sessionCache: new ServerSessionCache(),
    replayStore: new StrikeRegister({ random: provider.random, now }),
    wait: (seconds) => {
      waited += seconds * 1000;
    },
    session: undefined,
  };
}

/** Keys that the library does not have, such as ML-DSA's and short ones of RSA, are not implemented. */
function load(certificates: string, key: string): ReturnType<typeof loadCredential> {
  try {
    return loadCredential(certificates, key);
  } catch (error) {
    if (error instanceof X509Error) throw new Unimplemented(error.message);
    throw error;
  }
}

/** Certificates with their key, or a key alone. */
function loadOne(flags: Flags, kind: CredentialFlags['kind']): Credential | undefined {
  const certificates = flags.text('cert-file');
  const key = flags.text('key-file');
  if (key === undefined) return undefined;
  const pem = readFileSync(key, 'utf8');
  if (kind === 'new-rpk-credential') return rawKeyCredential(parsePrivateKey(pem));
  return certificates === undefined ? undefined : load(readFileSync(certificates, 'utf8'), pem);
}

function credentialOf(
  flags: Flags,
  provider: CryptoProvider,
  kind: CredentialFlags['kind'] = 'new-x509-credential',
): Credential[] {
  const credential = loadOne(flags, kind);
  if (credential === undefined) return [];
  const codes = flags.numbers('signing-prefs');
  const all = [...provider.signatureAlgorithms, ...provider.optionalSignatureAlgorithms];
  // What is verified says nothing about what may be signed, but where a policy is for both.
  const own = policyOf(flags) === undefined ? all.map(({ code }) => code) : undefined;
  const signatureSchemes = codes === undefined ? own : known('scheme', codes, all);
  const mustMatchIssuer = flags.on('must-match-issuer');
  const ocspResponse = flags.on('set-ocsp-in-callback') ? undefined : flags.bytes('ocsp-response');
  const timestamps = flags.bytes('signed-cert-timestamps');
  const signedCertificateTimestamps = timestamps === undefined ? undefined : timestampsOf(timestamps);
  return [{ ...credential, signatureSchemes, mustMatchIssuer, ocspResponse, signedCertificateTimestamps }];
}

/** The list in wire form. */
export function timestampsOf(list: Uint8Array): readonly Uint8Array[] {
  return signedCertificateTimestamp.certificate.decode(new Reader(list, 'signed_certificate_timestamp'));
}

function policyOf(flags: Flags): (typeof POLICIES)[keyof typeof POLICIES] | undefined {
  if (flags.on('fips-202205')) return POLICIES['nist-sp-800-52r2'];
  if (flags.on('wpa-202304')) return POLICIES['wpa3-192'];
  if (flags.on('cnsa1-202603')) return POLICIES['cnsa-1'];
  return flags.on('cnsa2-202603') ? POLICIES['cnsa-2'] : undefined;
}

/** The keys among the numbered credentials, all of them imported. */
export function pskOf(flags: Flags): ExternalPsk {
  const key = flags.bytes('psk-importer-key');
  const identity = flags.bytes('psk-importer-identity');
  if (key === undefined || identity === undefined) throw new Unimplemented('a PSK without key or identity');
  return {
    key,
    identity,
    context: flags.bytes('psk-importer-context') ?? new Uint8Array(0),
    hash: flags.on('psk-importer-sha384') ? 'SHA-384' : 'SHA-256',
  };
}

function psksOf(flags: Flags): ExternalPsk[] {
  return flags.credentials.filter(({ kind }) => kind === 'new-psk-credential').map((one) => pskOf(one.flags));
}

/** In order of preference: those that are numbered, then the default one. */
export function credentialsOf(flags: Flags, provider: CryptoProvider): Credential[] {
  const numbered = flags.credentials.flatMap((one) => credentialOf(one.flags, provider, one.kind));
  return [...numbered, ...credentialOf(flags, provider)];
}

function versions(flags: Flags): Pick<CommonOptions, 'minVersion' | 'maxVersion'> {
  const allowed = [ProtocolVersion.TLS12, ProtocolVersion.TLS13].filter((version) => {
    if (version < (flags.number('min-version') ?? 0)) return false;
    // BoringSSL sends the signalling value whatever it offers; the library only where it fell back.
    const newest = flags.on('fallback-scsv') ? ProtocolVersion.TLS12 : ProtocolVersion.TLS13;
    if (version > (flags.number('max-version') ?? newest)) return false;
    return !flags.on(version === ProtocolVersion.TLS12 ? 'no-tls12' : 'no-tls13');
  });
  if (allowed.length === 0) throw new Unimplemented('versions below TLS 1.2');
  return { minVersion: allowed[0], maxVersion: allowed.at(-1) };
}

function known<C extends number>(
  what: string,
  codes: readonly number[],
  available: readonly { readonly code: C }[],
): C[] {
  return codes.map((code) => {
    const found = available.find((one) => one.code === code);
    if (found === undefined) throw new Unimplemented(`${what} 0x${code.toString(16)}`);
    return found.code;
  });
}

function groupsOf(flags: Flags, provider: CryptoProvider): NamedGroup[] {
  const codes = flags.numbers('curves');
  if (codes !== undefined) return known('group', codes, [...provider.groups, ...provider.optionalGroups]);
  // BoringSSL's default, which the runner's cases build on.
  return [NamedGroup.X25519MLKEM768, NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];
}

/** BoringSSL's, without SHA-1. */
const DEFAULT_VERIFY: readonly SignatureScheme[] = [
  SignatureScheme.ecdsa_secp256r1_sha256,
  SignatureScheme.rsa_pss_rsae_sha256,
  SignatureScheme.rsa_pkcs1_sha256,
  SignatureScheme.ecdsa_secp384r1_sha384,
  SignatureScheme.rsa_pss_rsae_sha384,
  SignatureScheme.rsa_pkcs1_sha384,
  SignatureScheme.rsa_pss_rsae_sha512,
  SignatureScheme.rsa_pkcs1_sha512,
];

function schemesOf(flags: Flags, provider: CryptoProvider): readonly SignatureScheme[] {
  const codes = flags.numbers('verify-prefs');
  return codes === undefined
    ? DEFAULT_VERIFY
    : known('scheme', codes, [...provider.signatureAlgorithms, ...provider.optionalSignatureAlgorithms]);
}

function cipherSuites(flags: Flags): CipherSuite[] | undefined {
  const text = flags.text('cipher');
  // An order, and no other rule.
  if (flags.on('cnsa-202407')) return STRONGEST_FIRST;
  return text === undefined ? undefined : suitesOf(text);
}

const STRONGEST_FIRST: CipherSuite[] = [
  CipherSuite.TLS_AES_256_GCM_SHA384,
  CipherSuite.TLS_AES_128_GCM_SHA256,
  CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
];

function compressorsOf(flags: Flags): CommonOptions['certificateCompression'] {
  if (flags.on('install-cert-compression-algs')) return COMPRESSORS;
  const one = flags.number('install-one-cert-compression-alg');
  return COMPRESSORS.filter(({ algorithm }) => algorithm === one);
}

function typesOf(codes: readonly number[] | undefined): CertificateType[] | undefined {
  return codes?.map((code) => codePoint<'CertificateType'>(code));
}

/** The key that is expected is the one that is trusted; where none is, and the shim does not judge, none is. */
function keysOf(flags: Flags): Pick<CommonOptions, 'peerCertificateTypes' | 'trustedPublicKeys'> {
  const peerCertificateTypes = typesOf(flags.numbers('accepted-peer-cert-types'));
  if (peerCertificateTypes?.includes(CertificateType.RawPublicKey) !== true) return { peerCertificateTypes };
  const sha256 = flags.bytes('expect-peer-rpk-sha256') ?? new Uint8Array(32);
  return { peerCertificateTypes, trustedPublicKeys: [{ sha256 }] };
}

function common(flags: Flags, kept: Lasting, delegate: readonly NeedKind[]): CommonOptions {
  const fragment = flags.number('max-send-fragment');
  return {
    provider: kept.provider,
    now: kept.now,
    ...versions(flags),
    cipherSuites: cipherSuites(flags),
    groups: groupsOf(flags, kept.provider),
    signatureSchemes: schemesOf(flags, kept.provider),
    maxFragmentLength: fragment,
    maxCertificateListLength: flags.number('max-cert-list'),
    delegate,
    // BoringSSL's servers ask clients for neither.
    requestOcsp: flags.on('enable-ocsp-stapling') && !flags.on('server'),
    requestTimestamps: flags.on('enable-signed-cert-timestamps') && !flags.on('server'),
    externalPsks: psksOf(flags),
    ...keysOf(flags),
    certificateCompression: compressorsOf(flags),
    ...policyOf(flags),
  };
}

/** The list in wire form: each name after its length. */
function advertised(flags: Flags): string[] {
  const list = flags.text('advertise-alpn') ?? '';
  const names: string[] = [];
  for (let at = 0; at < list.length; ) {
    const length = list.charCodeAt(at);
    names.push(list.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return names;
}

/** Where the flags ask what the server said, or for a failure, the shim chooses; else the library does. */
function clientNeeds(flags: Flags): NeedKind[] {
  const asks =
    flags.on('fail-cert-callback') ||
    flags.numbers('expect-peer-verify-pref') !== undefined ||
    flags.text('expect-client-ca-list') !== undefined ||
    flags.bytes('expect-certificate-types') !== undefined;
  return asks ? ['select_client_credential'] : [];
}

export function clientConfig(flags: Flags, kept: Lasting): ClientConfig {
  const name = flags.text('host-name');
  const shares = flags.on('no-key-shares') ? [] : flags.numbers('key-shares');
  const options: ClientOptions = {
    ...common(flags, kept, ['verify_peer', ...clientNeeds(flags)]),
    serverName: name,
    alpnProtocols: advertised(flags),
    keyShares: shares?.map((code) => codePoint<'NamedGroup'>(code)),
    serverGroups: flags.numbers('server-supported-groups-hint')?.map((code) => codePoint<'NamedGroup'>(code)),
    requireSecureRenegotiation: flags.on('no-legacy-server-connect'),
    grease: flags.on('enable-grease'),
    fallback: flags.on('fallback-scsv'),
    falseStart: flags.on('false-start'),
    credentials: credentialsOf(flags, kept.provider),
    // BoringSSL gives up where the caller has credentials and none fits.
    anonymousFallback: false,
    clientCertificateTypes: typesOf(flags.numbers('available-client-cert-types')),
    session: kept.session,
    dangerousEarlyData: flags.on('enable-early-data'),
    // BoringSSL's clients with keys take certificates only where they are told to verify.
    pskOnly: psksOf(flags).length > 0 && !flags.on('verify-peer'),
  };
  return createClientConfig(options);
}

/** BoringSSL's. */
const MAX_EARLY_DATA = 14336;

function selectable(flags: Flags): string[] {
  // A name that no case offers: the library refuses whoever offers others.
  if (flags.on('reject-alpn')) return ['no such protocol'];
  const name = flags.text('select-alpn');
  return name === undefined || name === '' || flags.on('decline-alpn') ? [] : [name];
}

/** The runner gives the root of its chains: a server really verifies, so that what it verified is resumed. */
function trusted(flags: Flags): TrustStore {
  const file = flags.text('trust-cert');
  // Empty where the runner's peer has no chain.
  const none = file === undefined || file === '';
  return TrustStore.fromCertificates(none ? [] : parseCertificates(readFileSync(file, 'utf8')));
}

/** A choice that the library refuses, made while the handshake waits for it. */
export function chosenConfig(flags: Flags, kept: Lasting, isResume: boolean): ServerConfig | undefined {
  return flags.on('select-empty-alpn') ? serverConfig(flags, kept, isResume, ['']) : undefined;
}

export function serverConfig(
  flags: Flags,
  kept: Lasting,
  isResume: boolean,
  alpnProtocols: readonly string[] = selectable(flags),
): ServerConfig {
  const required = flags.on('require-any-client-certificate');
  if (flags.on('reverify-on-resume')) throw new Unimplemented('a server that judges what it resumes');
  const judges = flags.on('verify-fail') && !isResume;
  const credentials = credentialsOf(flags, kept.provider);
  const name = flags.text('expect-server-name');
  return createServerConfig({
    ...common(flags, kept, [
      'select_config',
      ...(judges ? (['verify_peer'] as const) : []),
      ...(flags.on('use-ocsp-callback') ? (['staple'] as const) : []),
    ]),
    trust: trusted(flags),
    // As BoringSSL's servers do always.
    grease: true,
    credentials,
    // A server that has a certificate for the name says so.
    namedCredentials: name === undefined || flags.on('no-server-name-ack') ? [] : [{ name, credentials }],
    alpnProtocols,
    clientAuth: required ? 'require' : flags.on('verify-peer') ? 'request' : 'none',
    ticketKeys: flags.on('no-ticket') || flags.on('skip-ticket') ? undefined : kept.ticketKeys,
    sessionCache: kept.sessionCache,
    dangerousEarlyData: flags.on('enable-early-data')
      ? { maximum: MAX_EARLY_DATA, replayStore: kept.replayStore, ageTolerance: 60_000 }
      : undefined,
    halfRtt: flags.on('enable-early-data'),
    preferCertificates: flags.credentials[0]?.kind === 'new-x509-credential',
    preferServerOrder:
      flags.on('server-preference') || flags.on('cnsa-202407') || flags.text('cipher') !== undefined,
  });
}
