/** The three encodings of a private key: PKCS#8 (RFC 5958), SEC1 (RFC 5915) and PKCS#1 (RFC 8017 A.1.2). */
import { equalBytes } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import { MAX_RSA_BITS, MIN_RSA_BITS } from '../crypto/limits.ts';
import { ed25519, withEntropy } from '../crypto/noble/curves.ts';
import { ed448 } from '../crypto/noble/curves448.ts';
import { ML_DSA_SEED_BYTES, mlDsaKey } from '../crypto/noble/ml-dsa.ts';
import type {
  EcCurveName,
  MlDsaName,
  PrivateKey,
  RandomSource,
  RsaPrivateNumbers,
} from '../crypto/provider.ts';
import { rsaKeyProblem } from '../crypto/rsa/key.ts';
import { publicHalf } from '../crypto/wasm/public-half.ts';
import { isNull, mlDsaSet, readAlgorithm } from './algorithm.ts';
import { contextConstructed, contextTag, DerReader, Tag } from './der.ts';
import {
  derBitString,
  derExplicit,
  derImplicit,
  derOctetString,
  derSequence,
  derUnsigned,
} from './der-writer.ts';
import { X509Error } from './error.ts';
import { OID } from './oid.ts';
import {
  bitLength,
  CURVE_BYTES,
  keyAlgorithm,
  namedCurve,
  pssKeyParameters,
  publicKeyOf,
} from './public-key.ts';

const ED25519_SEED_BYTES = 32;
const ED448_SEED_BYTES = 57;

/** PrivateKeyInfo, version 0, or OneAsymmetricKey, version 1 with the public key. */
export function readPkcs8(der: Uint8Array, random: RandomSource): PrivateKey {
  const outer = new DerReader(der, 'PrivateKeyInfo');
  const sequence = outer.sequence('sequence');
  outer.finish();
  const version = sequence.smallInteger('version', 1);
  const algorithm = readAlgorithm(sequence, 'privateKeyAlgorithm');
  const inner = sequence.octetString('privateKey');
  sequence.optional(contextConstructed(0), 'attributes');
  const hasPublic = version === 1 && sequence.peek() === contextTag(1);
  const publicKey = hasPublic ? sequence.bitStringBytes('publicKey', contextTag(1)) : undefined;
  sequence.finish();
  switch (algorithm.oid) {
    case OID.rsaEncryption:
      if (!isNull(algorithm.parameters)) sequence.fail('RSA parameters must be NULL', 'privateKeyAlgorithm');
      return { kind: 'rsa', numbers: readRsa(inner) };
    case OID.rsassaPss:
      return {
        kind: 'rsa-pss',
        numbers: readRsa(inner),
        parameters: pssKeyParameters(algorithm, sequence.path),
      };
    case OID.ecPublicKey:
      return readSec1(inner, random, knownCurve(algorithm.parameters), publicKey);
    case OID.ed25519: {
      if (algorithm.parameters !== undefined)
        sequence.fail('Ed25519 has no parameters', 'privateKeyAlgorithm');
      return readEdwards('Ed25519', ED25519_SEED_BYTES, ed25519Key, inner, random, publicKey);
    }
    case OID.ed448: {
      if (algorithm.parameters !== undefined) sequence.fail('Ed448 has no parameters', 'privateKeyAlgorithm');
      return readEdwards('Ed448', ED448_SEED_BYTES, ed448Key, inner, random, publicKey);
    }
    default: {
      const set = mlDsaSet(algorithm, sequence, 'privateKeyAlgorithm');
      if (set !== undefined) return readMlDsa(set, inner, publicKey);
      throw new X509Error('UNSUPPORTED_KEY', `private keys of algorithm ${algorithm.oid} are not supported`);
    }
  }
}

function knownCurve(parameters: Uint8Array | undefined): EcCurveName {
  const curve = namedCurve(parameters, 'PrivateKeyInfo.privateKeyAlgorithm');
  if (curve !== undefined) return curve;
  throw new X509Error('UNSUPPORTED_KEY', 'EC private keys are supported on P-256, P-384 and P-521 only');
}

