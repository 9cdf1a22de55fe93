/** The ML-KEM kernel (assembly/mlkem.ts) as functions over bytes. */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { KEM_MESSAGE, KEM_SEED, type Kem } from '../noble/kem.ts';
import { MLKEM_MODULE } from './binary/mlkem.ts';
import { type KernelFunction, KernelModule } from './host.ts';
import { LazyKernel } from './lazy.ts';

const SHARED = 32;

/** 3 for ML-KEM-768, 4 for ML-KEM-1024, with the lengths of FIPS 203, table 3. */
const LENGTHS = {
  3: { key: 1184, decapsulationKey: 2400, ciphertext: 1088 },
  4: { key: 1568, decapsulationKey: 3168, ciphertext: 1568 },
} as const;

/** One parameter set. A wrong length is a bug of ours and throws RangeError: groups check what comes from a peer. */
export class MlKemKernel implements Kem {
  readonly keyLength: number;
  readonly ciphertextLength: number;
  readonly #decapsulationKeyLength: number;
  readonly #memory: Uint8Array;
  readonly #at: Readonly<
    Record<'seed' | 'key' | 'decapsulationKey' | 'message' | 'ciphertext' | 'shared', number>
  >;
  readonly #generate: KernelFunction;
  readonly #encapsulate: KernelFunction;
  readonly #decapsulate: KernelFunction;
  readonly #wipe: KernelFunction;

  constructor(rank: keyof typeof LENGTHS) {
    const lengths = LENGTHS[rank];
    this.keyLength = lengths.key;
    this.ciphertextLength = lengths.ciphertext;
    this.#decapsulationKeyLength = lengths.decapsulationKey;
    const module = new KernelModule(MLKEM_MODULE);
    this.#memory = module.memory;
    this.#at = {
      seed: module.constant('SEED'),
      key: module.constant('ENCAPSULATION_KEY'),
      decapsulationKey: module.constant('DECAPSULATION_KEY'),
      message: module.constant('MESSAGE'),
      ciphertext: module.constant('CIPHERTEXT'),
      shared: module.constant('SHARED'),
    };
    this.#generate = module.call('generate');
    this.#encapsulate = module.call('encapsulate');
    this.#decapsulate = module.call('decapsulate');
    this.#wipe = module.call('wipe');
    module.call('choose')(rank);
  }

  generate(seed: Uint8Array): { readonly key: Uint8Array; readonly decapsulationKey: Uint8Array } {
    this.#take(seed, KEM_SEED, this.#at.seed);
    this.#generate();
    const keys = {
      key: this.#read(this.#at.key, this.keyLength),
      decapsulationKey: this.#read(this.#at.decapsulationKey, this.#decapsulationKeyLength),
    };
    this.#wipe();
    return keys;
  }

  encapsulate(
    key: Uint8Array,
    message: Uint8Array,
  ): { readonly ciphertext: Uint8Array; readonly secret: Uint8Array } | undefined {
    this.#take(key, this.keyLength, this.#at.key);
    this.#take(message, KEM_MESSAGE, this.#at.message);
    if (this.#encapsulate() !== 1) return undefined;
    const made = {
      ciphertext: this.#read(this.#at.ciphertext, this.ciphertextLength),
      secret: this.#read(this.#at.shared, SHARED),
    };
    this.#wipe();
    return made;
  }

  /**
   * The key is one that {@link generate} of any implementation made: its embedded hash is not checked again (FIPS 203
   * 7.3), as keys never come from elsewhere here.
   */
  decapsulate(ciphertext: Uint8Array, decapsulationKey: Uint8Array): Uint8Array {
    this.#take(ciphertext, this.ciphertextLength, this.#at.ciphertext);
    this.#take(decapsulationKey, this.#decapsulationKeyLength, this.#at.decapsulationKey);
    this.#decapsulate();
    const secret = this.#read(this.#at.shared, SHARED);
    this.#wipe();
    return secret;
  }

  #take(bytes: Uint8Array, length: number, at: number): void {
    if (bytes.length !== length) throw new RangeError(`ML-KEM: ${bytes.length} bytes, not ${length}`);
    this.#memory.set(bytes, at);
  }

  #read(at: number, length: number): Uint8Array {
    return this.#memory.slice(at, at + length);
  }
}

interface Answer {
  readonly shared: string;
  readonly rejected: string;
}

/** Wycheproof, mlkem_768_encaps and mlkem_1024_encaps, "official round 3 seeds 0", whose keys come from this seed. */
const KNOWN = {
  seed:
    '7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d' +
    '8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f',
  message: '147c03f7a5bebba406c8fae1874d7f13c80efe79a3a9a874cc09fe76f6997615',
} as const;

/**
 * The shared secret depends on every byte of the key. A ciphertext with one bit changed leads to SHAKE256(z || c), which
 * depends on every byte of the ciphertext.
 */
function computes(kem: Kem, answer: Answer): boolean {
  const { key, decapsulationKey } = kem.generate(fromHex(KNOWN.seed));
  const made = kem.encapsulate(key, fromHex(KNOWN.message));
  if (made === undefined) return false;
  const { ciphertext } = made;
  const agreed = kem.decapsulate(ciphertext, decapsulationKey);
  ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
  return (
    equalBytes(made.secret, fromHex(answer.shared)) &&
    equalBytes(agreed, made.secret) &&
    equalBytes(kem.decapsulate(ciphertext, decapsulationKey), fromHex(answer.rejected)) &&
    kem.encapsulate(new Uint8Array(kem.keyLength).fill(255), agreed) === undefined
  );
}

export const mlKem768Kernel: LazyKernel<MlKemKernel> = /* @__PURE__ */ new LazyKernel(
  'ML-KEM-768',
  () => new MlKemKernel(3),
  (kernel) =>
    computes(kernel, {
      shared: 'e7184a0975ee3470878d2d159ec83129c8aec253d4ee17b4810311d198cd0368',
      rejected: 'd8f24fa38430a171f93f27d46c52e0bc636d0a1fd5b9571951afbf1ad0b895a5',
    }),
);

/** An instance of its own, since the other one is all that most processes need. */
export const mlKem1024Kernel: LazyKernel<MlKemKernel> = /* @__PURE__ */ new LazyKernel(
  'ML-KEM-1024',
  () => new MlKemKernel(4),
  (kernel) =>
    computes(kernel, {
      shared: '489dd1e9c2be4af3482bdb35bb26ce760e6e414da6ecbe489985748a825f1cd6',
      rejected: 'bbf9ab5996fd96cbe574cc5f0d469237b82533ab10e7396e086b3f74e4e3e749',
    }),
);
