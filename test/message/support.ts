/** Samples of every message and extension, and the means to take them apart. */
import { encodeCertificate } from '../../src/message/certificate.ts';
import { encodeCertificateRequest } from '../../src/message/certificate-request.ts';
import { encodeCertificateVerify } from '../../src/message/certificate-verify.ts';
import { encodeClientHello } from '../../src/message/client-hello.ts';
import { encodeCompressedCertificate } from '../../src/message/compressed-certificate.ts';
import { encodeEncryptedExtensions } from '../../src/message/encrypted-extensions.ts';
import { encodeEndOfEarlyData } from '../../src/message/end-of-early-data.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import { certificateAuthorities } from '../../src/message/extension/certificate-authorities.ts';
import {
  clientCertificateType,
  serverCertificateType,
} from '../../src/message/extension/certificate-type.ts';
import type { MessageContext, RawExtension } from '../../src/message/extension/codec.ts';
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
import { encodeFinished } from '../../src/message/finished.ts';
import { type HandshakeMessage, wrapHandshake } from '../../src/message/handshake.ts';
import { encodeKeyUpdate } from '../../src/message/key-update.ts';
import { encodeNewSessionTicket } from '../../src/message/new-session-ticket.ts';
import { encodeHelloRetryRequest, encodeServerHello } from '../../src/message/server-hello.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import {
  CertificateCompressionAlgorithm,
  CertificateType,
  ECPointFormat,
  ExtensionType,
  HandshakeType,
  KeyUpdateRequest,
  MaxFragmentLength,
  ProtocolVersion,
  PskKeyExchangeMode,
} from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';
import { reencode12 } from './tls12/reencode.ts';

/** `length` bytes that differ from their neighbours. */
export function filler(length: number, seed: number = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 31) & 0xff);
}

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

export const GREASE_EXTENSION: RawExtension = { type: codePoint(0x2a2a), data: Uint8Array.of(0) };

