/**
 * One type per awaited message or decision, per role. A state holds exactly what is known by then; fields are named
 * and none is optional. Secrets in a state are owned by it.
 */
import type { Secret } from '../bytes/secret.ts';
import type { Config, ServerConfig } from '../config/config.ts';
import type { Credential } from '../config/options.ts';
import type {
  CipherSuite13,
  KeyExchangeGroup,
  KeyShareSecret,
  SignatureAlgorithm,
} from '../crypto/provider.ts';
import type { TranscriptHash } from '../crypto/transcript.ts';
import type { HandshakeSchedule, MainSchedule } from '../key-schedule/tls13.ts';
import type { CertificateRequest } from '../message/certificate-request.ts';
import type { ClientHello } from '../message/client-hello.ts';
import type { Aligned } from '../message/joiner.ts';
import type { HelloRetryRequest } from '../message/server-hello.ts';
import {
  type ExternalIdentity,
  type Session,
  type StoredSession,
  type Validity,
  validityOf,
} from '../session/session.ts';
import type { CertificateType } from '../wire/registry.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RawPublicKey } from '../x509/raw-public-key.ts';
import type { CertificateTypes } from './certificate-types.ts';
import type { EarlyKeys } from './early-data.ts';
import type { Effect, PeerVerdict } from './effect.ts';
import type { AcceptedExternal, ExternalKey } from './external-psk.ts';
import type { CredentialChoice } from './select-credential.ts';
import type { Shown } from './shown.ts';
import type { State12 } from './tls12/state.ts';

/**
 * The transcripts a ClientHello is hashed into: one today, an outer and an inner one with Encrypted Client Hello.
 * ServerHello decides which of them the handshake goes on with.
 */
export interface HelloTranscripts {
  readonly kind: 'single';
  readonly transcript: TranscriptHash;
}

/** A key share that was offered, with what finishes it. */
export interface OfferedShare {
  readonly group: KeyExchangeGroup;
  readonly secret: KeyShareSecret;
}

/** Who the peer is: its chain, leaf first, or its raw key, and what was found out about it. Neither for an anonymous one. */
export interface PeerIdentity {
  readonly certificates: readonly Certificate[];
  readonly rawPublicKey: RawPublicKey | undefined;
  readonly verdict: PeerVerdict | undefined;
  /** Milliseconds since the epoch: when a full handshake proved who the peer is, be it no one. */
  readonly authenticatedAt: number;
  /** When the certificates that vouch for the peer are valid. */
  readonly validity: Validity;
  /** The external PSK that proved it; a certificate and a key never go together. */
  readonly externalPsk: ExternalIdentity | undefined;
}

/** Of a full handshake in which the peer showed no certificate. */
export function anonymousPeer(config: Config): PeerIdentity {
  return {
    certificates: [],
    rawPublicKey: undefined,
    verdict: undefined,
    authenticatedAt: config.now(),
    validity: validityOf([]),
    externalPsk: undefined,
  };
}

/** Of a full handshake by an external PSK. */
export function externalPeer(config: Config, externalPsk: ExternalIdentity): PeerIdentity {
  return { ...anonymousPeer(config), externalPsk };
}

/** Early data that was offered: its keys, and what the server must choose to accept it. */
export interface EarlyOffer extends EarlyKeys {
  /** Bytes. */
  readonly maximum: number;
  readonly alpnProtocol: string | undefined;
}

/** The ClientHello as it was sent, and the secrets behind it. */
export interface ClientOffer {
  readonly hello: ClientHello;
  readonly offeredExtensions: ReadonlySet<number>;
  readonly shares: readonly OfferedShare[];
  readonly transcripts: HelloTranscripts;
  /** The dummy of RFC 8446 D.4, which goes out before the client's second flight, whichever that is. */
  readonly changeCipherSpec: 'never' | 'due' | 'sent';
  /** The session offered for resumption, if any. */
  readonly session: StoredSession | undefined;
  /** External PSKs, in the order of the list that they are in, after the session's if that is of TLS 1.3. */
  readonly externals: readonly ExternalKey[];
  /** Early data that may yet be accepted. */
  readonly early: EarlyOffer | undefined;
}

/** What both ends hold from ServerHello to the end of the handshake. */
export interface HandshakeKeys {
  readonly suite: CipherSuite13;
  readonly transcript: TranscriptHash;
  readonly schedule: HandshakeSchedule;
  readonly clientHandshakeTrafficSecret: Secret;
  readonly serverHandshakeTrafficSecret: Secret;
  readonly clientRandom: Uint8Array;
}

