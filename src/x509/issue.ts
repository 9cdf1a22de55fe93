/**
 * Making keys, certificates and signing requests. Nothing here refuses to make a bad certificate: tests of verifiers
 * need them. Given the same random bytes and times the result is the same, byte for byte.
 */

import { publicPoint, randomScalar } from '../crypto/noble/groups.ts';
import { sha256 } from '../crypto/noble/hash.ts';
import { ML_DSA_SEED_BYTES, mlDsaAlgorithms, mlDsaKey } from '../crypto/noble/ml-dsa.ts';
import { signatureAlgorithms } from '../crypto/noble/signatures.ts';
import type {
  EcCurveName,
  HashName,
  PrivateKey,
  PublicKey,
  RandomSource,
  SignatureAlgorithm,
} from '../crypto/provider.ts';
import { randomBytes } from '../crypto/random.ts';
import { generateRsaKey } from '../crypto/rsa/generate.ts';
import { mlDsaOid } from './algorithm.ts';
import type { Certificate } from './certificate.ts';
import { contextConstructed } from './der.ts';
import {
  derBitString,
  derBoolean,
  derElement,
  derExplicit,
  derImplicit,
  derNamedBits,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSetOf,
  derTime,
  derUnsigned,
} from './der-writer.ts';
import { X509Error } from './error.ts';
import { KeyUsage, type KeyUsageName } from './extensions.ts';
import { ed448Key, ed25519Key } from './key-format.ts';
import { encodeGeneralName, encodeName, type GeneralNameInput, type NameInput } from './name-builder.ts';
import { OID } from './oid.ts';
import { encodePssParameters, encodePublicKey, publicKeyBits, publicKeyOf } from './public-key.ts';

export type KeyKind =
  | 'ecdsa-p256'
  | 'ecdsa-p384'
  | 'ecdsa-p521'
  | 'ed25519'
  | 'ed448'
  | 'rsa-2048'
  | 'rsa-3072'
  | 'rsa-4096'
  | 'rsa-pss-2048'
  | 'ml-dsa-44'
  | 'ml-dsa-65'
  | 'ml-dsa-87';

/** A new private key. RSA takes from half a second up to many. Throws TLSError `no_random` when the source fails. */
export function generateKey(kind: KeyKind, random: RandomSource): PrivateKey {
  switch (kind) {
    case 'ecdsa-p256':
      return ecKey('P-256', random);
    case 'ecdsa-p384':
      return ecKey('P-384', random);
    case 'ecdsa-p521':
      return ecKey('P-521', random);
    case 'ed25519':
      return ed25519Key(randomBytes(random, 32), random);
    case 'ed448':
      return ed448Key(randomBytes(random, 57), random);
    case 'rsa-2048':
    case 'rsa-3072':
    case 'rsa-4096':
      return { kind: 'rsa', numbers: generateRsaKey(Number(kind.slice(4)), random) };
    case 'rsa-pss-2048':
      return { kind: 'rsa-pss', numbers: generateRsaKey(2048, random), parameters: undefined };
    case 'ml-dsa-44':
      return mlDsaKey('ML-DSA-44', randomBytes(random, ML_DSA_SEED_BYTES));
    case 'ml-dsa-65':
      return mlDsaKey('ML-DSA-65', randomBytes(random, ML_DSA_SEED_BYTES));
    case 'ml-dsa-87':
      return mlDsaKey('ML-DSA-87', randomBytes(random, ML_DSA_SEED_BYTES));
    default:
      return kind satisfies never;
  }
}

function ecKey(curve: EcCurveName, random: RandomSource): PrivateKey {
  const scalar = randomScalar(curve, random);
  return { kind: 'ec', curve, scalar, point: publicPoint(curve, scalar.reveal(), random) };
}

export interface ExtensionInput {
  readonly oid: string;
  readonly critical?: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
}

