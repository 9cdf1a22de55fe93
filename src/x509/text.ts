/** A certificate for people (in the manner of `openssl x509 -text`) and for machines (JSON). */
import { toHex } from '../bytes/encoding.ts';
import { sha256 } from '../crypto/noble/hash.ts';
import type { PublicKey } from '../crypto/provider.ts';
import type { Certificate } from './certificate.ts';
import { isoTime } from './checks.ts';
import { printable } from './display.ts';
import { type Extension, KeyUsage, type KnownExtensions } from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import { formatIp } from './ip.ts';
import { OID, oidName } from './oid.ts';
import { bitLength } from './public-key.ts';

/** Values are strings, numbers, booleans, and arrays and objects of them: ready for JSON.stringify. */
export interface CertificateJson {
  readonly version: number;
  readonly serialNumber: string;
  readonly signatureAlgorithm: string;
  readonly issuer: string;
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly publicKey: PublicKeyJson;
  readonly subjectAltNames: readonly string[];
  readonly extensions: readonly ExtensionJson[];
  /** SHA-256 of the whole certificate and of its SubjectPublicKeyInfo, hex. */
  readonly fingerprint256: string;
  readonly keyFingerprint256: string;
}

export interface PublicKeyJson {
  readonly algorithm: string;
  readonly bits?: number;
  readonly curve?: string;
  readonly exponent?: string;
  /** Modulus, point or key, hex. */
  readonly value?: string;
}

export interface ExtensionJson {
  readonly oid: string;
  readonly name: string;
  readonly critical: boolean;
  /** The meaning in words, one item each; hex of the content for an extension that we do not read. */
  readonly value: readonly string[];
}

export function certificateJson(certificate: Certificate): CertificateJson {
  return {
    version: certificate.version,
    serialNumber: toHex(certificate.serialNumber),
    signatureAlgorithm: signatureName(certificate),
    issuer: certificate.issuer.toString(),
    subject: certificate.subject.toString(),
    notBefore: isoTime(certificate.notBefore),
    notAfter: isoTime(certificate.notAfter),
    publicKey: publicKeyJson(certificate.publicKey),
    subjectAltNames: (certificate.subjectAltName ?? []).map(generalNameText),
    extensions: certificate.extensions.map((extension) => ({
      oid: extension.oid,
      name: oidName(extension.oid),
      critical: extension.critical,
      value: extensionText(extension, certificate.known),
    })),
    fingerprint256: toHex(sha256.digest(certificate.raw)),
    keyFingerprint256: toHex(sha256.digest(certificate.spkiRaw)),
  };
}

/** Several lines, each ending in a newline. Nothing in it can drive a terminal. */
export function describeCertificate(certificate: Certificate): string {
  const json = certificateJson(certificate);
  const lines = [
    'Certificate:',
    `    Version: ${json.version}`,
    `    Serial Number: ${colons(json.serialNumber)}`,
    `    Signature Algorithm: ${json.signatureAlgorithm}`,
    `    Issuer: ${json.issuer}`,
    '    Validity:',
    `        Not Before: ${json.notBefore}`,
    `        Not After:  ${json.notAfter}`,
    `    Subject: ${json.subject}`,
    `    Public Key: ${keyText(json.publicKey)}`,
    ...hexLines(json.publicKey.value ?? ''),
  ];
  if (json.extensions.length > 0) lines.push('    Extensions:');
  for (const extension of json.extensions) {
    lines.push(`        ${extension.name}${extension.critical ? ' (critical)' : ''}:`);
    for (const value of extension.value) lines.push(`            ${value}`);
  }
  lines.push('    Signature:', ...hexLines(toHex(certificate.signature)));
  lines.push(`    SHA-256 Fingerprint: ${colons(json.fingerprint256)}`);
  return `${lines.map((line) => printable(line, Number.POSITIVE_INFINITY)).join('\n')}\n`;
}

function signatureName(certificate: Certificate): string {
  const kind = certificate.signatureKind;
  switch (kind.kind) {
    case 'rsa-pkcs1':
      return `RSA PKCS#1 v1.5 with ${kind.hash}`;
    case 'rsa-pss':
      return `RSA-PSS with ${kind.hash}, salt of ${kind.saltLength} bytes`;
    case 'ecdsa':
      return `ECDSA with ${kind.hash}`;
    case 'ed25519':
      return 'Ed25519';
    case 'ed448':
      return 'Ed448';
    case 'ml-dsa':
      return kind.set;
    case 'weak':
    case 'unknown':
      return oidName(certificate.signatureAlgorithm.oid);
    default:
      return kind satisfies never;
  }
}

function publicKeyJson(key: PublicKey): PublicKeyJson {
  switch (key.kind) {
    case 'rsa':
    case 'rsa-pss':
      return {
        algorithm: key.kind === 'rsa' ? 'RSA' : 'RSA-PSS',
        bits: bitLength(key.modulus),
        exponent: toHex(key.exponent),
        value: toHex(key.modulus),
      };
    case 'ec':
      return { algorithm: 'EC', curve: key.curve, value: toHex(key.point) };
    case 'ed25519':
      return { algorithm: 'Ed25519', value: toHex(key.key) };
    case 'ed448':
      return { algorithm: 'Ed448', value: toHex(key.key) };
    case 'ml-dsa':
      return { algorithm: key.set, value: toHex(key.key) };
    case 'unknown':
      return { algorithm: oidName(key.algorithmOid) };
    default:
      return key satisfies never;
  }
}

