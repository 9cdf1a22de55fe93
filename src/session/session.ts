/** Sessions: what a client keeps of a NewSessionTicket. Knows no Config. */
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite } from '../wire/registry-crypto.ts';

/** A received ticket with the PSK derived from it (RFC 8446 4.6.1). The PSK is as secret as a traffic key. */
export interface SessionTicket {
  readonly ticket: Uint8Array;
  /** Seconds, at most 604800. */
  readonly lifetime: number;
  readonly ageAdd: number;
  readonly psk: Secret;
  readonly cipherSuite: CipherSuite;
  /** Milliseconds since the epoch, by the connection's clock. */
  readonly receivedAt: number;
  /** Bytes of early data the server would take; 0 for none. */
  readonly maxEarlyDataSize: number;
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
}
