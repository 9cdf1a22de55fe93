/** What a connection tells its owner, and what it tells a listener that studies it. */
import type { EarlyDataReason } from '../handshake/early-data.ts';
import type { Need } from '../handshake/effect.ts';
import type { KeyLogLabel } from '../key-schedule/key-log.ts';
import type { StoredSession } from '../session/session.ts';
import type { AlertDescription, AlertLevel, ContentType } from '../wire/registry.ts';

export type ConnectionEvent =
  /** Application data of one record, the listener's own. */
  | { readonly kind: 'data'; readonly data: Uint8Array }
  /**
   * Early data that the server accepted, as with `data`: sent before anyone knows who is there, and perhaps sent before. Act
   * on it only where doing so twice does no harm (RFC 8446 E.5, RFC 8470).
   */
  | { readonly kind: 'early_data'; readonly data: Uint8Array }
  /**
   * What became of a client's early data. Where it is not accepted, the `bytes` written so far have reached no one and are not sent again
   * by themselves; the caller may send them when the handshake is complete.
   */
  | {
      readonly kind: 'early_data_answer';
      readonly accepted: boolean;
      readonly reason: EarlyDataReason | undefined;
      readonly bytes: number;
    }
  /** The handshake is complete and the peer accepted. */
  | { readonly kind: 'secure' }
  /** Application data may be sent; before `secure` only with half-RTT. */
  | { readonly kind: 'writable' }
  /** Nothing is read until `answer` or `refuse` is called with this id. */
  | { readonly kind: 'need'; readonly id: number; readonly need: Need }
  /** A line of an SSLKEYLOGFILE, without its end. */
  | { readonly kind: 'key_log'; readonly line: string }
  /** A client's new session; its secret is the listener's to keep. */
  | { readonly kind: 'ticket'; readonly ticket: StoredSession }
  /** A server's new session of TLS 1.2 with an ID, in the form that a `lookup_session` answer takes. */
  | { readonly kind: 'session'; readonly id: Uint8Array; readonly session: Uint8Array }
  /** The peer will send no more; we may (RFC 8446 6.1). */
  | { readonly kind: 'close_notify' }
  /** The transport ended; without `clean` the peer had not said so, and data may be missing. */
  | { readonly kind: 'end'; readonly clean: boolean }
  /** A warning that ends nothing: user_canceled. */
  | { readonly kind: 'alert'; readonly description: AlertDescription };

export type Protection = 'plaintext' | 'early' | 'handshake' | 'application';
export type Direction = 'in' | 'out';

/** Views and secrets are the listener's to copy; they are valid until it returns. */
export type TraceEvent =
  | {
      readonly kind: 'message';
      readonly direction: Direction;
      readonly raw: Uint8Array;
      readonly protection: Protection;
    }
  | {
      readonly kind: 'record';
      readonly direction: Direction;
      readonly type: ContentType;
      /** Bytes after the header, as they were on the wire. */
      readonly length: number;
      readonly protection: Protection;
    }
  | { readonly kind: 'change_cipher_spec'; readonly direction: Direction }
  | {
      readonly kind: 'alert';
      readonly direction: Direction;
      readonly level: AlertLevel;
      readonly description: AlertDescription;
    }
  | { readonly kind: 'secret'; readonly label: KeyLogLabel; readonly secret: Uint8Array }
  | { readonly kind: 'state'; readonly name: string }
  /** Transcript-Hash after the message before it. */
  | { readonly kind: 'transcript'; readonly hash: Uint8Array };
