/**
 * Between an engine and a transport: moves bytes both ways, keeps back-pressure, the handshake's deadline and the order
 * of events. The socket above is its host. User code never runs inside the engine: events wait until it has returned.
 */
import type { Duplex } from 'node:stream';
import type { Connection } from '../engine/connection.ts';
import type { ConnectionEvent } from '../engine/event.ts';
import { TLSError } from '../wire/error.ts';
import { type EarlyEvent, ownEarly } from './early-data.ts';
import { dataRoom, ownData } from './own-data.ts';
import type { PipeHost } from './pipe-host.ts';
import { RecordSizes } from './record-sizes.ts';
import { returnRoom, takeRoom } from './sealing-room.ts';
import { linger, openTransport, type Transport, type TransportSink } from './transport.ts';
import { type EncodedChunk, type WriteChunk, WriteQueue } from './write-queue.ts';

type Done = (error?: Error | null) => void;

type QueuedEvent =
  | Exclude<ConnectionEvent, { kind: 'data' | 'early_data' | 'key_log' }>
  | EarlyEvent
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'failure'; readonly error: unknown };

/** While a decision is awaited we go on reading, to notice when the peer leaves: up to a quarter of what the engine would hold. */
const MAX_WAITING = 65536;
export class SecurePipe implements TransportSink {
  readonly transport: Transport;
  readonly #host: PipeHost;
  readonly #writes = new WriteQueue();
  #connection: Connection | undefined;
  #queue: (Buffer | QueuedEvent)[] = [];
  #head = 0;
  #draining = false;
  #writeDone: Done | undefined;
  /** Where the piece at hand is being sealed. */
  #room: Uint8Array | undefined;
  #finalDone: Done | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #secure = false;
  #full = false;
  #waiting = 0;
  #inputEnded = false;
  #outputEnded = false;
  #failed = false;
  #closed = false;
  #transportClosed = false;
  #whenClosed: (() => void) | undefined;
  readonly sizes: RecordSizes;

