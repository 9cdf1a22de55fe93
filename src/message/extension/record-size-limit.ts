/** record_size_limit (RFC 8449 4). */
import { MIN_RECORD_SIZE_LIMIT } from '../../wire/limits.ts';
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.record_size_limit;

const limit: ExtensionCodec<number> = codec(
  type,
  (r) => {
    const size = r.u16('record_size_limit');
    if (size < MIN_RECORD_SIZE_LIMIT) {
      r.fail(
        'bad_value',
        'record_size_limit',
        `is ${size}, must be ${MIN_RECORD_SIZE_LIMIT} or more`,
        'RFC 8449 4',
      );
    }
    return size;
  },
  (w, size) => w.u16(size),
);

export const recordSizeLimit: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<number>;
  readonly encryptedExtensions: ExtensionCodec<number>;
  readonly serverHello12: ExtensionCodec<number>;
} = {
  type,
  allowedIn: ['CH', 'EE', 'SH12'],
  clientHello: limit,
  encryptedExtensions: limit,
  serverHello12: limit,
};
