/** Exporters (RFC 8446 7.5): keys for other protocols, bound to this connection. */
import type { Secret } from '../bytes/secret.ts';
import { emptyHash, hkdfExpandLabel } from '../crypto/hkdf.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { TLSError } from '../wire/error.ts';

/**
 * `length` bytes of keying material. No context and an empty context give the same bytes in TLS 1.3.
 *
 * `label` is ASCII or bytes, 1..249 bytes. Throws TLSError `invalid_option` when it, or `length` (up to 255 hash
 * outputs), is out of range.
 */
export function exportKeyingMaterial(
  hash: HashFunction,
  exporterMasterSecret: Secret,
  label: string | Uint8Array,
  context: Uint8Array,
  length: number,
): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > 255 * hash.outputLength) {
    throw new TLSError('invalid_option', `an exporter gives 1..${255 * hash.outputLength} bytes`, {
      rfc: 'RFC 8446 7.5',
    });
  }
  const derived = hkdfExpandLabel(hash, exporterMasterSecret, label, emptyHash(hash), hash.outputLength);
  const material = hkdfExpandLabel(hash, derived, 'exporter', hash.digest(context), length);
  derived.fill(0);
  return material;
}