/** A valid extension of each kind for each message, in the order in which a real stack might send them. */
export const EXTENSIONS: Readonly<Record<MessageContext, readonly RawExtension[]>> = {
  CH: [
    GREASE_EXTENSION,
    serverName.clientHello.encode('www.example.com'),
    maxFragmentLength.clientHello.encode(MaxFragmentLength['4096']),
    statusRequest.clientHello.encode({
      kind: 'ocsp',
      responderIds: [filler(5)],
      requestExtensions: filler(3),
    }),
    supportedGroups.clientHello.encode([codePoint(0x4a4a), NamedGroup.X25519MLKEM768, NamedGroup.x25519]),
    ecPointFormats.clientHello.encode([ECPointFormat.uncompressed]),
    signatureAlgorithms.clientHello.encode([SignatureScheme.ed25519, SignatureScheme.rsa_pss_rsae_sha256]),
    alpn.clientHello.encode([ascii('h2'), ascii('http/1.1')]),
    signedCertificateTimestamp.clientHello.encode(true),
    clientCertificateType.clientHello.encode([CertificateType.RawPublicKey, CertificateType.X509]),
    serverCertificateType.clientHello.encode([codePoint(224), CertificateType.RawPublicKey]),
    extendedMasterSecret.clientHello.encode(true),
    compressCertificate.clientHello.encode([CertificateCompressionAlgorithm.brotli]),
    recordSizeLimit.clientHello.encode(16385),
    sessionTicket.clientHello.encode(filler(9)),
    earlyData.clientHello.encode(true),
    supportedVersions.clientHello.encode([codePoint(0x6a6a), ProtocolVersion.TLS13, ProtocolVersion.TLS12]),
    cookie.clientHello.encode(filler(8)),
    pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]),
    certificateAuthorities.clientHello.encode([filler(4), filler(6)]),
    postHandshakeAuth.clientHello.encode(true),
    signatureAlgorithmsCert.clientHello.encode([SignatureScheme.rsa_pkcs1_sha256]),
    keyShare.clientHello.encode([
      { group: codePoint(0x4a4a), keyExchange: Uint8Array.of(0) },
      { group: NamedGroup.x25519, keyExchange: filler(32) },
    ]),
    renegotiationInfo.clientHello.encode(new Uint8Array(0)),
    { type: ExtensionType.padding, data: new Uint8Array(11) },
    preSharedKey.clientHello.encode({
      identities: [
        { identity: filler(20), obfuscatedTicketAge: 0xfffffff0 },
        { identity: filler(1), obfuscatedTicketAge: 0 },
      ],
      binders: [filler(32, 3), filler(48, 4)],
    }),
  ],
  SH: [
    supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
    keyShare.serverHello.encode({ group: NamedGroup.x25519, keyExchange: filler(32, 5) }),
    preSharedKey.serverHello.encode(1),
  ],
  HRR: [
    supportedVersions.helloRetryRequest.encode(ProtocolVersion.TLS13),
    keyShare.helloRetryRequest.encode(NamedGroup.secp384r1),
    cookie.helloRetryRequest.encode(filler(10)),
  ],
  EE: [
    serverName.encryptedExtensions.encode(true),
    maxFragmentLength.encryptedExtensions.encode(MaxFragmentLength['512']),
    supportedGroups.encryptedExtensions.encode([NamedGroup.secp256r1]),
    alpn.encryptedExtensions.encode(ascii('h2')),
    clientCertificateType.encryptedExtensions.encode(CertificateType.X509),
    serverCertificateType.encryptedExtensions.encode(CertificateType.RawPublicKey),
    recordSizeLimit.encryptedExtensions.encode(64),
    earlyData.encryptedExtensions.encode(true),
  ],
  CR: [
    statusRequest.certificateRequest.encode(true),
    signatureAlgorithms.certificateRequest.encode([SignatureScheme.ecdsa_secp256r1_sha256]),
    signedCertificateTimestamp.certificateRequest.encode(true),
    compressCertificate.certificateRequest.encode([CertificateCompressionAlgorithm.zlib]),
    certificateAuthorities.certificateRequest.encode([filler(4)]),
    oidFilters.certificateRequest.encode([
      { certificateExtensionOid: filler(3), certificateExtensionValues: filler(2) },
      { certificateExtensionOid: filler(4), certificateExtensionValues: new Uint8Array(0) },
    ]),
    signatureAlgorithmsCert.certificateRequest.encode([SignatureScheme.rsa_pkcs1_sha384]),
    GREASE_EXTENSION,
  ],
  CT: [
    statusRequest.certificate.encode(filler(12)),
    signedCertificateTimestamp.certificate.encode([filler(7), filler(2)]),
  ],
  NST: [earlyData.newSessionTicket.encode(0xffffffff), GREASE_EXTENSION],
  SH12: [
    serverName.serverHello12.encode(true),
    maxFragmentLength.serverHello12.encode(MaxFragmentLength['1024']),
    statusRequest.serverHello12.encode(true),
    { type: ExtensionType.supported_groups, data: filler(4) },
    ecPointFormats.serverHello12.encode([ECPointFormat.uncompressed]),
    alpn.serverHello12.encode(ascii('http/1.1')),
    signedCertificateTimestamp.serverHello12.encode([filler(3)]),
    clientCertificateType.serverHello12.encode(CertificateType.RawPublicKey),
    serverCertificateType.serverHello12.encode(CertificateType.X509),
    extendedMasterSecret.serverHello12.encode(true),
    recordSizeLimit.serverHello12.encode(512),
    sessionTicket.serverHello12.encode(true),
    renegotiationInfo.serverHello12.encode(filler(24)),
  ],
};

/** A message of the kind that carries such a block, with these extensions. */
export const BUILD: Readonly<Record<MessageContext, (extensions: readonly RawExtension[]) => Uint8Array>> = {
  CH: (extensions) =>
    encodeClientHello({
      random: filler(32),
      legacySessionId: filler(32, 2),
      cipherSuites: [codePoint(0x8a8a), CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_FALLBACK_SCSV],
      extensions,
    }),
  SH: (extensions) =>
    encodeServerHello({
      random: filler(32, 6),
      legacySessionIdEcho: filler(32, 2),
      cipherSuite: CipherSuite.TLS_AES_256_GCM_SHA384,
      extensions,
    }),
  HRR: (extensions) =>
    encodeHelloRetryRequest({
      legacySessionIdEcho: filler(8),
      cipherSuite: CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
      extensions,
    }),
  EE: (extensions) => encodeEncryptedExtensions({ extensions }),
  CR: (extensions) => encodeCertificateRequest({ certificateRequestContext: filler(4), extensions }),
  CT: (extensions) =>
    encodeCertificate({
      certificateRequestContext: new Uint8Array(0),
      certificateList: [
        { certData: filler(40), extensions },
        { certData: filler(1), extensions: [] },
      ],
    }),
  NST: (extensions) =>
    encodeNewSessionTicket({
      ticketLifetime: 604800,
      ticketAgeAdd: 0x80000001,
      ticketNonce: filler(8),
      ticket: filler(50),
      extensions,
    }),
  SH12: (extensions) =>
    encodeServerHello({
      random: filler(32, 6),
      legacySessionIdEcho: new Uint8Array(0),
      cipherSuite: CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
      extensions,
    }),
};

const emptyHello = {
  random: filler(32),
  legacySessionId: new Uint8Array(0),
  cipherSuites: [CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA],
  extensions: [],
};

