/** Finished (RFC 8446 4.4.4). Its length depends on the hash, so the comparison above checks it. */
import type { Reader } from '../wire/reader.ts';
import { HandshakeType } from '../wire/registry.ts';
import { encodeMessage } from './framing.ts';

export interface FinishedFields {
  readonly verifyData: Uint8Array;
}

export interface Finished extends FinishedFields {
  readonly kind: 'Finished';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeFinished(r: Reader, raw: Uint8Array): Finished {
  return { kind: 'Finished', raw, verifyData: r.rest('verify_data') };
}

export function encodeFinished(fields: FinishedFields): Uint8Array {
  return encodeMessage(HandshakeType.finished, (w) => w.bytes(fields.verifyData));
}
