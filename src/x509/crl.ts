/**
 * Certificate revocation lists (RFC 5280 5), read strictly and completely at once; nothing is verified here. Lists of
 * deltas and lists for other issuers' certificates (indirect ones) are read and marked; revocation.ts refuses them.
 */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import { toHex } from '../bytes/encoding.ts';
import { type AlgorithmIdentifier, readAlgorithm, type SignatureKind, signatureKind } from './algorithm.ts';
import { contextConstructed, contextTag, DerReader, Tag } from './der.ts';
import { readTime } from './der-time.ts';
import { X509Error } from './error.ts';
import {
  type AuthorityKeyIdentifier,
  type Extension,
  type KnownExtensions,
  readAuthorityKeyIdentifier,
  readRawExtensions,
} from './extensions.ts';
import { type GeneralName, readGeneralNames } from './general-name.ts';
import { MAX_CRL_BYTES, MAX_SERIAL_BYTES } from './limits.ts';
import { type Name, readName, readRdn } from './name.ts';
import { OID } from './oid.ts';
import { decodeBlocks } from './pem.ts';
import { pemText } from './private-key.ts';

/** CRLReason (RFC 5280 5.3.1), by value. 7 is not used; 8 occurs in deltas only. */
export const CRL_REASONS: ReadonlyMap<number, string> = new Map([
  [0, 'unspecified'],
  [1, 'keyCompromise'],
  [2, 'cACompromise'],
  [3, 'affiliationChanged'],
  [4, 'superseded'],
  [5, 'cessationOfOperation'],
  [6, 'certificateHold'],
  [8, 'removeFromCRL'],
  [9, 'privilegeWithdrawn'],
  [10, 'aACompromise'],
]);

export interface RevokedCertificate {
  /** Content octets of the INTEGER, as it stands. */
  readonly serialNumber: Uint8Array;
  /** Milliseconds since 1970. */
  readonly revokedAt: number;
  /** A name of {@link CRL_REASONS}; undefined when none is given. */
  readonly reason: string | undefined;
}

/** RFC 5280 5.2.5: which certificates and reasons a list is about. */
export interface IssuingDistributionPoint {
  readonly fullName: readonly GeneralName[] | undefined;
  /** A name relative to the issuer's; not compared with anything. */
  readonly hasRelativeName: boolean;
  readonly onlyUserCertificates: boolean;
  readonly onlyCaCertificates: boolean;
  readonly onlyAttributeCertificates: boolean;
  /** ReasonFlags as bits; undefined for all of them. */
  readonly onlySomeReasons: number | undefined;
  readonly isIndirect: boolean;
}

export interface CertificateRevocationList {
  /** The whole list, DER. */
  readonly raw: Uint8Array;
  readonly tbsRaw: Uint8Array;
  readonly version: 1 | 2;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureKind: SignatureKind;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  /** Milliseconds since 1970. */
  readonly thisUpdate: number;
  /** Undefined where it is missing, although RFC 5280 5.1.2.5 demands it. */
  readonly nextUpdate: number | undefined;
  readonly revokedCount: number;
  /** What it says of a certificate of its issuer; undefined when that is not on it. */
  readonly lookUp: (serialNumber: Uint8Array) => RevokedCertificate | undefined;
  readonly revoked: () => Iterable<RevokedCertificate>;
  readonly extensions: readonly Extension[];
  /** Big-endian. */
  readonly crlNumber: Uint8Array | undefined;
  readonly authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  readonly issuingDistributionPoint: IssuingDistributionPoint | undefined;
  readonly isDelta: boolean;
  /** The first critical extension, of the list or of an entry, that we do not know: nothing may be concluded (RFC 5280 5.2, 5.3). */
  readonly unhandledCritical: string | undefined;
}

interface ListExtensions {
  list: readonly Extension[];
  crlNumber: Uint8Array | undefined;
  authorityKeyIdentifier: AuthorityKeyIdentifier | undefined;
  issuingDistributionPoint: IssuingDistributionPoint | undefined;
  isDelta: boolean;
  unhandledCritical: string | undefined;
}

