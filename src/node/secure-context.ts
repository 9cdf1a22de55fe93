/** What several connections share: credentials, trust, and what may be negotiated. */
import type { Credential } from '../config/options.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import type { ProviderName } from '../crypto/wasm/provider.ts';
import type { ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import type { RevocationOptions } from '../x509/revocation.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import { cipherSettings } from './cipher-list.ts';
import { loadCredentials, revocationOf } from './credentials.ts';
import { providerOption } from './default-provider.ts';
import { defaultTrust, trustWith } from './default-trust.ts';
import { parseGroupList, parseSignatureList } from './group-list.ts';
import { nodeError, unsupportedOption } from './node-error.ts';
import { type OwnOptions, ownOptions, stringOption } from './own-options.ts';
import { bundlesOf } from './pfx.ts';
import { type SecureVersion, versionRange } from './protocol-version.ts';
import {
  isRawAlone,
  type RawPublicKeyOptions,
  type RawPublicKeySettings,
  rawPublicKeySettings,
} from './raw-public-keys.ts';
import { trustedBy } from './shared-trust.ts';

/** PEM text, or the bytes of a PEM or DER file. */
export type FileContent = string | NodeJS.ArrayBufferView;
export type KeyContent =
  | FileContent
  | { readonly pem: FileContent; readonly passphrase?: string | undefined };

export interface SecureContextOptions extends RawPublicKeyOptions {
  /** Trusted authorities. They replace the system's and those of NODE_EXTRA_CA_CERTS. */
  ca?: FileContent | readonly FileContent[] | undefined;
  /** CRLs, PEM or DER. With any, each certificate of a peer's chain must be on the good side of one, as in Node. */
  crl?: FileContent | readonly FileContent[] | undefined;
  /** `leaf` looks at the peer's own certificate alone; default `chain`. Node has no such option. */
  crlCheck?: 'leaf' | 'chain' | undefined;
  /** A chain, leaf first; or several, for keys of different kinds. */
  cert?: FileContent | readonly FileContent[] | undefined;
  key?: FileContent | readonly KeyContent[] | undefined;
  passphrase?: string | undefined;
  /**
   * Keys with their chains in PKCS#12; `passphrase` opens them, or one beside each. As in Node, the other certificates of the
   * file are trusted.
   */
  pfx?:
    | FileContent
    | readonly (FileContent | { readonly buf: FileContent; readonly passphrase?: string | undefined })[]
    | undefined;
  /** Suites by preference, `TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:!AES128`: TLS 1.3's by name, TLS 1.2's as OpenSSL has it. */
  ciphers?: string | undefined;
  /** Groups in order of preference, `X25519MLKEM768:X25519:P-256`, or `auto`. */
  ecdhCurve?: string | undefined;
  /** Signature algorithms in order of preference, `ECDSA+SHA256:RSA-PSS+SHA256:ed25519`. */
  sigalgs?: string | undefined;
  minVersion?: SecureVersion | undefined;
  maxVersion?: SecureVersion | undefined;
  /** Servers: whether their order of suites decides. Default true. */
  honorCipherOrder?: boolean | undefined;
  secureProtocol?: string | undefined;
  secureOptions?: number | undefined;
  /** Servers: sessions are taken up only where this is the same. */
  sessionIdContext?: string | undefined;
  /** Servers: seconds that a session lives; default 300. */
  sessionTimeout?: number | undefined;
  /** Servers: 48 bytes that seal tickets; give several servers the same to share sessions. */
  ticketKeys?: NodeJS.ArrayBufferView | undefined;
  /** Servers: tickets sent after a handshake of TLS 1.3, 0 to 16; default 2. Node has no such option. */
  ticketCount?: number | undefined;
  /**
   * Servers: `false` neither issues nor takes tickets, in either version; clients of TLS 1.2 can still resume by ID.
   * Node has no such option.
   */
  sessionTickets?: boolean | undefined;
  dhparam?: FileContent | undefined;
  /**
   * Who computes: `noble`, the reference; `wasm`, our kernels; `auto` (default), the kernels where the host can run them;
   * or a provider of your own. Node has no such option.
   */
  provider?: ProviderName | CryptoProvider | undefined;
}

/** Options that would have to do something that we cannot do yet: to go on without would be less than was asked for. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['clientCertEngine', 'there are no OpenSSL engines'],
  ['privateKeyEngine', 'there are no OpenSSL engines; give the key in options.key'],
  ['privateKeyIdentifier', 'there are no OpenSSL engines; give the key in options.key'],
  ['pskCallback', 'pre-shared keys are not supported yet, and a certificate would be asked for instead'],
]);

export function refuseUnsupported(options: OwnOptions): void {
  for (const [name, why] of REFUSED) {
    const value = options[name];
    if (value !== undefined && value !== null && value !== false) throw unsupportedOption(name, why);
  }
}

/** What a context was made of, in the engine's terms. */
export interface ContextSettings extends Omit<RawPublicKeySettings, 'credentials'> {
  readonly provider: CryptoProvider;
  readonly credentials: readonly Credential[];
  /** Undefined: the system's and NODE_EXTRA_CA_CERTS. */
  readonly trust: TrustStore | undefined;
  /** Undefined: nothing is checked for revocation. */
  readonly revocation: RevocationOptions | undefined;
  readonly minVersion: ProtocolVersion;
  readonly maxVersion: ProtocolVersion;
  readonly cipherSuites: readonly CipherSuite[] | undefined;
  /** Sessions are shared only between contexts of the same name. */
  readonly sessionContext: string | undefined;
  readonly groups: readonly NamedGroup[] | undefined;
  readonly signatureSchemes: readonly SignatureScheme[] | undefined;
  readonly preferServerOrder: boolean;
}

function settingsOf(options: OwnOptions): ContextSettings {
  refuseUnsupported(options);
  const provider = providerOption(options);
  const { ca } = options;
  const hasCa = ca !== undefined && ca !== null && ca !== false;
  const trusted = hasCa ? trustedBy(ca) : undefined;
  const bundles = bundlesOf(options);
  const inBundles = bundles.flatMap((bundle) => bundle.authorities);
  const suites = cipherSettings(options['ciphers'], versionRange(options), provider);
  const { credentials: rawKeys, ...peers } = rawPublicKeySettings(options);
  const chains = isRawAlone(options) ? [] : loadCredentials(options, trusted?.authorities ?? []);
  return {
    provider,
    ...peers,
    credentials: [...chains, ...bundles.map(({ credential }) => credential), ...rawKeys],
    trust: inBundles.length === 0 ? trusted?.store : trustWith(trusted?.store, inBundles),
    revocation: revocationOf(options['crl'], options['crlCheck']),
    ...suites,
    sessionContext: stringOption(options, 'sessionIdContext'),
    groups: parseGroupList(options['ecdhCurve'], provider.groups),
    signatureSchemes: parseSignatureList(options['sigalgs'], provider.signatureAlgorithms, suites.minVersion),
    preferServerOrder: options['honorCipherOrder'] === undefined || Boolean(options['honorCipherOrder']),
  };
}

const settings = new WeakMap<SecureContext, ContextSettings>();

export class SecureContext {
  /** Node's holds its native context here, and programs hand that on (to SNICallback's callback, for one). */
  readonly context: SecureContext = this;

  /** Throws as {@link createSecureContext}. */
  constructor(options: SecureContextOptions = {}) {
    settings.set(this, settingsOf(ownOptions(options)));
  }
}

/** The settings behind a context; throws `ERR_TLS_INVALID_CONTEXT` for what is none. */
export function contextSettings(context: unknown): ContextSettings {
  const found = context instanceof SecureContext ? settings.get(context.context) : undefined;
  if (found === undefined)
    throw nodeError('ERR_TLS_INVALID_CONTEXT', 'secureContext must be a SecureContext');
  return found;
}

export function trustOf(context: ContextSettings): TrustStore {
  return context.trust ?? defaultTrust();
}

/**
 * Reads and checks everything at once: a key that belongs to another certificate, an encrypted key without passphrase,
 * bad PEM, unknown names and versions are refused here, with Node's error codes and the name of the option.
 */
export function createSecureContext(options: SecureContextOptions = {}): SecureContext {
  return new SecureContext(options);
}

/** A context given ready made, or one made of the options. */
export function contextFrom(options: OwnOptions): SecureContext {
  const { secureContext } = options;
  if (secureContext === undefined || secureContext === null) return new SecureContext(options);
  contextSettings(secureContext);
  refuseUnsupported(options);
  return secureContext as SecureContext;
}
