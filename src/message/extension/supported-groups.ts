/** supported_groups (RFC 8446 4.2.7). */
import { ExtensionType } from '../../wire/registry.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.supported_groups;

const list: ExtensionCodec<readonly NamedGroup[]> = codec(
  type,
  (r) => r.codes(2, 2, 0xffff, 'named_group_list', NamedGroup, 2),
  (w, groups) =>
    w.vector(2, (inner) => {
      for (const group of groups) inner.u16(group);
    }),
);

export const supportedGroups: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly NamedGroup[]>;
  readonly encryptedExtensions: ExtensionCodec<readonly NamedGroup[]>;
} = {
  type,
  // Not by any RFC in a ServerHello, but F5 BIG-IP sends it there in TLS 1.2, and BoringSSL and OpenSSL let it pass.
  allowedIn: ['CH', 'EE', 'SH12'],
  clientHello: list,
  encryptedExtensions: list,
};