export interface SigningOptions {
  /** ECDSA: the curve's own by default; RSA: SHA-256. */
  readonly hash?: HashName;
  /** For RSA keys; `pkcs1` by default, and always `pss` for RSA-PSS keys. */
  readonly padding?: 'pkcs1' | 'pss';
  /** noble's by default. */
  readonly schemes?: readonly SignatureAlgorithm[];
}

export interface CertificateFields extends SigningOptions {
  readonly subject: NameInput;
  /** The issuer's certificate, or only its name; the subject itself (self-signed) by default. */
  readonly issuer?: Certificate | NameInput;
  readonly publicKey: PublicKey;
  /** The issuer's private key. */
  readonly signingKey: PrivateKey;
  readonly random: RandomSource;
  /** Milliseconds since 1970, cut to seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Big-endian, positive; 16 random bytes by default. */
  readonly serial?: Uint8Array;
  /** Adds basicConstraints, and for a CA keyUsage keyCertSign and cRLSign unless `keyUsage` says otherwise. */
  readonly isCA?: boolean;
  readonly pathLen?: number;
  readonly keyUsage?: readonly KeyUsageName[];
  /** `serverAuth`, `clientAuth`, ... or OIDs. */
  readonly extKeyUsage?: readonly string[];
  readonly subjectAltNames?: readonly GeneralNameInput[];
  readonly nameConstraints?: {
    readonly permitted?: readonly GeneralNameInput[];
    readonly excluded?: readonly GeneralNameInput[];
  };
  /** Added at the end; one with the OID of an extension made from the fields above takes its place. */
  readonly extensions?: readonly ExtensionInput[];
  /** OIDs of extensions to leave out. */
  readonly omit?: readonly string[];
  /** 3 by default; 1 and 2 leave all extensions out. */
  readonly version?: 1 | 2 | 3;
}

const PURPOSES: ReadonlyMap<string, string> = new Map(
  (
    [
      'serverAuth',
      'clientAuth',
      'codeSigning',
      'emailProtection',
      'timeStamping',
      'ocspSigning',
      'anyExtendedKeyUsage',
    ] as const
  ).map((name) => [name, OID[name]]),
);

/** A signed certificate in DER. Throws X509Error INVALID_REQUEST for fields that cannot be encoded. */
export function createCertificate(fields: CertificateFields): Uint8Array {
  const signer = chooseSigner(fields.signingKey, fields);
  return signStructure(buildTbs(fields, signer.algorithm), signer, fields.signingKey, fields.random);
}

/** TBSCertificate (RFC 5280 4.1). */
function buildTbs(fields: CertificateFields, algorithm: Uint8Array): Uint8Array {
  const version = fields.version ?? 3;
  const issuer = fields.issuer ?? fields.subject;
  const parts: Uint8Array[] = [];
  if (version > 1) parts.push(derExplicit(0, derUnsigned(version - 1)));
  parts.push(
    derUnsigned(fields.serial ?? randomSerial(fields.random)),
    algorithm,
    isCertificate(issuer) ? issuer.subject.raw : encodeName(issuer),
    derSequence(derTime(fields.notBefore), derTime(fields.notAfter)),
    encodeName(fields.subject),
    encodePublicKey(fields.publicKey),
  );
  const extensions = buildExtensions(fields, issuer);
  if (version === 3 && extensions.length > 0) parts.push(derExplicit(3, encodeExtensions(extensions)));
  return derSequence(...parts);
}

function isCertificate(issuer: Certificate | NameInput): issuer is Certificate {
  return typeof issuer === 'object' && 'tbsRaw' in issuer;
}

