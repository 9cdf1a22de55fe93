/** The RSA kernel against BigInt, in one run: both blind the private operation and check its result. */
import type { RsaPrivateNumbers } from '../src/crypto/provider.ts';
import { systemRandom } from '../src/crypto/random.ts';
import { generateRsaKey } from '../src/crypto/rsa/generate.ts';
import { rsaPrivateKey } from '../src/crypto/rsa/key.ts';
import { rsaPrivateBytes } from '../src/crypto/rsa/private.ts';
import { rsaPublicBytes } from '../src/crypto/rsa/public.ts';
import { rsaKernel } from '../src/crypto/wasm/rsa-kernel.ts';
import { compare } from './support/measure.ts';
import { emit, sameBytes, verify } from './support/report.ts';

const SIZES = [2048, 3072, 4096];
/** What RSA-2048 must reach, as a multiple of BigInt. */
const PRIVATE_FLOOR = 3.5;

const random = systemRandom();

function bench(
  what: string,
  floor: number | undefined,
  ours: () => Uint8Array | undefined,
  theirs: () => Uint8Array | undefined,
): void {
  const [mine, other] = [ours(), theirs()];
  verify(
    mine !== undefined && other !== undefined && sameBytes(mine, other),
    `${what}: not what BigInt computes`,
  );
  const [kernel, reference] = compare([() => void ours(), () => void theirs()]);
  if (kernel === undefined || reference === undefined) return;
  emit({
    table: 'Kernels: RSA',
    what,
    unit: 'op/s',
    ours: kernel.perSecond,
    spread: kernel.spread,
    peer: 'BigInt',
    theirs: reference.perSecond,
    theirSpread: reference.spread,
    ...(floor === undefined
      ? {}
      : { floor: `>= ${floor} times BigInt`, kept: kernel.perSecond >= floor * reference.perSecond }),
  });
}

function benchKey(bits: number, numbers: RsaPrivateNumbers): void {
  const kernel = rsaKernel.get();
  const key = rsaPrivateKey(numbers);
  if (kernel === undefined || key === undefined) return;
  const input = Uint8Array.from({ length: key.length }, (_, i) => (i === 0 ? 0 : 7 * i));
  bench(
    `RSA-${bits}, private`,
    bits === 2048 ? PRIVATE_FLOOR : undefined,
    () => kernel.privatePower(numbers, input, random),
    () => rsaPrivateBytes(key, input, random),
  );
  bench(
    `RSA-${bits}, public, a known key`,
    undefined,
    () => kernel.publicPower(numbers.modulus, numbers.publicExponent, input),
    () => rsaPublicBytes(key, input),
  );
  bench(
    `RSA-${bits}, public, a new key`,
    undefined,
    () => kernel.publicPower(numbers.modulus.slice(), numbers.publicExponent, input),
    () => rsaPublicBytes(key, input),
  );
}

for (const bits of SIZES) benchKey(bits, generateRsaKey(bits, random));
