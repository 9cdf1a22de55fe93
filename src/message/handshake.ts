/** The handshake messages as one union, and the way from bytes to it (RFC 8446 4). */
import { TLSError } from '../wire/error.ts';
import { HANDSHAKE_HEADER_LENGTH, maxHandshakeLength } from '../wire/limits.ts';
import { type FieldObserver, Reader } from '../wire/reader.ts';
import { HandshakeType } from '../wire/registry.ts';
import { type Certificate, decodeCertificate } from './certificate.ts';
import { type CertificateRequest, decodeCertificateRequest } from './certificate-request.ts';
import { type CertificateVerify, decodeCertificateVerify } from './certificate-verify.ts';
import { type ClientHello, decodeClientHello } from './client-hello.ts';
import { type CompressedCertificate, decodeCompressedCertificate } from './compressed-certificate.ts';
import { decodeEncryptedExtensions, type EncryptedExtensions } from './encrypted-extensions.ts';
import { decodeEndOfEarlyData, type EndOfEarlyData } from './end-of-early-data.ts';
import { decodeFinished, type Finished } from './finished.ts';
import { decodeKeyUpdate, type KeyUpdate } from './key-update.ts';
import { decodeNewSessionTicket, type NewSessionTicket } from './new-session-ticket.ts';
import { decodeServerHello, type HelloRetryRequest, type ServerHello } from './server-hello.ts';

import { type Certificate12, decodeCertificate12 } from './tls12/certificate.ts';
import { type CertificateRequest12, decodeCertificateRequest12 } from './tls12/certificate-request.ts';
import { type CertificateStatus, decodeCertificateStatus } from './tls12/certificate-status.ts';
import { type ClientKeyExchange, decodeClientKeyExchange } from './tls12/client-key-exchange.ts';
import { decodeFinished12, type Finished12 } from './tls12/finished.ts';
import { decodeHelloRequest, type HelloRequest } from './tls12/hello-request.ts';
import { decodeNewSessionTicket12, type NewSessionTicket12 } from './tls12/new-session-ticket.ts';
import {
  decodePskClientKeyExchange,
  decodePskServerKeyExchange,
  type PskClientKeyExchange,
  type PskServerKeyExchange,
} from './tls12/psk-key-exchange.ts';
import { decodeRawPublicKey12 } from './tls12/raw-public-key.ts';
import { decodeServerHelloDone, type ServerHelloDone } from './tls12/server-hello-done.ts';
import { decodeServerKeyExchange, type ServerKeyExchange } from './tls12/server-key-exchange.ts';

export { handshakeHeader, wrapHandshake } from './framing.ts';

/** A message of a type that is not decoded in this context; whether it may come at all is decided above. */
export interface OpaqueMessage {
  readonly kind: 'OpaqueMessage';
  readonly raw: Uint8Array;
  readonly type: HandshakeType;
  readonly body: Uint8Array;
}

/** Messages that only TLS 1.2 has, or has in a form of its own. */
export type HandshakeMessage12 =
  | HelloRequest
  | ServerKeyExchange
  | ServerHelloDone
  | ClientKeyExchange
  | CertificateRequest12
  | Certificate12
  | CertificateStatus
  | NewSessionTicket12
  | Finished12
  | PskServerKeyExchange
  | PskClientKeyExchange;

/** `raw` is the whole message with its header, as received: the transcript takes it from there. */
export type HandshakeMessage =
  | ClientHello
  | ServerHello
  | HelloRetryRequest
  | EncryptedExtensions
  | CertificateRequest
  | Certificate
  | CompressedCertificate
  | CertificateVerify
  | Finished
  | NewSessionTicket
  | KeyUpdate
  | EndOfEarlyData
  | HandshakeMessage12
  | OpaqueMessage;

interface Entry {
  /** What failures and the observer call the message. */
  readonly name: string;
  decode(r: Reader, raw: Uint8Array): HandshakeMessage;
}

const TLS13: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  [HandshakeType.client_hello, { name: 'ClientHello', decode: decodeClientHello }],
  [HandshakeType.server_hello, { name: 'ServerHello', decode: decodeServerHello }],
  [HandshakeType.new_session_ticket, { name: 'NewSessionTicket', decode: decodeNewSessionTicket }],
  [HandshakeType.end_of_early_data, { name: 'EndOfEarlyData', decode: decodeEndOfEarlyData }],
  [HandshakeType.encrypted_extensions, { name: 'EncryptedExtensions', decode: decodeEncryptedExtensions }],
  [HandshakeType.certificate, { name: 'Certificate', decode: decodeCertificate }],
  [HandshakeType.certificate_request, { name: 'CertificateRequest', decode: decodeCertificateRequest }],
  [HandshakeType.certificate_verify, { name: 'CertificateVerify', decode: decodeCertificateVerify }],
  [
    HandshakeType.compressed_certificate,
    { name: 'CompressedCertificate', decode: decodeCompressedCertificate },
  ],
  [HandshakeType.finished, { name: 'Finished', decode: decodeFinished }],
  [HandshakeType.key_update, { name: 'KeyUpdate', decode: decodeKeyUpdate }],
]);

