/**
 * The kernels of P-256 and P-384 (assembly/p256.ts, p384.ts) as functions over bytes: numbers of 32 or 48, points and
 * signatures of two numbers.
 */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { type KernelFunction, KernelModule } from './host.ts';

export class NistKernel {
  readonly #length: number;
  readonly #memory: Uint8Array;
  readonly #at: Readonly<Record<'scalar' | 'private' | 'point' | 'result' | 'digest' | 'signature', number>>;
  readonly #validScalar: KernelFunction;
  readonly #validPoint: KernelFunction;
  readonly #agree: KernelFunction;
  readonly #publicKey: KernelFunction;
  readonly #sign: KernelFunction;
  readonly #verify: KernelFunction;
  readonly #wipe: KernelFunction;

  /** A module and the bytes of its numbers. */
  constructor(base64: string, length: number) {
    const module = new KernelModule(base64);
    this.#length = length;
    this.#memory = module.memory;
    this.#at = {
      scalar: module.constant('SCALAR'),
      private: module.constant('PRIVATE'),
      point: module.constant('POINT'),
      result: module.constant('RESULT'),
      digest: module.constant('DIGEST'),
      signature: module.constant('SIGNATURE'),
    };
    this.#validScalar = module.call('validScalar');
    this.#validPoint = module.call('validPoint');
    this.#agree = module.call('agree');
    this.#publicKey = module.call('publicKey');
    this.#sign = module.call('sign');
    this.#verify = module.call('verify');
    this.#wipe = module.call('wipe');
  }

  /** Whether 0 < scalar < n. */
  validScalar(scalar: Uint8Array): boolean {
    const valid = scalar.length === this.#length && this.#takeScalar(scalar);
    this.#wipe();
    return valid;
  }

  validPoint(point: Uint8Array): boolean {
    if (point.length !== 2 * this.#length) return false;
    this.#memory.set(point, this.#at.point);
    return this.#validPoint() === 1;
  }

  /** x of scalar times point; undefined when the point or the scalar is invalid. */
  agree(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
    if (point.length !== 2 * this.#length || scalar.length !== this.#length) return undefined;
    this.#memory.set(point, this.#at.point);
    if (!this.#takeScalar(scalar)) return undefined;
    const x = this.#agree() === 1 ? this.#read(this.#at.result, this.#length) : undefined;
    this.#wipe();
    return x;
  }

  /** x || y of scalar times the generator; undefined for an invalid scalar. */
  publicKey(scalar: Uint8Array): Uint8Array | undefined {
    if (scalar.length !== this.#length || !this.#takeScalar(scalar)) return undefined;
    this.#publicKey();
    const point = this.#read(this.#at.result, 2 * this.#length);
    this.#wipe();
    return point;
  }

  /** r || s; undefined when the nonce is invalid or leads to r or s = 0, and another one is to be tried. */
  sign(nonce: Uint8Array, privateKey: Uint8Array, digest: Uint8Array): Uint8Array | undefined {
    if (!this.#takeScalar(nonce)) return undefined;
    this.#memory.set(privateKey, this.#at.private);
    this.#memory.set(digest, this.#at.digest);
    return this.#sign() === 1 ? this.#read(this.#at.signature, 2 * this.#length) : undefined;
  }

  verify(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
    if (
      point.length !== 2 * this.#length ||
      digest.length !== this.#length ||
      signature.length !== 2 * this.#length
    )
      return false;
    this.#memory.set(point, this.#at.point);
    this.#memory.set(digest, this.#at.digest);
    this.#memory.set(signature, this.#at.signature);
    return this.#verify() === 1;
  }

  #takeScalar(scalar: Uint8Array): boolean {
    const at = this.#at.scalar;
    this.#memory.set(scalar, at);
    if (this.#validScalar(at) === 1) return true;
    this.#wipe();
    return false;
  }

  #read(at: number, length: number): Uint8Array {
    return this.#memory.slice(at, at + length);
  }
}

/** A key, its public key, and a signature of a digest with a nonce, in hexadecimal. */
export type KnownAnswer = Readonly<Record<'privateKey' | 'point' | 'digest' | 'nonce' | 'signature', string>>;

function same(actual: Uint8Array | undefined, expected: Uint8Array): boolean {
  return actual !== undefined && equalBytes(actual, expected);
}

/**
 * Whether a kernel computes known answers. The agreement is checked against itself: k (d G) and d (k G) have the same x, which is r, since r < n here.
 */
export function computes(kernel: NistKernel, known: KnownAnswer): boolean {
  const [key, point, digest, nonce, signature] = [
    fromHex(known.privateKey),
    fromHex(known.point),
    fromHex(known.digest),
    fromHex(known.nonce),
    fromHex(known.signature),
  ];
  const other = kernel.publicKey(nonce);
  if (
    other === undefined ||
    !equalBytes(other.subarray(0, nonce.length), signature.subarray(0, nonce.length))
  )
    return false;
  const shared = kernel.agree(key, other);
  const forged = digest.slice();
  forged[0] = (forged[0] ?? 0) ^ 1;
  return (
    same(kernel.publicKey(key), point) &&
    shared !== undefined &&
    same(kernel.agree(nonce, point), shared) &&
    same(kernel.sign(nonce, key, digest), signature) &&
    kernel.verify(point, digest, signature) &&
    !kernel.verify(point, forged, signature) &&
    !kernel.validPoint(signature)
  );
}
