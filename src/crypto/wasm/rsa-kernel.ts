/** The RSA kernel (assembly/rsa.ts) as functions over big-endian bytes. */
import { equalBytes } from '../../bytes/bytes.ts';
import { toHex } from '../../bytes/encoding.ts';
import type { Secret } from '../../bytes/secret.ts';
import { TLSError } from '../../wire/error.ts';
import { MAX_RSA_BITS } from '../limits.ts';
import { sha256 } from '../noble/hash.ts';
import type { RandomSource, RsaPrivateNumbers } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { modInverse } from '../rsa/integer.ts';
import { bitsOf, rsaNumbers, significant } from '../rsa/key.ts';
import { RSA_MODULE } from './binary/rsa.ts';
import { type KernelFunction, KernelModule } from './host.ts';
import { LazyKernel } from './lazy.ts';

/** Bits of the longest prime that the kernel has room for. */
const MAX_PRIME_BITS = 2086;
/** Shorter ones are not worth a kernel, nor is what they come to. */
const MIN_PRIME_BITS = 128;

type Numbers = 'modulus' | 'input' | 'output' | 'state' | 'p' | 'q' | 'dp' | 'dq' | 'coefficient' | 'random';

export class RsaKernel {
  readonly #memory: Uint8Array;
  readonly #at: Readonly<Record<Numbers, number>>;
  readonly #secretBytes: number;
  readonly #takeModulus: KernelFunction;
  readonly #prepareModulus: KernelFunction;
  readonly #publicPower: KernelFunction;
  readonly #privatePower: KernelFunction;
  readonly #wipe: KernelFunction;
  /** What is worth keeping of a modulus, for as long as its bytes are in use. Nothing of it is secret. */
  readonly #states = new WeakMap<Uint8Array, Uint8Array>();

  constructor() {
    const module = new KernelModule(RSA_MODULE);
    this.#memory = module.memory;
    this.#at = {
      modulus: module.constant('MODULUS'),
      input: module.constant('INPUT'),
      output: module.constant('OUTPUT'),
      state: module.constant('STATE'),
      p: module.constant('PRIME_P'),
      q: module.constant('PRIME_Q'),
      dp: module.constant('EXPONENT_P'),
      dq: module.constant('EXPONENT_Q'),
      coefficient: module.constant('COEFFICIENT'),
      random: module.constant('RANDOM'),
    };
    this.#secretBytes = module.constant('SECRET_BYTES');
    this.#takeModulus = module.call('takeModulus');
    this.#prepareModulus = module.call('prepareModulus');
    this.#publicPower = module.call('publicPower');
    this.#privatePower = module.call('privatePower');
    this.#wipe = module.call('wipe');
  }

  /**
   * input^exponent mod modulus, as long as the modulus without leading zeros, and so is the input; undefined when the input
   * is not below the modulus. The modulus is odd and of at most 8192 bits, the exponent of at most 64.
   */
  publicPower(modulus: Uint8Array, exponent: Uint8Array, input: Uint8Array): Uint8Array | undefined {
    const length = this.#take(modulus);
    if (input.length !== length) return undefined;
    this.#memory.set(input, this.#at.input);
    const valid = this.#publicPower(...halves(exponent)) === 1;
    return valid ? this.#memory.slice(this.#at.output, this.#at.output + length) : undefined;
  }

  /** Whether the kernel has room for a key: primes of 128 to 2086 bits, and numbers no longer than they should be. */
  takes({ modulus, prime1, prime2, exponent1, exponent2, coefficient }: RsaPrivateNumbers): boolean {
    const [p, q, dp, dq, c] = [prime1, prime2, exponent1, exponent2, coefficient].map((each) =>
      bitsOf(each.reveal()),
    );
    if (p === undefined || q === undefined || dp === undefined || dq === undefined || c === undefined)
      return false;
    return (
      Math.min(p, q) >= MIN_PRIME_BITS &&
      Math.max(p, q) <= MAX_PRIME_BITS &&
      bitsOf(modulus) <= p + q &&
      dp <= p &&
      dq <= q &&
      c <= p
    );
  }

  /**
   * input^d mod modulus for a key that the kernel {@link takes}, blinded with bytes of `random`; the input is as long as the
   * modulus, and below it. Undefined when the result, raised to the public exponent, is not the input: then the numbers do not
   * belong together, or the computation went wrong, and nothing of it may leave. Throws TLSError `no_random` for zeros, which
   * would blind nothing.
   */
  privatePower(numbers: RsaPrivateNumbers, input: Uint8Array, random: RandomSource): Uint8Array | undefined {
    const { modulus, publicExponent, prime1, prime2, exponent1, exponent2, coefficient } = numbers;
    const [firstBits, secondBits] = [bitsOf(prime1.reveal()), bitsOf(prime2.reveal())];
    const length = this.#take(modulus);
    if (input.length !== length) return undefined;
    // Drawn before any secret is in the kernel: a source may throw.
    const blinding = randomBytes(random, 8 * pairLimbs(Math.max(firstBits, secondBits)));
    if (blinding.every((byte) => byte === 0))
      throw new TLSError('no_random', 'the random source gives zeros only');
    this.#memory.set(blinding, this.#at.random);
    blinding.fill(0);
    this.#memory.set(input, this.#at.input);
    this.#putSecret(this.#at.p, prime1);
    this.#putSecret(this.#at.q, prime2);
    this.#putSecret(this.#at.dp, exponent1);
    this.#putSecret(this.#at.dq, exponent2);
    this.#putSecret(this.#at.coefficient, coefficient);
    const fits = this.#privatePower(length, firstBits, secondBits, ...halves(publicExponent)) === 1;
    const result = fits ? this.#memory.slice(this.#at.output, this.#at.output + length) : undefined;
    this.#wipe();
    return result;
  }

  #putSecret(at: number, secret: Secret): void {
    const bytes = significant(secret.reveal());
    this.#memory.fill(0, at, at + this.#secretBytes);
    this.#memory.set(bytes, at + this.#secretBytes - bytes.length);
  }

  /** Takes a modulus and what was prepared of it, or prepares it. Gives its length in bytes. */
  #take(modulus: Uint8Array): number {
    const bytes = significant(modulus);
    const bits = bitsOf(modulus);
    if (bits > MAX_RSA_BITS) throw new RangeError('an RSA modulus is longer than 8192 bits');
    this.#memory.set(bytes, this.#at.modulus);
    const size = this.#takeModulus(bits);
    const known = this.#states.get(modulus);
    if (known?.length === size) {
      this.#memory.set(known, this.#at.state);
    } else {
      this.#prepareModulus(bits);
      this.#states.set(modulus, this.#memory.slice(this.#at.state, this.#at.state + size));
    }
    return bytes.length;
  }
}

