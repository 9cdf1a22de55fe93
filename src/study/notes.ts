/** What messages, fields and secrets are for: one line each, with the section that says more. */
import type { HandshakeForm } from '../message/handshake.ts';

/** Where TLS 1.2 says something else, or TLS 1.3 has no such message. */
const MESSAGE_NOTES_12: ReadonlyMap<string, string> = new Map([
  ['ServerHello', 'The server has chosen (RFC 5246 7.4.1.3).'],
  ['HelloRequest', 'The server asks for a new handshake: refused here (RFC 5246 7.4.1.1).'],
  ['Certificate', "The sender's certificate chain, its own first, in the clear (RFC 5246 7.4.2)."],
  ['CertificateStatus', 'Stapled proof that the certificate is not revoked (RFC 6066 8).'],
  ['ServerKeyExchange', "The server's half of the key exchange, signed (RFC 8422 5.4)."],
  ['CertificateRequest', 'The server wants to know who the client is (RFC 5246 7.4.4).'],
  ['ServerHelloDone', "The server's turn is over (RFC 5246 7.4.5)."],
  ['ClientKeyExchange', "The client's half of the key exchange (RFC 8422 5.7)."],
  ['CertificateVerify', 'A signature over the handshake so far: the client owns its key (RFC 5246 7.4.8).'],
  ['Finished', 'A MAC over the handshake, the first message under the new keys (RFC 5246 7.4.9).'],
  ['NewSessionTicket', 'A ticket with which the client may resume later (RFC 5077 3.3).'],
]);

/** Where ECDHE_PSK says something else again. */
const MESSAGE_NOTES_PSK: ReadonlyMap<string, string> = new Map([
  [
    'ServerKeyExchange',
    "The server's half of the key exchange, unsigned: the key proves who it is (RFC 5489 2).",
  ],
  ['ClientKeyExchange', "The name of the key and the client's half of the key exchange (RFC 5489 2)."],
]);

const MESSAGE_NOTES: ReadonlyMap<string, string> = new Map([
  ['ClientHello', 'The client says what it can do; for TLS 1.3 with its key shares (RFC 8446 4.1.2).'],
  ['ServerHello', 'The server has chosen; from here on everything is encrypted (RFC 8446 4.1.3).'],
  [
    'HelloRetryRequest',
    'A ServerHello with a fixed random: try again with this group or cookie (RFC 8446 4.1.4).',
  ],
  ['EncryptedExtensions', 'Answers to extensions that the keys do not depend on (RFC 8446 4.3.1).'],
  ['CertificateRequest', 'The server wants to know who the client is (RFC 8446 4.3.2).'],
  ['Certificate', "The sender's certificate chain, its own first (RFC 8446 4.4.2)."],
  [
    'CertificateVerify',
    'A signature over the transcript: the sender owns the key in its certificate (RFC 8446 4.4.3).',
  ],
  ['Finished', 'A MAC over the transcript: both ends saw the same handshake (RFC 8446 4.4.4).'],
  ['NewSessionTicket', 'A ticket with which the client may resume later (RFC 8446 4.6.1).'],
  ['KeyUpdate', 'The sender moves to its next traffic key (RFC 8446 4.6.3).'],
  ['EndOfEarlyData', 'No more early data follows (RFC 8446 4.5).'],
]);

