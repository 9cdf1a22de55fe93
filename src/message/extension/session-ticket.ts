/** session_ticket of TLS 1.2 (RFC 5077 3.2): the ticket is all of extension_data, without a length. */
import { ExtensionType } from '../../wire/registry.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

const type: ExtensionType = ExtensionType.session_ticket;

export const sessionTicket: ExtensionPlacement & {
  /** Empty when the client only says that it would take one. */
  readonly clientHello: ExtensionCodec<Uint8Array>;
  readonly serverHello12: ExtensionCodec<true>;
} = {
  type,
  allowedIn: ['CH', 'SH12'],
  clientHello: codec(
    type,
    (r) => r.rest('ticket'),
    (w, ticket) => w.bytes(ticket),
  ),
  serverHello12: emptyCodec(type),
};
