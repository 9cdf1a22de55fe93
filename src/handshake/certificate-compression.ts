/** Certificates in a smaller form, in either direction of TLS 1.3 (RFC 8879). The transcript takes what goes over the line. */
import type { CommonConfig } from '../config/config.ts';
import { type Certificate, decodeCertificate } from '../message/certificate.ts';
import {
  type CompressedCertificate,
  encodeCompressedCertificate,
} from '../message/compressed-certificate.ts';
import { TLSError } from '../wire/error.ts';
import { HANDSHAKE_HEADER_LENGTH, MAX_CERTIFICATE_COMPRESSION_RATIO } from '../wire/limits.ts';
import { Reader } from '../wire/reader.ts';
import { CertificateCompressionAlgorithm, nameOf } from '../wire/registry.ts';

/** What is asked of the peer; empty for nothing. */
export function takenAlgorithms(config: CommonConfig): readonly CertificateCompressionAlgorithm[] {
  return config.certificateCompression
    .filter(({ decompress }) => decompress !== undefined)
    .map(({ algorithm }) => algorithm);
}

/** A Certificate message, in the first form of ours that the peer takes; as it is where there is none. */
export function compressed(
  config: CommonConfig,
  taken: readonly CertificateCompressionAlgorithm[] | undefined,
  certificate: Uint8Array,
): Uint8Array {
  for (const { algorithm, compress } of config.certificateCompression) {
    if (compress === undefined || taken?.includes(algorithm) !== true) continue;
    const message = certificate.subarray(HANDSHAKE_HEADER_LENGTH);
    return encodeCompressedCertificate({
      algorithm,
      uncompressedLength: message.length,
      compressed: compress(message),
    });
  }
  return certificate;
}

function bad(message: string, cause?: unknown): TLSError {
  return new TLSError('bad_compressed_certificate', message, { rfc: 'RFC 8879 4', cause });
}

/**
 * The Certificate message in it, with the bytes on the line as its `raw`; `offered` is what our own message said. Lengths are judged before anything is decompressed, so
 * that a few bytes cannot ask for much memory (CVE-2025-66199). Throws TLSError `unoffered_compression_algorithm`
 * (illegal_parameter), `bad_compressed_certificate` (bad_certificate), or what is wrong with the message within.
 */
export function expanded(
  config: CommonConfig,
  offered: readonly CertificateCompressionAlgorithm[] | undefined,
  message: CompressedCertificate,
): Certificate {
  const { algorithm, uncompressedLength: length, compressed: bytes } = message;
  const one = config.certificateCompression.find((candidate) => candidate.algorithm === algorithm);
  if (one?.decompress === undefined || offered?.includes(algorithm) !== true) {
    const name = nameOf(CertificateCompressionAlgorithm, algorithm);
    throw new TLSError(
      'unoffered_compression_algorithm',
      `the certificate is compressed by ${name}, which was not offered`,
      { rfc: 'RFC 8879 4' },
    );
  }
  if (length > config.maxCertificateListLength) {
    throw bad(
      `${length} bytes of certificates are announced; the limit is ${config.maxCertificateListLength}`,
    );
  }
  if (length > bytes.length * MAX_CERTIFICATE_COMPRESSION_RATIO) {
    throw bad(`${bytes.length} bytes of certificates are to become ${length}`);
  }
  const body = decompressed(one.decompress, bytes, length);
  if (body.length !== length)
    throw bad(`${length} bytes of certificates were announced, ${body.length} came`);
  return decodeCertificate(new Reader(body, 'Certificate'), message.raw);
}

/** The same on a server, whose CertificateRequest no one shapes. */
export function expandedOfClient(config: CommonConfig, message: CompressedCertificate): Certificate {
  return expanded(config, takenAlgorithms(config), message);
}

function decompressed(
  decompress: (bytes: Uint8Array, length: number) => Uint8Array,
  bytes: Uint8Array,
  length: number,
): Uint8Array {
  let body: unknown;
  try {
    body = decompress(bytes, length);
  } catch (error) {
    throw bad('the certificates cannot be decompressed', error);
  }
  if (body instanceof Uint8Array) return body;
  throw new TLSError('callback_failed', 'decompress must give a Uint8Array');
}
