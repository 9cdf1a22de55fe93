/** ClientKeyExchange of ECDHE (RFC 8422 5.7). That of ECDHE_PSK will bring its identity before the point (RFC 5489 2). */
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface ClientKeyExchangeFields {
  /** 1 to 255 bytes; whether it is a point is the group's to say. */
  readonly publicKey: Uint8Array;
}

export interface ClientKeyExchange extends ClientKeyExchangeFields {
  readonly kind: 'ClientKeyExchange';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeClientKeyExchange(r: Reader, raw: Uint8Array): ClientKeyExchange {
  const publicKey = r.vector(1, 1, 0xff, 'ecdh_Yc');
  r.end();
  return { kind: 'ClientKeyExchange', raw, publicKey };
}

export function encodeClientKeyExchange(fields: ClientKeyExchangeFields): Uint8Array {
  return encodeMessage(HandshakeType.client_key_exchange, (w) => w.vector(1, fields.publicKey));
}
