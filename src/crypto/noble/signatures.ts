/** The signature schemes of TLS 1.3 (RFC 8446 4.2.3): ECDSA, Ed25519 and Ed448 over noble, RSA our own. */
import { TLSError } from '../../wire/error.ts';
import { SignatureScheme } from '../../wire/registry-crypto.ts';
import type {
  EcCurveName,
  HashFunction,
  PrivateKey,
  PssParameters,
  PublicKey,
  RandomSource,
  SignatureAlgorithm,
} from '../provider.ts';
import {
  DEFAULT_RSA_LIMITS,
  type RsaLimits,
  rsaPrivateKey,
  rsaPublicKey,
  rsaPublicSize,
} from '../rsa/key.ts';
import { signPkcs1, verifyPkcs1 } from '../rsa/pkcs1.ts';
import { signPss, verifyPss } from '../rsa/pss.ts';
import { ed25519 as nobleEd25519, withEntropy } from './curves.ts';
import { ed448 as nobleEd448 } from './curves448.ts';
import { signEcdsa, verifyEcdsa } from './ecdsa.ts';
import { sha256 as nobleSha256, sha384 as nobleSha384, sha512 as nobleSha512 } from './hash.ts';

function misfit(scheme: string): TLSError {
  return new TLSError('internal_error', `the private key does not fit ${scheme}`);
}

/**
 * ECDSA. `verify` takes a key on any of the three curves: X.509 and TLS 1.2 tie only the hash to the scheme, and
 * `fits` is where TLS 1.3 ties the curve as well.
 */
function ecdsa(
  name: keyof typeof SignatureScheme,
  curve: EcCurveName,
  hash: HashFunction,
): SignatureAlgorithm {
  return {
    code: SignatureScheme[name],
    name,
    keyKind: 'ec',
    curve,
    hash,
    padding: undefined,
    handshake13: true,
    fits: (key) => key.kind === 'ec' && key.curve === curve,
    verify: (key, message, signature) =>
      key.kind === 'ec' && verifyEcdsa(key.curve, hash, key.point, message, signature),
    sign: (key, message, random) => {
      if (key.kind !== 'ec') throw misfit(name);
      return signEcdsa(key.curve, hash, key.scalar.reveal(), message, random);
    },
  };
}

/** Total although noble throws on lengths. Strict decoding (RFC 8032 5.1.7), no keys of small order. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  return nobleEd25519().verify(signature, message, publicKey, { zip215: false });
}

/**
 * noble takes the public key from the seed, never from us: signing under a public key that is not the seed's would
 * give the seed away (the double public key attack).
 */
function signEd25519(seed: Uint8Array, message: Uint8Array, random: RandomSource): Uint8Array {
  return withEntropy(random, () => nobleEd25519().sign(message, seed));
}

const ed25519: SignatureAlgorithm = {
  code: SignatureScheme.ed25519,
  name: 'ed25519',
  keyKind: 'ed25519',
  curve: undefined,
  hash: undefined,
  padding: undefined,
  handshake13: true,
  fits: (key) => key.kind === 'ed25519',
  verify: (key, message, signature) => key.kind === 'ed25519' && verifyEd25519(key.key, message, signature),
  sign: (key, message, random) => {
    if (key.kind !== 'ed25519') throw misfit('ed25519');
    return signEd25519(key.seed.reveal(), message, random);
  },
};

/** Total although noble throws on lengths; as strict as {@link verifyEd25519}. */
export function verifyEd448(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 57 || signature.length !== 114) return false;
  return nobleEd448().verify(signature, message, publicKey, { zip215: false });
}

const ed448: SignatureAlgorithm = {
  code: SignatureScheme.ed448,
  name: 'ed448',
  keyKind: 'ed448',
  curve: undefined,
  hash: undefined,
  padding: undefined,
  handshake13: true,
  fits: (key) => key.kind === 'ed448',
  verify: (key, message, signature) => key.kind === 'ed448' && verifyEd448(key.key, message, signature),
  sign: (key, message, random) => {
    if (key.kind !== 'ed448') throw misfit('ed448');
    return withEntropy(random, () => nobleEd448().sign(message, key.seed.reveal()));
  },
};

type RsaKind = 'rsa' | 'rsa-pss';

/** The key's modulus and exponent when it is of this kind. */
function publicNumbers(
  key: PublicKey | PrivateKey,
  kind: RsaKind,
): { readonly modulus: Uint8Array; readonly exponent: Uint8Array } | undefined {
  if (key.kind !== kind) return undefined;
  return 'numbers' in key ? { modulus: key.numbers.modulus, exponent: key.numbers.publicExponent } : key;
}

