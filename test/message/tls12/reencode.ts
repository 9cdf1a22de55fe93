import type { HandshakeMessage12 } from '../../../src/message/handshake.ts';
import { encodeCertificate12 } from '../../../src/message/tls12/certificate.ts';
import { encodeCertificateRequest12 } from '../../../src/message/tls12/certificate-request.ts';
import { encodeCertificateStatus } from '../../../src/message/tls12/certificate-status.ts';
import { encodeClientKeyExchange } from '../../../src/message/tls12/client-key-exchange.ts';
import { encodeFinished12 } from '../../../src/message/tls12/finished.ts';
import { encodeHelloRequest } from '../../../src/message/tls12/hello-request.ts';
import { encodeNewSessionTicket12 } from '../../../src/message/tls12/new-session-ticket.ts';
import {
  encodePskClientKeyExchange,
  encodePskServerKeyExchange,
} from '../../../src/message/tls12/psk-key-exchange.ts';
import { encodeServerHelloDone } from '../../../src/message/tls12/server-hello-done.ts';
import { encodeServerKeyExchange } from '../../../src/message/tls12/server-key-exchange.ts';

/** The message again, from its decoded fields. */
export function reencode12(message: HandshakeMessage12): Uint8Array {
  switch (message.kind) {
    case 'HelloRequest':
      return encodeHelloRequest();
    case 'ServerKeyExchange':
      return encodeServerKeyExchange(message);
    case 'ServerHelloDone':
      return encodeServerHelloDone();
    case 'ClientKeyExchange':
      return encodeClientKeyExchange(message);
    case 'CertificateRequest12':
      return encodeCertificateRequest12(message);
    case 'Certificate12':
      return encodeCertificate12(message);
    case 'CertificateStatus':
      return encodeCertificateStatus(message);
    case 'NewSessionTicket12':
      return encodeNewSessionTicket12(message);
    case 'Finished12':
      return encodeFinished12(message);
    case 'PskServerKeyExchange':
      return encodePskServerKeyExchange(message);
    case 'PskClientKeyExchange':
      return encodePskClientKeyExchange(message);
    default:
      return message satisfies never;
  }
}
