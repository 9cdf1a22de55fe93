/** The header of handshake messages (RFC 8446 4). */
import { HANDSHAKE_HEADER_LENGTH } from '../wire/limits.ts';
import type { HandshakeType } from '../wire/registry.ts';
import { Writer } from '../wire/writer.ts';

/** Type and 24-bit length. Throws TLSError `encode_overflow` when the length does not fit. */
export function handshakeHeader(type: HandshakeType, bodyLength: number): Uint8Array {
  return new Writer().u8(type).u24(bodyLength).finish();
}

/** A whole handshake message around `body`. */
export function wrapHandshake(type: HandshakeType, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(HANDSHAKE_HEADER_LENGTH + body.length);
  out.set(handshakeHeader(type, body.length));
  out.set(body, HANDSHAKE_HEADER_LENGTH);
  return out;
}

export function encodeMessage(type: HandshakeType, write: (w: Writer) => void): Uint8Array {
  return new Writer().u8(type).vector(3, write).finish();
}
