/** Distinguished names (RFC 5280 4.1.2.4): strict structure, RFC 5280 7.1 comparison, RFC 4514 text. */
import { compareBytes, copyBytes, equalBytes } from '../bytes/bytes.ts';
import { toHex, utf8Encode } from '../bytes/encoding.ts';
import { type DerElement, DerReader, Tag } from './der.ts';
import { decodeString } from './der-string.ts';
import { isUnprintable } from './display.ts';
import { MAX_RDNS } from './limits.ts';
import { attributeShortName } from './oid.ts';

export interface NameAttribute {
  /** Dotted OID of the attribute type. */
  readonly type: string;
  /** Identifier octet of the value. */
  readonly tag: number;
  /** Content octets of the value. */
  readonly content: Uint8Array;
  /** The whole value element. */
  readonly raw: Uint8Array;
  /** The value as text; undefined when it is no string. */
  readonly text: string | undefined;
}

export type RelativeDistinguishedName = readonly NameAttribute[];

const STRING_TAGS: ReadonlySet<number> = new Set([
  Tag.utf8String,
  Tag.printableString,
  Tag.visibleString,
  Tag.numericString,
  Tag.ia5String,
  Tag.teletexString,
  Tag.bmpString,
  Tag.universalString,
]);

class Attribute implements NameAttribute {
  readonly type: string;
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;

  constructor(type: string, tag: number, content: Uint8Array, raw: Uint8Array) {
    this.type = type;
    this.tag = tag;
    this.content = content;
    this.raw = raw;
  }

  get text(): string | undefined {
    return decodeString(this.tag, this.content);
  }
}

export class Name {
  /** The whole Name element as it stands in the certificate. */
  readonly raw: Uint8Array;
  /** In the order of the encoding: most significant first. */
  readonly rdns: readonly RelativeDistinguishedName[];
  #canonical: readonly string[] | undefined;
  #key: string | undefined;
  #text: string | undefined;

  constructor(raw: Uint8Array, rdns: readonly RelativeDistinguishedName[]) {
    this.raw = raw;
    this.rdns = rdns;
  }

  get isEmpty(): boolean {
    return this.rdns.length === 0;
  }

  /** One string per RDN; equal exactly when the RDNs match under RFC 5280 7.1. */
  get canonicalRdns(): readonly string[] {
    this.#canonical ??= this.rdns.map(canonicalRdn);
    return this.#canonical;
  }

  /** A map key: equal exactly when the names match under RFC 5280 7.1. */
  get key(): string {
    this.#key ??= this.canonicalRdns.join('\u0001');
    return this.#key;
  }

  equals(other: Name): boolean {
    return (
      equalBytes(this.raw, other.raw) || (this.rdns.length === other.rdns.length && this.key === other.key)
    );
  }

  /** Every value of one attribute type, first RDN first. Values that are no strings are left out. */
  values(type: string): string[] {
    const found: string[] = [];
    for (const rdn of this.rdns) {
      for (const attribute of rdn) {
        if (attribute.type === type && attribute.text !== undefined) found.push(attribute.text);
      }
    }
    return found;
  }

  /** RFC 4514 2: least significant RDN first, special characters escaped. */
  toString(): string {
    this.#text ??= [...this.rdns]
      .reverse()
      .map((rdn) => rdn.map(attributeText).join('+'))
      .join(',');
    return this.#text;
  }
}

/** Reads a Name at the reader's position. */
export function readName(reader: DerReader, field: string): Name {
  const start = reader.offset;
  const sequence = reader.sequence(field);
  const rdns: RelativeDistinguishedName[] = [];
  while (!sequence.empty) {
    if (rdns.length === MAX_RDNS) sequence.fail(`more than ${MAX_RDNS} RDNs`);
    rdns.push(readRdn(sequence, 'rdn'));
  }
  return new Name(reader.slice(start, reader.offset), rdns);
}

