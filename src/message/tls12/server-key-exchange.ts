/**
 * ServerKeyExchange of ECDHE_ECDSA and ECDHE_RSA (RFC 8422 5.4, RFC 5246 7.4.3). The structure has no tag of its
 * own: that of ECDHE_PSK (RFC 5489 2) will need the suite to be told apart, hence another decoder.
 */
import type { Reader } from '../../wire/reader.ts';
import { ECCurveType, HandshakeType } from '../../wire/registry.ts';
import { NamedGroup, SignatureScheme } from '../../wire/registry-crypto.ts';
import { Writer } from '../../wire/writer.ts';
import { encodeMessage } from '../framing.ts';

export interface ServerEcdhParams {
  readonly namedCurve: NamedGroup;
  /** 1 to 255 bytes; whether it is a point is the group's to say. */
  readonly publicKey: Uint8Array;
}

export interface ServerKeyExchangeFields extends ServerEcdhParams {
  readonly algorithm: SignatureScheme;
  /** Over client random, server random and {@link encodeServerEcdhParams}. */
  readonly signature: Uint8Array;
}

export interface ServerKeyExchange extends ServerKeyExchangeFields {
  readonly kind: 'ServerKeyExchange';
  readonly raw: Uint8Array;
  /** The bytes of ServerECDHParams as received, for the check of the signature; a view of `raw`. */
  readonly signedParams: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeServerKeyExchange(r: Reader, raw: Uint8Array): ServerKeyExchange {
  const start = r.offset;
  const curveType = r.code(ECCurveType, 1, 'curve_type');
  // RFC 8422 5.4: explicit curves are gone; a peer that could choose its curve could choose a weak one.
  if (curveType !== ECCurveType.named_curve) {
    r.fail('bad_value', 'curve_type', `is ${curveType}, must be named_curve`, 'RFC 8422 5.4');
  }
  const namedCurve = r.code(NamedGroup, 2, 'namedcurve');
  const publicKey = r.vector(1, 1, 0xff, 'public');
  const signedParams = raw.subarray(start, r.offset);
  const algorithm = r.code(SignatureScheme, 2, 'algorithm');
  const signature = r.vector(2, 0, 0xffff, 'signature');
  r.end();
  return { kind: 'ServerKeyExchange', raw, namedCurve, publicKey, signedParams, algorithm, signature };
}

function writeParams(w: Writer, params: ServerEcdhParams): Writer {
  return w.u8(ECCurveType.named_curve).u16(params.namedCurve).vector(1, params.publicKey);
}

/** ServerECDHParams: what a server signs after both randoms (RFC 8422 5.4). */
export function encodeServerEcdhParams(params: ServerEcdhParams): Uint8Array {
  return writeParams(new Writer(), params).finish();
}

export function encodeServerKeyExchange(fields: ServerKeyExchangeFields): Uint8Array {
  return encodeMessage(HandshakeType.server_key_exchange, (w) =>
    writeParams(w, fields).u16(fields.algorithm).vector(2, fields.signature),
  );
}
