/** A client's options -> the engine's configuration, and the check of the server's name that goes with it. */
import type { ClientConfig } from '../config/config.ts';
import type { StoredSession } from '../session/session.ts';
import { X509Error } from '../x509/error.ts';
import { parseReferenceName, type ReferenceName } from '../x509/hostname.ts';
import { alpnProtocols } from './alpn.ts';
import { readSession } from './client-session.ts';
import { earlyBytes } from './early-data.ts';
import { functionOption, millisecondsOption, type OwnOptions, stringOption } from './own-options.ts';
import { contextFrom, contextSettings, type SecureContext, trustOf } from './secure-context.ts';
import { sharedClientConfig } from './shared-config.ts';

/** Our own choice, as for Node's servers: long for any honest peer, and an end for the others. */
export const DEFAULT_HANDSHAKE_TIMEOUT = 120_000;

type IdentityCheck = (hostname: string, cert: object) => unknown;

export interface ClientSettings {
  readonly secureContext: SecureContext;
  /** As the program gave it; undefined when none was given. */
  readonly hostname: string | undefined;
  readonly servername: string | undefined;
  readonly rejectUnauthorized: boolean;
  readonly checkServerIdentity: IdentityCheck | undefined;
  readonly alpnProtocols: readonly string[];
  readonly handshakeTimeout: number;
  readonly requestOCSP: boolean;
  readonly session: StoredSession | undefined;
  readonly earlyData: Uint8Array | undefined;
}

/** `hostname`: what the certificate must be for when the options name no `servername`. */
export function clientSettings(
  options: OwnOptions,
  hostname: string | undefined,
  host?: string,
): ClientSettings {
  const servername = stringOption(options, 'servername') || undefined;
  return {
    secureContext: contextFrom(options),
    hostname: servername ?? hostname,
    servername: servername ?? host,
    rejectUnauthorized: options['rejectUnauthorized'] !== false,
    checkServerIdentity: functionOption(options, 'checkServerIdentity'),
    alpnProtocols: alpnProtocols(options['ALPNProtocols']),
    handshakeTimeout: millisecondsOption(options, 'handshakeTimeout') ?? DEFAULT_HANDSHAKE_TIMEOUT,
    requestOCSP: options['requestOCSP'] === true,
    session: readSession(options['session']),
    earlyData: earlyBytes(options),
  };
}

/** Undefined for what is no host name: such a name is never sent, and no certificate is for it. */
export function referenceName(name: string | undefined): ReferenceName | undefined {
  if (name === undefined) return undefined;
  try {
    return parseReferenceName(name);
  } catch (error) {
    if (error instanceof X509Error) return undefined;
    throw error;
  }
}

/** Whether the engine's own check of the name is the one that is wanted. */
export function usesBuiltinCheck(settings: ClientSettings): boolean {
  return settings.checkServerIdentity === undefined && referenceName(settings.hostname) !== undefined;
}

/** `session`: one to resume, if it still fits. Throws TLSError `invalid_option`. */
export function clientConfig(settings: ClientSettings, session: StoredSession | undefined): ClientConfig {
  const context = contextSettings(settings.secureContext);
  const builtin = usesBuiltinCheck(settings);
  const sent = referenceName(settings.servername)?.kind === 'dns' ? settings.servername : undefined;
  return sharedClientConfig({
    provider: context.provider,
    now: Date.now,
    minVersion: context.minVersion,
    maxVersion: context.maxVersion,
    trust: trustOf(context),
    revocation: context.revocation,
    credentials: context.credentials,
    peerCertificateTypes: context.peerCertificateTypes,
    trustedPublicKeys: context.trustedPublicKeys,
    cipherSuites: context.cipherSuites,
    groups: context.groups,
    signatureSchemes: context.signatureSchemes,
    alpnProtocols: settings.alpnProtocols,
    serverName: builtin ? settings.hostname : undefined,
    sendServerName: sent ?? false,
    handshakeTimeout: settings.handshakeTimeout,
    requestOcsp: settings.requestOCSP,
    dangerousEarlyData: settings.earlyData !== undefined,
    // The engine uses a session up; the socket still has to answer getSession().
    session: session && { ...session, secret: session.secret.clone() },
    dangerousAcceptUnverifiedPeer: !settings.rejectUnauthorized,
    delegate: builtin ? [] : ['verify_peer'],
  });
}
