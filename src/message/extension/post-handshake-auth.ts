/** post_handshake_auth (RFC 8446 4.2.6). */
import { ExtensionType } from '../../wire/registry.ts';
import { type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

const type: ExtensionType = ExtensionType.post_handshake_auth;

export const postHandshakeAuth: ExtensionPlacement & { readonly clientHello: ExtensionCodec<true> } = {
  type,
  allowedIn: ['CH'],
  clientHello: emptyCodec(type),
};
