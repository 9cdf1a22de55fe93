/** A server's options -> the engine's configurations, one for each context and protocol it may have to be. */
import { createServerConfig, type ServerConfig } from '../config/config.ts';
import type { ServerEarlyData } from '../config/early-data.ts';
import type { CryptoProvider } from '../crypto/provider.ts';
import { ServerSessionCache } from '../session/cache.ts';
import { alpnProtocols } from './alpn.ts';
import { DEFAULT_HANDSHAKE_TIMEOUT } from './client-settings.ts';
import { providerOption } from './default-provider.ts';
import { acceptedEarlyData } from './early-data.ts';
import { coded, outOfRange } from './node-error.ts';
import { functionOption, millisecondsOption, numberOption, type OwnOptions } from './own-options.ts';
import { contextSettings, SecureContext, trustOf } from './secure-context.ts';
import { TicketVault } from './ticket-vault.ts';

export type SniCallback = (
  servername: string,
  answer: (error?: unknown, context?: unknown) => void,
) => unknown;
export type AlpnCallback = (offer: {
  readonly servername: string | false;
  readonly protocols: string[];
}) => unknown;

export interface ServerSettings {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly alpnProtocols: readonly string[];
  readonly alpnCallback: AlpnCallback | undefined;
  readonly sniCallback: SniCallback | undefined;
  /** The context for a name by the server's own table; undefined for its default one. */
  readonly contextFor: ((servername: string) => SecureContext | undefined) | undefined;
  readonly handshakeTimeout: number;
  readonly tickets: TicketVault;
  /** False: none are issued or taken, in either version. */
  readonly sessionTickets: boolean;
  /** After a handshake of TLS 1.3; undefined for the engine's default. */
  readonly ticketCount: number | undefined;
  readonly earlyData: ServerEarlyData | undefined;
  /** Sessions of TLS 1.2 by ID, for clients without tickets. */
  readonly sessions: ServerSessionCache;
}

const MAX_TICKETS = 16;

function ticketCountOf(options: OwnOptions): number | undefined {
  const count = numberOption(options, 'ticketCount');
  if (count !== undefined && (!Number.isInteger(count) || count < 0 || count > MAX_TICKETS)) {
    throw outOfRange('options.ticketCount', `>= 0 && <= ${MAX_TICKETS}`, count);
  }
  return count;
}

/** That of the context: a ready made one has its own. Throws as {@link providerOption}. */
function providerOf(options: OwnOptions): CryptoProvider {
  const { secureContext } = options;
  return secureContext instanceof SecureContext
    ? contextSettings(secureContext).provider
    : providerOption(options);
}

export function serverSettings(
  options: OwnOptions,
  contextFor?: (servername: string) => SecureContext | undefined,
): ServerSettings {
  const alpnCallback = functionOption(options, 'ALPNCallback');
  const protocols = alpnProtocols(options['ALPNProtocols']);
  if (alpnCallback !== undefined && options['ALPNProtocols']) {
    throw coded(
      new TypeError('The ALPNCallback and ALPNProtocols TLS options are mutually exclusive'),
      'ERR_TLS_ALPN_CALLBACK_WITH_PROTOCOLS',
    );
  }
  return {
    // Whoever asks for certificates in any way that is not plainly "no" gets them asked for.
    requestCert: Boolean(options['requestCert']),
    rejectUnauthorized: options['rejectUnauthorized'] !== false,
    alpnProtocols: protocols,
    alpnCallback,
    sniCallback: functionOption(options, 'SNICallback'),
    contextFor,
    handshakeTimeout: millisecondsOption(options, 'handshakeTimeout') || DEFAULT_HANDSHAKE_TIMEOUT,
    tickets: new TicketVault(options, providerOf(options)),
    sessionTickets: options['sessionTickets'] !== false,
    ticketCount: ticketCountOf(options),
    earlyData: acceptedEarlyData(options),
    sessions: new ServerSessionCache(),
  };
}

const configs = new WeakMap<ServerSettings, WeakMap<SecureContext, Map<string, ServerConfig>>>();

/**
 * The configuration for a context, made once. `protocol`: the one that ALPNCallback chose. Throws TLSError
 * `invalid_option`.
 */
export function serverConfig(
  settings: ServerSettings,
  context: SecureContext,
  protocol?: string,
): ServerConfig {
  const byContext = configs.get(settings) ?? new WeakMap<SecureContext, Map<string, ServerConfig>>();
  configs.set(settings, byContext);
  const byProtocol = byContext.get(context) ?? new Map<string, ServerConfig>();
  byContext.set(context, byProtocol);
  const key = protocol === undefined ? '' : `=${protocol}`;
  let config = byProtocol.get(key);
  if (config === undefined) {
    config = makeConfig(settings, context, protocol);
    // A callback may answer with whatever its clients name, and they must not fill the memory with it.
    if (byProtocol.size < MAX_PROTOCOL_CONFIGS) byProtocol.set(key, config);
  }
  return config;
}

/** Configurations kept for a context, one for each protocol that an ALPNCallback chose. */
export const MAX_PROTOCOL_CONFIGS = 64;

function makeConfig(
  settings: ServerSettings,
  secureContext: SecureContext,
  protocol: string | undefined,
): ServerConfig {
  const context = contextSettings(secureContext);
  const { requestCert, rejectUnauthorized } = settings;
  return createServerConfig({
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
    alpnProtocols: protocol === undefined ? settings.alpnProtocols : [protocol],
    handshakeTimeout: settings.handshakeTimeout,
    clientAuth: requestCert ? (rejectUnauthorized ? 'require' : 'request') : 'none',
    dangerousAcceptUnverifiedPeer: requestCert && !rejectUnauthorized,
    preferServerOrder: context.preferServerOrder,
    // A server may be given its certificate later, or by name; without one its handshakes fail, not its start.
    delegate: ['select_config', 'lookup_session', 'staple'],
    ticketKeys: settings.sessionTickets ? settings.tickets.keys : undefined,
    ticketCount: settings.ticketCount,
    dangerousEarlyData: settings.earlyData,
    sessionContext: context.sessionContext,
  });
}
