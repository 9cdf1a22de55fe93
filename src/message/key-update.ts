/** KeyUpdate (RFC 8446 4.6.3). */
import type { Reader } from '../wire/reader.ts';
import { HandshakeType, KeyUpdateRequest } from '../wire/registry.ts';
import { encodeMessage } from './framing.ts';

export interface KeyUpdateFields {
  /** update_not_requested (0) or update_requested (1). */
  readonly requestUpdate: KeyUpdateRequest;
}

export interface KeyUpdate extends KeyUpdateFields {
  readonly kind: 'KeyUpdate';
  readonly raw: Uint8Array;
}

/** Reads the body; `r` stands after the header of `raw`. Throws TLSError. */
export function decodeKeyUpdate(r: Reader, raw: Uint8Array): KeyUpdate {
  const requestUpdate = r.code(KeyUpdateRequest, 1, 'request_update');
  if (
    requestUpdate !== KeyUpdateRequest.update_not_requested &&
    requestUpdate !== KeyUpdateRequest.update_requested
  ) {
    r.fail('bad_value', 'request_update', `is ${requestUpdate}, must be 0 or 1`, 'RFC 8446 4.6.3');
  }
  r.end();
  return { kind: 'KeyUpdate', raw, requestUpdate };
}

export function encodeKeyUpdate(fields: KeyUpdateFields): Uint8Array {
  return encodeMessage(HandshakeType.key_update, (w) => w.u8(fields.requestUpdate));
}