/** Keys are the ends of paths without indexes; the longest that fits is taken. */
const FIELD_NOTES: ReadonlyMap<string, string> = new Map([
  [
    'ClientHello.legacy_version',
    'TLS 1.2; the real offer is in supported_versions, if that is there (RFC 8446 4.1.2).',
  ],
  ['ServerHello.legacy_version', 'TLS 1.2, also where supported_versions says 1.3 (RFC 8446 4.1.3).'],
  [
    'ClientHello.random',
    '32 fresh random bytes; they also name the connection in key logs (RFC 8446 4.1.2).',
  ],
  ['ServerHello.random', '32 fresh random bytes; the last 8 may warn of a downgrade (RFC 8446 4.1.3).'],
  [
    'HelloRetryRequest.random',
    'SHA-256 of "HelloRetryRequest": what tells it from a ServerHello (RFC 8446 4.1.3).',
  ],
  ['legacy_session_id', 'Unused in TLS 1.3, filled to look like 1.2 to middleboxes (RFC 8446 D.4).'],
  ['legacy_session_id_echo', "The client's value sent back (RFC 8446 4.1.3)."],
  ['ClientHello.cipher_suites', 'AEAD and hash pairs, in order of preference (RFC 8446 B.4).'],
  ['ServerHello.cipher_suite', 'The one that the server chose (RFC 8446 4.1.3).'],
  ['legacy_compression_methods', 'Only "null" is left in TLS 1.3 (RFC 8446 4.1.2).'],
  ['extensions.server_name', 'The host the client wants, in the clear (RFC 6066 3).'],
  ['extensions.supported_versions', 'Where the version is really negotiated (RFC 8446 4.2.1).'],
  ['extensions.cookie', "The server's state, carried by the client (RFC 8446 4.2.2)."],
  [
    'extensions.signature_algorithms',
    'Schemes for CertificateVerify and, unless said apart, certificates (RFC 8446 4.2.3).',
  ],
  ['extensions.signature_algorithms_cert', 'Schemes for signatures inside certificates (RFC 8446 4.2.3).'],
  ['extensions.certificate_authorities', 'Issuers that the sender would trust (RFC 8446 4.2.4).'],
  ['extensions.post_handshake_auth', 'The client may be asked for a certificate later (RFC 8446 4.2.6).'],
  ['extensions.supported_groups', 'Groups for the key exchange, in order of preference (RFC 8446 4.2.7).'],
  ['extensions.key_share', 'Public keys of the key exchange (RFC 8446 4.2.8).'],
  ['extensions.psk_key_exchange_modes', 'Whether a resumption also makes fresh keys (RFC 8446 4.2.9).'],
  ['extensions.early_data', 'Application data before the handshake ends (RFC 8446 4.2.10).'],
  ['extensions.pre_shared_key', 'Sessions the client could resume; always last (RFC 8446 4.2.11).'],
  ['extensions.application_layer_protocol_negotiation', 'Protocols above TLS (RFC 7301 3.1).'],
  ['extensions.status_request', 'Stapled proof that a certificate is not revoked (RFC 6066 8).'],
  ['client_shares.key_exchange', "The client's public key in this group (RFC 8446 4.2.8)."],
  [
    'ServerHello.extensions.key_share.key_exchange',
    "The server's public key or KEM ciphertext (RFC 8446 4.2.8).",
  ],
  ['extensions.extended_master_secret', 'TLS 1.2: binds the keys to the whole handshake (RFC 7627 5.1).'],
  ['extensions.renegotiation_info', 'TLS 1.2: this handshake continues no other one (RFC 5746 3.2).'],
  ['extensions.ec_point_formats', 'TLS 1.2: points are sent uncompressed (RFC 8422 5.1.2).'],
  ['extensions.session_ticket', 'TLS 1.2: a ticket to resume, or empty: one is wanted (RFC 5077 3.2).'],
  ['certificate_list.certificate', 'A certificate in DER (RFC 5246 7.4.2).'],
  ['ServerKeyExchange.public', "The server's public key in this group (RFC 8422 5.4)."],
  ['ServerKeyExchange.signature', 'Over both randoms and the parameters above (RFC 8422 5.4).'],
  ['ClientKeyExchange.ecdh_Yc', "The client's public key (RFC 8422 5.7)."],
  ['NewSessionTicket.ticket_lifetime_hint', 'Seconds; 0 says nothing (RFC 5077 3.3).'],
  ['certificate_list.cert_data', 'A certificate in DER (RFC 8446 4.4.2).'],
  ['certificate_request_context', 'Ties the answer to the request; empty in the handshake (RFC 8446 4.4.2).'],
  ['CertificateVerify.algorithm', 'How the transcript was signed (RFC 8446 4.4.3).'],
  ['Finished.verify_data', 'Only who has the keys can compute it (RFC 8446 4.4.4).'],
  ['NewSessionTicket.ticket_lifetime', 'Seconds, at most a week (RFC 8446 4.6.1).'],
  ['NewSessionTicket.ticket_age_add', "Hides the ticket's age on the wire (RFC 8446 4.6.1)."],
  ['NewSessionTicket.ticket_nonce', 'Makes each ticket a key of its own (RFC 8446 4.6.1).'],
  ['NewSessionTicket.ticket', 'Opaque to the client (RFC 8446 4.6.1).'],
  ['KeyUpdate.request_update', 'Whether the other end must follow (RFC 8446 4.6.3).'],
]);

