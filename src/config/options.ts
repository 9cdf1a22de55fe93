/** What callers may ask for. Validated once into the frozen snapshots of config.ts. */
import type { CryptoProvider, PrivateKey } from '../crypto/provider.ts';
import type { ClientHelloFields } from '../message/client-hello.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import type { ClientSessionCache, ServerSessionCache } from '../session/cache.ts';
import type { StoredSession } from '../session/session.ts';
import type { TicketKeys } from '../session/ticket-keys.ts';
import type { CertificateType, ProtocolVersion } from '../wire/registry.ts';
import type { CipherSuite, NamedGroup, SignatureScheme } from '../wire/registry-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RawPublicKey } from '../x509/raw-public-key.ts';
import type { RevocationOptions } from '../x509/revocation.ts';
import type { TrustStore } from '../x509/trust-store.ts';
import type { CertificateCompressionOptions } from './certificate-compression.ts';
import type { ServerEarlyData } from './early-data.ts';
import type { RawPublicKeyOptions } from './raw-public-key.ts';

/** A certificate chain, leaf first, or a raw public key, with its private key; without that, `sign` must be delegated. */
export interface Credential {
  /** Empty beside a raw key. */
  readonly chain: readonly Certificate[];
  /** Shown in place of certificates to peers that take raw keys (RFC 7250), and to no others. */
  readonly rawPublicKey?: RawPublicKey | undefined;
  readonly privateKey: PrivateKey | undefined;
  /** What the key may sign under, in order of preference; default: what fits of the config's own schemes. */
  readonly signatureSchemes?: readonly SignatureScheme[] | undefined;
  /** Only for peers that name the issuer of one of the chain's certificates in certificate_authorities (RFC 8446 4.2.4). */
  readonly mustMatchIssuer?: boolean | undefined;
  /** DER OCSPResponse for the leaf, stapled where the peer asks for it (RFC 6066 8, RFC 8446 4.4.2.1); not checked. */
  readonly ocspResponse?: Uint8Array | undefined;
  /** SerializedSCTs for the leaf, sent where the peer asks for them (RFC 6962 3.3); not checked. */
  readonly signedCertificateTimestamps?: readonly Uint8Array[] | undefined;
}

/** Decisions an application may take over; each has a built-in answer. */
export type NeedKind =
  | 'select_config'
  | 'lookup_session'
  | 'accept_early_data'
  | 'verify_peer'
  | 'sign'
  | 'staple'
  | 'select_client_credential';

/** A key that both ends were given beforehand, for the suites of ECDHE_PSK (RFC 5489). */
export interface PresharedKey {
  /** 0 to 65535 bytes. */
  readonly identity: Uint8Array;
  /** At least 16 bytes of good randomness; a password is not a key. */
  readonly key: Uint8Array;
}

/** A key that both ends were given beforehand, for TLS 1.3 with (EC)DHE (RFC 8446 4.2.11). RFC 9257 says what to mind. */
export interface ExternalPsk {
  /** 1 to 65527 bytes, sent in clear. */
  readonly identity: Uint8Array;
  /** At least 16 bytes of good randomness; a password is not a key. */
  readonly key: Uint8Array;
  /** The only hash the key is used with; default SHA-256 (RFC 8446 4.2.11). */
  readonly hash?: 'SHA-256' | 'SHA-384' | undefined;
  /**
   * Present, be it empty: the key is imported, so that each protocol and hash gets a key of its own (RFC 9258). Both ends must
   * say the same. Absent: the key is used as it is.
   */
  readonly context?: Uint8Array | undefined;
  /**
   * Bytes that a client may send early under this key, if it is the first that is offered; both ends must say the same. An attacker can
   * send them again, and no ticket's age says when: a server takes them only if the application answers `accept_early_data`.
   */
  readonly dangerousMaxEarlyData?: number | undefined;
}

