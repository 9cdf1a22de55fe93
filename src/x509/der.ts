/**
 * A strict DER reader (X.690 10 and 11): definite minimal lengths, canonical BOOLEAN, INTEGER and OBJECT IDENTIFIER,
 * zero padding in BIT STRING, nothing after the end. What is not DER is refused before anything reads meaning into
 * it, so no two readers of one certificate can differ (CVE-2025-12816). High tag numbers (31 and up) do not occur in
 * X.509 and are refused.
 */
import { X509Error } from './error.ts';
import { MAX_DER_DEPTH, MAX_OID_BYTES } from './limits.ts';

/** Identifier octets: universal tags with the constructed bit where DER demands it. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** `[n]` primitive (implicit string and octet types). */
export const contextTag = (n: number): number => 0x80 | n;
/** `[n]` constructed (explicit tags, implicit SEQUENCE and SET). */
export const contextConstructed = (n: number): number => 0xa0 | n;

export interface DerElement {
  readonly tag: number;
  /** Header and content; a view of the input. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
}

export interface BitString {
  readonly unusedBits: number;
  readonly bytes: Uint8Array;
}

const NO_MORE = -1;
const SMALL_INTEGER_BYTES = 6;

export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #name: string;
  readonly #parent: DerReader | undefined;
  readonly #depth: number;
  #at: number;
  /** Where the content of the element read last begins and ends. */
  #contentAt = 0;
  #contentEnd = 0;

