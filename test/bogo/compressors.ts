/** The three forms of certificates that the runner knows, none of which is any use but for tests. The order is the preference. */
import { concatBytes, equalBytes } from '../../src/bytes/bytes.ts';
import type { CertificateCompression } from '../../src/config/certificate-compression.ts';
import { codePoint } from '../../src/wire/code-point.ts';

const PREFIX = Uint8Array.of(1, 2, 3, 4);

function without(prefix: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (!equalBytes(bytes.subarray(0, prefix.length), prefix)) throw new Error('another prefix');
  return bytes.slice(prefix.length);
}

export const COMPRESSORS: readonly CertificateCompression[] = [
  {
    algorithm: codePoint(0xff02),
    compress: (message) => concatBytes(PREFIX, message),
    decompress: (bytes) => without(PREFIX, bytes),
  },
  {
    algorithm: codePoint(0xff01),
    compress: (message) => without(new Uint8Array(2), message),
    decompress: (bytes) => concatBytes(new Uint8Array(2), bytes),
  },
  {
    algorithm: codePoint(0xff03),
    compress: (message) => concatBytes(crypto.getRandomValues(new Uint8Array(1)), message),
    decompress: (bytes) => bytes.slice(1),
  },
];
