/**
 * The cursor that every decoder reads from. A length prefix opens a sub-cursor that cannot see past its end, each
 * vector states its bounds (RFC 8446 3.4), and each failure is a TLSError that names the field's path.
 */
import { type CodePoint, codePoint } from './code-point.ts';
import { TLSError } from './error.ts';
import type { Reason } from './reason.ts';
import { nameOf } from './registry.ts';

/**
 * Told of every byte as it is read: leaf fields tile the input, groups nest around them. Offsets count from the
 * start of the root buffer. After a failure, groups that were entered are not left.
 */
export interface FieldObserver {
  enter(name: string, start: number): void;
  leave(end: number): void;
  /** `label` is the value's name in its registry, for code points. */
  field(name: string, start: number, end: number, value: number | bigint | Uint8Array, label?: string): void;
}

interface Parent {
  readonly reader: Reader;
  readonly start: number;
  readonly end: number;
}

export class Reader {
  readonly #root: Uint8Array;
  readonly #end: number;
  readonly #name: string;
  readonly #parent: Reader | undefined;
  readonly #observer: FieldObserver | undefined;
  #at: number;
  /** Which item of a list is being read, for the path; -1 outside lists. */
  #index = -1;

  /** `path` is the name that failures begin with, e.g. `ClientHello`. `parent` is for sub-cursors only. */
  constructor(bytes: Uint8Array, path: string, observer?: FieldObserver, parent?: Parent) {
    this.#root = bytes;
    this.#name = path;
    this.#observer = observer;
    this.#parent = parent?.reader;
    this.#at = parent?.start ?? 0;
    this.#end = parent?.end ?? bytes.length;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Counted from the start of the root buffer. */
  get offset(): number {
    return this.#at;
  }

  /** E.g. `ClientHello.extensions[3].key_share`. Put together only when asked for. */
  get path(): string {
    const index = this.#index < 0 ? '' : `[${this.#index}]`;
    return `${this.#parent === undefined ? '' : `${this.#parent.path}.`}${this.#name}${index}`;
  }

  get observer(): FieldObserver | undefined {
    return this.#observer;
  }

  #claim(length: number, name: string): number {
    if (length > this.remaining) {
      this.fail('truncated', name, `needs ${length} bytes, ${this.remaining} are left`);
    }
    const start = this.#at;
    this.#at += length;
    return start;
  }

  #unsigned(width: number, name: string): number {
    const start = this.#claim(width, name);
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + (this.#root[start + i] ?? 0);
    return value;
  }

  #integer(width: number, name: string): number {
    const value = this.#unsigned(width, name);
    this.#observer?.field(name, this.#at - width, this.#at, value);
    return value;
  }

  u8(name: string): number {
    return this.#integer(1, name);
  }

  u16(name: string): number {
    return this.#integer(2, name);
  }

  u24(name: string): number {
    return this.#integer(3, name);
  }

  u32(name: string): number {
    return this.#integer(4, name);
  }

