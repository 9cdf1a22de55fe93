/** The registries of the record and handshake layers: IANA "TLS Parameters" and "TLS ExtensionType Values". */
import { type CodePoint, codePoint, isGrease } from './code-point.ts';

/** Names to code points, frozen. The set of names is ours; the set of values on the wire is open. */
export type Registry<R extends string, Names extends string> = { readonly [N in Names]: CodePoint<R> };

interface Reverse {
  readonly names: ReadonlyMap<number, string>;
  readonly width: 1 | 2;
}

const reverses = new WeakMap<object, Reverse>();

/** `width` is the value's size on the wire in bytes. */
export function defineRegistry<R extends string, Names extends string>(
  width: 1 | 2,
  table: Readonly<Record<Names, number>>,
): Registry<R, Names> {
  const names = new Map<number, string>();
  const out: Record<string, CodePoint<R>> = {};
  for (const [name, value] of Object.entries<number>(table)) {
    names.set(value, name);
    out[name] = codePoint<R>(value);
  }
  const registry = Object.freeze(out) as Registry<R, Names>;
  reverses.set(registry, { names, width });
  return registry;
}

/** Whether the registry has a name for this value. */
export function isRegistered(registry: object, code: number): boolean {
  return reverses.get(registry)?.names.has(code) === true;
}

/** The IANA name, or `GREASE(0x1a1a)`, or `unknown(0x1234)`. Total. */
export function nameOf(registry: object, code: number): string {
  const reverse = reverses.get(registry);
  const name = reverse?.names.get(code);
  if (name !== undefined) return name;
  const wide = reverse?.width === 2;
  const hex = `0x${code.toString(16).padStart(wide ? 4 : 2, '0')}`;
  return wide && isGrease(code) ? `GREASE(${hex})` : `unknown(${hex})`;
}

const CONTENT_TYPE = {
  change_cipher_spec: 20,
  alert: 21,
  handshake: 22,
  application_data: 23,
} as const;
export type ContentType = CodePoint<'ContentType'>;
export const ContentType: Registry<'ContentType', keyof typeof CONTENT_TYPE> = defineRegistry(
  1,
  CONTENT_TYPE,
);

const HANDSHAKE_TYPE = {
  hello_request: 0,
  client_hello: 1,
  server_hello: 2,
  new_session_ticket: 4,
  end_of_early_data: 5,
  encrypted_extensions: 8,
  certificate: 11,
  server_key_exchange: 12,
  certificate_request: 13,
  server_hello_done: 14,
  certificate_verify: 15,
  client_key_exchange: 16,
  finished: 20,
  certificate_url: 21,
  certificate_status: 22,
  supplemental_data: 23,
  key_update: 24,
  compressed_certificate: 25,
  message_hash: 254,
} as const;
export type HandshakeType = CodePoint<'HandshakeType'>;
export const HandshakeType: Registry<'HandshakeType', keyof typeof HANDSHAKE_TYPE> = defineRegistry(
  1,
  HANDSHAKE_TYPE,
);

const PROTOCOL_VERSION = {
  SSL30: 0x0300,
  TLS10: 0x0301,
  TLS11: 0x0302,
  TLS12: 0x0303,
  TLS13: 0x0304,
} as const;
export type ProtocolVersion = CodePoint<'ProtocolVersion'>;
export const ProtocolVersion: Registry<'ProtocolVersion', keyof typeof PROTOCOL_VERSION> = defineRegistry(
  2,
  PROTOCOL_VERSION,
);

const ALERT_LEVEL = { warning: 1, fatal: 2 } as const;
export type AlertLevel = CodePoint<'AlertLevel'>;
export const AlertLevel: Registry<'AlertLevel', keyof typeof ALERT_LEVEL> = defineRegistry(1, ALERT_LEVEL);

