/** Certificate of TLS 1.2 where raw public keys were agreed on (RFC 7250 3): the key itself, and no list. */
import type { Reader } from '../../wire/reader.ts';
import { HandshakeType } from '../../wire/registry.ts';
import { encodeMessage } from '../framing.ts';
import type { Certificate12 } from './certificate.ts';

/**
 * Reads the body; `r` stands after the header of `raw`. The list has the DER SubjectPublicKeyInfo alone, not looked into
 * here. RFC 7250 gives a client that has none no way to say so; the usual one is a length of zero. Throws TLSError.
 */
export function decodeRawPublicKey12(r: Reader, raw: Uint8Array): Certificate12 {
  const key = r.vector(3, 0, 0xffffff, 'subject_public_key_info');
  r.end();
  return { kind: 'Certificate12', raw, certificateList: key.length === 0 ? [] : [key] };
}

/** Undefined for none. */
export function encodeRawPublicKey12(key: Uint8Array | undefined): Uint8Array {
  return encodeMessage(HandshakeType.certificate, (w) => {
    w.vector(3, key ?? new Uint8Array(0));
  });
}
