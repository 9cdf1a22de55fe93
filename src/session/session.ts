/** Sessions of both versions: what two ends remember of a handshake so that the next one costs less. */
import type { Secret } from '../bytes/secret.ts';
import type { CipherSuite } from '../wire/registry-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RawPublicKey } from '../x509/raw-public-key.ts';

/** What was found out about the peer when the session was made; resumption restores it instead of verifying again. */
export interface SessionVerdict {
  readonly verified: boolean;
  /** The verifier's code when `verified` is false. */
  readonly code: string | undefined;
}

/** Which key it was that an external PSK is known by (RFC 8446 4.2.11, RFC 9258 5.1). */
export interface ExternalIdentity {
  readonly identity: Uint8Array;
  /** Of an imported key. */
  readonly context: Uint8Array | undefined;
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
  /**
   * Milliseconds since the epoch: the full handshake that proved who the peer is. Sessions made by resuming this one
   * keep it, so that renewal does not stretch that proof without end (RFC 8446 4.6.1).
   */
  readonly authenticatedAt: number;
  /** ticket_age_add of TLS 1.3, 0 otherwise. */
  readonly ageAdd: number;
  /** Bytes of early data the ticket allows; 0 for none. */
  readonly maxEarlyDataSize: number;
  /** What names the server's store of early data that was accepted (`ticketStore`, RFC 8446 8); empty without early data, and at clients. */
  readonly replayStore: Uint8Array;
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
  /** Digest of the settings that the session depends on; any change of them means a full handshake. */
  readonly binding: Uint8Array;
  /** The peer's chain, leaf first; empty when it showed none. */
  readonly peerCertificates: readonly Certificate[];
  /** The raw key that the peer showed in place of certificates; undefined for all others. */
  readonly peerRawPublicKey: RawPublicKey | undefined;
  /** When all certificates of the path that was verified are valid; where none was, of the chain as it was sent. */
  readonly peerValidity: Validity;
  /** Undefined when the peer showed neither certificate nor key. */
  readonly verdict: SessionVerdict | undefined;
  /** The external PSK by which the peer was authenticated; undefined without one. */
  readonly externalPsk: ExternalIdentity | undefined;
}

/** A client's half: the session and what names it to the server. */
export interface StoredSession extends Session {
  /** The server's ticket; empty for a session of TLS 1.2 that is named by its ID alone. */
  readonly ticket: Uint8Array;
  /** TLS 1.2 only; empty otherwise. */
  readonly sessionId: Uint8Array;
}

/** Milliseconds since the epoch, both ends included; `notBefore` is never negative. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The end of time for who shows no certificate; what an X.509 certificate can say at most (RFC 5280 4.1.2.5). */
const NO_END = 253_402_300_799_000;

/** When all of them are valid. */
export function validityOf(certificates: readonly Certificate[]): Validity {
  return {
    notBefore: Math.max(0, ...certificates.map((certificate) => certificate.notBefore)),
    notAfter: Math.min(NO_END, ...certificates.map((certificate) => certificate.notAfter)),
  };
}

/** Milliseconds that a peer counts as authenticated, however often its session is renewed (RFC 8446 4.6.1). */
export const MAX_AUTHENTICATION_AGE = 604_800_000;

/** Milliseconds left of that. */
export function authenticationLeft(authenticatedAt: number, now: number): number {
  return authenticatedAt + MAX_AUTHENTICATION_AGE - now;
}

/** Whether the session's time is up, or a certificate that its peer was verified with has expired meanwhile. */
export function isExpired(session: Session, now: number): boolean {
  const age = now - session.createdAt;
  // A clock that was set back makes ages negative: then nothing is known about the age.
  if (!(age >= 0 && age < session.lifetime * 1000)) return true;
  const { authenticatedAt, peerValidity } = session;
  if (!(now >= authenticatedAt && authenticationLeft(authenticatedAt, now) > 0)) return true;
  // As the verifier has it: the last second belongs to a certificate as a whole.
  return !(now >= peerValidity.notBefore && Math.floor(now / 1000) * 1000 <= peerValidity.notAfter);
}
