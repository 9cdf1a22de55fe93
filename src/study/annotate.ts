/** Takes one handshake message apart, field by field with its bytes. */
import { equalBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/encoding.ts';
import { decodeHandshake, type HandshakeForm } from '../message/handshake.ts';
import { HELLO_RETRY_REQUEST_RANDOM } from '../message/server-hello.ts';
import { TLSError } from '../wire/error.ts';
import { HandshakeType, nameOf } from '../wire/registry.ts';
import { CipherSuite } from '../wire/registry-crypto.ts';
import { describeLeaf } from './describe.ts';
import type { Annotation } from './document.ts';
import { FieldTree } from './field-tree.ts';
import { messageNote, noteOfField } from './notes.ts';

/** Where the 32 bytes of a hello's random stand: after the header and legacy_version (RFC 8446 4.1.2). */
export const RANDOM_START = 6;
export const RANDOM_END = 38;

const NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [HandshakeType.client_hello, 'ClientHello'],
  [HandshakeType.server_hello, 'ServerHello'],
  [HandshakeType.new_session_ticket, 'NewSessionTicket'],
  [HandshakeType.end_of_early_data, 'EndOfEarlyData'],
  [HandshakeType.encrypted_extensions, 'EncryptedExtensions'],
  [HandshakeType.certificate, 'Certificate'],
  [HandshakeType.certificate_request, 'CertificateRequest'],
  [HandshakeType.certificate_verify, 'CertificateVerify'],
  [HandshakeType.finished, 'Finished'],
  [HandshakeType.key_update, 'KeyUpdate'],
  [HandshakeType.hello_request, 'HelloRequest'],
  [HandshakeType.server_key_exchange, 'ServerKeyExchange'],
  [HandshakeType.server_hello_done, 'ServerHelloDone'],
  [HandshakeType.client_key_exchange, 'ClientKeyExchange'],
  [HandshakeType.certificate_status, 'CertificateStatus'],
]);

function messageName(raw: Uint8Array): string {
  const type = raw[0];
  if (type === undefined) return 'empty';
  const isRetry =
    type === HandshakeType.server_hello &&
    equalBytes(raw.subarray(RANDOM_START, RANDOM_END), HELLO_RETRY_REQUEST_RANDOM);
  return isRetry ? 'HelloRetryRequest' : (NAMES.get(type) ?? nameOf(HandshakeType, type));
}

/**
 * Which version's messages to expect; hellos are the same in all. Two messages of TLS 1.2 have a form of their own
 * where the suite is one of ECDHE_PSK: `tls12_psk`.
 */
export type MessageVersion = HandshakeForm;

function form12(suite: CipherSuite): MessageVersion {
  return nameOf(CipherSuite, suite).startsWith('TLS_ECDHE_PSK_') ? 'tls12_psk' : 'tls12';
}

/** What a ServerHello chooses (RFC 8446 4.2.1, RFC 5489 2); undefined for any other bytes. */
export function chosenVersion(raw: Uint8Array): MessageVersion | undefined {
  if (raw[0] !== HandshakeType.server_hello) return undefined;
  try {
    const message = decodeHandshake(raw, 'tls13');
    if (message.kind !== 'ServerHello' && message.kind !== 'HelloRetryRequest') return undefined;
    return message.known.supportedVersion === undefined ? form12(message.cipherSuite) : 'tls13';
  } catch (error) {
    if (error instanceof TLSError) return undefined;
    throw error;
  }
}

function decodeInto(raw: Uint8Array, version: MessageVersion, tree: FieldTree): TLSError | undefined {
  try {
    decodeHandshake(raw, version, tree);
    return undefined;
  } catch (error) {
    if (error instanceof TLSError) return error;
    throw error;
  }
}

/** `raw` is a whole message with its header (RFC 8446 4). Total: bytes that do not decode become `undecoded` leaves. */
export function annotateHandshake(raw: Uint8Array, version: MessageVersion = 'tls13'): Annotation {
  const name = messageName(raw);
  const tree = new FieldTree(raw, name, describeLeaf, noteOfField(version));
  const error = decodeInto(raw, version, tree);
  const note = messageNote(name, version);
  return {
    message: name,
    length: raw.length,
    hex: toHex(raw),
    ...(note === undefined ? {} : { note }),
    fields: tree.fields(error === undefined),
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}
