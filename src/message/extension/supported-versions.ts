/** supported_versions (RFC 8446 4.2.1). */
import { ExtensionType, ProtocolVersion } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.supported_versions;

const selected: ExtensionCodec<ProtocolVersion> = codec(
  type,
  (r) => r.code(ProtocolVersion, 2, 'selected_version'),
  (w, version) => w.u16(version),
);

export const supportedVersions: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly ProtocolVersion[]>;
  readonly serverHello: ExtensionCodec<ProtocolVersion>;
  readonly helloRetryRequest: ExtensionCodec<ProtocolVersion>;
} = {
  type,
  allowedIn: ['CH', 'SH', 'HRR'],
  clientHello: codec(
    type,
    (r) => r.codes(1, 2, 254, 'versions', ProtocolVersion, 2),
    (w, versions) =>
      w.vector(1, (inner) => {
        for (const version of versions) inner.u16(version);
      }),
  ),
  serverHello: selected,
  helloRetryRequest: selected,
};
