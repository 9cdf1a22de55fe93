/** The runner's stand-ins for an application: what it would answer is in the flags. */

import type { Credential } from '../../src/config/options.ts';
import type { Answer, Need } from '../../src/handshake/effect.ts';
import type { ServerSessionCache } from '../../src/session/cache.ts';
import type { TicketKeys } from '../../src/session/ticket-keys.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import type { Flags } from './flags.ts';

/** What the peer said that the library shows to an application only while it decides. */
export interface Heard {
  alpnProtocols: readonly string[];
  signatureSchemes: readonly number[];
  certificateAuthorities: readonly Uint8Array[];
}

export interface Means {
  readonly credentials: readonly Credential[];
  readonly ticketKeys: TicketKeys | undefined;
  readonly sessionCache: ServerSessionCache;
}

function refuse(what: string, alert: AlertDescription): never {
  throw new TLSError('callback_failed', what, { alert });
}

function verify(flags: Flags, need: Need & { kind: 'verify_peer' }, isServer: boolean): Answer {
  const asked = isServer || flags.on('verify-peer');
  if (!flags.on('verify-fail')) {
    return { kind: 'verify_peer', accept: true, verdict: { verified: true, path: need.chain } };
  }
  const alert = flags.on('use-custom-verify-callback')
    ? AlertDescription.bad_certificate
    : AlertDescription.handshake_failure;
  const error = new TLSError('certificate_refused', 'CERTIFICATE_VERIFY_FAILED', { alert });
  return { kind: 'verify_peer', accept: !asked, verdict: { verified: false, error, path: need.chain } };
}

function credential(flags: Flags, means: Means): Answer {
  if (flags.on('fail-cert-callback')) refuse('CERT_CB_ERROR', AlertDescription.internal_error);
  return { kind: 'select_client_credential', credential: means.credentials[0] };
}

/** Throws TLSError where the application is to fail. */
export function answer(flags: Flags, need: Need, heard: Heard, means: Means, isServer: boolean): Answer {
  switch (need.kind) {
    case 'select_config':
      heard.alpnProtocols = need.alpnProtocols;
      heard.signatureSchemes = need.clientHello.known.signatureAlgorithms ?? [];
      if (flags.on('fail-early-callback')) refuse('CONNECTION_REJECTED', AlertDescription.handshake_failure);
      if (flags.on('fail-ddos-callback')) refuse('CONNECTION_REJECTED', AlertDescription.internal_error);
      if (flags.on('fail-cert-callback')) refuse('CERT_CB_ERROR', AlertDescription.internal_error);
      return { kind: 'select_config', config: undefined };
    case 'lookup_session':
      if (need.by === 'id') return { kind: 'lookup_session', session: means.sessionCache.get(need.identity) };
      return {
        kind: 'lookup_session',
        session: flags.on('skip-ticket') ? undefined : means.ticketKeys?.open(need.identity),
      };
    case 'verify_peer':
      return verify(flags, need, isServer);
    case 'select_client_credential':
      heard.signatureSchemes = need.signatureSchemes;
      heard.certificateAuthorities = need.certificateAuthorities;
      return credential(flags, means);
    case 'sign':
      throw new TLSError('internal_error', 'signing is not delegated');
    default:
      return need satisfies never;
  }
}