/** RFC 8446 6, with the reserved ones of older versions, since a peer may still send them. */
const ALERT_DESCRIPTION = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  decryption_failed: 21,
  record_overflow: 22,
  decompression_failure: 30,
  handshake_failure: 40,
  no_certificate: 41,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  too_many_cids_requested: 52,
  export_restriction: 60,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
  unsupported_extension: 110,
  certificate_unobtainable: 111,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  bad_certificate_hash_value: 114,
  unknown_psk_identity: 115,
  certificate_required: 116,
  general_error: 117,
  no_application_protocol: 120,
  ech_required: 121,
} as const;
export type AlertDescription = CodePoint<'AlertDescription'>;
export const AlertDescription: Registry<'AlertDescription', keyof typeof ALERT_DESCRIPTION> = defineRegistry(
  1,
  ALERT_DESCRIPTION,
);

const EXTENSION_TYPE = {
  server_name: 0,
  max_fragment_length: 1,
  client_certificate_url: 2,
  trusted_ca_keys: 3,
  truncated_hmac: 4,
  status_request: 5,
  user_mapping: 6,
  client_authz: 7,
  server_authz: 8,
  cert_type: 9,
  supported_groups: 10,
  ec_point_formats: 11,
  srp: 12,
  signature_algorithms: 13,
  use_srtp: 14,
  heartbeat: 15,
  application_layer_protocol_negotiation: 16,
  status_request_v2: 17,
  signed_certificate_timestamp: 18,
  client_certificate_type: 19,
  server_certificate_type: 20,
  padding: 21,
  encrypt_then_mac: 22,
  extended_master_secret: 23,
  token_binding: 24,
  cached_info: 25,
  tls_lts: 26,
  compress_certificate: 27,
  record_size_limit: 28,
  pwd_protect: 29,
  pwd_clear: 30,
  password_salt: 31,
  ticket_pinning: 32,
  tls_cert_with_extern_psk: 33,
  delegated_credential: 34,
  session_ticket: 35,
  TLMSP: 36,
  TLMSP_proxying: 37,
  TLMSP_delegate: 38,
  supported_ekt_ciphers: 39,
  pre_shared_key: 41,
  early_data: 42,
  supported_versions: 43,
  cookie: 44,
  psk_key_exchange_modes: 45,
  certificate_authorities: 47,
  oid_filters: 48,
  post_handshake_auth: 49,
  signature_algorithms_cert: 50,
  key_share: 51,
  transparency_info: 52,
  connection_id_deprecated: 53,
  connection_id: 54,
  external_id_hash: 55,
  external_session_id: 56,
  quic_transport_parameters: 57,
  ticket_request: 58,
  dnssec_chain: 59,
  sequence_number_encryption_algorithms: 60,
  rrc: 61,
  tls_flags: 62,
  next_protocol_negotiation: 13172,
  application_settings: 17613,
  application_settings_old: 17513,
  ech_outer_extensions: 64768,
  encrypted_client_hello: 65037,
  renegotiation_info: 65281,
} as const;
export type ExtensionType = CodePoint<'ExtensionType'>;
export const ExtensionType: Registry<'ExtensionType', keyof typeof EXTENSION_TYPE> = defineRegistry(
  2,
  EXTENSION_TYPE,
);

const CERTIFICATE_TYPE = { X509: 0, OpenPGP: 1, RawPublicKey: 2 } as const;
export type CertificateType = CodePoint<'CertificateType'>;
export const CertificateType: Registry<'CertificateType', keyof typeof CERTIFICATE_TYPE> = defineRegistry(
  1,
  CERTIFICATE_TYPE,
);

const KEY_UPDATE_REQUEST = { update_not_requested: 0, update_requested: 1 } as const;
export type KeyUpdateRequest = CodePoint<'KeyUpdateRequest'>;
export const KeyUpdateRequest: Registry<'KeyUpdateRequest', keyof typeof KEY_UPDATE_REQUEST> = defineRegistry(
  1,
  KEY_UPDATE_REQUEST,
);

const PSK_KEY_EXCHANGE_MODE = { psk_ke: 0, psk_dhe_ke: 1 } as const;
export type PskKeyExchangeMode = CodePoint<'PskKeyExchangeMode'>;
export const PskKeyExchangeMode: Registry<'PskKeyExchangeMode', keyof typeof PSK_KEY_EXCHANGE_MODE> =
  defineRegistry(1, PSK_KEY_EXCHANGE_MODE);

