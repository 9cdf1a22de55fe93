/** Sessions as Node hands them around: buffers from the event 'session' and getSession(). As secret as a key. */
import { decodeStoredSession, encodeStoredSession } from '../session/codec.ts';
import type { StoredSession } from '../session/session.ts';
import { TLSError } from '../wire/error.ts';
import { invalidType } from './node-error.ts';
import { bytesOf } from './own-options.ts';

/**
 * A session that a program gives back; undefined for none, and for bytes that are not one of ours: what cannot be
 * resumed costs a full handshake and nothing else. Throws `ERR_INVALID_ARG_TYPE`.
 */
export function readSession(value: unknown): StoredSession | undefined {
  if (value === undefined || value === null) return undefined;
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : bytesOf(value);
  if (bytes === undefined) {
    throw invalidType(
      'options.session',
      'of type string or an instance of Buffer, TypedArray, or DataView',
      value,
    );
  }
  try {
    return decodeStoredSession(bytes);
  } catch (error) {
    if (error instanceof TLSError && error.family === 'decode') return undefined;
    throw error;
  }
}

export function writeSession(session: StoredSession): Buffer {
  return Buffer.from(encodeStoredSession(session));
}
