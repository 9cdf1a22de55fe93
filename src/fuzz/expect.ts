/** Steps that wait for something and check what it is. */

import { equalBytes } from '../bytes/bytes.ts';
import { asciiDecode, toHex } from '../bytes/encoding.ts';
import type { HandshakeMessage } from '../message/handshake.ts';
import { AlertDescription, nameOf } from '../wire/registry.ts';
import type { ScriptedPeer } from './peer.ts';
import { describeReceived, type Received } from './received.ts';
import { ScriptFailure, type Step } from './script.ts';

type Kind = HandshakeMessage['kind'];
type MessageOf<K extends Kind> = Extract<HandshakeMessage, { kind: K }>;

/** Passed over wherever the script waits for something else: they may come at almost any time. */
function mayBePassedOver(item: Received): boolean {
  if (item.kind === 'change_cipher_spec') return true;
  return item.kind === 'handshake' && item.message.kind === 'NewSessionTicket';
}

/** A step that waits until `match` takes an item; `match` returns false to refuse it. */
export function expectItem(name: string, match: (item: Received, peer: ScriptedPeer) => boolean): Step {
  return {
    name: `expect ${name}`,
    run: (peer) => {
      for (let item = peer.next(); item !== undefined; item = peer.next()) {
        if (match(item, peer)) return true;
        if (mayBePassedOver(item)) continue;
        throw new ScriptFailure(`expected ${name}, got ${describeReceived(item)}`);
      }
      return false;
    },
  };
}

export interface ExpectOptions {
  /** The keys it must come under; default: any. */
  readonly protection?: string;
  /** The step's name, if not the message's. */
  readonly name?: string;
}

/**
 * Waits for a handshake message, calls `check` with it and then adds it to the transcript. `check` may throw
 * {@link ScriptFailure}, or any error, to fail the script.
 */
export function expectMessage<K extends Kind>(
  kind: K,
  check: (message: MessageOf<K>, peer: ScriptedPeer) => void = () => {},
  options: ExpectOptions = {},
): Step {
  const isWanted = (message: HandshakeMessage): message is MessageOf<K> => message.kind === kind;
  return expectItem(options.name ?? kind, (item, peer) => {
    if (item.kind !== 'handshake' || !isWanted(item.message)) return false;
    const wanted = options.protection;
    if (wanted !== undefined && wanted !== item.protection) {
      throw new ScriptFailure(`expected ${kind} under ${wanted} keys, got ${describeReceived(item)}`);
    }
    check(item.message, peer);
    peer.transcript.add(item.message.raw);
    return true;
  });
}

/** Waits for an alert; without a name, for any but none in particular. */
export function expectAlert(description?: keyof typeof AlertDescription): Step {
  return expectItem(description === undefined ? 'an alert' : `alert ${description}`, (item) => {
    if (item.kind !== 'alert') return false;
    return description === undefined || nameOf(AlertDescription, item.description) === description;
  });
}

/** Waits for exactly these bytes of application data, in any number of records. */
export function expectData(expected: Uint8Array): Step {
  // A step is a value that several peers may run, so what one has seen so far is kept by peer.
  const progress = new WeakMap<ScriptedPeer, number>();
  const piece = expectItem(`${expected.length} bytes of application data`, (item, peer) => {
    if (item.kind !== 'application_data') return false;
    const at = progress.get(peer) ?? 0;
    const end = at + item.data.length;
    if (!equalBytes(item.data, expected.subarray(at, end))) {
      throw new ScriptFailure(`expected data ${show(expected.subarray(at))}, got ${show(item.data)}`);
    }
    progress.set(peer, end);
    return true;
  });
  return {
    name: 'expect application data',
    run: (peer) => {
      while ((progress.get(peer) ?? 0) < expected.length) if (!piece.run(peer)) return false;
      progress.delete(peer);
      return true;
    },
  };
}

function show(bytes: Uint8Array): string {
  return asciiDecode(bytes.subarray(0, 40)) ?? toHex(bytes.subarray(0, 40));
}
