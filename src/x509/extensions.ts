/** The certificate extensions of RFC 5280 4.2 that we read. Unknown ones are kept raw; path.ts decides about them. */
import { contextConstructed, contextTag, DerReader, Tag } from './der.ts';
import {
  type GeneralName,
  MASKED_ADDRESS_LENGTHS,
  readGeneralName,
  readGeneralNames,
} from './general-name.ts';
import { MAX_EXTENSIONS, MAX_SERIAL_BYTES } from './limits.ts';
import { readRdn } from './name.ts';
import { OID } from './oid.ts';

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
}

export interface BasicConstraints {
  readonly isCA: boolean;
  readonly pathLength: number | undefined;
}

/** Bits of KeyUsage (RFC 5280 4.2.1.3). */
export const KeyUsage = {
  digitalSignature: 1,
  nonRepudiation: 2,
  keyEncipherment: 4,
  dataEncipherment: 8,
  keyAgreement: 16,
  keyCertSign: 32,
  cRLSign: 64,
  encipherOnly: 128,
  decipherOnly: 256,
} as const;

export type KeyUsageName = keyof typeof KeyUsage;

export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

export interface AuthorityKeyIdentifier {
  readonly keyIdentifier: Uint8Array | undefined;
  readonly issuer: readonly GeneralName[] | undefined;
  readonly serialNumber: Uint8Array | undefined;
}

export interface AccessDescription {
  readonly method: string;
  readonly location: GeneralName;
}

export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
}

/** Each property is absent when its extension is. */
export interface KnownExtensions {
  basicConstraints?: BasicConstraints;
  /** Bits as in {@link KeyUsage}. */
  keyUsage?: number;
  extKeyUsage?: readonly string[];
  subjectAltName?: readonly GeneralName[];
  issuerAltName?: readonly GeneralName[];
  nameConstraints?: NameConstraints;
  subjectKeyIdentifier?: Uint8Array;
  authorityKeyIdentifier?: AuthorityKeyIdentifier;
  authorityInfoAccess?: readonly AccessDescription[];
  cRLDistributionPoints?: readonly string[];
  certificatePolicies?: readonly string[];
  policyConstraints?: PolicyConstraints;
  /** RFC 7633: TLS extension numbers that the server promises to answer. */
  tlsFeature?: readonly number[];
}

const MAX_SKIP = 0xffffffff;
const MAX_PATH_LENGTH = 0xffffffff;

/** `Extensions`: at least one, none twice (RFC 5280 4.2). What they mean is not looked at. */
export function readRawExtensions(reader: DerReader, field: string): Extension[] {
  const sequence = reader.sequence(field);
  if (sequence.empty) sequence.fail('must not be empty');
  const list: Extension[] = [];
  while (!sequence.empty) {
    if (list.length === MAX_EXTENSIONS) sequence.fail(`more than ${MAX_EXTENSIONS} extensions`);
    const item = sequence.sequence('extension');
    const oid = item.oid('extnID');
    // DEFAULT FALSE: DER leaves a FALSE out (X.690 11.5).
    const critical = item.peek() === Tag.boolean ? item.boolean('critical') : undefined;
    if (critical === false) item.fail('a default value must be left out', 'critical');
    const value = item.octetString('extnValue');
    item.finish();
    if (list.some((earlier) => earlier.oid === oid)) sequence.fail(`extension ${oid} stands twice`);
    list.push({ oid, critical: critical === true, value });
  }
  return list;
}

/** Those of a certificate, behind the `[3]` tag. */
export function readExtensions(
  reader: DerReader,
  isAnchor = false,
): { list: Extension[]; known: KnownExtensions } {
  const list = readRawExtensions(reader, 'extensions');
  const known: KnownExtensions = {};
  const path = `${reader.path}.extensions.extension`;
  for (const { oid, value } of list) readKnown(oid, value, known, path, isAnchor);
  return { list, known };
}

