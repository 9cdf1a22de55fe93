/** Lets a scripted peer and the thing under test talk until neither has anything left to say. */
import { concatBytes } from '../bytes/bytes.ts';
import type { ScriptedPeer } from './peer.ts';
import type { ReceivedAlert } from './received.ts';
import { splitContent } from './record.ts';

/** Anything that takes bytes and gives bytes: a connection of this library, or a wrapper around another one. */
export interface Target {
  /** Takes bytes from the peer; what it throws is kept in the outcome, and it is given nothing more. */
  receive(bytes: Uint8Array): void;
  takeOutput(): Uint8Array | undefined;
}

export interface ConverseOptions {
  /** How the peer's bytes are cut on their way to the target; default: as they come. */
  readonly cut?: (bytes: Uint8Array) => Iterable<Uint8Array>;
  /** How the target's bytes are cut on their way to the peer. */
  readonly cutBack?: (bytes: Uint8Array) => Iterable<Uint8Array>;
}

export interface Outcome {
  /** What the target threw, if anything. */
  readonly targetError: unknown;
  /** What went against the script: a {@link ScriptFailure}, or the TLSError of a message that cannot be decoded. */
  readonly scriptError: unknown;
  /** The step that still waits for bytes; undefined when the script was done. */
  readonly waitingFor: string | undefined;
  /** The alert that the target sent, if any: the first but for close_notify. */
  readonly alert: ReceivedAlert | undefined;
  /** All that the peer sent, as it went out. */
  readonly sent: Uint8Array;
  /** All that the target sent. */
  readonly answered: Uint8Array;
}

class Conversation {
  readonly #peer: ScriptedPeer;
  readonly #target: Target;
  readonly #options: ConverseOptions;
  readonly #sent: Uint8Array[] = [];
  readonly #answered: Uint8Array[] = [];
  #targetFailed = false;
  #targetError: unknown;
  #scriptFailed = false;
  #scriptError: unknown;

  constructor(peer: ScriptedPeer, target: Target, options: ConverseOptions) {
    this.#peer = peer;
    this.#target = target;
    this.#options = options;
  }

  #forth(): boolean {
    const bytes = this.#peer.takeOutput();
    if (bytes === undefined) return false;
    this.#sent.push(bytes);
    for (const piece of this.#options.cut?.(bytes) ?? [bytes]) {
      if (this.#targetFailed) return true;
      try {
        this.#target.receive(piece);
      } catch (error) {
        this.#targetFailed = true;
        this.#targetError = error;
      }
    }
    return true;
  }

  #back(): boolean {
    const bytes = this.#target.takeOutput();
    if (bytes === undefined) return false;
    this.#answered.push(bytes);
    for (const piece of this.#options.cutBack?.(bytes) ?? [bytes]) this.#give(piece);
    return true;
  }

  #give(bytes: Uint8Array): void {
    if (this.#scriptFailed) {
      this.#peer.input.push(bytes);
      return;
    }
    try {
      this.#peer.receive(bytes);
    } catch (error) {
      this.#scriptFailed = true;
      this.#scriptError = error;
    }
  }

  run(): Outcome {
    for (let busy = true; busy; ) {
      const forth = this.#forth();
      const back = this.#back();
      busy = forth || back;
    }
    const waitingFor = this.#peer.waitingFor;
    this.#peer.drain();
    return {
      targetError: this.#targetError,
      scriptError: this.#scriptError,
      waitingFor,
      alert: this.#peer.alert,
      sent: concatBytes(...this.#sent),
      answered: concatBytes(...this.#answered),
    };
  }
}

/** Runs until both ends are silent. The outcome says which end gave up and what it said; nothing is thrown. */
export function converse(peer: ScriptedPeer, target: Target, options: ConverseOptions = {}): Outcome {
  return new Conversation(peer, target, options).run();
}

/** A cut for {@link ConverseOptions}: pieces of `size` bytes. */
export function inPieces(size: number): (bytes: Uint8Array) => Iterable<Uint8Array> {
  return (bytes) => splitContent(bytes, size);
}
