/** Early data (0-RTT) of the sockets; Node has none. Off unless asked for, by names that say what it is. */
import type { ServerEarlyData } from '../config/early-data.ts';
import { systemRandom } from '../crypto/random.ts';
import type { ConnectionEvent } from '../engine/event.ts';
import type { EarlyDataReason } from '../handshake/early-data.ts';
import { StrikeRegister } from '../session/replay.ts';
import { invalidType } from './node-error.ts';
import { bytesOf, type OwnOptions } from './own-options.ts';

/** What a socket is told: what came early, or what became of what it sent. */
export type EarlyEvent =
  | (ConnectionEvent & { kind: 'early_data_answer' })
  | { readonly kind: 'early_data'; readonly data: Buffer };

/** The engine's bytes are good for one call. */
export function ownEarly(data: Uint8Array): EarlyEvent {
  return { kind: 'early_data', data: Buffer.from(data) };
}

/** Early data as it comes: each byte is copied few times, into however many records a client puts it. */
export class EarlyBytes {
  #room: Buffer = Buffer.alloc(0);
  #length = 0;

  add(data: Uint8Array): void {
    const length = this.#length + data.length;
    if (length > this.#room.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#room.length));
      grown.set(this.#room.subarray(0, this.#length));
      this.#room = grown;
    }
    this.#room.set(data, this.#length);
    this.#length = length;
  }

  /** All that has come. */
  get all(): Buffer {
    return this.#room.subarray(0, this.#length);
  }
}

/** What the event 'earlyData' of a client says. */
export interface EarlyDataAnswer {
  readonly accepted: boolean;
  readonly reason: EarlyDataReason | undefined;
  /** Bytes that were sent early. Where they were not accepted they have reached no one, and are not sent again by themselves. */
  readonly bytes: number;
}

export interface ClientEarlyOptions {
  /**
   * Sent early (0-RTT) with a session whose server allows it, as far as it fits: without forward secrecy, and an attacker can
   * make the server act on it more than once (RFC 8446 E.5). The event 'earlyData' says what became of it. Node has no such option.
   */
  dangerousEarlyData?: Uint8Array | undefined;
}

export interface ServerEarlyOptions {
  /**
   * Issue tickets for early data (0-RTT), and take it: it is in `socket.earlyData` when the socket is secure, by when it cannot be
   * a replay, but has no forward secrecy. Without a `replayStore` this server has one of its own, in memory. Node has no such option.
   */
  dangerousAcceptEarlyData?: ServerEarlyData | undefined;
}

export function earlyBytes(options: OwnOptions): Uint8Array | undefined {
  const value = options['dangerousEarlyData'];
  if (value === undefined || value === null) return undefined;
  const bytes = bytesOf(value);
  if (bytes !== undefined) return Uint8Array.from(bytes);
  throw invalidType('options.dangerousEarlyData', 'an instance of Buffer, TypedArray, or DataView', value);
}

/** Checked when the configuration is made. */
export function acceptedEarlyData(options: OwnOptions): ServerEarlyData | undefined {
  const value = options['dangerousAcceptEarlyData'];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') {
    throw invalidType('options.dangerousAcceptEarlyData', 'of type object', value);
  }
  const { maximum, ageTolerance, replayStore } = value as ServerEarlyData;
  return {
    maximum,
    ageTolerance,
    replayStore: replayStore ?? new StrikeRegister({ random: systemRandom(), now: Date.now }),
  };
}
