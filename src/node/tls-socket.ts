/** TLSSocket: a stream whose bytes travel encrypted over another one. What it tells of itself is in its bases. */
import { Socket, type SocketConnectOpts } from 'node:net';
import { addAbortSignal, type Duplex } from 'node:stream';
import { Connection } from '../engine/connection.ts';
import type { Need } from '../handshake/effect.ts';
import type { StoredSession } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import { clientConfig } from './client-settings.ts';
import { netOptions, normalizeConnectArguments } from './connect-arguments.ts';
import { InspectedSocket } from './inspected-socket.ts';
import { type ConnectionTarget, FORWARDED, isStream } from './lower-stream.ts';
import { lookUpSession, Question, selectConfig, staple, verifyPeer } from './needs.ts';
import { coded, invalidType, nodeError } from './node-error.ts';
import { fillTarget, type ReadTarget } from './onread.ts';
import type { PipeHost, PipeNews } from './pipe-host.ts';
import { createSecureContext, SecureContext, type SecureContextOptions } from './secure-context.ts';
import { SecurePipe } from './secure-pipe.ts';
import { serverConfig } from './server-settings.ts';
import { earlyOf, type Role, readSocketOptions, type TLSSocketOptions } from './socket-role.ts';
import { storeSession } from './store-session.ts';
import { asOptionError, connectionReset, isEarlyEnd, toNodeError } from './tls-error.ts';
import { printTrace } from './trace-printer.ts';
import type { EncodedChunk, WriteChunk } from './write-queue.ts';

type Done = (error?: Error | null) => void;

export class TLSSocket extends InspectedSocket {
  /** The server that accepted the connection. */
  server: object | undefined;
  declare _parent: Duplex | null;
  readonly #role: Role;
  readonly #target: ReadTarget | undefined;
  #secureContext: SecureContext;
  #servername: string | undefined;
  #pipe: SecurePipe | undefined;
  #trace: boolean;
  #secured = false;
  #ended = false;
  #resetInfo: ConnectionTarget | undefined;
  #session: StoredSession | undefined;

