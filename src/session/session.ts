/** Sessions of both versions: what two ends remember of a handshake so that the next one costs less. */
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite } from '../wire/registry-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';

/** What was found out about the peer when the session was made; resumption restores it instead of verifying again. */
export interface SessionVerdict {
  readonly verified: boolean;
  /** The verifier's code when `verified` is false. */
  readonly code: string | undefined;
}

/** As secret as a traffic key: whoever has it can impersonate either end. */
export interface Session {
  readonly version: 'tls13' | 'tls12';
  readonly cipherSuite: CipherSuite;
  /** The PSK of a ticket (RFC 8446 4.6.1), or the master secret of TLS 1.2. */
  readonly secret: Secret;
  /** Of TLS 1.2 (RFC 7627 5.3); true for every session of TLS 1.3. */
  readonly extendedMasterSecret: boolean;
  /** Milliseconds since the epoch: when a server issued it, when a client received it. */
  readonly createdAt: number;
  /** Seconds. */
  readonly lifetime: number;
  /** ticket_age_add of TLS 1.3, 0 otherwise. */
  readonly ageAdd: number;
  /** Bytes of early data the ticket allows; 0 for none. */
  readonly maxEarlyDataSize: number;
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
  /** Digest of the settings that the session depends on; any change of them means a full handshake. */
  readonly binding: Uint8Array;
  /** The peer's chain, leaf first; empty when it showed none. */
  readonly peerCertificates: readonly Certificate[];
  /** Undefined when the peer showed no certificate. */
  readonly verdict: SessionVerdict | undefined;
}

/** A client's half: the session and what names it to the server. */
export interface StoredSession extends Session {
  /** The server's ticket; empty for a session of TLS 1.2 that is named by its ID alone. */
  readonly ticket: Uint8Array;
  /** TLS 1.2 only; empty otherwise. */
  readonly sessionId: Uint8Array;
}

/** Whether the session's time is up, or a certificate of its peer has expired meanwhile. */
export function isExpired(session: Session, now: number): boolean {
  const age = now - session.createdAt;
  // A clock that was set back makes ages negative: then nothing is known about the age.
  if (age < 0 || age >= session.lifetime * 1000) return true;
  return session.peerCertificates.some(
    (certificate) => now > certificate.notAfter || now < certificate.notBefore,
  );
}