  /** `name` begins the path in error messages, e.g. `Certificate`. */
  constructor(bytes: Uint8Array, name: string, parent?: DerReader, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#name = name;
    this.#parent = parent;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
    if (this.#depth > MAX_DER_DEPTH) this.fail('nested too deep');
  }

  get path(): string {
    return this.#parent === undefined ? this.#name : `${this.#parent.path}.${this.#name}`;
  }

  get empty(): boolean {
    return this.#at === this.#end;
  }

  /** Offset of the next element in the underlying buffer. */
  get offset(): number {
    return this.#at;
  }

  /** The next identifier octet, or -1 at the end. */
  peek(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at] ?? NO_MORE) : NO_MORE;
  }

  fail(message: string, field?: string): never {
    const path = field === undefined ? this.path : `${this.path}.${field}`;
    throw new X509Error('MALFORMED', `${path}: ${message}`, { details: { path } });
  }

  /** Nothing may follow. */
  finish(): void {
    if (this.#at !== this.#end) this.fail(`${this.#end - this.#at} unexpected bytes at the end`);
  }

  /** Reads a header, checks that the content fits and moves behind it. Returns the identifier octet. */
  #element(field: string): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    if (at + 2 > end) this.fail('truncated', field);
    const tag = bytes[at++] ?? 0;
    if ((tag & 0x1f) === 0x1f) this.fail('high tag numbers are not used in X.509', field);
    let length = bytes[at++] ?? 0;
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0) this.fail('indefinite length is not DER', field);
      if (count > 4) this.fail('length too long', field);
      if (at + count > end) this.fail('truncated', field);
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
      if (length < 0x80 || length < 256 ** (count - 1)) this.fail('length is not minimal', field);
    }
    if (length > end - at) this.fail('content runs past the end', field);
    this.#contentAt = at;
    this.#contentEnd = at + length;
    this.#at = at + length;
    return tag;
  }

  #expect(tag: number, field: string): void {
    if (this.peek() !== tag) this.#wrongTag(tag, field);
    this.#element(field);
  }

  #wrongTag(tag: number, field: string): never {
    const seen = this.peek();
    const found = seen === NO_MORE ? 'nothing' : `tag 0x${seen.toString(16).padStart(2, '0')}`;
    this.fail(`expected tag 0x${tag.toString(16).padStart(2, '0')}, found ${found}`, field);
  }

  /** A reader over the content of a constructed element with this tag. */
  enter(tag: number, field: string): DerReader {
    this.#expect(tag, field);
    return new DerReader(this.#bytes, field, this, this.#contentAt, this.#contentEnd);
  }

  sequence(field: string): DerReader {
    return this.enter(Tag.sequence, field);
  }

  set(field: string): DerReader {
    return this.enter(Tag.set, field);
  }

  /** {@link enter} when the next tag is this one; else undefined, and nothing is read. */
  optional(tag: number, field: string): DerReader | undefined {
    return this.peek() === tag ? this.enter(tag, field) : undefined;
  }

  /** The content of a primitive element with this tag, a view. */
  primitive(tag: number, field: string): Uint8Array {
    this.#expect(tag, field);
    return this.#bytes.subarray(this.#contentAt, this.#contentEnd);
  }

  /** Any one element. */
  any(field: string): DerElement {
    const start = this.#at;
    const tag = this.#element(field);
    return {
      tag,
      raw: this.#bytes.subarray(start, this.#contentEnd),
      content: this.#bytes.subarray(this.#contentAt, this.#contentEnd),
    };
  }

  /** The whole next element, header included, a view. */
  raw(field: string): Uint8Array {
    const start = this.#at;
    this.#element(field);
    return this.#bytes.subarray(start, this.#contentEnd);
  }

  /** The buffer between two offsets, for bytes that were signed as they stood. */
  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  boolean(field: string, tag: number = Tag.boolean): boolean {
    this.#expect(tag, field);
    const value = this.#bytes[this.#contentAt];
    if (this.#contentEnd - this.#contentAt !== 1) this.fail('BOOLEAN must be one byte', field);
    if (value !== 0 && value !== 0xff) this.fail('BOOLEAN must be 00 or FF', field);
    return value === 0xff;
  }

  /** Two's complement content bytes, minimal. */
  integer(field: string, tag: number = Tag.integer): Uint8Array {
    const content = this.primitive(tag, field);
    const first = content[0];
    if (first === undefined) this.fail('empty INTEGER', field);
    const second = content[1];
    if (second !== undefined) {
      if (first === 0 && second < 0x80) this.fail('INTEGER is not minimal', field);
      if (first === 0xff && second >= 0x80) this.fail('INTEGER is not minimal', field);
    }
    return content;
  }

  /** A non-negative INTEGER as big-endian bytes without sign byte; zero is one zero byte. */
  unsigned(field: string): Uint8Array {
    const content = this.integer(field);
    const first = content[0] ?? 0;
    if (first >= 0x80) this.fail('negative INTEGER', field);
    return first === 0 && content.length > 1 ? content.subarray(1) : content;
  }

  /** A non-negative INTEGER no greater than `max`. */
  smallInteger(field: string, max: number, tag: number = Tag.integer): number {
    const content = this.integer(field, tag);
    if ((content[0] ?? 0) >= 0x80) this.fail('negative INTEGER', field);
    if (content.length > SMALL_INTEGER_BYTES) this.fail(`INTEGER greater than ${max}`, field);
    let value = 0;
    for (const byte of content) value = value * 256 + byte;
    if (value > max) this.fail(`INTEGER greater than ${max}`, field);
    return value;
  }

  null(field: string): void {
    this.#expect(Tag.null, field);
    if (this.#contentEnd !== this.#contentAt) this.fail('NULL must be empty', field);
  }

  oid(field: string, tag: number = Tag.oid): string {
    this.#expect(tag, field);
    const problem = oidProblem(this.#bytes, this.#contentAt, this.#contentEnd);
    if (problem !== undefined) this.fail(problem, field);
    return oidText(this.#bytes, this.#contentAt, this.#contentEnd);
  }

  octetString(field: string, tag: number = Tag.octetString): Uint8Array {
    return this.primitive(tag, field);
  }

  bitString(field: string, tag: number = Tag.bitString): BitString {
    const content = this.primitive(tag, field);
    const unusedBits = content[0];
    if (unusedBits === undefined) this.fail('empty BIT STRING', field);
    const bytes = content.subarray(1);
    if (unusedBits > 7 || (bytes.length === 0 && unusedBits !== 0)) this.fail('bad unused bits', field);
    if (((bytes[bytes.length - 1] ?? 0) & ((1 << unusedBits) - 1)) !== 0)
      this.fail('padding bits not zero', field);
    return { unusedBits, bytes };
  }

  /** A BIT STRING of whole bytes (keys, signatures). */
  bitStringBytes(field: string, tag: number = Tag.bitString): Uint8Array {
    const { unusedBits, bytes } = this.bitString(field, tag);
    if (unusedBits !== 0) this.fail('must be whole bytes', field);
    return bytes;
  }

  /**
   * A named bit list: DER strips trailing zero bits (X.690 11.2.2). Bit 0 of the result is the first named bit.
   * `anyEnd` allows trailing zero bits, for trust anchors.
   */
  namedBits(field: string, tag: number = Tag.bitString, anyEnd = false): number {
    const { unusedBits, bytes } = this.bitString(field, tag);
    if (bytes.length > 4) this.fail('too many named bits', field);
    const last = bytes[bytes.length - 1];
    if (!anyEnd && last !== undefined && ((last >> unusedBits) & 1) === 0)
      this.fail('trailing zero bits', field);
    let flags = 0;
    for (let i = 0; i < bytes.length * 8; i++) {
      if ((((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1) flags |= 1 << i;
    }
    return flags;
  }
}

/** Why these content bytes are no canonical OBJECT IDENTIFIER; undefined when they are. */
function oidProblem(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start === end) return 'empty OBJECT IDENTIFIER';
  if (end - start > MAX_OID_BYTES) return 'OBJECT IDENTIFIER too long';
  if ((bytes[end - 1] ?? 0) >= 0x80) return 'OBJECT IDENTIFIER ends inside an arc';
  let atArcStart = true;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (atArcStart && byte === 0x80) return 'OBJECT IDENTIFIER arc is not minimal';
    atArcStart = byte < 0x80;
  }
  return undefined;
}

/** Dotted form of content bytes that {@link oidProblem} passed. Arcs beyond 2^53 (UUID arcs) go through BigInt. */
function oidText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let arcStart = start;
  for (let i = start; i < end; i++) {
    if ((bytes[i] ?? 0) >= 0x80) continue;
    const arc = i - arcStart < 7 ? smallArc(bytes, arcStart, i) : bigArc(bytes, arcStart, i);
    arcStart = i + 1;
    if (text !== '') {
      text += `.${arc}`;
      continue;
    }
    const top = arc < 40 ? 0 : arc < 80 ? 1 : 2;
    text = `${top}.${typeof arc === 'bigint' ? arc - 80n : arc - top * 40}`;
  }
  return text;
}

function smallArc(bytes: Uint8Array, start: number, last: number): number {
  let arc = 0;
  for (let i = start; i <= last; i++) arc = arc * 128 + ((bytes[i] ?? 0) & 0x7f);
  return arc;
}

function bigArc(bytes: Uint8Array, start: number, last: number): bigint {
  let arc = 0n;
  for (let i = start; i <= last; i++) arc = arc * 128n + BigInt((bytes[i] ?? 0) & 0x7f);
  return arc;
}
