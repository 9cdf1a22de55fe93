/** The connections of one case, each after the other, and what the shim does on them. */

import type { Credential } from '../../src/config/options.ts';
import { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent, TraceEvent } from '../../src/engine/event.ts';
import type { StoredSession } from '../../src/session/session.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, ProtocolVersion } from '../../src/wire/registry.ts';
import { answer, type Heard } from './decisions.ts';
import { Mismatch } from './error-names.ts';
import { checkCredential, checkEarlyData, checkEnd, checkHandshake, checkSessions } from './expectations.ts';
import { type CommandLine, type Flags, Unimplemented } from './flags.ts';
import { attach, open } from './pipe.ts';
import { chosenConfig, clientConfig, type Lasting, lasting, serverConfig } from './settings.ts';

const TLS_UNIQUE_LENGTH = 12;
const SIZES = [0, 1, 255, 256, 257, 16383, 16384, 16385, 32767, 32768, 32769] as const;

/** Throws what ended a connection, or a Mismatch. */
export async function runConnections(command: CommandLine): Promise<void> {
  const kept = lasting();
  const count = command.initial.number('resume-count') ?? 0;
  for (let i = 0; i <= count; i += 1) {
    await new Exchange(i === 0 ? command.initial : command.resume, command.retry, kept, i > 0).run();
    kept.wait(command.initial.number('resumption-delay') ?? 0);
  }
}

