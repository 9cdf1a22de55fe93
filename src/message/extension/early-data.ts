/** early_data (RFC 8446 4.2.10). */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

const type: ExtensionType = ExtensionType.early_data;

export const earlyData: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<true>;
  readonly encryptedExtensions: ExtensionCodec<true>;
  /** max_early_data_size, in bytes. */
  readonly newSessionTicket: ExtensionCodec<number>;
} = {
  type,
  allowedIn: ['CH', 'EE', 'NST'],
  clientHello: emptyCodec(type),
  encryptedExtensions: emptyCodec(type),
  newSessionTicket: codec(
    type,
    (r) => r.u32('max_early_data_size'),
    (w, size) => w.u32(size),
  ),
};
