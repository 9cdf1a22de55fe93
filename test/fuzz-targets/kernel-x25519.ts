/** X25519: kernel and reference give the same product, or refuse the same points. */
import { x25519 } from '@noble/curves/ed25519.js';
import { x25519Kernel } from '../../src/crypto/wasm/x25519.ts';
import { agree, Input, running } from './kernel-input.ts';

const LENGTH = 32;

export function fuzz(data: Buffer): void {
  const kernel = running(x25519Kernel.get());
  const input = new Input(data);
  const [scalar, point] = [input.bytes(LENGTH), input.bytes(LENGTH)];
  agree(kernel.publicKey(scalar), x25519.getPublicKey(scalar), 'public key');
  let theirs: Uint8Array | undefined;
  try {
    theirs = x25519.getSharedSecret(scalar, point);
  } catch {
    // noble throws where the result is zero.
  }
  agree(kernel.shared(scalar, point), theirs, 'shared secret');
}
