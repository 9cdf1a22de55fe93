/** Every message of TLS 1.2, each full and, where it may be, bare. */
import { encodeCertificateVerify } from '../../../src/message/certificate-verify.ts';
import { wrapHandshake } from '../../../src/message/handshake.ts';
import { encodeCertificate12 } from '../../../src/message/tls12/certificate.ts';
import { encodeCertificateRequest12 } from '../../../src/message/tls12/certificate-request.ts';
import { encodeCertificateStatus } from '../../../src/message/tls12/certificate-status.ts';
import { encodeClientKeyExchange } from '../../../src/message/tls12/client-key-exchange.ts';
import { encodeFinished12 } from '../../../src/message/tls12/finished.ts';
import { encodeHelloRequest } from '../../../src/message/tls12/hello-request.ts';
import { encodeNewSessionTicket12 } from '../../../src/message/tls12/new-session-ticket.ts';
import { encodeServerHelloDone } from '../../../src/message/tls12/server-hello-done.ts';
import { encodeServerKeyExchange } from '../../../src/message/tls12/server-key-exchange.ts';
import { codePoint } from '../../../src/wire/code-point.ts';
import { ClientCertificateType, HandshakeType } from '../../../src/wire/registry.ts';
import { NamedGroup, SignatureScheme } from '../../../src/wire/registry-crypto.ts';
import { BUILD, EXTENSIONS, filler } from '../support.ts';

const NONE = new Uint8Array(0);

/** By kind, and what is special about it after a comma. */
export const SAMPLES_12: ReadonlyMap<string, Uint8Array> = new Map([
  ['HelloRequest', encodeHelloRequest()],
  ['ClientHello', BUILD.CH(EXTENSIONS.CH)],
  ['ServerHello', BUILD.SH12(EXTENSIONS.SH12)],
  ['ServerHello, bare', BUILD.SH12([])],
  ['Certificate12', encodeCertificate12({ certificateList: [filler(40), filler(1, 2), filler(300, 3)] })],
  ['Certificate12, empty', encodeCertificate12({ certificateList: [] })],
  ['CertificateStatus', encodeCertificateStatus({ ocspResponse: filler(70) })],
  [
    'ServerKeyExchange',
    encodeServerKeyExchange({
      namedCurve: NamedGroup.x25519,
      publicKey: filler(32),
      algorithm: SignatureScheme.ecdsa_secp256r1_sha256,
      signature: filler(71, 2),
    }),
  ],
  [
    'ServerKeyExchange, least',
    encodeServerKeyExchange({
      namedCurve: codePoint(0xfe00),
      publicKey: filler(1),
      algorithm: codePoint(0),
      signature: NONE,
    }),
  ],
  [
    'ServerKeyExchange, longest point',
    encodeServerKeyExchange({
      namedCurve: NamedGroup.secp521r1,
      publicKey: filler(255),
      algorithm: SignatureScheme.rsa_pkcs1_sha512,
      signature: filler(1024),
    }),
  ],
  [
    'CertificateRequest12',
    encodeCertificateRequest12({
      certificateTypes: [ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign, codePoint(77)],
      signatureAlgorithms: [SignatureScheme.ed448, SignatureScheme.rsa_pkcs1_sha1],
      certificateAuthorities: [filler(30), filler(1)],
    }),
  ],
  [
    'CertificateRequest12, least',
    encodeCertificateRequest12({
      certificateTypes: [ClientCertificateType.rsa_sign],
      signatureAlgorithms: [SignatureScheme.rsa_pkcs1_sha256],
      certificateAuthorities: [],
    }),
  ],
  ['ServerHelloDone', encodeServerHelloDone()],
  [
    'CertificateVerify',
    encodeCertificateVerify({ algorithm: SignatureScheme.rsa_pkcs1_sha384, signature: filler(256) }),
  ],
  ['ClientKeyExchange', encodeClientKeyExchange({ publicKey: filler(65) })],
  ['ClientKeyExchange, least', encodeClientKeyExchange({ publicKey: filler(1) })],
  ['NewSessionTicket12', encodeNewSessionTicket12({ ticketLifetimeHint: 7200, ticket: filler(160) })],
  ['NewSessionTicket12, empty', encodeNewSessionTicket12({ ticketLifetimeHint: 0xffffffff, ticket: NONE })],
  ['Finished12', encodeFinished12({ verifyData: filler(12) })],
  ['OpaqueMessage', wrapHandshake(HandshakeType.encrypted_extensions, filler(6))],
]);
