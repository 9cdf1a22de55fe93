/** What a client shows to a server that asks for a certificate (RFC 8446 4.4.2.3, RFC 5246 7.4.6). */
import type { ClientConfig } from '../../config/config.ts';
import type { Credential } from '../../config/options.ts';
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
      version: accepts.version,
      certificateTypes: accepts.certificateTypes,
      builtin: () => builtin(config, accepts),
    },
  };
}
