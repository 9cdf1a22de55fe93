/** What a TLSSocket is made to be, read from its options once. */
import type { Server as NetServer } from 'node:net';
import { type ClientSettings, clientSettings } from './client-settings.ts';
import type { ClientEarlyOptions, ServerEarlyOptions } from './early-data.ts';
import { type KeyLogSink, keyLogSink } from './key-log.ts';
import { type ReadTarget, readTarget } from './onread.ts';
import { booleanOption, numberOption, type OwnOptions, ownOptions } from './own-options.ts';
import type { DetailedPeerCertificate } from './peer-certificate.ts';
import { contextFrom, type SecureContext, type SecureContextOptions } from './secure-context.ts';
import { type ServerSettings, serverSettings } from './server-settings.ts';

export interface CommonConnectionOptions {
  secureContext?: SecureContext | undefined;
  /** Verification is off only with the literal `false`; the outcome is in `authorized` and `authorizationError`. */
  rejectUnauthorized?: boolean | undefined;
  ALPNProtocols?: readonly (string | Uint8Array)[] | NodeJS.ArrayBufferView | undefined;
  /** Milliseconds until the handshake must be over; default 120000. Clients: 0 for no limit. */
  handshakeTimeout?: number | undefined;
  /** An end of the transport without TLS's own close_notify is an error, not an end (RFC 8446 6.1). */
  requireCloseNotify?: boolean | undefined;
  /** Appends key-log lines to a file, or hands them to a function. Whoever has them can read the traffic. */
  keylog?: string | ((line: Buffer) => void) | undefined;
  /** Prints the handshake on stderr. */
  enableTrace?: boolean | undefined;
  highWaterMark?: number | undefined;
  /**
   * Whether a write of more than 4 KiB over TCP begins with records that fit a segment, for 16 KiB, when the connection is new or was idle for
   * a second: the reader then need not wait for a whole record of 16 KiB. Off only with the literal `false`.
   */
  dynamicRecords?: boolean | undefined;
}

export interface ClientConnectionOptions extends CommonConnectionOptions, ClientEarlyOptions {
  /** The name to send and to verify; default: the host, unless it is an address. */
  servername?: string | undefined;
  /**
   * Replaces our own check of the name. Called during the handshake, before anything of ours is sent that the peer could
   * use. Returns undefined to accept, an Error to refuse, or a promise of either.
   */
  checkServerIdentity?:
    | ((hostname: string, cert: DetailedPeerCertificate) => Error | undefined | Promise<Error | undefined>)
    | undefined;
  /** Asks for a stapled OCSP response; it comes with the event 'OCSPResponse', unchecked. */
  requestOCSP?: boolean | undefined;
  /** A session to resume, from the event 'session' or getSession(); one that no longer fits is passed over. */
  session?: Buffer | undefined;
}

export interface ServerConnectionOptions extends CommonConnectionOptions, ServerEarlyOptions {
  requestCert?: boolean | undefined;
  SNICallback?:
    | ((
        servername: string,
        callback: (error?: Error | null, context?: SecureContext | undefined) => void,
      ) => void)
    | undefined;
  ALPNCallback?:
    | ((offer: {
        servername: string;
        protocols: string[];
      }) => string | undefined | Promise<string | undefined>)
    | undefined;
}

export interface TLSSocketOptions
  extends SecureContextOptions,
    ClientConnectionOptions,
    ServerConnectionOptions {
  isServer?: boolean | undefined;
  server?: NetServer | undefined;
  allowHalfOpen?: boolean | undefined;
  pauseOnConnect?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onread?:
    | { buffer: Uint8Array | (() => Uint8Array); callback(bytes: number, buffer: Uint8Array): boolean }
    | undefined;
}

export type Role = {
  readonly requireCloseNotify: boolean;
  readonly keyLog: KeyLogSink | undefined;
  readonly enableTrace: boolean;
  readonly noDelay: boolean;
  readonly dynamicRecords: boolean;
} & (
  | { readonly kind: 'client'; readonly settings: ClientSettings }
  | { readonly kind: 'server'; readonly settings: ServerSettings; readonly secureContext: SecureContext }
);

/** The rest of what a socket is made with. */
export interface StreamOptions {
  readonly allowHalfOpen: boolean;
  readonly highWaterMark: number | undefined;
  readonly pauseOnConnect: boolean;
  readonly signal: AbortSignal | undefined;
  readonly target: ReadTarget | undefined;
  readonly server: NetServer | undefined;
}

function common(options: OwnOptions): Omit<Role & { kind: 'client' }, 'kind' | 'settings'> {
  return {
    requireCloseNotify: options['requireCloseNotify'] === true,
    keyLog: keyLogSink(options['keylog']),
    enableTrace: booleanOption(options, 'enableTrace') ?? false,
    noDelay: options['noDelay'] !== false,
    dynamicRecords: options['dynamicRecords'] !== false,
  };
}

export function clientRole(options: OwnOptions, hostname: string | undefined, host?: string): Role {
  // Written out: a copy made by spreading takes a shape of its own, and each connection would keep one.
  const { requireCloseNotify, keyLog, enableTrace, noDelay, dynamicRecords } = common(options);
  const settings = clientSettings(options, hostname, host);
  return { kind: 'client', requireCloseNotify, keyLog, enableTrace, noDelay, dynamicRecords, settings };
}

export function serverRole(
  options: OwnOptions,
  settings: ServerSettings,
  secureContext: SecureContext,
): Role {
  const { requireCloseNotify, keyLog, enableTrace, noDelay, dynamicRecords } = common(options);
  return {
    kind: 'server',
    requireCloseNotify,
    keyLog,
    enableTrace,
    noDelay,
    dynamicRecords,
    settings,
    secureContext,
  };
}

/** What a client has to send early. */
export function earlyOf(role: Role): Uint8Array | undefined {
  return role.kind === 'client' ? role.settings.earlyData : undefined;
}

export function streamOptions(options: OwnOptions): StreamOptions {
  return {
    allowHalfOpen: Boolean(options['allowHalfOpen']),
    highWaterMark: numberOption(options, 'highWaterMark'),
    pauseOnConnect: Boolean(options['pauseOnConnect']),
    signal: options['signal'] as AbortSignal | undefined,
    target: readTarget(options['onread']),
    server: options['server'] as NetServer | undefined,
  };
}

interface Prepared {
  readonly role: Role;
  readonly stream: StreamOptions;
}

const prepared = new WeakMap<object, Prepared>();

/** Options for the TLSSocket constructor that stand for what connect() and Server have read already. */
export function prepare(role: Role, stream: StreamOptions): TLSSocketOptions {
  const options = {};
  prepared.set(options, { role, stream });
  return options;
}

/** Throws what the options deserve: see createSecureContext. */
export function readSocketOptions(options: TLSSocketOptions): Prepared {
  const ready = prepared.get(options);
  if (ready !== undefined) return ready;
  const own = ownOptions(options);
  const role = own['isServer']
    ? serverRole(own, serverSettings(own), contextFrom(own))
    : clientRole(own, undefined);
  return { role, stream: streamOptions(own) };
}
