/** OCSP responses and certificate timestamps beside a certificate (RFC 6066 8, RFC 6962 3.3, RFC 8446 4.4.2.1). */
import { copyBytes } from '../bytes/bytes.ts';
import type { CommonConfig } from '../config/config.ts';
import type { CertificateEntry } from '../message/certificate.ts';
import type { ClientHello } from '../message/client-hello.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import { signedCertificateTimestamp } from '../message/extension/signed-certificate-timestamp.ts';
import { statusRequest } from '../message/extension/status-request.ts';
import type { Facts } from './effect.ts';

/** What a side sends for its leaf. */
export interface Staple {
  readonly ocspResponse: Uint8Array | undefined;
  readonly timestamps: readonly Uint8Array[] | undefined;
}

/** Whether a client asks for the status in a form that there is an answer to: others than OCSP are passed over. */
export function asksForStatus(hello: ClientHello): boolean {
  return hello.known.statusRequest?.kind === 'ocsp';
}

/** The extensions of the leaf's CertificateEntry in TLS 1.3. */
export function leafExtensions({ ocspResponse, timestamps }: Staple): readonly RawExtension[] {
  const extensions: RawExtension[] = [];
  if (ocspResponse !== undefined) extensions.push(statusRequest.certificate.encode(ocspResponse));
  if (timestamps !== undefined) extensions.push(signedCertificateTimestamp.certificate.encode(timestamps));
  return extensions;
}

/** The requests of a CertificateRequest of TLS 1.3. */
export function stapleRequests(config: CommonConfig): readonly RawExtension[] {
  const extensions: RawExtension[] = [];
  if (config.requestOcsp) extensions.push(statusRequest.certificateRequest.encode(true));
  if (config.requestTimestamps) extensions.push(signedCertificateTimestamp.certificateRequest.encode(true));
  return extensions;
}

/** What came beside the peer's leaf. Facts outlive the message, which a view would keep in memory. */
export function stapledFacts(leaf: CertificateEntry | undefined): Facts {
  const { statusRequest: response, signedCertificateTimestamp: timestamps } = leaf?.known ?? {};
  return {
    ...(response === undefined ? {} : { ocspResponse: copyBytes(response) }),
    ...(timestamps === undefined ? {} : { signedCertificateTimestamps: timestamps.map(copyBytes) }),
  };
}
