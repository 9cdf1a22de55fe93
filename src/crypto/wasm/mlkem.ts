/** The groups with ML-KEM over our kernel. */
import { hybridOver } from '../noble/hybrid.ts';
import { type Kem, mlKem768Reference, mlKem1024Reference } from '../noble/kem.ts';
import { mlKem1024Over } from '../noble/ml-kem.ts';
import type { KeyExchangeGroup } from '../provider.ts';
import type { LazyKernel } from './lazy.ts';
import { type MlKemKernel, mlKem768Kernel, mlKem1024Kernel } from './mlkem-kernel.ts';
import { x25519 } from './x25519.ts';

/** Keys have one form in both, so each call may go to whichever there is. */
function overKernel(kernel: LazyKernel<MlKemKernel>, reference: Kem): Kem {
  const there = (): Kem => kernel.get() ?? reference;
  return {
    keyLength: reference.keyLength,
    ciphertextLength: reference.ciphertextLength,
    generate: (seed) => there().generate(seed),
    encapsulate: (key, message) => there().encapsulate(key, message),
    decapsulate: (ciphertext, key) => there().decapsulate(ciphertext, key),
  };
}

export const x25519MlKem768: KeyExchangeGroup = /* @__PURE__ */ hybridOver(
  x25519,
  /* @__PURE__ */ overKernel(mlKem768Kernel, mlKem768Reference),
);
export const mlKem1024: KeyExchangeGroup = /* @__PURE__ */ mlKem1024Over(
  /* @__PURE__ */ overKernel(mlKem1024Kernel, mlKem1024Reference),
);
