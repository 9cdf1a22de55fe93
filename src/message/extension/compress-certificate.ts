/** compress_certificate (RFC 8879 3). */
import { CertificateCompressionAlgorithm, ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.compress_certificate;

const list: ExtensionCodec<readonly CertificateCompressionAlgorithm[]> = codec(
  type,
  (r) => {
    const algorithms = r.codes(1, 2, 254, 'algorithms', CertificateCompressionAlgorithm, 2);
    if (new Set(algorithms).size !== algorithms.length)
      r.fail('bad_value', 'algorithms', 'names one twice', 'RFC 8879 3');
    return algorithms;
  },
  (w, algorithms) =>
    w.vector(1, (inner) => {
      for (const algorithm of algorithms) inner.u16(algorithm);
    }),
);

export const compressCertificate: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly CertificateCompressionAlgorithm[]>;
  readonly certificateRequest: ExtensionCodec<readonly CertificateCompressionAlgorithm[]>;
} = { type, allowedIn: ['CH', 'CR'], clientHello: list, certificateRequest: list };
