/** AlgorithmIdentifier, RSASSA-PSS parameters, and what a certificate's signature algorithm means. */
import { equalBytes } from '../bytes/bytes.ts';
import type { HashName, MlDsaName, PssParameters } from '../crypto/provider.ts';
import { contextConstructed, DerReader, Tag } from './der.ts';
import { OID } from './oid.ts';

export interface AlgorithmIdentifier {
  readonly oid: string;
  /** The parameters element as it stands; undefined when absent. */
  readonly parameters: Uint8Array | undefined;
  readonly raw: Uint8Array;
}

export function readAlgorithm(reader: DerReader, field: string): AlgorithmIdentifier {
  const start = reader.offset;
  const sequence = reader.sequence(field);
  const oid = sequence.oid('algorithm');
  const parameters = sequence.empty ? undefined : sequence.raw('parameters');
  sequence.finish();
  return { oid, parameters, raw: reader.slice(start, reader.offset) };
}

const NULL_ELEMENT = Uint8Array.of(Tag.null, 0);

export function isNull(parameters: Uint8Array | undefined): boolean {
  return parameters !== undefined && equalBytes(parameters, NULL_ELEMENT);
}

const HASH_BY_OID: ReadonlyMap<string, HashName> = new Map([
  [OID.sha256, 'SHA-256'],
  [OID.sha384, 'SHA-384'],
  [OID.sha512, 'SHA-512'],
]);

const OID_BY_HASH: Readonly<Record<HashName, string>> = {
  'SHA-256': OID.sha256,
  'SHA-384': OID.sha384,
  'SHA-512': OID.sha512,
};

export function hashOid(hash: HashName): string {
  return OID_BY_HASH[hash];
}

const DEFAULT_SALT_LENGTH = 20;
const MAX_SALT_LENGTH = 64;

/**
 * RSASSA-PSS-params (RFC 4055 3.1). 'weak' when the hash is one that we do not use (SHA-1, the ASN.1 default).
 * The mask's hash must be the message's, and defaults must be left out, as DER demands.
 */
export function readPssParameters(parameters: Uint8Array, path: string): PssParameters | 'weak' {
  const outer = new DerReader(parameters, path);
  const sequence = outer.sequence('RSASSA-PSS-params');
  outer.finish();
  const hashReader = sequence.optional(contextConstructed(0), 'hashAlgorithm');
  const hash = hashReader === undefined ? undefined : readHash(hashReader);
  const maskReader = sequence.optional(contextConstructed(1), 'maskGenAlgorithm');
  const maskHash = maskReader === undefined ? undefined : readMask(maskReader);
  const saltReader = sequence.optional(contextConstructed(2), 'saltLength');
  let saltLength = DEFAULT_SALT_LENGTH;
  if (saltReader !== undefined) {
    saltLength = saltReader.smallInteger('INTEGER', MAX_SALT_LENGTH);
    saltReader.finish();
    if (saltLength === DEFAULT_SALT_LENGTH) sequence.fail('a default value must be left out', 'saltLength');
  }
  // trailerField may only be 1, which is the default, so DER never shows it.
  sequence.finish();
  if (maskHash !== hash) sequence.fail('the mask must use the hash of the message', 'maskGenAlgorithm');
  return hash === undefined ? 'weak' : { hash, saltLength };
}

/** An AlgorithmIdentifier of a hash: parameters NULL or absent, both legal (RFC 4055 2.1). */
function readHash(reader: DerReader): HashName {
  const algorithm = readAlgorithm(reader, 'hash');
  reader.finish();
  if (algorithm.parameters !== undefined && !isNull(algorithm.parameters)) {
    reader.fail('parameters must be NULL or absent', 'hash');
  }
  const hash = HASH_BY_OID.get(algorithm.oid);
  return hash ?? reader.fail(`unsupported hash ${algorithm.oid}`, 'hash');
}

function readMask(reader: DerReader): HashName {
  const algorithm = readAlgorithm(reader, 'mask');
  reader.finish();
  if (algorithm.oid !== OID.mgf1) reader.fail(`unsupported mask generation ${algorithm.oid}`, 'mask');
  if (algorithm.parameters === undefined) reader.fail('MGF1 needs its hash', 'mask');
  return readHash(new DerReader(algorithm.parameters, `${reader.path}.mgf1`));
}

