/** What a handler asks for. Effects are applied in order and in one place, engine/apply.ts. */
import type { Secret } from '../bytes/secret.ts';
import type { ServerConfig } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import type {
  CipherSuite12,
  CipherSuite13,
  KeyExchangeGroup,
  SignatureAlgorithm,
} from '../crypto/provider.ts';
import type { KeyLogLabel } from '../key-schedule/key-log.ts';
import type { ClientHello } from '../message/client-hello.ts';
import type { HandshakeMessage } from '../message/handshake.ts';
import type { Aligned } from '../message/joiner.ts';
import type { ExternalIdentity, StoredSession } from '../session/session.ts';
import type { TLSError } from '../wire/error.ts';
import type { CertificateType, ClientCertificateType, ProtocolVersion } from '../wire/registry.ts';
import type { SignatureScheme } from '../wire/registry-crypto.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RawPublicKey } from '../x509/raw-public-key.ts';
import type { EarlyDataInfo, EarlyDataReason } from './early-data.ts';
import type { HandshakeState } from './state.ts';

/** What was found out about the peer. `path` runs from the leaf to the trust anchor; empty for a raw key. */
export type PeerVerdict =
  | { readonly verified: true; readonly path: readonly Certificate[] }
  | { readonly verified: false; readonly error: TLSError; readonly path: readonly Certificate[] };

export type Need =
  | {
      readonly kind: 'select_config';
      readonly clientHello: ClientHello;
      readonly serverName: string | undefined;
      readonly alpnProtocols: readonly string[];
    }
  | {
      readonly kind: 'lookup_session';
      /** The client's ticket, or its session ID. */
      readonly by: 'ticket' | 'id';
      readonly identity: Uint8Array;
    }
  | {
      readonly kind: 'accept_early_data';
      /** 32 bytes that are the same whenever the same ticket, or hello, is sent again. */
      readonly id: Uint8Array;
      /** Milliseconds since the epoch up to which that may happen; Infinity for an external PSK, which has no age. */
      readonly until: number;
      /** Bytes that the client may send. */
      readonly maximum: number;
      readonly serverName: string | undefined;
      readonly alpnProtocol: string | undefined;
      /** The answer of the configured replay store, which is asked when this is called; false without one. */
      readonly builtin: () => boolean;
    }
  | {
      readonly kind: 'verify_peer';
      /** Leaf first; empty where the peer shows a raw key. */
      readonly chain: readonly Certificate[];
      /** One that is not accepted with a verdict that says `verified` ends the handshake: nothing else vouches for it. */
      readonly rawPublicKey: RawPublicKey | undefined;
      /** The verdict of the library's own verifier; computed when called. */
      readonly builtin: () => PeerVerdict;
    }
  | {
      readonly kind: 'sign';
      readonly credential: Credential;
      readonly scheme: SignatureAlgorithm;
      /** The content covered by the signature (RFC 8446 4.4.3), not yet hashed. */
      readonly message: Uint8Array;
    }
  | {
      readonly kind: 'staple';
      /** Of a server whose client asks for its certificate's status; nothing has been sent yet. */
      readonly credential: Credential;
    }
  | {
      readonly kind: 'select_client_credential';
      /** DER names the server accepts; empty for any. */
      readonly certificateAuthorities: readonly Uint8Array[];
      readonly signatureSchemes: readonly SignatureScheme[];
      /** What the certificates may be signed with, where the server says it apart (RFC 8446 4.2.3). */
      readonly certificateSchemes: readonly SignatureScheme[] | undefined;
      /** The kind that was agreed on (RFC 7250); a credential of another is refused. */
      readonly certificateType: CertificateType;
      /** Decides which schemes a key may sign under. */
      readonly version: ProtocolVersion;
      /** Kinds of key, which only TLS 1.2 names (RFC 5246 7.4.4); undefined in TLS 1.3. */
      readonly certificateTypes: readonly ClientCertificateType[] | undefined;
      /** The library's own choice among the configured credentials. Throws TLSError where it is to fail without one. */
      readonly builtin: () => Credential | undefined;
    };

export type Answer =
  /** `config` undefined keeps the one at hand. */
  | { readonly kind: 'select_config'; readonly config: ServerConfig | undefined }
  /** The session in the form of encodeSession; undefined when there is none by that name. */
  | { readonly kind: 'lookup_session'; readonly session: Uint8Array | undefined }
  /** False: the handshake goes on, and the early data is skipped. */
  | { readonly kind: 'accept_early_data'; readonly accept: boolean }
  /** `accept` decides; the verdict is kept for `info`. */
  | { readonly kind: 'verify_peer'; readonly verdict: PeerVerdict; readonly accept: boolean }
  | { readonly kind: 'sign'; readonly signature: Uint8Array }
  /** A DER OCSPResponse for the credential's leaf, not checked; undefined for none. */
  | { readonly kind: 'staple'; readonly ocspResponse: Uint8Array | undefined }
  | { readonly kind: 'select_client_credential'; readonly credential: Credential | undefined };

