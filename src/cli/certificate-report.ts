/** A certificate as the command shows it: plain data for machines, a few lines for people. */
import { toHex } from '../bytes/encoding.ts';
import { sha256 } from '../crypto/noble/hash.ts';
import { visible } from '../study/visible.ts';
import type { SignatureKind } from '../x509/algorithm.ts';
import type { Certificate } from '../x509/certificate.ts';
import { KeyUsage } from '../x509/extensions.ts';
import type { GeneralName } from '../x509/general-name.ts';
import { formatIp } from '../x509/ip.ts';
import { oidName } from '../x509/oid.ts';
import { describePublicKey } from '../x509/public-key.ts';
import type { Paint } from './terminal.ts';

export interface CertificateReport {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly version: number;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly publicKey: string;
  readonly signature: string;
  readonly subjectAltNames: readonly string[];
  readonly isCA: boolean;
  readonly pathLength?: number;
  readonly keyUsage?: readonly string[];
  readonly extKeyUsage?: readonly string[];
  readonly extensions: readonly { readonly oid: string; readonly name: string; readonly critical: boolean }[];
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The time in ISO 8601, or what stands for one that Date cannot hold. */
export function isoTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'out of range' : date.toISOString().replace('.000Z', 'Z');
}

export function generalNameText(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
      return visible(name.value);
    case 'email':
      return visible(`email:${name.value}`);
    case 'uri':
      return visible(`uri:${name.value}`);
    case 'ip':
      return formatIp(name.bytes);
    case 'directory':
      return visible(`directory:${name.name.toString()}`);
    case 'registeredId':
      return `oid:${name.oid}`;
    case 'other':
      return `other:${name.typeId}`;
    case 'x400':
    case 'ediParty':
      return name.kind;
    default:
      return name satisfies never;
  }
}

function signatureText(signature: SignatureKind): string {
  switch (signature.kind) {
    case 'rsa-pkcs1':
    case 'rsa-pss':
    case 'ecdsa':
      return `${signature.kind} ${signature.hash}`;
    case 'ed25519':
    case 'ed448':
      return signature.kind;
    case 'ml-dsa':
      return signature.set.toLowerCase();
    case 'weak':
      return 'a broken hash (MD5 or SHA-1)';
    case 'unknown':
      return 'unknown';
    default:
      return signature satisfies never;
  }
}

function usageNames(bits: number): string[] {
  return Object.entries(KeyUsage)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name);
}

export function certificateReport(certificate: Certificate): CertificateReport {
  const { known } = certificate;
  const pathLength = known.basicConstraints?.pathLength;
  return {
    subject: visible(certificate.subject.toString()),
    issuer: visible(certificate.issuer.toString()),
    serialNumber: toHex(certificate.serialNumber),
    version: certificate.version,
    notBefore: isoTime(certificate.notBefore),
    notAfter: isoTime(certificate.notAfter),
    publicKey: describePublicKey(certificate.publicKey),
    signature: signatureText(certificate.signatureKind),
    subjectAltNames: (certificate.subjectAltName ?? []).map(generalNameText),
    isCA: known.basicConstraints?.isCA === true,
    ...(pathLength === undefined ? {} : { pathLength }),
    ...(known.keyUsage === undefined ? {} : { keyUsage: usageNames(known.keyUsage) }),
    ...(known.extKeyUsage === undefined ? {} : { extKeyUsage: known.extKeyUsage.map(oidName) }),
    extensions: certificate.extensions.map(({ oid, critical }) => ({ oid, name: oidName(oid), critical })),
    sha256: toHex(sha256.digest(certificate.raw)),
  };
}

/** One line, for a list: subject, issuer, last day, key. */
export function certificateLine(report: CertificateReport, paint: Paint): string {
  const subject = report.subject === '' ? (report.subjectAltNames[0] ?? '(no name)') : report.subject;
  const issuer = report.issuer === report.subject ? 'self-signed' : `by ${report.issuer}`;
  return `${subject}  ${paint('dim', `${issuer}, until ${report.notAfter.slice(0, 10)}, ${report.publicKey}`)}`;
}

/** A block of lines without the last line end. */
export function certificateBlock(report: CertificateReport, paint: Paint): string {
  const rows: (readonly [string, string | undefined])[] = [
    ['subject', report.subject === '' ? '(empty)' : report.subject],
    ['issuer', report.issuer],
    ['serial number', report.serialNumber],
    ['valid', `${report.notBefore} to ${report.notAfter}`],
    ['key', report.publicKey],
    ['signature', report.signature],
    ['names', report.subjectAltNames.length === 0 ? undefined : report.subjectAltNames.join(', ')],
    ['authority', authorityText(report)],
    ['key usage', report.keyUsage?.join(', ')],
    ['purposes', report.extKeyUsage?.join(', ')],
    [
      'extensions',
      report.extensions.map(({ name, critical }) => (critical ? `${name} (critical)` : name)).join(', '),
    ],
    ['SHA-256', report.sha256],
  ];
  return rows
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${paint('bold', `${name}:`.padEnd(15))} ${value}`)
    .join('\n');
}

function authorityText(report: CertificateReport): string | undefined {
  if (!report.isCA) return undefined;
  return report.pathLength === undefined ? 'yes' : `yes, path length ${report.pathLength}`;
}
