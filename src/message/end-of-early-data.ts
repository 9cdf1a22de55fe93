/** EndOfEarlyData (RFC 8446 4.5): empty. */
import type { Reader } from '../wire/reader.ts';
import { HandshakeType } from '../wire/registry.ts';
import { encodeMessage } from './framing.ts';

export interface EndOfEarlyData {
  readonly kind: 'EndOfEarlyData';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeEndOfEarlyData(r: Reader, raw: Uint8Array): EndOfEarlyData {
  r.end();
  return { kind: 'EndOfEarlyData', raw };
}

export function encodeEndOfEarlyData(): Uint8Array {
  return encodeMessage(HandshakeType.end_of_early_data, () => {});
}
