/**
 * One type per awaited message or decision, per role. A state holds exactly what is known by then; fields are named
 * and none is optional. Secrets in a state are owned by it.
 */
import type { Secret } from '../bytes/secret.ts';
import type { ServerConfig } from '../config/config.ts';
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
import type { Certificate } from '../x509/certificate.ts';

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

/** The ClientHello as it was sent, and the secrets behind it. */
export interface ClientOffer {
  readonly hello: ClientHello;
  readonly offeredExtensions: ReadonlySet<number>;
  readonly shares: readonly OfferedShare[];
  readonly transcripts: HelloTranscripts;
  /** The dummy of RFC 8446 D.4, which goes out before the client's second flight, whichever that is. */
  readonly changeCipherSpec: 'never' | 'due' | 'sent';
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
export interface ClientSession {
  readonly offer: ClientOffer;
  readonly keys: HandshakeKeys;
  readonly alpnProtocol: string | undefined;
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

export interface ExpectEncryptedExtensions {
  readonly name: 'ExpectEncryptedExtensions';
  readonly offer: ClientOffer;
  readonly keys: HandshakeKeys;
}

export interface ExpectCertificateOrRequest {
  readonly name: 'ExpectCertificateOrRequest';
  readonly session: ClientSession;
}

export interface ExpectCertificate {
  readonly name: 'ExpectCertificate';
  readonly session: ClientSession;
  readonly request: CertificateRequest;
}

/** `request` is undefined when the server did not ask for a certificate. */
export interface ExpectCertificateVerify {
  readonly name: 'ExpectCertificateVerify';
  readonly session: ClientSession;
  readonly request: CertificateRequest | undefined;
  readonly chain: readonly Certificate[];
  readonly leaf: Certificate;
}

export interface AwaitServerVerdict {
  readonly name: 'AwaitServerVerdict';
  readonly session: ClientSession;
  readonly request: CertificateRequest | undefined;
}

export interface ExpectFinished {
  readonly name: 'ExpectFinished';
  readonly session: ClientSession;
  readonly request: CertificateRequest | undefined;
}

/** The server's Finished was good: the application secrets exist, the client's own flight is still to be sent. */
export interface ClientFlight {
  readonly session: ClientSession;
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
}

/** What the server knows once its ServerHello and EncryptedExtensions are out. */
export interface ServerSession {
  readonly config: ServerConfig;
  readonly keys: HandshakeKeys;
}

export interface AwaitServerSignature {
  readonly name: 'AwaitServerSignature';
  readonly session: ServerSession;
  readonly scheme: SignatureAlgorithm;
  readonly credential: Credential;
}

/** The server's flight is out: its application keys are in use for writing. */
export interface ServerFlight {
  readonly session: ServerSession;
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
  readonly chain: readonly Certificate[];
  readonly leaf: Certificate;
}

export interface AwaitClientVerdict {
  readonly name: 'AwaitClientVerdict';
  readonly flight: ServerFlight;
}

export interface ExpectClientFinished {
  readonly name: 'ExpectClientFinished';
  readonly flight: ServerFlight;
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
  | ExpectSecondClientHello
  | AwaitServerSignature
  | ExpectClientCertificate
  | ExpectClientCertificateVerify
  | AwaitClientVerdict
  | ExpectClientFinished
  | ServerOpen;

export type HandshakeState = ClientState | ServerState;
export type OpenState = ClientOpen | ServerOpen;
export type StateName = HandshakeState['name'];
