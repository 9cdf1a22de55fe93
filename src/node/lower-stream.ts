/** Of the stream below a TLS socket: what is taken for one, and what of it is shown above. */
import type { Duplex } from 'node:stream';

/** Events of the TCP socket that are the TLS socket's too when it made that socket itself. */
export const FORWARDED = [
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connectionAttemptTimeout',
  'ready',
] as const;

export function isStream(value: unknown): value is Duplex {
  const stream = value as Partial<Record<'on' | 'write' | 'end' | 'pause' | 'resume', unknown>>;
  return (['on', 'write', 'end', 'pause', 'resume'] as const).every(
    (name) => typeof stream[name] === 'function',
  );
}

/** What Node puts on the error of a connection that was lost before it was secure. */
export interface ConnectionTarget {
  readonly host: unknown;
  readonly port: unknown;
  readonly path: unknown;
  readonly localAddress: unknown;
}
