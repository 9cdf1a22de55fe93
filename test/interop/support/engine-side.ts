/**
 * Our end of a connection straight on the engine: bytes of a TCP socket in, bytes for it out, application data as a
 * stream. No face lies between, so what a test sees is what the engine did.
 */
import { type AddressInfo, createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { Duplex } from 'node:stream';
import {
  type ClientOptions,
  Connection,
  type ConnectionInfo,
  createClientConfig,
  createServerConfig,
  nobleProvider,
  type ServerConfig,
  type ServerOptions,
  type StoredSession,
  TLSError,
} from '../../../src/engine.ts';
import { TrustStore } from '../../../src/x509.ts';
import { withDeadline } from './channel.ts';

export const provider: ReturnType<typeof nobleProvider> = nobleProvider();

const now = (): number => Date.now();

/** What both ends export, without a context. */
export const EXPORT_LABEL: string = 'EXPERIMENTAL-puretls';
export const EXPORT_LENGTH: number = 20;

/** How a stream of ours ended: `clean` when the peer had sent close_notify. */
export interface Ending {
  readonly clean: boolean;
  readonly error: TLSError | undefined;
}

/** A TLS connection of ours. Ends when the peer's close_notify or the transport's end has come. */
export class EngineStream extends Duplex {
  readonly connection: Connection;
  /** Sessions that the server gave to our client so far. */
  readonly sessions: StoredSession[] = [];
  readonly secured: Promise<ConnectionInfo>;
  /** Never rejects. */
  readonly ending: Promise<Ending>;
  /** Keying material under EXPORT_LABEL; undefined before the handshake is complete. */
  exported: Uint8Array | undefined;
  tlsUnique: Uint8Array | undefined;
  readonly #socket: Socket;
  #secure: (info: ConnectionInfo) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;
  #end: (ending: Ending) => void = () => undefined;
  #wake: () => void = () => undefined;
  #finished = false;

  constructor(socket: Socket, open: (listener: Parameters<typeof Connection.client>[1]) => Connection) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.secured = new Promise((resolve, reject) => {
      this.#secure = resolve;
      this.#fail = reject;
    });
    this.secured.catch(() => undefined);
    this.ending = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.on('error', () => undefined);
    this.connection = open((event) => {
      if (event.kind === 'data') {
        if (!this.push(Buffer.from(event.data))) socket.pause();
      } else if (event.kind === 'secure') this.#opened();
      else if (event.kind === 'ticket') {
        this.sessions.push(event.ticket);
        this.#wake();
      } else if (event.kind === 'close_notify') this.#over({ clean: true, error: undefined });
      else if (event.kind === 'end' && !event.clean) this.#over({ clean: false, error: undefined });
    });
    socket.on('data', (bytes) => this.#guard(() => this.connection.receive(bytes)));
    socket.on('end', () => this.#guard(() => this.connection.receiveEnd()));
    socket.on('error', (error) => this.#broken(error));
    socket.on('close', () => this.#broken(new Error('the transport was closed')));
  }

  #opened(): void {
    try {
      this.exported = this.connection.exportKeyingMaterial(EXPORT_LABEL, undefined, EXPORT_LENGTH);
    } catch (error) {
      // There is none without extended_master_secret.
      if (!(error instanceof TLSError && error.reason === 'invalid_state')) throw error;
    }
    this.tlsUnique = this.connection.tlsUnique;
    this.#secure(this.connection.info);
  }

  start(): this {
    this.#guard(() => this.connection.start());
    return this;
  }

  get info(): ConnectionInfo {
    return this.connection.info;
  }

  /** The next session that the server gives, or the one it gave first. */
  async session(): Promise<StoredSession> {
    const wait = async (): Promise<StoredSession> => {
      for (;;) {
        const [first] = this.sessions;
        if (first !== undefined) return first;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return withDeadline(wait(), 'session from the server', 10_000);
  }

  /** Runs what may end the connection, and sends what came of it. */
  #guard(work: () => void): void {
    try {
      work();
      this.#flush();
    } catch (error) {
      this.#flush();
      this.#socket.end();
      this.#broken(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #flush(): void {
    const out = this.connection.takeOutput();
    if (out !== undefined && this.#socket.writable) this.#socket.write(out);
  }

  #broken(error: Error): void {
    this.#fail(error);
    this.#over({ clean: false, error: error instanceof TLSError ? error : undefined });
    if (error instanceof TLSError) this.destroy(error);
  }

  #over(ending: Ending): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#end(ending);
    this.push(null);
    // In TLS 1.2 our own close_notify leaves with the peer's (RFC 5246 7.2.1): nothing follows.
    queueMicrotask(() => {
      if (!this.connection.canSend) this.#socket.end();
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    try {
      this.connection.send(chunk);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const out = this.connection.takeOutput();
    if (out === undefined) done();
    else this.#socket.write(out, () => done());
  }

  override _final(done: () => void): void {
    this.#guard(() => this.connection.close());
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // What is queued, an alert above all, still leaves; the peer's close, or time, ends the socket.
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), 1000).unref();
    done(error);
  }

  /** Ends our half, waits for the peer's, and says how that one ended. */
  async finish(): Promise<Ending> {
    this.resume();
    this.end();
    const ending = await withDeadline(this.ending, 'end of the connection');
    this.#socket.destroySoon();
    return ending;
  }

  /** Drops the transport as a crash would. */
  cut(): void {
    this.#socket.destroy();
  }
}

export type ClientWish = Partial<ClientOptions> & { readonly ca?: string };

/** Connects to a port on loopback, without waiting for the handshake. */
export function dial(port: number, wish: ClientWish): EngineStream {
  const { ca, ...options } = wish;
  const config = createClientConfig({
    provider,
    now,
    serverName: 'localhost',
    trust: ca === undefined ? TrustStore.fromCertificates([]) : TrustStore.fromPem(ca),
    handshakeTimeout: 20_000,
    ...options,
  });
  const socket = tcpConnect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  return new EngineStream(socket, (listener) => Connection.client(config, listener)).start();
}

/** Connects; resolves once verified and secure, rejects with the error that ended the handshake. */
export async function open(port: number, wish: ClientWish): Promise<EngineStream> {
  const stream = dial(port, wish);
  await withDeadline(stream.secured, 'handshake');
  return stream;
}

export type Accepted =
  | { readonly kind: 'secure'; readonly info: ConnectionInfo; readonly stream: EngineStream }
  | { readonly kind: 'error'; readonly error: Error };

export type ServerWish = Omit<ServerOptions, 'provider' | 'now'>;

export function serverConfig(wish: ServerWish): ServerConfig {
  return createServerConfig({ provider, now, handshakeTimeout: 20_000, ...wish });
}

/** A server of ours on a free port of loopback. */
export class EngineServer {
  /** What the next connections are served with. */
  config: ServerConfig;
  /** Instead of `config`, made anew for each connection. */
  perConnection: (() => ServerConfig) | undefined;
  /** What is done on the next connections once they are secure. */
  work: (stream: EngineStream) => Promise<void>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #outcomes: Accepted[] = [];
  #taken = 0;
  #wake: () => void = () => undefined;

  private constructor(config: ServerConfig, work: (stream: EngineStream) => Promise<void>) {
    this.config = config;
    this.work = work;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket));
  }

  static async start(
    config: ServerConfig,
    work: (stream: EngineStream) => Promise<void>,
  ): Promise<EngineServer> {
    const server = new EngineServer(config, work);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const { work } = this;
    const config = this.perConnection?.() ?? this.config;
    const stream = new EngineStream(socket, (listener) => Connection.server(config, listener)).start();
    stream.secured.then(
      (info) => {
        this.#add({ kind: 'secure', info, stream });
        work(stream).catch(() => stream.destroy());
      },
      (error: Error) => this.#add({ kind: 'error', error }),
    );
  }

  #add(outcome: Accepted): void {
    this.#outcomes.push(outcome);
    this.#wake();
  }

  /** The outcome of the next handshake not yet asked about. */
  next(): Promise<Accepted> {
    const wait = async (): Promise<Accepted> => {
      for (;;) {
        const outcome = this.#outcomes[this.#taken];
        if (outcome !== undefined) {
          this.#taken += 1;
          return outcome;
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return withDeadline(wait(), 'outcome at our server', 20_000);
  }

  /** Passes over what was not asked about. */
  forget(): void {
    this.#taken = this.#outcomes.length;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
