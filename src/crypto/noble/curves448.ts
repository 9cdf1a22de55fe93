/** X448 and Ed448 (RFC 7748, RFC 8032) from noble's constructors, built on first use like those of `curves.ts`. */
import { type EdDSA, eddsa, edwards } from '@noble/curves/abstract/edwards.js';
import { Field } from '@noble/curves/abstract/modular.js';
import { type MontgomeryECDH, montgomery } from '@noble/curves/abstract/montgomery.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { concatBytes } from '../../bytes/bytes.ts';
import { asciiEncode } from '../../bytes/encoding.ts';
import { blindingBytes, lazy } from './curves.ts';

/** RFC 8032 5.2; a test compares it with noble's own. */
const ED448 = {
  p: 2n ** 448n - 2n ** 224n - 1n,
  n: 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n,
  h: 4n,
  a: 1n,
  d: 2n ** 448n - 2n ** 224n - 1n - 39081n,
  Gx: 0x4f1970c66bed0ded221d15a622bf36da9e146570470f1767ea6de324a3d3a46412ae1af72ab66511433b80e18b00938e2626a82bc70cc05en,
  Gy: 0x693f46716eb6bc248876203756c9c7624bea73736ca3984087789c1e05a0c2d73ad3ff1ce67c39c4fdbd132c4ed7c8ad9808795bf230fa14n,
} as const;

/** Points and scalars take 57 bytes: the sign of x needs a bit more than 448. */
const ENCODED_BITS = 456;

function reduce(x: bigint): bigint {
  const r = x % ED448.p;
  return r < 0n ? r + ED448.p : r;
}

function squareTimes(x: bigint, times: number): bigint {
  let r = x;
  for (let i = 0; i < times; i++) r = (r * r) % ED448.p;
  return r;
}

/** x^((p - 3) / 4), whose exponent is 223 ones, a zero and 222 ones. */
function power446(x: bigint): bigint {
  const { p } = ED448;
  const ones2 = (squareTimes(x, 1) * x) % p;
  const ones3 = (squareTimes(ones2, 1) * x) % p;
  const ones6 = (squareTimes(ones3, 3) * ones3) % p;
  const ones9 = (squareTimes(ones6, 3) * ones3) % p;
  const ones11 = (squareTimes(ones9, 2) * ones2) % p;
  const ones22 = (squareTimes(ones11, 11) * ones11) % p;
  const ones44 = (squareTimes(ones22, 22) * ones22) % p;
  const ones88 = (squareTimes(ones44, 44) * ones44) % p;
  const ones176 = (squareTimes(ones88, 88) * ones88) % p;
  const ones220 = (squareTimes(ones176, 44) * ones44) % p;
  const ones222 = (squareTimes(ones220, 2) * ones2) % p;
  const ones223 = (squareTimes(ones222, 1) * x) % p;
  return (squareTimes(ones223, 223) * ones222) % p;
}

/** 1/x as x^(p - 2) = x^(4 (p - 3) / 4 + 1). */
function invert(x: bigint): bigint {
  return (squareTimes(power446(x), 2) * x) % ED448.p;
}

/** The square root of u/v, as point decompression needs it (RFC 8032 5.2.3). */
function squareRootOfRatio(u: bigint, v: bigint): { isValid: boolean; value: bigint } {
  const u3v = reduce(u * u * u * v);
  const root = reduce(u3v * power446(reduce(u3v * reduce(u * u * v * v))));
  return { isValid: reduce(v * root * root) === reduce(u), value: root };
}

/** RFC 7748 5 and RFC 8032 5.2.5: 56 bytes, or 57 of which the last is cleared; noble hands over a copy of its own. */
function clamp(scalar: Uint8Array): Uint8Array {
  scalar[0] = (scalar[0] ?? 0) & 252;
  scalar[55] = (scalar[55] ?? 0) | 128;
  if (scalar.length > 56) scalar[56] = 0;
  return scalar;
}

const edwards448 = /* @__PURE__ */ lazy(() =>
  edwards(ED448, {
    Fp: Field(ED448.p, { BITS: ENCODED_BITS, isLE: true }),
    Fn: Field(ED448.n, { BITS: ENCODED_BITS, isLE: true }),
    uvRatio: squareRootOfRatio,
    randomBytes: blindingBytes,
  }),
);

const DOMAIN = 'SigEd448';

/** dom4 (RFC 8032 5.2); TLS and X.509 use no context and no prehash (RFC 8446 4.2.3, RFC 8410 6). */
function domain(data: Uint8Array, context: Uint8Array, prehash: boolean): Uint8Array {
  const flags = Uint8Array.of(prehash ? 1 : 0, context.length);
  return concatBytes(asciiEncode(DOMAIN), flags, context, data);
}

/** Ed448 with RFC 8032 decoding: canonical encodings only, S below the group order, no small-order keys. */
export const ed448: () => EdDSA = /* @__PURE__ */ lazy(() =>
  eddsa(edwards448(), (message: Uint8Array) => shake256(message, { dkLen: 114 }), {
    adjustScalarBytes: clamp,
    domain,
    zip215: false,
    randomBytes: blindingBytes,
  }),
);

/** X448; the fixed base goes over the Edwards curve's cached tables, u = Y^2 / X^2 (RFC 7748 4.2). */
export const x448: () => MontgomeryECDH = /* @__PURE__ */ lazy(() => {
  const Point = edwards448();
  return montgomery({
    P: ED448.p,
    type: 'x448',
    powPminus2: invert,
    adjustScalarBytes: clamp,
    randomBytes: blindingBytes,
    scalarMultBase: (k) => {
      const scalar = k % ED448.n;
      if (scalar === 0n) return 0n;
      const point = Point.BASE.multiply(scalar);
      return reduce(point.Y * point.Y * invert(reduce(point.X * point.X)));
    },
  });
});
