/** ServerKeyExchange and ClientKeyExchange of ECDHE_PSK (RFC 5489 2, RFC 7905): no signature, an identity instead. */
import type { Reader } from '../../wire/reader.ts';
import { ECCurveType, HandshakeType } from '../../wire/registry.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import { encodeMessage } from '../framing.ts';

export interface PskServerKeyExchangeFields {
  /** Helps the client to choose an identity; may be empty. */
  readonly identityHint: Uint8Array;
  readonly namedCurve: NamedGroup;
  /** 1 to 255 bytes; whether it is a point is the group's to say. */
  readonly publicKey: Uint8Array;
}

export interface PskServerKeyExchange extends PskServerKeyExchangeFields {
  readonly kind: 'PskServerKeyExchange';
  readonly raw: Uint8Array;
}

export interface PskClientKeyExchangeFields {
  /** Names the key; may be empty. */
  readonly identity: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface PskClientKeyExchange extends PskClientKeyExchangeFields {
  readonly kind: 'PskClientKeyExchange';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodePskServerKeyExchange(r: Reader, raw: Uint8Array): PskServerKeyExchange {
  const identityHint = r.vector(2, 0, 0xffff, 'psk_identity_hint');
  const curveType = r.code(ECCurveType, 1, 'curve_type');
  if (curveType !== ECCurveType.named_curve) {
    r.fail('bad_value', 'curve_type', `is ${curveType}, must be named_curve`, 'RFC 8422 5.4');
  }
  const namedCurve = r.code(NamedGroup, 2, 'namedcurve');
  const publicKey = r.vector(1, 1, 0xff, 'public');
  r.end();
  return { kind: 'PskServerKeyExchange', raw, identityHint, namedCurve, publicKey };
}

export function encodePskServerKeyExchange(fields: PskServerKeyExchangeFields): Uint8Array {
  return encodeMessage(HandshakeType.server_key_exchange, (w) =>
    w
      .vector(2, fields.identityHint)
      .u8(ECCurveType.named_curve)
      .u16(fields.namedCurve)
      .vector(1, fields.publicKey),
  );
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodePskClientKeyExchange(r: Reader, raw: Uint8Array): PskClientKeyExchange {
  const identity = r.vector(2, 0, 0xffff, 'psk_identity');
  const publicKey = r.vector(1, 1, 0xff, 'ecdh_Yc');
  r.end();
  return { kind: 'PskClientKeyExchange', raw, identity, publicKey };
}

export function encodePskClientKeyExchange(fields: PskClientKeyExchangeFields): Uint8Array {
  return encodeMessage(HandshakeType.client_key_exchange, (w) =>
    w.vector(2, fields.identity).vector(1, fields.publicKey),
  );
}
