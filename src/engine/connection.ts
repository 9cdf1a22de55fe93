/**
 * A TLS connection without I/O: bytes in, bytes out, events and needs. The same class serves both roles; what differs
 * is in handshake/. All calls are synchronous; `receive` must not be called from within an event.
 */
import type { ClientConfig, Config, ServerConfig } from '../config/config.ts';
import type { Answer } from '../handshake/effect.ts';
import type { StateName } from '../handshake/state.ts';
import { freshRoom, type RoomSource } from '../record/open-room.ts';
import type { Alert } from '../wire/alert.ts';
import { TLSError } from '../wire/error.ts';
import { AlertDescription, AlertLevel } from '../wire/registry.ts';
import { alertReceived, isWarning, sendLastAlert } from './alerts.ts';
import { asTLSError } from './as-error.ts';
import { Driver, type Listener, type Tracer } from './driver.ts';
import { exportEarly, exportFrom, tlsUniqueOf } from './export.ts';
import { type ConnectionInfo, connectionInfo } from './info.ts';
import type { InputItem } from './input.ts';

export type Phase = 'idle' | 'handshake' | 'open' | 'closed' | 'failed';

export class Connection {
  readonly role: 'client' | 'server';
  readonly #listener: Listener;
  readonly #trace: Tracer | undefined;
  readonly #driver: Driver;
  #phase: Phase = 'idle';
  #error: TLSError | undefined;
  #deadline: number | undefined;
  #running = false;
  #writable = false;
  #writeClosed = false;
  #peerClosed = false;
  #ended = false;

