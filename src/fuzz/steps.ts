/** Steps to put into scripts: content of any kind, right or wrong. */

import { wrapHandshake } from '../message/handshake.ts';
import type { HandshakeType } from '../wire/registry.ts';
import { AlertDescription, AlertLevel } from '../wire/registry.ts';
import type { SendOptions } from './peer-output.ts';
import type { RecordOptions } from './record.ts';
import { type Step, step } from './script.ts';

/** A whole handshake message as bytes, header included; hashed unless `unhashed`. */
export function sendMessage(raw: Uint8Array, options?: SendOptions): Step {
  return step('send message', (peer) => peer.sendHandshake(raw, options));
}

/** The last message of the transcript once more; it is not hashed again, so that the keys stay those of both ends. */
export function resend(options?: SendOptions): Step {
  return step('resend', (peer) => {
    const last = peer.transcript.messages.at(-1) ?? new Uint8Array(0);
    peer.sendHandshake(last, { unhashed: true, ...options });
  });
}

/** A handshake message of any type around any body. */
export function sendBody(type: HandshakeType, body: Uint8Array, options?: SendOptions): Step {
  return sendMessage(wrapHandshake(type, body), options);
}

/** One record; under the peer's current keys, if there are any. */
export function sendRecord(type: number, content: Uint8Array, options?: RecordOptions): Step {
  return step('send record', (peer) => peer.sendRecord(type, content, options));
}

/** Bytes as they are. */
export function sendBytes(bytes: Uint8Array): Step {
  return step('send bytes', (peer) => peer.sendBytes(bytes));
}

export function sendData(data: Uint8Array, options?: SendOptions): Step {
  return step('send data', (peer) => peer.sendApplicationData(data, options));
}

export function sendAlert(
  description: keyof typeof AlertDescription | number,
  level: keyof typeof AlertLevel | number = 'fatal',
  options?: SendOptions,
): Step {
  const code = typeof description === 'number' ? description : AlertDescription[description];
  const levelCode = typeof level === 'number' ? level : AlertLevel[level];
  return step('send alert', (peer) => peer.sendAlert(code, levelCode, options));
}

/** close_notify, at level warning as it should be. */
export const sendCloseNotify: Step = sendAlert('close_notify', 'warning');

export function sendChangeCipherSpec(content?: Uint8Array, options?: SendOptions): Step {
  return step('send change_cipher_spec', (peer) => peer.sendChangeCipherSpec(content, options));
}