/** ECPrivateKey. `outerCurve` is what the surroundings say; one of the two must name the curve, and both must agree. */
export function readSec1(
  der: Uint8Array,
  random: RandomSource,
  outerCurve: EcCurveName | undefined,
  outerPublic?: Uint8Array,
): PrivateKey {
  const outer = new DerReader(der, 'ECPrivateKey');
  const sequence = outer.sequence('sequence');
  outer.finish();
  if (sequence.smallInteger('version', 1) !== 1) sequence.fail('must be 1', 'version');
  const octets = sequence.octetString('privateKey');
  const parameters = sequence.optional(contextConstructed(0), 'parameters');
  const innerCurve = parameters === undefined ? undefined : knownCurve(parameters.raw('ECParameters'));
  parameters?.finish();
  const holder = sequence.optional(contextConstructed(1), 'publicKey');
  const innerPublic = holder?.bitStringBytes('BIT STRING');
  holder?.finish();
  sequence.finish();
  const curve = innerCurve ?? outerCurve ?? sequence.fail('does not name its curve', 'parameters');
  if (outerCurve !== undefined && outerCurve !== curve) {
    throw new X509Error('INVALID_KEY', 'the EC private key names two different curves');
  }
  const length = CURVE_BYTES[curve];
  if (octets.length > length || octets.length === 0) sequence.fail(`must have ${length} bytes`, 'privateKey');
  // RFC 5915 3 fixes the length; encoders that strip leading zeros exist, and the meaning is the same.
  const scalar = new Uint8Array(length);
  scalar.set(octets, length - octets.length);
  const point = publicHalf(curve, scalar, random);
  if (point === undefined) throw new X509Error('INVALID_KEY', 'the EC private key is out of range');
  for (const stated of [innerPublic, outerPublic]) {
    if (stated !== undefined && !sameCurvePoint(stated, point)) {
      throw new X509Error('INVALID_KEY', 'the EC private key does not fit the public key in the same file');
    }
  }
  return { kind: 'ec', curve, scalar: new Secret(scalar), point };
}

/** The stated public key may be compressed; then only its sign and abscissa are there to compare. */
function sameCurvePoint(stated: Uint8Array, point: Uint8Array): boolean {
  if (stated[0] === 4) return equalBytes(stated, point);
  const length = (point.length - 1) / 2;
  const sign = 2 + ((point[point.length - 1] ?? 0) & 1);
  return stated[0] === sign && equalBytes(stated.subarray(1), point.subarray(1, 1 + length));
}

type EdwardsKey = Extract<PrivateKey, { kind: 'ed25519' | 'ed448' }>;

/** CurvePrivateKey (RFC 8410 7): an OCTET STRING in the OCTET STRING. */
function readEdwards(
  name: string,
  length: number,
  make: (seed: Uint8Array, random: RandomSource) => EdwardsKey,
  inner: Uint8Array,
  random: RandomSource,
  stated: Uint8Array | undefined,
): PrivateKey {
  const reader = new DerReader(inner, 'CurvePrivateKey');
  const octets = reader.octetString('seed');
  reader.finish();
  if (octets.length !== length) reader.fail(`an ${name} private key has ${length} bytes`);
  const key = make(new Uint8Array(octets), random);
  if (stated !== undefined && !equalBytes(stated, key.publicKey)) {
    throw new X509Error(
      'INVALID_KEY',
      `the ${name} private key does not fit the public key in the same file`,
    );
  }
  return key;
}

/** A seed, alone or before what it comes to (RFC 9881 6); without it there is nothing to check the key against. */
function readMlDsa(set: MlDsaName, inner: Uint8Array, stated: Uint8Array | undefined): PrivateKey {
  const reader = new DerReader(inner, `${set}-PrivateKey`);
  const both = reader.peek() === Tag.sequence ? reader.sequence('both') : undefined;
  const holder = both ?? reader;
  if (both === undefined && holder.peek() === Tag.octetString) {
    throw new X509Error('UNSUPPORTED_KEY', `an ${set} private key without its seed is not supported`);
  }
  const octets = both === undefined ? reader.octetString('seed', contextTag(0)) : both.octetString('seed');
  const expanded = both?.octetString('expandedKey');
  both?.finish();
  reader.finish();
  if (octets.length !== ML_DSA_SEED_BYTES) holder.fail(`must have ${ML_DSA_SEED_BYTES} bytes`, 'seed');
  const key = mlDsaKey(set, new Uint8Array(octets));
  const fits =
    (stated === undefined || equalBytes(stated, key.publicKey)) &&
    (expanded === undefined || equalBytes(expanded, key.expanded.reveal()));
  if (fits) return key;
  throw new X509Error('INVALID_KEY', `the ${set} private key does not fit the rest of the same file`);
}

