/**
 * The stream below TLS. It is ours alone while TLS runs over it: bytes go to the engine and to no one else, a half-close
 * of the peer ends nothing by itself, and reading stops while the engine or the program cannot take more.
 */
import { Socket } from 'node:net';
import { type Duplex, Readable } from 'node:stream';
import { nodeError } from './node-error.ts';
import { readIntoShared } from './read-buffer.ts';

/** Who gets what comes from below. */
export interface TransportSink {
  /** The chunk is not the sink's, and may be another one when the call returns. */
  transportData(chunk: Uint8Array): void;
  transportEnd(): void;
  transportError(error: Error): void;
  transportClose(): void;
}

export interface Transport {
  readonly stream: Duplex;
  /** The stream, where it is a TCP or IPC socket with all that this brings. */
  readonly socket: Socket | undefined;
  /** Whether bytes are nobody's any more once their write is done. */
  readonly releases: boolean;
  /** Starts to deliver, beginning with what was received and not read before. */
  start(): void;
  pause(): void;
  resume(): void;
  /** Stops delivering: what comes is thrown away until the stream is closed. */
  discard(): void;
}

function notBytes(): Error {
  return nodeError('ERR_STREAM_WRAP', 'Stream has StringDecoder set or is in objectMode');
}

/**
 * A net.Socket as Node made it. What its handle reads is taken at `push`, the one door into the stream: other listeners
 * (a mail client's line parser before STARTTLS) then never see ciphertext, an encoding set on the socket does not
 * matter, and nothing is queued twice. node:tls takes the handle itself, with the same effect.
 */
class SocketTransport implements Transport {
  readonly stream: Socket;
  readonly socket: Socket;
  readonly releases: boolean;
  readonly #sink: TransportSink;
  #started = false;
  #flowing = false;
  #discarding = false;
  #ended = false;

  constructor(socket: Socket, sink: TransportSink) {
    this.stream = socket;
    this.socket = socket;
    this.releases = writesLikeASocket(socket);
    this.#sink = sink;
  }

  start(): void {
    this.#started = true;
    this.#flowing = true;
    const { socket } = this;
    this.#drainBuffered();
    const push = (chunk: unknown): boolean => this.#push(chunk);
    // Still there for the end, and for all that comes where reading is not ours to change.
    Object.defineProperty(socket, 'push', { value: push, configurable: true, writable: true });
    readIntoShared(socket, (bytes, buffer) => this.#push(buffer.subarray(0, bytes)));
    // The peer's end may have been seen before we came, and be waiting to be told.
    if (socket.readableEnded) process.nextTick(() => this.#end());
    else socket.once('end', () => this.#end());
    // A socket that another owner paused does not read: its handle must be told.
    if (!socket.destroyed) socket._read(0);
  }

  pause(): void {
    this.#flowing = false;
  }

  resume(): void {
    if (this.#flowing || !this.#started) return;
    this.#flowing = true;
    if (!this.socket.destroyed) this.socket._read(0);
  }

  discard(): void {
    this.#discarding = true;
    this.resume();
  }

  /** Bytes that the stream holds already, as they were before it had a decoder. */
  #drainBuffered(): void {
    const { socket } = this;
    const encoding = socket.readableEncoding ?? undefined;
    for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) {
      this.#deliver(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    }
  }

  #push(chunk: unknown): boolean {
    if (chunk === null) this.#end();
    else this.#deliver(chunk);
    return this.#flowing;
  }

  #deliver(chunk: unknown): void {
    if (this.#discarding || this.#ended) return;
    if (chunk instanceof Uint8Array) this.#sink.transportData(chunk);
    else this.#sink.transportError(notBytes());
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sink.transportEnd();
  }
}

/** Any other Duplex, and a socket whose reading is not net.Socket's own (TLS within TLS). */
class DuplexTransport implements Transport {
  readonly stream: Duplex;
  readonly socket: Socket | undefined;
  readonly releases: boolean = false;
  readonly #sink: TransportSink;
  #started = false;
  #discarding = false;

  constructor(stream: Duplex, sink: TransportSink) {
    this.stream = stream;
    this.socket = stream instanceof Socket ? stream : undefined;
    this.#sink = sink;
  }

  start(): void {
    const { stream } = this;
    this.#started = true;
    stream.on('data', (chunk: unknown) => {
      if (this.#discarding) return;
      if (chunk instanceof Uint8Array) this.#sink.transportData(chunk);
      else this.#sink.transportError(notBytes());
    });
    if (stream.readableEnded) process.nextTick(() => this.#sink.transportEnd());
    else stream.once('end', () => this.#sink.transportEnd());
    stream.resume();
  }

  pause(): void {
    if (this.#started) this.stream.pause();
  }

  resume(): void {
    // Without a listener, what flows is lost.
    if (this.#started && this.stream.isPaused()) this.stream.resume();
  }

  discard(): void {
    this.#discarding = true;
    if (this.#started) this.stream.resume();
  }
}

function readsLikeASocket(stream: Duplex): stream is Socket {
  return (
    stream instanceof Socket &&
    stream._read === Socket.prototype._read &&
    stream.push === Readable.prototype.push
  );
}

function writesLikeASocket(socket: Socket): boolean {
  const { write, _write, _writev } = Socket.prototype;
  return socket.write === write && socket._write === _write && socket._writev === _writev;
}

export function openTransport(stream: Duplex, sink: TransportSink): Transport {
  // What the peer's end means is decided by the stream above.
  stream.allowHalfOpen = true;
  // What comes from here on is for TLS, and waits for it to start.
  stream.pause();
  const transport = readsLikeASocket(stream)
    ? new SocketTransport(stream, sink)
    : new DuplexTransport(stream, sink);
  stream.on('error', (error: Error) => sink.transportError(error));
  stream.once('close', () => sink.transportClose());
  return transport;
}

/** Milliseconds. Long enough for any peer that reads, short enough for a server full of those that do not. */
const LINGER = 1000;

/**
 * Sends the last bytes, if any, and closes when the peer has closed or a moment has passed. To close first, with bytes
 * unread (a session ticket is enough) or still on their way to us, makes TCP reset the connection, and with it goes
 * what the peer has not read yet: an alert, or the end of the data.
 */
export function linger(transport: Transport, last: Uint8Array | undefined, peerEnded: () => boolean): void {
  const { stream } = transport;
  const timer = setTimeout(() => stream.destroy(), LINGER);
  stream.once('close', () => clearTimeout(timer));
  if (last !== undefined) {
    stream.end(last, () => {
      if (peerEnded()) stream.destroy();
    });
  }
  transport.discard();
}