/** RFC 5280 4.1.2.2: positive; 127 random bits under a leading one. */
function randomSerial(random: RandomSource): Uint8Array {
  const serial = randomBytes(random, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

/** RFC 7093 2, method 1: the first 160 bits of SHA-256 over the key bits. */
export function keyIdentifier(key: PublicKey): Uint8Array {
  return sha256.digest(publicKeyBits(key)).slice(0, 20);
}

export function encodeExtensions(extensions: readonly ExtensionInput[]): Uint8Array {
  return derSequence(
    ...extensions.map(({ oid, critical, value }) =>
      derSequence(derOid(oid), ...(critical === true ? [derBoolean(true)] : []), derOctetString(value)),
    ),
  );
}

function buildExtensions(fields: CertificateFields, issuer: Certificate | NameInput): ExtensionInput[] {
  const list = subjectExtensions(fields);
  list.push({ oid: OID.subjectKeyIdentifier, value: derOctetString(keyIdentifier(fields.publicKey)) });
  const issuerKeyId = isCertificate(issuer)
    ? (issuer.known.subjectKeyIdentifier ?? keyIdentifier(publicKeyOf(fields.signingKey)))
    : keyIdentifier(publicKeyOf(fields.signingKey));
  list.push({ oid: OID.authorityKeyIdentifier, value: derSequence(derImplicit(0, issuerKeyId)) });
  const given = fields.extensions ?? [];
  const replaced = list.map((made) => given.find((one) => one.oid === made.oid) ?? made);
  const added = given.filter((one) => !replaced.includes(one));
  return [...replaced, ...added].filter((one) => fields.omit?.includes(one.oid) !== true);
}

/** Those that certificates and signing requests share. */
function subjectExtensions(
  fields: Pick<
    CertificateFields,
    'isCA' | 'pathLen' | 'keyUsage' | 'extKeyUsage' | 'subjectAltNames' | 'nameConstraints' | 'subject'
  >,
): ExtensionInput[] {
  const list: ExtensionInput[] = [];
  if (fields.isCA !== undefined) {
    const constraints = [
      ...(fields.isCA ? [derBoolean(true)] : []),
      ...(fields.pathLen === undefined ? [] : [derUnsigned(fields.pathLen)]),
    ];
    list.push({ oid: OID.basicConstraints, critical: true, value: derSequence(...constraints) });
  }
  const usage = fields.keyUsage ?? (fields.isCA === true ? (['keyCertSign', 'cRLSign'] as const) : undefined);
  if (usage !== undefined) {
    const flags = usage.reduce((all, name) => all | KeyUsage[name], 0);
    list.push({ oid: OID.keyUsage, critical: true, value: derNamedBits(flags) });
  }
  if (fields.extKeyUsage !== undefined) {
    const purposes = fields.extKeyUsage.map((name) => derOid(PURPOSES.get(name) ?? name));
    list.push({ oid: OID.extKeyUsage, value: derSequence(...purposes) });
  }
  if (fields.subjectAltNames !== undefined) {
    const names = derSequence(...fields.subjectAltNames.map(encodeGeneralName));
    // RFC 5280 4.2.1.6: critical when there is no other name.
    const isOnlyName =
      fields.subject === '' || (Array.isArray(fields.subject) && fields.subject.length === 0);
    list.push({ oid: OID.subjectAltName, critical: isOnlyName, value: names });
  }
  if (fields.nameConstraints !== undefined) {
    const { permitted, excluded } = fields.nameConstraints;
    const subtrees = (n: number, names: readonly GeneralNameInput[] | undefined): Uint8Array[] =>
      names === undefined
        ? []
        : [derElement(contextConstructed(n), ...names.map((name) => derSequence(encodeGeneralName(name))))];
    const value = derSequence(...subtrees(0, permitted), ...subtrees(1, excluded));
    list.push({ oid: OID.nameConstraints, critical: true, value });
  }
  return list;
}

export interface SigningRequestFields extends SigningOptions {
  readonly subject: NameInput;
  readonly key: PrivateKey;
  readonly random: RandomSource;
  readonly isCA?: boolean;
  readonly keyUsage?: readonly KeyUsageName[];
  readonly extKeyUsage?: readonly string[];
  readonly subjectAltNames?: readonly GeneralNameInput[];
}

/** A PKCS#10 CertificationRequest in DER (RFC 2986 4), with the extensions it asks for (RFC 2985 5.4.2). */
export function createSigningRequest(fields: SigningRequestFields): Uint8Array {
  const signer = chooseSigner(fields.key, fields);
  const extensions = subjectExtensions(fields);
  const attributes =
    extensions.length === 0
      ? []
      : [derSequence(derOid(OID.extensionRequest), derSetOf(encodeExtensions(extensions)))];
  const info = derSequence(
    derUnsigned(0),
    encodeName(fields.subject),
    encodePublicKey(publicKeyOf(fields.key)),
    derElement(contextConstructed(0), ...attributes),
  );
  return signStructure(info, signer, fields.key, fields.random);
}

interface Signer {
  readonly scheme: SignatureAlgorithm;
  /** AlgorithmIdentifier in DER. */
  readonly algorithm: Uint8Array;
}

/** `SEQUENCE { signed, algorithm, signature }`, the shape of certificates, requests and CRLs. */
export function signStructure(
  signed: Uint8Array,
  signer: Signer,
  key: PrivateKey,
  random: RandomSource,
): Uint8Array {
  return derSequence(signed, signer.algorithm, derBitString(signer.scheme.sign(key, signed, random)));
}

const CURVE_HASH: Readonly<Record<EcCurveName, HashName>> = {
  'P-256': 'SHA-256',
  'P-384': 'SHA-384',
  'P-521': 'SHA-512',
};

const ECDSA_OIDS: Readonly<Record<HashName, string>> = {
  'SHA-256': OID.ecdsaWithSha256,
  'SHA-384': OID.ecdsaWithSha384,
  'SHA-512': OID.ecdsaWithSha512,
};

const RSA_OIDS: Readonly<Record<HashName, string>> = {
  'SHA-256': OID.sha256WithRsa,
  'SHA-384': OID.sha384WithRsa,
  'SHA-512': OID.sha512WithRsa,
};

export function chooseSigner(key: PrivateKey, options: SigningOptions): Signer {
  const schemes = options.schemes ?? [...signatureAlgorithms(), ...mlDsaAlgorithms];
  const find = (test: (scheme: SignatureAlgorithm) => boolean): SignatureAlgorithm => {
    const scheme = schemes.find(test);
    if (scheme === undefined)
      throw new X509Error('INVALID_REQUEST', 'no signature scheme fits the signing key and hash');
    return scheme;
  };
  switch (key.kind) {
    case 'ec': {
      const hash = options.hash ?? CURVE_HASH[key.curve];
      return {
        scheme: find((s) => s.keyKind === 'ec' && s.hash?.name === hash),
        algorithm: derSequence(derOid(ECDSA_OIDS[hash])),
      };
    }
    case 'ed25519':
    case 'ed448':
      return { scheme: find((s) => s.keyKind === key.kind), algorithm: derSequence(derOid(OID[key.kind])) };
    case 'ml-dsa':
      return { scheme: find((s) => s.fits(key)), algorithm: derSequence(derOid(mlDsaOid(key.set))) };
    case 'rsa':
    case 'rsa-pss': {
      const hash = options.hash ?? 'SHA-256';
      const padding = key.kind === 'rsa-pss' ? 'pss' : (options.padding ?? 'pkcs1');
      const scheme = find((s) => s.keyKind === key.kind && s.padding === padding && s.hash?.name === hash);
      const saltLength = scheme.hash?.outputLength ?? 0;
      const algorithm =
        padding === 'pss'
          ? derSequence(derOid(OID.rsassaPss), encodePssParameters({ hash, saltLength }))
          : derSequence(derOid(RSA_OIDS[hash]), derNull());
      return { scheme, algorithm };
    }
    default:
      return key satisfies never;
  }
}
