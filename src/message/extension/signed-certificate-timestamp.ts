/** signed_certificate_timestamp: carried, not verified (RFC 6962 3.3, RFC 8446 4.4.2.1). */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

const type: ExtensionType = ExtensionType.signed_certificate_timestamp;

const list: ExtensionCodec<readonly Uint8Array[]> = codec(
  type,
  (r) => r.list(2, 1, 0xffff, 'sct_list', (item) => item.vector(2, 1, 0xffff, 'serialized_sct')),
  (w, timestamps) =>
    w.vector(2, (inner) => {
      for (const timestamp of timestamps) inner.vector(2, timestamp);
    }),
);

export const signedCertificateTimestamp: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<true>;
  readonly certificateRequest: ExtensionCodec<true>;
  /** SerializedSCTs. */
  readonly certificate: ExtensionCodec<readonly Uint8Array[]>;
  readonly serverHello12: ExtensionCodec<readonly Uint8Array[]>;
} = {
  type,
  allowedIn: ['CH', 'CR', 'CT', 'SH12'],
  clientHello: emptyCodec(type),
  certificateRequest: emptyCodec(type),
  certificate: list,
  serverHello12: list,
};