/** The same, where a message of TLS 1.2 uses the field in another way. */
const FIELD_NOTES_12: ReadonlyMap<string, string> = new Map([
  [
    'ServerHello.legacy_version',
    'The version chosen: no supported_versions says otherwise (RFC 5246 7.4.1.3).',
  ],
  [
    'ServerHello.legacy_session_id_echo',
    "The client's value where its session is resumed, else the name of a new one, or empty (RFC 5246 7.4.1.3).",
  ],
  ['CertificateVerify.algorithm', 'How the handshake so far was signed (RFC 5246 7.4.8).'],
  ['Finished.verify_data', 'From the master secret and a hash of the handshake so far (RFC 5246 7.4.9).'],
  ['NewSessionTicket.ticket', 'Opaque to the client (RFC 5077 3.3).'],
  ['ServerKeyExchange.psk_identity_hint', 'Helps the client to choose a key; may be empty (RFC 4279 5.2).'],
  ['ClientKeyExchange.psk_identity', 'Names the key that both ends were given beforehand (RFC 4279 5.1).'],
]);

const SECRET_NOTES: ReadonlyMap<string, string> = new Map([
  ['CLIENT_RANDOM', 'The master secret of TLS 1.2: all its keys come from here (RFC 5246 8.1).'],
  ['CLIENT_EARLY_TRAFFIC_SECRET', "Keys of the client's early data (RFC 8446 7.1)."],
  ['EARLY_EXPORTER_SECRET', 'Exports before the handshake ends (RFC 8446 7.5).'],
  ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', "Keys of the client's handshake messages (RFC 8446 7.1)."],
  ['SERVER_HANDSHAKE_TRAFFIC_SECRET', "Keys of the server's handshake messages (RFC 8446 7.1)."],
  ['CLIENT_TRAFFIC_SECRET_0', "Keys of the client's first application data (RFC 8446 7.1)."],
  ['SERVER_TRAFFIC_SECRET_0', "Keys of the server's first application data (RFC 8446 7.1)."],
  ['EXPORTER_SECRET', 'Keys for protocols above (RFC 8446 7.5).'],
]);

export function messageNote(message: string, form: HandshakeForm): string | undefined {
  const psk = form === 'tls12_psk' ? MESSAGE_NOTES_PSK.get(message) : undefined;
  const only12 = form !== 'tls13' || !MESSAGE_NOTES.has(message);
  return psk ?? (only12 ? MESSAGE_NOTES_12.get(message) : undefined) ?? MESSAGE_NOTES.get(message);
}

/** `path` as in a TraceField. Items of a list have none: the list says it once. */
export function fieldNote(path: string, form: HandshakeForm): string | undefined {
  if (path.endsWith(']')) return undefined;
  const parts = path.replace(/\[\d+\]/g, '').split('.');
  for (let from = 0; from < parts.length; from++) {
    const end = parts.slice(from).join('.');
    const note = (form === 'tls13' ? undefined : FIELD_NOTES_12.get(end)) ?? FIELD_NOTES.get(end);
    if (note !== undefined) return note;
  }
  return undefined;
}

export function noteOfField(form: HandshakeForm): (path: string) => string | undefined {
  return (path) => fieldNote(path, form);
}

export function secretNote(label: string): string | undefined {
  return SECRET_NOTES.get(label);
}

export function changeCipherSpecNote(version: HandshakeForm | undefined): string | undefined {
  if (version === undefined) return undefined;
  return version === 'tls13'
    ? 'Means nothing in TLS 1.3; calms middleboxes (RFC 8446 D.4).'
    : "The sender's records are protected from here on (RFC 5246 7.1).";
}

/** Every key of the field notes, so that a test can see that none is out of use. */
export const FIELD_NOTE_KEYS: readonly string[] = [...FIELD_NOTES.keys(), ...FIELD_NOTES_12.keys()];