  private constructor(config: Config, listener: Listener, trace: Tracer | undefined) {
    this.role = config.role;
    this.#listener = listener;
    this.#trace = trace;
    this.#driver = new Driver(config, listener, trace, {
      writable: () => {
        this.#writable = true;
        listener({ kind: 'writable' });
      },
      complete: () => this.#complete(),
    });
  }

  /** `trace` sees messages, records and secrets; it is for study, and costs time. */
  static client(config: ClientConfig, listener: Listener, trace?: Tracer): Connection {
    return new Connection(config, listener, trace);
  }

  static server(config: ServerConfig, listener: Listener, trace?: Tracer): Connection {
    return new Connection(config, listener, trace);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The fatal error, once there is one: every call that does something throws it again. */
  get error(): TLSError | undefined {
    return this.#error;
  }

  get stateName(): StateName {
    return this.#driver.state.name;
  }

  /** Whether `send` may be called. */
  get canSend(): boolean {
    return this.#writable && !this.#writeClosed && this.#error === undefined;
  }

  /** False while a need is pending: stop reading from the transport. */
  get wantsInput(): boolean {
    return !this.#driver.needPending && this.#error === undefined && !this.#peerClosed;
  }

  /** When the handshake must be over, by the config's clock; undefined for no limit and after the handshake. */
  get deadline(): number | undefined {
    return this.#phase === 'handshake' ? this.#deadline : undefined;
  }

  /** Whether the peer has sent close_notify. */
  get peerClosed(): boolean {
    return this.#peerClosed;
  }

  /** Bytes that wait for `takeOutput`; a KeyUpdate that is due is not among them yet. */
  get outputLength(): number {
    return this.#driver.output.length;
  }

  get info(): ConnectionInfo {
    const { config, facts, tickets } = this.#driver;
    return connectionInfo(this.role, facts, config.provider, tickets);
  }

  /** Queues a client's ClientHello and starts the clock of the handshake. Throws TLSError. */
  start(): void {
    this.#guard();
    if (this.#phase !== 'idle') throw new TLSError('invalid_state', 'the connection was started before');
    this.#phase = 'handshake';
    const { config } = this.#driver;
    this.#deadline = config.handshakeTimeout > 0 ? config.now() + config.handshakeTimeout : undefined;
    if (config.role === 'client') this.#run(() => this.#driver.startClient(config));
  }

  /**
   * Takes bytes from the transport and acts on every whole record. Throws the TLSError that ends the connection, with
   * the alert already in the output. What comes after the peer's close_notify is ignored (RFC 8446 6.1). `bytes` is not
   * written to, and needed no longer when the call returns. `room` may give memory of the length that it is asked
   * for, in which application data is opened, and which is not used again.
   */
  receive(bytes: Uint8Array, room: RoomSource = freshRoom): void {
    if (this.#peerClosed && this.#error === undefined) return;
    this.#guard();
    if (this.#phase === 'idle') this.start();
    this.#run(() => {
      if (this.#phase === 'handshake') this.#checkDeadline();
      this.#driver.input.lend(bytes, room);
      this.#process();
    });
  }

  /**
   * The transport's end. During the handshake it throws TLSError `unexpected_eof`; afterwards the event `end` says
   * whether the peer had closed, since without its close_notify data may have been cut off (RFC 8446 6.1).
   */
  receiveEnd(): void {
    if (this.#error !== undefined || this.#ended) return;
    if (this.#phase === 'idle' || this.#phase === 'handshake') {
      this.#end(
        new TLSError('unexpected_eof', 'the connection was closed before the handshake was complete'),
      );
    }
    this.#ended = true;
    this.#listener({ kind: 'end', clean: this.#peerClosed });
  }

  /**
   * Seals application data into the output. `room` may give memory of the length that it is asked for, which becomes part
   * of the output. Throws TLSError `invalid_state` unless `canSend`.
   */
  send(data: Uint8Array, room?: (length: number) => Uint8Array): void {
    this.#guard();
    if (!this.canSend) throw new TLSError('invalid_state', 'application data cannot be sent in this state');
    if (data.length === 0) return;
    const { output } = this.#driver;
    this.#sealing(() => {
      if (output.write.needsKeyUpdate && this.#phase === 'open') this.#driver.requestKeyUpdate(false);
      this.#driver.sendDueKeyUpdate();
      output.data(data, room);
    });
  }

  /** Bytes that {@link writeEarlyData} takes now. More than 0 from `start` on only where early data was offered. */
  get earlyDataRoom(): number {
    return this.#error === undefined ? this.#driver.early.room : 0;
  }

  /**
   * A client's early data (0-RTT), for what the server may do twice without harm: it has no forward secrecy, and whoever records it can
   * send it again (RFC 8446 2.3, E.5). Takes as much from the front of `data` as fits and returns how many bytes that was: 0 where it
   * was not offered, was rejected, or has ended. Whether the server has read it says the event `early_data_answer`.
   */
  writeEarlyData(data: Uint8Array): number {
    this.#guard();
    const { early, output } = this.#driver;
    const length = Math.min(early.room, data.length);
    if (length === 0) return 0;
    early.spend(length);
    this.#sealing(() => output.data(data.subarray(0, length)));
    return length;
  }

  /** Sends close_notify, once; the other direction goes on (RFC 8446 6.1). During the handshake it gives up. */
  close(): void {
    if (this.#error !== undefined || this.#writeClosed) return;
    if (this.#phase === 'handshake') {
      this.abort(new TLSError('cancelled', 'the connection was closed during the handshake'));
      return;
    }
    this.#writeClosed = true;
    if (this.#phase === 'idle') {
      this.#finish();
      return;
    }
    this.#sealing(() => {
      this.#driver.sendDueKeyUpdate();
      this.#driver.output.alert(AlertLevel.warning, AlertDescription.close_notify);
    });
    if (this.#peerClosed) this.#finish();
  }

  /** Bytes for the transport, the caller's own; undefined when there are none. */
  takeOutput(): Uint8Array | undefined {
    if (this.#phase === 'open' && !this.#writeClosed) {
      try {
        this.#driver.sendDueKeyUpdate();
      } catch (error) {
        // What was sealed before is still to be sent; the next call throws.
        this.#fail(asTLSError(error));
      }
    }
    return this.#driver.output.take();
  }

  /** Answers a need. An answer that comes late, or twice, is ignored; throws like {@link receive}. */
  answer(id: number, answer: Answer): void {
    const need = this.#driver.takeNeed(id);
    if (need === undefined) return;
    if (this.#running) {
      // From within the event: the loop that asked goes on by itself.
      try {
        this.#driver.answer(need, answer);
      } catch (error) {
        this.#end(asTLSError(error));
      }
      return;
    }
    this.#run(() => {
      this.#driver.answer(need, answer);
      this.#process();
    });
  }

  /** The application cannot answer: ends the handshake with internal_error, or as a TLSError says. Throws that error. */
  refuse(id: number, cause: unknown): void {
    const need = this.#driver.takeNeed(id);
    if (need === undefined) return;
    this.#end(
      cause instanceof TLSError
        ? cause
        : new TLSError('callback_failed', `the callback for ${need.kind} failed`, { cause }),
    );
  }

  /** Ends the connection from our side: the error's alert is queued. Does nothing on a dead connection. */
  abort(error: TLSError): void {
    if (this.#error === undefined && this.#phase !== 'closed') this.#fail(error);
  }

  /** Changes our write key before the next output, and asks the peer to do the same if wanted (RFC 8446 4.6.3). */
  requestKeyUpdate(requestPeer = false): void {
    this.#guard();
    if (this.#writeClosed) throw new TLSError('invalid_state', 'the write side is closed');
    // The state alone will not do: it is the last one already while its effects are being applied.
    if (this.#phase !== 'open') throw new TLSError('invalid_state', 'the handshake is not complete');
    this.#driver.openState();
    this.#sealing(() => {
      this.#driver.requestKeyUpdate(requestPeer);
      this.#driver.output.flush();
    });
  }

  /**
   * Keying material for other protocols (RFC 8446 7.5, RFC 5705); no context equals an empty one in TLS 1.3 only. Throws
   * TLSError `invalid_state` before the handshake is complete, and in TLS 1.2 without extended_master_secret;
   * `invalid_option` for a length or label out of range.
   */
  exportKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array {
    this.#guard();
    return exportFrom(this.#driver.state, label, context, length);
  }

  /**
   * The same of the early exporter (RFC 8446 7.5), while the handshake lasts and early data is offered (client) or accepted (server). It
   * is as open to replay as early data is. Throws TLSError `invalid_state` at any other time.
   */
  exportEarlyKeyingMaterial(label: string, context: Uint8Array | undefined, length: number): Uint8Array {
    this.#guard();
    return exportEarly(this.#driver.state, label, context, length);
  }

  /**
   * tls-unique (RFC 5929 3): the first Finished of the handshake; undefined in TLS 1.3, which has none, and without
   * extended_master_secret (RFC 7627 5.4). Undefined before the handshake is complete.
   */
  get tlsUnique(): Uint8Array | undefined {
    return tlsUniqueOf(this.#driver.state);
  }

  #guard(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#phase === 'closed') throw new TLSError('invalid_state', 'the connection is closed');
  }

  /** Runs what seals. A key of TLS 1.2 at its limit, or a padding policy that throws: nothing more can be sent. */
  #sealing(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#end(asTLSError(error));
    }
  }

  /** Runs protocol work: whatever it throws ends the connection, and a flight leaves in one piece. */
  #run(work: () => void): void {
    if (this.#running)
      throw new TLSError('invalid_state', 'the connection was called from within its own event');
    this.#running = true;
    try {
      work();
      // A listener may have swallowed the error of a call that it made.
      if (this.#error !== undefined) throw this.#error;
      this.#driver.output.flush();
    } catch (error) {
      this.#end(asTLSError(error));
    } finally {
      this.#running = false;
    }
  }

  #process(): void {
    const { input } = this.#driver;
    try {
      while (this.wantsInput) {
        const item = input.next();
        if (item === undefined) return;
        this.#item(item);
      }
    } finally {
      input.settle();
    }
  }

  #item(item: InputItem): void {
    if (item.kind === 'data' || item.kind === 'early_data') {
      this.#listener({ kind: item.kind, data: item.content });
    } else if (item.kind === 'alert') {
      this.#alert(item.alert);
    } else if (item.kind === 'change_cipher_spec') {
      this.#driver.changeCipherSpec(item.aligned);
    } else {
      if (this.#phase === 'handshake') this.#checkSize();
      this.#driver.message(item.raw, item.aligned);
    }
  }

  #checkDeadline(): void {
    if (this.#deadline !== undefined && this.#driver.config.now() > this.#deadline) {
      throw new TLSError('timeout', 'the handshake took too long');
    }
  }

  #checkSize(): void {
    const { config, input } = this.#driver;
    if (input.handshakeBytes > config.maxHandshakeBytes) {
      throw new TLSError('handshake_too_long', `more than ${config.maxHandshakeBytes} bytes of handshake`);
    }
  }

  #alert(alert: Alert): void {
    this.#trace?.({ kind: 'alert', direction: 'in', ...alert });
    const { description } = alert;
    if (description === AlertDescription.close_notify && this.#phase === 'open') {
      this.#peerClosed = true;
      this.#driver.input.clear();
      this.#listener({ kind: 'close_notify' });
      if (this.#error !== undefined) return;
      // RFC 5246 7.2.1: TLS 1.2 has no half-close, the answer goes out at once and pending writes are void.
      if (this.#driver.speaksTls12) this.close();
      if (this.#writeClosed) this.#finish();
      return;
    }
    if (isWarning(alert, this.#driver.mayBeTls12)) {
      this.#driver.warning();
      this.#listener({ kind: 'alert', description });
      return;
    }
    throw alertReceived(description);
  }

  #complete(): void {
    this.#phase = 'open';
    this.#writable = true;
    this.#listener({ kind: 'secure' });
  }

  /** Both directions are closed: the keys have served. */
  #finish(): void {
    this.#phase = 'closed';
    this.#driver.forget();
  }

  #end(error: TLSError): never {
    if (this.#error === undefined) this.#fail(error);
    throw this.#error ?? error;
  }

  #fail(error: TLSError): void {
    const unsent = this.#phase === 'idle' || this.#writeClosed;
    this.#error = error;
    this.#phase = 'failed';
    if (error.alertOrigin === 'local' && !unsent) sendLastAlert(this.#driver.output, error);
    this.#driver.fail();
  }
}
