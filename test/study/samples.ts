/** One message of each kind, with every extension that a note speaks of. */
import { concatBytes } from '../../src/bytes/bytes.ts';
import { utf8Encode } from '../../src/bytes/encoding.ts';
import { encodeCertificate } from '../../src/message/certificate.ts';
import { encodeCertificateRequest } from '../../src/message/certificate-request.ts';
import { encodeCertificateVerify } from '../../src/message/certificate-verify.ts';
import { encodeClientHello } from '../../src/message/client-hello.ts';
import { encodeEncryptedExtensions } from '../../src/message/encrypted-extensions.ts';
import { encodeEndOfEarlyData } from '../../src/message/end-of-early-data.ts';
import { alpn } from '../../src/message/extension/alpn.ts';
import { certificateAuthorities } from '../../src/message/extension/certificate-authorities.ts';
import { cookie } from '../../src/message/extension/cookie.ts';
import { earlyData } from '../../src/message/extension/early-data.ts';
import { ecPointFormats } from '../../src/message/extension/ec-point-formats.ts';
import { extendedMasterSecret } from '../../src/message/extension/extended-master-secret.ts';
import { keyShare } from '../../src/message/extension/key-share.ts';
import { postHandshakeAuth } from '../../src/message/extension/post-handshake-auth.ts';
import { preSharedKey } from '../../src/message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../../src/message/extension/psk-key-exchange-modes.ts';
import { renegotiationInfo } from '../../src/message/extension/renegotiation-info.ts';
import { serverName } from '../../src/message/extension/server-name.ts';
import { sessionTicket } from '../../src/message/extension/session-ticket.ts';
import { signatureAlgorithms } from '../../src/message/extension/signature-algorithms.ts';
import { signatureAlgorithmsCert } from '../../src/message/extension/signature-algorithms-cert.ts';
import { statusRequest } from '../../src/message/extension/status-request.ts';
import { supportedGroups } from '../../src/message/extension/supported-groups.ts';
import { supportedVersions } from '../../src/message/extension/supported-versions.ts';
import { encodeFinished } from '../../src/message/finished.ts';
import { encodeKeyUpdate } from '../../src/message/key-update.ts';
import { encodeNewSessionTicket } from '../../src/message/new-session-ticket.ts';
import { encodeHelloRetryRequest, encodeServerHello } from '../../src/message/server-hello.ts';
import { encodeCertificate12 } from '../../src/message/tls12/certificate.ts';
import { encodeCertificateRequest12 } from '../../src/message/tls12/certificate-request.ts';
import { encodeCertificateStatus } from '../../src/message/tls12/certificate-status.ts';
import { encodeClientKeyExchange } from '../../src/message/tls12/client-key-exchange.ts';
import { encodeFinished12 } from '../../src/message/tls12/finished.ts';
import { encodeHelloRequest } from '../../src/message/tls12/hello-request.ts';
import { encodeNewSessionTicket12 } from '../../src/message/tls12/new-session-ticket.ts';
import {
  encodePskClientKeyExchange,
  encodePskServerKeyExchange,
} from '../../src/message/tls12/psk-key-exchange.ts';
import { encodeServerHelloDone } from '../../src/message/tls12/server-hello-done.ts';
import { encodeServerKeyExchange } from '../../src/message/tls12/server-key-exchange.ts';
import { codePoint } from '../../src/wire/code-point.ts';
import { ProtocolVersion, PskKeyExchangeMode } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup, SignatureScheme } from '../../src/wire/registry-crypto.ts';

export const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

/** SEQUENCE { SET { SEQUENCE { commonName, UTF8String "Root" } } } */
const ROOT_NAME = Uint8Array.from([
  0x30, 0x0f, 0x31, 0x0d, 0x30, 0x0b, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x04, 0x52, 0x6f, 0x6f, 0x74,
]);

export const CLIENT_RANDOM: Uint8Array = filled(32, 0xc1);
const SCHEMES = [SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.ed25519];

export const clientHello: Uint8Array = encodeClientHello({
  random: CLIENT_RANDOM,
  legacySessionId: filled(32, 0x5e),
  cipherSuites: [CipherSuite.TLS_AES_128_GCM_SHA256, codePoint(0x1a1a)],
  extensions: [
    { type: codePoint(0x2a2a), data: filled(0, 0) },
    serverName.clientHello.encode('example.com'),
    supportedVersions.clientHello.encode([ProtocolVersion.TLS13]),
    cookie.clientHello.encode(filled(5, 0xcc)),
    signatureAlgorithms.clientHello.encode(SCHEMES),
    signatureAlgorithmsCert.clientHello.encode(SCHEMES),
    certificateAuthorities.clientHello.encode([ROOT_NAME, filled(3, 0xff)]),
    postHandshakeAuth.clientHello.encode(true),
    supportedGroups.clientHello.encode([NamedGroup.x25519]),
    statusRequest.clientHello.encode({
      kind: 'ocsp',
      responderIds: [],
      requestExtensions: filled(0, 0),
    }),
    alpn.clientHello.encode([utf8Encode('h2'), utf8Encode('\u001b[2J')]),
    keyShare.clientHello.encode([{ group: NamedGroup.x25519, keyExchange: filled(32, 0x25) }]),
    pskKeyExchangeModes.clientHello.encode([PskKeyExchangeMode.psk_dhe_ke]),
    earlyData.clientHello.encode(true),
    preSharedKey.clientHello.encode({
      identities: [{ identity: filled(40, 0x1d), obfuscatedTicketAge: 0xffffffff }],
      binders: [filled(32, 0xb1)],
    }),
  ],
});

