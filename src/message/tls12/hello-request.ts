/** HelloRequest (RFC 5246 7.4.1.1): a server's wish to renegotiate. Never hashed; whoever receives it obeys it never. */
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface HelloRequest {
  readonly kind: 'HelloRequest';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeHelloRequest(r: Reader, raw: Uint8Array): HelloRequest {
  r.end();
  return { kind: 'HelloRequest', raw };
}

export function encodeHelloRequest(): Uint8Array {
  return encodeMessage(HandshakeType.hello_request, () => {});
}
