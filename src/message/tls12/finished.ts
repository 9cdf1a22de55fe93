/** Finished of TLS 1.2 (RFC 5246 7.4.9). */
import { FINISHED_LENGTH_12 } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';

export interface Finished12Fields {
  /** 12 bytes. */
  readonly verifyData: Uint8Array;
}

export interface Finished12 extends Finished12Fields {
  readonly kind: 'Finished12';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeFinished12(r: Reader, raw: Uint8Array): Finished12 {
  const verifyData = r.bytes(FINISHED_LENGTH_12, 'verify_data');
  r.end();
  return { kind: 'Finished12', raw, verifyData };
}

export function encodeFinished12(fields: Finished12Fields): Uint8Array {
  return encodeMessage(HandshakeType.finished, (w) => w.bytes(fields.verifyData));
}
