/** X25519 from our kernel. */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { type DiffieHellman, keyExchangeGroup, x25519DiffieHellman as reference } from '../noble/groups.ts';
import type { KeyExchangeGroup } from '../provider.ts';
import { X25519_MODULE } from './binary/x25519.ts';
import { type KernelFunction, KernelModule } from './host.ts';
import { LazyKernel } from './lazy.ts';

const LENGTH = 32;

export class X25519Kernel {
  readonly #memory: Uint8Array;
  readonly #at: Readonly<Record<'scalar' | 'point' | 'result', number>>;
  readonly #multiply: KernelFunction;
  readonly #multiplyBase: KernelFunction;
  readonly #wipe: KernelFunction;

  constructor() {
    const module = new KernelModule(X25519_MODULE);
    this.#memory = module.memory;
    this.#at = {
      scalar: module.constant('SCALAR'),
      point: module.constant('POINT'),
      result: module.constant('RESULT'),
    };
    this.#multiply = module.call('multiply');
    this.#multiplyBase = module.call('multiplyBase');
    this.#wipe = module.call('wipe');
  }

  publicKey(scalar: Uint8Array): Uint8Array {
    this.#memory.set(scalar, this.#at.scalar);
    this.#multiplyBase();
    return this.#result();
  }

  /** Undefined where the point is of low order. */
  shared(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
    this.#memory.set(scalar, this.#at.scalar);
    this.#memory.set(point, this.#at.point);
    return this.#multiply() === 1 ? this.#result() : undefined;
  }

  #result(): Uint8Array {
    const { result } = this.#at;
    const out = this.#memory.slice(result, result + LENGTH);
    this.#wipe();
    return out;
  }
}

/** RFC 7748 6.1: Alice's private and public key, Bob's public key, and what they share. */
const KNOWN = {
  privateKey: '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
  publicKey: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  peer: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
  shared: '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
} as const;

function computes(kernel: X25519Kernel): boolean {
  const key = fromHex(KNOWN.privateKey);
  const shared = kernel.shared(key, fromHex(KNOWN.peer));
  return (
    equalBytes(kernel.publicKey(key), fromHex(KNOWN.publicKey)) &&
    shared !== undefined &&
    equalBytes(shared, fromHex(KNOWN.shared)) &&
    kernel.shared(key, new Uint8Array(LENGTH)) === undefined
  );
}

export const x25519Kernel: LazyKernel<X25519Kernel> = /* @__PURE__ */ new LazyKernel(
  'X25519',
  () => new X25519Kernel(),
  computes,
);

const diffieHellman: DiffieHellman = {
  ...reference,
  publicKey: (key, random) => x25519Kernel.get()?.publicKey(key) ?? reference.publicKey(key, random),
  shared: (key, peer, random) => {
    const kernel = x25519Kernel.get();
    return kernel === undefined ? reference.shared(key, peer, random) : kernel.shared(key, peer);
  },
};

export const x25519: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(diffieHellman);