  u64(name: string): bigint {
    const value = (BigInt(this.#unsigned(4, name)) << 32n) | BigInt(this.#unsigned(4, name));
    this.#observer?.field(name, this.#at - 8, this.#at, value);
    return value;
  }

  /** A value of a registry; any number is accepted, since the sets are open. */
  code<R extends string>(
    registry: Readonly<Record<string, CodePoint<R>>>,
    width: 1 | 2,
    name: string,
  ): CodePoint<R> {
    const value = this.#unsigned(width, name);
    this.#observer?.field(name, this.#at - width, this.#at, value, nameOf(registry, value));
    return codePoint<R>(value);
  }

  /** A view of the next `length` bytes. */
  bytes(length: number, name: string): Uint8Array {
    const start = this.#claim(length, name);
    const view = this.#root.subarray(start, this.#at);
    if (length > 0) this.#observer?.field(name, start, this.#at, view);
    return view;
  }

  /** A view of all that is left. */
  rest(name: string): Uint8Array {
    return this.bytes(this.remaining, name);
  }

  /** A view of all that is left, without moving. */
  peek(): Uint8Array {
    return this.#root.subarray(this.#at, this.#end);
  }

  #length(width: 1 | 2 | 3, min: number, max: number, name: string): number {
    // The field's name is put together only for those who will see it.
    if (width > this.remaining) this.#claim(width, `${name}_length`);
    const length = this.#unsigned(width, name);
    this.#observer?.field(`${name}_length`, this.#at - width, this.#at, length);
    if (length < min || length > max) {
      this.fail('length_out_of_range', name, `is ${length} bytes long, must be ${min}..${max}`);
    }
    if (length > this.remaining) {
      this.fail('truncated', name, `claims ${length} bytes, ${this.remaining} are left`);
    }
    return length;
  }

  /** `opaque name<min..max>`; reported as two fields, `name_length` and `name`. */
  vector(lengthBytes: 1 | 2 | 3, min: number, max: number, name: string): Uint8Array {
    return this.bytes(this.#length(lengthBytes, min, max, name), name);
  }

  /** A cursor over a vector's content. The caller must `end()` it, which also closes its group for the observer. */
  sub(lengthBytes: 1 | 2 | 3, min: number, max: number, name: string): Reader {
    this.#observer?.enter(name, this.#at);
    const length = this.#length(lengthBytes, min, max, name);
    const start = this.#claim(length, name);
    return new Reader(this.#root, name, this.#observer, { reader: this, start, end: this.#at });
  }

  /** A vector of structures; bounds are in bytes. Each item is a group `name[i]`. */
  list<T>(
    lengthBytes: 1 | 2 | 3,
    minBytes: number,
    maxBytes: number,
    name: string,
    item: (r: Reader) => T,
  ): T[] {
    const inner = this.sub(lengthBytes, minBytes, maxBytes, name);
    const out: T[] = [];
    while (inner.remaining > 0) {
      inner.#index = out.length;
      const before = inner.remaining;
      this.#observer?.enter(`${name}[${out.length}]`, inner.#at);
      out.push(item(inner));
      this.#observer?.leave(inner.#at);
      // An item of no bytes would never end; no structure of the protocol has one.
      if (inner.remaining === before) inner.fail('malformed_message', '', 'has an item of no bytes');
    }
    inner.#index = -1;
    inner.end();
    return out;
  }

  /** A vector of code points; bounds are in bytes, and the length must be a whole number of them. */
  codes<R extends string>(
    lengthBytes: 1 | 2 | 3,
    minBytes: number,
    maxBytes: number,
    name: string,
    registry: Readonly<Record<string, CodePoint<R>>>,
    width: 1 | 2,
  ): CodePoint<R>[] {
    const inner = this.sub(lengthBytes, minBytes, maxBytes, name);
    if (inner.remaining % width !== 0) {
      inner.fail(
        'length_out_of_range',
        '',
        `is ${inner.remaining} bytes long, must be a multiple of ${width}`,
      );
    }
    const out: CodePoint<R>[] = [];
    // Nothing can fail here: what is left is a whole number of codes. So only an observer hears names.
    const isObserved = this.#observer !== undefined;
    while (inner.remaining > 0) {
      out.push(inner.code(registry, width, isObserved ? `${name}[${out.length}]` : name));
    }
    inner.end();
    return out;
  }

  /** Everything must have been read. */
  end(): void {
    if (this.remaining > 0) this.fail('trailing_bytes', '', `has ${this.remaining} bytes left over`);
    if (this.#parent !== undefined) this.#observer?.leave(this.#end);
  }

  /** `name` may be empty to blame the structure itself. `rfc` names the section that was broken. */
  fail(reason: Reason, name: string, message: string, rfc?: string): never {
    const where = name === '' ? this.path : `${this.path}.${name}`;
    throw new TLSError(reason, `${where} ${message}`, rfc === undefined ? {} : { rfc });
  }
}
