/** cookie (RFC 8446 4.2.2). */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

const type: ExtensionType = ExtensionType.cookie;

const value: ExtensionCodec<Uint8Array> = codec(
  type,
  (r) => r.vector(2, 1, 0xffff, 'cookie'),
  (w, cookie) => w.vector(2, cookie),
);

export const cookie: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<Uint8Array>;
  readonly helloRetryRequest: ExtensionCodec<Uint8Array>;
} = { type, allowedIn: ['CH', 'HRR'], clientHello: value, helloRetryRequest: value };
