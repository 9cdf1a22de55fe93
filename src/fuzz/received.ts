/** What a scripted peer has received, record by record and message by message. */
import type { HandshakeMessage } from '../message/handshake.ts';
import { AlertDescription, AlertLevel, nameOf } from '../wire/registry.ts';
import type { RawRecord } from './record.ts';

/** `protection` names the keys that opened it, `plaintext` if none were needed (see {@link RecordKeys.name}). */
export type Received =
  | { readonly kind: 'handshake'; readonly protection: string; readonly message: HandshakeMessage }
  | {
      readonly kind: 'alert';
      readonly protection: string;
      readonly level: number;
      readonly description: AlertDescription;
    }
  | { readonly kind: 'change_cipher_spec'; readonly protection: string; readonly content: Uint8Array }
  | { readonly kind: 'application_data'; readonly protection: string; readonly data: Uint8Array }
  /** No key of ours opens it, or its type is none that we know. */
  | { readonly kind: 'unreadable'; readonly protection: 'unknown'; readonly record: RawRecord };

export type ReceivedAlert = Extract<Received, { kind: 'alert' }>;

/** For error messages: `Certificate under handshake keys`, `fatal alert decode_error in plaintext`. */
export function describeReceived(item: Received): string {
  const where = item.protection === 'plaintext' ? 'in plaintext' : `under ${item.protection} keys`;
  switch (item.kind) {
    case 'handshake':
      return `${item.message.kind} ${where}`;
    case 'alert':
      return `${nameOf(AlertLevel, item.level)} alert ${nameOf(AlertDescription, item.description)} ${where}`;
    case 'application_data':
      return `${item.data.length} bytes of application data ${where}`;
    case 'change_cipher_spec':
      return `change_cipher_spec ${where}`;
    case 'unreadable':
      return `a record of type ${item.record.type} that no key opens`;
    default:
      return item satisfies never;
  }
}
