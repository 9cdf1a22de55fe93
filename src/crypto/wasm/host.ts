/**
 * The host's WebAssembly, as far as it is needed and where it is there: the types of neither Node nor the DOM are
 * known in this layer, and some hosts lack it, lack SIMD, or forbid compiling (a content security policy).
 */
import { fromBase64, fromHex } from '../../bytes/encoding.ts';

type Exports = Readonly<Record<string, unknown>>;

interface WebAssemblyHost {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

/** Looked up at each call: it may be removed, or arrive late. */
function host(): WebAssemblyHost | undefined {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: Partial<WebAssemblyHost> };
  return typeof WebAssembly?.Instance === 'function' ? (WebAssembly as WebAssemblyHost) : undefined;
}

/** Compiled elsewhere, by the base64 that they replace (precompiled.ts). */
const provided = /* @__PURE__ */ new Map<string, object>();

/** From now on this module is taken where that one would be compiled. */
export function provideModule(base64: string, module: object): void {
  provided.set(base64, module);
}

/** A module of any realm's WebAssembly. */
export function isModule(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object WebAssembly.Module]';
}

/** A module of one function, `i8x16.swizzle(0, 0)` dropped: it is valid exactly where there are 128-bit vectors. */
const SIMD_PROBE = /* @__PURE__ */ fromHex(
  '0061736d01000000010401600000030201000a0f010d004100fd0f4100fd0ffd0e1a0b',
);

/** True where kernels can be expected to run; compiling one may still fail. */
export function hasVectorWebAssembly(): boolean {
  try {
    // Where compiling is forbidden, so may be asking; whoever brings modules knows what they are for.
    return host() !== undefined && (provided.size > 0 || host()?.validate(SIMD_PROBE) === true);
  } catch {
    return false;
  }
}

/** A kernel's function: numbers in, a number or nothing out. */
export type KernelFunction = (...values: readonly number[]) => number;

/** A compiled module of ours, whose exports are checked as they are asked for. */
export class KernelModule {
  readonly #exports: Exports;
  /** All of its memory. It never grows, so this view holds for good. */
  readonly memory: Uint8Array;

  /** Throws whatever the host throws where it cannot or will not compile. */
  constructor(base64: string) {
    const there = host();
    if (there === undefined) throw new Error('there is no WebAssembly here');
    this.#exports = new there.Instance(provided.get(base64) ?? new there.Module(fromBase64(base64))).exports;
    const memory = this.#exports['memory'] as { readonly buffer: ArrayBuffer };
    this.memory = new Uint8Array(memory.buffer);
  }

  /** An exported constant: an address or a length. */
  constant(name: string): number {
    const found = this.#exports[name] as { readonly value?: unknown } | undefined;
    if (typeof found?.value !== 'number') throw new Error(`the module has no constant ${name}`);
    return found.value;
  }

  call(name: string): KernelFunction {
    const found = this.#exports[name];
    if (typeof found !== 'function') throw new Error(`the module has no function ${name}`);
    return found as KernelFunction;
  }
}