/** Whether a key of rsa-pss kind allows this hash and a salt as long as it (RFC 4055 3.1: its salt length is a minimum). */
function allows(parameters: PssParameters | undefined, hash: HashFunction): boolean {
  return (
    parameters === undefined || (parameters.hash === hash.name && parameters.saltLength <= hash.outputLength)
  );
}

function rsa(
  name: keyof typeof SignatureScheme,
  kind: RsaKind,
  padding: 'pkcs1' | 'pss',
  hash: HashFunction,
  limits: RsaLimits,
): SignatureAlgorithm {
  /** Bytes that the encoding needs at least (RFC 8017 9.1.1, 9.2). */
  const room = padding === 'pss' ? 2 * hash.outputLength + 2 : hash.outputLength + 30;
  const parametersAllow = (key: PublicKey | PrivateKey): boolean =>
    key.kind !== 'rsa-pss' || allows(key.parameters, hash);
  return {
    code: SignatureScheme[name],
    name,
    keyKind: kind,
    curve: undefined,
    hash,
    padding,
    handshake13: padding === 'pss',
    fits: (key) => {
      const numbers = publicNumbers(key, kind);
      if (numbers === undefined || !parametersAllow(key)) return false;
      const size = rsaPublicSize(numbers.modulus, numbers.exponent, limits);
      return size !== undefined && size.length >= room;
    },
    verify: (key, message, signature) => {
      if ((key.kind !== 'rsa' && key.kind !== 'rsa-pss') || key.kind !== kind || !parametersAllow(key))
        return false;
      const rsaKey = rsaPublicKey(key.modulus, key.exponent, limits);
      if (rsaKey === undefined) return false;
      return padding === 'pss'
        ? verifyPss(rsaKey, hash, hash.outputLength, message, signature)
        : verifyPkcs1(rsaKey, hash, message, signature);
    },
    sign: (key, message, random) => {
      if ((key.kind !== 'rsa' && key.kind !== 'rsa-pss') || key.kind !== kind || !parametersAllow(key))
        throw misfit(name);
      const rsaKey = rsaPrivateKey(key.numbers, limits);
      if (rsaKey === undefined) throw misfit(name);
      return padding === 'pss'
        ? signPss(rsaKey, hash, hash.outputLength, message, random)
        : signPkcs1(rsaKey, hash, message, random);
    },
  };
}

/** The hash functions that messages are signed by. */
export interface SigningHashes {
  readonly sha256: HashFunction;
  readonly sha384: HashFunction;
  readonly sha512: HashFunction;
}

/**
 * All schemes in order of preference. SHA-1 and the PKCS#1 encryption-era schemes of TLS 1.2 are missing on purpose.
 */
export function signatureAlgorithms(
  limits: RsaLimits = DEFAULT_RSA_LIMITS,
  hashes: SigningHashes = { sha256: nobleSha256, sha384: nobleSha384, sha512: nobleSha512 },
): readonly SignatureAlgorithm[] {
  const { sha256, sha384, sha512 } = hashes;
  return [
    ecdsa('ecdsa_secp256r1_sha256', 'P-256', sha256),
    ed25519,
    ecdsa('ecdsa_secp384r1_sha384', 'P-384', sha384),
    ecdsa('ecdsa_secp521r1_sha512', 'P-521', sha512),
    ed448,
    rsa('rsa_pss_rsae_sha256', 'rsa', 'pss', sha256, limits),
    rsa('rsa_pss_rsae_sha384', 'rsa', 'pss', sha384, limits),
    rsa('rsa_pss_rsae_sha512', 'rsa', 'pss', sha512, limits),
    rsa('rsa_pss_pss_sha256', 'rsa-pss', 'pss', sha256, limits),
    rsa('rsa_pss_pss_sha384', 'rsa-pss', 'pss', sha384, limits),
    rsa('rsa_pss_pss_sha512', 'rsa-pss', 'pss', sha512, limits),
    rsa('rsa_pkcs1_sha256', 'rsa', 'pkcs1', sha256, limits),
    rsa('rsa_pkcs1_sha384', 'rsa', 'pkcs1', sha384, limits),
    rsa('rsa_pkcs1_sha512', 'rsa', 'pkcs1', sha512, limits),
  ];
}
