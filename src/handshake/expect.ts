/**
 * Which messages each state accepts, and which decision it awaits. Dispatch, the matrix test, the state diagram in
 * the documentation and the fuzzers' coverage all read this one table (RFC 8446 A.1 and A.2).
 */
import type { HandshakeMessage } from '../message/handshake.ts';
import { HandshakeType } from '../wire/registry.ts';
import type { Need } from './effect.ts';
import type { StateName } from './state.ts';

/** ChangeCipherSpec is a record type of its own, but in TLS 1.2 it has its place among the messages (RFC 5246 7.1). */
export type MessageKind = HandshakeMessage['kind'] | 'ChangeCipherSpec';

export interface Expectation {
  /** Hellos count as TLS 1.3's. */
  readonly version: 'tls13' | 'tls12';
  readonly role: 'client' | 'server';
  readonly messages: readonly MessageKind[];
  /** Set for states that wait for a decision: no input is taken meanwhile. */
  readonly need: Need['kind'] | undefined;
}

function client(...messages: MessageKind[]): Expectation {
  return { version: 'tls13', role: 'client', messages, need: undefined };
}

function server(...messages: MessageKind[]): Expectation {
  return { version: 'tls13', role: 'server', messages, need: undefined };
}

function awaits(role: 'client' | 'server', need: Need['kind']): Expectation {
  return { version: 'tls13', role, messages: [], need };
}

function of12(expectation: Expectation): Expectation {
  return { ...expectation, version: 'tls12' };
}

/** The type of each kind on the wire; a HelloRetryRequest is a ServerHello with a random of its own. */
const TYPE_OF: Readonly<Record<Exclude<HandshakeMessage['kind'], 'OpaqueMessage'>, HandshakeType>> = {
  ClientHello: HandshakeType.client_hello,
  ServerHello: HandshakeType.server_hello,
  HelloRetryRequest: HandshakeType.server_hello,
  EncryptedExtensions: HandshakeType.encrypted_extensions,
  CertificateRequest: HandshakeType.certificate_request,
  Certificate: HandshakeType.certificate,
  CompressedCertificate: HandshakeType.compressed_certificate,
  CertificateVerify: HandshakeType.certificate_verify,
  Finished: HandshakeType.finished,
  NewSessionTicket: HandshakeType.new_session_ticket,
  KeyUpdate: HandshakeType.key_update,
  EndOfEarlyData: HandshakeType.end_of_early_data,
  HelloRequest: HandshakeType.hello_request,
  ServerKeyExchange: HandshakeType.server_key_exchange,
  ServerHelloDone: HandshakeType.server_hello_done,
  ClientKeyExchange: HandshakeType.client_key_exchange,
  CertificateRequest12: HandshakeType.certificate_request,
  Certificate12: HandshakeType.certificate,
  CertificateStatus: HandshakeType.certificate_status,
  NewSessionTicket12: HandshakeType.new_session_ticket,
  Finished12: HandshakeType.finished,
  PskServerKeyExchange: HandshakeType.server_key_exchange,
  PskClientKeyExchange: HandshakeType.client_key_exchange,
};

/** Whether a message of this type may come now; asked before it is decoded, so that nothing else is ever parsed. */
export function expectsType(state: StateName, type: number | undefined): boolean {
  return EXPECTATIONS[state].messages.some(
    (kind) => kind !== 'OpaqueMessage' && kind !== 'ChangeCipherSpec' && TYPE_OF[kind] === type,
  );
}

export const EXPECTATIONS: Readonly<Record<StateName, Expectation>> = Object.freeze({
  ClientIdle: client(),
  // HelloRequest only of a server that may speak TLS 1.2.
  ExpectServerHello: client('ServerHello', 'HelloRetryRequest', 'HelloRequest'),
  ExpectServerHelloAfterRetry: client('ServerHello'),
  ExpectEncryptedExtensions: client('EncryptedExtensions'),
  ExpectCertificateOrRequest: client('Certificate', 'CompressedCertificate', 'CertificateRequest'),
  ExpectCertificate: client('Certificate', 'CompressedCertificate'),
  ExpectCertificateVerify: client('CertificateVerify'),
  AwaitServerVerdict: awaits('client', 'verify_peer'),
  ExpectFinished: client('Finished'),
  AwaitClientCredential: awaits('client', 'select_client_credential'),
  AwaitClientSignature: awaits('client', 'sign'),
  ClientOpen: client('NewSessionTicket', 'KeyUpdate'),

  ExpectClientHello: server('ClientHello'),
  AwaitServerConfig: awaits('server', 'select_config'),
  AwaitSession: awaits('server', 'lookup_session'),
  AwaitEarlyData: awaits('server', 'accept_early_data'),
  AwaitStaple: awaits('server', 'staple'),
  ExpectSecondClientHello: server('ClientHello'),
  AwaitServerSignature: awaits('server', 'sign'),
  ExpectClientCertificate: server('Certificate', 'CompressedCertificate'),
  ExpectClientCertificateVerify: server('CertificateVerify'),
  AwaitClientVerdict: awaits('server', 'verify_peer'),
  // Application data may come here alone, ahead of the message (RFC 8446 4.5).
  ExpectEndOfEarlyData: server('EndOfEarlyData'),
  ExpectClientFinished: server('Finished'),
  ServerOpen: server('KeyUpdate'),

  // TLS 1.2 (RFC 5246 7.3). HelloRequest may come at any time and is never obeyed.
  ExpectCertificate12: of12(client('Certificate12', 'HelloRequest')),
  ExpectStatusOrKeyExchange: of12(client('CertificateStatus', 'ServerKeyExchange', 'HelloRequest')),
  ExpectServerKeyExchange: of12(client('ServerKeyExchange', 'HelloRequest')),
  ExpectRequestOrDone: of12(client('CertificateRequest12', 'ServerHelloDone', 'HelloRequest')),
  ExpectDone: of12(client('ServerHelloDone', 'HelloRequest')),
  ExpectPskServerKeyExchange: of12(client('PskServerKeyExchange', 'HelloRequest')),
  ExpectPskDone: of12(client('ServerHelloDone', 'HelloRequest')),
  AwaitServerVerdict12: of12(awaits('client', 'verify_peer')),
  AwaitClientCredential12: of12(awaits('client', 'select_client_credential')),
  AwaitClientSignature12: of12(awaits('client', 'sign')),
  AwaitResumedVerdict12: of12(awaits('client', 'verify_peer')),
  ExpectNewSessionTicket12: of12(client('NewSessionTicket12', 'HelloRequest')),
  ExpectServerChangeCipherSpec: of12(client('ChangeCipherSpec', 'HelloRequest')),
  ExpectServerFinished12: of12(client('Finished12')),
  ClientOpen12: of12(client('HelloRequest')),

  AwaitSession12: of12(awaits('server', 'lookup_session')),
  AwaitStaple12: of12(awaits('server', 'staple')),
  AwaitServerSignature12: of12(awaits('server', 'sign')),
  ExpectClientCertificate12: of12(server('Certificate12')),
  ExpectClientKeyExchange: of12(server('ClientKeyExchange')),
  ExpectPskClientKeyExchange: of12(server('PskClientKeyExchange')),
  ExpectClientCertificateVerify12: of12(server('CertificateVerify')),
  AwaitClientVerdict12: of12(awaits('server', 'verify_peer')),
  ExpectClientChangeCipherSpec: of12(server('ChangeCipherSpec')),
  ExpectClientFinished12: of12(server('Finished12')),
  ServerOpen12: of12(server('ClientHello')),
});