function keyText(key: PublicKeyJson): string {
  const size = key.bits === undefined ? (key.curve ?? '') : `${key.bits} bits, exponent 0x${key.exponent}`;
  return size === '' ? key.algorithm : `${key.algorithm} ${size}`;
}

function colons(hex: string): string {
  return hex.replace(/(..)(?=.)/g, '$1:');
}

const HEX_PER_LINE = 36;

function hexLines(hex: string): string[] {
  const lines: string[] = [];
  for (let i = 0; i < hex.length; i += HEX_PER_LINE)
    lines.push(`        ${colons(hex.slice(i, i + HEX_PER_LINE))}`);
  return lines;
}

/** `DNS:example.com`, `IP:192.0.2.1`, ... as OpenSSL writes them. */
export function generalNameText(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
      return `DNS:${name.value}`;
    case 'email':
      return `email:${name.value}`;
    case 'uri':
      return `URI:${name.value}`;
    case 'ip':
      return `IP:${maskedIp(name.bytes)}`;
    case 'directory':
      return `dirName:${name.name}`;
    case 'registeredId':
      return `RID:${name.oid}`;
    case 'other':
      return `otherName:${name.typeId}:${toHex(name.value)}`;
    case 'x400':
    case 'ediParty':
      return `${name.kind}:${toHex(name.raw)}`;
    default:
      return name satisfies never;
  }
}

/** An address, or in name constraints an address and a mask. */
function maskedIp(bytes: Uint8Array): string {
  if (bytes.length !== 8 && bytes.length !== 32) return formatIp(bytes);
  const half = bytes.length / 2;
  return `${formatIp(bytes.subarray(0, half))}/${formatIp(bytes.subarray(half))}`;
}

type Describe = (known: Readonly<KnownExtensions>) => readonly string[] | undefined;

const DESCRIBERS: ReadonlyMap<string, Describe> = new Map<string, Describe>([
  [
    OID.basicConstraints,
    ({ basicConstraints }) =>
      basicConstraints === undefined
        ? undefined
        : [
            `CA: ${basicConstraints.isCA ? 'yes' : 'no'}`,
            ...(basicConstraints.pathLength === undefined
              ? []
              : [`path length: ${basicConstraints.pathLength}`]),
          ],
  ],
  [
    OID.keyUsage,
    ({ keyUsage }) =>
      keyUsage === undefined
        ? undefined
        : [
            Object.entries(KeyUsage)
              .filter(([, bit]) => (keyUsage & bit) !== 0)
              .map(([name]) => name)
              .join(', '),
          ],
  ],
  [OID.extKeyUsage, ({ extKeyUsage }) => extKeyUsage?.map(oidName)],
  [OID.subjectAltName, ({ subjectAltName }) => subjectAltName?.map(generalNameText)],
  [OID.issuerAltName, ({ issuerAltName }) => issuerAltName?.map(generalNameText)],
  [
    OID.nameConstraints,
    ({ nameConstraints }) =>
      nameConstraints === undefined
        ? undefined
        : [
            ...nameConstraints.permitted.map((name) => `permitted ${generalNameText(name)}`),
            ...nameConstraints.excluded.map((name) => `excluded ${generalNameText(name)}`),
          ],
  ],
  [
    OID.subjectKeyIdentifier,
    ({ subjectKeyIdentifier: id }) => (id === undefined ? undefined : [colons(toHex(id))]),
  ],
  [
    OID.authorityKeyIdentifier,
    ({ authorityKeyIdentifier: id }) =>
      id === undefined
        ? undefined
        : [
            ...(id.keyIdentifier === undefined ? [] : [`key: ${colons(toHex(id.keyIdentifier))}`]),
            ...(id.issuer ?? []).map((name) => `issuer: ${generalNameText(name)}`),
            ...(id.serialNumber === undefined ? [] : [`serial: ${colons(toHex(id.serialNumber))}`]),
          ],
  ],
  [
    OID.authorityInfoAccess,
    ({ authorityInfoAccess }) =>
      authorityInfoAccess?.map(({ method, location }) => `${oidName(method)}: ${generalNameText(location)}`),
  ],
  [
    OID.cRLDistributionPoints,
    ({ cRLDistributionPoints }) => cRLDistributionPoints?.map((uri) => `URI:${uri}`),
  ],
  [OID.certificatePolicies, ({ certificatePolicies }) => certificatePolicies?.map(oidName)],
  [
    OID.policyConstraints,
    ({ policyConstraints: constraints }) =>
      constraints === undefined
        ? undefined
        : Object.entries(constraints)
            .filter(([, value]) => value !== undefined)
            .map(([name, value]) => `${name}: ${value}`),
  ],
  [OID.tlsFeature, ({ tlsFeature }) => tlsFeature?.map((n) => (n === 5 ? 'status_request' : String(n)))],
]);

function extensionText(extension: Extension, known: Readonly<KnownExtensions>): readonly string[] {
  return DESCRIBERS.get(extension.oid)?.(known) ?? [toHex(extension.value)];
}
