/** renegotiation_info (RFC 5746 3.2). TLS 1.3 has no renegotiation, so there it only stands in the ClientHello. */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.renegotiation_info;

const value: ExtensionCodec<Uint8Array> = codec(
  type,
  (r) => r.vector(1, 0, 0xff, 'renegotiated_connection'),
  (w, verifyData) => w.vector(1, verifyData),
);

export const renegotiationInfo: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<Uint8Array>;
  readonly serverHello12: ExtensionCodec<Uint8Array>;
} = { type, allowedIn: ['CH', 'SH12'], clientHello: value, serverHello12: value };
