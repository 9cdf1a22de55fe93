/** Where each extension may stand (RFC 8446 4.2, and the "TLS 1.3" column of the IANA registry), and who may start it. */
import { TLSError } from '../../wire/error.ts';
import { ExtensionType, nameOf } from '../../wire/registry.ts';
import { alpn } from './alpn.ts';
import { certificateAuthorities } from './certificate-authorities.ts';
import { clientCertificateType, serverCertificateType } from './certificate-type.ts';
import type { ExtensionPlacement, MessageContext, RawExtension } from './codec.ts';
import { compressCertificate } from './compress-certificate.ts';
import { cookie } from './cookie.ts';
import { earlyData } from './early-data.ts';
import { ecPointFormats } from './ec-point-formats.ts';
import { extendedMasterSecret } from './extended-master-secret.ts';
import { keyShare } from './key-share.ts';
import { maxFragmentLength } from './max-fragment-length.ts';
import { oidFilters } from './oid-filters.ts';
import { postHandshakeAuth } from './post-handshake-auth.ts';
import { preSharedKey } from './pre-shared-key.ts';
import { pskKeyExchangeModes } from './psk-key-exchange-modes.ts';
import { recordSizeLimit } from './record-size-limit.ts';
import { renegotiationInfo } from './renegotiation-info.ts';
import { serverName } from './server-name.ts';
import { sessionTicket } from './session-ticket.ts';
import { signatureAlgorithms } from './signature-algorithms.ts';
import { signatureAlgorithmsCert } from './signature-algorithms-cert.ts';
import { signedCertificateTimestamp } from './signed-certificate-timestamp.ts';
import { statusRequest } from './status-request.ts';
import { supportedGroups } from './supported-groups.ts';
import { supportedVersions } from './supported-versions.ts';

export interface ExtensionRule {
  readonly name: string;
  readonly allowedIn: ReadonlySet<MessageContext>;
  /** Whether in a response (SH, HRR, EE, CT) it may stand only when the other side offered it. All but the cookie. */
  readonly response: boolean;
}

/** Extensions that are carried raw: only their places are known. */
const UNDECODED: readonly ExtensionPlacement[] = [
  { type: ExtensionType.trusted_ca_keys, allowedIn: ['CH', 'SH12'] },
  { type: ExtensionType.truncated_hmac, allowedIn: ['CH', 'SH12'] },
  { type: ExtensionType.use_srtp, allowedIn: ['CH', 'EE', 'SH12'] },
  { type: ExtensionType.heartbeat, allowedIn: ['CH', 'EE', 'SH12'] },
  { type: ExtensionType.status_request_v2, allowedIn: ['CH', 'SH12'] },
  { type: ExtensionType.padding, allowedIn: ['CH'] },
  { type: ExtensionType.encrypt_then_mac, allowedIn: ['CH', 'SH12'] },
  { type: ExtensionType.token_binding, allowedIn: ['CH', 'SH12'] },
  { type: ExtensionType.cached_info, allowedIn: ['CH', 'EE', 'SH12'] },
  { type: ExtensionType.tls_cert_with_extern_psk, allowedIn: ['CH', 'SH'] },
  { type: ExtensionType.delegated_credential, allowedIn: ['CH', 'CR', 'CT'] },
  { type: ExtensionType.transparency_info, allowedIn: ['CH', 'CR', 'CT', 'SH12'] },
  { type: ExtensionType.external_id_hash, allowedIn: ['CH', 'EE', 'SH12'] },
  { type: ExtensionType.external_session_id, allowedIn: ['CH', 'EE', 'SH12'] },
  { type: ExtensionType.quic_transport_parameters, allowedIn: ['CH', 'EE'] },
  { type: ExtensionType.ticket_request, allowedIn: ['CH', 'EE'] },
  { type: ExtensionType.next_protocol_negotiation, allowedIn: ['CH', 'SH12'] },
  { type: ExtensionType.application_settings, allowedIn: ['CH', 'EE'] },
  { type: ExtensionType.application_settings_old, allowedIn: ['CH', 'EE'] },
  { type: ExtensionType.encrypted_client_hello, allowedIn: ['CH', 'HRR', 'EE'] },
];

const DECODED: readonly ExtensionPlacement[] = [
  serverName,
  maxFragmentLength,
  statusRequest,
  supportedGroups,
  ecPointFormats,
  signatureAlgorithms,
  alpn,
  signedCertificateTimestamp,
  clientCertificateType,
  serverCertificateType,
  extendedMasterSecret,
  compressCertificate,
  recordSizeLimit,
  sessionTicket,
  preSharedKey,
  earlyData,
  supportedVersions,
  cookie,
  pskKeyExchangeModes,
  certificateAuthorities,
  oidFilters,
  postHandshakeAuth,
  signatureAlgorithmsCert,
  keyShare,
  renegotiationInfo,
];

/** Extensions that are not in the table are unknown to us: they may stand anywhere and are carried raw. */
export const EXTENSION_RULES: ReadonlyMap<number, ExtensionRule> = new Map(
  [...DECODED, ...UNDECODED].map(({ type, allowedIn }) => [
    type,
    {
      name: nameOf(ExtensionType, type),
      allowedIn: new Set(allowedIn),
      response: type !== ExtensionType.cookie,
    },
  ]),
);

/** True for unknown extensions. */
export function mayStandIn(type: ExtensionType, message: MessageContext): boolean {
  return EXTENSION_RULES.get(type)?.allowedIn.has(message) ?? true;
}

/** Throws TLSError `misplaced_extension` (illegal_parameter) when one of them must not stand in this message. */
export function checkPlaced(extensions: readonly RawExtension[], message: MessageContext): void {
  for (const { type } of extensions) {
    if (mayStandIn(type, message)) continue;
    throw new TLSError(
      'misplaced_extension',
      `extension ${nameOf(ExtensionType, type)} must not stand in ${message}`,
      {
        rfc: 'RFC 8446 4.2',
      },
    );
  }
}

/**
 * For a response: throws TLSError `unsolicited_extension` (unsupported_extension) when an extension answers nothing
 * that was offered. `offeredTypes` are those of the ClientHello, or of the CertificateRequest for a client's
 * Certificate; leave out GREASE, which must not be echoed. A HelloRetryRequest may bring a cookie of its own accord.
 */
export function checkSolicited(
  extensions: readonly RawExtension[],
  offeredTypes: ReadonlySet<number>,
  message: 'SH' | 'HRR' | 'EE' | 'CT' | 'SH12',
): void {
  for (const { type } of extensions) {
    if (offeredTypes.has(type)) continue;
    const rule = EXTENSION_RULES.get(type);
    if (rule?.response === false && rule.allowedIn.has(message)) continue;
    const name = nameOf(ExtensionType, type);
    throw new TLSError('unsolicited_extension', `extension ${name} in ${message} was not offered`, {
      rfc: 'RFC 8446 4.2',
    });
  }
}
