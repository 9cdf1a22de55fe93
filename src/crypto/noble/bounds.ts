import { TLSError } from '../../wire/error.ts';

/** The checks that every AEAD call makes before it touches memory. A failure here is a bug of ours, not the peer's. */
export function checkCall(
  nonce: Uint8Array,
  buffer: Uint8Array,
  offset: number,
  length: number,
  wiped: boolean,
): void {
  if (wiped) throw new TLSError('internal_error', 'an AEAD key was used after it was wiped');
  if (nonce.length !== 12) throw new TLSError('internal_error', 'an AEAD nonce has 12 bytes');
  if (offset < 0 || length < 0 || offset + length > buffer.length) {
    throw new TLSError('internal_error', 'an AEAD call would leave its buffer');
  }
}
