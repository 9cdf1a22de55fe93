/** Who computes what: each function by the kernel that it needs, and whether that one runs in this process. */
import { aesGcmKernel, chacha20Poly1305Kernel } from './aead.ts';
import { aesCcmKernel } from './aes-ccm.ts';
import { ed25519Kernel } from './ed25519-kernel.ts';
import type { KernelStatus } from './lazy.ts';
import { mlKem768Kernel, mlKem1024Kernel } from './mlkem-kernel.ts';
import { p256Kernel } from './p256-kernel.ts';
import { p384Kernel } from './p384-kernel.ts';
import { rsaKernel } from './rsa-kernel.ts';
import { sha2Kernel } from './sha2-kernel.ts';
import { x25519Kernel } from './x25519.ts';

interface Kernel {
  status(): KernelStatus;
}

/** By the names that the provider's values have; those of signatures by how they begin. */
const NEEDED: readonly (readonly [prefix: string, ...kernels: readonly Kernel[]])[] = [
  ['AES-128-CCM', aesCcmKernel],
  ['AES-256-CCM', aesCcmKernel],
  ['AES-', aesGcmKernel],
  ['ChaCha20-Poly1305', chacha20Poly1305Kernel],
  ['SHA-', sha2Kernel],
  ['X25519MLKEM768', x25519Kernel, mlKem768Kernel],
  ['MLKEM1024', mlKem1024Kernel],
  ['x25519', x25519Kernel],
  ['secp256r1', p256Kernel],
  ['secp384r1', p384Kernel],
  ['ecdsa_secp256r1', p256Kernel],
  ['ecdsa_secp384r1', p384Kernel],
  ['ed25519', ed25519Kernel],
  ['rsa_', rsaKernel],
];

/** `wasm`, or `noble` where there is no kernel for it or one that it needs does not run here. */
export function servedBy(name: string): 'wasm' | 'noble' {
  const needed = NEEDED.find(([prefix]) => name.startsWith(prefix));
  if (needed === undefined) return 'noble';
  const [, ...kernels] = needed;
  return kernels.every((kernel) => kernel.status().state !== 'unusable') ? 'wasm' : 'noble';
}
