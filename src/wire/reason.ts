/**
 * Every way in which the library fails, each with its family and the one alert it sends. The alert stands beside
 * the reason so that the mapping is total by construction (RFC 8446 6.2). Add a row rather than reuse one loosely.
 */
import type { AlertDescription } from './registry.ts';

export type ReasonFamily =
  | 'decode'
  | 'misbehaved'
  | 'incompatible'
  | 'certificate'
  | 'peer_alert'
  | 'misuse'
  | 'internal'
  | 'transport';

const TABLE = {
  // decode: the bytes are not the message they claim to be
  truncated: ['decode', 'decode_error'],
  trailing_bytes: ['decode', 'decode_error'],
  length_out_of_range: ['decode', 'decode_error'],
  bad_value: ['decode', 'illegal_parameter'],
  malformed_message: ['decode', 'decode_error'],
  /** A raw public key that is none. For a certificate it would be bad_certificate; a bare key is nothing but its syntax. */
  malformed_public_key: ['decode', 'decode_error'],
  too_many_items: ['decode', 'decode_error'],
  message_too_long: ['decode', 'decode_error'],
  not_tls: ['decode', 'protocol_version'],
  record_overflow: ['decode', 'record_overflow'],
  bad_content_type: ['decode', 'unexpected_message'],
  bad_record_version: ['decode', 'protocol_version'],
  malformed_change_cipher_spec: ['decode', 'decode_error'],
  malformed_alert: ['decode', 'decode_error'],

  // misbehaved: well-formed, but the protocol forbids it here
  unexpected_message: ['misbehaved', 'unexpected_message'],
  // RFC 8446 4.2 leaves the alert open; this is BoringSSL's.
  duplicate_extension: ['misbehaved', 'decode_error'],
  misplaced_extension: ['misbehaved', 'illegal_parameter'],
  unsolicited_extension: ['misbehaved', 'unsupported_extension'],
  missing_extension: ['misbehaved', 'missing_extension'],
  psk_not_last: ['misbehaved', 'illegal_parameter'],
  illegal_parameter: ['misbehaved', 'illegal_parameter'],
  bad_key_share: ['misbehaved', 'illegal_parameter'],
  bad_compression_method: ['misbehaved', 'illegal_parameter'],
  session_id_mismatch: ['misbehaved', 'illegal_parameter'],
  unoffered_cipher_suite: ['misbehaved', 'illegal_parameter'],
  unoffered_group: ['misbehaved', 'illegal_parameter'],
  unoffered_version: ['misbehaved', 'illegal_parameter'],
  unoffered_alpn: ['misbehaved', 'illegal_parameter'],
  unoffered_signature_scheme: ['misbehaved', 'illegal_parameter'],
  unoffered_psk: ['misbehaved', 'illegal_parameter'],
  unoffered_certificate_type: ['misbehaved', 'illegal_parameter'],
  unoffered_compression_algorithm: ['misbehaved', 'illegal_parameter'],
  downgrade_detected: ['misbehaved', 'illegal_parameter'],
  second_hello_retry_request: ['misbehaved', 'unexpected_message'],
  useless_hello_retry_request: ['misbehaved', 'illegal_parameter'],
  changed_after_hello_retry_request: ['misbehaved', 'illegal_parameter'],
  bad_cookie: ['misbehaved', 'illegal_parameter'],
  bad_record_mac: ['misbehaved', 'bad_record_mac'],
  no_content_type: ['misbehaved', 'unexpected_message'],
  bad_signature: ['misbehaved', 'decrypt_error'],
  bad_finished: ['misbehaved', 'decrypt_error'],
  bad_binder: ['misbehaved', 'decrypt_error'],
  key_change_in_record: ['misbehaved', 'unexpected_message'],
  interleaved_handshake: ['misbehaved', 'unexpected_message'],
  empty_record: ['misbehaved', 'unexpected_message'],
  plaintext_after_keys: ['misbehaved', 'unexpected_message'],
  early_application_data: ['misbehaved', 'unexpected_message'],
  bad_change_cipher_spec: ['misbehaved', 'unexpected_message'],
  too_many_empty_records: ['misbehaved', 'unexpected_message'],
  too_many_warnings: ['misbehaved', 'unexpected_message'],
  too_many_key_updates: ['misbehaved', 'unexpected_message'],
  too_many_tickets: ['misbehaved', 'unexpected_message'],
  too_much_early_data: ['misbehaved', 'unexpected_message'],
  unexpected_early_data: ['misbehaved', 'illegal_parameter'],
  early_data_downgrade: ['misbehaved', 'protocol_version'],
  handshake_too_long: ['misbehaved', 'handshake_failure'],
  bad_request_context: ['misbehaved', 'illegal_parameter'],
  empty_certificate: ['misbehaved', 'decode_error'],
  bad_renegotiation_info: ['misbehaved', 'handshake_failure'],
  extended_master_secret_changed: ['misbehaved', 'handshake_failure'],
  certificate_unfit: ['misbehaved', 'illegal_parameter'],
  bad_alert: ['misbehaved', 'illegal_parameter'],

  // incompatible: legal, but the two ends share too little
  no_common_version: ['incompatible', 'protocol_version'],
  no_common_cipher_suite: ['incompatible', 'handshake_failure'],
  no_common_group: ['incompatible', 'handshake_failure'],
  no_common_signature_scheme: ['incompatible', 'handshake_failure'],
  no_common_certificate_type: ['incompatible', 'handshake_failure'],
  /** RFC 7250 4.2. */
  unsupported_certificate_type: ['incompatible', 'unsupported_certificate'],
  no_matching_issuer: ['incompatible', 'handshake_failure'],
  no_application_protocol: ['incompatible', 'no_application_protocol'],
  unrecognized_name: ['incompatible', 'unrecognized_name'],
  no_certificate: ['incompatible', 'handshake_failure'],
  /** RFC 8446 6.2 leaves unknown_psk_identity to the server; this is BoringSSL's. */
  no_common_psk: ['incompatible', 'handshake_failure'],
  unknown_psk_identity: ['incompatible', 'unknown_psk_identity'],
  no_extended_master_secret: ['incompatible', 'handshake_failure'],
  inappropriate_fallback: ['incompatible', 'inappropriate_fallback'],

  // certificate: the peer's identity was refused
  certificate_required: ['certificate', 'certificate_required'],
  /** What certificate_required is in TLS 1.2 (RFC 5246 7.4.6). */
  no_client_certificate: ['certificate', 'handshake_failure'],
  certificate_refused: ['certificate', 'bad_certificate'],
  bad_compressed_certificate: ['certificate', 'bad_certificate'],
  /** A raw key that is none of those the caller trusts. */
  untrusted_public_key: ['certificate', 'certificate_unknown'],

  // peer_alert: the other end gave up
  alert_received: ['peer_alert', undefined],

  // misuse: the caller's mistake
  invalid_option: ['misuse', 'internal_error'],
  invalid_state: ['misuse', 'internal_error'],
  callback_failed: ['misuse', 'internal_error'],
  async_answer: ['misuse', 'internal_error'],
  buffer_full: ['misuse', 'internal_error'],

  // internal: ours
  internal_error: ['internal', 'internal_error'],
  encode_overflow: ['internal', 'internal_error'],
  no_random: ['internal', 'internal_error'],
  key_exhausted: ['internal', 'internal_error'],

  // transport: the stream below ended or failed
  unexpected_eof: ['transport', undefined],
  transport_error: ['transport', undefined],
  timeout: ['transport', 'user_canceled'],
  cancelled: ['transport', 'user_canceled'],
} as const;

export type Reason = keyof typeof TABLE;

export interface ReasonEntry {
  readonly family: ReasonFamily;
  readonly alert: keyof typeof AlertDescription | undefined;
}

const ROWS: Readonly<Record<Reason, readonly [ReasonFamily, ReasonEntry['alert']]>> = TABLE;

export const REASONS: Readonly<Record<Reason, ReasonEntry>> = Object.fromEntries(
  Object.entries(ROWS).map(([reason, [family, alert]]) => [reason, { family, alert }]),
) as Record<Reason, ReasonEntry>;
