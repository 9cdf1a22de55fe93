/** The sending half of a scripted peer: messages into records, under any keys, cut anywhere. */
import { concatBytes } from '../bytes/bytes.ts';
import type { ScriptedPeer } from './peer.ts';
import { craftRecord, type RecordOptions, type Split, splitContent } from './record.ts';
import type { PeerKeys } from './record-keys.ts';

export interface SendOptions {
  /** Rewrites the whole message, header included, before it is hashed and framed. */
  readonly bytes?: (raw: Uint8Array, peer: ScriptedPeer) => Uint8Array;
  /** Keys for this message alone; default: the peer's current ones. */
  readonly keys?: PeerKeys | 'plaintext';
  /** True keeps the message out of the peer's own transcript. */
  readonly unhashed?: boolean;
  /** True sends nothing yet: what is sent next shares this message's record, and decides its type and keys. */
  readonly hold?: boolean;
  /** Where the content is cut into records; default: pieces of 2^14 bytes. */
  readonly split?: Split;
  /** Called between the records of one message, e.g. to send something else there. */
  readonly between?: (peer: ScriptedPeer, piece: number) => void;
  readonly record?: RecordOptions;
}

const MAX_PIECE = 2 ** 14;

/** Collects bytes for the transport. It judges nothing. */
export class PeerOutput {
  /** Keys of what is sent from now on; undefined is plaintext. */
  keys: PeerKeys | undefined;
  #ready: Uint8Array[] = [];
  #held: Uint8Array[] = [];

  /** Content of any type, held back or cut into records. Without `split`, content over 2^14 bytes is cut there. */
  send(type: number, content: Uint8Array, options: SendOptions, peer: ScriptedPeer): void {
    if (options.hold === true) {
      this.#held.push(content);
      return;
    }
    const whole = concatBytes(...this.#held, content);
    this.#held = [];
    const keys = options.keys === 'plaintext' ? undefined : (options.keys ?? this.keys);
    const pieces = splitContent(whole, options.split ?? MAX_PIECE);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) options.between?.(peer, index);
      this.#ready.push(craftRecord(type, piece, keys, options.record));
    }
  }

  /** Bytes as they are, around all framing. */
  raw(bytes: Uint8Array): void {
    this.#ready.push(bytes);
  }

  take(): Uint8Array | undefined {
    if (this.#ready.length === 0) return undefined;
    const bytes = concatBytes(...this.#ready);
    this.#ready = [];
    return bytes;
  }
}
