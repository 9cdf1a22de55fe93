/** RSASSA-PKCS1-v1_5 (RFC 8017 8.2). */
import { equalBytes } from '../../bytes/bytes.ts';
import { TLSError } from '../../wire/error.ts';
import type { HashFunction, HashName, RandomSource } from '../provider.ts';
import type { RsaPrivateKey, RsaPublicKey } from './key.ts';
import { rsaPrivateBytes } from './private.ts';
import { rsaPublicBytes } from './public.ts';

/** DER of DigestInfo up to the digest (RFC 8017 9.2, notes). */
const DIGEST_INFO: Readonly<Record<HashName, Uint8Array>> = {
  'SHA-256': digestInfo(1, 32),
  'SHA-384': digestInfo(2, 48),
  'SHA-512': digestInfo(3, 64),
};

/** SEQUENCE { SEQUENCE { OID 2.16.840.1.101.3.4.2.x, NULL }, OCTET STRING of `length` bytes }. */
function digestInfo(arc: number, length: number): Uint8Array {
  return Uint8Array.of(
    ...[0x30, 17 + length, 0x30, 13, 0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc],
    ...[0x05, 0, 0x04, length],
  );
}

/** EMSA-PKCS1-v1_5 (RFC 8017 9.2) in `length` bytes; undefined when that is too short for the hash. */
function encode(hash: HashFunction, message: Uint8Array, length: number): Uint8Array | undefined {
  const prefix = DIGEST_INFO[hash.name];
  const digestAt = length - hash.outputLength;
  const prefixAt = digestAt - prefix.length;
  // 0x00 0x01, at least eight 0xff, 0x00
  if (prefixAt < 11) return undefined;
  const em = new Uint8Array(length).fill(0xff);
  em[0] = 0;
  em[1] = 1;
  em[prefixAt - 1] = 0;
  em.set(prefix, prefixAt);
  em.set(hash.digest(message), digestAt);
  return em;
}

/**
 * Whether `em`, of the modulus' length, is the message's encoding. It is encoded anew and compared as a whole, so that there
 * is no parser to fool (Bleichenbacher's 2006 forgery and its many descendants). The form without NULL parameters, which
 * RFC 8017 allows a verifier to accept, is refused, as in BoringSSL and Go.
 */
export function isPkcs1Encoding(em: Uint8Array, hash: HashFunction, message: Uint8Array): boolean {
  const expected = encode(hash, message, em.length);
  return expected !== undefined && equalBytes(em, expected);
}

/** Throws TLSError `internal_error` when a key of `length` bytes is too short for the hash. */
export function encodePkcs1(hash: HashFunction, message: Uint8Array, length: number): Uint8Array {
  const em = encode(hash, message, length);
  if (em === undefined) throw new TLSError('internal_error', 'the RSA key is too short for this hash');
  return em;
}

export function verifyPkcs1(
  key: RsaPublicKey,
  hash: HashFunction,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const em = rsaPublicBytes(key, signature);
  return em !== undefined && isPkcs1Encoding(em, hash, message);
}

/** Throws TLSError `internal_error` when the key is too short for the hash or the result does not verify. */
export function signPkcs1(
  key: RsaPrivateKey,
  hash: HashFunction,
  message: Uint8Array,
  random: RandomSource,
): Uint8Array {
  return rsaPrivateBytes(key, encodePkcs1(hash, message, key.length), random);
}
