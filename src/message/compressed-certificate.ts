/** CompressedCertificate (RFC 8879 4): a Certificate message of TLS 1.3, without its header, in a smaller form. */
import type { Reader } from '../wire/reader.ts';
import { CertificateCompressionAlgorithm, HandshakeType } from '../wire/registry.ts';
import { encodeMessage } from './framing.ts';

export interface CompressedCertificateFields {
  readonly algorithm: CertificateCompressionAlgorithm;
  /** Bytes of the Certificate message's body. */
  readonly uncompressedLength: number;
  /** 1 to 2^24-1 bytes. */
  readonly compressed: Uint8Array;
}

export interface CompressedCertificate extends CompressedCertificateFields {
  readonly kind: 'CompressedCertificate';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Nothing is decompressed here. Throws TLSError. */
export function decodeCompressedCertificate(r: Reader, raw: Uint8Array): CompressedCertificate {
  const algorithm = r.code(CertificateCompressionAlgorithm, 2, 'algorithm');
  const uncompressedLength = r.u24('uncompressed_length');
  const compressed = r.vector(3, 1, 0xffffff, 'compressed_certificate_message');
  r.end();
  return { kind: 'CompressedCertificate', raw, algorithm, uncompressedLength, compressed };
}

export function encodeCompressedCertificate(fields: CompressedCertificateFields): Uint8Array {
  return encodeMessage(HandshakeType.compressed_certificate, (w) => {
    w.u16(fields.algorithm).u24(fields.uncompressedLength).vector(3, fields.compressed);
  });
}
