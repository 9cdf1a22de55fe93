/** ClientHello (RFC 8446 4.1.2). One decoder for every version: which one it means is decided above. */
import type { Reader } from '../wire/reader.ts';
import {
  type CertificateCompressionAlgorithm,
  type CertificateType,
  type ECPointFormat,
  HandshakeType,
  type MaxFragmentLength,
  ProtocolVersion,
  type PskKeyExchangeMode,
} from '../wire/registry.ts';
import { CipherSuite, type NamedGroup, type SignatureScheme } from '../wire/registry-crypto.ts';
import { alpn } from './extension/alpn.ts';
import { extensionBlock, writeExtensions } from './extension/block.ts';
import { certificateAuthorities } from './extension/certificate-authorities.ts';
import { clientCertificateType, serverCertificateType } from './extension/certificate-type.ts';
import type { RawExtension } from './extension/codec.ts';
import { compressCertificate } from './extension/compress-certificate.ts';
import { cookie } from './extension/cookie.ts';
import { earlyData } from './extension/early-data.ts';
import { ecPointFormats } from './extension/ec-point-formats.ts';
import { extendedMasterSecret } from './extension/extended-master-secret.ts';
import { type KeyShareEntry, keyShare } from './extension/key-share.ts';
import { maxFragmentLength } from './extension/max-fragment-length.ts';
import { postHandshakeAuth } from './extension/post-handshake-auth.ts';
import { type OfferedPsks, preSharedKey } from './extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from './extension/psk-key-exchange-modes.ts';
import { recordSizeLimit } from './extension/record-size-limit.ts';
import { renegotiationInfo } from './extension/renegotiation-info.ts';
import { serverName } from './extension/server-name.ts';
import { sessionTicket } from './extension/session-ticket.ts';
import { signatureAlgorithms } from './extension/signature-algorithms.ts';
import { signatureAlgorithmsCert } from './extension/signature-algorithms-cert.ts';
import { signedCertificateTimestamp } from './extension/signed-certificate-timestamp.ts';
import { type CertificateStatusRequest, statusRequest } from './extension/status-request.ts';
import { supportedGroups } from './extension/supported-groups.ts';
import { supportedVersions } from './extension/supported-versions.ts';
import { encodeMessage } from './framing.ts';

export const RANDOM_LENGTH = 32;
const MAX_SESSION_ID = 32;
const NULL_COMPRESSION: Uint8Array = Uint8Array.of(0);

export interface ClientHelloExtensions {
  /** The one host_name, ASCII, as sent. */
  readonly serverName?: string;
  readonly maxFragmentLength?: MaxFragmentLength;
  readonly statusRequest?: CertificateStatusRequest;
  readonly supportedGroups?: readonly NamedGroup[];
  readonly ecPointFormats?: readonly ECPointFormat[];
  readonly signatureAlgorithms?: readonly SignatureScheme[];
  readonly alpn?: readonly Uint8Array[];
  readonly signedCertificateTimestamp?: true;
  readonly clientCertificateType?: readonly CertificateType[];
  readonly serverCertificateType?: readonly CertificateType[];
  readonly extendedMasterSecret?: true;
  readonly compressCertificate?: readonly CertificateCompressionAlgorithm[];
  readonly recordSizeLimit?: number;
  readonly sessionTicket?: Uint8Array;
  readonly preSharedKey?: OfferedPsks;
  readonly earlyData?: true;
  readonly supportedVersions?: readonly ProtocolVersion[];
  readonly cookie?: Uint8Array;
  readonly pskKeyExchangeModes?: readonly PskKeyExchangeMode[];
  /** DER DistinguishedNames. */
  readonly certificateAuthorities?: readonly Uint8Array[];
  readonly postHandshakeAuth?: true;
  readonly signatureAlgorithmsCert?: readonly SignatureScheme[];
  readonly keyShare?: readonly KeyShareEntry[];
  readonly renegotiationInfo?: Uint8Array;
}

