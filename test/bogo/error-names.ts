/** The library's errors by the names that the runner knows them by; config.json maps the rest. */
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, nameOf } from '../../src/wire/registry.ts';

/** Raised by the shim itself: what should hold after a handshake does not. */
export class Mismatch extends Error {}

/** BoringSSL names alerts that SSL 3.0 had with SSLV3, all others with TLSV1. */
const SSL3_ALERTS: ReadonlySet<number> = new Set([0, 10, 20, 30, 40, 41, 42, 43, 44, 45, 46, 47]);

function receivedAlert(alert: AlertDescription | undefined): string {
  const description = alert ?? AlertDescription.internal_error;
  const prefix = SSL3_ALERTS.has(description) ? 'SSLV3' : 'TLSV1';
  return `:${prefix}_ALERT_${nameOf(AlertDescription, description).toUpperCase()}:`;
}

/** One line: the name that the runner looks for, then what a reader looks for. */
export function errorText(error: unknown): string {
  if (error instanceof TLSError) {
    const name =
      error.reason === 'alert_received' ? receivedAlert(error.alert) : `:${error.reason.toUpperCase()}:`;
    const { cause } = error;
    const stack = error.reason === 'internal_error' && cause instanceof Error ? `\n${cause.stack}` : '';
    return `${name} ${error.code} ${error.message}${stack}`;
  }
  if (error instanceof Mismatch) return `expectation failed: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
