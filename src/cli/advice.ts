/** What to do about a failure, for those where the command knows. */

const ISSUER =
  'pass --ca FILE with the certificate of the authority that issued the chain, or ask the server to send its intermediate certificates';

const BY_CODE: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', ISSUER],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', ISSUER],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', ISSUER],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'if you know this certificate, pass it with --ca FILE'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'if you trust the authority, pass its certificate with --ca FILE'],
  ['CERT_HAS_EXPIRED', "the server's certificate must be renewed, or this machine's clock is wrong"],
  ['CERT_NOT_YET_VALID', "this machine's clock may be wrong"],
  ['HOSTNAME_MISMATCH', 'connect by a name that the certificate lists, or pass it with --servername NAME'],
  ['IP_ADDRESS_MISMATCH', 'connect by a name that the certificate lists, or pass it with --servername NAME'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'connect by a name that the certificate lists, or pass it with --servername NAME',
  ],
  ['KEY_MISMATCH', 'the --key file must hold the key of the first certificate in the --cert file'],
  ['NO_PRIVATE_KEY', 'pass the file with the private key as --key FILE'],
  ['PASSPHRASE_REQUIRED', 'the key is encrypted: pass --passphrase'],
  ['BAD_PASSPHRASE', 'check --passphrase'],
  ['TLS_NOT_TLS', 'is the port right, and does the server speak TLS at once (not after STARTTLS)?'],
  ['TLS_NO_RANDOM', 'this machine offers no source of randomness: nothing can be done safely without one'],
  ['ENOTFOUND', 'check the spelling, or the name service'],
  ['ECONNREFUSED', 'check the port and that the server runs'],
]);

/** Alerts that the peer sent. */
const BY_REMOTE_ALERT: ReadonlyMap<string, string> = new Map([
  [
    'handshake_failure',
    'the server shares no cipher suite, group or signature scheme with this client, or wants a client certificate (--cert, --key)',
  ],
  [
    'protocol_version',
    'the peer speaks none of the versions allowed here: see --min-version and --max-version; older than TLS 1.2 is not spoken',
  ],
  ['certificate_required', 'the server wants a client certificate: pass --cert FILE --key FILE'],
  ['bad_certificate', 'the peer refused our certificate'],
  ['unknown_ca', 'the peer does not trust the authority that issued our certificate'],
  ['no_application_protocol', 'the server speaks none of the protocols in --alpn'],
  ['unrecognized_name', 'the server does not know this name: check --servername'],
]);

/** `remoteAlert` is the alert received, if one was. */
export function adviceFor(code: string | undefined, remoteAlert: string | undefined): string | undefined {
  if (remoteAlert !== undefined) return BY_REMOTE_ALERT.get(remoteAlert);
  return code === undefined ? undefined : BY_CODE.get(code);
}