  /** `dynamicRecords`: see {@link RecordSizes}. */
  constructor(host: PipeHost, stream: Duplex, dynamicRecords: boolean) {
    this.#host = host;
    this.transport = openTransport(stream, this);
    this.sizes = new RecordSizes(dynamicRecords && this.transport.socket !== undefined);
    stream.on('drain', () => this.#flush());
  }

  /** Undefined until the handshake has begun. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The engine's listener: to be given to the connection that {@link start} gets. */
  readonly listener = (event: ConnectionEvent): void => {
    if (event.kind === 'data') this.#queue.push(ownData(event.data));
    else if (event.kind === 'key_log') {
      if (this.#host.wantsKeyLog) this.#queue.push({ kind: 'line', line: event.line });
    } else this.#queue.push(event.kind === 'early_data' ? ownEarly(event.data) : event);
  };

  /** Begins the handshake on a connected transport; `early` is sent with it where that is offered. */
  start(connection: Connection, early: Uint8Array | undefined): void {
    if (this.#closed || this.#connection !== undefined) return;
    this.#connection = connection;
    this.#run(() => connection.start());
    if (early !== undefined) this.#run(() => connection.writeEarlyData(early));
    this.#armDeadline(connection);
    if (!this.#closed) this.transport.start();
  }

  transportData(chunk: Uint8Array): void {
    const connection = this.#connection;
    if (connection === undefined || this.#closed || this.#failed) return;
    this.#host.pipeActive();
    this.#waiting += chunk.length;
    this.#run(() => connection.receive(chunk, dataRoom));
  }

  transportEnd(): void {
    this.#inputEnded = true;
    const connection = this.#connection;
    if (this.#closed) {
      // A lingering close has what it waited for.
      this.transport.stream.destroy();
      return;
    }
    if (connection !== undefined && !this.#failed) this.#run(() => connection.receiveEnd());
  }

  transportError(error: Error): void {
    if (!this.#closed) this.#host.pipeTransportError(error);
  }

  transportClose(): void {
    this.#transportClosed = true;
    if (this.#closed) this.#notifyClosed();
    else this.#host.pipeClosed();
  }

  /** The host can take data again. */
  resume(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#updateReading();
  }

  write(chunk: WriteChunk, encoding: BufferEncoding, done: Done): void {
    this.#writes.add(chunk, encoding);
    this.#writeDone = done;
    this.#pump();
  }

  writev(chunks: readonly EncodedChunk[], done: Done): void {
    for (const { chunk, encoding } of chunks) this.#writes.add(chunk, encoding);
    this.#writeDone = done;
    this.#pump();
  }

  /** close_notify and the transport's end; before the handshake is complete it waits for that. */
  final(done: Done): void {
    this.#finalDone = done;
    if (this.#secure) this.#finish();
  }

  answer(act: (connection: Connection) => void): void {
    const connection = this.#connection;
    if (connection !== undefined && !this.#closed && !this.#failed) this.#run(() => act(connection));
  }

  /** Gives up from our side: the alert that belongs to the error is sent. */
  abort(error: TLSError): void {
    const connection = this.#connection;
    connection?.abort(error);
    this.#fail(connection?.error ?? error);
  }

  /**
   * Lets go of everything. An alert that waits is sent first, and the peer given a moment to read it, as it is given to
   * read what was sent before a clean end; all else that waits is dropped. `closed` is called when the transport is
   * closed, never at once.
   */
  close(error: Error | null, closed: () => void): void {
    this.#closed = true;
    this.#whenClosed = closed;
    clearTimeout(this.#deadline);
    this.#queue = [];
    const { stream } = this.transport;
    const alert = this.#failed ? this.#connection?.takeOutput() : undefined;
    this.#connection?.abort(new TLSError('cancelled', 'the socket was destroyed'));
    if (alert !== undefined && !this.#outputEnded && stream.writable) this.#linger(alert);
    else if (error === null && this.#mayStillBeRead()) this.#linger(undefined);
    else stream.destroy();
    this.#writes.clear();
    this.#abandon(error);
    if (this.transport.socket === undefined || this.#transportClosed || stream.closed) {
      // Not every Duplex tells that it is closed.
      setImmediate(() => this.#notifyClosed());
    }
  }

  /** Whether all was sent and the peer may be reading still: TCP would take it back if we closed with bytes unread. */
  #mayStillBeRead(): boolean {
    const { socket } = this.transport;
    const peerDone = this.#inputEnded || this.#connection?.peerClosed === true;
    return this.#outputEnded && !peerDone && socket !== undefined && !socket.destroyed;
  }

  #linger(last: Uint8Array | undefined): void {
    linger(this.transport, last, () => this.#inputEnded);
  }

  #abandon(error: Error | null): void {
    const [write, final] = [this.#writeDone, this.#finalDone];
    this.#writeDone = undefined;
    this.#finalDone = undefined;
    if (write === undefined && final === undefined) return;
    const reason = error ?? Object.assign(new Error('Socket is closed'), { code: 'ERR_SOCKET_CLOSED' });
    process.nextTick(() => {
      write?.(reason);
      final?.(reason);
    });
  }

  #notifyClosed(): void {
    const closed = this.#whenClosed;
    this.#whenClosed = undefined;
    closed?.();
  }

  #armDeadline(connection: Connection): void {
    const { deadline } = connection;
    if (deadline === undefined) return;
    this.#deadline = setTimeout(
      () => this.abort(new TLSError('timeout', 'the handshake took too long')),
      Math.max(0, deadline - Date.now()),
    );
    this.#deadline.unref();
  }

  /** One call into the engine, then everything that follows from it. */
  #run(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#queue.push({ kind: 'failure', error });
    }
    try {
      this.#drain();
    } finally {
      this.#flush();
      this.#updateReading();
    }
  }

  #fail(error: unknown): void {
    if (this.#failed || this.#closed) return;
    this.#failed = true;
    clearTimeout(this.#deadline);
    this.#host.pipeFailed(error);
  }

  /** Runs what the engine reported, in order. An exception of user code delays the rest by a tick, and loses nothing. */
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    try {
      while (this.#head < this.#queue.length) {
        const item = this.#queue[this.#head];
        this.#head += 1;
        if (item !== undefined) this.#dispatch(item);
      }
    } finally {
      this.#draining = false;
      if (this.#head < this.#queue.length) process.nextTick(() => this.#run(() => {}));
      else {
        this.#queue.length = 0;
        this.#head = 0;
      }
    }
  }

  #dispatch(item: Buffer | QueuedEvent): void {
    if (item instanceof Uint8Array) {
      if (!this.#host.pipeData(item)) this.#full = true;
      return;
    }
    switch (item.kind) {
      case 'secure':
        this.#secure = true;
        clearTimeout(this.#deadline);
        this.#deadline = undefined;
        try {
          this.#host.pipeSecure();
        } finally {
          this.#pump();
          if (this.#finalDone !== undefined) this.#finish();
        }
        return;
      case 'failure':
        this.#fail(item.error);
        return;
      case 'need':
        this.#host.pipeNeed(item.id, item.need);
        return;
      case 'line':
        this.#host.pipeKeyLog(item.line);
        return;
      case 'ticket':
      case 'session':
      case 'early_data':
      case 'early_data_answer':
        this.#host.pipeNews(item);
        return;
      case 'close_notify':
      case 'end':
        this.#host.pipeEnd(item.kind === 'close_notify' || item.clean);
        return;
      default:
    }
  }

  #updateReading(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#closed || this.#failed) return;
    if (connection.wantsInput) this.#waiting = 0;
    // After close_notify nothing more is delivered, but the transport's own end is still to be seen.
    if (connection.peerClosed || (this.#waiting < MAX_WAITING && !this.#full)) this.transport.resume();
    else this.transport.pause();
  }

  /** Sends what the engine has ready, unless the transport is full: then KeyUpdates and the like wait and coalesce. */
  #flush(): void {
    const { stream } = this.transport;
    if (this.#outputEnded || this.#closed || this.#failed || !stream.writable) return;
    if (stream.writableNeedDrain) return;
    const output = this.#connection?.takeOutput();
    if (output !== undefined) stream.write(output);
  }

  #pump(): void {
    const connection = this.#connection;
    if (this.#writeDone === undefined || connection === undefined || !connection.canSend || this.#closed)
      return;
    const piece = this.#writes.next();
    if (piece === undefined) {
      this.#wrote();
      return;
    }
    try {
      this.#seal(connection, piece);
    } catch (error) {
      this.#fail(error);
      return;
    }
    const room = this.#room;
    this.#room = undefined;
    const output = connection.takeOutput();
    this.#host.pipeActive();
    if (output === undefined) this.#wrote();
    else this.transport.stream.write(output, this.#onceWritten(room));
  }

  /** Each write gives back its own room: another may be under way before this one is done. */
  #onceWritten(room: Uint8Array | undefined): Done {
    if (room === undefined) return this.#onWritten;
    return (error) => {
      if (error === undefined || error === null) returnRoom(room);
      this.#onWritten(error);
    };
  }

  #seal(connection: Connection, piece: Uint8Array): void {
    const now = Date.now();
    for (let at = 0; at < piece.length; ) {
      const from = at;
      at += this.sizes.next(piece.length - from, now);
      // Once per write; and only a socket of Node's own is known to be done with what it has written.
      const room = at === piece.length && this.transport.releases ? this.#roomFor : undefined;
      connection.send(piece.subarray(from, at), room);
    }
  }

  readonly #roomFor = (length: number): Uint8Array => {
    this.#room = takeRoom(length);
    return this.#room;
  };

  /** The transport has taken a piece: now, and not before, may the program be asked for more. */
  readonly #onWritten = (error?: Error | null): void => {
    if (this.#closed) return;
    if (error !== undefined && error !== null) {
      // A transport that was destroyed says so by its 'close' as well.
      if (!this.#transportClosed && !this.transport.stream.destroyed) this.#host.pipeTransportError(error);
      return;
    }
    this.#host.pipeActive();
    if (this.#writes.isEmpty) this.#wrote();
    else this.#pump();
  };

  #wrote(): void {
    const done = this.#writeDone;
    this.#writeDone = undefined;
    this.#writes.clear();
    done?.();
  }

  #finish(): void {
    const connection = this.#connection;
    const done = this.#finalDone;
    this.#finalDone = undefined;
    if (connection === undefined || this.#closed || this.#outputEnded) {
      done?.();
      return;
    }
    connection.close();
    const output = connection.takeOutput();
    this.#outputEnded = true;
    const { stream } = this.transport;
    const ended = (): void => done?.();
    // Whoever ended the transport under us has left no way to say goodbye.
    if (!stream.writable) process.nextTick(ended);
    else if (output === undefined) stream.end(ended);
    else stream.end(output, ended);
  }
}
