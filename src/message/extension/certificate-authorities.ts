/** certificate_authorities (RFC 8446 4.2.4). */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.certificate_authorities;

const names: ExtensionCodec<readonly Uint8Array[]> = codec(
  type,
  (r) => r.list(2, 3, 0xffff, 'authorities', (item) => item.vector(2, 1, 0xffff, 'distinguished_name')),
  (w, authorities) =>
    w.vector(2, (inner) => {
      for (const name of authorities) inner.vector(2, name);
    }),
);

/** DER DistinguishedNames, not looked into here. */
export const certificateAuthorities: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly Uint8Array[]>;
  readonly certificateRequest: ExtensionCodec<readonly Uint8Array[]>;
} = { type, allowedIn: ['CH', 'CR'], clientHello: names, certificateRequest: names };