/** Takes ownership of `seed`. */
export function ed25519Key(seed: Uint8Array, random: RandomSource): Extract<PrivateKey, { kind: 'ed25519' }> {
  const publicKey = withEntropy(random, () => ed25519().getPublicKey(seed));
  return { kind: 'ed25519', seed: new Secret(seed), publicKey };
}

/** Takes ownership of `seed`. */
export function ed448Key(seed: Uint8Array, random: RandomSource): Extract<PrivateKey, { kind: 'ed448' }> {
  const publicKey = withEntropy(random, () => ed448().getPublicKey(seed));
  return { kind: 'ed448', seed: new Secret(seed), publicKey };
}

/** RSAPrivateKey with two primes, checked to hang together. */
export function readRsa(der: Uint8Array): RsaPrivateNumbers {
  const outer = new DerReader(der, 'RSAPrivateKey');
  const sequence = outer.sequence('sequence');
  outer.finish();
  if (sequence.smallInteger('version', 1) !== 0) {
    throw new X509Error('UNSUPPORTED_KEY', 'RSA private keys with more than two primes are not supported');
  }
  const modulus = new Uint8Array(sequence.unsigned('modulus'));
  const publicExponent = new Uint8Array(sequence.unsigned('publicExponent'));
  const secret = (field: string): Secret => new Secret(new Uint8Array(sequence.unsigned(field)));
  const numbers: RsaPrivateNumbers = {
    modulus,
    publicExponent,
    privateExponent: secret('privateExponent'),
    prime1: secret('prime1'),
    prime2: secret('prime2'),
    exponent1: secret('exponent1'),
    exponent2: secret('exponent2'),
    coefficient: secret('coefficient'),
  };
  sequence.finish();
  const bits = bitLength(modulus);
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    throw new X509Error(
      'UNSUPPORTED_KEY',
      `an RSA private key of ${bits} bits; ${MIN_RSA_BITS} to ${MAX_RSA_BITS} are supported`,
    );
  }
  const problem = rsaKeyProblem(numbers);
  if (problem !== undefined) throw new X509Error('INVALID_KEY', `the RSA private key is damaged: ${problem}`);
  return numbers;
}

/** What a DER private key looks like from its first elements; undefined when it looks like none. */
export function guessFormat(der: Uint8Array): 'pkcs8' | 'encrypted-pkcs8' | 'sec1' | 'pkcs1' | undefined {
  const outer = new DerReader(der, 'PrivateKey');
  const sequence = outer.sequence('sequence');
  if (sequence.peek() === Tag.sequence) return 'encrypted-pkcs8';
  if (sequence.peek() !== Tag.integer) return undefined;
  sequence.raw('version');
  switch (sequence.peek()) {
    case Tag.sequence:
      return 'pkcs8';
    case Tag.octetString:
      return 'sec1';
    case Tag.integer:
      return 'pkcs1';
    default:
      return undefined;
  }
}

/** PKCS#8 in DER, version 0, as OpenSSL writes it. The result holds the key in the clear: the caller wipes it. */
export function exportPrivateKey(key: PrivateKey): Uint8Array {
  return derSequence(derUnsigned(0), keyAlgorithm(publicKeyOf(key)), derOctetString(privateKeyOctets(key)));
}

function privateKeyOctets(key: PrivateKey): Uint8Array {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return rsaPrivateKeyDer(key.numbers);
    case 'ec':
      return derSequence(
        derUnsigned(1),
        derOctetString(key.scalar.reveal()),
        derExplicit(1, derBitString(key.point)),
      );
    case 'ed25519':
    case 'ed448':
      return derOctetString(key.seed.reveal());
    case 'ml-dsa':
      return derImplicit(0, key.seed.reveal());
    default:
      return key satisfies never;
  }
}

function rsaPrivateKeyDer(numbers: RsaPrivateNumbers): Uint8Array {
  return derSequence(
    derUnsigned(0),
    derUnsigned(numbers.modulus),
    derUnsigned(numbers.publicExponent),
    derUnsigned(numbers.privateExponent.reveal()),
    derUnsigned(numbers.prime1.reveal()),
    derUnsigned(numbers.prime2.reveal()),
    derUnsigned(numbers.exponent1.reveal()),
    derUnsigned(numbers.exponent2.reveal()),
    derUnsigned(numbers.coefficient.reveal()),
  );
}
