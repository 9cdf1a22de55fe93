/** CertificateRequest of TLS 1.2 (RFC 5246 7.4.4, RFC 8422 5.5). */
import type { Reader } from '../../wire/reader.ts';
import { ClientCertificateType, HandshakeType } from '../../wire/registry.ts';
import { SignatureScheme } from '../../wire/registry-crypto.ts';
import { encodeMessage } from '../framing.ts';

export interface CertificateRequest12Fields {
  /** 1 to 255 of them. */
  readonly certificateTypes: readonly ClientCertificateType[];
  /** One at least. */
  readonly signatureAlgorithms: readonly SignatureScheme[];
  /** DER DistinguishedNames; empty when any authority will do. */
  readonly certificateAuthorities: readonly Uint8Array[];
}

export interface CertificateRequest12 extends CertificateRequest12Fields {
  readonly kind: 'CertificateRequest12';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeCertificateRequest12(r: Reader, raw: Uint8Array): CertificateRequest12 {
  const certificateTypes = r.codes(1, 1, 0xff, 'certificate_types', ClientCertificateType, 1);
  const signatureAlgorithms = r.codes(2, 2, 0xfffe, 'supported_signature_algorithms', SignatureScheme, 2);
  const certificateAuthorities = r.list(2, 0, 0xffff, 'certificate_authorities', (item) =>
    item.vector(2, 1, 0xffff, 'distinguished_name'),
  );
  r.end();
  return { kind: 'CertificateRequest12', raw, certificateTypes, signatureAlgorithms, certificateAuthorities };
}

export function encodeCertificateRequest12(fields: CertificateRequest12Fields): Uint8Array {
  return encodeMessage(HandshakeType.certificate_request, (w) => {
    w.vector(1, (list) => {
      for (const type of fields.certificateTypes) list.u8(type);
    });
    w.vector(2, (list) => {
      for (const scheme of fields.signatureAlgorithms) list.u16(scheme);
    });
    w.vector(2, (list) => {
      for (const name of fields.certificateAuthorities) list.vector(2, name);
    });
  });
}