function readKnown(
  oid: string,
  value: Uint8Array,
  known: KnownExtensions,
  path: string,
  isAnchor: boolean,
): void {
  const read = READERS.get(oid);
  if (read === undefined) return;
  const reader = new DerReader(value, `${path}(${oid})`);
  read(reader, known, isAnchor);
  reader.finish();
}

type ExtensionReader = (reader: DerReader, known: KnownExtensions, isAnchor: boolean) => void;

const READERS: ReadonlyMap<string, ExtensionReader> = new Map<string, ExtensionReader>([
  [OID.basicConstraints, readBasicConstraints],
  [
    OID.keyUsage,
    (reader, known, isAnchor) => {
      const flags = reader.namedBits('KeyUsage', Tag.bitString, isAnchor);
      if (flags === 0) reader.fail('at least one bit must be set'); // RFC 5280 4.2.1.3
      known.keyUsage = flags;
    },
  ],
  [
    OID.extKeyUsage,
    (reader, known) => {
      known.extKeyUsage = nonEmpty(reader.sequence('ExtKeyUsageSyntax'), (r) => r.oid('KeyPurposeId'));
    },
  ],
  [
    OID.subjectAltName,
    (reader, known) => {
      known.subjectAltName = readGeneralNames(reader.sequence('GeneralNames'));
    },
  ],
  [
    OID.issuerAltName,
    (reader, known) => {
      known.issuerAltName = readGeneralNames(reader.sequence('GeneralNames'));
    },
  ],
  [OID.nameConstraints, readNameConstraints],
  [
    OID.subjectKeyIdentifier,
    (reader, known) => {
      known.subjectKeyIdentifier = reader.octetString('KeyIdentifier');
    },
  ],
  [OID.authorityKeyIdentifier, readAuthorityKeyIdentifier],
  [
    OID.authorityInfoAccess,
    (reader, known) => {
      known.authorityInfoAccess = nonEmpty(reader.sequence('AuthorityInfoAccessSyntax'), (r) => {
        const description = r.sequence('AccessDescription');
        const method = description.oid('accessMethod');
        const location = readGeneralName(description, 'accessLocation', [4, 16]);
        description.finish();
        return { method, location };
      });
    },
  ],
  [OID.cRLDistributionPoints, readDistributionPoints],
  [
    OID.certificatePolicies,
    (reader, known) => {
      known.certificatePolicies = nonEmpty(reader.sequence('certificatePolicies'), (r) => {
        const information = r.sequence('PolicyInformation');
        const policy = information.oid('policyIdentifier');
        if (!information.empty) information.raw('policyQualifiers');
        information.finish();
        return policy;
      });
    },
  ],
  [
    OID.policyMappings,
    (reader) => {
      nonEmpty(reader.sequence('PolicyMappings'), (r) => {
        const mapping = r.sequence('mapping');
        for (const field of ['issuerDomainPolicy', 'subjectDomainPolicy']) {
          // RFC 5280 6.1.4 (a)
          if (mapping.oid(field) === OID.anyPolicy) mapping.fail('anyPolicy must not be mapped', field);
        }
        mapping.finish();
      });
    },
  ],
  [OID.policyConstraints, readPolicyConstraints],
  [
    OID.inhibitAnyPolicy,
    (reader) => {
      reader.smallInteger('SkipCerts', MAX_SKIP);
    },
  ],
  [
    OID.tlsFeature,
    (reader, known) => {
      known.tlsFeature = nonEmpty(reader.sequence('Features'), (r) => r.smallInteger('feature', 0xffff));
    },
  ],
]);

function nonEmpty<T>(sequence: DerReader, item: (reader: DerReader) => T): T[] {
  if (sequence.empty) sequence.fail('must not be empty');
  const items: T[] = [];
  while (!sequence.empty) items.push(item(sequence));
  return items;
}

function readBasicConstraints(reader: DerReader, known: KnownExtensions): void {
  const sequence = reader.sequence('BasicConstraints');
  // An explicit FALSE breaks DER's rule on defaults, but so many certificates carry it that every reader allows it.
  const isCA = sequence.peek() === 0x01 ? sequence.boolean('cA') : false;
  const pathLength = sequence.empty ? undefined : sequence.smallInteger('pathLenConstraint', MAX_PATH_LENGTH);
  sequence.finish();
  known.basicConstraints = { isCA, pathLength };
}

