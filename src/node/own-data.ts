/** Below this share of a chunk, data that a program keeps would hold too much memory that it cannot see. */
const WORTH_SHARING = 0.125;

/**
 * Data of a record as a Buffer that is the program's. Where the engine will not touch the bytes again they are not copied,
 * unless a small piece would keep a big chunk alive.
 */
export function ownData(data: Uint8Array, stable: boolean): Buffer {
  return stable && data.length >= data.buffer.byteLength * WORTH_SHARING
    ? Buffer.from(data.buffer, data.byteOffset, data.length)
    : Buffer.from(data);
}
