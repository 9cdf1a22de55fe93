/** What a client shows to a server that asks for a certificate (RFC 8446 4.4.2.3, RFC 5246 7.4.6). */
import type { ClientConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
import { typeOfCredential } from '../../config/raw-public-key.ts';
import { TLSError } from '../../wire/error.ts';
import { CertificateType, nameOf } from '../../wire/registry.ts';
import type { Effect } from '../effect.ts';
import { noCredentialFits, type PeerAccepts, selectCredential } from '../select-credential.ts';

function builtin(config: ClientConfig, accepts: PeerAccepts): Credential | undefined {
  const { credentials } = config;
  const choice = selectCredential(credentials, accepts, config);
  if (choice === undefined && credentials.length > 0 && !config.anonymousFallback) {
    throw noCredentialFits(credentials, accepts, config, 'RFC 8446 4.4.2.3');
  }
  return choice?.credential;
}

/** The effect that asks for the credential to show. */
export function needCredential(config: ClientConfig, accepts: PeerAccepts): Effect {
  return {
    kind: 'need',
    need: {
      kind: 'select_client_credential',
      certificateAuthorities: accepts.certificateAuthorities,
      signatureSchemes: accepts.schemes,
      certificateSchemes: accepts.certificateSchemes,
      certificateType: accepts.takenTypes[0] ?? CertificateType.X509,
      version: accepts.version,
      certificateTypes: accepts.certificateTypes,
      builtin: () => builtin(config, accepts),
    },
  };
}

/** Throws TLSError `no_common_certificate_type` for a credential of another kind than was agreed on (RFC 7250 4.2). */
export function checkType(credential: Credential | undefined, agreed: CertificateType): void {
  if (credential === undefined || typeOfCredential(credential) === agreed) return;
  throw new TLSError(
    'no_common_certificate_type',
    `the credential is none of the kind that was agreed on, ${nameOf(CertificateType, agreed)}`,
    { rfc: 'RFC 7250 4.2' },
  );
}