export interface CommonOptions extends RawPublicKeyOptions, CertificateCompressionOptions {
  readonly provider: CryptoProvider;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Lowest and highest version spoken; default TLS 1.2 and TLS 1.3. */
  readonly minVersion?: ProtocolVersion | undefined;
  readonly maxVersion?: ProtocolVersion | undefined;
  /** Code points of both versions in order of preference; default: the provider's. A version without one is off. */
  readonly cipherSuites?: readonly CipherSuite[] | undefined;
  readonly groups?: readonly NamedGroup[] | undefined;
  readonly signatureSchemes?: readonly SignatureScheme[] | undefined;
  /**
   * What the peer's certificates may be signed with, told it by signature_algorithms_cert (RFC 8446 4.2.3); default: whatever
   * the provider verifies, and the extension is not sent.
   */
  readonly certificateSchemes?: readonly SignatureScheme[] | undefined;
  readonly alpnProtocols?: readonly (string | Uint8Array)[] | undefined;
  readonly trust?: TrustStore | undefined;
  /**
   * CRLs that the peer's certificates are held against (RFC 5280 6.3): the leaf, or the whole path. A certificate that none of
   * them speaks for is refused. Default: nothing is checked for revocation.
   */
  readonly revocation?: RevocationOptions | undefined;
  /** Bytes of content per record sent, 512 to 16384. */
  readonly maxFragmentLength?: number | undefined;
  /**
   * The longest plaintext of a protected record that we take, told the peer by record_size_limit (RFC 8449), 64 to 16385; in
   * TLS 1.3 the type byte and padding count. Default: a client does not say, a server answers with the protocol's limit.
   */
  readonly recordSizeLimit?: number | undefined;
  /**
   * The padded length of an inner plaintext of TLS 1.3 (RFC 8446 5.4) whose content has the given length; both in bytes, without
   * the one of the content type. Rounded down; more than a record holds is cut to that, less than the given length adds
   * nothing. Asked once per length and call, for every protected record: handshake and alerts too. It hides lengths, not times.
   */
  readonly recordPadding?: ((length: number) => number) | undefined;
  /** Milliseconds for the whole handshake; 0 for none. Default 60000. */
  readonly handshakeTimeout?: number | undefined;
  /** Bytes of handshake messages taken from the peer before the handshake ends. */
  readonly maxHandshakeBytes?: number | undefined;
  /** Bytes of the peer's Certificate message, 1 to 102400; default 102400, about fifty usual certificates. */
  readonly maxCertificateListLength?: number | undefined;
  readonly delegate?: readonly NeedKind[] | undefined;
  /** The peer's chain is still judged, and the verdict reported, but a refusal does not end the handshake. */
  readonly dangerousAcceptUnverifiedPeer?: boolean | undefined;
  /** A client uses the first, a server the one that the client names. Needs a suite of ECDHE_PSK, which are off by default. */
  readonly presharedKeys?: readonly PresharedKey[] | undefined;
  /**
   * For TLS 1.3. A client, with 8 at most, offers all of them; a server, with 256 at most, takes up the first that is offered,
   * and asks for no certificate then, whatever `clientAuth` says. Both ends are who they are by having the key.
   */
  readonly externalPsks?: readonly ExternalPsk[] | undefined;
  /** Sent by a server to help the client choose (RFC 4279 5.2). */
  readonly pskIdentityHint?: Uint8Array | undefined;
  /** Refuse peers of TLS 1.2 without extended_master_secret (RFC 7627 5); default false. */
  readonly requireExtendedMasterSecret?: boolean | undefined;
  /**
   * Ask for a stapled OCSP response, and for certificate timestamps (RFC 6066 8, RFC 6962 3.3.1). A client asks in either
   * version, a server that asks for a certificate in TLS 1.3 alone (RFC 8446 4.4.2.1).
   */
  readonly requestOcsp?: boolean | undefined;
  readonly requestTimestamps?: boolean | undefined;
  /** Offer reserved values that a peer must pass over, in a ClientHello and in tickets (RFC 8701); default false. */
  readonly grease?: boolean | undefined;
}

