/** SubjectPublicKeyInfo (RFC 5280 4.1.2.7): read strictly, written for issuing, measured for policy. */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import { ML_DSA_BYTES } from '../crypto/noble/ml-dsa.ts';
import type { EcCurveName, PrivateKey, PssParameters, PublicKey } from '../crypto/provider.ts';
import {
  type AlgorithmIdentifier,
  hashOid,
  isNull,
  mlDsaOid,
  mlDsaSet,
  readAlgorithm,
  readPssParameters,
} from './algorithm.ts';
import { DerReader, Tag } from './der.ts';
import { derBitString, derExplicit, derNull, derOid, derSequence, derUnsigned } from './der-writer.ts';
import { X509Error } from './error.ts';
import { OID } from './oid.ts';

const CURVES: ReadonlyMap<string, EcCurveName> = new Map([
  [OID.secp256r1, 'P-256'],
  [OID.secp384r1, 'P-384'],
  [OID.secp521r1, 'P-521'],
]);

const CURVE_OIDS: Readonly<Record<EcCurveName, string>> = {
  'P-256': OID.secp256r1,
  'P-384': OID.secp384r1,
  'P-521': OID.secp521r1,
};

/** Bytes of a coordinate. */
export const CURVE_BYTES: Readonly<Record<EcCurveName, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };

const ED25519_KEY_BYTES = 32;
const ED448_KEY_BYTES = 57;
const UNCOMPRESSED = 0x04;

export function readPublicKey(reader: DerReader, field: string): PublicKey {
  const sequence = reader.sequence(field);
  const algorithm = readAlgorithm(sequence, 'algorithm');
  const bits = sequence.bitString('subjectPublicKey');
  sequence.finish();
  if (bits.unusedBits !== 0) sequence.fail('must be whole bytes', 'subjectPublicKey');
  const { bytes } = bits;
  switch (algorithm.oid) {
    case OID.rsaEncryption:
      if (!isNull(algorithm.parameters)) sequence.fail('RSA parameters must be NULL', 'algorithm');
      return { kind: 'rsa', ...readRsaNumbers(bytes, sequence.path) };
    case OID.rsassaPss:
      return {
        kind: 'rsa-pss',
        ...readRsaNumbers(bytes, sequence.path),
        parameters: pssKeyParameters(algorithm, sequence.path),
      };
    case OID.ecPublicKey:
      return readEcKey(algorithm, bytes, sequence);
    case OID.ed25519:
      if (algorithm.parameters !== undefined) sequence.fail('Ed25519 has no parameters', 'algorithm');
      if (bytes.length !== ED25519_KEY_BYTES)
        sequence.fail('an Ed25519 key has 32 bytes', 'subjectPublicKey');
      return { kind: 'ed25519', key: bytes };
    case OID.ed448:
      if (algorithm.parameters !== undefined) sequence.fail('Ed448 has no parameters', 'algorithm');
      if (bytes.length !== ED448_KEY_BYTES) sequence.fail('an Ed448 key has 57 bytes', 'subjectPublicKey');
      return { kind: 'ed448', key: bytes };
    default: {
      const set = mlDsaSet(algorithm, sequence, 'algorithm');
      if (set === undefined) return { kind: 'unknown', algorithmOid: algorithm.oid };
      if (bytes.length !== ML_DSA_BYTES[set].key) sequence.fail(`not a key of ${set}`, 'subjectPublicKey');
      return { kind: 'ml-dsa', set, key: bytes };
    }
  }
}

/** A whole buffer as one SubjectPublicKeyInfo; the bytes are copied. Throws X509Error MALFORMED. */
export function parsePublicKey(der: Uint8Array): PublicKey {
  const reader = new DerReader(copyBytes(der), 'SubjectPublicKeyInfo');
  const key = readPublicKey(reader, 'publicKey');
  reader.finish();
  return key;
}

/** RSA-PSS key parameters may be absent: then the key signs with any hash (RFC 4055 1.2). */
export function pssKeyParameters(algorithm: AlgorithmIdentifier, path: string): PssParameters | undefined {
  if (algorithm.parameters === undefined) return undefined;
  const parameters = readPssParameters(algorithm.parameters, path);
  if (parameters === 'weak') {
    throw new X509Error('UNSUPPORTED_KEY', `${path}: an RSA-PSS key bound to SHA-1 is not supported`);
  }
  return parameters;
}

/** The named curve of an EC AlgorithmIdentifier; undefined for a curve that we do not know. */
export function namedCurve(parameters: Uint8Array | undefined, path: string): EcCurveName | undefined {
  if (parameters === undefined) throw new X509Error('MALFORMED', `${path}: an EC key needs its named curve`);
  if (parameters[0] !== Tag.oid) {
    // RFC 5480 2.1.1; explicit parameters were CVE-2020-0601 and CVE-2022-0778.
    throw new X509Error('MALFORMED', `${path}: only named curves are accepted`, { rfc: 'RFC 5480 2.1.1' });
  }
  const reader = new DerReader(parameters, path);
  const curve = CURVES.get(reader.oid('namedCurve'));
  reader.finish();
  return curve;
}

function readEcKey(algorithm: AlgorithmIdentifier, point: Uint8Array, reader: DerReader): PublicKey {
  const curve = namedCurve(algorithm.parameters, reader.path);
  if (curve === undefined) return { kind: 'unknown', algorithmOid: algorithm.oid };
  // Whether the point is on the curve is the provider's check, at verification.
  if (point[0] !== UNCOMPRESSED || point.length !== 1 + 2 * CURVE_BYTES[curve]) {
    reader.fail(`not an uncompressed point of ${curve}`, 'subjectPublicKey');
  }
  return { kind: 'ec', curve, point };
}

