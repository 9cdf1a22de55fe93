/** What TLSSocket tells about its connection: Node's methods, by the engine's ConnectionInfo. */

import { openSslNameOf } from '../config/cipher-list.ts';
import type { Connection } from '../engine/connection.ts';
import type { ConnectionInfo } from '../engine/info.ts';
import type { StoredSession } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import { NamedGroup } from '../wire/registry-crypto.ts';
import { readSession, writeSession } from './client-session.ts';
import { EarlyBytes, type EarlyDataAnswer } from './early-data.ts';
import { invalidType, nodeError, outOfRange } from './node-error.ts';
import { bytesOf } from './own-options.ts';
import {
  type DetailedPeerCertificate,
  detailedPeerCertificate,
  type PeerCertificate,
  peerCertificate,
} from './peer-certificate.ts';
import type { PipeNews } from './pipe-host.ts';
import { SocketFace } from './socket-face.ts';
import { certificateRefusal, toNodeError } from './tls-error.ts';

export interface CipherNameAndProtocol {
  /** OpenSSL's name. */
  name: string;
  /** IANA's. */
  standardName: string;
  version: string;
}

export interface EphemeralKeyInfo {
  type?: 'ECDH' | 'TLSGroup';
  name?: string;
  /** Bits. */
  size?: number;
}

/** OpenSSL's names and sizes of the curves; all else is a group by its IANA name. */
const CURVES: ReadonlyMap<number, readonly [name: string, size: number]> = new Map([
  [NamedGroup.x25519, ['X25519', 253]],
  [NamedGroup.secp256r1, ['prime256v1', 256]],
  [NamedGroup.secp384r1, ['secp384r1', 384]],
  [NamedGroup.secp521r1, ['secp521r1', 521]],
]);

const MIN_FRAGMENT = 512;
const MAX_FRAGMENT = 16384;

function emptyInfo(role: 'client' | 'server'): ConnectionInfo {
  return {
    role,
    version: undefined,
    versionName: undefined,
    cipherSuite: undefined,
    group: undefined,
    peerSignatureScheme: undefined,
    localSignatureScheme: undefined,
    alpnProtocol: undefined,
    serverName: undefined,
    peerCertificates: [],
    peerRawPublicKey: undefined,
    peerVerdict: undefined,
    localCredential: undefined,
    clientCertificateRequested: false,
    helloRetryRequest: false,
    resumed: false,
    externalPsk: undefined,
    extendedMasterSecret: undefined,
    ocspResponse: undefined,
    signedCertificateTimestamps: [],
    clientRandom: undefined,
    provider: '',
    servedBy: {
      aead: undefined,
      hash: undefined,
      group: undefined,
      peerSignature: undefined,
      localSignature: undefined,
    },
    earlyData: { status: 'not_offered', reason: 'disabled' },
    tickets: 0,
  };
}

export abstract class InspectedSocket extends SocketFace {
  #early: EarlyBytes | undefined;
  /** Tells TLS sockets from others. */
  readonly encrypted: true = true;
  /** Whether the peer's certificate was verified, for clients together with the name. */
  authorized = false;
  /** Why not: the code of the reason. */
  authorizationError: string | null = null;
  /** The protocol agreed on by ALPN, false for none, null before the handshake is complete. */
  alpnProtocol: string | false | null = null;
  /** The name sent or received by SNI, false for none, null before the handshake is complete. */
  servername: string | false | null = null;
  secureConnecting = true;
  /** The peer's data ended without its close_notify: someone may have cut it off (RFC 8446 6.1). */
  truncated = false;

  protected abstract tlsConnection(): Connection | undefined;
  protected abstract tlsRole(): 'client' | 'server';
  protected abstract tlsVerifiedName(): string | undefined;
  protected abstract tlsLimitFragment(size: number): void;
  protected abstract offerSession(session: StoredSession | undefined): void;
  protected newestSession: StoredSession | undefined = undefined;
  #announced: StoredSession[] | undefined = [];

