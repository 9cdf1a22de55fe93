/** Resumption by PSK (RFC 8446 4.2.11), both sides of it: what may be resumed, binders, and what is restored. */
import { equalBytes } from '../bytes/bytes.ts';
import { constantTimeEqual } from '../bytes/constant-time.ts';
import type { Secret } from '../bytes/secret.ts';
import { sessionBinding } from '../config/binding.ts';
import type { ClientConfig, Config, ServerConfig } from '../config/config.ts';
import { isTrustedKey } from '../config/raw-public-key.ts';
import type { HashFunction } from '../crypto/provider.ts';
import type { TranscriptHash } from '../crypto/transcript.ts';
import { EarlySchedule, verifyData } from '../key-schedule/tls13.ts';
import type { ClientHello } from '../message/client-hello.ts';
import { decodeSession } from '../session/codec.ts';
import { isExpired, type Session, type StoredSession } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import { ProtocolVersion } from '../wire/registry.ts';
import type { PeerVerdict } from './effect.ts';
import type { PeerIdentity } from './state.ts';

/** The hash that goes with the suite of a session of TLS 1.3; undefined when that suite is not in use any more. */
export function pskHash(config: Config, session: Session): HashFunction | undefined {
  return config.cipherSuites.find((suite) => suite.code === session.cipherSuite)?.hash;
}

/** Whether a client may offer a session now: same settings, in date, and a suite that is still in use. */
export function mayOffer(config: ClientConfig, session: StoredSession): boolean {
  if (!equalBytes(session.binding, sessionBinding(config)) || isExpired(session, config.now())) return false;
  if (!keyIsTrusted(config, session)) return false;
  if (session.version === 'tls13') {
    return config.versions.includes(ProtocolVersion.TLS13) && pskHash(config, session) !== undefined;
  }
  return (
    session.extendedMasterSecret && config.cipherSuites12.some((suite) => suite.code === session.cipherSuite)
  );
}

/** The binding says the same already; of a raw key it is made sure of again. An application that judges keys is asked. */
function keyIsTrusted(config: Config, { peerRawPublicKey: key }: Session): boolean {
  return key === undefined || config.delegate.has('verify_peer') || isTrustedKey(config, key.raw);
}

/** The binder of a ClientHello without its binders; the transcript holds what came before it (RFC 8446 4.2.11.2). */
export function pskBinder(
  hash: HashFunction,
  psk: Secret,
  transcriptHash: Uint8Array,
  kind: 'res' | 'ext' | 'imp' = 'res',
): Uint8Array {
  const early = EarlySchedule.start(hash, psk);
  const key = early.binderKey(kind);
  early.wipe();
  const binder = verifyData(hash, key, transcriptHash);
  key.wipe();
  return binder;
}

/** obfuscated_ticket_age (RFC 8446 4.2.11.1). */
export function obfuscatedAge(session: Session, now: number): number {
  return (Math.max(0, Math.floor(now - session.createdAt)) + session.ageAdd) % 2 ** 32;
}

/** By how many milliseconds the client finds its ticket older than we do (RFC 8446 8.3). */
export function ticketAgeError(session: Session, obfuscated: number, now: number): number {
  const claimed = (obfuscated - session.ageAdd + 2 ** 32) % 2 ** 32;
  return claimed - (now - session.createdAt);
}

/**
 * The session in what a lookup gave, if this server may resume it for this hello; undefined sends the client
 * through a full handshake, whatever the reason.
 */
export function resumable(
  config: ServerConfig,
  hello: ClientHello,
  bytes: Uint8Array | undefined,
  version: Session['version'],
): Session | undefined {
  if (bytes === undefined) return undefined;
  let session: Session;
  try {
    session = decodeSession(bytes);
  } catch (error) {
    // A cache may give back what an older version wrote; that is no reason to refuse the client.
    if (error instanceof TLSError && error.family === 'decode') return undefined;
    throw error;
  }
  const fits =
    session.version === version &&
    // RFC 7627 5.3: of a session without it, whoever was in the middle knows the master secret too.
    session.extendedMasterSecret &&
    equalBytes(session.binding, sessionBinding(config)) &&
    session.serverName === hello.known.serverName &&
    !isExpired(session, config.now()) &&
    mayRestorePeer(config, session);
  if (fits) return session;
  session.secret.wipe();
  return undefined;
}

/** An application that judges certificates itself, and a server that insists on one, are not talked past by a ticket. */
function mayRestorePeer(config: ServerConfig, session: Session): boolean {
  if (session.peerCertificates.length > 0 || session.peerRawPublicKey !== undefined)
    return !config.delegate.has('verify_peer') && keyIsTrusted(config, session);
  // The key stands for a certificate, in the handshake that made the session as in one that would be made now.
  if (session.externalPsk !== undefined) return true;
  return config.clientAuth !== 'require' || config.acceptUnverifiedPeer;
}

/**
 * Checks what only TLS 1.3 has: the suite's hash and the binder. Throws TLSError `bad_binder`. What the client says of its ticket's age
 * decides on early data alone (RFC 8446 4.2.10): a hello that is played again ends before it has done anything.
 */
export function acceptsPsk(
  config: ServerConfig,
  hello: ClientHello,
  index: number,
  session: Session,
  hash: HashFunction,
  transcript: TranscriptHash,
): boolean {
  const offered = hello.known.preSharedKey;
  const binder = offered?.binders[index];
  if (offered === undefined || binder === undefined) return false;
  if (pskHash(config, session)?.name !== hash.name) return false;
  const truncated = hello.raw.subarray(0, hello.raw.length - offered.bindersLength);
  const expected = pskBinder(hash, session.secret, transcript.digestWith(truncated));
  if (!constantTimeEqual(binder, expected)) {
    throw new TLSError('bad_binder', 'the PSK binder does not fit the ClientHello', {
      rfc: 'RFC 8446 4.2.11',
    });
  }
  return true;
}

/** The peer as the session remembers it. */
export function restoredPeer(session: Session): PeerIdentity {
  const {
    peerCertificates: certificates,
    peerRawPublicKey: rawPublicKey,
    verdict,
    authenticatedAt,
    peerValidity: validity,
    externalPsk,
  } = session;
  const known = { certificates, rawPublicKey, authenticatedAt, validity, externalPsk };
  if (verdict === undefined) return { ...known, verdict: undefined };
  const restored: PeerVerdict = verdict.verified
    ? { verified: true, path: certificates }
    : {
        verified: false,
        path: certificates,
        error: new TLSError('certificate_refused', 'the certificate was refused when the session was made', {
          ...(verdict.code === undefined ? {} : { code: verdict.code }),
        }),
      };
  return { ...known, verdict: restored };
}

/** What of a peer goes into a session. */
export function rememberedPeer(
  peer: PeerIdentity,
): Pick<
  Session,
  'authenticatedAt' | 'peerCertificates' | 'peerRawPublicKey' | 'peerValidity' | 'verdict' | 'externalPsk'
> {
  const { authenticatedAt, certificates, rawPublicKey, validity, verdict, externalPsk } = peer;
  return {
    authenticatedAt,
    externalPsk,
    peerCertificates: certificates,
    peerRawPublicKey: rawPublicKey,
    peerValidity: validity,
    verdict:
      verdict === undefined
        ? undefined
        : { verified: verdict.verified, code: verdict.verified ? undefined : verdict.error.code },
  };
}
