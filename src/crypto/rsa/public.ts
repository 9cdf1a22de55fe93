/** The RSA public operation, RSAVP1 (RFC 8017 5.2.2), on bytes. */
import { modPowPublic, toBytes, toInteger } from './integer.ts';
import type { RsaPublicKey } from './key.ts';

/** signature^e mod n, as long as the modulus; undefined when the signature is of another length or not below n. */
export function rsaPublicBytes(key: RsaPublicKey, signature: Uint8Array): Uint8Array | undefined {
  if (signature.length !== key.length) return undefined;
  const s = toInteger(signature);
  return s < key.n ? toBytes(modPowPublic(s, key.e, key.n), key.length) : undefined;
}