/** Every message kind, each full and, where it may be, bare. */
export const SAMPLES: ReadonlyMap<string, Uint8Array> = new Map([
  ['ClientHello', BUILD.CH(EXTENSIONS.CH)],
  ['ClientHello with no extensions in its block', encodeClientHello(emptyHello)],
  [
    'ClientHello without a block',
    encodeClientHello({ ...emptyHello, legacyVersion: 0x0301, extensionsPresent: false }),
  ],
  ['ServerHello', BUILD.SH(EXTENSIONS.SH)],
  ['ServerHello of TLS 1.2', BUILD.SH12(EXTENSIONS.SH12)],
  [
    'ServerHello without a block',
    encodeServerHello({
      random: filler(32),
      legacySessionIdEcho: new Uint8Array(0),
      cipherSuite: CipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA,
      legacyCompressionMethod: 1,
      legacyVersion: 0x0302,
      extensions: [],
      extensionsPresent: false,
    }),
  ],
  ['HelloRetryRequest', BUILD.HRR(EXTENSIONS.HRR)],
  ['EncryptedExtensions', BUILD.EE(EXTENSIONS.EE)],
  ['EncryptedExtensions, empty', BUILD.EE([])],
  ['CertificateRequest', BUILD.CR(EXTENSIONS.CR)],
  ['Certificate', BUILD.CT(EXTENSIONS.CT)],
  [
    'CompressedCertificate',
    encodeCompressedCertificate({
      algorithm: CertificateCompressionAlgorithm.zlib,
      uncompressedLength: 300,
      compressed: filler(9),
    }),
  ],
  ['Certificate, empty', encodeCertificate({ certificateRequestContext: filler(3), certificateList: [] })],
  [
    'CertificateVerify',
    encodeCertificateVerify({ algorithm: SignatureScheme.ed25519, signature: filler(64) }),
  ],
  ['Finished', encodeFinished({ verifyData: filler(32) })],
  ['NewSessionTicket', BUILD.NST(EXTENSIONS.NST)],
  ['KeyUpdate', encodeKeyUpdate({ requestUpdate: KeyUpdateRequest.update_requested })],
  ['EndOfEarlyData', encodeEndOfEarlyData()],
  ['OpaqueMessage', wrapHandshake(HandshakeType.certificate_status, filler(6))],
  ['OpaqueMessage of no known type', wrapHandshake(codePoint(0x77), filler(2))],
]);

/** The message again, from its decoded fields. */
export function reencode(message: HandshakeMessage): Uint8Array {
  switch (message.kind) {
    case 'ClientHello':
      return encodeClientHello(message);
    case 'ServerHello':
      return encodeServerHello(message);
    case 'HelloRetryRequest':
      return encodeHelloRetryRequest(message);
    case 'EncryptedExtensions':
      return encodeEncryptedExtensions(message);
    case 'CertificateRequest':
      return encodeCertificateRequest(message);
    case 'Certificate':
      return encodeCertificate(message);
    case 'CompressedCertificate':
      return encodeCompressedCertificate(message);
    case 'CertificateVerify':
      return encodeCertificateVerify(message);
    case 'Finished':
      return encodeFinished(message);
    case 'NewSessionTicket':
      return encodeNewSessionTicket(message);
    case 'KeyUpdate':
      return encodeKeyUpdate(message);
    case 'EndOfEarlyData':
      return encodeEndOfEarlyData();
    case 'OpaqueMessage':
      return wrapHandshake(message.type, message.body);
    default:
      return reencode12(message);
  }
}

/** The blocks of a message, with the context that each is read in. */
export function blocksOf(
  message: HandshakeMessage,
): readonly (readonly [MessageContext, readonly RawExtension[]])[] {
  switch (message.kind) {
    case 'ClientHello':
      return [['CH', message.extensions]];
    case 'ServerHello':
      return [[message.known.supportedVersion === undefined ? 'SH12' : 'SH', message.extensions]];
    case 'HelloRetryRequest':
      return [['HRR', message.extensions]];
    case 'EncryptedExtensions':
      return [['EE', message.extensions]];
    case 'CertificateRequest':
      return [['CR', message.extensions]];
    case 'Certificate':
      return message.certificateList.map((entry) => ['CT', entry.extensions]);
    case 'NewSessionTicket':
      return [['NST', message.extensions]];
    default:
      return [];
  }
}

/** A copy whose header claims the length that is there. */
export function withTrueLength(raw: Uint8Array): Uint8Array {
  const out = new Uint8Array(raw);
  const length = raw.length - 4;
  out[1] = (length >> 16) & 0xff;
  out[2] = (length >> 8) & 0xff;
  out[3] = length & 0xff;
  return out;
}
