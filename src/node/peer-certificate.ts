/** A certificate in the form of Node's `getPeerCertificate()`: property names, order and texts are Node's. */
import { toHex } from '../bytes/encoding.ts';
import { sha256, sha512 } from '../crypto/noble/hash.ts';
import { sha1 } from '../crypto/noble/sha1.ts';
import type { EcCurveName } from '../crypto/provider.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { AccessDescription } from '../x509/extensions.ts';
import type { GeneralName } from '../x509/general-name.ts';
import type { Name, NameAttribute } from '../x509/name.ts';
import { attributeShortName, OID } from '../x509/oid.ts';
import { bitLength } from '../x509/public-key.ts';

/** One value, or several where an attribute stands more than once. Without a prototype: names come from the peer. */
export interface CertificateName {
  [attribute: string]: string | string[] | undefined;
  C?: string | string[];
  ST?: string | string[];
  L?: string | string[];
  O?: string | string[];
  OU?: string | string[];
  CN?: string | string[];
}

export interface PeerCertificate {
  subject: CertificateName;
  issuer: CertificateName;
  /** `DNS:a.example, IP Address:192.0.2.1`; values with unusual characters are quoted as JSON. */
  subjectaltname?: string;
  infoAccess?: { [method: string]: string[] | undefined };
  ca: boolean;
  /** RSA: upper-case hex. */
  modulus?: string;
  bits?: number;
  exponent?: string;
  /** RSA: SubjectPublicKeyInfo; EC: the point. */
  pubkey?: Buffer;
  asn1Curve?: string;
  nistCurve?: string;
  valid_from: string;
  valid_to: string;
  fingerprint: string;
  fingerprint256: string;
  fingerprint512: string;
  /** Object identifiers. */
  ext_key_usage?: string[];
  serialNumber: string;
  raw: Buffer;
}

export interface DetailedPeerCertificate extends PeerCertificate {
  /** A self-signed certificate is its own issuer: follow it with care. */
  issuerCertificate?: DetailedPeerCertificate;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const CURVES: Readonly<Record<EcCurveName, { readonly asn1: string; readonly bits: number }>> = {
  'P-256': { asn1: 'prime256v1', bits: 256 },
  'P-384': { asn1: 'secp384r1', bits: 384 },
  'P-521': { asn1: 'secp521r1', bits: 521 },
};

const upperHex = (bytes: Uint8Array): string => toHex(bytes).toUpperCase();

/** Without leading zero octets, as OpenSSL prints numbers. */
function numberHex(bytes: Uint8Array): string {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? '00' : upperHex(bytes.subarray(start));
}

function fingerprint(digest: Uint8Array): string {
  return upperHex(digest).replace(/..(?=.)/g, '$&:');
}

/** `Nov  4 06:06:21 2026 GMT`. */
export function openSslDate(ms: number): string {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = String(date.getUTCDate()).padStart(2);
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${MONTHS[date.getUTCMonth()] ?? ''} ${day} ${time} ${date.getUTCFullYear()} GMT`;
}

function attributeKey(attribute: NameAttribute): string {
  return attribute.type === OID.streetAddress ? 'street' : attributeShortName(attribute.type);
}

function nameObject(name: Name): CertificateName {
  const out: CertificateName = Object.create(null);
  for (const attribute of name.rdns.flat()) {
    const key = attributeKey(attribute);
    const value = attribute.text ?? `#${toHex(attribute.raw)}`;
    const before = out[key];
    if (before === undefined) out[key] = value;
    else if (typeof before === 'string') out[key] = [before, value];
    else before.push(value);
  }
  return out;
}

/** Quotes what could be taken for a separator or a quote, as Node does since CVE-2021-44532. */
function quoteIfUnsafe(value: string): string {
  if (/^[ -~]*$/.test(value) && !/["'\\,]/.test(value)) return value;
  let out = '"';
  for (let i = 0; i < value.length; i++) {
    const char = value[i] ?? '';
    const code = value.charCodeAt(i);
    if (char === '"' || char === '\\') out += `\\${char}`;
    // The comma too: programs split at ', ' without a look at quotes.
    else if (code < 0x20 || code > 0x7e || char === ',') out += `\\u${code.toString(16).padStart(4, '0')}`;
    else out += char;
  }
  return `${out}"`;
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const words: string[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    words.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16).toUpperCase());
  }
  return words.join(':');
}

