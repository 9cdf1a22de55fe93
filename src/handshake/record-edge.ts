import type { Aligned } from '../message/joiner.ts';
import { TLSError } from '../wire/error.ts';

/** A message that changes the read key must end its record (RFC 8446 5.1); `message` names it for the error. */
export function recordEdge(aligned: Aligned | undefined, message: string): Aligned {
  if (aligned !== undefined) return aligned;
  throw new TLSError('key_change_in_record', `handshake bytes follow ${message}, where keys change`, {
    rfc: 'RFC 8446 5.1',
  });
}
