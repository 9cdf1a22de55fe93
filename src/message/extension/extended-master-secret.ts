/** extended_master_secret (RFC 7627 5.1). */
import { ExtensionType } from '../../wire/registry.ts';
import { type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

const type: ExtensionType = ExtensionType.extended_master_secret;

export const extendedMasterSecret: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<true>;
  readonly serverHello12: ExtensionCodec<true>;
} = { type, allowedIn: ['CH', 'SH12'], clientHello: emptyCodec(type), serverHello12: emptyCodec(type) };