function readRsaNumbers(bytes: Uint8Array, path: string): { modulus: Uint8Array; exponent: Uint8Array } {
  const outer = new DerReader(bytes, `${path}.RSAPublicKey`);
  const sequence = outer.sequence('sequence');
  outer.finish();
  const modulus = sequence.unsigned('modulus');
  const exponent = sequence.unsigned('publicExponent');
  sequence.finish();
  if (modulus[0] === 0 || exponent[0] === 0) sequence.fail('zero');
  return { modulus, exponent };
}

/** Bits of a big-endian integer without leading zero bytes. */
export function bitLength(bytes: Uint8Array): number {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  const first = bytes[start];
  return first === undefined ? 0 : (bytes.length - start - 1) * 8 + (32 - Math.clz32(first));
}

/** For messages: `RSA 2048 bits`, `EC P-256`, ... */
export function describePublicKey(key: PublicKey): string {
  switch (key.kind) {
    case 'rsa':
      return `RSA ${bitLength(key.modulus)} bits`;
    case 'rsa-pss':
      return `RSA-PSS ${bitLength(key.modulus)} bits`;
    case 'ec':
      return `EC ${key.curve}`;
    case 'ed25519':
      return 'Ed25519';
    case 'ed448':
      return 'Ed448';
    case 'ml-dsa':
      return key.set;
    case 'unknown':
      return `unsupported algorithm ${key.algorithmOid}`;
    default:
      return key satisfies never;
  }
}

/** The public half of a private key. */
export function publicKeyOf(key: PrivateKey): PublicKey {
  switch (key.kind) {
    case 'rsa':
      return { kind: 'rsa', modulus: key.numbers.modulus, exponent: key.numbers.publicExponent };
    case 'rsa-pss':
      return {
        kind: 'rsa-pss',
        modulus: key.numbers.modulus,
        exponent: key.numbers.publicExponent,
        parameters: key.parameters,
      };
    case 'ec':
      return { kind: 'ec', curve: key.curve, point: key.point };
    case 'ed25519':
    case 'ed448':
      return { kind: key.kind, key: key.publicKey };
    case 'ml-dsa':
      return { kind: 'ml-dsa', set: key.set, key: key.publicKey };
    default:
      return key satisfies never;
  }
}

/**
 * Whether two keys are the same key. An `rsa` and an `rsa-pss` key with equal numbers count as the same, as a
 * certificate may restrict a key that its file does not.
 */
export function samePublicKey(a: PublicKey, b: PublicKey): boolean {
  if ((a.kind === 'rsa' || a.kind === 'rsa-pss') && (b.kind === 'rsa' || b.kind === 'rsa-pss')) {
    return equalBytes(a.modulus, b.modulus) && equalBytes(a.exponent, b.exponent);
  }
  if (a.kind === 'ec' && b.kind === 'ec') return a.curve === b.curve && equalBytes(a.point, b.point);
  if (a.kind === 'ml-dsa' && b.kind === 'ml-dsa') return a.set === b.set && equalBytes(a.key, b.key);
  if (a.kind === 'ed448' && b.kind === 'ed448') return equalBytes(a.key, b.key);
  return a.kind === 'ed25519' && b.kind === 'ed25519' && equalBytes(a.key, b.key);
}

/** RSASSA-PSS-params in DER for a hash other than SHA-1. */
export function encodePssParameters(parameters: PssParameters): Uint8Array {
  const hash = derSequence(derOid(hashOid(parameters.hash)), derNull());
  const items = [derExplicit(0, hash), derExplicit(1, derSequence(derOid(OID.mgf1), hash))];
  if (parameters.saltLength !== 20) items.push(derExplicit(2, derUnsigned(parameters.saltLength)));
  return derSequence(...items);
}

/** The AlgorithmIdentifier under which a key stands in SubjectPublicKeyInfo and PKCS#8. */
export function keyAlgorithm(key: PublicKey): Uint8Array {
  switch (key.kind) {
    case 'rsa':
      return derSequence(derOid(OID.rsaEncryption), derNull());
    case 'rsa-pss':
      return key.parameters === undefined
        ? derSequence(derOid(OID.rsassaPss))
        : derSequence(derOid(OID.rsassaPss), encodePssParameters(key.parameters));
    case 'ec':
      return derSequence(derOid(OID.ecPublicKey), derOid(CURVE_OIDS[key.curve]));
    case 'ed25519':
      return derSequence(derOid(OID.ed25519));
    case 'ed448':
      return derSequence(derOid(OID.ed448));
    case 'ml-dsa':
      return derSequence(derOid(mlDsaOid(key.set)));
    case 'unknown':
      throw new X509Error('UNSUPPORTED_KEY', `cannot encode a public key of algorithm ${key.algorithmOid}`);
    default:
      return key satisfies never;
  }
}

/** SubjectPublicKeyInfo in DER. Throws UNSUPPORTED_KEY for a key of unknown kind. */
export function encodePublicKey(key: PublicKey): Uint8Array {
  return derSequence(keyAlgorithm(key), derBitString(publicKeyBits(key)));
}

/** The content of subjectPublicKey: what key identifiers are hashed from (RFC 5280 4.2.1.2). */
export function publicKeyBits(key: PublicKey): Uint8Array {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return derSequence(derUnsigned(key.modulus), derUnsigned(key.exponent));
    case 'ec':
      return key.point;
    case 'ed25519':
    case 'ed448':
    case 'ml-dsa':
      return key.key;
    case 'unknown':
      throw new X509Error('UNSUPPORTED_KEY', `cannot encode a public key of algorithm ${key.algorithmOid}`);
    default:
      return key satisfies never;
  }
}
