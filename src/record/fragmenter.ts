/**
 * Content of any length -> records of at most `half.maxFragment` bytes each (RFC 8446 5.1), in one buffer whose exact
 * size is known beforehand: one allocation per write, however many records it takes.
 */
import type { ContentType } from '../wire/registry.ts';
import type { WriteHalf } from './half.ts';

/** How many records `length` bytes of content take. */
export function recordCount(half: WriteHalf, length: number): number {
  return Math.ceil(length / half.maxFragment);
}

/** Bytes that `length` bytes of content become under the present key and padding policy, headers and tags included. */
export function sealedLength(half: WriteHalf, type: ContentType, length: number): number {
  const step = half.maxFragment;
  const full = Math.floor(length / step);
  const rest = length - full * step;
  let total = full === 0 ? 0 : full * (half.paddedLength(type, step) + half.overhead);
  if (rest > 0) total += half.paddedLength(type, rest) + half.overhead;
  return total;
}

/**
 * Seals `content[from..to]` into `out` from `out[at]` on and returns the offset after the last record; no content makes
 * no record. `out` must be another array, with {@link sealedLength} bytes of room. Throws as {@link WriteHalf.seal} does.
 */
export function sealFragments(
  half: WriteHalf,
  type: ContentType,
  content: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  const step = half.maxFragment;
  let end = at;
  for (let start = from; start < to; start += step) {
    end = half.seal(type, content, start, Math.min(start + step, to), out, end);
  }
  return end;
}

/** The records of `content` in an array of their own. */
export function sealAll(half: WriteHalf, type: ContentType, content: Uint8Array): Uint8Array {
  const out = new Uint8Array(sealedLength(half, type, content.length));
  sealFragments(half, type, content, 0, content.length, out, 0);
  return out;
}
