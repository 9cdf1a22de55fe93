/**
 * Matching a certificate to the name that the user asked for (RFC 9525 6). Only subjectAltName counts, never the
 * common name; DNS names match dNSName, address literals match iPAddress by bytes. Decisions read the parsed
 * values, never a printed form (CVE-2021-44531 to 44533), and take linear time (CVE-2022-45061).
 *
 * Choices: a wildcard is the whole left-most label, stands for exactly one label and needs two labels after it
 * (`*.com` never matches, as in Node and webpki; a public suffix list is not consulted). Underscores are accepted,
 * as Node, Go and webpki do. No IDNA conversion happens: a name with non-ASCII characters is refused with a hint.
 */
import { equalBytes } from '../bytes/bytes.ts';
import type { Certificate } from './certificate.ts';
import { printable } from './display.ts';
import { X509Error } from './error.ts';
import type { GeneralName } from './general-name.ts';
import { formatIp, parseIpLiteral } from './ip.ts';
import { MAX_DNS_LABEL, MAX_DNS_NAME } from './limits.ts';
import { OID } from './oid.ts';

export type ReferenceName =
  | { readonly kind: 'dns'; readonly name: string }
  | { readonly kind: 'ip'; readonly bytes: Uint8Array };

const MIN_LABELS_AFTER_WILDCARD = 2;
const NAMES_IN_MESSAGE = 10;

/**
 * The name to look for, as the user wrote it: a DNS name (one trailing dot is dropped, case is folded) or an address.
 * Throws X509Error INVALID_NAME when it is neither.
 */
export function parseReferenceName(name: string): ReferenceName {
  const bytes = parseIpLiteral(name);
  if (bytes !== undefined) return { kind: 'ip', bytes };
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  const problem = dnsNameProblem(bare);
  if (problem !== undefined) {
    throw new X509Error('INVALID_NAME', `${JSON.stringify(printable(name))} is not a host name: ${problem}`, {
      rfc: 'RFC 9525 6.2',
      details: { name },
    });
  }
  const last = bare.slice(bare.lastIndexOf('.') + 1);
  if (/^(\d+|0[xX][0-9a-fA-F]*)$/.test(last)) {
    // Some resolvers take `127.1` or `0x7f000001` for addresses: no DNS name may be matched for them.
    throw new X509Error('INVALID_NAME', `${JSON.stringify(name)} is neither a host name nor an IP address`, {
      details: { name },
    });
  }
  return { kind: 'dns', name: bare.toLowerCase() };
}

/** Why this is no DNS name (letters, digits, hyphen, underscore; RFC 1035 2.3.4 lengths); undefined when it is one. */
export function dnsNameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > MAX_DNS_NAME) return `it is longer than ${MAX_DNS_NAME} characters`;
  let label = 0;
  for (let i = 0; i <= name.length; i++) {
    const code = i < name.length ? name.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (label === 0) return 'a label is empty';
      if (label > MAX_DNS_LABEL) return `a label is longer than ${MAX_DNS_LABEL} characters`;
      label = 0;
      continue;
    }
    if (code > 0x7e) return 'it has non-ASCII characters; convert it to its ASCII form (xn--...) first';
    if (!isNameCharacter(code)) return 'it has a character that host names do not have';
    if (code === HYPHEN && label === 0) return 'a label begins with a hyphen';
    label++;
  }
  return undefined;
}

const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

function isNameCharacter(code: number): boolean {
  const lower = code | 0x20;
  const isLetter = lower >= 0x61 && lower <= 0x7a;
  return isLetter || (code >= 0x30 && code <= 0x39) || code === HYPHEN || code === UNDERSCORE;
}

/** Whether a dNSName of a certificate covers a lower-case reference name without trailing dot. */
export function matchDnsName(presented: string, reference: string): boolean {
  if (!presented.startsWith('*.')) {
    return dnsNameProblem(presented) === undefined && presented.toLowerCase() === reference;
  }
  const suffix = presented.slice(2);
  if (dnsNameProblem(suffix) !== undefined || countLabels(suffix) < MIN_LABELS_AFTER_WILDCARD) return false;
  const dot = reference.indexOf('.');
  return dot > 0 && reference.slice(dot + 1) === suffix.toLowerCase();
}

function countLabels(name: string): number {
  let count = 1;
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) === DOT) count++;
  return count;
}

function matches(presented: GeneralName, reference: ReferenceName): boolean {
  if (reference.kind === 'dns')
    return presented.kind === 'dns' && matchDnsName(presented.value, reference.name);
  return presented.kind === 'ip' && equalBytes(presented.bytes, reference.bytes);
}

/**
 * Whether the certificate is for this DNS name or address literal; undefined when it is.
 * The error is HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH or INVALID_NAME; `details` has `name` and `names`.
 */
export function checkHostname(certificate: Certificate, name: string): X509Error | undefined {
  let reference: ReferenceName;
  try {
    reference = parseReferenceName(name);
  } catch (error) {
    if (error instanceof X509Error) return error;
    throw error;
  }
  const presented = certificate.subjectAltName ?? [];
  if (presented.some((one) => matches(one, reference))) return undefined;
  const names = presented.flatMap(nameText);
  return new X509Error(
    reference.kind === 'dns' ? 'HOSTNAME_MISMATCH' : 'IP_ADDRESS_MISMATCH',
    `the certificate is not for ${printable(name)}: ${mismatch(certificate, names)}`,
    { depth: 0, certificate, rfc: 'RFC 9525 6', details: { name, names } },
  );
}

/** {@link checkHostname} as a yes or no. */
export function matchHostname(certificate: Certificate, name: string): boolean {
  return checkHostname(certificate, name) === undefined;
}

function mismatch(certificate: Certificate, names: readonly string[]): string {
  if (names.length === 0) {
    const hasCommonName = certificate.subject.values(OID.commonName).length > 0;
    return `it names no DNS name or address in subjectAltName${hasCommonName ? ' (its common name is not used)' : ''}`;
  }
  const shown = names
    .slice(0, NAMES_IN_MESSAGE)
    .map((name) => printable(name))
    .join(', ');
  return `it is for ${shown}${names.length > NAMES_IN_MESSAGE ? ` and ${names.length - NAMES_IN_MESSAGE} more` : ''}`;
}

function nameText(name: GeneralName): string[] {
  if (name.kind === 'dns') return [name.value];
  return name.kind === 'ip' ? [formatIp(name.bytes)] : [];
}
