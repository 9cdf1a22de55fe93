/** tls.connect(). */
import { Socket, type SocketConnectOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { netOptions, normalizeConnectArguments } from './connect-arguments.ts';
import { invalidType } from './node-error.ts';
import { millisecondsOption, type OwnOptions, stringOption } from './own-options.ts';
import type { SecureContextOptions } from './secure-context.ts';
import {
  type ClientConnectionOptions,
  clientRole,
  prepare,
  streamOptions,
  type TLSSocketOptions,
} from './socket-role.ts';
import { TLSSocket } from './tls-socket.ts';

export interface ConnectionOptions extends SecureContextOptions, ClientConnectionOptions {
  host?: string | undefined;
  port?: number | undefined;
  /** An IPC socket instead of a host. */
  path?: string | undefined;
  /** A stream to run TLS over instead of a connection of its own. It is closed with the TLS socket. */
  socket?: Duplex | undefined;
  lookup?: NonNullable<Extract<SocketConnectOpts, { port: number }>['lookup']> | undefined;
  family?: number | undefined;
  hints?: number | undefined;
  localAddress?: string | undefined;
  localPort?: number | undefined;
  autoSelectFamily?: boolean | undefined;
  autoSelectFamilyAttemptTimeout?: number | undefined;
  /** Milliseconds without any bytes after which 'timeout' is emitted. */
  timeout?: number | undefined;
  noDelay?: boolean | undefined;
  keepAlive?: boolean | undefined;
  keepAliveInitialDelay?: number | undefined;
  allowHalfOpen?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onread?: TLSSocketOptions['onread'];
}

/** The name of the host behind a socket that was handed over: net.Socket keeps what it looked up. */
function hostOf(stream: unknown): string | undefined {
  const host = stream instanceof Socket ? (stream as { readonly _host?: unknown })._host : undefined;
  return typeof host === 'string' ? host : undefined;
}

function onceSecure(this: TLSSocket): void {
  this.emit('secureConnect');
}

function open(socket: TLSSocket, options: OwnOptions): void {
  const timeout = millisecondsOption(options, 'timeout');
  if (timeout) socket.setTimeout(timeout);
  if (options['keepAlive']) {
    socket.once('connect', () => socket.setKeepAlive(true, Number(options['keepAliveInitialDelay'] ?? 0)));
  }
  socket.connect(netOptions(options));
}

/**
 * Connects and verifies. The name that is verified is `servername`, else `host`, else `localhost`; it is sent as SNI
 * unless it is an address or nobody named it.
 *
 * Throws for options that cannot be used (see createSecureContext); all else comes as 'error'.
 */
export function connect(options: ConnectionOptions, onSecureConnect?: () => void): TLSSocket;
export function connect(
  port: number,
  host?: string,
  options?: ConnectionOptions,
  onSecureConnect?: () => void,
): TLSSocket;
export function connect(port: number, options?: ConnectionOptions, onSecureConnect?: () => void): TLSSocket;
export function connect(port: number, onSecureConnect?: () => void): TLSSocket;
export function connect(path: string, options?: ConnectionOptions, onSecureConnect?: () => void): TLSSocket;
export function connect(...args: readonly unknown[]): TLSSocket {
  const { options, callback } = normalizeConnectArguments(args, true);
  const stream = options['socket'];
  if (stream && typeof stream !== 'object')
    throw invalidType('options.socket', 'an instance of stream.Duplex', stream);
  const host = stringOption(options, 'host') || undefined;
  const known = host ?? hostOf(stream);
  const role = clientRole(options, known ?? 'localhost', known);
  const prepared = prepare(role, streamOptions(options));
  const socket = new TLSSocket((stream as Duplex | undefined) || undefined, prepared);
  socket._releaseControl();
  socket._setConnectionTarget({
    path: options['path'],
    host: options['host'],
    port: options['port'],
    localAddress: options['localAddress'],
  });
  if (callback !== undefined) socket.once('secureConnect', callback);
  socket.on('secure', onceSecure);
  if (!stream) open(socket, options);
  return socket;
}