/** Reads one DER list; the bytes are copied. Throws X509Error TOO_LARGE or MALFORMED. */
export function parseCrl(der: Uint8Array): CertificateRevocationList {
  if (der.length > MAX_CRL_BYTES)
    throw new X509Error('TOO_LARGE', `a CRL of ${der.length} bytes; the limit is ${MAX_CRL_BYTES}`);
  const raw = copyBytes(der);
  const outer = new DerReader(raw, 'CertificateList');
  const list = outer.sequence('sequence');
  outer.finish();
  const tbsStart = list.offset;
  const tbs = list.sequence('tbsCertList');
  const tbsRaw = list.slice(tbsStart, list.offset);
  const signatureAlgorithm = readAlgorithm(list, 'signatureAlgorithm');
  const kind = signatureKind(signatureAlgorithm, list, 'signatureAlgorithm');
  const signature = list.bitStringBytes('signatureValue');
  list.finish();

  const version = readVersion(tbs);
  if (!equalBytes(readAlgorithm(tbs, 'signature').raw, signatureAlgorithm.raw))
    tbs.fail('must equal signatureAlgorithm (RFC 5280 5.1.1.2)', 'signature');
  const issuer = readName(tbs, 'issuer');
  const thisUpdate = readTime(tbs, 'thisUpdate');
  const hasNext = tbs.peek() === Tag.utcTime || tbs.peek() === Tag.generalizedTime;
  const nextUpdate = hasNext ? readTime(tbs, 'nextUpdate') : undefined;
  const entries = readEntries(tbs, raw, version);
  const wrapped = tbs.optional(contextConstructed(0), 'crlExtensions');
  if (wrapped !== undefined && version !== 2) tbs.fail('only version 2 has extensions', 'crlExtensions');
  const extensions = wrapped === undefined ? NO_EXTENSIONS : readListExtensions(wrapped);
  wrapped?.finish();
  tbs.finish();

  const { list: all, unhandledCritical, ...known } = extensions;
  return {
    raw,
    tbsRaw,
    version,
    signatureAlgorithm,
    signatureKind: kind,
    signature,
    issuer,
    thisUpdate,
    nextUpdate,
    ...entries.face,
    extensions: all,
    ...known,
    unhandledCritical: unhandledCritical ?? entries.unhandledCritical,
  };
}

/** Every list in PEM text (`X509 CRL`), or one in DER. Throws X509Error MALFORMED, TOO_LARGE or NO_CRL. */
export function parseCrls(input: string | Uint8Array): CertificateRevocationList[] {
  const text = typeof input === 'string' ? input : pemText(input);
  if (text === undefined && typeof input !== 'string') return [parseCrl(input)];
  const blocks = decodeBlocks(text ?? '').filter(({ label }) => label === 'X509 CRL');
  if (blocks.length === 0)
    throw new X509Error('NO_CRL', 'there is no CRL in the input; expected -----BEGIN X509 CRL-----');
  return blocks.map(({ bytes }) => parseCrl(bytes));
}

/** `Version OPTIONAL`, and 1 for version 2 where it stands. */
function readVersion(tbs: DerReader): 1 | 2 {
  if (tbs.peek() !== Tag.integer) return 1;
  if (tbs.smallInteger('version', 1) !== 1)
    tbs.fail('must be 1 where it stands (RFC 5280 5.1.2.1)', 'version');
  return 2;
}

interface Entries {
  readonly face: Pick<CertificateRevocationList, 'revokedCount' | 'lookUp' | 'revoked'>;
  readonly unhandledCritical: string | undefined;
}

/** All entries are checked; what is kept of each is where it stands, for a list may have a hundred thousand. */
function readEntries(tbs: DerReader, raw: Uint8Array, version: 1 | 2): Entries {
  const places = new Map<string, number>();
  let unhandledCritical: string | undefined;
  const sequence = tbs.optional(Tag.sequence, 'revokedCertificates');
  // RFC 5280 5.1.2.6: absent when nothing is revoked. Many issuers write an empty one, and it means the same.
  while (sequence !== undefined && !sequence.empty) {
    const place = sequence.offset;
    const { entry, unknown } = readEntry(sequence, version);
    unhandledCritical ??= unknown;
    // The first entry of a serial number stands; a second one could only take something back.
    const key = serialKey(entry.serialNumber);
    if (!places.has(key)) places.set(key, place);
  }
  const at = (place: number): RevokedCertificate =>
    readEntry(new DerReader(raw, 'revokedCertificates', undefined, place), version).entry;
  return {
    face: {
      revokedCount: places.size,
      lookUp: (serialNumber) => {
        const place = places.get(serialKey(serialNumber));
        return place === undefined ? undefined : at(place);
      },
      revoked: function* revoked() {
        for (const place of places.values()) yield at(place);
      },
    },
    unhandledCritical,
  };
}

function serialKey(serialNumber: Uint8Array): string {
  return String.fromCharCode(...serialNumber);
}

