import type { CodePoint } from './code-point.ts';
import { REASONS, type Reason, type ReasonFamily } from './reason.ts';
import { AlertDescription } from './registry.ts';

export interface TLSErrorOptions {
  /** The section that was broken, e.g. `RFC 8446 4.2.8`. */
  readonly rfc?: string;
  readonly cause?: unknown;
  /** 'remote' when the peer sent the alert; default 'local'. */
  readonly alertOrigin?: 'local' | 'remote';
  /** Overrides the reason's alert; only for alerts received and certificate verdicts. */
  readonly alert?: AlertDescription;
  /** Overrides the reason's code; only for certificate verdicts, which carry the verifier's own. */
  readonly code?: string;
}

/**
 * The one error of the library. `code` is stable (`TLS_` and the reason in capitals, or a certificate verifier's
 * code such as `CERT_HAS_EXPIRED`), `alert` is the alert that was or will be sent or was received, if any.
 */
export class TLSError extends Error {
  override readonly name: string = 'TLSError';
  readonly code: string;
  readonly reason: Reason;
  readonly family: ReasonFamily;
  readonly alert: AlertDescription | undefined;
  readonly alertOrigin: 'local' | 'remote' | undefined;
  readonly rfc: string | undefined;

  constructor(reason: Reason, message: string, options: TLSErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = REASONS[reason];
    const byReason: CodePoint<'AlertDescription'> | undefined =
      entry.alert === undefined ? undefined : AlertDescription[entry.alert];
    this.code = options.code ?? `TLS_${reason.toUpperCase()}`;
    this.reason = reason;
    this.family = entry.family;
    this.alert = options.alert ?? byReason;
    this.alertOrigin = this.alert === undefined ? undefined : (options.alertOrigin ?? 'local');
    this.rfc = options.rfc;
  }
}
