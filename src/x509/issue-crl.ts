/** Makers of CRLs: for tests, demos and small CAs. What can be wrong with one can be asked for. */
import type { PrivateKey, RandomSource } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import { CRL_REASONS } from './crl.ts';
import { contextConstructed, contextTag, Tag } from './der.ts';
import {
  derBoolean,
  derElement,
  derExplicit,
  derImplicit,
  derNamedBits,
  derOctetString,
  derOid,
  derSequence,
  derTime,
  derUnsigned,
} from './der-writer.ts';
import { X509Error } from './error.ts';
import {
  chooseSigner,
  type ExtensionInput,
  encodeExtensions,
  keyIdentifier,
  type SigningOptions,
  signStructure,
} from './issue.ts';
import { encodeGeneralName, type GeneralNameInput } from './name-builder.ts';
import { OID } from './oid.ts';
import { publicKeyOf } from './public-key.ts';

export interface RevocationEntry {
  /** A certificate, or content octets of its serial number. */
  readonly certificate: Pick<Certificate, 'serialNumber'>;
  /** Milliseconds since 1970; by default when the list was made. */
  readonly revokedAt?: number;
  /** A name of CRL_REASONS, e.g. `keyCompromise`. */
  readonly reason?: string;
  readonly extensions?: readonly ExtensionInput[];
}

export interface CrlScope {
  readonly fullName?: readonly GeneralNameInput[];
  readonly only?: 'user' | 'ca' | 'attribute';
  /** ReasonFlags as bits. */
  readonly reasons?: number;
  readonly indirect?: boolean;
}

export interface CrlFields extends SigningOptions {
  readonly issuer: Certificate;
  readonly signingKey: PrivateKey;
  readonly random: RandomSource;
  readonly revoked: readonly RevocationEntry[];
  /** Milliseconds since 1970, cut to seconds. */
  readonly thisUpdate: number;
  /** Absent when undefined is given. */
  readonly nextUpdate: number | undefined;
  /** 1 by default. */
  readonly number?: number;
  readonly scope?: CrlScope;
  /** Makes it a delta to the list of this number. */
  readonly deltaTo?: number;
  /** Added at the end; one with the OID of an extension made from the fields above takes its place. */
  readonly extensions?: readonly ExtensionInput[];
  readonly omit?: readonly string[];
  /** 2 by default; 1 leaves all extensions out. */
  readonly version?: 1 | 2;
}

/** A signed CertificateList in DER (RFC 5280 5.1). Throws X509Error INVALID_REQUEST for fields that cannot be encoded. */
export function createCrl(fields: CrlFields): Uint8Array {
  const signer = chooseSigner(fields.signingKey, fields);
  const version = fields.version ?? 2;
  const extensions = version === 2 ? listExtensions(fields) : [];
  const tbs = derSequence(
    ...(version === 2 ? [derUnsigned(1)] : []),
    signer.algorithm,
    fields.issuer.subject.raw,
    derTime(fields.thisUpdate),
    ...(fields.nextUpdate === undefined ? [] : [derTime(fields.nextUpdate)]),
    ...(fields.revoked.length === 0 ? [] : [derSequence(...fields.revoked.map((one) => entry(one, fields)))]),
    ...(extensions.length === 0 ? [] : [derExplicit(0, encodeExtensions(extensions))]),
  );
  return signStructure(tbs, signer, fields.signingKey, fields.random);
}

function entry(revoked: RevocationEntry, fields: CrlFields): Uint8Array {
  const extensions: ExtensionInput[] = [];
  if (revoked.reason !== undefined) {
    const value = [...CRL_REASONS].find(([, name]) => name === revoked.reason)?.[0];
    if (value === undefined) throw new X509Error('INVALID_REQUEST', `no such CRL reason: ${revoked.reason}`);
    extensions.push({ oid: OID.reasonCode, value: derElement(Tag.enumerated, Uint8Array.of(value)) });
  }
  extensions.push(...(revoked.extensions ?? []));
  return derSequence(
    derElement(Tag.integer, revoked.certificate.serialNumber),
    derTime(revoked.revokedAt ?? fields.thisUpdate),
    ...(extensions.length === 0 || fields.version === 1 ? [] : [encodeExtensions(extensions)]),
  );
}

function listExtensions(fields: CrlFields): ExtensionInput[] {
  const key = fields.issuer.known.subjectKeyIdentifier ?? keyIdentifier(publicKeyOf(fields.signingKey));
  const list: ExtensionInput[] = [
    { oid: OID.authorityKeyIdentifier, value: derSequence(derImplicit(0, key)) },
    { oid: OID.cRLNumber, value: derUnsigned(fields.number ?? 1) },
  ];
  if (fields.deltaTo !== undefined)
    list.push({ oid: OID.deltaCRLIndicator, critical: true, value: derUnsigned(fields.deltaTo) });
  if (fields.scope !== undefined)
    list.push({ oid: OID.issuingDistributionPoint, critical: true, value: encodeScope(fields.scope) });
  const given = fields.extensions ?? [];
  const replaced = list.map((made) => given.find((one) => one.oid === made.oid) ?? made);
  const added = given.filter((one) => !replaced.includes(one));
  return [...replaced, ...added].filter((one) => fields.omit?.includes(one.oid) !== true);
}

const ONLY = { user: 1, ca: 2, attribute: 5 } as const;

function encodeScope(scope: CrlScope): Uint8Array {
  const parts: Uint8Array[] = [];
  const flag = (n: number): Uint8Array => derImplicit(n, derBoolean(true).subarray(2));
  if (scope.fullName !== undefined) {
    const names = derElement(contextConstructed(0), ...scope.fullName.map(encodeGeneralName));
    parts.push(derElement(contextConstructed(0), names));
  }
  if (scope.only === 'user' || scope.only === 'ca') parts.push(flag(ONLY[scope.only]));
  if (scope.reasons !== undefined)
    parts.push(derElement(contextTag(3), derNamedBits(scope.reasons).subarray(2)));
  if (scope.indirect === true) parts.push(flag(4));
  if (scope.only === 'attribute') parts.push(flag(ONLY.attribute));
  return derSequence(...parts);
}

/** `cRLDistributionPoints` with one URI, for the certificates of such a list. */
export function distributionPoint(uri: GeneralNameInput): ExtensionInput {
  const names = derElement(contextConstructed(0), encodeGeneralName(uri));
  const value = derSequence(derSequence(derElement(contextConstructed(0), names)));
  return { oid: OID.cRLDistributionPoints, value };
}

/** An extension that nobody knows, for tests of what is critical. */
export function strangeExtension(critical: boolean): ExtensionInput {
  return {
    oid: '2.999.1',
    critical,
    value: derSequence(derOid('2.999.2'), derOctetString(new Uint8Array(1))),
  };
}
