/** The pseudorandom function of TLS 1.2 (RFC 5246 5), over the hash that the cipher suite names. */
import { concatBytes } from '../bytes/bytes.ts';
import { asciiEncode } from '../bytes/encoding.ts';
import { Secret } from '../bytes/secret.ts';
import type { KeyBytes } from './hkdf.ts';
import type { HashFunction } from './provider.ts';

/**
 * PRF(secret, label, seed): `length` bytes. `label` is ASCII text or the bytes themselves. Never fails; whoever lets a
 * stranger choose `length` bounds it.
 */
export function prf(
  hash: HashFunction,
  secret: KeyBytes,
  label: string | Uint8Array,
  seed: Uint8Array,
  length: number,
): Uint8Array {
  const key = secret instanceof Secret ? secret.reveal() : secret;
  const labelled = concatBytes(typeof label === 'string' ? asciiEncode(label) : label, seed);
  const whole = hash.pHash?.(key, labelled, length);
  if (whole !== undefined) return whole;
  const out = new Uint8Array(length);
  // P_hash: a chain of HMACs, A(i), each of which makes one block of output (RFC 5246 5).
  let chain = hash.hmac(key, labelled);
  for (let at = 0; at < length; at += hash.outputLength) {
    const block = hash.hmac(key, chain, labelled);
    out.set(length - at < block.length ? block.subarray(0, length - at) : block, at);
    block.fill(0);
    const next = hash.hmac(key, chain);
    chain.fill(0);
    chain = next;
  }
  chain.fill(0);
  return out;
}
