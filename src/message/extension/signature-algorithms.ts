/** signature_algorithms (RFC 8446 4.2.3). */
import { ExtensionType } from '../../wire/registry.ts';
import { SignatureScheme } from '../../wire/registry-crypto.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.signature_algorithms;

const list: ExtensionCodec<readonly SignatureScheme[]> = codec(
  type,
  (r) => r.codes(2, 2, 0xfffe, 'supported_signature_algorithms', SignatureScheme, 2),
  (w, schemes) =>
    w.vector(2, (inner) => {
      for (const scheme of schemes) inner.u16(scheme);
    }),
);

export const signatureAlgorithms: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly SignatureScheme[]>;
  readonly certificateRequest: ExtensionCodec<readonly SignatureScheme[]>;
} = { type, allowedIn: ['CH', 'CR'], clientHello: list, certificateRequest: list };
