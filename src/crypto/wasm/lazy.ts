/** Kernels are compiled and tested when first needed, once; what does not work is left to the reference. */

/** How a kernel stands in this process. */
export interface KernelStatus {
  readonly name: string;
  readonly state: 'not used yet' | 'running' | 'unusable';
  /** Why it is unusable. */
  readonly reason?: string;
}

export class LazyKernel<T> {
  readonly name: string;
  readonly #make: () => T;
  readonly #test: (kernel: T) => boolean;
  #state: 'not used yet' | 'running' | 'unusable' = 'not used yet';
  #kernel: T | undefined;
  #reason: string | undefined;

  /** `make` may throw; `test` computes known answers. */
  constructor(name: string, make: () => T, test: (kernel: T) => boolean) {
    this.name = name;
    this.#make = make;
    this.#test = test;
  }

  /** The kernel, or undefined where it cannot be compiled or computes anything wrong. Never throws. */
  get(): T | undefined {
    if (this.#state === 'not used yet') this.#load();
    return this.#kernel;
  }

  status(): KernelStatus {
    const { name } = this;
    return this.#reason === undefined
      ? { name, state: this.#state }
      : { name, state: this.#state, reason: this.#reason };
  }

  #load(): void {
    try {
      const kernel = this.#make();
      if (!this.#test(kernel)) throw new Error('it does not compute the known answers');
      this.#kernel = kernel;
      this.#state = 'running';
    } catch (error) {
      this.#state = 'unusable';
      this.#reason = error instanceof Error ? error.message : String(error);
    }
  }
}
