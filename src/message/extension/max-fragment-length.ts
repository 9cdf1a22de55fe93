/** max_fragment_length (RFC 6066 4). */
import { ExtensionType, MaxFragmentLength } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.max_fragment_length;

const value: ExtensionCodec<MaxFragmentLength> = codec(
  type,
  (r) => {
    const length = r.code(MaxFragmentLength, 1, 'max_fragment_length');
    if (length < 1 || length > 4) {
      r.fail('bad_value', 'max_fragment_length', `is ${length}, must be 1..4`, 'RFC 6066 4');
    }
    return length;
  },
  (w, length) => w.u8(length),
);

export const maxFragmentLength: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<MaxFragmentLength>;
  readonly encryptedExtensions: ExtensionCodec<MaxFragmentLength>;
  readonly serverHello12: ExtensionCodec<MaxFragmentLength>;
} = {
  type,
  allowedIn: ['CH', 'EE', 'SH12'],
  clientHello: value,
  encryptedExtensions: value,
  serverHello12: value,
};