function readNameConstraints(reader: DerReader, known: KnownExtensions): void {
  const sequence = reader.sequence('NameConstraints');
  const permitted = sequence.optional(contextConstructed(0), 'permittedSubtrees');
  const permittedNames = permitted === undefined ? [] : nonEmpty(permitted, readSubtree);
  const excluded = sequence.optional(contextConstructed(1), 'excludedSubtrees');
  const excludedNames = excluded === undefined ? [] : nonEmpty(excluded, readSubtree);
  sequence.finish();
  // RFC 5280 4.2.1.10: an empty sequence must not be issued.
  if (permitted === undefined && excluded === undefined) sequence.fail('must not be empty');
  known.nameConstraints = { permitted: permittedNames, excluded: excludedNames };
}

/** minimum is 0 by default and maximum is absent in RFC 5280's profile, so in DER neither may stand. */
function readSubtree(reader: DerReader): GeneralName {
  const subtree = reader.sequence('GeneralSubtree');
  const base = readGeneralName(subtree, 'base', MASKED_ADDRESS_LENGTHS);
  subtree.finish();
  return base;
}

export function readAuthorityKeyIdentifier(reader: DerReader, known: KnownExtensions): void {
  const sequence = reader.sequence('AuthorityKeyIdentifier');
  const has = (tag: number): boolean => sequence.peek() === tag;
  const keyIdentifier = has(contextTag(0)) ? sequence.octetString('keyIdentifier', contextTag(0)) : undefined;
  const names = sequence.optional(contextConstructed(1), 'authorityCertIssuer');
  const issuer = names === undefined ? undefined : readGeneralNames(names);
  const serialNumber = has(contextTag(2))
    ? sequence.integer('authorityCertSerialNumber', contextTag(2))
    : undefined;
  if (serialNumber !== undefined && serialNumber.length > MAX_SERIAL_BYTES + 1) {
    sequence.fail('too long', 'authorityCertSerialNumber');
  }
  sequence.finish();
  known.authorityKeyIdentifier = { keyIdentifier, issuer, serialNumber };
}

/** Only the URIs of full names are kept; the rest is checked for structure. */
function readDistributionPoints(reader: DerReader, known: KnownExtensions): void {
  const uris: string[] = [];
  nonEmpty(reader.sequence('CRLDistributionPoints'), (r) => {
    const point = r.sequence('DistributionPoint');
    const name = point.optional(contextConstructed(0), 'distributionPoint');
    if (name !== undefined) {
      if (name.peek() === contextConstructed(0)) {
        for (const full of readGeneralNames(name.enter(contextConstructed(0), 'fullName'))) {
          if (full.kind === 'uri') uris.push(full.value);
        }
      } else {
        readRdn(name, 'nameRelativeToCRLIssuer', contextConstructed(1));
      }
      name.finish();
    }
    if (point.peek() === contextTag(1)) point.namedBits('reasons', contextTag(1));
    const issuer = point.optional(contextConstructed(2), 'cRLIssuer');
    if (issuer !== undefined) readGeneralNames(issuer);
    point.finish();
  });
  known.cRLDistributionPoints = uris;
}

function readPolicyConstraints(reader: DerReader, known: KnownExtensions): void {
  const sequence = reader.sequence('PolicyConstraints');
  if (sequence.empty) sequence.fail('must not be empty'); // RFC 5280 4.2.1.11
  const skip = (n: number, field: string): number | undefined =>
    sequence.peek() === contextTag(n) ? sequence.smallInteger(field, MAX_SKIP, contextTag(n)) : undefined;
  const requireExplicitPolicy = skip(0, 'requireExplicitPolicy');
  const inhibitPolicyMapping = skip(1, 'inhibitPolicyMapping');
  sequence.finish();
  known.policyConstraints = { requireExplicitPolicy, inhibitPolicyMapping };
}
