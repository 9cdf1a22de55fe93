/** ServerHelloDone (RFC 5246 7.4.5): the end of a server's first flight. */
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface ServerHelloDone {
  readonly kind: 'ServerHelloDone';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeServerHelloDone(r: Reader, raw: Uint8Array): ServerHelloDone {
  r.end();
  return { kind: 'ServerHelloDone', raw };
}

export function encodeServerHelloDone(): Uint8Array {
  return encodeMessage(HandshakeType.server_hello_done, () => {});
}