/** Facts for ConnectionInfo, as they become known. */
export interface Facts {
  readonly version?: ProtocolVersion;
  readonly cipherSuite?: CipherSuite12 | CipherSuite13;
  readonly group?: KeyExchangeGroup;
  readonly helloRetryRequest?: true;
  readonly serverName?: string;
  readonly alpnProtocol?: string;
  readonly peerCertificates?: readonly Certificate[];
  readonly peerRawPublicKey?: RawPublicKey;
  readonly peerSignatureScheme?: SignatureAlgorithm;
  readonly localSignatureScheme?: SignatureAlgorithm;
  readonly localCredential?: Credential;
  readonly peerVerdict?: PeerVerdict;
  readonly clientCertificateRequested?: true;
  readonly ocspResponse?: Uint8Array;
  readonly signedCertificateTimestamps?: readonly Uint8Array[];
  readonly clientRandom?: Uint8Array;
  readonly resumed?: true;
  readonly externalPsk?: ExternalIdentity;
  readonly earlyData?: EarlyDataInfo;
  /** Of TLS 1.2 alone. */
  readonly extendedMasterSecret?: boolean;
}

export type Effect =
  /** A whole handshake message, already in the transcript. */
  | { readonly kind: 'send'; readonly message: Uint8Array }
  /** The one-byte dummy of RFC 8446 D.4. */
  | { readonly kind: 'send_change_cipher_spec' }
  | {
      readonly kind: 'install_write';
      readonly suite: CipherSuite13;
      readonly secret: Secret;
      readonly epoch: 'early' | 'handshake' | 'application';
    }
  | {
      readonly kind: 'install_read';
      readonly suite: CipherSuite13;
      readonly secret: Secret;
      readonly epoch: 'early' | 'handshake' | 'application';
      /** Proof that no handshake bytes were left before the change (RFC 8446 5.1). */
      readonly aligned: Aligned;
    }
  /** From here on records are TLS 1.2's: ChangeCipherSpec is a message, types are visible (RFC 5246 6.2). */
  | { readonly kind: 'speak_tls12' }
  /** The state owns key and IV. */
  | {
      readonly kind: 'install_write12';
      readonly suite: CipherSuite12;
      readonly key: Secret;
      readonly iv: Uint8Array;
    }
  | {
      readonly kind: 'install_read12';
      readonly suite: CipherSuite12;
      readonly key: Secret;
      readonly iv: Uint8Array;
      readonly aligned: Aligned;
    }
  /** A warning that refuses renegotiation and changes nothing (RFC 5246 7.2.2). */
  | { readonly kind: 'refuse_renegotiation' }
  /** A session with an ID, for the server's cache, in the form of encodeSession. */
  | { readonly kind: 'store_session'; readonly id: Uint8Array; readonly session: Uint8Array }
  /** A secret with its key-log label, for key logs and traces. Borrowed: the state owns it. */
  | { readonly kind: 'secret'; readonly label: KeyLogLabel; readonly secret: Secret }
  /** The secret has served in the effects before this one. */
  | { readonly kind: 'wipe'; readonly secret: Secret }
  /** The last effect of a step: nothing is read until the answer comes. */
  | { readonly kind: 'need'; readonly need: Need }
  /** Records are in clear again: a second ClientHello follows early data (RFC 8446 4.1.2). */
  | { readonly kind: 'write_in_clear' }
  /** Early data may be written: so many bytes, until its answer or its end. */
  | { readonly kind: 'open_early_data'; readonly maximum: number }
  | {
      readonly kind: 'early_data_answer';
      readonly accepted: boolean;
      readonly reason: EarlyDataReason | undefined;
    }
  | { readonly kind: 'end_early_data' }
  /** The most that a client may send under the early read key. */
  | { readonly kind: 'limit_early_data'; readonly maximum: number }
  /** Skip what cannot be decrypted until something can, or until a plaintext ClientHello (RFC 8446 4.2.10). */
  | { readonly kind: 'skip_early_data'; readonly maximum: number }
  /** change_cipher_spec records are dropped from here to the peer's Finished (RFC 8446 5). */
  | { readonly kind: 'open_compatibility_window' }
  /** Content of records from here on, in bytes; `inClear` says whether those in clear count on reading too. */
  | {
      readonly kind: 'limit_records';
      readonly send: number;
      readonly receive: number;
      readonly inClear: boolean;
    }
  | { readonly kind: 'facts'; readonly facts: Facts }
  | { readonly kind: 'ticket'; readonly session: StoredSession }
  | { readonly kind: 'writable' }
  | { readonly kind: 'complete' }
  /** The peer wants our keys changed too; answered when output is next drained. */
  | { readonly kind: 'key_update_requested' };

export interface Step {
  readonly state: HandshakeState;
  readonly effects: readonly Effect[];
}

export interface MessageInput {
  readonly message: HandshakeMessage;
  /** Undefined when handshake bytes follow in the same record. */
  readonly aligned: Aligned | undefined;
}
