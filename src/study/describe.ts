/** Puts a leaf's bytes into words where they have any: names, protocols, certificates, lifetimes. */
import { equalBytes } from '../bytes/bytes.ts';
import { asciiDecode } from '../bytes/encoding.ts';
import { DOWNGRADE_TLS11, DOWNGRADE_TLS12, HELLO_RETRY_REQUEST_RANDOM } from '../message/server-hello.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { X509Error } from '../x509/error.ts';
import { parseName } from '../x509/name.ts';
import { describePublicKey } from '../x509/public-key.ts';
import { visible } from './visible.ts';

const PRINTABLE = /^[\x20-\x7e]+$/;
const SECONDS_A_DAY = 86_400;

function quotedAscii(bytes: Uint8Array): string | undefined {
  const text = asciiDecode(bytes);
  return text !== undefined && PRINTABLE.test(text) ? JSON.stringify(text) : undefined;
}

/** The day in UTC, `2026-11-30`; dates beyond what Date can hold are named as such. */
export function describeDay(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'no date' : date.toISOString().slice(0, 10);
}

/** One line: subject, issuer, last day, key. */
export function describeCertificate(certificate: Certificate): string {
  const subject = certificate.subject.toString() || '(no subject)';
  const issuer = certificate.isSelfIssued ? 'itself' : certificate.issuer.toString();
  const key = describePublicKey(certificate.publicKey);
  return visible(`${subject}, issued by ${issuer}, until ${describeDay(certificate.notAfter)}, ${key}`);
}

function orNothing(describe: () => string): string | undefined {
  try {
    return describe();
  } catch (error) {
    // A peer may send anything here; only a finding of the parser is expected.
    if (error instanceof X509Error) return `unreadable: ${visible(error.message)}`;
    throw error;
  }
}

function describeRandom(bytes: Uint8Array): string | undefined {
  if (equalBytes(bytes, HELLO_RETRY_REQUEST_RANDOM)) return 'the random of every HelloRetryRequest';
  const tail = bytes.subarray(-DOWNGRADE_TLS12.length);
  const downgraded = equalBytes(tail, DOWNGRADE_TLS12) || equalBytes(tail, DOWNGRADE_TLS11);
  return downgraded ? 'ends in the downgrade sentinel' : undefined;
}

const certificateText = (bytes: Uint8Array): string | undefined =>
  orNothing(() => describeCertificate(parseCertificate(bytes)));

type ByName = (bytes: Uint8Array, value: number | undefined) => string | undefined;

const BY_NAME: ReadonlyMap<string, ByName> = new Map<string, ByName>([
  ['host_name', quotedAscii],
  ['protocol_name', quotedAscii],
  ['psk_identity_hint', quotedAscii],
  ['psk_identity', quotedAscii],
  ['cert_data', certificateText],
  ['certificate', certificateText],
  ['distinguished_name', (bytes) => orNothing(() => visible(parseName(bytes).toString()))],
  ['random', describeRandom],
  ['ticket_lifetime_hint', (_bytes, value) => (value ? describeLifetime(value) : undefined)],
  ['ticket_lifetime', (_bytes, value) => (value === undefined ? undefined : describeLifetime(value))],
]);

function describeLifetime(seconds: number): string {
  const days = seconds / SECONDS_A_DAY;
  return days >= 1 ? `${Math.round(days * 10) / 10} days` : `${Math.round(seconds / 6) / 10} minutes`;
}

/** `name` is the field's own, without an index. Total. */
export function describeLeaf(name: string, bytes: Uint8Array, value: number | undefined): string | undefined {
  return BY_NAME.get(name)?.(bytes, value);
}
