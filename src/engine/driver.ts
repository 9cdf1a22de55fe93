/**
 * The engine's inside: the handshake's state, and the one place where effects are applied. Connection decides when
 * input is read and how the connection ends.
 */
import { copyBytes, EMPTY } from '../bytes/bytes.ts';
import type { Secret } from '../bytes/secret.ts';
import type { ClientConfig, Config } from '../config/config.ts';
import { startClient } from '../handshake/client/hello.ts';
import type { Answer, Effect, Facts, Need, Step } from '../handshake/effect.ts';
import { EXPECTATIONS } from '../handshake/expect.ts';
import { onAnswer, onChangeCipherSpec, onMessage } from '../handshake/machine.ts';
import { sendKeyUpdate } from '../handshake/post-handshake.ts';
import type { HandshakeState, OpenState } from '../handshake/state.ts';
import { transcriptOf } from '../handshake/transcript-of.ts';
import { wipeState } from '../handshake/wipe.ts';
import { type KeyLogLabel, keyLogLine } from '../key-schedule/key-log.ts';
import type { Aligned } from '../message/joiner.ts';
import { LEGACY_RECORD_VERSION } from '../record/header.ts';
import type { StoredSession } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import { AlertDescription, AlertLevel, HandshakeType, ProtocolVersion } from '../wire/registry.ts';
import { chooseSession, dropSession } from './choose-session.ts';
import { checkAnswer, decide } from './decide.ts';
import { EarlyWrite } from './early-write.ts';
import type { ConnectionEvent, TraceEvent } from './event.ts';
import { Input } from './input.ts';
import { Output } from './output.ts';
import { Patience } from './patience.ts';

export type Listener = (event: ConnectionEvent) => void;
export type Tracer = (event: TraceEvent) => void;

/** What the connection does when the handshake says so. */
export interface Milestones {
  writable(): void;
  complete(): void;
}

/** Makes the line, and with it a copy of the secret, only for a listener that looks. */
class KeyLogEvent {
  readonly kind = 'key_log';
  readonly #label: KeyLogLabel;
  readonly #clientRandom: Uint8Array;
  readonly #secret: Secret;

  constructor(label: KeyLogLabel, clientRandom: Uint8Array, secret: Secret) {
    this.#label = label;
    this.#clientRandom = clientRandom;
    this.#secret = secret;
  }

  get line(): string {
    return keyLogLine(this.#label, this.#clientRandom, this.#secret);
  }
}

export class Driver {
  readonly input: Input;
  readonly output: Output;
  facts: Facts = {};
  tickets = 0;
  readonly #listener: Listener;
  readonly #trace: Tracer | undefined;
  readonly #milestones: Milestones;
  readonly early: EarlyWrite = new EarlyWrite();
  readonly #patience = new Patience();
  #config: Config;
  #state: HandshakeState;
  #need: { readonly id: number; readonly need: Need } | undefined;
  #needs = 0;
  #keyUpdateDue = false;
  #over = false;
  /** The session offered, until the handshake is complete. */
  #offered: StoredSession | undefined;

