/**
 * The elliptic curves, built from noble's curve constructors instead of its ready-made `nist.js` and `ed25519.js`:
 * those probe the global random source while they load and keep blinding off for good where that fails. Here every
 * blinding byte comes from the caller's source, nothing is drawn at load, and building waits for the first use.
 */
import { type EdDSA, eddsa, edwards } from '@noble/curves/abstract/edwards.js';
import { type MontgomeryECDH, montgomery } from '@noble/curves/abstract/montgomery.js';
import { type ECDSA, ecdsa, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { TLSError } from '../../wire/error.ts';
import type { EcCurveName, RandomSource } from '../provider.ts';

type Entropy = RandomSource | 'probe' | undefined;

/** Who pays for blinding right now. Set only while a synchronous call runs, so it carries nothing between calls. */
let entropy: Entropy;

function withEntropySource<T>(source: Entropy, run: () => T): T {
  const outer = entropy;
  entropy = source;
  try {
    return run();
  } finally {
    entropy = outer;
  }
}

/** Runs a computation on a secret; noble's scalar and nonce blinding draws from `random`. */
export function withEntropy<T>(random: RandomSource, run: () => T): T {
  return withEntropySource(random, run);
}

/** noble's `randomBytes` hook. */
export function blindingBytes(length = 32): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  // noble calls once while a curve is built, only to learn whether the hook works; nothing secret uses that answer.
  if (entropy === 'probe') return out;
  if (entropy === undefined) throw new TLSError('internal_error', 'a secret scalar was used without entropy');
  entropy(out);
  return out;
}

export function lazy<T>(build: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= withEntropySource('probe', build);
    return value;
  };
}

/** SEC 2 and FIPS 186-5 domain parameters; a test compares them with noble's own. */
const P256 = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
} as const;

const P384 = {
  p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  h: 1n,
  a: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffcn,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  Gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
  Gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
} as const;

const P521 = {
  p: 0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffn,
  n: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  h: 1n,
  a: 0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffcn,
  b: 0x51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  Gx: 0xc6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66n,
  Gy: 0x11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650n,
} as const;

const NIST = {
  'P-256': { parameters: P256, hash: () => sha256 },
  'P-384': { parameters: P384, hash: () => sha384 },
  'P-521': { parameters: P521, hash: () => sha512 },
} as const;

/** High-S signatures are ordinary in TLS and X.509, so both halves are made and accepted. */
function buildNist(curve: EcCurveName): () => ECDSA {
  const { parameters, hash } = NIST[curve];
  return lazy(() =>
    ecdsa(weierstrass<bigint>(parameters, { randomBytes: blindingBytes }), hash(), {
      lowS: false,
      randomBytes: blindingBytes,
    }),
  );
}

const NIST_CURVES: Readonly<Record<EcCurveName, () => ECDSA>> = {
  'P-256': /* @__PURE__ */ buildNist('P-256'),
  'P-384': /* @__PURE__ */ buildNist('P-384'),
  'P-521': /* @__PURE__ */ buildNist('P-521'),
};

/** The curve with ECDSA over digests; noble's own hash serves only its RFC 6979 generator. */
export function nistCurve(curve: EcCurveName): ECDSA {
  return NIST_CURVES[curve]();
}

/** Bytes of a field element, which is also the length of a scalar on these curves. */
export const FIELD_LENGTH: Readonly<Record<EcCurveName, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const ED25519 = {
  p: 2n ** 255n - 19n,
  n: 2n ** 252n + 27742317777372353535851937790883648493n,
  h: 8n,
  a: 2n ** 255n - 20n,
  d: 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n,
  Gx: 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an,
  Gy: 0x6666666666666666666666666666666666666666666666666666666666666658n,
} as const;

const SQRT_MINUS_ONE = 0x2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0n;

function reduce(x: bigint): bigint {
  const r = x % ED25519.p;
  return r < 0n ? r + ED25519.p : r;
}

function squareTimes(x: bigint, times: number): bigint {
  let r = x;
  for (let i = 0; i < times; i++) r = (r * r) % ED25519.p;
  return r;
}

/** x^(2^252 - 3) = x^((p - 5) / 8), and x^3 on the way. */
function power252(x: bigint): { readonly power: bigint; readonly cube: bigint } {
  const { p } = ED25519;
  const cube = (((x * x) % p) * x) % p;
  const ones4 = (squareTimes(cube, 2) * cube) % p;
  const ones5 = (squareTimes(ones4, 1) * x) % p;
  const ones10 = (squareTimes(ones5, 5) * ones5) % p;
  const ones20 = (squareTimes(ones10, 10) * ones10) % p;
  const ones40 = (squareTimes(ones20, 20) * ones20) % p;
  const ones80 = (squareTimes(ones40, 40) * ones40) % p;
  const ones160 = (squareTimes(ones80, 80) * ones80) % p;
  const ones240 = (squareTimes(ones160, 80) * ones80) % p;
  const ones250 = (squareTimes(ones240, 10) * ones10) % p;
  return { power: (squareTimes(ones250, 2) * x) % p, cube };
}

/** 1/x as x^(p - 2) = x^(8 (2^252 - 3) + 3). */
function invert(x: bigint): bigint {
  const { power, cube } = power252(x);
  return reduce(squareTimes(power, 3) * cube);
}

/** The even square root of u/v, as point decompression needs it (RFC 8032 5.1.3). */
function squareRootOfRatio(u: bigint, v: bigint): { isValid: boolean; value: bigint } {
  const v3 = reduce(v * v * v);
  const v7 = reduce(v3 * v3 * v);
  const root = reduce(u * v3 * power252(reduce(u * v7)).power);
  const check = reduce(v * root * root);
  const direct = check === reduce(u);
  const twisted = check === reduce(-u);
  const value = direct ? root : reduce(root * SQRT_MINUS_ONE);
  return { isValid: direct || twisted, value: (value & 1n) === 1n ? ED25519.p - value : value };
}

/** RFC 7748 5 and RFC 8032 5.1.5; noble hands over a copy of its own. */
function clamp(scalar: Uint8Array): Uint8Array {
  const last = scalar.length - 1;
  scalar[0] = (scalar[0] ?? 0) & 248;
  scalar[last] = ((scalar[last] ?? 0) & 127) | 64;
  return scalar;
}

const edwards25519 = /* @__PURE__ */ lazy(() =>
  edwards(ED25519, { uvRatio: squareRootOfRatio, randomBytes: blindingBytes }),
);

/** Ed25519 with RFC 8032 decoding: canonical encodings only, S below the group order, no small-order keys. */
export const ed25519: () => EdDSA = /* @__PURE__ */ lazy(() =>
  eddsa(edwards25519(), sha512, { adjustScalarBytes: clamp, zip215: false, randomBytes: blindingBytes }),
);

/** X25519; the fixed base goes over the Edwards curve's cached tables, u = (Z + Y) / (Z - Y). */
export const x25519: () => MontgomeryECDH = /* @__PURE__ */ lazy(() => {
  const Point = edwards25519();
  return montgomery({
    P: ED25519.p,
    type: 'x25519',
    powPminus2: invert,
    adjustScalarBytes: clamp,
    randomBytes: blindingBytes,
    scalarMultBase: (k) => {
      const scalar = k % ED25519.n;
      if (scalar === 0n) return 0n;
      const point = Point.BASE.multiply(scalar);
      return reduce((point.Z + point.Y) * invert(reduce(point.Z - point.Y)));
    },
  });
});
