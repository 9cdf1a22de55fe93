/**
 * AES-GCM and ChaCha20-Poly1305 from our kernels. Limits and names are those of the reference, which also steps in where
 * a kernel cannot run.
 */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { aes128Gcm as referenceAes128, aes256Gcm as referenceAes256 } from '../noble/aes-gcm.ts';
import { chacha20Poly1305 as referenceChaCha } from '../noble/chacha20-poly1305.ts';
import type { Aead } from '../provider.ts';
import { AeadKernel, checkKeyLength, KernelAeadKey } from './aead-kernel.ts';
import { AES_GCM_MODULE } from './binary/aes-gcm.ts';
import { CHACHA20_POLY1305_MODULE } from './binary/chacha20-poly1305.ts';
import { LazyKernel } from './lazy.ts';

/**
 * Tags of a message whose bytes count up, under a key, nonce and associated data that do, too: long enough for every
 * path of a kernel, and a tag depends on each byte of the ciphertext. The values are OpenSSL's.
 */
const KNOWN_LENGTH = 1000;
export const KNOWN_TAGS = {
  aes128: '2e77749241cf15d6a61105a798d7a800',
  aes256: 'ff1d10829d2ebd576b048e44fe501acd',
  chacha20: '9d42aa7a571ed02561d3973924e5d76c',
} as const;

function counting(length: number, from: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => from + i);
}

/** Seals the message, opens it, and refuses it with a bit turned. */
function computes(kernel: AeadKernel, keyLength: number, tag: string): boolean {
  const key = new KernelAeadKey(kernel, counting(keyLength, 0));
  const [nonce, aad, text] = [counting(12, 64), counting(13, 128), counting(KNOWN_LENGTH, 1)];
  const buffer = new Uint8Array(KNOWN_LENGTH + 16);
  buffer.set(text);
  key.seal(nonce, aad, buffer, 0, KNOWN_LENGTH);
  const sealed = equalBytes(buffer.subarray(KNOWN_LENGTH), fromHex(tag));
  const forged = buffer.slice();
  forged[KNOWN_LENGTH - 1] = (forged[KNOWN_LENGTH - 1] ?? 0) ^ 128;
  const refused = key.open(nonce, aad, forged, 0, forged.length) === -1;
  const opened = key.open(nonce, aad, buffer, 0, buffer.length) === KNOWN_LENGTH;
  key.wipe();
  return sealed && refused && opened && equalBytes(buffer.subarray(0, KNOWN_LENGTH), text);
}

export const aesGcmKernel: LazyKernel<AeadKernel> = /* @__PURE__ */ new LazyKernel(
  'AES-GCM',
  () => new AeadKernel(AES_GCM_MODULE),
  (kernel) => computes(kernel, 16, KNOWN_TAGS.aes128) && computes(kernel, 32, KNOWN_TAGS.aes256),
);
export const chacha20Poly1305Kernel: LazyKernel<AeadKernel> = /* @__PURE__ */ new LazyKernel(
  'ChaCha20-Poly1305',
  () => new AeadKernel(CHACHA20_POLY1305_MODULE),
  (kernel) => computes(kernel, 32, KNOWN_TAGS.chacha20),
);

function overKernel(reference: Aead, lazy: LazyKernel<AeadKernel>): Aead {
  return {
    ...reference,
    create: (key) => {
      checkKeyLength(reference.name, reference.keyLength, key);
      const kernel = lazy.get();
      return kernel === undefined ? reference.create(key) : new KernelAeadKey(kernel, key);
    },
  };
}

export const aes128Gcm: Aead = /* @__PURE__ */ overKernel(referenceAes128, aesGcmKernel);
export const aes256Gcm: Aead = /* @__PURE__ */ overKernel(referenceAes256, aesGcmKernel);
export const chacha20Poly1305: Aead = /* @__PURE__ */ overKernel(referenceChaCha, chacha20Poly1305Kernel);
