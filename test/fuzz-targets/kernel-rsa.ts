/**
 * The RSA kernel against BigInt. The first byte chooses: public operations under any odd modulus, or a private one under a
 * fixed key, where the input and what it is blinded with are the fuzzer's.
 */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { bitLength, modPowPublic, toBytes, toInteger } from '../../src/crypto/rsa/integer.ts';
import { rsaPrivateKey } from '../../src/crypto/rsa/key.ts';
import { rsaPrivateOperation } from '../../src/crypto/rsa/private.ts';
import { RsaKernel } from '../../src/crypto/wasm/rsa-kernel.ts';
import { PRIMES, rsaKeyOf } from '../crypto/support/rsa-keys.ts';

const kernel = new RsaKernel();
const KEYS = [
  rsaKeyOf(PRIMES.p600, PRIMES.p599),
  rsaKeyOf(PRIMES.mersenne521, PRIMES.mersenne607),
  rsaKeyOf(PRIMES.p1024, PRIMES.p255),
];

function same(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  if (actual === undefined || !equalBytes(actual, expected))
    throw new Error(`${what}: not what BigInt computes`);
}

/** A modulus of up to half of the bytes, an exponent of four, and what is left as input. */
function publicOperation(data: Uint8Array): void {
  const half = Math.min(1024, data.length >> 1);
  const n = toInteger(data.subarray(0, half)) | (1n << 511n) | 1n;
  const e = BigInt(toInteger(data.subarray(half, half + 4)) | 3n);
  const input = toInteger(data.subarray(half + 4, half + 1028)) % n;
  const modulus = toBytes(n, (bitLength(n) + 7) >> 3);
  const actual = kernel.publicPower(modulus, toBytes(e, 4), toBytes(input, modulus.length));
  same(actual, toBytes(modPowPublic(input, e, n), modulus.length), 'public');
  if (kernel.publicPower(modulus, toBytes(e, 4), modulus) !== undefined) throw new Error('n is not below n');
  // The same number with what stands above the modulus, in the room that its bytes leave.
  const above = toBytes(input, modulus.length);
  above[0] = (above[0] ?? 0) | (0x80 >> (data.length % 8));
  const known = toInteger(above) < n;
  if ((kernel.publicPower(modulus, toBytes(e, 4), above) !== undefined) !== known)
    throw new Error('what is below the modulus is judged otherwise');
}

function privateOperation(data: Uint8Array, which: number): void {
  const numbers = KEYS[which % KEYS.length];
  const key = numbers && rsaPrivateKey(numbers, { minimumBits: 512, maximumBits: 8192 });
  if (numbers === undefined || key === undefined) throw new Error('no key');
  const input = toInteger(data.subarray(0, 256)) % key.n;
  const random = (out: Uint8Array): void => {
    out.fill(1);
    out.set(data.subarray(256, 256 + out.length));
    // Nothing but 0 for a prime would be withheld as a fault is: the lowest limbs of both numbers stay odd.
    out[0] = (out[0] ?? 0) | 1;
    out[4] = (out[4] ?? 0) | 1;
  };
  const expected = rsaPrivateOperation(key, input, (out) => void out.fill(0x5a));
  const actual = kernel.privatePower(numbers, toBytes(input, key.length), random);
  same(actual, toBytes(expected, key.length), 'private');
}

export function fuzz(data: Buffer): void {
  const bytes = new Uint8Array(data);
  const first = bytes[0] ?? 0;
  if (first < 64) privateOperation(bytes.subarray(1), first);
  else publicOperation(bytes.subarray(1));
}