/** As setPairLimbs in assembly/rsa-pair.ts: an even number of 29 bits each, with two bits of room. */
function pairLimbs(bits: number): number {
  return 2 * Math.ceil((bits + 2) / 58);
}

/** The lower and the higher 32 bits of an exponent of at most 64. */
function halves(exponent: Uint8Array): [number, number] {
  let [lower, higher] = [0, 0];
  for (const byte of significant(exponent)) {
    higher = (higher << 8) | (lower >>> 24);
    lower = (lower << 8) | byte;
  }
  return [lower, higher];
}

const KNOWN_DIGEST = '68779a3d1d6e525fa66023075f7895f02785b2ee926a27babfa023cb1c8b6a4c';

/**
 * A key whose primes are written down shortly: the largest below 2^600 and below 2^599. The digest is of the signature, made
 * with Python's integers, of a message of the bytes 0, 1, 2, ...
 */
function computes(kernel: RsaKernel): boolean {
  const [p, q, e] = [2n ** 600n - 95n, 2n ** 599n - 91n, 65537n];
  const [d, coefficient] = [modInverse(e, (p - 1n) * (q - 1n)), modInverse(q, p)];
  if (d === undefined || coefficient === undefined) return false;
  const numbers = rsaNumbers(p * q, e, d, p, q, coefficient);
  const message = Uint8Array.from({ length: numbers.modulus.length }, (_, i) => i);
  const signature = kernel.privatePower(numbers, message, (out) => void out.fill(0xa5));
  if (signature === undefined || toHex(sha256.digest(signature)) !== KNOWN_DIGEST) return false;
  const opened = kernel.publicPower(numbers.modulus, numbers.publicExponent, signature);
  return opened !== undefined && equalBytes(opened, message);
}

export const rsaKernel: LazyKernel<RsaKernel> = /* @__PURE__ */ new LazyKernel(
  'RSA',
  () => new RsaKernel(),
  computes,
);
