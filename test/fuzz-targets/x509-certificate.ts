/** X.509 certificates: X509Error alone; and whatever decodes can be named, matched and compared without a throw. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { X509Error } from '../../src/x509/error.ts';
import { checkHostname, matchHostname } from '../../src/x509/hostname.ts';

function parse(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (!(error instanceof X509Error)) throw error;
    return undefined;
  }
}

export function fuzz(data: Buffer): void {
  const der = new Uint8Array(data);
  const certificate = parse(der);
  if (certificate === undefined) return;
  if (!equalBytes(certificate.raw, der)) throw new Error('raw is not what was parsed');
  for (const name of ['www.example.com', '*.example.com', '192.0.2.1', '2001:db8::1', '', 'xn--a']) {
    if (matchHostname(certificate, name) !== (checkHostname(certificate, name) === undefined)) {
      throw new Error(`two verdicts on ${name}`);
    }
  }
  certificate.subject.toString();
  certificate.issuer.toString();
}
