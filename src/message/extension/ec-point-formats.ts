/** ec_point_formats (RFC 8422 5.1.2). */
import { ECPointFormat, ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.ec_point_formats;

const list: ExtensionCodec<readonly ECPointFormat[]> = codec(
  type,
  (r) => r.codes(1, 1, 0xff, 'ec_point_format_list', ECPointFormat, 1),
  (w, formats) => w.vector(1, Uint8Array.from(formats)),
);

export const ecPointFormats: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly ECPointFormat[]>;
  readonly serverHello12: ExtensionCodec<readonly ECPointFormat[]>;
} = { type, allowedIn: ['CH', 'SH12'], clientHello: list, serverHello12: list };
