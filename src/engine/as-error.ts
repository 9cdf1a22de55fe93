import { TLSError } from '../wire/error.ts';

/** Whatever was thrown, as the error that ends a connection. */
export function asTLSError(error: unknown): TLSError {
  if (error instanceof TLSError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TLSError('internal_error', `the connection failed: ${message}`, { cause: error });
}