export interface ClientOptions extends CommonOptions {
  /** DNS name or IP address literal that the certificate must be valid for. */
  readonly serverName?: string | undefined;
  /** false: no SNI; a string: that name instead of `serverName`. IP literals are never sent (RFC 6066 3). */
  readonly sendServerName?: boolean | string | undefined;
  /** Groups to send a share for; default: the first post-quantum and the first classical of `groups`. */
  readonly keyShares?: readonly NamedGroup[] | undefined;
  /**
   * Groups that the server is known to take (draft-ietf-tls-key-share-prediction): the first of `groups` among them gets
   * the one share, whatever `keyShares` says. Others are ignored: what is known may be newer than this library.
   */
  readonly serverGroups?: readonly NamedGroup[] | undefined;
  /** Shown to a server that asks, in order of preference; the first that it takes. */
  readonly credentials?: readonly Credential[] | undefined;
  /**
   * What is said to be there for a server that asks, in order of preference (RFC 7250); default: what `credentials` are of. To be
   * named where a credential comes later, from a delegated `select_client_credential`.
   */
  readonly clientCertificateTypes?: readonly CertificateType[] | undefined;
  /** false: where the server asks and none of `credentials` fits, fail instead of going on without (RFC 8446 4.4.2). */
  readonly anonymousFallback?: boolean | undefined;
  /** Resume this session; one that no longer fits the settings is passed over. One of TLS 1.3 is used up by the attempt. */
  readonly session?: StoredSession | undefined;
  /** TLS 1.3 with one of `externalPsks`, or a session made with one, and nothing else: no certificate is accepted. Default false. */
  readonly pskOnly?: boolean | undefined;
  /** Where sessions are kept and taken from. */
  readonly sessionCache?: ClientSessionCache | undefined;
  /** The peer's name in `sessionCache`; default `serverName`. Give host and port where ports differ in trust. */
  readonly sessionPeer?: string | undefined;
  readonly middleboxCompatibility?: boolean | undefined;
  /**
   * Offer early data (0-RTT) where the first PSK allows it, so that `writeEarlyData` may be used. What is sent that way has no forward
   * secrecy, and an attacker can make the server act on it more than once (RFC 8446 2.3, E.5). Default false.
   */
  readonly dangerousEarlyData?: boolean | undefined;
  /**
   * Say that this is a second try, with an older `maxVersion`, after a failure (TLS_FALLBACK_SCSV, RFC 7507 4): a server that
   * speaks something newer then refuses. Not with TLS 1.3, where nothing is newer; default false.
   */
  readonly fallback?: boolean | undefined;
  /** Refuse servers of TLS 1.2 without renegotiation_info (RFC 5746 4.1); default false. */
  readonly requireSecureRenegotiation?: boolean | undefined;
  /**
   * Write after our own Finished, before the server's has come, in full handshakes of TLS 1.2 with ALPN (RFC 7918):
   * a round trip less, with the server's choices not yet authenticated. Default false.
   */
  readonly falseStart?: boolean | undefined;
  /** Tell the server the names of our trust anchors, so that it can pick a chain to one of them (RFC 8446 4.2.4). */
  readonly sendAuthorities?: boolean | undefined;
  /** Ask the server to keep records of both directions to this many bytes (RFC 6066 4); prefer `recordSizeLimit`. */
  readonly requestFragmentLength?: 512 | 1024 | 2048 | 4096 | undefined;
  /** For study and fuzzing: changes either ClientHello before it is sent. The offer checked later is what was sent. */
  readonly shapeClientHello?: ((fields: ClientHelloFields) => ClientHelloFields) | undefined;
}

export interface NamedCredentials {
  /** `a.example`, or `*.example` for one label. */
  readonly name: string;
  readonly credentials: readonly Credential[];
}

export interface ServerOptions extends CommonOptions {
  /** In order of preference; the first that the client takes is shown. */
  readonly credentials: readonly Credential[];
  /** Tried before `credentials` where the client asks for the name. */
  readonly namedCredentials?: readonly NamedCredentials[] | undefined;
  readonly clientAuth?: 'none' | 'request' | 'require' | undefined;
  /** Seals tickets; without them no tickets are issued or accepted. */
  readonly ticketKeys?: TicketKeys | undefined;
  /**
   * Seals a cookie into each HelloRetryRequest, from which every server with these keys can go on: the first ClientHello
   * need not be remembered, and a client has shown that it gets what is sent to it (RFC 8446 4.2.2). Keys of their own.
   */
  readonly retryCookieKeys?: TicketKeys | undefined;
  /** Tickets sent after a handshake of TLS 1.3, 0 to 16; default 2. */
  readonly ticketCount?: number | undefined;
  /** Sessions of TLS 1.2 by ID, for clients without tickets. */
  readonly sessionCache?: ServerSessionCache | undefined;
  /** Sessions are shared only between configs of the same context name. */
  readonly sessionContext?: string | undefined;
  /** The server's order of suites decides among those both ends have; default true. */
  readonly preferServerOrder?: boolean | undefined;
  /** An external PSK is taken up only where no certificate suits the client; default false. */
  readonly preferCertificates?: boolean | undefined;
  /** Issue tickets for early data (0-RTT), and take it. An attacker can send it again: see {@link ServerEarlyData}. Default off. */
  readonly dangerousEarlyData?: ServerEarlyData | undefined;
  /** Application data may be sent before the client's Finished has been seen (RFC 8446 4.4.4). */
  readonly halfRtt?: boolean | undefined;
  /** For study and fuzzing: changes HelloRetryRequest before it is sent. A cookie put in must come back. */
  readonly shapeHelloRetryRequest?:
    | ((extensions: readonly RawExtension[]) => readonly RawExtension[])
    | undefined;
  /** For study and fuzzing: changes EncryptedExtensions before it is sent. */
  readonly shapeEncryptedExtensions?:
    | ((extensions: readonly RawExtension[]) => readonly RawExtension[])
    | undefined;
}