  /** Sessions are told of once the peer is known to be the right one, as in Node. */
  protected keepSession(session: StoredSession): void {
    this.newestSession = session;
    if (this.#announced !== undefined) this.#announced.push(session);
    else this.emit('session', writeSession(session));
  }

  /** `offered` is the one that was taken up if the connection is a resumed one. */
  protected announceSessions(offered: StoredSession | undefined): void {
    if (this.info.resumed) this.newestSession ??= offered;
    const waiting = this.#announced ?? [];
    this.#announced = undefined;
    for (const session of waiting) this.emit('session', writeSession(session));
  }

  /**
   * Servers: what came early (0-RTT), all of it by the event 'secureConnection'; none of it is in the stream. Undefined where none was
   * taken. Node has no such property.
   */
  get earlyData(): Buffer | undefined {
    return this.#early?.all;
  }

  /** All that is known about the connection, also after it was closed. */
  get info(): ConnectionInfo {
    return this.tlsConnection()?.info ?? emptyInfo(this.tlsRole());
  }

  /** For old programs: `socket.ssl.verifyError()`. */
  get ssl(): { verifyError(): Error | null } | null {
    return this.destroyed ? null : { verifyError: () => this.tlsVerifyError() };
  }

  protected tlsVerifyError(): Error | null {
    const { info } = this;
    const verdict = info.peerVerdict;
    if (verdict === undefined) {
      return nodeError(
        'UNABLE_TO_GET_ISSUER_CERT',
        'unable to get issuer certificate: the peer sent no certificate',
      );
    }
    return verdict.verified ? null : certificateRefusal(verdict.error, this.tlsErrorContext());
  }

  protected tlsErrorContext(): Parameters<typeof toNodeError>[1] {
    return {
      role: this.tlsRole(),
      hostname: this.tlsVerifiedName(),
      peerCertificates: this.info.peerCertificates,
    };
  }

  /** `TLSv1.3` or `TLSv1.2`; null before it is agreed on and after the socket was destroyed. */
  getProtocol(): string | null {
    return this.destroyed ? null : (this.info.versionName ?? null);
  }

  getCipher(): CipherNameAndProtocol | undefined | null {
    if (this.destroyed) return null;
    const { cipherSuite, versionName } = this.info;
    if (cipherSuite === undefined) return undefined;
    const name = openSslNameOf(cipherSuite.code) ?? cipherSuite.name;
    return { name, standardName: cipherSuite.name, version: versionName ?? '' };
  }

  /** Clients only, as in Node: null on a server. */
  getEphemeralKeyInfo(): EphemeralKeyInfo | null {
    if (this.destroyed || this.tlsRole() === 'server') return null;
    const { group } = this.info;
    if (group === undefined) return {};
    const curve = CURVES.get(group.code);
    return curve === undefined
      ? { type: 'TLSGroup', name: group.name }
      : { type: 'ECDH', name: curve[0], size: curve[1] };
  }

  /** Empty when there is none; with `detailed`, each certificate has its issuer's in `issuerCertificate`. */
  getPeerCertificate(detailed: true): DetailedPeerCertificate;
  getPeerCertificate(detailed?: false): PeerCertificate;
  getPeerCertificate(detailed?: boolean): PeerCertificate;
  getPeerCertificate(detailed = false): object | null {
    if (this.destroyed) return null;
    const { peerCertificates, peerVerdict } = this.info;
    const [leaf] = peerCertificates;
    if (leaf === undefined) return {};
    if (!detailed) return peerCertificate(leaf);
    return (
      detailedPeerCertificate(peerVerdict?.verified === true ? peerVerdict.path : peerCertificates) ?? {}
    );
  }

  /** Our own certificate; empty when none was sent. */
  getCertificate(): PeerCertificate | object | null {
    if (this.destroyed) return null;
    const leaf = this.info.localCredential?.chain[0];
    return leaf === undefined ? {} : peerCertificate(leaf);
  }

  /** Keying material for other protocols (RFC 8446 7.5). Throws `ERR_TLS_INVALID_STATE` before the handshake is complete. */
  exportKeyingMaterial(length: number, label: string, context?: NodeJS.ArrayBufferView): Buffer {
    if (typeof length !== 'number') throw invalidType('length', 'of type number', length);
    if (!Number.isInteger(length) || length < 1 || length > 2 ** 32 - 1) {
      throw outOfRange('length', '>= 1 && <= 4294967295', length);
    }
    if (typeof label !== 'string') throw invalidType('label', 'of type string', label);
    const bytes = context === undefined ? undefined : bytesOf(context);
    if (context !== undefined && bytes === undefined) {
      throw invalidType('context', 'an instance of Buffer, TypedArray, or DataView', context);
    }
    const connection = this.tlsConnection();
    if (connection?.phase !== 'open') {
      throw nodeError('ERR_TLS_INVALID_STATE', 'TLS socket connection must be securely established');
    }
    try {
      return Buffer.from(connection.exportKeyingMaterial(label, bytes, length));
    } catch (error) {
      throw error instanceof TLSError ? toNodeError(error, this.tlsErrorContext()) : error;
    }
  }

  /** Bytes of application data per record, 512 to 16384; false for anything else. */
  setMaxSendFragment(size: number): boolean {
    if (!Number.isInteger(size)) throw invalidType('size', 'an integer', size);
    if (size < MIN_FRAGMENT || size > MAX_FRAGMENT || this.destroyed) return false;
    this.tlsLimitFragment(size);
    return true;
  }

  /** The newest session to resume later, as secret as a key; undefined before there is one and on servers. */
  getSession(): Buffer | undefined {
    const { newestSession } = this;
    return newestSession === undefined ? undefined : writeSession(newestSession);
  }

  /** The ticket within {@link getSession}. */
  getTLSTicket(): Buffer | undefined {
    const ticket = this.newestSession?.ticket;
    return ticket === undefined || ticket.length === 0 ? undefined : Buffer.from(ticket);
  }

  /** Clients, before the handshake: the session to take up, if it still fits. */
  setSession(session: string | Buffer): void {
    this.offerSession(readSession(session));
  }

  isSessionReused(): boolean {
    return this.info.resumed;
  }

  getFinished(): Buffer | undefined {
    return undefined;
  }

  getPeerFinished(): Buffer | undefined {
    return undefined;
  }

  getSharedSigalgs(): string[] {
    return [];
  }

  /** There is no renegotiation: nothing is to be disabled. */
  disableRenegotiation(): void {}

  /** Fails as Node's does in TLS 1.3; in TLS 1.2 too, where renegotiation is left out on purpose. */
  renegotiate(options: object, callback?: (error: Error | null) => void): boolean | undefined {
    if (typeof options !== 'object' || options === null)
      throw invalidType('options', 'of type object', options);
    if (callback !== undefined && typeof callback !== 'function') {
      throw invalidType('callback', 'of type function', callback);
    }
    if (this.destroyed) return undefined;
    const error = nodeError('ERR_SSL_WRONG_SSL_VERSION', 'wrong ssl version: there is no renegotiation');
    if (callback !== undefined) process.nextTick(callback, error);
    return false;
  }

  protected keep(event: Exclude<PipeNews, { kind: 'session' }>): void {
    if (event.kind === 'ticket') {
      this.keepSession(event.ticket);
      return;
    }
    if (event.kind === 'early_data') {
      this.#early ??= new EarlyBytes();
      this.#early.add(event.data);
      return;
    }
    const { accepted, reason, bytes } = event;
    this.emit('earlyData', { accepted, reason, bytes } satisfies EarlyDataAnswer);
  }
}
