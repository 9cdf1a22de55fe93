/** The ML-KEM kernels against the reference: the same keys, ciphertexts, secrets and refusals. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { mlKem768Reference, mlKem1024Reference } from '../../src/crypto/noble/kem.ts';
import { mlKem768Kernel, mlKem1024Kernel } from '../../src/crypto/wasm/mlkem-kernel.ts';

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the kernel and the reference differ: ${what}`);
}

function piece(data: Uint8Array, from: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  out.set(data.subarray(from, from + length));
  return out;
}

/** A byte that chooses, a seed of 64, a message of 32; what follows is laid over the key, or over the ciphertext. */
export function fuzz(data: Buffer): void {
  const [choice = 0] = data;
  const reference = (choice & 1) === 0 ? mlKem768Reference : mlKem1024Reference;
  const kernel = ((choice & 1) === 0 ? mlKem768Kernel : mlKem1024Kernel).get();
  if (kernel === undefined) throw new Error('the kernel does not run');
  const [seed, message, rest] = [piece(data, 1, 64), piece(data, 65, 32), new Uint8Array(data.subarray(97))];
  const keys = kernel.generate(seed);
  const expectedKeys = reference.generate(seed);
  must(equalBytes(keys.key, expectedKeys.key), 'encapsulation key');
  must(equalBytes(keys.decapsulationKey, expectedKeys.decapsulationKey), 'decapsulation key');
  const overKey = (choice & 2) === 0;
  if (overKey) keys.key.set(rest.subarray(0, keys.key.length));
  const made = kernel.encapsulate(keys.key, message);
  const expected = reference.encapsulate(keys.key, message);
  must((made === undefined) === (expected === undefined), 'refusal');
  if (made === undefined || expected === undefined) return;
  must(equalBytes(made.ciphertext, expected.ciphertext), 'ciphertext');
  must(equalBytes(made.secret, expected.secret), 'secret');
  if (!overKey) made.ciphertext.set(rest.subarray(0, made.ciphertext.length));
  const agreed = kernel.decapsulate(made.ciphertext, keys.decapsulationKey);
  must(equalBytes(agreed, reference.decapsulate(made.ciphertext, keys.decapsulationKey)), 'decapsulation');
}
