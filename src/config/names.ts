import { TLSError } from '../wire/error.ts';
import { X509Error } from '../x509/error.ts';
import { parseReferenceName, type ReferenceName } from '../x509/hostname.ts';

export type ServerName = ReferenceName & {
  /** As it is verified: a DNS name in lower case without trailing dot, or the address as it was written. */
  readonly name: string;
};

/** Lower case and without the trailing dot, which RFC 6066 3 wants off the wire. */
export function normalizeDnsName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** Throws TLSError `invalid_option` for what is neither a DNS name in A-label form nor an IP address literal. */
export function checkServerName(name: string, option: string): ServerName {
  try {
    const reference = parseReferenceName(name);
    return reference.kind === 'ip' ? { ...reference, name } : reference;
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    throw new TLSError('invalid_option', `${option}: ${error.message}`, { cause: error });
  }
}
