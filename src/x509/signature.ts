/** Checking one certificate's signature with one candidate issuer's key. */
import { MAX_RSA_BITS, MAX_RSA_EXPONENT_BITS, MIN_RSA_BITS } from '../crypto/limits.ts';
import type { PublicKey, SignatureAlgorithm } from '../crypto/provider.ts';
import type { SignatureKind } from './algorithm.ts';
import type { Certificate } from './certificate.ts';
import type { X509ErrorCode } from './error.ts';
import { bitLength } from './public-key.ts';
import type { SignatureMemo } from './signature-memo.ts';

/** `unusable`: nothing can be concluded, and no path may end well over this edge; `code` says why. */
export type SignatureVerdict =
  | { readonly kind: 'good' }
  | { readonly kind: 'bad' }
  | { readonly kind: 'unusable'; readonly code: X509ErrorCode; readonly message: string };

const GOOD: SignatureVerdict = { kind: 'good' };
const BAD: SignatureVerdict = { kind: 'bad' };

export interface KeyFinding {
  readonly code: 'KEY_TOO_SMALL' | 'UNSUPPORTED_KEY' | 'INVALID_KEY';
  readonly message: string;
}

/** What is wrong with a key by itself, before any arithmetic with it; undefined when nothing is. */
export function keyProblem(key: PublicKey): KeyFinding | undefined {
  if (key.kind === 'unknown') {
    return { code: 'UNSUPPORTED_KEY', message: `a public key of unsupported algorithm ${key.algorithmOid}` };
  }
  if (key.kind !== 'rsa' && key.kind !== 'rsa-pss') return undefined;
  const bits = bitLength(key.modulus);
  if (bits < MIN_RSA_BITS) {
    return {
      code: 'KEY_TOO_SMALL',
      message: `an RSA key of ${bits} bits; at least ${MIN_RSA_BITS} are required`,
    };
  }
  if (bits > MAX_RSA_BITS) {
    return {
      code: 'UNSUPPORTED_KEY',
      message: `an RSA key of ${bits} bits; at most ${MAX_RSA_BITS} are supported`,
    };
  }
  const low = key.exponent[key.exponent.length - 1] ?? 0;
  const exponentBits = bitLength(key.exponent);
  if (exponentBits < 2 || exponentBits > MAX_RSA_EXPONENT_BITS || (low & 1) === 0) {
    return { code: 'INVALID_KEY', message: 'an RSA key with a bad public exponent' };
  }
  if (((key.modulus[key.modulus.length - 1] ?? 0) & 1) === 0) {
    return { code: 'INVALID_KEY', message: 'an RSA key with an even modulus' };
  }
  return undefined;
}

/** What certificates, CRLs and OCSP responses have in common. */
export type Signed = Pick<Certificate, 'signatureKind' | 'signatureAlgorithm' | 'tbsRaw' | 'signature'>;

/** Whether `certificate`, or another signed structure, was signed by `issuerKey`. Total. Only the arithmetic is left to `memo`, never what precedes it. */
export function checkSignature(
  certificate: Signed,
  issuerKey: PublicKey,
  schemes: readonly SignatureAlgorithm[],
  memo?: SignatureMemo,
): SignatureVerdict {
  const kind = certificate.signatureKind;
  if (kind.kind === 'weak') {
    return {
      kind: 'unusable',
      code: 'CA_MD_TOO_WEAK',
      message: 'it is signed with SHA-1, MD5 or an older hash',
    };
  }
  const problem = keyProblem(issuerKey);
  if (problem !== undefined) {
    return {
      kind: 'unusable',
      code: problem.code === 'KEY_TOO_SMALL' ? 'CA_KEY_TOO_SMALL' : problem.code,
      message: `it is signed by ${problem.message}`,
    };
  }
  if (kind.kind === 'unknown') return unsupported(certificate.signatureAlgorithm.oid);
  if (!kindFits(kind, issuerKey)) return BAD;
  const scheme = findScheme(kind, issuerKey, schemes);
  if (scheme === undefined) return unsupported(certificate.signatureAlgorithm.oid);
  const holds =
    memo === undefined
      ? scheme.verify(issuerKey, certificate.tbsRaw, certificate.signature)
      : memo.verify(scheme, issuerKey, certificate);
  return holds ? GOOD : BAD;
}

function unsupported(oid: string): SignatureVerdict {
  return {
    kind: 'unusable',
    code: 'UNSUPPORTED_SIGNATURE_ALGORITHM',
    message: `its signature algorithm ${oid} is not supported`,
  };
}

/** Whether a key of this kind can have made such a signature at all. */
function kindFits(kind: SignatureKind, key: PublicKey): boolean {
  switch (kind.kind) {
    case 'rsa-pkcs1':
      return key.kind === 'rsa';
    case 'rsa-pss':
      if (key.kind === 'rsa') return true;
      if (key.kind !== 'rsa-pss') return false;
      // The key's own parameters bind: the same hash, and its salt length as a minimum (RFC 4055 3.3).
      return (
        key.parameters === undefined ||
        (key.parameters.hash === kind.hash && key.parameters.saltLength <= kind.saltLength)
      );
    case 'ecdsa':
      return key.kind === 'ec';
    case 'ed25519':
    case 'ed448':
      return key.kind === kind.kind;
    case 'ml-dsa':
      return key.kind === 'ml-dsa' && key.set === kind.set;
    default:
      return false;
  }
}

/** In X.509 an ECDSA hash and curve are independent; the scheme whose curve fits is preferred all the same. */
function findScheme(
  kind: SignatureKind,
  key: PublicKey,
  schemes: readonly SignatureAlgorithm[],
): SignatureAlgorithm | undefined {
  switch (kind.kind) {
    case 'rsa-pkcs1':
      return schemes.find((s) => s.keyKind === 'rsa' && s.padding === 'pkcs1' && s.hash?.name === kind.hash);
    case 'rsa-pss':
      return schemes.find(
        (s) =>
          s.keyKind === key.kind &&
          s.padding === 'pss' &&
          s.hash?.name === kind.hash &&
          s.hash.outputLength === kind.saltLength,
      );
    case 'ecdsa': {
      const fitting = schemes.filter((s) => s.keyKind === 'ec' && s.hash?.name === kind.hash);
      return fitting.find((s) => key.kind === 'ec' && s.curve === key.curve) ?? fitting[0];
    }
    case 'ed25519':
    case 'ed448':
      return schemes.find((s) => s.keyKind === kind.kind);
    case 'ml-dsa':
      return schemes.find((s) => s.fits(key));
    default:
      return undefined;
  }
}