function generalNameText(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
      return `DNS:${quoteIfUnsafe(name.value)}`;
    case 'email':
      return `email:${quoteIfUnsafe(name.value)}`;
    case 'uri':
      return `URI:${quoteIfUnsafe(name.value)}`;
    case 'ip':
      return `IP Address:${addressText(name.bytes)}`;
    case 'directory':
      return `DirName:${quoteIfUnsafe(name.name.toString())}`;
    case 'registeredId':
      return `Registered ID:${name.oid}`;
    case 'other':
      return 'othername:<unsupported>';
    case 'x400':
      return 'X400Name:<unsupported>';
    case 'ediParty':
      return 'EdiPartyName:<unsupported>';
    default:
      return name satisfies never;
  }
}

function accessMethod(oid: string): string {
  if (oid === OID.accessOcsp) return 'OCSP';
  return oid === OID.accessCaIssuers ? 'CA Issuers' : oid;
}

function infoAccess(descriptions: readonly AccessDescription[]): { [method: string]: string[] | undefined } {
  const out: { [method: string]: string[] | undefined } = Object.create(null);
  for (const { method, location } of descriptions) {
    const text = generalNameText(location);
    const colon = text.indexOf(':');
    const key = `${accessMethod(method)} - ${text.slice(0, colon)}`;
    const value = location.kind === 'uri' ? location.value : text.slice(colon + 1);
    out[key] = [...(out[key] ?? []), value];
  }
  return out;
}

type KeyFields = Pick<
  PeerCertificate,
  'modulus' | 'bits' | 'exponent' | 'pubkey' | 'asn1Curve' | 'nistCurve'
>;

function keyFields(certificate: Certificate): KeyFields {
  const key = certificate.publicKey;
  if (key.kind === 'rsa') {
    return {
      modulus: numberHex(key.modulus),
      bits: bitLength(key.modulus),
      exponent: `0x${numberHex(key.exponent).toLowerCase().replace(/^0/, '')}`,
      pubkey: Buffer.from(certificate.spkiRaw),
    };
  }
  if (key.kind !== 'ec') return {};
  const curve = CURVES[key.curve];
  return { bits: curve.bits, pubkey: Buffer.from(key.point), asn1Curve: curve.asn1, nistCurve: key.curve };
}

/** The certificate as an object of its own; its buffers are copies. */
export function peerCertificate(certificate: Certificate): PeerCertificate {
  const { known, raw } = certificate;
  const altNames = certificate.subjectAltName;
  return {
    subject: nameObject(certificate.subject),
    issuer: nameObject(certificate.issuer),
    ...(altNames === undefined ? {} : { subjectaltname: altNames.map(generalNameText).join(', ') }),
    ...(known.authorityInfoAccess === undefined ? {} : { infoAccess: infoAccess(known.authorityInfoAccess) }),
    ca: known.basicConstraints?.isCA === true,
    ...keyFields(certificate),
    valid_from: openSslDate(certificate.notBefore),
    valid_to: openSslDate(certificate.notAfter),
    fingerprint: fingerprint(sha1(raw)),
    fingerprint256: fingerprint(sha256.digest(raw)),
    fingerprint512: fingerprint(sha512.digest(raw)),
    ...(known.extKeyUsage === undefined ? {} : { ext_key_usage: [...known.extKeyUsage] }),
    serialNumber: numberHex(certificate.serialNumber),
    raw: Buffer.from(raw),
  };
}

/** The chain in order of issue: a verified path as it is, else the leaf and what was sent of its issuers. */
export function orderedChain(chain: readonly Certificate[]): readonly Certificate[] {
  const ordered: Certificate[] = [];
  let next = chain[0];
  while (next !== undefined) {
    ordered.push(next);
    const child: Certificate = next;
    if (child.isSelfIssued) break;
    next = chain.find((one) => !ordered.includes(one) && one.subject.equals(child.issuer));
  }
  return ordered;
}

/** The leaf with `issuerCertificate` set up to the last one known; a self-issued last one points to itself. */
export function detailedPeerCertificate(chain: readonly Certificate[]): DetailedPeerCertificate | undefined {
  const ordered = orderedChain(chain);
  const objects: DetailedPeerCertificate[] = ordered.map(peerCertificate);
  objects.forEach((object, index) => {
    const issuer = objects[index + 1] ?? (ordered[index]?.isSelfIssued === true ? object : undefined);
    if (issuer !== undefined) object.issuerCertificate = issuer;
  });
  return objects[0];
}