class Exchange {
  #flags: Flags;
  /** For what goes on once early data is rejected. */
  readonly #retry: Flags;
  readonly #kept: Lasting;
  readonly #isResume: boolean;
  readonly #isServer: boolean;
  readonly #connection: Connection;
  readonly #credentials: readonly Credential[];
  readonly #heard: Heard = {
    alpnProtocols: [],
    signatureSchemes: [],
    certificateAuthorities: [],
    certificateTypes: [],
  };
  #secure = false;
  #writable = false;
  #wroteEarly = false;
  #checked = false;
  #begun = false;
  #stop = false;
  #received = 0;
  #stored = 0;
  readonly #echoes: Uint8Array[] = [];
  /** What did not go early. */
  #unsent: Uint8Array[] = [];
  #newest: StoredSession | undefined;
  #lastMessage: number | undefined;

  constructor(flags: Flags, retry: Flags, kept: Lasting, isResume: boolean) {
    this.#flags = flags;
    this.#retry = retry;
    this.#kept = kept;
    this.#isResume = isResume;
    if ((flags.number('expect-total-renegotiations') ?? 0) > 0) throw new Unimplemented('renegotiation');
    this.#isServer = flags.on('server');
    const listener = (event: ConnectionEvent): void => this.#on(event);
    if (this.#isServer) {
      const config = serverConfig(flags, kept, isResume);
      this.#credentials = config.credentials;
      this.#connection = Connection.server(config, listener);
    } else {
      if (isResume && kept.session === undefined) throw new Mismatch('there is no session to offer');
      const config = clientConfig(flags, kept);
      this.#credentials = config.credentials;
      this.#connection = Connection.client(config, listener, (event) => this.#traced(event));
    }
  }

  async run(): Promise<void> {
    const flags = this.#flags;
    const socket = await open(
      flags.number('port') ?? 0,
      flags.on('ipv6'),
      BigInt(flags.text('shim-id') ?? '0'),
    );
    const connection = this.#connection;
    const pipe = attach(
      socket,
      connection,
      () => this.#after(),
      () => this.#over,
    );
    try {
      connection.start();
      if (flags.number('early-write-after-message') === undefined) this.#writeEarly();
      if (this.#wroteEarly) this.#exportEarly();
      pipe.flush();
      await pipe.done;
      if (!this.#stop) {
        this.#checkClosed();
        checkEnd(this.#flags, connection.info, this.#newest);
      }
      connection.close();
      pipe.flush();
    } finally {
      await pipe.finish();
    }
  }

  #on(event: ConnectionEvent): void {
    if (event.kind === 'need') {
      try {
        const { resumed, peerVerdict } = this.#connection.info;
        const situation = {
          isServer: this.#isServer,
          remembered: resumed ? peerVerdict : undefined,
          chosen: () => chosenConfig(this.#flags, this.#kept, this.#isResume),
        };
        this.#connection.answer(event.id, answer(this.#flags, event.need, this.#heard, situation));
      } catch (error) {
        this.#connection.refuse(event.id, error);
      }
    } else if (event.kind === 'writable') {
      this.#writable = true;
    } else if (event.kind === 'secure') {
      this.#secure = true;
    } else if (event.kind === 'ticket') {
      this.#received += 1;
      this.#kept.session = event.ticket;
      this.#newest = event.ticket;
    } else if (event.kind === 'session') {
      this.#stored += 1;
    } else if (event.kind === 'early_data_answer' && !event.accepted) {
      if (this.#flags.text('expect-early-data-reason') !== undefined)
        throw new Mismatch('a reason is expected of a connection that is over');
      this.#flags = this.#retry;
      this.#unsent = [];
      this.#wroteEarly = false;
    } else if (event.kind === 'data' || event.kind === 'early_data') {
      this.#echoes.push(event.data.map((byte) => byte ^ 0xff));
    }
  }

  /** Nothing more is expected of the peer. */
  get #over(): boolean {
    const flags = this.#flags;
    if (this.#stop || this.#connection.peerClosed) return true;
    return this.#begun && flags.on('shim-shuts-down') && !flags.on('check-close-notify');
  }

  /** Bytes have come in. */
  #after(): void {
    if (!(this.#secure || this.#writesEarly || this.#takesEarly) || this.#stop) return;
    if (!this.#begun) this.#begin();
    if (this.#secure && !this.#checked) this.#complete();
    const connection = this.#connection;
    for (const echo of this.#echoes.splice(0)) {
      if (!connection.canSend) return;
      if (this.#flags.on('key-update') && connection.info.version === ProtocolVersion.TLS13)
        connection.requestKeyUpdate();
      connection.send(echo);
    }
  }

  /** Data of our own may go before the peer's Finished, where there is some and no one waits for that. */
  get #writesEarly(): boolean {
    if (this.#isServer && !this.#takesEarly) return false;
    return this.#writable && this.#flags.on('shim-writes-first') && !this.#flags.on('handshake-twice');
  }

  /** Early data is answered at once. */
  get #takesEarly(): boolean {
    return this.#isServer && this.#writable && this.#connection.info.earlyData.status === 'accepted';
  }

  /** Of a client that has early data to write: as much as fits, the rest after the handshake. */
  #writeEarly(): void {
    const connection = this.#connection;
    if (!this.#flags.on('shim-writes-first') || connection.earlyDataRoom === 0) return;
    this.#wroteEarly = true;
    for (const bytes of this.#firstWrites()) {
      const rest = bytes.subarray(connection.writeEarlyData(bytes));
      if (rest.length > 0) this.#unsent.push(rest);
    }
  }

  /** The state after a message is seen when the next one comes. */
  #traced(event: TraceEvent): void {
    if (event.kind !== 'message' || event.direction !== 'in') return;
    const after = this.#flags.number('early-write-after-message');
    if (after !== undefined && this.#lastMessage === after) this.#writeEarly();
    this.#lastMessage = event.raw[0];
  }

  #begin(): void {
    const flags = this.#flags;
    const connection = this.#connection;
    this.#begun = true;
    checkHandshake(flags, connection, this.#heard, this.#isResume);
    checkCredential(flags, connection.info, this.#credentials);
    const length = flags.number('export-keying-material') ?? 0;
    if (length > 0) connection.send(this.#export(length));
    if (flags.on('tls-unique')) {
      const unique = connection.tlsUnique;
      if (unique?.length !== TLS_UNIQUE_LENGTH) throw new Mismatch('tls-unique is not 12 bytes');
      connection.send(unique);
    }
    if (flags.on('send-alert')) {
      this.#stop = true;
      connection.abort(
        new TLSError('cancelled', 'an alert that was asked for', {
          alert: AlertDescription.decompression_failure,
        }),
      );
      return;
    }
    if (flags.on('write-different-record-sizes')) {
      for (const size of SIZES) connection.send(new Uint8Array(size).fill(0x42));
    }
    if (flags.on('shim-writes-first')) this.#writeFirst();
    if (flags.on('shim-shuts-down')) connection.close();
  }

  /** After the peer's Finished, which data of our own may have preceded. */
  #complete(): void {
    this.#checked = true;
    if (this.#flags.on('handshake-never-done')) throw new Mismatch('the handshake is complete');
    checkEarlyData(this.#flags, this.#connection.info);
    const sessions = { received: this.#received, stored: this.#stored };
    checkSessions(this.#flags, this.#connection.info, sessions, this.#isResume);
  }

  /** BoringSSL's clients go on at once after early data, to an exporter that is not there yet. */
  #exportEarly(): void {
    const length = this.#flags.number('export-keying-material') ?? 0;
    if (length > 0) this.#export(length);
  }

  #export(length: number): Uint8Array {
    const flags = this.#flags;
    const context = flags.on('use-export-context')
      ? new Uint8Array(Buffer.from(flags.text('export-context') ?? '', 'latin1'))
      : undefined;
    return this.#connection.exportKeyingMaterial(flags.text('export-label') ?? '', context, length);
  }

  #writeFirst(): void {
    for (const bytes of this.#wroteEarly ? this.#unsent.splice(0) : this.#firstWrites())
      this.#connection.send(bytes);
  }

  #firstWrites(): Uint8Array[] {
    const text = this.#flags.text('shim-initial-write') ?? 'hello';
    const bytes = new Uint8Array(Buffer.from(text, 'latin1'));
    return new Array<Uint8Array>(this.#flags.number('repeat-shim-initial-write') ?? 1).fill(bytes);
  }

  #checkClosed(): void {
    if (!this.#flags.on('check-close-notify')) return;
    if (!this.#connection.peerClosed)
      throw new Mismatch('Unexpected SSL_shutdown result: -1 != 1: no close_notify came');
  }
}
