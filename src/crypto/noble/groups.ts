/** Key agreement over X25519, X448 and the NIST curves (RFC 8446 4.2.8.1, 4.2.8.2, 7.4.2; RFC 7748). */
import { Secret } from '../../bytes/secret.ts';
import { TLSError } from '../../wire/error.ts';
import { NamedGroup } from '../../wire/registry-crypto.ts';
import type { EcCurveName, KeyExchangeGroup, KeyShareSecret, RandomSource } from '../provider.ts';
import { randomBytes } from '../random.ts';
import { x25519 as curve25519, FIELD_LENGTH, nistCurve, withEntropy } from './curves.ts';
import { x448 as curve448 } from './curves448.ts';

/**
 * What a peer's bytes lead to: noble throws plain errors for a bad share, which is the peer's fault and answered
 * with undefined; our own errors (a random source that fails) pass.
 */
export function undefinedIfInvalid<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TLSError) throw error;
    return undefined;
  }
}

/** A Diffie-Hellman group as {@link keyExchangeGroup} needs it: both sides do the same. */
export interface DiffieHellman {
  readonly code: NamedGroup;
  readonly name: string;
  readonly shareLength: number;
  privateKey(random: RandomSource): Secret;
  publicKey(privateKey: Uint8Array, random: RandomSource): Uint8Array;
  /** Throws or gives undefined for a share that must be refused. */
  shared(privateKey: Uint8Array, peerShare: Uint8Array, random: RandomSource): Uint8Array | undefined;
}

function agree(
  group: DiffieHellman,
  key: Secret,
  peerShare: Uint8Array,
  random: RandomSource,
): Secret | undefined {
  if (key.wiped) throw new TLSError('internal_error', 'a key share was used after it was wiped');
  if (peerShare.length !== group.shareLength) return undefined;
  const shared = undefinedIfInvalid(() => group.shared(key.reveal(), peerShare, random));
  return shared === undefined ? undefined : new Secret(shared);
}

/** Lengths, errors and wiping are the same for every curve and every implementation. */
export function keyExchangeGroup(group: DiffieHellman): KeyExchangeGroup {
  return {
    code: group.code,
    name: group.name,
    clientShareLength: group.shareLength,
    serverShareLength: group.shareLength,
    postQuantum: false,
    generate: (random): KeyShareSecret => {
      const key = group.privateKey(random);
      return {
        share: group.publicKey(key.reveal(), random),
        agree: (peerShare) => agree(group, key, peerShare, random),
        wipe: () => key.wipe(),
      };
    },
    encapsulate: (peerShare, random) => {
      if (peerShare.length !== group.shareLength) return undefined;
      const key = group.privateKey(random);
      const secret = agree(group, key, peerShare, random);
      const answer =
        secret === undefined ? undefined : { share: group.publicKey(key.reveal(), random), secret };
      key.wipe();
      return answer;
    },
  };
}

/**
 * X25519. A share that leads to the all-zero secret (a point of low order) is refused (RFC 8446 7.4.2); a
 * non-canonical one is accepted, as RFC 7748 5 demands.
 */
export const x25519DiffieHellman: DiffieHellman = {
  code: NamedGroup.x25519,
  name: 'x25519',
  shareLength: 32,
  privateKey: (random) => new Secret(randomBytes(random, 32)),
  publicKey: (key, random) => withEntropy(random, () => curve25519().getPublicKey(key)),
  shared: (key, peer, random) => withEntropy(random, () => curve25519().getSharedSecret(key, peer)),
};

export const x25519: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(x25519DiffieHellman);

/** X448, with the same rules. */
export const x448: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup({
  code: NamedGroup.x448,
  name: 'x448',
  shareLength: 56,
  privateKey: (random) => new Secret(randomBytes(random, 56)),
  publicKey: (key, random) => withEntropy(random, () => curve448().getPublicKey(key)),
  shared: (key, peer, random) => withEntropy(random, () => curve448().getSharedSecret(key, peer)),
});

/** FIPS 186-5 A.2.2: a candidate is out of range with a chance of 2^-32 at most, so this bound is never met. */
const SCALAR_TRIES = 64;

/** A uniform scalar in 1..n-1, by rejection. Throws TLSError `no_random` when the source gives nothing usable. */
export function randomScalar(
  curve: EcCurveName,
  random: RandomSource,
  isValid: (scalar: Uint8Array) => boolean = (scalar) => nistCurve(curve).utils.isValidSecretKey(scalar),
): Secret {
  const scalar = new Uint8Array(FIELD_LENGTH[curve]);
  for (let i = 0; i < SCALAR_TRIES; i++) {
    random(scalar);
    if (curve === 'P-521') scalar[0] = (scalar[0] ?? 0) & 1;
    if (isValid(scalar)) return new Secret(scalar);
  }
  throw new TLSError('no_random', 'the random source gives no usable private key');
}

/** The uncompressed point of a private scalar. */
export function publicPoint(curve: EcCurveName, scalar: Uint8Array, random: RandomSource): Uint8Array {
  return withEntropy(random, () => nistCurve(curve).getPublicKey(scalar, false));
}

/** Whether this is an uncompressed point on the curve, the only form that TLS 1.3 has (RFC 8446 4.2.8.2). */
export function isUncompressedPoint(curve: EcCurveName, point: Uint8Array): boolean {
  return (
    point.length === 1 + 2 * FIELD_LENGTH[curve] &&
    point[0] === 4 &&
    nistCurve(curve).utils.isValidPublicKey(point, false)
  );
}

function nistDiffieHellman(code: NamedGroup, name: string, curve: EcCurveName): DiffieHellman {
  const fieldLength = FIELD_LENGTH[curve];
  return {
    code,
    name,
    shareLength: 1 + 2 * fieldLength,
    privateKey: (random) => randomScalar(curve, random),
    publicKey: (key, random) => publicPoint(curve, key, random),
    shared: (key, peer, random) => {
      if (peer[0] !== 4) return undefined;
      // Decoding checks the ranges and the curve equation; the cofactor is 1, so no other point is left to refuse.
      const point = withEntropy(random, () => nistCurve(curve).getSharedSecret(key, peer, false));
      const x = point.slice(1, 1 + fieldLength);
      point.fill(0);
      return x;
    },
  };
}

export const secp256r1DiffieHellman: DiffieHellman = /* @__PURE__ */ nistDiffieHellman(
  NamedGroup.secp256r1,
  'secp256r1',
  'P-256',
);
export const secp256r1: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(secp256r1DiffieHellman);
export const secp384r1DiffieHellman: DiffieHellman = /* @__PURE__ */ nistDiffieHellman(
  NamedGroup.secp384r1,
  'secp384r1',
  'P-384',
);
export const secp384r1: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(secp384r1DiffieHellman);
export const secp521r1: KeyExchangeGroup = /* @__PURE__ */ keyExchangeGroup(
  /* @__PURE__ */ nistDiffieHellman(NamedGroup.secp521r1, 'secp521r1', 'P-521'),
);