interface ClientHelloCore {
  /** 32 bytes. */
  readonly random: Uint8Array;
  /** 0 to 32 bytes. */
  readonly legacySessionId: Uint8Array;
  readonly cipherSuites: readonly CipherSuite[];
  readonly extensions: readonly RawExtension[];
}

export interface ClientHello extends ClientHelloCore {
  readonly kind: 'ClientHello';
  readonly raw: Uint8Array;
  readonly legacyVersion: ProtocolVersion;
  readonly legacyCompressionMethods: Uint8Array;
  /** False for hellos of before extensions, which end after the compression methods. */
  readonly extensionsPresent: boolean;
  readonly known: ClientHelloExtensions;
}

export interface ClientHelloFields extends ClientHelloCore {
  /** Default 0x0303. */
  readonly legacyVersion?: number;
  /** Default: null alone. */
  readonly legacyCompressionMethods?: Uint8Array;
  /** Default true; false leaves the block out, and `extensions` with it. */
  readonly extensionsPresent?: boolean;
}

const decodeExtensions = extensionBlock<ClientHelloExtensions>(['CH'], {
  serverName: serverName.clientHello,
  maxFragmentLength: maxFragmentLength.clientHello,
  statusRequest: statusRequest.clientHello,
  supportedGroups: supportedGroups.clientHello,
  ecPointFormats: ecPointFormats.clientHello,
  signatureAlgorithms: signatureAlgorithms.clientHello,
  alpn: alpn.clientHello,
  signedCertificateTimestamp: signedCertificateTimestamp.clientHello,
  clientCertificateType: clientCertificateType.clientHello,
  serverCertificateType: serverCertificateType.clientHello,
  extendedMasterSecret: extendedMasterSecret.clientHello,
  compressCertificate: compressCertificate.clientHello,
  recordSizeLimit: recordSizeLimit.clientHello,
  sessionTicket: sessionTicket.clientHello,
  preSharedKey: preSharedKey.clientHello,
  earlyData: earlyData.clientHello,
  supportedVersions: supportedVersions.clientHello,
  cookie: cookie.clientHello,
  pskKeyExchangeModes: pskKeyExchangeModes.clientHello,
  certificateAuthorities: certificateAuthorities.clientHello,
  postHandshakeAuth: postHandshakeAuth.clientHello,
  signatureAlgorithmsCert: signatureAlgorithmsCert.clientHello,
  keyShare: keyShare.clientHello,
  renegotiationInfo: renegotiationInfo.clientHello,
});

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeClientHello(r: Reader, raw: Uint8Array): ClientHello {
  const legacyVersion = r.code(ProtocolVersion, 2, 'legacy_version');
  const random = r.bytes(RANDOM_LENGTH, 'random');
  const legacySessionId = r.vector(1, 0, MAX_SESSION_ID, 'legacy_session_id');
  const cipherSuites = r.codes(2, 2, 0xfffe, 'cipher_suites', CipherSuite, 2);
  const legacyCompressionMethods = r.vector(1, 1, 0xff, 'legacy_compression_methods');
  const extensionsPresent = r.remaining > 0;
  // RFC 8446 asks for at least 8 bytes, RFC 5246 7.4.1.4 for none, and the version is not known yet.
  const block = extensionsPresent ? decodeExtensions(r, 0, 0xffff) : { extensions: [], known: {} };
  r.end();
  return {
    kind: 'ClientHello',
    raw,
    legacyVersion,
    random,
    legacySessionId,
    cipherSuites,
    legacyCompressionMethods,
    extensionsPresent,
    ...block,
  };
}

export function encodeClientHello(fields: ClientHelloFields): Uint8Array {
  return encodeMessage(HandshakeType.client_hello, (w) => {
    w.u16(fields.legacyVersion ?? ProtocolVersion.TLS12).bytes(fields.random);
    w.vector(1, fields.legacySessionId);
    w.vector(2, (list) => {
      for (const suite of fields.cipherSuites) list.u16(suite);
    });
    w.vector(1, fields.legacyCompressionMethods ?? NULL_COMPRESSION);
    if (fields.extensionsPresent !== false) writeExtensions(w, fields.extensions);
  });
}