  constructor(config: Config, listener: Listener, trace: Tracer | undefined, milestones: Milestones) {
    this.#config = config;
    this.#state = { name: config.role === 'client' ? 'ClientIdle' : 'ExpectClientHello' };
    this.#listener = listener;
    this.#trace = trace;
    this.#milestones = milestones;
    this.input = new Input(this.#patience, trace);
    this.output = new Output(config.role, trace);
    this.#useConfig(config);
  }

  get config(): Config {
    return this.#config;
  }

  get state(): HandshakeState {
    return this.#state;
  }

  get needPending(): boolean {
    return this.#need !== undefined;
  }

  /** Takes a whole handshake message. Throws TLSError. */
  message(raw: Uint8Array, aligned: Aligned | undefined): void {
    const type = raw[0];
    if (type === HandshakeType.key_update) this.#patience.spend('keyUpdate');
    if (type === HandshakeType.new_session_ticket) this.#patience.spend('ticket');
    this.#trace?.({ kind: 'message', direction: 'in', raw, protection: this.input.protection });
    this.apply(onMessage(this.#config, this.#state, raw, aligned));
  }

  /** A ChangeCipherSpec of TLS 1.2. Throws TLSError. */
  changeCipherSpec(aligned: Aligned | undefined): void {
    this.apply(onChangeCipherSpec(this.#state, aligned));
  }

  warning(): void {
    this.#patience.spend('warning');
  }

  /** Whether this id is that of the need at hand; if so, it is so no longer. */
  takeNeed(id: number): Need | undefined {
    const pending = this.#need;
    if (pending === undefined || pending.id !== id) return undefined;
    this.#need = undefined;
    return pending.need;
  }

  /** Goes on with an application's answer. Throws TLSError. */
  answer(need: Need, answer: Answer): void {
    checkAnswer(need, answer);
    this.#answered(answer);
  }

  apply(step: Step): void {
    const changed = step.state.name !== this.#state.name;
    this.#state = step.state;
    if (changed && this.#trace !== undefined) this.#traceState(this.#trace);
    try {
      for (const effect of step.effects) {
        // A listener may end the connection in the middle of a step: the rest of it is void.
        if (this.#over) return;
        this.#effect(effect);
      }
    } finally {
      // But for what is to be forgotten, which no state may own any more.
      for (const effect of step.effects) if (effect.kind === 'wipe') effect.secret.wipe();
    }
  }

  /** Whether the handshake has come to TLS 1.2. */
  get speaksTls12(): boolean {
    return EXPECTATIONS[this.#state.name].version === 'tls12';
  }

  /** Whether alerts are to be read as TLS 1.2's: while the version is open, they are if it may yet be that. */
  get mayBeTls12(): boolean {
    const { version, helloRetryRequest } = this.facts;
    const open = version === undefined && helloRetryRequest !== true;
    return open ? this.#config.versions.includes(ProtocolVersion.TLS12) : this.speaksTls12;
  }

  /** Throws TLSError `invalid_state` before the handshake is complete, and in TLS 1.2. */
  openState(): OpenState {
    const state = this.#state;
    if (state.name !== 'ClientOpen' && state.name !== 'ServerOpen') {
      throw new TLSError('invalid_state', 'the handshake is not complete');
    }
    return state;
  }

  requestKeyUpdate(requestPeer: boolean): void {
    const state = this.openState();
    if (requestPeer) {
      this.#keyUpdateDue = false;
      this.apply(sendKeyUpdate(state, true));
    } else {
      this.#keyUpdateDue = true;
    }
  }

  /** A KeyUpdate is sealed only when output is wanted: however often the peer asks, one waits (RFC 8446 4.6.3). */
  sendDueKeyUpdate(): void {
    if (!this.#keyUpdateDue) return;
    this.#keyUpdateDue = false;
    this.apply(sendKeyUpdate(this.openState(), false));
    this.output.flush();
  }

  /** Queues the ClientHello. Throws TLSError. */
  startClient(config: ClientConfig): void {
    this.#offered = chooseSession(config);
    this.apply(startClient(config, this.#offered));
  }

  /** The connection has failed: so may every other that offers the same session. */
  fail(): void {
    if (this.#offered !== undefined) dropSession(this.#config, this.#offered);
    this.forget();
  }

  /** Wipes keys and secrets and lets go of buffers; output that was sealed stays. */
  forget(): void {
    this.#over = true;
    // Ours by now, and in no state yet where the hello could not be made.
    this.#offered?.secret.wipe();
    this.#offered = undefined;
    this.#need = undefined;
    this.#keyUpdateDue = false;
    this.input.clear();
    this.input.read.wipe();
    this.output.write.wipe();
    wipeState(this.#state);
  }

  #useConfig(config: Config): void {
    this.#config = config;
    this.output.write.maxFragment = config.maxFragmentLength;
    this.input.maxCertificateLength = config.maxCertificateListLength;
    const { recordPadding } = config;
    if (recordPadding === undefined) this.output.write.padding = undefined;
    else this.output.pad((length) => recordPadding(length));
  }

  #answered(answer: Answer): void {
    if (answer.kind === 'select_config' && answer.config !== undefined) this.#useConfig(answer.config);
    this.apply(onAnswer(this.#config, this.#state, answer));
  }

  #ask(need: Need): void {
    if (!this.#config.delegate.has(need.kind)) {
      const answer = decide(this.#config, need);
      try {
        this.#answered(answer);
      } finally {
        // The opened ticket is ours; the bytes of a cache are the cache's.
        if (answer.kind === 'lookup_session' && need.kind === 'lookup_session' && need.by === 'ticket')
          answer.session?.fill(0);
      }
      return;
    }
    this.#needs += 1;
    const id = this.#needs;
    this.#need = { id, need };
    this.#listener({ kind: 'need', id, need });
  }

  #effect(effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        this.output.message(effect.message);
        return;
      case 'send_change_cipher_spec':
        this.output.changeCipherSpec();
        return;
      case 'install_write':
        this.output.flush();
        this.output.write.install(effect.suite, effect.secret);
        this.output.protection = effect.epoch;
        return;
      case 'install_read':
        this.input.read.install(effect.suite, effect.secret, effect.aligned);
        this.input.protection = effect.epoch;
        return;
      case 'speak_tls12':
        this.input.speakTls12();
        this.output.write.plaintextVersion = LEGACY_RECORD_VERSION;
        return;
      case 'install_write12':
        this.output.flush();
        this.output.write.install12(effect.suite, effect.key.reveal(), effect.iv);
        this.output.protection = 'handshake';
        return;
      case 'install_read12':
        this.input.read.install12(effect.suite, effect.key.reveal(), effect.iv, effect.aligned);
        this.input.protection = 'handshake';
        return;
      case 'refuse_renegotiation':
        this.#patience.spend('warning');
        this.output.alert(AlertLevel.warning, AlertDescription.no_renegotiation);
        return;
      case 'store_session':
        this.#store(effect.id, effect.session);
        return;
      case 'secret':
        this.#listener(new KeyLogEvent(effect.label, this.facts.clientRandom ?? EMPTY, effect.secret));
        this.#trace?.({ kind: 'secret', label: effect.label, secret: effect.secret.reveal() });
        return;
      case 'wipe':
        effect.secret.wipe();
        return;
      case 'need':
        this.#ask(effect.need);
        return;
      case 'skip_early_data':
        this.input.skipEarlyData(effect.maximum);
        return;
      case 'limit_early_data':
        this.input.limitEarlyData(effect.maximum);
        return;
      case 'open_early_data':
        this.early.open(effect.maximum);
        return;
      case 'end_early_data':
        this.early.close();
        return;
      case 'early_data_answer':
        this.#earlyDataAnswer(effect);
        return;
      case 'write_in_clear':
        this.output.writeInClear();
        return;
      case 'open_compatibility_window':
        this.input.openCompatibilityWindow();
        return;
      case 'limit_records':
        this.output.write.limitFragment(effect.send);
        this.input.read.limitContent(effect.receive, effect.inClear);
        return;
      case 'facts':
        this.facts = { ...this.facts, ...effect.facts };
        return;
      case 'ticket':
        this.#keep(effect.session);
        return;
      case 'writable':
        this.output.flush();
        this.#milestones.writable();
        return;
      case 'complete':
        this.output.flush();
        this.output.protection = 'application';
        this.input.protection = 'application';
        this.#offered = undefined;
        this.#milestones.complete();
        return;
      case 'key_update_requested':
        this.#keyUpdateDue = true;
        return;
      default:
        effect satisfies never;
    }
  }

  #earlyDataAnswer({ accepted, reason }: Effect & { kind: 'early_data_answer' }): void {
    if (!accepted) this.early.close();
    this.#listener({ kind: 'early_data_answer', accepted, reason, bytes: this.early.written });
  }

  #store(id: Uint8Array, session: Uint8Array): void {
    const config = this.#config;
    // The cache wipes what it drops, so it gets bytes of its own.
    if (config.role === 'server') config.sessionCache?.put(id, copyBytes(session));
    this.#listener({ kind: 'session', id, session });
  }

  /** The cache owns its copy, the listener the session itself. */
  #keep(session: StoredSession): void {
    this.tickets += 1;
    const config = this.#config;
    if (config.role === 'client' && config.sessionCache !== undefined && config.sessionPeer !== undefined) {
      config.sessionCache.put(config.sessionPeer, { ...session, secret: session.secret.clone() });
    }
    this.#listener({ kind: 'ticket', ticket: session });
  }

  #traceState(trace: Tracer): void {
    trace({ kind: 'state', name: this.#state.name });
    const transcript = transcriptOf(this.#state);
    if (transcript?.hash !== undefined) trace({ kind: 'transcript', hash: transcript.digest() });
  }
}
