/** Chunks of one write -> pieces of a size that is good to seal and to hand to the transport in one turn. */

/** Four full records: a turn of the event loop stays short, and a system call is worth its price. */
const PIECE = 65536;
/** Chunks below this are put together, so that many small writes share a record; bigger ones are not copied. */
const SMALL = 8192;

export type WriteChunk = Uint8Array | string;

export interface EncodedChunk {
  readonly chunk: WriteChunk;
  readonly encoding: BufferEncoding;
}

export function bytesOfChunk(chunk: WriteChunk, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
}

export class WriteQueue {
  #chunks: Uint8Array[] = [];
  #index = 0;
  #offset = 0;

  get isEmpty(): boolean {
    return this.#index >= this.#chunks.length;
  }

  add(chunk: WriteChunk, encoding: BufferEncoding): void {
    const bytes = bytesOfChunk(chunk, encoding);
    if (bytes.length > 0) this.#chunks.push(bytes);
  }

  clear(): void {
    this.#chunks = [];
    this.#index = 0;
    this.#offset = 0;
  }

  /** The next piece, at most 64 KiB: a view of a big chunk or a copy of several small ones. Undefined when none is left. */
  next(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#index];
    if (chunk === undefined) {
      this.clear();
      return undefined;
    }
    const left = chunk.length - this.#offset;
    if (left < SMALL && this.#index + 1 < this.#chunks.length) return this.#gather();
    const piece =
      left <= PIECE ? chunk.subarray(this.#offset) : chunk.subarray(this.#offset, this.#offset + PIECE);
    this.#advance(piece.length, chunk.length);
    return piece;
  }

  #gather(): Uint8Array {
    let total = 0;
    for (let i = this.#index; i < this.#chunks.length && total < PIECE; i += 1) {
      total += (this.#chunks[i]?.length ?? 0) - (i === this.#index ? this.#offset : 0);
    }
    const piece = Buffer.allocUnsafe(Math.min(total, PIECE));
    for (let at = 0; at < piece.length; ) {
      const chunk = this.#chunks[this.#index];
      if (chunk === undefined) break;
      const end = Math.min(chunk.length, this.#offset + piece.length - at);
      piece.set(chunk.subarray(this.#offset, end), at);
      at += end - this.#offset;
      this.#advance(end - this.#offset, chunk.length);
    }
    return piece;
  }

  #advance(by: number, chunkLength: number): void {
    this.#offset += by;
    if (this.#offset < chunkLength) return;
    this.#index += 1;
    this.#offset = 0;
  }
}
