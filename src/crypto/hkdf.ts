/** HKDF (RFC 5869) and the labelled form of TLS 1.3 (RFC 8446 7.1), over any hash of the provider. */
import { EMPTY } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import { TLSError } from '../wire/error.ts';
import type { HashFunction } from './provider.ts';

/** Key bytes as they come: plain, or owned by a {@link Secret}. */
export type KeyBytes = Uint8Array | Secret;

const PREFIX: Uint8Array = Uint8Array.of(0x74, 0x6c, 0x73, 0x31, 0x33, 0x20); // "tls13 "
/** HkdfLabel.label and HkdfLabel.context are vectors of up to 255 bytes (RFC 8446 7.1). */
const MAX_LABEL = 255 - PREFIX.length;
const MAX_CONTEXT = 255;

function reveal(key: KeyBytes): Uint8Array {
  return key instanceof Secret ? key.reveal() : key;
}

/** HKDF-Extract (RFC 5869 2.2). An empty salt acts as `hash.outputLength` zeros. */
export function hkdfExtract(hash: HashFunction, salt: KeyBytes, ikm: KeyBytes): Uint8Array {
  return hash.hmac(reveal(salt), reveal(ikm));
}

/**
 * HKDF-Expand (RFC 5869 2.3): `length` bytes. Throws TLSError `internal_error` when more than 255 hash outputs
 * are asked for.
 */
export function hkdfExpand(hash: HashFunction, prk: KeyBytes, info: Uint8Array, length: number): Uint8Array {
  const block = new Uint8Array(info.length + 1);
  block.set(info);
  return expand(hash, prk, block, length);
}

/** `infoAndCounter` is info with one spare byte at its end for the block counter. */
function expand(hash: HashFunction, prk: KeyBytes, infoAndCounter: Uint8Array, length: number): Uint8Array {
  const key = reveal(prk);
  const counterAt = infoAndCounter.length - 1;
  if (length > 255 * hash.outputLength) {
    throw new TLSError('internal_error', 'HKDF can expand to 255 hash outputs at most', {
      rfc: 'RFC 5869 2.3',
    });
  }
  const whole = hash.expand?.(key, infoAndCounter.subarray(0, counterAt), length);
  if (whole !== undefined) return whole;
  infoAndCounter[counterAt] = 1;
  let block = hash.hmac(key, infoAndCounter);
  // The common case: every TLS secret, key and IV is one block or less.
  if (length === block.length) return block;
  const out = new Uint8Array(length);
  for (let at = 0, counter = 1; at < length; at += block.length) {
    if (counter > 1) {
      infoAndCounter[counterAt] = counter;
      const next = hash.hmac(key, block, infoAndCounter);
      block.fill(0);
      block = next;
    }
    out.set(length - at < block.length ? block.subarray(0, length - at) : block, at);
    counter += 1;
  }
  block.fill(0);
  return out;
}

/**
 * HKDF-Expand-Label (RFC 8446 7.1); "tls13 " is put before `label` here.
 *
 * `label` is ASCII text or the bytes themselves, 1..249 bytes; `context` up to 255 bytes; `length` in bytes.
 * Throws TLSError `invalid_option` when one of them is out of range (only an exporter's caller can cause that).
 */
export function hkdfExpandLabel(
  hash: HashFunction,
  secret: KeyBytes,
  label: string | Uint8Array,
  context: Uint8Array,
  length: number,
): Uint8Array {
  return expand(hash, secret, hkdfLabel(label, context, length), length);
}

/** The HkdfLabel structure with one spare byte for the counter of HKDF-Expand. */
function hkdfLabel(label: string | Uint8Array, context: Uint8Array, length: number): Uint8Array {
  const labelLength = label.length;
  if (
    labelLength < 1 ||
    labelLength > MAX_LABEL ||
    context.length > MAX_CONTEXT ||
    length < 0 ||
    length > 0xffff
  ) {
    throw new TLSError('invalid_option', 'label, context or length does not fit an HkdfLabel', {
      rfc: 'RFC 8446 7.1',
    });
  }
  const full = PREFIX.length + labelLength;
  const out = new Uint8Array(2 + 1 + full + 1 + context.length + 1);
  out[0] = length >> 8;
  out[1] = length;
  out[2] = full;
  out.set(PREFIX, 3);
  const at = 3 + PREFIX.length;
  if (typeof label === 'string') {
    for (let i = 0; i < labelLength; i++) {
      const unit = label.charCodeAt(i);
      if (unit > 0x7f) throw new TLSError('invalid_option', 'an HKDF label given as text must be ASCII');
      out[at + i] = unit;
    }
  } else {
    out.set(label, at);
  }
  out[3 + full] = context.length;
  out.set(context, 4 + full);
  return out;
}

/** Derive-Secret (RFC 8446 7.1), given the transcript's hash rather than its messages. */
export function deriveSecret(
  hash: HashFunction,
  secret: KeyBytes,
  label: string,
  transcriptHash: Uint8Array,
): Secret {
  return new Secret(hkdfExpandLabel(hash, secret, label, transcriptHash, hash.outputLength));
}

/** The hash of no messages, Transcript-Hash(""). */
export function emptyHash(hash: HashFunction): Uint8Array {
  return hash.digest(EMPTY);
}
