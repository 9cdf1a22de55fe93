import { TLSError } from './error.ts';

/** Builds a message; a vector's length is filled in when its closure returns. */
export class Writer {
  #buffer = new Uint8Array(64);
  #length = 0;

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }

  #put(at: number, width: number, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * width)) {
      throw new TLSError('encode_overflow', `${value} does not fit in ${width} bytes`);
    }
    let left = value;
    for (let i = width - 1; i >= 0; i--) {
      this.#buffer[at + i] = left % 256;
      left = Math.floor(left / 256);
    }
  }

  #integer(width: number, value: number): this {
    this.#reserve(width);
    this.#put(this.#length, width, value);
    this.#length += width;
    return this;
  }

  u8(value: number): this {
    return this.#integer(1, value);
  }

  u16(value: number): this {
    return this.#integer(2, value);
  }

  u24(value: number): this {
    return this.#integer(3, value);
  }

  u32(value: number): this {
    return this.#integer(4, value);
  }

  u64(value: bigint): this {
    if (value < 0n || value >= 1n << 64n)
      throw new TLSError('encode_overflow', `${value} does not fit in 8 bytes`);
    return this.u32(Number(value >> 32n)).u32(Number(value & 0xffffffffn));
  }

  bytes(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A length prefix of `lengthBytes` bytes, then the content. Throws TLSError `encode_overflow` when it does not fit. */
  vector(lengthBytes: 1 | 2 | 3, content: Uint8Array | ((w: Writer) => void)): this {
    const at = this.#length;
    this.#reserve(lengthBytes);
    this.#length += lengthBytes;
    if (content instanceof Uint8Array) this.bytes(content);
    else content(this);
    this.#put(at, lengthBytes, this.#length - at - lengthBytes);
    return this;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes written so far, in a buffer of their own. */
  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }
}
