/** What messages, fields and secrets are for: one line each, with the section that says more. */

const MESSAGE_NOTES: ReadonlyMap<string, string> = new Map([
  ['ClientHello', 'The client says what it can do and sends its key shares (RFC 8446 4.1.2).'],
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
  ['ClientHello.legacy_version', 'Always TLS 1.2; the real offer is in supported_versions (RFC 8446 4.1.2).'],
  ['ServerHello.legacy_version', 'Always TLS 1.2; the choice is in supported_versions (RFC 8446 4.1.3).'],
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
  ['certificate_list.cert_data', 'A certificate in DER (RFC 8446 4.4.2).'],
  ['certificate_request_context', 'Ties the answer to the request; empty in the handshake (RFC 8446 4.4.2).'],
  ['CertificateVerify.algorithm', 'How the transcript was signed (RFC 8446 4.4.3).'],
  ['Finished.verify_data', 'HMAC of the transcript hash under the finished key (RFC 8446 4.4.4).'],
  ['NewSessionTicket.ticket_lifetime', 'Seconds, at most a week (RFC 8446 4.6.1).'],
  ['NewSessionTicket.ticket_age_add', "Hides the ticket's age on the wire (RFC 8446 4.6.1)."],
  ['NewSessionTicket.ticket_nonce', 'Makes each ticket a key of its own (RFC 8446 4.6.1).'],
  ['NewSessionTicket.ticket', 'Opaque to the client (RFC 8446 4.6.1).'],
  ['KeyUpdate.request_update', 'Whether the other end must follow (RFC 8446 4.6.3).'],
]);

const SECRET_NOTES: ReadonlyMap<string, string> = new Map([
  ['CLIENT_EARLY_TRAFFIC_SECRET', "Keys of the client's early data (RFC 8446 7.1)."],
  ['EARLY_EXPORTER_SECRET', 'Exports before the handshake ends (RFC 8446 7.5).'],
  ['CLIENT_HANDSHAKE_TRAFFIC_SECRET', "Keys of the client's handshake messages (RFC 8446 7.1)."],
  ['SERVER_HANDSHAKE_TRAFFIC_SECRET', "Keys of the server's handshake messages (RFC 8446 7.1)."],
  ['CLIENT_TRAFFIC_SECRET_0', "Keys of the client's first application data (RFC 8446 7.1)."],
  ['SERVER_TRAFFIC_SECRET_0', "Keys of the server's first application data (RFC 8446 7.1)."],
  ['EXPORTER_SECRET', 'Keys for protocols above (RFC 8446 7.5).'],
]);

export function messageNote(message: string): string | undefined {
  return MESSAGE_NOTES.get(message);
}

/** `path` as in a TraceField. Items of a list have none: the list says it once. */
export function fieldNote(path: string): string | undefined {
  if (path.endsWith(']')) return undefined;
  const parts = path.replace(/\[\d+\]/g, '').split('.');
  for (let from = 0; from < parts.length; from++) {
    const note = FIELD_NOTES.get(parts.slice(from).join('.'));
    if (note !== undefined) return note;
  }
  return undefined;
}

export function secretNote(label: string): string | undefined {
  return SECRET_NOTES.get(label);
}

/** Every key of the field notes, so that a test can see that none is out of use. */
export const FIELD_NOTE_KEYS: readonly string[] = [...FIELD_NOTES.keys()];