/** What a certificate's signatureAlgorithm asks of the verifier. */
export type SignatureKind =
  | { readonly kind: 'rsa-pkcs1'; readonly hash: HashName }
  | { readonly kind: 'rsa-pss'; readonly hash: HashName; readonly saltLength: number }
  | { readonly kind: 'ecdsa'; readonly hash: HashName }
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'ed448' }
  | { readonly kind: 'ml-dsa'; readonly set: MlDsaName }
  /** MD2, MD5 or SHA-1: recognized, so that it can be refused by name. */
  | { readonly kind: 'weak' }
  | { readonly kind: 'unknown' };

const RSA_PKCS1: ReadonlyMap<string, HashName> = new Map([
  [OID.sha256WithRsa, 'SHA-256'],
  [OID.sha384WithRsa, 'SHA-384'],
  [OID.sha512WithRsa, 'SHA-512'],
]);

const ECDSA: ReadonlyMap<string, HashName> = new Map([
  [OID.ecdsaWithSha256, 'SHA-256'],
  [OID.ecdsaWithSha384, 'SHA-384'],
  [OID.ecdsaWithSha512, 'SHA-512'],
]);

const WEAK: ReadonlySet<string> = new Set([
  OID.md2WithRsa,
  OID.md5WithRsa,
  OID.sha1WithRsa,
  OID.ecdsaWithSha1,
  OID.dsaWithSha1,
]);

const ML_DSA: Readonly<Record<MlDsaName, string>> = {
  'ML-DSA-44': OID.mlDsa44,
  'ML-DSA-65': OID.mlDsa65,
  'ML-DSA-87': OID.mlDsa87,
};
const ML_DSA_NAMES = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const;

export function mlDsaOid(set: MlDsaName): string {
  return ML_DSA[set];
}

/** The parameter set of keys and signatures alike; undefined for another algorithm. Parameters must be absent (RFC 9881 2). */
export function mlDsaSet(
  { oid, parameters }: AlgorithmIdentifier,
  reader: DerReader,
  field: string,
): MlDsaName | undefined {
  const set = ML_DSA_NAMES.find((name) => ML_DSA[name] === oid);
  if (set !== undefined && parameters !== undefined) reader.fail(`${set} has no parameters`, field);
  return set;
}

/** Throws X509Error MALFORMED on parameters that the algorithm forbids (RFC 4055, RFC 5758, RFC 8410). */
export function signatureKind(
  algorithm: AlgorithmIdentifier,
  reader: DerReader,
  field: string,
): SignatureKind {
  const { oid, parameters } = algorithm;
  const rsaHash = RSA_PKCS1.get(oid);
  if (rsaHash !== undefined) {
    if (!isNull(parameters)) reader.fail('RSA parameters must be NULL', field);
    return { kind: 'rsa-pkcs1', hash: rsaHash };
  }
  const ecHash = ECDSA.get(oid);
  if (ecHash !== undefined) {
    if (parameters !== undefined) reader.fail('ECDSA has no parameters', field);
    return { kind: 'ecdsa', hash: ecHash };
  }
  if (oid === OID.ed25519) {
    if (parameters !== undefined) reader.fail('Ed25519 has no parameters', field);
    return { kind: 'ed25519' };
  }
  if (oid === OID.ed448) {
    if (parameters !== undefined) reader.fail('Ed448 has no parameters', field);
    return { kind: 'ed448' };
  }
  const set = mlDsaSet(algorithm, reader, field);
  if (set !== undefined) return { kind: 'ml-dsa', set };
  if (oid === OID.rsassaPss) {
    if (parameters === undefined) reader.fail('RSASSA-PSS signatures need parameters', field);
    const pss = readPssParameters(parameters, `${reader.path}.${field}`);
    return pss === 'weak' ? { kind: 'weak' } : { kind: 'rsa-pss', ...pss };
  }
  return { kind: WEAK.has(oid) ? 'weak' : 'unknown' };
}
