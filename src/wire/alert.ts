import { TLSError } from './error.ts';
import { type FieldObserver, Reader } from './reader.ts';
import { AlertDescription, AlertLevel } from './registry.ts';

/** RFC 8446 6. In TLS 1.3 only the description decides; the level is carried for TLS 1.2 and for traces. */
export interface Alert {
  readonly level: AlertLevel;
  readonly description: AlertDescription;
}

export const ALERT_LENGTH = 2;

/**
 * One alert, which must be the whole content of a record (RFC 8446 5.1: no fragments, no two in one record).
 * Throws TLSError `malformed_alert` (decode_error) on another length and `bad_alert` (illegal_parameter) on a level
 * that does not exist. Unknown descriptions pass: RFC 8446 6 treats them as fatal errors, which is the receiver's work.
 */
export function decodeAlert(bytes: Uint8Array, observer?: FieldObserver): Alert {
  if (bytes.length !== ALERT_LENGTH) {
    throw new TLSError('malformed_alert', `Alert is ${bytes.length} bytes long, must be ${ALERT_LENGTH}`, {
      rfc: 'RFC 8446 5.1',
    });
  }
  const r = new Reader(bytes, 'Alert', observer);
  const level = r.code(AlertLevel, 1, 'level');
  if (level !== AlertLevel.warning && level !== AlertLevel.fatal) {
    r.fail('bad_alert', 'level', `is ${level}, must be warning or fatal`, 'RFC 8446 6');
  }
  const description = r.code(AlertDescription, 1, 'description');
  r.end();
  return { level, description };
}

export function encodeAlert(alert: Alert): Uint8Array {
  return Uint8Array.of(alert.level, alert.description);
}
