/** Data of records -> Buffers that are the program's. */

/** Below this share of its memory, data that a program keeps would hold too much that it cannot see. */
const WORTH_SHARING = 0.125;

/** Memory to open records in: Buffer's own pool for little of it. */
export function dataRoom(length: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafe(length);
  return new Uint8Array(buffer, byteOffset, length);
}

/** The memory it was opened in, unless a small piece would keep much more alive. */
export function ownData(data: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = data;
  return length >= buffer.byteLength * WORTH_SHARING
    ? Buffer.from(buffer, byteOffset, length)
    : Buffer.from(data);
}