  /**
   * `stream`: what carries the connection, connected or connecting; without it, call connect(). The handshake starts by
   * itself. Throws for options that cannot be used, see createSecureContext.
   */
  constructor(stream?: Duplex | null, options: TLSSocketOptions = {}) {
    if (stream && !isStream(stream)) throw invalidType('socket', 'an instance of stream.Duplex', stream);
    const { role, stream: own } = readSocketOptions(options);
    super({
      allowHalfOpen: stream ? stream.allowHalfOpen : own.allowHalfOpen,
      ...(own.highWaterMark === undefined ? {} : { highWaterMark: own.highWaterMark }),
    });
    this.#role = role;
    this.#target = own.target;
    this.#trace = role.enableTrace;
    this.#secureContext = role.kind === 'client' ? role.settings.secureContext : role.secureContext;
    this.server = own.server;
    if (role.kind === 'client') {
      this.#session = role.settings.session;
      asOptionError(() => clientConfig(role.settings, undefined));
    }
    this.on('error', this.#beforeRelease);
    this.prependListener('end', this.#onEnd);
    if (own.pauseOnConnect) this.pause();
    if (stream) this.#attach(stream);
    // Last: an aborted signal destroys at once.
    if (own.signal !== undefined) addAbortSignal(own.signal, this);
  }

  /** Connects a TCP or IPC socket of its own and starts TLS over it. */
  override connect(options: SocketConnectOpts, callback?: () => void): this;
  override connect(port: number, host: string, callback?: () => void): this;
  override connect(port: number, callback?: () => void): this;
  override connect(path: string, callback?: () => void): this;
  override connect(...args: readonly unknown[]): this {
    const { options, callback } = normalizeConnectArguments(args);
    if (callback !== undefined) this.once('connect', callback);
    if (this._parent !== null || this.destroyed) return this;
    const socket = new Socket({ allowHalfOpen: true });
    for (const event of FORWARDED) socket.on(event, (...values: unknown[]) => this.emit(event, ...values));
    this.#attach(socket);
    socket.connect(netOptions(options));
    return this;
  }

  #attach(stream: Duplex): void {
    this._parent = stream;
    if (stream.destroyed) {
      process.nextTick(() => this.destroy(connectionReset(this.#role.kind)));
      return;
    }
    this.#pipe = new SecurePipe(new TLSSocket.#Host(this), stream, this.#role.dynamicRecords);
    if (stream instanceof Socket && (stream.connecting || stream.pending)) {
      this.connecting = true;
      stream.once('connect', () => {
        this.connecting = false;
        this._start();
        this.emit('connect');
      });
    } else {
      // The caller gets a turn to add its listeners.
      process.nextTick(() => this._start());
    }
  }

  /** Starts the handshake, at once when it has not begun. */
  _start(): void {
    const pipe = this.#pipe;
    if (this.destroyed || this.connecting || pipe === undefined || pipe.connection !== undefined) return;
    const lower = this.tlsLowerSocket();
    if (this.#role.noDelay) lower?.setNoDelay(true);
    // The address is kept by the socket once it was asked for, for those who ask when all is over.
    if (this.#role.kind === 'server') void lower?.remoteAddress;
    try {
      pipe.start(this.#connection(pipe), earlyOf(this.#role));
    } catch (error) {
      this.destroy(toNodeError(error, this.tlsErrorContext()));
    }
  }

  #connection(pipe: SecurePipe): Connection {
    const role = this.#role;
    const trace = this.#trace ? printTrace(role.kind) : undefined;
    if (role.kind === 'server') {
      return Connection.server(serverConfig(role.settings, this.#secureContext), pipe.listener, trace);
    }
    const servername = this.#servername;
    const settings = servername === undefined ? role.settings : { ...role.settings, servername };
    return Connection.client(
      clientConfig({ ...settings, secureContext: this.#secureContext }, this.#session),
      pipe.listener,
      trace,
    );
  }

  override _read(_size: number): void {
    this.#pipe?.resume();
  }

  override resume(): this {
    if (this.#target !== undefined) this.#pipe?.resume();
    return super.resume();
  }

  override _write(chunk: WriteChunk, encoding: BufferEncoding, done: Done): void {
    const pipe = this.#pipe;
    if (pipe === undefined) {
      this.once('connect', () => this._write(chunk, encoding, done));
      return;
    }
    this.tlsCountWritten(typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length);
    pipe.write(chunk, encoding, done);
  }

  override _writev(chunks: readonly EncodedChunk[], done: Done): void {
    const pipe = this.#pipe;
    if (pipe === undefined) {
      this.once('connect', () => this._writev(chunks, done));
      return;
    }
    for (const { chunk, encoding } of chunks) {
      this.tlsCountWritten(typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length);
    }
    pipe.writev(chunks, done);
  }

  override _final(done: Done): void {
    if (this.#pipe === undefined) done();
    else this.#pipe.final(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const hadError = error !== null && error !== undefined;
    const closed = (): void => {
      this.emit('close', hadError);
    };
    this.connecting = false;
    this.tlsClearIdleTimer();
    done(error);
    if (this.#pipe === undefined) process.nextTick(closed);
    else this.#pipe.close(error, closed);
  }

  /** The name for SNI, before the handshake starts; what is verified does not change. */
  setServername(name: string): void {
    if (typeof name !== 'string') throw invalidType('name', 'of type string', name);
    if (this.#role.kind === 'server') {
      throw nodeError('ERR_TLS_SNI_FROM_SERVER', 'Cannot issue SNI from a TLS server-side socket');
    }
    this.#servername = name;
  }

  /** The credentials to use, before the handshake starts or, on a server, from within ALPNCallback or SNICallback. */
  setKeyCert(context: SecureContext | SecureContextOptions): void {
    this.#secureContext = context instanceof SecureContext ? context.context : createSecureContext(context);
  }

  /** Prints the handshake on stderr; it must not have started. */
  enableTrace(): void {
    this.#trace = true;
  }

  /** As Node's: after this, errors are the program's to handle. */
  _releaseControl(): boolean {
    if (this.listeners('error').indexOf(this.#beforeRelease) < 0) return false;
    this.off('error', this.#beforeRelease);
    return true;
  }

  /** What the error says of a connection that is lost before it is secure. */
  _setConnectionTarget(target: ConnectionTarget): void {
    this.#resetInfo = target;
  }

  protected override tlsConnection(): Connection | undefined {
    return this.#pipe?.connection;
  }

  protected override tlsRole(): 'client' | 'server' {
    return this.#role.kind;
  }

  protected override tlsVerifiedName(): string | undefined {
    return this.#role.kind === 'client' ? this.#role.settings.hostname : undefined;
  }

  protected override tlsLimitFragment(size: number): void {
    if (this.#pipe !== undefined) this.#pipe.sizes.limit = size;
  }

  protected override offerSession(session: StoredSession | undefined): void {
    this.#session = session;
  }

  protected override tlsHasTransport(): boolean {
    return this.#pipe !== undefined;
  }

  protected override tlsLowerSocket(): Socket | undefined {
    return this.#pipe?.transport.socket;
  }

  readonly #beforeRelease = (error: Error): void => {
    if (!this.#secured) this.emit('_tlsError', error);
  };

  /** The peer's end before the handshake is complete is no end. Node says so after 'end', too. */
  readonly #onEnd = (): void => {
    if (this.#secured || this.destroyed || this.#role.kind === 'server') return;
    this.destroy(coded(connectionReset('client'), 'ECONNRESET', { ...this.#resetInfo }));
  };

  /** What the pipe asks of its socket: a class, since an object of closures would be a part of each connection. */
  static readonly #Host = class implements PipeHost {
    readonly #socket: TLSSocket;

    constructor(socket: TLSSocket) {
      this.#socket = socket;
    }

    get wantsKeyLog(): boolean {
      return this.#socket.#role.keyLog !== undefined || this.#socket.listenerCount('keylog') > 0;
    }

    pipeSecure(): void {
      this.#socket.#onSecure();
    }

    pipeData(data: Buffer): boolean {
      const socket = this.#socket;
      socket.tlsCountRead(data.length);
      return socket.#target === undefined ? socket.push(data) : fillTarget(socket.#target, data);
    }

    pipeEnd(clean: boolean): void {
      this.#socket.#onPeerEnd(clean);
    }

    pipeNeed(id: number, need: Need): void {
      this.#socket.#onNeed(id, need);
    }

    pipeKeyLog(line: string): void {
      this.#socket.#role.keyLog?.(line);
      this.#socket.emit('keylog', Buffer.from(`${line}\n`));
    }

    pipeNews(event: PipeNews): void {
      const socket = this.#socket;
      if (event.kind === 'session') storeSession(socket.#role, socket.server, event);
      else socket.keep(event);
    }

    pipeActive(): void {
      this.#socket.tlsActive();
    }

    pipeFailed(error: unknown): void {
      this.#socket.#onFailure(error);
    }

    pipeTransportError(error: Error): void {
      this.#socket.destroy(error);
    }

    pipeClosed(): void {
      this.#socket.#onTransportClosed();
    }
  };

  #onSecure(): void {
    const { info } = this;
    this.#secured = true;
    this.secureConnecting = false;
    this.alpnProtocol = info.alpnProtocol ?? false;
    this.servername = info.serverName ?? false;
    this.#setAuthorized();
    if (this.#role.kind === 'client' && this.#role.settings.requestOCSP) {
      this.emit('OCSPResponse', info.ocspResponse === undefined ? null : Buffer.from(info.ocspResponse));
    }
    this.emit('secure');
    this.announceSessions(this.#session);
  }

  #setUnauthorized(error: Error): void {
    const { code } = error as { readonly code?: unknown };
    this.authorizationError = typeof code === 'string' ? code : error.message;
  }

  #setAuthorized(): void {
    const role = this.#role;
    if (role.kind === 'server' && !role.settings.requestCert) return;
    const error = this.tlsVerifyError();
    if (error !== null) this.#setUnauthorized(error);
    else if (
      role.kind === 'server' ||
      role.settings.hostname !== undefined ||
      role.settings.checkServerIdentity
    ) {
      // A client that was told no name has a chain that is good for whoever owns it, and has authenticated nobody.
      this.authorized = true;
    }
  }

  #onPeerEnd(clean: boolean): void {
    if (this.#ended) return;
    if (!clean && this.#cutOff()) return;
    this.#ended = true;
    this.push(null);
    this.read(0);
  }

  #onTransportClosed(): void {
    if (this.#secured && !this.#ended) this.#cutOff();
    // Everything has come: it may be read in peace.
    if (this.#ended && this.#secured && !this.readableEnded) this.once('end', () => this.destroy());
    else this.destroy();
  }

  /** True when the socket was destroyed because of it. */
  #cutOff(): boolean {
    this.truncated = true;
    if (!this.#role.requireCloseNotify) return false;
    this.destroy(
      nodeError('ERR_TLS_TRUNCATED', 'The connection was closed without close_notify: data may be missing'),
    );
    return true;
  }

  #onNeed(id: number, need: Need): void {
    const pipe = this.#pipe;
    const role = this.#role;
    if (pipe === undefined) return;
    const question = new Question(id, pipe, this);
    if (need.kind === 'select_config' && role.kind === 'server') {
      selectConfig(question, need, role.settings, () => this.#secureContext);
    } else if (need.kind === 'lookup_session' && role.kind === 'server') {
      lookUpSession(question, need, role.settings, this.server);
    } else if (need.kind === 'staple') {
      staple(question, need, this.server);
    } else if (need.kind === 'verify_peer' && role.kind === 'client')
      verifyPeer(question, need, role.settings);
    else question.fail(need.kind, new TypeError(`${need.kind} is not delegated`));
  }

  #onFailure(error: unknown): void {
    if (!isEarlyEnd(error)) {
      const reported = toNodeError(error, this.tlsErrorContext());
      if (error instanceof TLSError && error.family === 'certificate') this.#setUnauthorized(reported);
      this.destroy(reported);
    } else if (this.#role.kind === 'server') {
      // Its server reports it: a client that went away is news there and no error here.
      this.destroy();
    } else {
      this.#ended = true;
      this.push(null);
      this.read(0);
    }
  }
}
