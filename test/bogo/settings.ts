/** Flags -> the library's options. Nothing is decided here that the library could decide. */
import { readFileSync } from 'node:fs';
import {
  type ClientConfig,
  createClientConfig,
  createServerConfig,
  type ServerConfig,
} from '../../src/config/config.ts';
import type { ClientOptions, CommonOptions, Credential, NeedKind } from '../../src/config/options.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { ServerSessionCache } from '../../src/session/cache.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ProtocolVersion } from '../../src/wire/registry.ts';
import { type CipherSuite, NamedGroup, type SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { loadCredential } from '../../src/x509/credential.ts';
import { type Flags, Unimplemented } from './flags.ts';
import { suitesOf } from './suites.ts';

/** What outlives a connection: clock, keys, caches, and the client's newest session. */
export interface Lasting {
  readonly provider: CryptoProvider;
  readonly now: () => number;
  readonly ticketKeys: TicketKeys;
  readonly sessionCache: ServerSessionCache;
  /** Moves the clock, in seconds. */
  readonly wait: (seconds: number) => void;
  session: StoredSession | undefined;
}

export function lasting(): Lasting {
  const provider = nobleProvider();
  let waited = 0;
  const now = (): number => Date.now() + waited;
  const aead = provider.cipherSuites13[0]?.aead;
  if (aead === undefined) throw new Error('the provider has no suites');
  return {
    provider,
    now,
    // Longer than any of the runner's delays, so that only the ticket's lifetime is judged.
    ticketKeys: new TicketKeys({ aead, random: provider.random, now }),
    sessionCache: new ServerSessionCache(),
    wait: (seconds) => {
      waited += seconds * 1000;
    },
    session: undefined,
  };
}

function credentialOf(flags: Flags): Credential[] {
  const certificates = flags.text('cert-file');
  const key = flags.text('key-file');
  if (certificates === undefined || key === undefined) return [];
  return [loadCredential(readFileSync(certificates, 'utf8'), readFileSync(key, 'utf8'))];
}

function versions(flags: Flags): Pick<CommonOptions, 'minVersion' | 'maxVersion'> {
  const allowed = [ProtocolVersion.TLS12, ProtocolVersion.TLS13].filter((version) => {
    if (version < (flags.number('min-version') ?? 0)) return false;
    if (version > (flags.number('max-version') ?? ProtocolVersion.TLS13)) return false;
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
  if (codes !== undefined) return known('group', codes, provider.groups);
  // BoringSSL's default, which the runner's cases build on.
  return [NamedGroup.X25519MLKEM768, NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];
}

function schemesOf(flags: Flags, provider: CryptoProvider): SignatureScheme[] | undefined {
  const codes = flags.numbers('verify-prefs') ?? flags.numbers('signing-prefs');
  return codes === undefined ? undefined : known('scheme', codes, provider.signatureAlgorithms);
}

function cipherSuites(flags: Flags): CipherSuite[] | undefined {
  const text = flags.text('cipher');
  return text === undefined ? undefined : suitesOf(text);
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
    delegate,
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

export function clientConfig(flags: Flags, kept: Lasting): ClientConfig {
  const name = flags.text('host-name');
  const shares = flags.on('no-key-shares') ? [] : flags.numbers('key-shares');
  const options: ClientOptions = {
    ...common(flags, kept, ['verify_peer', 'select_client_credential']),
    serverName: name,
    alpnProtocols: advertised(flags),
    keyShares: shares?.map((code) => codePoint<'NamedGroup'>(code)),
    credentials: credentialOf(flags),
    requestOcsp: flags.on('enable-ocsp-stapling'),
    session: kept.session,
  };
  return createClientConfig(options);
}

function selectable(flags: Flags): string[] {
  // A name that no case offers: the library refuses whoever offers others.
  if (flags.on('reject-alpn')) return ['no such protocol'];
  const name = flags.text('select-alpn');
  return name === undefined || flags.on('decline-alpn') ? [] : [name];
}

export function serverConfig(flags: Flags, kept: Lasting): ServerConfig {
  const required = flags.on('require-any-client-certificate');
  return createServerConfig({
    ...common(flags, kept, ['select_config', 'verify_peer', 'lookup_session']),
    credentials: credentialOf(flags),
    alpnProtocols: selectable(flags),
    clientAuth: required ? 'require' : flags.on('verify-peer') ? 'request' : 'none',
    ticketKeys: flags.on('no-ticket') ? undefined : kept.ticketKeys,
    sessionCache: kept.sessionCache,
    preferServerOrder: flags.on('server-preference') || flags.text('cipher') !== undefined,
  });
}
