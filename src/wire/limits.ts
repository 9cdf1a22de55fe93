/** Every bound of the record and handshake layers, each with its source. Sizes are in bytes. */
import { HandshakeType } from './registry.ts';

// Records

/** RFC 8446 5.1. */
export const RECORD_HEADER_LENGTH = 5;
/** RFC 8446 5.1: content of a record, and of TLSInnerPlaintext without its type and padding. */
export const MAX_PLAINTEXT: number = 2 ** 14;
/** RFC 8446 5.2: an encrypted record of TLS 1.3. */
export const MAX_CIPHERTEXT: number = 2 ** 14 + 256;
/** RFC 8446 5.2: TLSInnerPlaintext with its type and padding (RFC 8446 5.4 gives record_overflow beyond). */
export const MAX_INNER_PLAINTEXT: number = 2 ** 14 + 1;
/** RFC 5246 6.2.3: an encrypted record of TLS 1.2. */
export const MAX_CIPHERTEXT_12: number = 2 ** 14 + 2048;
/** RFC 8449 4: the smallest record_size_limit. */
export const MIN_RECORD_SIZE_LIMIT = 64;
/** RFC 8446 5.5 and 5.3: a 64-bit sequence number must not wrap; far below it we already stop at the integers JavaScript counts exactly. */
export const MAX_SEQUENCE_NUMBER: number = Number.MAX_SAFE_INTEGER;

// Records that make no progress: RFC sets no number; these are BoringSSL's (ssl/internal.h, ssl/tls_record.cc)

/** Empty application data records in a row. */
export const MAX_EMPTY_RECORDS = 32;
/** Warning alerts in a row. */
export const MAX_WARNING_ALERTS = 4;
/** change_cipher_spec records in one handshake (RFC 8446 5 has them dropped; BoringSSL counts them as empty records). */
export const MAX_CHANGE_CIPHER_SPECS = 32;
/** KeyUpdates received without application data in between. */
export const MAX_KEY_UPDATES = 32;
/** NewSessionTickets received without application data in between. Our own choice: servers send 1 to 4 (OpenSSL 2, Go 1, picotls 4). */
export const MAX_TICKETS = 32;
/** Undecryptable bytes a server skips after refusing early data (BoringSSL kMaxEarlyDataSkipped). */
export const MAX_EARLY_DATA_SKIPPED: number = 2 ** 14;

// Handshake messages; lengths exclude the 4-byte header

/** RFC 8446 4: type and 24-bit length. */
export const HANDSHAKE_HEADER_LENGTH = 4;
/** Go maxHandshake and rustls MAX_HANDSHAKE_SIZE: no honest hello comes near. */
export const MAX_HANDSHAKE_LENGTH: number = 2 ** 16;
/** OpenSSL and BoringSSL SSL_MAX_CERT_LIST_DEFAULT: 100 KiB of certificates. */
export const MAX_CERTIFICATE_MESSAGE_LENGTH: number = 100 * 1024;
/**
 * Bytes of certificates that one compressed byte may stand for. Our own choice: DEFLATE reaches 1032 on one byte repeated,
 * honest chains 2 to 4.
 */
export const MAX_CERTIFICATE_COMPRESSION_RATIO = 100;
/** RFC 8446 4.4.4: as long as the hash; SHA-512 is the longest there is. */
export const MAX_FINISHED_LENGTH = 64;
/** RFC 8446 4.6.3. */
export const KEY_UPDATE_LENGTH = 1;
/** RFC 8446 4.4.3: scheme, length and a signature; RSA of 16384 bits takes 2048, ML-DSA-87 4627. */
export const MAX_CERTIFICATE_VERIFY_LENGTH: number = 2 ** 13;
/** RFC 8422 5.4: parameters of at most 259 bytes and a signature, with room for a PSK hint; BoringSSL kMaxMessageLen. */
export const MAX_SERVER_KEY_EXCHANGE_LENGTH: number = 2 ** 14;
/** RFC 8422 5.7: a point of at most 255 bytes, with room for a PSK identity; OpenSSL CLIENT_KEY_EXCH_MAX_LENGTH. */
export const MAX_CLIENT_KEY_EXCHANGE_LENGTH = 2048;
/** RFC 5246 7.4.9: verify_data of TLS 1.2. */
export const FINISHED_LENGTH_12 = 12;
/** All handshake bytes of one direction until the handshake is complete: two hellos, a certificate message and room to spare. Our own choice. */
export const MAX_HANDSHAKE_TOTAL: number = 2 ** 18;

/** The longest body that is buffered for a message of this type; the check is made when the header is there. */
export function maxHandshakeLength(type: HandshakeType): number {
  switch (type) {
    case HandshakeType.hello_request:
    case HandshakeType.server_hello_done:
    case HandshakeType.end_of_early_data:
      return 0;
    case HandshakeType.key_update:
      return KEY_UPDATE_LENGTH;
    case HandshakeType.finished:
      return MAX_FINISHED_LENGTH;
    case HandshakeType.certificate_verify:
      return MAX_CERTIFICATE_VERIFY_LENGTH;
    case HandshakeType.server_key_exchange:
      return MAX_SERVER_KEY_EXCHANGE_LENGTH;
    case HandshakeType.client_key_exchange:
      return MAX_CLIENT_KEY_EXCHANGE_LENGTH;
    case HandshakeType.certificate:
    case HandshakeType.compressed_certificate:
      return MAX_CERTIFICATE_MESSAGE_LENGTH;
    default:
      return MAX_HANDSHAKE_LENGTH;
  }
}

// Lists

/** Extensions in one block. Our own choice: browsers with GREASE send about 20, the registry has fewer than 70. */
export const MAX_EXTENSIONS = 128;
/** Entries of client_shares. Our own choice: more than all groups of the registry. */
export const MAX_KEY_SHARES = 64;
/** Identities of pre_shared_key. Our own choice: each may cost a ticket decryption; clients offer one or two. */
export const MAX_PSK_IDENTITIES = 64;
/** Certificates in one message. OpenSSL's default verify depth is 100. */
export const MAX_CERTIFICATES = 100;
/**
 * Signatures checked in judging one peer's chain. Our own choice: an honest chain takes 2 to 6. Each may take 25 ms in
 * JavaScript, during which no other connection is served (RUSTSEC-2023-0053 in small).
 */
export const MAX_CHAIN_SIGNATURES = 24;
/** ALPN protocols. Our own choice: the registry has fewer than 60. */
export const MAX_ALPN_PROTOCOLS = 128;

// Tickets

/** RFC 8446 4.6.1: seven days, in seconds. */
export const MAX_TICKET_LIFETIME = 604800;

// Names

/** RFC 1035 2.3.4: 255 with length octets; RFC 6066 3 leaves HostName unbounded. BoringSSL TLSEXT_MAXLEN_host_name. */
export const MAX_HOST_NAME = 255;
