/** Fuzzed bytes as a kernel target asks for them, and what its targets have in common. */
import { equalBytes } from '../../src/bytes/bytes.ts';

/** Longer than any kernel takes at once, so that its chunks are reached with short inputs. */
const STRETCH = 17_000;

export class Input {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = new Uint8Array(data);
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  /** A copy of the next `length` bytes; past the end there are zeros. */
  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    out.set(this.#data.subarray(this.#at, this.#at + length));
    this.#at += length;
    return out;
  }

  /** As long as the next byte says; one value in sixteen leads to a length beyond a chunk, filled by repetition. */
  text(): Uint8Array {
    const length = this.byte();
    if (length < 240) return this.bytes(length);
    const period = this.bytes(1 + (length & 15));
    return Uint8Array.from({ length: STRETCH + this.byte() }, (_, i) => period[i % period.length] ?? 0);
  }

  get more(): boolean {
    return this.#at < this.#data.length;
  }
}

/** Throws unless both computed the same, or both nothing. */
export function agree(ours: Uint8Array | undefined, theirs: Uint8Array | undefined, what: string): void {
  const same = ours === undefined || theirs === undefined ? ours === theirs : equalBytes(ours, theirs);
  if (!same) throw new Error(`${what}: the kernel and the reference disagree`);
}

/** A kernel that does not run is no test. */
export function running<T>(kernel: T | undefined): T {
  if (kernel === undefined) throw new Error('the kernel does not run here');
  return kernel;
}
