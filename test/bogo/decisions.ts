/** The runner's stand-ins for an application: what it would answer is in the flags. */

import type { ServerConfig } from '../../src/config/config.ts';
import type { Answer, Need, PeerVerdict } from '../../src/handshake/effect.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import type { Flags } from './flags.ts';

/** What the peer said that the library shows to an application only while it decides. */
export interface Heard {
  alpnProtocols: readonly string[];
  signatureSchemes: readonly number[];
  certificateAuthorities: readonly Uint8Array[];
  certificateTypes: readonly number[];
}

export interface Situation {
  readonly isServer: boolean;
  /** Of a session that is resumed. */
  readonly remembered: PeerVerdict | undefined;
  /** The config that a server's application chooses; undefined for the one at hand. */
  readonly chosen: () => ServerConfig | undefined;
}

function refuse(what: string, alert: AlertDescription): never {
  throw new TLSError('callback_failed', what, { alert });
}

function verify(flags: Flags, need: Need & { kind: 'verify_peer' }, situation: Situation): Answer {
  const asked = situation.isServer || flags.on('verify-peer');
  // The library asks again when it resumes; BoringSSL only if told to, and else keeps what was found.
  const { remembered } = situation;
  if (remembered !== undefined && !flags.on('reverify-on-resume'))
    return { kind: 'verify_peer', accept: true, verdict: remembered };
  // A client's callback of this name judges what was stapled, after the certificate.
  if (!situation.isServer && flags.on('use-ocsp-callback') && flags.on('fail-ocsp-callback')) {
    refuse(':OCSP_CB_ERROR:', AlertDescription.bad_certificate_status_response);
  }
  // Which key it must be is known: the library compares.
  if (need.rawPublicKey !== undefined && flags.bytes('expect-peer-rpk-sha256') !== undefined) {
    const verdict = need.builtin();
    return { kind: 'verify_peer', accept: verdict.verified, verdict };
  }
  if (!flags.on('verify-fail')) {
    return { kind: 'verify_peer', accept: true, verdict: { verified: true, path: need.chain } };
  }
  const alert = flags.on('use-custom-verify-callback')
    ? AlertDescription.certificate_unknown
    : AlertDescription.handshake_failure;
  const error = new TLSError('certificate_refused', ':CERTIFICATE_VERIFY_FAILED:', { alert });
  return { kind: 'verify_peer', accept: !asked, verdict: { verified: false, error, path: need.chain } };
}

function staple(flags: Flags, need: Need & { kind: 'staple' }): Answer {
  if (flags.on('fail-ocsp-callback')) refuse(':OCSP_CB_ERROR:', AlertDescription.internal_error);
  if (flags.on('decline-ocsp-callback')) return { kind: 'staple', ocspResponse: undefined };
  const ocspResponse = flags.on('set-ocsp-in-callback')
    ? flags.bytes('ocsp-response')
    : need.credential.ocspResponse;
  return { kind: 'staple', ocspResponse };
}

function credential(flags: Flags, need: Need & { kind: 'select_client_credential' }): Answer {
  if (flags.on('fail-cert-callback')) refuse(':CERT_CB_ERROR:', AlertDescription.internal_error);
  return { kind: 'select_client_credential', credential: need.builtin() };
}

/** Throws TLSError where the application is to fail. */
export function answer(flags: Flags, need: Need, heard: Heard, situation: Situation): Answer {
  switch (need.kind) {
    case 'select_config':
      heard.alpnProtocols = need.alpnProtocols;
      heard.signatureSchemes = need.clientHello.known.signatureAlgorithms ?? [];
      if (flags.on('fail-early-callback'))
        refuse(':CONNECTION_REJECTED:', AlertDescription.handshake_failure);
      if (flags.on('fail-ddos-callback')) refuse(':CONNECTION_REJECTED:', AlertDescription.internal_error);
      if (flags.on('fail-cert-callback')) refuse(':CERT_CB_ERROR:', AlertDescription.internal_error);
      return { kind: 'select_config', config: situation.chosen() };
    case 'verify_peer':
      return verify(flags, need, situation);
    case 'select_client_credential':
      heard.signatureSchemes = need.signatureSchemes;
      heard.certificateAuthorities = need.certificateAuthorities;
      heard.certificateTypes = need.certificateTypes ?? [];
      return credential(flags, need);
    case 'staple':
      return staple(flags, need);
    case 'accept_early_data':
    case 'lookup_session':
    case 'sign':
      throw new TLSError('internal_error', `${need.kind} is not delegated`);
    default:
      return need satisfies never;
  }
}
