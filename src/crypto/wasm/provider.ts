/** The fast provider: our WebAssembly kernels where there are any and they run, the reference for everything else. */
import { TLSError } from '../../wire/error.ts';
import { nobleProvider } from '../noble/provider.ts';
import { signatureAlgorithms } from '../noble/signatures.ts';
import type { Aead, CryptoProvider, HashFunction, KeyExchangeGroup, RandomSource } from '../provider.ts';
import { systemRandom } from '../random.ts';
import { DEFAULT_RSA_LIMITS, type RsaLimits } from '../rsa/key.ts';
import { aes128Gcm, aes256Gcm, aesGcmKernel, chacha20Poly1305, chacha20Poly1305Kernel } from './aead.ts';
import { aes128Ccm, aes128Ccm8, aes256Ccm, aes256Ccm8, aesCcmKernel } from './aes-ccm.ts';
import { ed25519OverKernel } from './ed25519.ts';
import { ed25519Kernel } from './ed25519-kernel.ts';
import { hasVectorWebAssembly } from './host.ts';
import type { KernelStatus } from './lazy.ts';
import { mlKem1024, x25519MlKem768 } from './mlkem.ts';
import { mlKem768Kernel, mlKem1024Kernel } from './mlkem-kernel.ts';
import { ecdsaOverKernel, secp256r1, secp384r1 } from './nist.ts';
import { p256Kernel } from './p256-kernel.ts';
import { p384Kernel } from './p384-kernel.ts';
import { rsaOverKernel } from './rsa.ts';
import { rsaKernel } from './rsa-kernel.ts';
import { servedBy } from './served-by.ts';
import { sha256, sha384, sha512 } from './sha2.ts';
import { sha2Kernel } from './sha2-kernel.ts';
import { x25519, x25519Kernel } from './x25519.ts';

const AEADS: readonly Aead[] = [
  aes128Gcm,
  aes256Gcm,
  chacha20Poly1305,
  aes128Ccm,
  aes256Ccm,
  aes128Ccm8,
  aes256Ccm8,
];
const GROUPS: readonly KeyExchangeGroup[] = [x25519MlKem768, x25519, secp256r1, secp384r1, mlKem1024];
const HASHES = { sha256, sha384, sha512 } as const;
/** In the order of {@link kernelStatus}. */
const KERNELS = [
  aesGcmKernel,
  chacha20Poly1305Kernel,
  x25519Kernel,
  p256Kernel,
  sha2Kernel,
  mlKem768Kernel,
  mlKem1024Kernel,
  rsaKernel,
  ed25519Kernel,
  aesCcmKernel,
  p384Kernel,
] as const;

function hashOverKernel(hash: HashFunction): HashFunction {
  return Object.values(HASHES).find((each) => each.name === hash.name) ?? hash;
}

function overKernels<T extends { readonly aead: Aead; readonly hash: HashFunction }>(
  suites: readonly T[],
): T[] {
  return suites.map((suite) => ({
    ...suite,
    hash: hashOverKernel(suite.hash),
    aead: AEADS.find((each) => each.name === suite.aead.name) ?? suite.aead,
  }));
}

function groupsOverKernels(groups: readonly KeyExchangeGroup[]): KeyExchangeGroup[] {
  return groups.map((group) => GROUPS.find((each) => each.code === group.code) ?? group);
}

/**
 * A provider over kernels in WebAssembly with 128-bit vectors; its arguments are those of {@link nobleProvider}.
 * Nothing is compiled before it is needed. A kernel that the host will not compile, or that fails its known answers, is
 * replaced by noble's function (see {@link kernelStatus}).
 */
export function wasmProvider(
  random: RandomSource = systemRandom(),
  rsaLimits: RsaLimits = DEFAULT_RSA_LIMITS,
): CryptoProvider {
  const reference = nobleProvider(random, rsaLimits);
  return {
    ...reference,
    name: 'wasm',
    cipherSuites13: overKernels(reference.cipherSuites13),
    cipherSuites12: overKernels(reference.cipherSuites12),
    optionalCipherSuites13: overKernels(reference.optionalCipherSuites13),
    optionalCipherSuites12: overKernels(reference.optionalCipherSuites12),
    signatureAlgorithms: signatureAlgorithms(rsaLimits, HASHES).map((each) =>
      rsaOverKernel(ed25519OverKernel(ecdsaOverKernel(each), sha512), rsaLimits),
    ),
    hashes: reference.hashes.map(hashOverKernel),
    groups: groupsOverKernels(reference.groups),
    optionalGroups: groupsOverKernels(reference.optionalGroups),
    servedBy,
  };
}

export type ProviderName = 'auto' | 'noble' | 'wasm';

/**
 * A provider by name: `noble`, the reference; `wasm`, the kernels; `auto`, the kernels where the host has what they
 * need. Throws TLSError `invalid_option` for `wasm` where it has not.
 */
export function namedProvider(
  name: ProviderName,
  random: RandomSource = systemRandom(),
  rsaLimits: RsaLimits = DEFAULT_RSA_LIMITS,
): CryptoProvider {
  if (name === 'noble') return nobleProvider(random, rsaLimits);
  if (hasVectorWebAssembly()) return wasmProvider(random, rsaLimits);
  if (name === 'auto') return nobleProvider(random, rsaLimits);
  throw new TLSError(
    'invalid_option',
    'provider "wasm" needs WebAssembly with 128-bit vectors, which this host lacks',
  );
}

/** How each kernel stands in this process. `load` compiles and tests those that were not needed yet. */
export function kernelStatus(load = false): KernelStatus[] {
  return KERNELS.map((kernel) => {
    if (load) kernel.get();
    return kernel.status();
  });
}
