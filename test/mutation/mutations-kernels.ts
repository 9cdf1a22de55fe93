/** What the hosts of the SHA-2 and AES-CCM kernels could get wrong, or leave behind. */
import type { Mutation } from './mutation.ts';

const SHA2 = 'crypto/wasm/sha2-kernel.ts';
const CCM = 'crypto/wasm/aes-ccm.ts';

export const MUTATIONS_OF_KERNELS: readonly Mutation[] = [
  {
    name: 'a key, MAC or derived secret stays in the memory of the SHA-2 kernel',
    edits: [{ file: SHA2, find: 'this.#memory.fill(0, result, result + length);', replace: '' }],
    tests: ['test/crypto/wasm/sha2'],
  },
  {
    name: 'the text of a running hash stays in the memory of the SHA-2 kernel',
    edits: [
      {
        file: SHA2,
        find: 'memory.fill(0, text, text + Math.min(this.#chunk, held + data.length));',
        replace: '',
      },
    ],
    tests: ['test/crypto/wasm/sha2'],
  },
  {
    name: 'a key as long as a block is hashed before HMAC takes it',
    edits: [
      {
        file: SHA2,
        find: 'if (key.length <= blockLength(output)) {',
        replace: 'if (key.length < blockLength(output)) {',
      },
    ],
    tests: ['test/crypto/wasm/sha2'],
  },
  {
    name: 'the counter of HKDF-Expand may be written behind the room for text',
    edits: [
      {
        file: SHA2,
        find: 'if (data.length >= this.#chunk ||',
        replace: 'if (data.length > this.#chunk ||',
      },
    ],
    tests: ['test/crypto/wasm/sha2'],
  },
  {
    name: 'the length of a long message is cut to 32 bits',
    edits: [
      {
        file: SHA2,
        find: 'this.#finish(output, total % blockLength(output), total);',
        replace: 'this.#finish(output, total % blockLength(output), total | 0);',
      },
    ],
    tests: ['test/crypto/wasm/sha2'],
  },
  {
    name: 'a copied hash shares its unfinished block with the one that it was copied from',
    edits: [{ file: 'crypto/wasm/sha2.ts', find: 'copy.#partial.set(this.#partial);', replace: '' }],
    tests: ['test/crypto/wasm/sha2', 'test/crypto/hash'],
  },
  {
    name: 'CCM hands out what its tag does not match',
    edits: [
      {
        file: CCM,
        find: 'if (this.#kernel.open(aad.length, plainLength, tag) !== 1) return -1;',
        replace: 'this.#kernel.open(aad.length, plainLength, tag);',
      },
    ],
    tests: ['test/crypto/ccm', 'test/crypto/wasm/aes-ccm'],
  },
  {
    name: 'a CCM key is used as if it were the one in the kernel',
    edits: [
      {
        file: CCM,
        find: 'if (aes.holder === this) return;',
        replace: 'if (aes.holder !== undefined) return;',
      },
    ],
    tests: ['test/crypto/wasm/aes-ccm'],
  },
  {
    name: 'the key before stays in the AES kernel where a shorter one follows',
    edits: [{ file: CCM, find: 'kernel.aes.vacate();', replace: '' }],
    tests: ['test/crypto/wasm/aead-shared'],
  },
  {
    name: 'the entropy of a hedged nonce is left out',
    edits: [
      {
        file: 'crypto/rfc6979.ts',
        find: "next('k', v, Uint8Array.of(1), key, message, entropy);",
        replace: "next('k', v, Uint8Array.of(1), key, message);",
      },
    ],
    tests: ['test/crypto/wasm/p256'],
  },
  {
    name: 'ML-KEM takes a key whose coefficients are not reduced',
    edits: [
      {
        file: 'crypto/wasm/mlkem-kernel.ts',
        find: 'if (this.#encapsulate() !== 1) return undefined;',
        replace: 'this.#encapsulate();',
      },
    ],
    tests: ['test/crypto/wasm/mlkem'],
  },
  {
    name: 'ML-KEM takes inputs of any length',
    edits: [
      {
        file: 'crypto/wasm/mlkem-kernel.ts',
        find: 'if (bytes.length !== length) throw',
        replace: 'if (bytes.length > 9999) throw',
      },
    ],
    tests: ['test/crypto/wasm/mlkem'],
  },
  {
    name: 'Ed25519 leaves the public key out of the challenge',
    edits: [
      {
        file: 'crypto/wasm/ed25519.ts',
        find: 'concatBytes(r, publicKey, message)',
        replace: 'concatBytes(r, message)',
      },
    ],
    tests: ['test/crypto/wasm/ed25519'],
  },
  {
    name: 'Ed25519 signs with the half of the hash of the seed that makes nonces',
    edits: [
      {
        file: 'crypto/wasm/ed25519.ts',
        find: 'return kernel.sign(expanded, nonce,',
        replace: 'return kernel.sign(expanded.subarray(HALF), nonce,',
      },
    ],
    tests: ['test/crypto/wasm/ed25519'],
  },
];
