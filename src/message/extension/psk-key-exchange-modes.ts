/** psk_key_exchange_modes (RFC 8446 4.2.9). */
import { ExtensionType, PskKeyExchangeMode } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.psk_key_exchange_modes;

export const pskKeyExchangeModes: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly PskKeyExchangeMode[]>;
} = {
  type,
  allowedIn: ['CH'],
  clientHello: codec(
    type,
    (r) => r.codes(1, 1, 0xff, 'ke_modes', PskKeyExchangeMode, 1),
    (w, modes) => w.vector(1, Uint8Array.from(modes)),
  ),
};