/** What the client knows of the server's flight once EncryptedExtensions is in. */
export interface ClientProgress {
  readonly offer: ClientOffer;
  readonly keys: HandshakeKeys;
  readonly alpnProtocol: string | undefined;
  readonly types: CertificateTypes;
  /** Early data that was accepted and has not ended. */
  readonly early: EarlyKeys | undefined;
}

/** Before `start`: nothing was sent, so nothing is expected. */
export interface ClientIdle {
  readonly name: 'ClientIdle';
}

export interface ExpectServerHello {
  readonly name: 'ExpectServerHello';
  readonly offer: ClientOffer;
}

export interface ExpectServerHelloAfterRetry {
  readonly name: 'ExpectServerHelloAfterRetry';
  readonly offer: ClientOffer;
  readonly retry: HelloRetryRequest;
}

/** What of a client's offer the server took up. */
export type Authentication =
  | { readonly kind: 'certificate' | 'session' }
  | { readonly kind: 'external'; readonly psk: ExternalIdentity };

export interface ExpectEncryptedExtensions {
  readonly name: 'ExpectEncryptedExtensions';
  readonly offer: ClientOffer;
  readonly keys: HandshakeKeys;
  readonly authentication: Authentication;
  /** Early data that may yet be accepted: the first PSK was taken up. */
  readonly early: EarlyOffer | undefined;
}

export interface ExpectCertificateOrRequest {
  readonly name: 'ExpectCertificateOrRequest';
  readonly progress: ClientProgress;
}

export interface ExpectCertificate {
  readonly name: 'ExpectCertificate';
  readonly progress: ClientProgress;
  readonly request: CertificateRequest;
}

/** `request` is undefined when the server did not ask for a certificate. */
export interface ExpectCertificateVerify {
  readonly name: 'ExpectCertificateVerify';
  readonly progress: ClientProgress;
  readonly request: CertificateRequest | undefined;
  readonly shown: Shown;
}

export interface AwaitServerVerdict {
  readonly name: 'AwaitServerVerdict';
  readonly progress: ClientProgress;
  readonly request: CertificateRequest | undefined;
  readonly shown: Shown;
  /** When the session was made that is resumed; undefined in a full handshake. */
  readonly authenticatedAt: number | undefined;
}

export interface ExpectFinished {
  readonly name: 'ExpectFinished';
  readonly progress: ClientProgress;
  readonly request: CertificateRequest | undefined;
  readonly peer: PeerIdentity;
}

/** The server's Finished was good: the application secrets exist, the client's own flight is still to be sent. */
export interface ClientFlight {
  readonly progress: ClientProgress;
  readonly peer: PeerIdentity;
  readonly main: MainSchedule;
  readonly clientApplicationTrafficSecret: Secret;
  readonly serverApplicationTrafficSecret: Secret;
  readonly exporterMasterSecret: Secret;
  /** From the server's Finished, on whose record edge the read key changes when the flight is sent. */
  readonly aligned: Aligned;
}

export interface AwaitClientCredential {
  readonly name: 'AwaitClientCredential';
  readonly flight: ClientFlight;
  readonly request: CertificateRequest;
}

export interface AwaitClientSignature {
  readonly name: 'AwaitClientSignature';
  readonly flight: ClientFlight;
  readonly scheme: SignatureAlgorithm;
}

export interface ExpectClientHello {
  readonly name: 'ExpectClientHello';
}

export interface AwaitServerConfig {
  readonly name: 'AwaitServerConfig';
  readonly hello: ClientHello;
  readonly aligned: Aligned;
}

export interface ExpectSecondClientHello {
  readonly name: 'ExpectSecondClientHello';
  readonly config: ServerConfig;
  readonly firstHello: ClientHello;
  /** The cookie that the second hello must bring back. */
  readonly cookie: Uint8Array | undefined;
  readonly suite: CipherSuite13;
  readonly group: KeyExchangeGroup;
  readonly transcript: TranscriptHash;
  readonly earlyOffered: boolean;
}

/** All that a server of TLS 1.3 needs to send its flight. */
export interface FlightInput {
  readonly config: ServerConfig;
  readonly hello: ClientHello;
  readonly suite: CipherSuite13;
  readonly group: KeyExchangeGroup;
  /** The client's share for `group`. */
  readonly keyExchange: Uint8Array;
  /** Without `hello`, which is added when the session is decided on. */
  readonly transcript: TranscriptHash;
  readonly aligned: Aligned;
  readonly retried: boolean;
  /** Whether the client has sent early data, be it with the hello before a retry. */
  readonly earlyOffered: boolean;
}

