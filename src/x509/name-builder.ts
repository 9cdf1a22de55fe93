/** Names from what a caller writes: `CN=example.com, O=Example` or pairs. */
import { fromHex } from '../bytes/encoding.ts';
import { contextConstructed, contextTag } from './der.ts';
import {
  derElement,
  derIa5String,
  derOid,
  derPrintableString,
  derSequence,
  derSetOf,
  derUtf8String,
  oidContent,
} from './der-writer.ts';
import { X509Error } from './error.ts';
import { parseIpLiteral } from './ip.ts';
import { Name, parseName } from './name.ts';
import { attributeOid, OID } from './oid.ts';

/**
 * A distinguished name: RFC 4514-like text in the order of the encoding, most significant first as OpenSSL prints it
 * (`C=CH, O=Example, CN=example.com`; commas and plus signs in values are escaped with a backslash), pairs of
 * attribute (short name or OID) and value in that order, or a parsed {@link Name}.
 */
export type NameInput = string | readonly (readonly [attribute: string, value: string])[] | Name;

/** The Name element. Throws X509Error INVALID_REQUEST. */
export function encodeName(input: NameInput): Uint8Array {
  if (input instanceof Name) return input.raw;
  const rdns = typeof input === 'string' ? parseNameText(input) : input.map((pair) => [pair]);
  return derSequence(
    ...rdns.map((rdn) => derSetOf(...rdn.map(([type, value]) => encodeAttribute(type, value)))),
  );
}

export function buildName(input: NameInput): Name {
  return input instanceof Name ? input : parseName(encodeName(input));
}

function encodeAttribute(attribute: string, value: string): Uint8Array {
  const oid = attributeOid(attribute.trim());
  if (oid === undefined)
    throw new X509Error('INVALID_REQUEST', `unknown name attribute ${JSON.stringify(attribute)}`);
  return derSequence(derOid(oid), encodeValue(oid, value));
}

/** RFC 5280 4.1.2.4: UTF8String, but PrintableString for countries and serial numbers, IA5String for addresses. */
function encodeValue(oid: string, value: string): Uint8Array {
  if (oid === OID.countryName || oid === OID.serialNumber) {
    if (!/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)) {
      throw new X509Error('INVALID_REQUEST', `${JSON.stringify(value)} is no PrintableString`);
    }
    return derPrintableString(value);
  }
  if (oid === OID.emailAddress || oid === OID.domainComponent) {
    requireAscii(value);
    return derIa5String(value);
  }
  return derUtf8String(value);
}

function requireAscii(value: string): void {
  if (!isAscii(value)) throw new X509Error('INVALID_REQUEST', `${JSON.stringify(value)} must be ASCII`);
}

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** Splits `A=b, C=d+E=f` into RDNs; a backslash takes the next character as it is. */
function parseNameText(text: string): [string, string][][] {
  const rdns: [string, string][][] = [];
  if (text.trim() === '') return rdns;
  let rdn: [string, string][] = [];
  let part = '';
  const endPart = (): void => {
    const equals = part.indexOf('=');
    if (equals <= 0)
      throw new X509Error(
        'INVALID_REQUEST',
        `not a name: ${JSON.stringify(text)}; write it like CN=example.com`,
      );
    rdn.push([part.slice(0, equals).trim(), unescapeValue(part.slice(equals + 1).trim())]);
    part = '';
  };
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '\\') {
      part += char + (text[++i] ?? '');
    } else if (char === ',' || char === '+') {
      endPart();
      if (char === ',') {
        rdns.push(rdn);
        rdn = [];
      }
    } else {
      part += char;
    }
  }
  endPart();
  rdns.push(rdn);
  return rdns;
}

function unescapeValue(value: string): string {
  return value.replace(/\\(.)/gs, '$1');
}

/**
 * A subject alternative name: `DNS:`, `IP:`, `email:`, `URI:`, `dirName:` or `RID:` and the value, as OpenSSL writes
 * them; without prefix, an address literal is an IP and anything else a DNS name. Or ready DER with its tag.
 */
export type GeneralNameInput = string | Uint8Array;

export function encodeGeneralName(input: GeneralNameInput): Uint8Array {
  if (typeof input !== 'string') return input;
  const [, prefix = '', value = ''] = /^(DNS|IP|email|URI|dirName|RID):(.*)$/is.exec(input) ?? [];
  switch (prefix.toLowerCase()) {
    case '': {
      const address = parseIpLiteral(input);
      return address === undefined ? ia5Name(2, input) : derElement(contextTag(7), address);
    }
    case 'dns':
      return ia5Name(2, value);
    case 'email':
      return ia5Name(1, value);
    case 'uri':
      return ia5Name(6, value);
    case 'ip':
      return derElement(contextTag(7), addressBytes(value));
    case 'dirname':
      return derElement(contextConstructed(4), encodeName(value));
    default:
      return derElement(contextTag(8), oidContent(value));
  }
}

function ia5Name(n: number, value: string): Uint8Array {
  if (n === 2 && !isAscii(value)) {
    throw new X509Error(
      'INVALID_REQUEST',
      `${JSON.stringify(value)}: convert the name to its ASCII form (xn--...) first`,
    );
  }
  requireAscii(value);
  return derElement(contextTag(n), derIa5String(value).subarray(headerLength(value.length)));
}

/** Bytes before the content of an element whose content has this length. */
function headerLength(length: number): number {
  return length < 0x80 ? 2 : 2 + Math.ceil((32 - Math.clz32(length)) / 8);
}

/** An address, or for name constraints an address with `/bits` or `/mask`; `#hex` gives the bytes themselves. */
function addressBytes(value: string): Uint8Array {
  if (value.startsWith('#')) return fromHex(value.slice(1));
  const [text = '', mask] = value.split('/', 2);
  const address = parseIpLiteral(text);
  const bytes = address === undefined || mask === undefined ? address : withMask(address, mask);
  if (bytes === undefined)
    throw new X509Error('INVALID_REQUEST', `not an IP address: ${JSON.stringify(value)}`);
  return bytes;
}

function withMask(address: Uint8Array, mask: string): Uint8Array | undefined {
  const out = new Uint8Array(address.length * 2);
  out.set(address);
  if (!/^\d{1,3}$/.test(mask)) {
    const bytes = parseIpLiteral(mask);
    if (bytes?.length !== address.length) return undefined;
    out.set(bytes, address.length);
    return out;
  }
  const bits = Number(mask);
  if (bits > address.length * 8) return undefined;
  for (let i = 0; i < bits; i++) {
    const at = address.length + (i >> 3);
    out[at] = (out[at] ?? 0) | (0x80 >> (i & 7));
  }
  return out;
}
