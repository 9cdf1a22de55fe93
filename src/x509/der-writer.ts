/** DER encoding for what we issue: small pure functions, each returning one whole element. */
import { compareBytes, concatBytes } from '../bytes/bytes.ts';
import { asciiEncode, utf8Encode } from '../bytes/encoding.ts';
import { contextConstructed, contextTag, Tag } from './der.ts';
import { X509Error } from './error.ts';

/** One element with any identifier octet. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of contents) length += part.length;
  return concatBytes(derHeader(tag, length), ...contents);
}

function derHeader(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets);
}

export function derSequence(...items: readonly Uint8Array[]): Uint8Array {
  return derElement(Tag.sequence, ...items);
}

/** SET OF: the elements in ascending order of their encodings (X.690 11.6). */
export function derSetOf(...items: readonly Uint8Array[]): Uint8Array {
  return derElement(Tag.set, ...[...items].sort(compareBytes));
}

export function derExplicit(n: number, ...items: readonly Uint8Array[]): Uint8Array {
  return derElement(contextConstructed(n), ...items);
}

/** `[n] IMPLICIT` of a primitive type: `content` without its own header. */
export function derImplicit(n: number, content: Uint8Array): Uint8Array {
  return derElement(contextTag(n), content);
}

/** A non-negative INTEGER from a number or big-endian bytes (leading zeros allowed). */
export function derUnsigned(value: number | Uint8Array): Uint8Array {
  const bytes = typeof value === 'number' ? numberBytes(value) : value;
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const body = bytes.subarray(start);
  if (body.length === 0) return derElement(Tag.integer, Uint8Array.of(0));
  const sign = (body[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0);
  return derElement(Tag.integer, sign, body);
}

function numberBytes(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new X509Error('INVALID_REQUEST', `not a non-negative integer: ${value}`);
  }
  const octets: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.from(octets.length === 0 ? [0] : octets);
}

export function derBoolean(value: boolean): Uint8Array {
  return derElement(Tag.boolean, Uint8Array.of(value ? 0xff : 0));
}

export function derNull(): Uint8Array {
  return derElement(Tag.null);
}

export function derOctetString(bytes: Uint8Array): Uint8Array {
  return derElement(Tag.octetString, bytes);
}

export function derBitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return derElement(Tag.bitString, Uint8Array.of(unusedBits), bytes);
}

/** A named bit list: bit 0 of `flags` is the first named bit; trailing zero bits are dropped (X.690 11.2.2). */
export function derNamedBits(flags: number): Uint8Array {
  let count = 0;
  for (let bit = 0; bit < 32; bit++) if ((flags >>> bit) & 1) count = bit + 1;
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let bit = 0; bit < count; bit++) {
    if ((flags >>> bit) & 1) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  }
  return derBitString(bytes, bytes.length * 8 - count);
}

/** Throws INVALID_REQUEST when the text is no OBJECT IDENTIFIER in dotted form. */
export function derOid(dotted: string): Uint8Array {
  return derElement(Tag.oid, oidContent(dotted));
}

export function oidContent(dotted: string): Uint8Array {
  const arcs = /^[0-2](\.(0|[1-9]\d*))+$/.test(dotted) ? dotted.split('.').map(BigInt) : [];
  const [top = 0n, second = 0n, ...rest] = arcs;
  if (arcs.length < 2 || (top < 2n && second > 39n)) {
    throw new X509Error('INVALID_REQUEST', `not an object identifier: ${JSON.stringify(dotted)}`);
  }
  const out: number[] = [];
  for (const arc of [top * 40n + second, ...rest]) {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    out.push(...groups);
  }
  return Uint8Array.from(out);
}

export function derUtf8String(text: string): Uint8Array {
  return derElement(Tag.utf8String, utf8Encode(text));
}

export function derPrintableString(text: string): Uint8Array {
  return derElement(Tag.printableString, asciiEncode(text));
}

export function derIa5String(text: string): Uint8Array {
  return derElement(Tag.ia5String, asciiEncode(text));
}

/** A Time: UTCTime through 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5). `ms` since 1970, cut to the second. */
export function derTime(ms: number): Uint8Array {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 1950 || year > 9999) {
    throw new X509Error('INVALID_REQUEST', `a certificate cannot express the time ${ms}`);
  }
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  if (year >= 2050) return derElement(Tag.generalizedTime, asciiEncode(`${digits}Z`));
  return derElement(Tag.utcTime, asciiEncode(`${digits.slice(2)}Z`));
}
