/** The `onread` option of net.Socket: data goes into buffers of the program's own and into no stream. */
import { invalidType } from './node-error.ts';

export interface ReadTarget {
  next(): Uint8Array;
  /** False: stop reading until resume(). */
  filled(bytes: number, buffer: Uint8Array): boolean;
}

/** Undefined unless the option has both parts, as in Node. */
export function readTarget(value: unknown): ReadTarget | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { buffer, callback } = value as { readonly buffer?: unknown; readonly callback?: unknown };
  if (typeof callback !== 'function') return undefined;
  const filled = (bytes: number, into: Uint8Array): boolean => callback(bytes, into) !== false;
  if (buffer instanceof Uint8Array && buffer.length > 0) return { next: () => buffer, filled };
  if (typeof buffer !== 'function') return undefined;
  return {
    next: () => {
      const made: unknown = buffer();
      if (made instanceof Uint8Array && made.length > 0) return made;
      throw invalidType('onread.buffer()', 'an instance of Uint8Array that is not empty', made);
    },
    filled,
  };
}

/** Hands all of `data` on, however many buffers it takes; false when one of the calls said so. */
export function fillTarget(target: ReadTarget, data: Uint8Array): boolean {
  let more = true;
  for (let at = 0; at < data.length; ) {
    const buffer = target.next();
    const part = data.subarray(at, at + buffer.length);
    buffer.set(part);
    at += part.length;
    if (!target.filled(part.length, buffer)) more = false;
  }
  return more;
}
