/** tls.Server and createServer(). */
import { captureRejectionSymbol } from 'node:events';
import { Server as NetServer, type ServerOpts, type Socket } from 'node:net';
import { TLSError } from '../wire/error.ts';
import { invalidType, invalidValue, nodeError } from './node-error.ts';
import { type OwnOptions, ownOptions } from './own-options.ts';
import {
  contextFrom,
  createSecureContext,
  SecureContext,
  type SecureContextOptions,
} from './secure-context.ts';
import { ServerNames } from './server-names.ts';
import { type ServerSettings, serverConfig, serverSettings } from './server-settings.ts';
import { prepare, type ServerConnectionOptions, serverRole, streamOptions } from './socket-role.ts';
import { connectionReset } from './tls-error.ts';
import { TLSSocket } from './tls-socket.ts';

export interface TlsOptions extends SecureContextOptions, ServerConnectionOptions, ServerOpts {}

/**
 * Events: 'secureConnection' (socket), 'tlsClientError' (error, socket) when a handshake fails, 'keylog' (line, socket),
 * and 'OCSPRequest' (certificate, issuer or null, callback), DER both, where a client asks for the certificate's status;
 * beside those of net.Server. A stream of any kind may be handed over: `server.emit('connection', stream)`.
 */
export class Server extends NetServer {
  readonly #names = new ServerNames();
  readonly #options: OwnOptions;
  readonly #settings: ServerSettings;
  #context: SecureContext;

  /** Throws for options that cannot be used: see createSecureContext. */
  constructor(options?: TlsOptions | null, listener?: (socket: TLSSocket) => void);
  constructor(listener?: (socket: TLSSocket) => void);
  constructor(
    first?: TlsOptions | null | ((socket: TLSSocket) => void),
    second?: (socket: TLSSocket) => void,
  ) {
    const listener = typeof first === 'function' ? first : second;
    const options = ownOptions(typeof first === 'function' ? undefined : first);
    super(options as ServerOpts);
    this.#options = options;
    this.#settings = serverSettings(options, (name) => this.#names.find(name));
    this.#context = this.#checked(contextFrom(options));
    // As a property, since a declaration cannot be derived for a method of a computed name.
    Object.defineProperty(this, captureRejectionSymbol, {
      value: (error: Error, event: string, ...args: readonly unknown[]) => this.#rejected(error, event, args),
    });
    this.on('connection', (socket: Socket) => this.#accept(socket));
    if (listener !== undefined) {
      if (typeof listener !== 'function') throw invalidType('listener', 'of type function', listener);
      this.on('secureConnection', listener);
    }
  }

  /** Credentials and all else of a context for a name, `*.example.com` for one label; the last that fits is used. */
  addContext(servername: string, context: SecureContext | SecureContextOptions): void {
    if (!servername) {
      throw nodeError(
        'ERR_TLS_REQUIRED_SERVER_NAME',
        '"servername" is required parameter for Server.addContext',
      );
    }
    const made = context instanceof SecureContext ? context.context : createSecureContext(context);
    this.#names.add(servername, this.#checked(made));
  }

  /** New credentials for the connections to come; those that are open keep theirs. */
  setSecureContext(options: SecureContextOptions): void {
    if (typeof options !== 'object' || options === null)
      throw invalidType('options', 'of type object', options);
    this.#context = this.#checked(createSecureContext(options));
  }

  /** 48 bytes that seal tickets, as secret as every session; for the other servers of a fleet. */
  getTicketKeys(): Buffer {
    return this.#settings.tickets.getTicketKeys();
  }

  /** Tickets under the keys before are still taken until they expire. */
  setTicketKeys(keys: NodeJS.ArrayBufferView): void {
    this.#settings.tickets.setTicketKeys(keys);
  }

  /** A certificate that no signature scheme fits is refused now and not at the first handshake. */
  #checked(context: SecureContext): SecureContext {
    try {
      serverConfig(this.#settings, context);
    } catch (error) {
      if (!(error instanceof TLSError)) throw error;
      throw invalidValue('options', `cannot be used: ${error.message}`, error);
    }
    return context;
  }

  /** With captureRejections: a listener of 'secureConnection' that rejects costs its own socket, as in Node. */
  #rejected(error: Error, event: string, args: readonly unknown[]): void {
    const [socket] = args;
    if (event === 'secureConnection' && socket instanceof TLSSocket) socket.destroy(error);
    else this.emit('error', error);
  }

  #accept(raw: Socket): void {
    const role = serverRole(this.#options, this.#settings, this.#context);
    const stream = streamOptions(this.#options);
    const socket = new TLSSocket(raw, prepare(role, { ...stream, server: this }));
    let reported = false;
    const report = (error: Error): void => {
      if (reported) return;
      reported = true;
      this.emit('tlsClientError', error, socket);
    };
    socket.on('secure', () => {
      reported = true;
      socket._releaseControl();
      this.emit('secureConnection', socket);
    });
    // Stays when the connection is open: a client's misbehaviour must not end the process of a server without handler.
    socket.on('error', report);
    socket.on('close', (hadError: boolean) => {
      if (!hadError) report(connectionReset('server'));
    });
    if (this.listenerCount('keylog') > 0) {
      socket.on('keylog', (line: Buffer) => this.emit('keylog', line, socket));
    }
  }
}

export function createServer(options?: TlsOptions | null, listener?: (socket: TLSSocket) => void): Server;
export function createServer(listener?: (socket: TLSSocket) => void): Server;
export function createServer(
  first?: TlsOptions | null | ((socket: TLSSocket) => void),
  second?: (socket: TLSSocket) => void,
): Server {
  return typeof first === 'function' ? new Server(first) : new Server(first, second);
}
