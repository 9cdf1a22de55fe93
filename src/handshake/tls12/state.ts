/**
 * The states of TLS 1.2, from ServerHello on (RFC 5246 7.3). ChangeCipherSpec is awaited in states of its own: taken
 * anywhere else it would let an attacker choose when keys change (CVE-2014-0224).
 */
import type { Secret } from '../../bytes/secret.ts';
import type { ServerConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import type {
  CipherSuite12,
  KeyExchangeGroup,
  KeyShareSecret,
  SignatureAlgorithm,
} from '../../crypto/provider.ts';
import type { ClientHello } from '../../message/client-hello.ts';
import type { Aligned } from '../../message/joiner.ts';
import type { CertificateRequest12 } from '../../message/tls12/certificate-request.ts';
import type { Session } from '../../session/session.ts';
import type { CertificateTypes } from '../certificate-types.ts';
import type { CredentialChoice } from '../select-credential.ts';
import type { Shown } from '../shown.ts';
import type { PeerIdentity } from '../state.ts';
import type { MessageLog } from './message-log.ts';

/** What both ends know once ServerHello is out. */
export interface Agreed12 {
  readonly suite: CipherSuite12;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  /** RFC 7627; without it there is no resumption, exporter or tls-unique. */
  readonly extendedMasterSecret: boolean;
  readonly log: MessageLog;
  readonly serverName: string | undefined;
  readonly alpnProtocol: string | undefined;
  /** What the ServerHello says; empty when the session has no ID. */
  readonly sessionId: Uint8Array;
  /** Whether the server has promised a NewSessionTicket (RFC 5077 3.2). */
  readonly ticketPromised: boolean;
  /** What each end shows, where it shows anything. */
  readonly types: CertificateTypes;
}

/** The master secret, and the keys of the key block that are not in use yet. */
export interface Keys12 {
  readonly master: Secret;
  readonly readKey: Secret;
  readonly readIv: Uint8Array;
  readonly writeKey: Secret;
  readonly writeIv: Uint8Array;
}

export interface ExpectCertificate12 {
  readonly name: 'ExpectCertificate12';
  readonly agreed: Agreed12;
  /** Whether a CertificateStatus may follow (RFC 6066 8). */
  readonly statusPromised: boolean;
}

export interface ExpectStatusOrKeyExchange {
  readonly name: 'ExpectStatusOrKeyExchange';
  readonly agreed: Agreed12;
  readonly shown: Shown;
}

export interface ExpectServerKeyExchange {
  readonly name: 'ExpectServerKeyExchange';
  readonly agreed: Agreed12;
  readonly shown: Shown;
}

/** The server's signed share. */
export interface ServerShare {
  readonly agreed: Agreed12;
  readonly group: KeyExchangeGroup;
  readonly publicKey: Uint8Array;
}

/** A share that the key of a certificate, or a raw one, has signed. */
export interface SignedShare extends ServerShare {
  readonly shown: Shown;
}

export interface ExpectRequestOrDone {
  readonly name: 'ExpectRequestOrDone';
  readonly share: SignedShare;
}

export interface ExpectDone {
  readonly name: 'ExpectDone';
  readonly share: SignedShare;
  readonly request: CertificateRequest12;
}

/** With a suite of ECDHE_PSK no certificate comes, and no signature. */
export interface ExpectPskServerKeyExchange {
  readonly name: 'ExpectPskServerKeyExchange';
  readonly agreed: Agreed12;
}

export interface ExpectPskDone {
  readonly name: 'ExpectPskDone';
  readonly share: ServerShare;
}

export interface AwaitServerVerdict12 {
  readonly name: 'AwaitServerVerdict12';
  readonly share: SignedShare;
  readonly request: CertificateRequest12 | undefined;
}

export interface AwaitClientCredential12 {
  readonly name: 'AwaitClientCredential12';
  readonly share: ServerShare;
  readonly request: CertificateRequest12;
  readonly peer: PeerIdentity;
}

export interface AwaitClientSignature12 {
  readonly name: 'AwaitClientSignature12';
  readonly agreed: Agreed12;
  readonly keys: Keys12;
  readonly scheme: SignatureAlgorithm;
  readonly peer: PeerIdentity;
}

/** The end of a handshake, in either order: whose Finished came first, and what it said. */
export interface Closing12 {
  readonly agreed: Agreed12;
  readonly keys: Keys12;
  readonly peer: PeerIdentity;
  /** verify_data of the first Finished of the handshake: tls-unique (RFC 5929 3.1). Empty before there is one. */
  readonly firstFinished: Uint8Array;
  /** True when a session is taken up: then the server's Finished comes first (RFC 5246 7.3). */
  readonly resumed: boolean;
  /** A new ticket for the session, if one came. */
  readonly ticket: Uint8Array;
  readonly ticketLifetime: number;
}

/** A session is taken up, and the application that judges certificates is asked about the remembered one. */
export interface AwaitResumedVerdict12 {
  readonly name: 'AwaitResumedVerdict12';
  readonly closing: Closing12;
  readonly shown: Shown;
}

/** A promised ticket must come before ChangeCipherSpec (RFC 5077 3.3). */
export interface ExpectNewSessionTicket12 {
  readonly name: 'ExpectNewSessionTicket12';
  readonly closing: Closing12;
}

export interface ExpectServerChangeCipherSpec {
  readonly name: 'ExpectServerChangeCipherSpec';
  readonly closing: Closing12;
}

export interface ExpectServerFinished12 {
  readonly name: 'ExpectServerFinished12';
  readonly closing: Closing12;
}

/** A session the client names is being looked up; `by` the ticket first, then the ID. */
export interface AwaitSession12 {
  readonly name: 'AwaitSession12';
  readonly config: ServerConfig;
  readonly hello: ClientHello;
  readonly aligned: Aligned;
  readonly by: 'ticket' | 'id';
}

/** The client asks for the status of the certificate that was chosen, which decides what ServerHello says. */
export interface AwaitStaple12 {
  readonly name: 'AwaitStaple12';
  readonly config: ServerConfig;
  readonly hello: ClientHello;
  readonly suite: CipherSuite12;
  readonly group: KeyExchangeGroup;
  readonly choice: CredentialChoice;
  readonly types: CertificateTypes;
  /** Whether the client's server_name decided. */
  readonly named: boolean;
}

export interface ServerAgreed12 {
  readonly config: ServerConfig;
  readonly agreed: Agreed12;
}

export interface AwaitServerSignature12 {
  readonly name: 'AwaitServerSignature12';
  readonly server: ServerAgreed12;
  readonly group: KeyExchangeGroup;
  readonly share: KeyShareSecret;
  readonly scheme: SignatureAlgorithm;
  readonly credential: Credential;
}

/** The server's first flight is out. */
export interface ServerFlight12 extends ServerAgreed12 {
  readonly group: KeyExchangeGroup;
  readonly share: KeyShareSecret;
}

export interface ExpectClientCertificate12 {
  readonly name: 'ExpectClientCertificate12';
  readonly flight: ServerFlight12;
}

/** `shown` is undefined when the client showed nothing or was not asked. */
export interface ExpectClientKeyExchange {
  readonly name: 'ExpectClientKeyExchange';
  readonly flight: ServerFlight12;
  readonly shown: Shown | undefined;
}

export interface ExpectPskClientKeyExchange {
  readonly name: 'ExpectPskClientKeyExchange';
  readonly flight: ServerFlight12;
}

export interface ExpectClientCertificateVerify12 {
  readonly name: 'ExpectClientCertificateVerify12';
  readonly server: ServerAgreed12;
  readonly keys: Keys12;
  readonly shown: Shown;
}

export interface AwaitClientVerdict12 {
  readonly name: 'AwaitClientVerdict12';
  readonly server: ServerAgreed12;
  readonly keys: Keys12;
  readonly shown: Shown;
}

export interface ExpectClientChangeCipherSpec {
  readonly name: 'ExpectClientChangeCipherSpec';
  readonly config: ServerConfig;
  readonly closing: Closing12;
}

export interface ExpectClientFinished12 {
  readonly name: 'ExpectClientFinished12';
  readonly config: ServerConfig;
  readonly closing: Closing12;
}

interface Open12Fields {
  readonly suite: CipherSuite12;
  readonly master: Secret;
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly extendedMasterSecret: boolean;
  readonly firstFinished: Uint8Array;
}

export interface ClientOpen12 extends Open12Fields {
  readonly name: 'ClientOpen12';
}

export interface ServerOpen12 extends Open12Fields {
  readonly name: 'ServerOpen12';
}

export type ClientState12 =
  | ExpectCertificate12
  | ExpectStatusOrKeyExchange
  | ExpectServerKeyExchange
  | ExpectRequestOrDone
  | ExpectDone
  | ExpectPskServerKeyExchange
  | ExpectPskDone
  | AwaitServerVerdict12
  | AwaitClientCredential12
  | AwaitClientSignature12
  | AwaitResumedVerdict12
  | ExpectNewSessionTicket12
  | ExpectServerChangeCipherSpec
  | ExpectServerFinished12
  | ClientOpen12;

export type ServerState12 =
  | AwaitSession12
  | AwaitStaple12
  | AwaitServerSignature12
  | ExpectClientCertificate12
  | ExpectClientKeyExchange
  | ExpectPskClientKeyExchange
  | ExpectClientCertificateVerify12
  | AwaitClientVerdict12
  | ExpectClientChangeCipherSpec
  | ExpectClientFinished12
  | ServerOpen12;

export type State12 = ClientState12 | ServerState12;
export type OpenState12 = ClientOpen12 | ServerOpen12;

export interface AcceptedSession12 {
  readonly session: Session;
  readonly suite: CipherSuite12;
}
