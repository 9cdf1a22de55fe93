/** What is timed with one fixed secret and with random ones: each kernel's operations on secrets, and its comparisons. */

import { generateRsaKey } from '../../../src/crypto/rsa/generate.ts';
import { aes128Gcm, aes256Gcm, chacha20Poly1305 } from '../../../src/crypto/wasm/aead.ts';
import { aes128Ccm } from '../../../src/crypto/wasm/aes-ccm.ts';
import { ed25519Kernel } from '../../../src/crypto/wasm/ed25519-kernel.ts';
import { mlKem768Kernel } from '../../../src/crypto/wasm/mlkem-kernel.ts';
import { p256Kernel } from '../../../src/crypto/wasm/p256-kernel.ts';
import { p384Kernel } from '../../../src/crypto/wasm/p384-kernel.ts';
import { rsaKernel } from '../../../src/crypto/wasm/rsa-kernel.ts';
import { sha256, sha384 } from '../../../src/crypto/wasm/sha2.ts';
import { x25519Kernel } from '../../../src/crypto/wasm/x25519.ts';
import { bytes, repeatable } from '../support/vectors.ts';

const random = repeatable(72);

export interface Operation {
  readonly name: string;
  /** Input of the class; all else is the same for both. */
  readonly draw: (fixed: boolean) => Uint8Array;
  /** Always gets its input in the same place. */
  readonly run: (input: Uint8Array) => void;
}

/** The fixed one is as far from random as can be: one bit, so that it is a valid scalar as well. */
function secret(fixed: boolean, length: number): Uint8Array {
  if (!fixed) return bytes(length, random).fill(0x7f, 0, 1);
  const out = new Uint8Array(length);
  out[length - 1] = 1;
  return out;
}

const AAD = new Uint8Array(5);
const NONCE = new Uint8Array(12);
const LENGTH = 400;
/** ML-KEM-768's decapsulation key begins with three polynomials of 384 bytes (FIPS 203 6.1). */
const VECTOR = 3 * 384;

export const operations: Operation[] = [];
for (const aead of [chacha20Poly1305, aes128Gcm, aes256Gcm, aes128Ccm]) {
  const { name, keyLength } = aead;
  const forger = aead.create(new Uint8Array(keyLength));
  const sealed = new Uint8Array(LENGTH + 16);
  forger.seal(NONCE, AAD, sealed, 0, LENGTH);
  operations.push(
    {
      name: `${name}, expand a key and seal`,
      draw: (fixed) => secret(fixed, keyLength + LENGTH + 16),
      run: (input) => aead.create(input.subarray(0, keyLength)).seal(NONCE, AAD, input, keyLength, LENGTH),
    },
    {
      name: `${name}, refuse a tag that is wrong in its last byte or anywhere`,
      draw: (fixed) => {
        const forged = sealed.slice();
        const at = LENGTH + (fixed ? 15 : (bytes(1, random)[0] ?? 0) & 15);
        forged[at] = (forged[at] ?? 0) ^ 1;
        return forged;
      },
      run: (input) => {
        if (forger.open(NONCE, AAD, input, 0, input.length) !== -1) throw new Error('a forgery was opened');
      },
    },
  );
}
for (const hash of [sha256, sha384]) {
  const { name, outputLength } = hash;
  operations.push(
    {
      name: `HMAC-${name}`,
      draw: (fixed) => secret(fixed, outputLength + 100),
      run: (input) => void hash.hmac(input.subarray(0, outputLength), input.subarray(outputLength)),
    },
    {
      name: `HKDF-Expand, ${name}`,
      draw: (fixed) => secret(fixed, outputLength),
      run: (input) => void hash.expand?.(input, NONCE, 100),
    },
  );
}
for (const [kernel, length] of [
  [p256Kernel, 32],
  [p384Kernel, 48],
] as const) {
  const curve = kernel.get();
  const point = curve?.publicKey(secret(false, length));
  if (curve === undefined || point === undefined) throw new Error('a kernel does not run here');
  const digest = bytes(length, random);
  operations.push(
    {
      name: `${kernel.name}, shared secret`,
      draw: (fixed) => secret(fixed, length),
      run: (input) => void curve.agree(input, point),
    },
    {
      name: `${kernel.name}, public key`,
      draw: (fixed) => secret(fixed, length),
      run: (input) => void curve.publicKey(input),
    },
    {
      name: `ECDSA ${kernel.name}, sign`,
      draw: (fixed) => Uint8Array.of(...secret(fixed, length), ...secret(fixed, length)),
      run: (input) => void curve.sign(input.subarray(0, length), input.subarray(length), digest),
    },
  );
}
const [curve25519, ed25519] = [x25519Kernel.get(), ed25519Kernel.get()];
const [mlKem, rsa] = [mlKem768Kernel.get(), rsaKernel.get()];
if (!curve25519 || !ed25519 || !mlKem || !rsa) throw new Error('a kernel does not run here');
const point25519 = curve25519.publicKey(secret(false, 32));
const kemKey = mlKem.generate(secret(false, 64));
const { ciphertext = NONCE } = mlKem.encapsulate(kemKey.key, secret(false, 32)) ?? {};
const rsaKeys = Array.from({ length: 8 }, () => generateRsaKey(1024, random));
operations.push(
  {
    name: 'X25519, shared secret',
    draw: (fixed) => secret(fixed, 32),
    run: (input) => void curve25519.shared(input, point25519),
  },
  {
    name: 'Ed25519, sign',
    draw: (fixed) => secret(fixed, 64),
    run: (input) => void ed25519.sign(input, input, () => input),
  },
  {
    // Of another key only its secret vector: how long the matrix takes depends on what is public.
    name: 'ML-KEM-768, decapsulate with one secret vector or others',
    draw: (fixed) => {
      const key = kemKey.decapsulationKey.slice();
      if (!fixed) key.set(mlKem.generate(secret(false, 64)).decapsulationKey.subarray(0, VECTOR));
      return key;
    },
    run: (input) => void mlKem.decapsulate(ciphertext, input),
  },
  {
    name: 'ML-KEM-768, decapsulate what is right or wrong',
    draw: (fixed) => {
      const shown = ciphertext.slice();
      if (!fixed) shown[7] = (shown[7] ?? 0) ^ 1;
      return shown;
    },
    run: (input) => void mlKem.decapsulate(input, kemKey.decapsulationKey),
  },
  {
    name: 'RSA-1024, private operation under one key or others',
    // The key's index, and a number below all moduli, since its first byte is zero.
    draw: (fixed) => {
      const input = secret(fixed, 1 + 128).fill(0, 1, 2);
      input[0] = fixed ? 0 : (bytes(1, random)[0] ?? 0) % rsaKeys.length;
      return input;
    },
    run: (input) => {
      const key = rsaKeys[input[0] ?? 0];
      if (key === undefined || rsa.privatePower(key, input.subarray(1), random) === undefined) {
        throw new Error('no result');
      }
    },
  },
);
