/** The Ed25519 kernel (assembly/ed25519.ts) as functions over bytes. Whoever calls hashes. */
import { equalBytes } from '../../bytes/bytes.ts';
import { fromHex } from '../../bytes/encoding.ts';
import { ED25519_MODULE } from './binary/ed25519.ts';
import { type KernelFunction, KernelModule } from './host.ts';
import { LazyKernel } from './lazy.ts';

/** Bytes of a public key, a secret scalar and half a signature; a hash and a signature have twice as many. */
const HALF = 32;

export class Ed25519Kernel {
  readonly #memory: Uint8Array;
  readonly #at: Readonly<Record<'hash' | 'secret' | 'key' | 'signature' | 'result', number>>;
  readonly #publicKey: KernelFunction;
  readonly #commit: KernelFunction;
  readonly #respond: KernelFunction;
  readonly #verify: KernelFunction;
  readonly #wipe: KernelFunction;

  constructor(module: KernelModule = new KernelModule(ED25519_MODULE)) {
    this.#memory = module.memory;
    this.#at = {
      hash: module.constant('HASH'),
      secret: module.constant('SECRET'),
      key: module.constant('KEY'),
      signature: module.constant('SIGNATURE'),
      result: module.constant('RESULT'),
    };
    this.#publicKey = module.call('publicKey');
    this.#commit = module.call('commit');
    this.#respond = module.call('respond');
    this.#verify = module.call('verify');
    this.#wipe = module.call('wipe');
  }

  /** From the first half of the seed's hash. */
  publicKey(secret: Uint8Array): Uint8Array {
    this.#memory.set(secret.subarray(0, HALF), this.#at.secret);
    this.#publicKey();
    const key = this.#result();
    this.#wipe();
    return key;
  }

  /**
   * A signature, of 64 bytes: `nonce` is the hash of the other half and the message, `challenge` gives the hash of R, the
   * public key and the message.
   */
  sign(secret: Uint8Array, nonce: Uint8Array, challenge: (r: Uint8Array) => Uint8Array): Uint8Array {
    try {
      this.#memory.set(nonce, this.#at.hash);
      this.#commit();
      const r = this.#result();
      // Nothing else comes between: this is one synchronous call, and hashes have a kernel of their own.
      this.#memory.set(challenge(r), this.#at.hash);
      this.#memory.set(secret.subarray(0, HALF), this.#at.secret);
      this.#respond();
      const signature = new Uint8Array(2 * HALF);
      signature.set(r);
      signature.set(this.#result(), HALF);
      return signature;
    } finally {
      // A hash that fails must not leave the nonce behind: with the signature it would give the key away.
      this.#wipe();
    }
  }

  /** `challenge` is the hash of R, the public key and the message. */
  verify(key: Uint8Array, signature: Uint8Array, challenge: Uint8Array): boolean {
    if (key.length !== HALF || signature.length !== 2 * HALF) return false;
    this.#memory.set(key, this.#at.key);
    this.#memory.set(signature, this.#at.signature);
    this.#memory.set(challenge, this.#at.hash);
    return this.#verify() === 1;
  }

  #result(): Uint8Array {
    return this.#memory.slice(this.#at.result, this.#at.result + HALF);
  }
}

/** RFC 8032 7.1, TEST 2: public key and signature, with the hashes that lead to them. */
const KNOWN = {
  secret: '6ebd9ed75882d52815a97585caf4790a7f6c6b3b7f821c5e259a24b02e502e11',
  nonce:
    'd3ed2599eb78018fb16df36634c8cc5c5925536d258f8d676a750a5f62bf0ce3' +
    '96d4e16dc701d63e8b001bcb902f27b75bca8583c34deaf31a373cdf12d0714f',
  challenge:
    'a271df0d2b0d03bd17b4ed9a4b6afddf2e73287fd630f1a137d87ce873a591cc' +
    '31b6dd852a98b5dd1226fe993d8228278ceba21f80b8fc95986a70d71edf3faf',
  key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
} as const;

function computes(kernel: Ed25519Kernel): boolean {
  const [secret, key] = [fromHex(KNOWN.secret), fromHex(KNOWN.key)];
  const [challenge, signature] = [fromHex(KNOWN.challenge), fromHex(KNOWN.signature)];
  const made = kernel.sign(secret, fromHex(KNOWN.nonce), () => challenge);
  const other = challenge.slice().reverse();
  return (
    equalBytes(kernel.publicKey(secret), key) &&
    equalBytes(made, signature) &&
    kernel.verify(key, signature, challenge) &&
    !kernel.verify(key, signature, other)
  );
}

export const ed25519Kernel: LazyKernel<Ed25519Kernel> = /* @__PURE__ */ new LazyKernel(
  'Ed25519',
  () => new Ed25519Kernel(),
  computes,
);
