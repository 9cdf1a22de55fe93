/** The P-256 kernel (assembly/p256.ts) as functions over bytes: numbers of 32, points and signatures of 64. */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { P256_MODULE } from './binary/p256.ts';
import { type KernelFunction, KernelModule } from './host.ts';
import { LazyKernel } from './lazy.ts';

const NUMBER = 32;
const PAIR = 64;

export class P256Kernel {
  readonly #memory: Uint8Array;
  readonly #at: Readonly<Record<'scalar' | 'private' | 'point' | 'result' | 'digest' | 'signature', number>>;
  readonly #validScalar: KernelFunction;
  readonly #validPoint: KernelFunction;
  readonly #agree: KernelFunction;
  readonly #publicKey: KernelFunction;
  readonly #sign: KernelFunction;
  readonly #verify: KernelFunction;
  readonly #wipe: KernelFunction;

  constructor() {
    const module = new KernelModule(P256_MODULE);
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
    const valid = scalar.length === NUMBER && this.#takeScalar(scalar);
    this.#wipe();
    return valid;
  }

  validPoint(point: Uint8Array): boolean {
    if (point.length !== PAIR) return false;
    this.#memory.set(point, this.#at.point);
    return this.#validPoint() === 1;
  }

  /** x of scalar times point; undefined when the point or the scalar is invalid. */
  agree(scalar: Uint8Array, point: Uint8Array): Uint8Array | undefined {
    if (point.length !== PAIR || scalar.length !== NUMBER) return undefined;
    this.#memory.set(point, this.#at.point);
    if (!this.#takeScalar(scalar)) return undefined;
    const x = this.#agree() === 1 ? this.#read(this.#at.result, NUMBER) : undefined;
    this.#wipe();
    return x;
  }

  /** x || y of scalar times the generator; undefined for an invalid scalar. */
  publicKey(scalar: Uint8Array): Uint8Array | undefined {
    if (scalar.length !== NUMBER || !this.#takeScalar(scalar)) return undefined;
    this.#publicKey();
    const point = this.#read(this.#at.result, PAIR);
    this.#wipe();
    return point;
  }

  /** r || s; undefined when the nonce is invalid or leads to r or s = 0, and another one is to be tried. */
  sign(nonce: Uint8Array, privateKey: Uint8Array, digest: Uint8Array): Uint8Array | undefined {
    if (!this.#takeScalar(nonce)) return undefined;
    this.#memory.set(privateKey, this.#at.private);
    this.#memory.set(digest, this.#at.digest);
    return this.#sign() === 1 ? this.#read(this.#at.signature, PAIR) : undefined;
  }

  verify(point: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
    if (point.length !== PAIR || digest.length !== NUMBER || signature.length !== PAIR) return false;
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

/** RFC 6979 A.2.5 with SHA-256 and the message "sample": key, public key, digest, nonce and signature. */
const KNOWN = {
  privateKey: 'c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
  point:
    '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
    '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
  digest: 'af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf',
  nonce: 'a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60',
  signature:
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
    'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
} as const;

function same(actual: Uint8Array | undefined, expected: Uint8Array): boolean {
  return actual !== undefined && equalBytes(actual, expected);
}

/** The agreement is checked against itself: k (d G) and d (k G) have the same x, which is r, since r < n here. */
function computes(kernel: P256Kernel): boolean {
  const [key, point, digest, nonce, signature] = [
    fromHex(KNOWN.privateKey),
    fromHex(KNOWN.point),
    fromHex(KNOWN.digest),
    fromHex(KNOWN.nonce),
    fromHex(KNOWN.signature),
  ];
  const other = kernel.publicKey(nonce);
  if (other === undefined || !equalBytes(other.subarray(0, NUMBER), signature.subarray(0, NUMBER)))
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

export const p256Kernel: LazyKernel<P256Kernel> = /* @__PURE__ */ new LazyKernel(
  'P-256',
  () => new P256Kernel(),
  computes,
);
