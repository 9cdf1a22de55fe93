/** CertificateVerify (RFC 8446 4.4.3). */
import type { Reader } from '../wire/reader.ts';
import { HandshakeType } from '../wire/registry.ts';
import { SignatureScheme } from '../wire/registry-crypto.ts';
import { encodeMessage } from './framing.ts';

export interface CertificateVerifyFields {
  readonly algorithm: SignatureScheme;
  readonly signature: Uint8Array;
}

export interface CertificateVerify extends CertificateVerifyFields {
  readonly kind: 'CertificateVerify';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeCertificateVerify(r: Reader, raw: Uint8Array): CertificateVerify {
  const algorithm = r.code(SignatureScheme, 2, 'algorithm');
  const signature = r.vector(2, 0, 0xffff, 'signature');
  r.end();
  return { kind: 'CertificateVerify', raw, algorithm, signature };
}

export function encodeCertificateVerify(fields: CertificateVerifyFields): Uint8Array {
  return encodeMessage(HandshakeType.certificate_verify, (w) =>
    w.u16(fields.algorithm).vector(2, fields.signature),
  );
}
