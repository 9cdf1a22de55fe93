/** Certificates read lately: a peer that comes again sends the same bytes, and reading them is most of a handshake's own work. */
import { equalBytes } from '../bytes/bytes.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { MAX_REMEMBERED_CERTIFICATE_BYTES, MAX_REMEMBERED_CERTIFICATES } from './limits.ts';

/**
 * Gives for the same bytes the same certificate. It remembers what the bytes say and nothing else: no verdict, no
 * signature, no error. Each hit compares all bytes, of which everything in a certificate is a view or a reading.
 */
export class CertificateMemo {
  readonly #kept: Certificate[] = [];

  /** Throws X509Error as {@link parseCertificate} does. */
  parse(der: Uint8Array): Certificate {
    for (const certificate of this.#kept) if (equalBytes(certificate.raw, der)) return certificate;
    const certificate = Object.freeze(parseCertificate(der));
    if (der.length <= MAX_REMEMBERED_CERTIFICATE_BYTES) {
      if (this.#kept.length === MAX_REMEMBERED_CERTIFICATES) this.#kept.shift();
      this.#kept.push(certificate);
    }
    return certificate;
  }
}
