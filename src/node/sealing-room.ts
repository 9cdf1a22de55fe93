/**
 * Memory in which records are sealed, used again once the transport has taken them: to allocate 64 KiB for each write
 * would cost a sender more garbage collection than system calls. What comes back holds nothing but ciphertext.
 */

/** A piece of 64 KiB in four records, with headers, type bytes and tags, in either version. */
const ROOM = 65536 + 4 * 64;
/** Shorter ones are cheap, and would waste a room. */
const WORTH_A_ROOM = 8192;
/** For as many sockets to write at the same time; more allocate. */
const KEPT = 8;

const rooms: ArrayBuffer[] = [];

/** `length` bytes whose content is to be overwritten. */
export function takeRoom(length: number): Uint8Array {
  if (length < WORTH_A_ROOM || length > ROOM) return new Uint8Array(length);
  return new Uint8Array(rooms.pop() ?? new ArrayBuffer(ROOM), 0, length);
}

/** Nobody may read or write it any more. */
export function returnRoom({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === ROOM && rooms.length < KEPT) rooms.push(buffer);
}
