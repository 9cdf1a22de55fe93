/**
 * Where random bytes come from. Nothing is drawn while the module loads, nothing is remembered between calls, and
 * there is no weak fallback: without a secure source the answer is an error.
 */
import { TLSError } from '../wire/error.ts';
import type { RandomSource } from './provider.ts';

/** `getRandomValues` refuses more than this in one call (Web Cryptography API 10.1.1). */
const QUOTA = 65536;

interface WebCryptoRandom {
  getRandomValues(out: Uint8Array): unknown;
}

/** The global's object when it has the method, read anew on each call: it may be polyfilled late or removed. */
function webCrypto(): WebCryptoRandom | undefined {
  try {
    // A getter stands here in Node and throws where Node was built without OpenSSL.
    const candidate = (globalThis as { readonly crypto?: Partial<WebCryptoRandom> | null }).crypto;
    return typeof candidate?.getRandomValues === 'function' ? (candidate as WebCryptoRandom) : undefined;
  } catch {
    return undefined;
  }
}

/** True when `globalThis.crypto.getRandomValues` is there now. */
export function hasSystemRandom(): boolean {
  return webCrypto() !== undefined;
}

/**
 * The platform's secure random source: `globalThis.crypto.getRandomValues`, else `fallback` (for instance the
 * operating system's random device).
 *
 * The returned function throws TLSError `no_random` when neither exists or the platform's call fails.
 */
export function systemRandom(fallback?: RandomSource): RandomSource {
  return (out) => {
    const crypto = webCrypto();
    if (crypto === undefined) {
      if (fallback === undefined) {
        throw new TLSError(
          'no_random',
          'no secure random source: globalThis.crypto.getRandomValues is missing here; pass a random source of your own',
        );
      }
      fallback(out);
      return;
    }
    for (let at = 0; at < out.length; at += QUOTA) {
      fillFrom(crypto, out.subarray(at, at + QUOTA));
    }
  };
}

function fillFrom(crypto: WebCryptoRandom, part: Uint8Array): void {
  try {
    crypto.getRandomValues(part);
  } catch (cause) {
    throw new TLSError('no_random', 'globalThis.crypto.getRandomValues failed', { cause });
  }
}

/** `length` fresh bytes of `random`. */
export function randomBytes(random: RandomSource, length: number): Uint8Array {
  const out = new Uint8Array(length);
  random(out);
  return out;
}