function readEntry(
  sequence: DerReader,
  version: 1 | 2,
): { readonly entry: RevokedCertificate; readonly unknown: string | undefined } {
  const item = sequence.sequence('entry');
  const serialNumber = item.integer('userCertificate');
  // As long as those of the certificates that it may speak of; any sign, since it is only compared.
  if (serialNumber.length > MAX_SERIAL_BYTES + 1) item.fail('too long', 'userCertificate');
  const revokedAt = readTime(item, 'revocationDate');
  let reason: string | undefined;
  let unknown: string | undefined;
  if (!item.empty) {
    if (version !== 2) item.fail('only version 2 has extensions', 'crlEntryExtensions');
    for (const { oid, critical, value } of readRawExtensions(item, 'crlEntryExtensions')) {
      if (oid === OID.reasonCode) {
        const reader = new DerReader(value, `${item.path}.reasonCode`);
        reason = CRL_REASONS.get(reader.smallInteger('CRLReason', 10, Tag.enumerated));
        reader.finish();
        if (reason === undefined) item.fail('no such reason (RFC 5280 5.3.1)', 'reasonCode');
      } else if (critical) unknown ??= oid;
    }
  }
  item.finish();
  return { entry: { serialNumber, revokedAt, reason }, unknown };
}

const NO_EXTENSIONS: ListExtensions = {
  list: [],
  crlNumber: undefined,
  authorityKeyIdentifier: undefined,
  issuingDistributionPoint: undefined,
  isDelta: false,
  unhandledCritical: undefined,
};

function readListExtensions(wrapped: DerReader): ListExtensions {
  const found: ListExtensions = { ...NO_EXTENSIONS, list: readRawExtensions(wrapped, 'extensions') };
  for (const { oid, critical, value } of found.list) {
    const reader = new DerReader(value, `${wrapped.path}(${oid})`);
    if (oid === OID.cRLNumber) {
      if (critical) reader.fail('must not be critical (RFC 5280 5.2.3)');
      found.crlNumber = reader.unsigned('CRLNumber');
    } else if (oid === OID.deltaCRLIndicator) {
      reader.unsigned('BaseCRLNumber');
      found.isDelta = true;
    } else if (oid === OID.issuingDistributionPoint) found.issuingDistributionPoint = readScope(reader);
    else if (oid === OID.authorityKeyIdentifier) {
      const known: KnownExtensions = {};
      readAuthorityKeyIdentifier(reader, known);
      found.authorityKeyIdentifier = known.authorityKeyIdentifier;
    } else {
      if (critical) found.unhandledCritical ??= oid;
      continue;
    }
    reader.finish();
  }
  return found;
}

function readScope(reader: DerReader): IssuingDistributionPoint {
  const sequence = reader.sequence('IssuingDistributionPoint');
  let fullName: readonly GeneralName[] | undefined;
  let hasRelativeName = false;
  const point = sequence.optional(contextConstructed(0), 'distributionPoint');
  if (point !== undefined) {
    const full = point.optional(contextConstructed(0), 'fullName');
    if (full !== undefined) fullName = readGeneralNames(full);
    else {
      readRdn(point, 'nameRelativeToCRLIssuer', contextConstructed(1));
      hasRelativeName = true;
    }
    point.finish();
  }
  const flag = (n: number, field: string): boolean => {
    if (sequence.peek() !== contextTag(n)) return false;
    if (!sequence.boolean(field, contextTag(n))) sequence.fail('a default value must be left out', field);
    return true;
  };
  const onlyUserCertificates = flag(1, 'onlyContainsUserCerts');
  const onlyCaCertificates = flag(2, 'onlyContainsCACerts');
  const onlySomeReasons =
    sequence.peek() === contextTag(3) ? sequence.namedBits('onlySomeReasons', contextTag(3)) : undefined;
  const isIndirect = flag(4, 'indirectCRL');
  const onlyAttributeCertificates = flag(5, 'onlyContainsAttributeCerts');
  sequence.finish();
  // RFC 5280 5.2.5: at most one of the three, and no list is about nothing.
  const only = [onlyUserCertificates, onlyCaCertificates, onlyAttributeCertificates].filter(Boolean).length;
  if (only > 1) sequence.fail('is only about two kinds of certificates at once');
  return {
    fullName,
    hasRelativeName,
    onlyUserCertificates,
    onlyCaCertificates,
    onlyAttributeCertificates,
    onlySomeReasons,
    isIndirect,
  };
}

/** A line for people: who issued it and when. */
export function describeCrl(crl: CertificateRevocationList): string {
  const number = crl.crlNumber === undefined ? '' : ` number ${toHex(crl.crlNumber)}`;
  return `CRL${number} of "${crl.issuer}" of ${new Date(crl.thisUpdate).toISOString().slice(0, 10)}`;
}
