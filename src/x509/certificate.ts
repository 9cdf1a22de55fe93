/** X.509 certificates (RFC 5280 4.1), read strictly and completely at once; nothing is verified here. */
import { copyBytes, equalBytes } from '../bytes/bytes.ts';
import type { PublicKey } from '../crypto/provider.ts';
import { type AlgorithmIdentifier, readAlgorithm, type SignatureKind, signatureKind } from './algorithm.ts';
import { contextConstructed, contextTag, DerReader } from './der.ts';
import { readTime } from './der-time.ts';
import { X509Error } from './error.ts';
import { type Extension, type KnownExtensions, readExtensions } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import { MAX_CERTIFICATE_BYTES, MAX_SERIAL_BYTES } from './limits.ts';
import { type Name, readName } from './name.ts';
import { readPublicKey } from './public-key.ts';

export interface Certificate {
  /** The whole certificate, DER. */
  readonly raw: Uint8Array;
  /** TBSCertificate as it was signed. */
  readonly tbsRaw: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** Two's complement content octets, as it stands. */
  readonly serialNumber: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signatureKind: SignatureKind;
  readonly signature: Uint8Array;
  readonly issuer: Name;
  readonly subject: Name;
  /** Milliseconds since 1970; both ends belong to the validity. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: PublicKey;
  readonly spkiRaw: Uint8Array;
  /** In order of appearance; empty when there are none. */
  readonly extensions: readonly Extension[];
  /** Those that we read, by name. */
  readonly known: Readonly<KnownExtensions>;
  readonly subjectAltName: readonly GeneralName[] | undefined;
  /** Subject and issuer are the same name (RFC 5280 3.2); says nothing about who signed. */
  readonly isSelfIssued: boolean;
}

const UNUSED: Readonly<KnownExtensions> = Object.freeze({});

export interface ParseCertificateOptions {
  /**
   * Tolerates what is not DER or not RFC 5280 in some roots that every system trusts, and that plays no part in the
   * validation below them: a serial number that is not positive, GeneralizedTime before 2050 (Certum Trusted
   * Network CA 2) and trailing zero bits in keyUsage (Trustwave Global ECC). Only for certificates that the user trusts.
   */
  readonly trustAnchor?: boolean;
}

/**
 * Reads one DER certificate; the bytes are copied. Throws X509Error TOO_LARGE, MALFORMED or UNSUPPORTED_KEY.
 * A serial number that is not positive or longer than 20 octets is refused (RFC 5280 4.1.2.2).
 */
export function parseCertificate(der: Uint8Array, options: ParseCertificateOptions = {}): Certificate {
  const isAnchor = options.trustAnchor === true;
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw new X509Error(
      'TOO_LARGE',
      `a certificate of ${der.length} bytes; the limit is ${MAX_CERTIFICATE_BYTES}`,
    );
  }
  const raw = copyBytes(der);
  const outer = new DerReader(raw, 'Certificate');
  const certificate = outer.sequence('sequence');
  outer.finish();
  const tbsStart = certificate.offset;
  const tbs = certificate.sequence('tbsCertificate');
  const tbsRaw = certificate.slice(tbsStart, certificate.offset);
  const signatureAlgorithm = readAlgorithm(certificate, 'signatureAlgorithm');
  const kind = signatureKind(signatureAlgorithm, certificate, 'signatureAlgorithm');
  const signature = certificate.bitStringBytes('signatureValue');
  certificate.finish();

  const version = readVersion(tbs);
  const serialNumber = readSerial(tbs, isAnchor);
  const inner = readAlgorithm(tbs, 'signature');
  if (!equalBytes(inner.raw, signatureAlgorithm.raw)) {
    tbs.fail('must equal signatureAlgorithm (RFC 5280 4.1.1.2)', 'signature');
  }
  const issuer = readName(tbs, 'issuer');
  const validity = tbs.sequence('validity');
  const notBefore = readTime(validity, 'notBefore', isAnchor);
  const notAfter = readTime(validity, 'notAfter', isAnchor);
  validity.finish();
  const subject = readName(tbs, 'subject');
  const spkiStart = tbs.offset;
  const publicKey = readPublicKey(tbs, 'subjectPublicKeyInfo');
  const spkiRaw = tbs.slice(spkiStart, tbs.offset);
  readUniqueIds(tbs, version);
  const wrapped = tbs.optional(contextConstructed(3), 'extensions');
  if (wrapped !== undefined && version !== 3) tbs.fail('only version 3 has extensions', 'extensions');
  const { list, known } =
    wrapped === undefined ? { list: [], known: UNUSED } : readExtensions(wrapped, isAnchor);
  wrapped?.finish();
  tbs.finish();

  return {
    raw,
    tbsRaw,
    version,
    serialNumber,
    signatureAlgorithm,
    signatureKind: kind,
    signature,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    spkiRaw,
    extensions: list,
    known,
    subjectAltName: known.subjectAltName,
    isSelfIssued: issuer.equals(subject),
  };
}

/** `[0] EXPLICIT Version DEFAULT v1`: DER leaves v1 out. */
function readVersion(tbs: DerReader): 1 | 2 | 3 {
  const wrapped = tbs.optional(contextConstructed(0), 'version');
  if (wrapped === undefined) return 1;
  const number = wrapped.smallInteger('INTEGER', 2);
  wrapped.finish();
  if (number === 0) tbs.fail('a default value must be left out', 'version');
  return number === 1 ? 2 : 3;
}

function readSerial(tbs: DerReader, anySign: boolean): Uint8Array {
  const serial = tbs.integer('serialNumber');
  const first = serial[0] ?? 0;
  // Real CAs draw 160 bits and then need a sign byte, so 20 octets are taken to mean the number, not its encoding.
  if (serial.length > MAX_SERIAL_BYTES && !(serial.length === MAX_SERIAL_BYTES + 1 && first === 0)) {
    tbs.fail(`more than ${MAX_SERIAL_BYTES} octets`, 'serialNumber');
  }
  if (!anySign && (first >= 0x80 || (serial.length === 1 && first === 0))) {
    tbs.fail('must be positive', 'serialNumber');
  }
  return serial;
}

/** issuerUniqueID and subjectUniqueID: obsolete, skipped, but only where versions 2 and 3 allow them. */
function readUniqueIds(tbs: DerReader, version: 1 | 2 | 3): void {
  for (const n of [1, 2]) {
    if (tbs.peek() !== contextTag(n)) continue;
    if (version === 1) tbs.fail('version 1 has no unique identifiers');
    tbs.bitString('uniqueID', contextTag(n));
  }
}

/**
 * The certificates that a peer sent, leaf first. The leaf must be readable; of the others, which may well be of no use
 * (RFC 8446 4.4.2), those that are not are left out: they could not be part of a path anyway.
 * Throws X509Error as {@link parseCertificate} does, for the leaf. `parse` may have read a certificate before.
 */
export function parsePeerChain(
  ders: readonly Uint8Array[],
  parse: (der: Uint8Array) => Certificate = parseCertificate,
): Certificate[] {
  return ders.flatMap((der, index) => {
    try {
      return [parse(der)];
    } catch (error) {
      if (index > 0 && error instanceof X509Error) return [];
      throw error;
    }
  });
}
