/** A key without a certificate, as TLS carries it (RFC 7250 3): DER SubjectPublicKeyInfo, read strictly. */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import type { PrivateKey, PublicKey } from '../crypto/provider.ts';
import { X509Error } from './error.ts';
import { MAX_PUBLIC_KEY_BYTES } from './limits.ts';
import { decodeBlocks } from './pem.ts';
import { pemText } from './private-key.ts';
import { encodePublicKey, parsePublicKey, publicKeyOf } from './public-key.ts';
import { keyProblem } from './signature.ts';

export interface RawPublicKey {
  /** DER SubjectPublicKeyInfo; two keys are the same when these bytes are. */
  readonly raw: Uint8Array;
  readonly publicKey: PublicKey;
}

/**
 * One SubjectPublicKeyInfo and nothing after it; the bytes are copied. The rules are those for the key of a certificate.
 * Throws X509Error TOO_LARGE, MALFORMED, EE_KEY_TOO_SMALL, UNSUPPORTED_KEY or INVALID_KEY.
 */
export function parseRawPublicKey(der: Uint8Array): RawPublicKey {
  if (der.length > MAX_PUBLIC_KEY_BYTES) {
    throw new X509Error(
      'TOO_LARGE',
      `a public key of ${der.length} bytes; the limit is ${MAX_PUBLIC_KEY_BYTES}`,
    );
  }
  const publicKey = parsePublicKey(der);
  const problem = keyProblem(publicKey);
  if (problem !== undefined) {
    const code = problem.code === 'KEY_TOO_SMALL' ? 'EE_KEY_TOO_SMALL' : problem.code;
    throw new X509Error(code, `the raw public key is ${problem.message}`);
  }
  return Object.freeze({ raw: copyBytes(der), publicKey });
}

/** The public half of a private key in the form that goes over the wire. Throws X509Error as {@link parseRawPublicKey}. */
export function rawPublicKeyOf(key: PrivateKey): RawPublicKey {
  return parseRawPublicKey(encodePublicKey(publicKeyOf(key)));
}

export function sameRawPublicKey(a: RawPublicKey, b: RawPublicKey): boolean {
  return equalBytes(a.raw, b.raw);
}

/** A raw key to be shown in place of a certificate, with its private half. */
export interface RawKeyCredential {
  readonly chain: readonly [];
  readonly rawPublicKey: RawPublicKey;
  readonly privateKey: PrivateKey;
}

/** Throws X509Error as {@link parseRawPublicKey}. */
export function rawKeyCredential(privateKey: PrivateKey): RawKeyCredential {
  return { chain: [], rawPublicKey: rawPublicKeyOf(privateKey), privateKey };
}

/**
 * Every `PUBLIC KEY` of PEM text or bytes, or one DER key. Throws X509Error NO_PUBLIC_KEY when there is none, and those of
 * {@link parseRawPublicKey}.
 */
export function parseRawPublicKeys(input: string | Uint8Array): readonly RawPublicKey[] {
  const text = typeof input === 'string' ? input : pemText(input);
  if (text === undefined && typeof input !== 'string' && input.length > 0) return [parseRawPublicKey(input)];
  const blocks = decodeBlocks(text ?? '');
  const keys = blocks
    .filter(({ label }) => label === 'PUBLIC KEY')
    .map(({ bytes }) => parseRawPublicKey(bytes));
  if (keys.length > 0) return keys;
  const found = blocks.map(({ label }) => label).slice(0, 5);
  throw new X509Error(
    'NO_PUBLIC_KEY',
    found.length === 0
      ? 'there is no public key in the input; expected -----BEGIN PUBLIC KEY-----'
      : `there is no PUBLIC KEY among the PEM blocks (${found.join(', ')})`,
  );
}
