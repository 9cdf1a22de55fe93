/** Compressors for certificates, which the caller gives: the engine has none (RFC 8879). */
import type { CertificateCompressionAlgorithm } from '../wire/registry.ts';
import { invalid } from './check.ts';

export interface CertificateCompression {
  readonly algorithm: CertificateCompressionAlgorithm;
  /** Given the body of a Certificate message; what it throws ends the handshake with internal_error. Absent: not used for ours. */
  readonly compress?: ((message: Uint8Array) => Uint8Array) | undefined;
  /**
   * Given what a peer that is not authenticated sent, and how many bytes must come of it. It must stop there, throw where there
   * would be more, and may throw or give something else where it cannot be read. Absent: not asked of the peer.
   */
  readonly decompress?: ((compressed: Uint8Array, length: number) => Uint8Array) | undefined;
}

export interface CertificateCompressionOptions {
  /** Of TLS 1.3 alone, in order of preference; default none (RFC 8879). What is spared on the line is paid in code that reads what strangers send. */
  readonly certificateCompression?: readonly CertificateCompression[] | undefined;
}

/** compress_certificate has room for as many (RFC 8879 3). */
const MAX_ALGORITHMS = 127;

/** Throws TLSError `invalid_option`. */
export function compressionSettings({
  certificateCompression: given = [],
}: CertificateCompressionOptions): readonly CertificateCompression[] {
  if (given.length > MAX_ALGORITHMS || new Set(given.map(({ algorithm }) => algorithm)).size !== given.length)
    invalid(`certificateCompression takes ${MAX_ALGORITHMS} algorithms at most, each once`);
  for (const { algorithm, compress, decompress } of given) {
    const usable = [compress, decompress].every((one) => one === undefined || typeof one === 'function');
    if (!usable || (compress === undefined && decompress === undefined))
      invalid('certificateCompression: each needs compress, decompress or both, as functions');
    if (!Number.isInteger(algorithm) || algorithm < 1 || algorithm > 0xffff)
      invalid('certificateCompression: an algorithm is a number from 1 to 65535');
  }
  return Object.freeze([...given]);
}
