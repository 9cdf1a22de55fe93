/**
 * Kernels that were compiled elsewhere: some hosts run WebAssembly and forbid compiling it (workers whose modules are
 * part of the deployment, pages under a content security policy). The package has them as files, `puretls/kernels/NAME.wasm`.
 */
import { TLSError } from '../../wire/error.ts';
import { aesGcmKernel, chacha20Poly1305Kernel } from './aead.ts';
import { aesCcmKernel } from './aes-ccm.ts';
import { AES_GCM_MODULE } from './binary/aes-gcm.ts';
import { CHACHA20_POLY1305_MODULE } from './binary/chacha20-poly1305.ts';
import { ED25519_MODULE } from './binary/ed25519.ts';
import { MLKEM_MODULE } from './binary/mlkem.ts';
import { P256_MODULE } from './binary/p256.ts';
import { P384_MODULE } from './binary/p384.ts';
import { RSA_MODULE } from './binary/rsa.ts';
import { SHA2_MODULE } from './binary/sha2.ts';
import { X25519_MODULE } from './binary/x25519.ts';
import { ed25519Kernel } from './ed25519-kernel.ts';
import { isModule, provideModule } from './host.ts';
import type { KernelStatus } from './lazy.ts';
import { mlKem768Kernel, mlKem1024Kernel } from './mlkem-kernel.ts';
import { p256Kernel } from './p256-kernel.ts';
import { p384Kernel } from './p384-kernel.ts';
import { rsaKernel } from './rsa-kernel.ts';
import { sha2Kernel } from './sha2-kernel.ts';
import { x25519Kernel } from './x25519.ts';

interface Embedded {
  readonly base64: string;
  /** What is made of it. */
  readonly kernels: readonly { status(): KernelStatus }[];
}

/** By file name. */
export type KernelFile =
  | 'aes-gcm'
  | 'chacha20-poly1305'
  | 'ed25519'
  | 'mlkem'
  | 'p256'
  | 'p384'
  | 'rsa'
  | 'sha2'
  | 'x25519';

const EMBEDDED: Readonly<Record<KernelFile, Embedded>> = {
  'aes-gcm': { base64: AES_GCM_MODULE, kernels: [aesGcmKernel, aesCcmKernel] },
  'chacha20-poly1305': { base64: CHACHA20_POLY1305_MODULE, kernels: [chacha20Poly1305Kernel] },
  ed25519: { base64: ED25519_MODULE, kernels: [ed25519Kernel] },
  mlkem: { base64: MLKEM_MODULE, kernels: [mlKem768Kernel, mlKem1024Kernel] },
  p256: { base64: P256_MODULE, kernels: [p256Kernel] },
  p384: { base64: P384_MODULE, kernels: [p384Kernel] },
  rsa: { base64: RSA_MODULE, kernels: [rsaKernel] },
  sha2: { base64: SHA2_MODULE, kernels: [sha2Kernel] },
  x25519: { base64: X25519_MODULE, kernels: [x25519Kernel] },
};

/** The embedded kernels, base64, by the names of their files. */
export function embeddedKernels(): Readonly<Record<KernelFile, string>> {
  const entries = Object.entries(EMBEDDED).map(([name, { base64 }]) => [name, base64]);
  return Object.fromEntries(entries) as Record<KernelFile, string>;
}

/**
 * Takes compiled `WebAssembly.Module`s, by the names of their files, in place of the embedded ones; those that are not
 * given are compiled as ever. Before the first use of each: what runs already stays. A module is tested against known
 * answers like an embedded one, and gives way to noble where it fails; whoever hands over others than those of the
 * package vouches for them all the same.
 *
 * Throws TLSError `invalid_option` for a name that there is not and for what is no module, `invalid_state` for a kernel
 * that was used or found unusable before.
 */
export function useCompiledKernels(modules: Readonly<Partial<Record<KernelFile, object>>>): void {
  const given = Object.entries(modules).map(([name, module]) => {
    const embedded = Object.hasOwn(EMBEDDED, name) ? EMBEDDED[name as KernelFile] : undefined;
    if (embedded === undefined) throw new TLSError('invalid_option', `there is no kernel ${name}`);
    if (!isModule(module)) throw new TLSError('invalid_option', `${name}: not a WebAssembly.Module`);
    if (embedded.kernels.some((kernel) => kernel.status().state !== 'not used yet')) {
      throw new TLSError('invalid_state', `the kernel ${name} was needed before its module was given`);
    }
    return { base64: embedded.base64, module };
  });
  for (const { base64, module } of given) provideModule(base64, module);
}