const chosen = {
  legacySessionIdEcho: filled(32, 0x5e),
  cipherSuite: CipherSuite.TLS_AES_128_GCM_SHA256,
};

export const serverHello: Uint8Array = encodeServerHello({
  ...chosen,
  random: filled(32, 0x5a),
  extensions: [
    supportedVersions.serverHello.encode(ProtocolVersion.TLS13),
    keyShare.serverHello.encode({ group: NamedGroup.x25519, keyExchange: filled(32, 0x52) }),
  ],
});

export const helloRetryRequest: Uint8Array = encodeHelloRetryRequest({
  ...chosen,
  extensions: [
    supportedVersions.helloRetryRequest.encode(ProtocolVersion.TLS13),
    keyShare.helloRetryRequest.encode(NamedGroup.secp256r1),
  ],
});

/** What each sample is called in a trace, in the order of a handshake. */
export const SAMPLES: ReadonlyMap<string, Uint8Array> = new Map([
  ['ClientHello', clientHello],
  ['HelloRetryRequest', helloRetryRequest],
  ['ServerHello', serverHello],
  [
    'EncryptedExtensions',
    encodeEncryptedExtensions({ extensions: [alpn.encryptedExtensions.encode(utf8Encode('h2'))] }),
  ],
  [
    'CertificateRequest',
    encodeCertificateRequest({
      certificateRequestContext: filled(0, 0),
      extensions: [signatureAlgorithms.certificateRequest.encode(SCHEMES)],
    }),
  ],
  [
    'Certificate',
    encodeCertificate({
      certificateRequestContext: filled(4, 0xc0),
      certificateList: [
        { certData: filled(9, 0x30), extensions: [] },
        { certData: ROOT_NAME, extensions: [] },
      ],
    }),
  ],
  [
    'CertificateVerify',
    encodeCertificateVerify({ algorithm: SignatureScheme.ed25519, signature: filled(64, 0x51) }),
  ],
  ['Finished', encodeFinished({ verifyData: filled(32, 0xf1) })],
  ['EndOfEarlyData', encodeEndOfEarlyData()],
  [
    'NewSessionTicket',
    encodeNewSessionTicket({
      ticketLifetime: 7200,
      ticketAgeAdd: 0xfffffffe,
      ticketNonce: filled(8, 1),
      ticket: filled(100, 0x71),
      extensions: [],
    }),
  ],
  ['KeyUpdate', encodeKeyUpdate({ requestUpdate: codePoint(1) })],
]);

const EC_POINT = concatBytes(Uint8Array.of(4), filled(64, 0xec));

/** Those that TLS 1.2 has alone or in a form of its own. */
export const SAMPLES_12: ReadonlyMap<string, Uint8Array> = new Map([
  [
    'ClientHello',
    encodeClientHello({
      random: CLIENT_RANDOM,
      legacySessionId: filled(0, 0),
      cipherSuites: [codePoint(0xc02b), CipherSuite.TLS_EMPTY_RENEGOTIATION_INFO_SCSV],
      extensions: [
        extendedMasterSecret.clientHello.encode(true),
        renegotiationInfo.clientHello.encode(filled(0, 0)),
        ecPointFormats.clientHello.encode([codePoint(0)]),
        sessionTicket.clientHello.encode(filled(20, 0x71)),
      ],
    }),
  ],
  ['HelloRequest', encodeHelloRequest()],
  [
    'ServerHello',
    encodeServerHello({
      ...chosen,
      cipherSuite: codePoint(0xc02b),
      random: filled(32, 0x12),
      extensions: [],
    }),
  ],
  ['Certificate', encodeCertificate12({ certificateList: [filled(9, 0x30)] })],
  ['CertificateStatus', encodeCertificateStatus({ ocspResponse: filled(20, 0x30) })],
  [
    'ServerKeyExchange',
    encodeServerKeyExchange({
      namedCurve: NamedGroup.secp256r1,
      publicKey: EC_POINT,
      algorithm: SignatureScheme.ecdsa_secp256r1_sha256,
      signature: filled(70, 0x51),
    }),
  ],
  [
    'CertificateRequest',
    encodeCertificateRequest12({
      certificateTypes: [codePoint(64)],
      signatureAlgorithms: SCHEMES,
      certificateAuthorities: [ROOT_NAME],
    }),
  ],
  [
    'CertificateVerify',
    encodeCertificateVerify({ algorithm: SignatureScheme.rsa_pkcs1_sha256, signature: filled(64, 0x51) }),
  ],
  ['ServerHelloDone', encodeServerHelloDone()],
  ['ClientKeyExchange', encodeClientKeyExchange({ publicKey: EC_POINT })],
  ['NewSessionTicket', encodeNewSessionTicket12({ ticketLifetimeHint: 7200, ticket: filled(50, 0x71) })],
  ['Finished', encodeFinished12({ verifyData: filled(12, 0xf1) })],
]);

/** Those that ECDHE_PSK has in a form of its own. */
export const SAMPLES_PSK: ReadonlyMap<string, Uint8Array> = new Map([
  [
    'ServerKeyExchange',
    encodePskServerKeyExchange({
      identityHint: utf8Encode('a hint'),
      namedCurve: NamedGroup.secp256r1,
      publicKey: EC_POINT,
    }),
  ],
  [
    'ClientKeyExchange',
    encodePskClientKeyExchange({ identity: utf8Encode('device 7'), publicKey: EC_POINT }),
  ],
]);
