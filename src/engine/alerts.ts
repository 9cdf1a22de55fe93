/** Alerts that come, and the one that goes out when the connection fails (RFC 8446 6, RFC 5246 7.2). */
import type { Alert } from '../wire/alert.ts';
import { TLSError } from '../wire/error.ts';
import { AlertDescription, AlertLevel, nameOf } from '../wire/registry.ts';
import type { Output } from './output.ts';

/** RFC 8446 6: all but close_notify and user_canceled, known or not and of whatever level, are errors. */
export function alertReceived(description: AlertDescription): TLSError {
  const name = nameOf(AlertDescription, description);
  return new TLSError('alert_received', `the peer ended the connection with alert ${name}`, {
    alert: description,
    alertOrigin: 'remote',
    rfc: 'RFC 8446 6',
  });
}

/**
 * Whether an alert may be passed over: at level fatal none; in TLS 1.3 user_canceled (RFC 8446 6.1); in TLS 1.2, and
 * before ServerHello where it may come to that, every warning (RFC 5246 7.2). close_notify ends every handshake.
 */
export function isWarning({ level, description }: Alert, mayBeTls12: boolean): boolean {
  if (level !== AlertLevel.warning || description === AlertDescription.close_notify) return false;
  return mayBeTls12 || description === AlertDescription.user_canceled;
}

/** The alert of an error of ours. */
export function sendLastAlert(output: Output, { alert, reason }: TLSError): void {
  if (alert === undefined) return;
  try {
    // A server of TLS 1.2 has no keys for it.
    if (reason === 'early_data_downgrade') output.writeInClear();
    if (alert === AlertDescription.user_canceled) {
      // RFC 8446 6.1: a warning, followed by close_notify.
      output.alert(AlertLevel.warning, alert);
      output.alert(AlertLevel.warning, AlertDescription.close_notify);
    } else {
      output.alert(AlertLevel.fatal, alert);
    }
  } catch {
    // The write half is past use; the error that brought us here is the one to report.
  }
}