/** The session that is resumed or the key that is taken up, and its place in the client's list. */
export type AcceptedPsk =
  | { readonly kind: 'session'; readonly session: Session; readonly index: number }
  | ({ readonly kind: 'external' } & AcceptedExternal);

/** A ticket the client offers is being looked up; `index` is its place in the client's list. */
export interface AwaitSession {
  readonly name: 'AwaitSession';
  readonly input: FlightInput;
  readonly index: number;
}

/** Nothing forbids the client's early data; whether it was seen before is being asked. The secret in `accepted` is the state's. */
export interface AwaitEarlyData {
  readonly name: 'AwaitEarlyData';
  readonly input: FlightInput;
  readonly accepted: AcceptedPsk;
  readonly maximum: number;
}

/** The client asks for the status of the certificate that was chosen; nothing is sent before it is known what there is. */
export interface AwaitStaple {
  readonly name: 'AwaitStaple';
  readonly input: FlightInput;
  readonly choice: CredentialChoice;
  readonly types: CertificateTypes;
  /** Whether the client's server_name decided. */
  readonly named: boolean;
  readonly alpnProtocol: string | undefined;
}

/** What the server knows once its ServerHello and EncryptedExtensions are out. */
export interface ServerProgress {
  readonly config: ServerConfig;
  readonly keys: HandshakeKeys;
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
  /** What the client is to show, if anything. */
  readonly clientType: CertificateType;
  /** Whether the client can use tickets (RFC 8446 4.2.9). */
  readonly takesTickets: boolean;
  /** Of early data that was accepted. */
  readonly early: EarlyKeys | undefined;
}

export interface AwaitServerSignature {
  readonly name: 'AwaitServerSignature';
  readonly progress: ServerProgress;
  readonly scheme: SignatureAlgorithm;
  readonly credential: Credential;
}

/** The server's flight is out: its application keys are in use for writing. */
export interface ServerFlight {
  readonly progress: ServerProgress;
  readonly main: MainSchedule;
  readonly clientApplicationTrafficSecret: Secret;
  readonly serverApplicationTrafficSecret: Secret;
  readonly exporterMasterSecret: Secret;
}

export interface ExpectClientCertificate {
  readonly name: 'ExpectClientCertificate';
  readonly flight: ServerFlight;
}

export interface ExpectClientCertificateVerify {
  readonly name: 'ExpectClientCertificateVerify';
  readonly flight: ServerFlight;
  readonly shown: Shown;
}

export interface AwaitClientVerdict {
  readonly name: 'AwaitClientVerdict';
  readonly flight: ServerFlight;
  readonly shown: Shown;
}

/** Early data is accepted and comes; `deferred` holds from its end on. */
export interface ExpectEndOfEarlyData {
  readonly name: 'ExpectEndOfEarlyData';
  readonly flight: ServerFlight;
  readonly peer: PeerIdentity;
  readonly deferred: readonly Effect[];
}

export interface ExpectClientFinished {
  readonly name: 'ExpectClientFinished';
  readonly flight: ServerFlight;
  readonly peer: PeerIdentity;
}

/** The handshake is over. Read and write secrets are those in use; KeyUpdate replaces them. */
interface OpenFields {
  readonly suite: CipherSuite13;
  readonly readSecret: Secret;
  readonly writeSecret: Secret;
  readonly exporterMasterSecret: Secret;
  readonly resumptionMasterSecret: Secret;
}

export interface ClientOpen extends OpenFields {
  readonly name: 'ClientOpen';
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
  readonly peer: PeerIdentity;
}

export interface ServerOpen extends OpenFields {
  readonly name: 'ServerOpen';
}

export type ClientState =
  | ClientIdle
  | ExpectServerHello
  | ExpectServerHelloAfterRetry
  | ExpectEncryptedExtensions
  | ExpectCertificateOrRequest
  | ExpectCertificate
  | ExpectCertificateVerify
  | AwaitServerVerdict
  | ExpectFinished
  | AwaitClientCredential
  | AwaitClientSignature
  | ClientOpen;

export type ServerState =
  | ExpectClientHello
  | AwaitServerConfig
  | AwaitSession
  | AwaitEarlyData
  | AwaitStaple
  | ExpectSecondClientHello
  | AwaitServerSignature
  | ExpectClientCertificate
  | ExpectClientCertificateVerify
  | AwaitClientVerdict
  | ExpectEndOfEarlyData
  | ExpectClientFinished
  | ServerOpen;

/** Those of TLS 1.2 branch off at ServerHello and stand in tls12/state.ts. */
export type HandshakeState = ClientState | ServerState | State12;
export type OpenState = ClientOpen | ServerOpen;
export type StateName = HandshakeState['name'];