const CERTIFICATE_STATUS_TYPE = { ocsp: 1, ocsp_multi: 2 } as const;
export type CertificateStatusType = CodePoint<'CertificateStatusType'>;
export const CertificateStatusType: Registry<'CertificateStatusType', keyof typeof CERTIFICATE_STATUS_TYPE> =
  defineRegistry(1, CERTIFICATE_STATUS_TYPE);

const SERVER_NAME_TYPE = { host_name: 0 } as const;
export type ServerNameType = CodePoint<'ServerNameType'>;
export const ServerNameType: Registry<'ServerNameType', keyof typeof SERVER_NAME_TYPE> = defineRegistry(
  1,
  SERVER_NAME_TYPE,
);

/** RFC 6066 4: the values stand for 2^9 to 2^12 bytes. */
const MAX_FRAGMENT_LENGTH = { '512': 1, '1024': 2, '2048': 3, '4096': 4 } as const;
export type MaxFragmentLength = CodePoint<'MaxFragmentLength'>;
export const MaxFragmentLength: Registry<'MaxFragmentLength', keyof typeof MAX_FRAGMENT_LENGTH> =
  defineRegistry(1, MAX_FRAGMENT_LENGTH);

const EC_POINT_FORMAT = {
  uncompressed: 0,
  ansiX962_compressed_prime: 1,
  ansiX962_compressed_char2: 2,
} as const;
export type ECPointFormat = CodePoint<'ECPointFormat'>;
export const ECPointFormat: Registry<'ECPointFormat', keyof typeof EC_POINT_FORMAT> = defineRegistry(
  1,
  EC_POINT_FORMAT,
);

const CERTIFICATE_COMPRESSION_ALGORITHM = { zlib: 1, brotli: 2, zstd: 3 } as const;
export type CertificateCompressionAlgorithm = CodePoint<'CertificateCompressionAlgorithm'>;
export const CertificateCompressionAlgorithm: Registry<
  'CertificateCompressionAlgorithm',
  keyof typeof CERTIFICATE_COMPRESSION_ALGORITHM
> = defineRegistry(2, CERTIFICATE_COMPRESSION_ALGORITHM);

const COMPRESSION_METHOD = { null: 0, DEFLATE: 1, LZS: 64 } as const;
export type CompressionMethod = CodePoint<'CompressionMethod'>;
export const CompressionMethod: Registry<'CompressionMethod', keyof typeof COMPRESSION_METHOD> =
  defineRegistry(1, COMPRESSION_METHOD);

/** RFC 5246 7.4.4 and RFC 8422 5.5; the GOST ones that a trace should name. */
const CLIENT_CERTIFICATE_TYPE = {
  rsa_sign: 1,
  dss_sign: 2,
  rsa_fixed_dh: 3,
  dss_fixed_dh: 4,
  rsa_ephemeral_dh_RESERVED: 5,
  dss_ephemeral_dh_RESERVED: 6,
  fortezza_dms_RESERVED: 20,
  ecdsa_sign: 64,
  rsa_fixed_ecdh: 65,
  ecdsa_fixed_ecdh: 66,
  gost_sign256: 67,
  gost_sign512: 68,
} as const;
export type ClientCertificateType = CodePoint<'ClientCertificateType'>;
export const ClientCertificateType: Registry<'ClientCertificateType', keyof typeof CLIENT_CERTIFICATE_TYPE> =
  defineRegistry(1, CLIENT_CERTIFICATE_TYPE);

/** RFC 8422 5.4; only named_curve is still in use. */
const EC_CURVE_TYPE = { explicit_prime: 1, explicit_char2: 2, named_curve: 3 } as const;
export type ECCurveType = CodePoint<'ECCurveType'>;
export const ECCurveType: Registry<'ECCurveType', keyof typeof EC_CURVE_TYPE> = defineRegistry(
  1,
  EC_CURVE_TYPE,
);
