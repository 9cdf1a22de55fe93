/** Each extension's value taken apart and put together again. */
import { alpn } from '../../src/message/extension/alpn.ts';
import { certificateAuthorities } from '../../src/message/extension/certificate-authorities.ts';
import {
  clientCertificateType,
  serverCertificateType,
} from '../../src/message/extension/certificate-type.ts';
import type { ExtensionCodec, MessageContext } from '../../src/message/extension/codec.ts';
import { compressCertificate } from '../../src/message/extension/compress-certificate.ts';
import { cookie } from '../../src/message/extension/cookie.ts';
import { earlyData } from '../../src/message/extension/early-data.ts';
import { ecPointFormats } from '../../src/message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../src/message/extension/extended-master-secret.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { maxFragmentLength } from '../../src/message/extension/max-fragment-length.ts';
import { oidFilters } from '../../src/message/extension/oid-filters.ts';
import { postHandshakeAuth } from '../../src/message/extension/post-handshake-auth.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { recordSizeLimit } from '../../src/message/extension/record-size-limit.ts';
import { renegotiationInfo } from '../../src/message/extension/renegotiation-info.ts';
import { serverName } from '../../src/message/extension/server-name.ts';
import { sessionTicket } from '../../src/message/extension/session-ticket.ts';
import { signatureAlgorithms } from '../../src/message/extension/signature-algorithms.ts';
import { signatureAlgorithmsCert } from '../../src/message/extension/signature-algorithms-cert.ts';
import { signedCertificateTimestamp } from '../../src/message/extension/signed-certificate-timestamp.ts';
import { statusRequest } from '../../src/message/extension/status-request.ts';
import { supportedGroups } from '../../src/message/extension/supported-groups.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { Reader } from '../../src/wire/reader.ts';
import { ExtensionType } from '../../src/wire/registry.ts';

type RoundTrip = readonly [type: number, again: (data: Uint8Array) => Uint8Array];

function roundTrip<T>(codec: ExtensionCodec<T>): RoundTrip {
  return [
    codec.type,
    (data) => {
      const r = new Reader(data, 'extension');
      const value = codec.decode(r);
      r.end();
      return codec.encode(value).data;
    },
  ];
}

function preSharedKeyOffer(data: Uint8Array): Uint8Array {
  return preSharedKey.clientHello.encode(preSharedKey.clientHello.decode(new Reader(data, 'extension'))).data;
}

/** Decodes an extension's data and encodes the value again, for each message that the extension is decoded in. */
export const EXTENSION_ROUND_TRIPS: Readonly<Record<MessageContext, ReadonlyMap<number, RoundTrip[1]>>> = {
  CH: new Map([
    roundTrip(serverName.clientHello),
    roundTrip(maxFragmentLength.clientHello),
    roundTrip(statusRequest.clientHello),
    roundTrip(supportedGroups.clientHello),
    roundTrip(ecPointFormats.clientHello),
    roundTrip(signatureAlgorithms.clientHello),
    roundTrip(alpn.clientHello),
    roundTrip(signedCertificateTimestamp.clientHello),
    roundTrip(clientCertificateType.clientHello),
    roundTrip(serverCertificateType.clientHello),
    roundTrip(extendedMasterSecret.clientHello),
    roundTrip(compressCertificate.clientHello),
    roundTrip(recordSizeLimit.clientHello),
    roundTrip(sessionTicket.clientHello),
    roundTrip(earlyData.clientHello),
    roundTrip(supportedVersions.clientHello),
    roundTrip(cookie.clientHello),
    roundTrip(pskKeyExchangeModes.clientHello),
    roundTrip(certificateAuthorities.clientHello),
    roundTrip(postHandshakeAuth.clientHello),
    roundTrip(signatureAlgorithmsCert.clientHello),
    roundTrip(keyShare.clientHello),
    roundTrip(renegotiationInfo.clientHello),
    [ExtensionType.pre_shared_key, preSharedKeyOffer],
  ]),
  SH: new Map([
    roundTrip(supportedVersions.serverHello),
    roundTrip(keyShare.serverHello),
    roundTrip(preSharedKey.serverHello),
  ]),
  HRR: new Map([
    roundTrip(supportedVersions.helloRetryRequest),
    roundTrip(keyShare.helloRetryRequest),
    roundTrip(cookie.helloRetryRequest),
  ]),
  EE: new Map([
    roundTrip(serverName.encryptedExtensions),
    roundTrip(maxFragmentLength.encryptedExtensions),
    roundTrip(supportedGroups.encryptedExtensions),
    roundTrip(alpn.encryptedExtensions),
    roundTrip(clientCertificateType.encryptedExtensions),
    roundTrip(serverCertificateType.encryptedExtensions),
    roundTrip(recordSizeLimit.encryptedExtensions),
    roundTrip(earlyData.encryptedExtensions),
  ]),
  CR: new Map([
    roundTrip(statusRequest.certificateRequest),
    roundTrip(signatureAlgorithms.certificateRequest),
    roundTrip(signedCertificateTimestamp.certificateRequest),
    roundTrip(compressCertificate.certificateRequest),
    roundTrip(certificateAuthorities.certificateRequest),
    roundTrip(oidFilters.certificateRequest),
    roundTrip(signatureAlgorithmsCert.certificateRequest),
  ]),
  CT: new Map([roundTrip(statusRequest.certificate), roundTrip(signedCertificateTimestamp.certificate)]),
  NST: new Map([roundTrip(earlyData.newSessionTicket)]),
  SH12: new Map([
    roundTrip(serverName.serverHello12),
    roundTrip(maxFragmentLength.serverHello12),
    roundTrip(statusRequest.serverHello12),
    roundTrip(ecPointFormats.serverHello12),
    roundTrip(alpn.serverHello12),
    roundTrip(signedCertificateTimestamp.serverHello12),
    roundTrip(clientCertificateType.serverHello12),
    roundTrip(serverCertificateType.serverHello12),
    roundTrip(extendedMasterSecret.serverHello12),
    roundTrip(recordSizeLimit.serverHello12),
    roundTrip(sessionTicket.serverHello12),
    roundTrip(renegotiationInfo.serverHello12),
  ]),
};
