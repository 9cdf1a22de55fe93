/** Data of records -> Buffers that are the program's. */

/** Below this share of its memory, data that a program keeps would hold too much that it cannot see. */
const WORTH_SHARING = 0.125;
/** Shorter rooms are parts of Buffer's pool, whose size is Node's affair; what is longer stands alone. */
const SMALL = 4096;

/** Memory to open records in. */
export function dataRoom(length: number): Uint8Array {
  const { buffer, byteOffset } = length < SMALL ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}

/** The memory it was opened in, unless a small piece would keep much more alive. */
export function ownData(data: Uint8Array): Buffer {
  const { buffer, byteOffset, length } = data;
  const shared = buffer.byteLength === Buffer.poolSize || length >= buffer.byteLength * WORTH_SHARING;
  return shared ? Buffer.from(buffer, byteOffset, length) : Buffer.from(data);
}