const TLS12: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  [HandshakeType.hello_request, { name: 'HelloRequest', decode: decodeHelloRequest }],
  [HandshakeType.client_hello, { name: 'ClientHello', decode: decodeClientHello }],
  [HandshakeType.server_hello, { name: 'ServerHello', decode: decodeServerHello }],
  [HandshakeType.new_session_ticket, { name: 'NewSessionTicket', decode: decodeNewSessionTicket12 }],
  [HandshakeType.certificate, { name: 'Certificate', decode: decodeCertificate12 }],
  [HandshakeType.server_key_exchange, { name: 'ServerKeyExchange', decode: decodeServerKeyExchange }],
  [HandshakeType.certificate_request, { name: 'CertificateRequest', decode: decodeCertificateRequest12 }],
  [HandshakeType.server_hello_done, { name: 'ServerHelloDone', decode: decodeServerHelloDone }],
  [HandshakeType.certificate_verify, { name: 'CertificateVerify', decode: decodeCertificateVerify }],
  [HandshakeType.client_key_exchange, { name: 'ClientKeyExchange', decode: decodeClientKeyExchange }],
  [HandshakeType.finished, { name: 'Finished', decode: decodeFinished12 }],
  [HandshakeType.certificate_status, { name: 'CertificateStatus', decode: decodeCertificateStatus }],
]);

/** Two messages have another form where the suite is one of ECDHE_PSK; nothing in them says so. */
const TLS12_PSK: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  ...TLS12,
  [HandshakeType.server_key_exchange, { name: 'ServerKeyExchange', decode: decodePskServerKeyExchange }],
  [HandshakeType.client_key_exchange, { name: 'ClientKeyExchange', decode: decodePskClientKeyExchange }],
]);

/** Where raw public keys were agreed on, Certificate has another form too (RFC 7250 3). */
const TLS12_RAW_KEY: ReadonlyMap<number, Entry> = new Map<number, Entry>([
  ...TLS12,
  [HandshakeType.certificate, { name: 'Certificate', decode: decodeRawPublicKey12 }],
]);

/** What decides how messages are read: the version and, in TLS 1.2, the kind of suite and of certificate. */
export type HandshakeForm = 'tls13' | 'tls12' | 'tls12_psk' | 'tls12_raw_key';

const FORMS: Readonly<Record<HandshakeForm, ReadonlyMap<number, Entry>>> = {
  tls13: TLS13,
  tls12: TLS12,
  tls12_psk: TLS12_PSK,
  tls12_raw_key: TLS12_RAW_KEY,
};

function decodeOpaque(r: Reader, raw: Uint8Array, type: HandshakeType): OpaqueMessage {
  return { kind: 'OpaqueMessage', raw, type, body: r.rest('body') };
}

/**
 * Decodes one whole message, header included; `raw` is kept in the result, not copied. Hellos are decoded the same
 * for every version; what the other version alone has becomes an OpaqueMessage. The observer sees every byte, also those before a failure. Throws TLSError.
 */
export function decodeHandshake(
  raw: Uint8Array,
  form: HandshakeForm,
  observer?: FieldObserver,
): HandshakeMessage {
  const type = raw[0];
  const entry = type === undefined ? undefined : FORMS[form].get(type);
  const name = entry?.name ?? 'Handshake';
  const r = new Reader(raw, name, observer);
  observer?.enter(name, 0);
  const code = r.code(HandshakeType, 1, 'msg_type');
  const length = r.u24('length');
  if (length > maxHandshakeLength(code)) {
    throw new TLSError(
      'message_too_long',
      `${name} is ${length} bytes long, at most ${maxHandshakeLength(code)} are taken`,
    );
  }
  if (length > r.remaining) r.fail('truncated', '', `claims ${length} bytes, ${r.remaining} are there`);
  if (length < r.remaining) {
    r.fail('trailing_bytes', '', `claims ${length} bytes, ${raw.length - HANDSHAKE_HEADER_LENGTH} are there`);
  }
  const message = entry === undefined ? decodeOpaque(r, raw, code) : entry.decode(r, raw);
  observer?.leave(raw.length);
  return message;
}