/** A whole buffer as one Name; the bytes are copied. Throws X509Error MALFORMED. */
export function parseName(der: Uint8Array): Name {
  const reader = new DerReader(copyBytes(der), 'Name');
  const name = readName(reader, 'rdnSequence');
  reader.finish();
  return name;
}

/** RelativeDistinguishedName: a SET OF with at least one attribute, in DER order (X.690 11.6). */
export function readRdn(reader: DerReader, field: string, tag: number = Tag.set): RelativeDistinguishedName {
  const set = reader.enter(tag, field);
  if (set.empty) set.fail('an RDN must not be empty');
  const attributes: NameAttribute[] = [];
  let previous: Uint8Array | undefined;
  while (!set.empty) {
    if (attributes.length === MAX_RDNS) set.fail(`more than ${MAX_RDNS} attributes`);
    const start = set.offset;
    const pair = set.sequence('attribute');
    const type = pair.oid('type');
    const value = pair.any('value');
    pair.finish();
    if (!plainAscii(value.tag, value.content)) checkValue(value, pair);
    attributes.push(new Attribute(type, value.tag, value.content, value.raw));
    const raw = set.slice(start, set.offset);
    if (previous !== undefined && compareBytes(previous, raw) >= 0) set.fail('SET OF not in DER order');
    previous = raw;
  }
  return attributes;
}

/** A string that is one, or a BIT STRING or SEQUENCE, which a few attribute types have; nothing else (as in OpenSSL). */
function checkValue({ tag, content, raw }: DerElement, reader: DerReader): void {
  if (tag === Tag.sequence) return;
  if (tag === Tag.bitString) {
    new DerReader(raw, reader.path).bitString('value');
    return;
  }
  if (!STRING_TAGS.has(tag)) reader.fail('no type of attribute value', 'value');
  if (decodeString(tag, content) === undefined) reader.fail('bad string', 'value');
}

/** The common case, decided without building a string. */
function plainAscii(tag: number, content: Uint8Array): boolean {
  if (tag !== Tag.printableString && tag !== Tag.utf8String) return false;
  for (const byte of content) if (byte < 0x20 || byte > 0x7e) return false;
  return true;
}

/**
 * RFC 5280 7.1: strings compare without regard to case, to leading and trailing space, and to the number of inner
 * spaces, whatever their type. Case is folded for ASCII and then by JavaScript's lower-casing: no full stringprep;
 * two names that differ there do not match, which fails closed. Other values compare by their bytes.
 */
function canonicalRdn(rdn: RelativeDistinguishedName): string {
  const [only] = rdn;
  if (only !== undefined && rdn.length === 1) return `${only.type}=${canonicalValue(only)}`;
  return rdn
    .map((attribute) => `${attribute.type}=${canonicalValue(attribute)}`)
    .sort()
    .join('\u0002');
}

function canonicalValue(attribute: NameAttribute): string {
  const text = attribute.text;
  // The hash sign keeps hex apart from text; a control character in text cannot fake a separator either.
  if (text === undefined || hasControl(text)) return `#${toHex(attribute.raw)}`;
  const folded = text.toLowerCase();
  const isPlain = !folded.includes('  ') && !folded.startsWith(' ') && !folded.endsWith(' ');
  return isPlain ? `:${folded}` : `:${folded.split(' ').filter(Boolean).join(' ')}`;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}

function attributeText(attribute: NameAttribute): string {
  const text = attribute.text;
  if (text === undefined) return `${attribute.type}=#${toHex(attribute.raw)}`;
  return `${attributeShortName(attribute.type)}=${escapeValue(text)}`;
}

/** RFC 4514 2.4. What should not reach a terminal is escaped as the hex of its UTF-8 as well. */
function escapeValue(text: string): string {
  let out = '';
  let at = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const atEdge = at === 0 || at + char.length === text.length;
    if (isUnprintable(code)) out += toHex(utf8Encode(char)).replace(/../g, '\\$&');
    else if ('"+,;<>\\'.includes(char) || (char === ' ' && atEdge) || (char === '#' && at === 0))
      out += `\\${char}`;
    else out += char;
    at += char.length;
  }
  return out;
}
