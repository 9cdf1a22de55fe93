/** AES-CCM and AES-CCM-8 (RFC 6655) over noble's block cipher, whose warning in `aes-gcm.ts` holds here too. */
import { unsafe as aes } from '@noble/ciphers/aes.js';
import { TLSError } from '../../wire/error.ts';
import { type BlockCipher, CcmKey } from '../ccm.ts';
import type { Aead } from '../provider.ts';

function aesBlocks(key: Uint8Array): BlockCipher {
  const roundKeys = aes.expandKeyLE(key);
  return {
    encrypt: (block) => {
      aes.encryptBlock(roundKeys, block);
    },
    wipe: () => {
      roundKeys.fill(0);
    },
  };
}

function aesCcm(name: Aead['name'], keyLength: number, tagLength: number, integrityLimit: number): Aead {
  return {
    name,
    keyLength,
    nonceLength: 12,
    tagLength,
    /** RFC 9147 4.5.3. */
    confidentialityLimit: 2 ** 23,
    integrityLimit,
    create: (key) => {
      if (key.length !== keyLength)
        throw new TLSError('internal_error', `${name} takes a key of ${keyLength} bytes`);
      return new CcmKey(aesBlocks(key), tagLength);
    },
  };
}

/** Forgeries that may be tried under one key: 2^23.5 with a whole tag, 2^7 with half of it (RFC 9147 4.5.3). */
const WHOLE_TAG_LIMIT = 11863283;
const HALF_TAG_LIMIT = 128;

export const aes128Ccm: Aead = /* @__PURE__ */ aesCcm('AES-128-CCM', 16, 16, WHOLE_TAG_LIMIT);
export const aes256Ccm: Aead = /* @__PURE__ */ aesCcm('AES-256-CCM', 32, 16, WHOLE_TAG_LIMIT);
export const aes128Ccm8: Aead = /* @__PURE__ */ aesCcm('AES-128-CCM-8', 16, 8, HALF_TAG_LIMIT);
export const aes256Ccm8: Aead = /* @__PURE__ */ aesCcm('AES-256-CCM-8', 32, 8, HALF_TAG_LIMIT);
