/**
 * One buffer into which every socket of the process reads. Node allocates 64 KiB for each read, and what that costs the
 * garbage collector is a good part of what a receiver does. Its `onread` option avoids this, but only for a socket that
 * is made with it: one that a server accepted, or that comes from elsewhere, is given here what the option would have
 * given it. Where Node's inside is not as we know it, nothing is done, and sockets read as they always do.
 */
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** More than a read brings on most days; it is one for the whole process. */
const LENGTH = 131072;
const NAMES = ['kBuffer', 'kBufferCb', 'kBufferGen'] as const;

type Filled = (bytes: number, buffer: Uint8Array) => boolean;

interface Slots {
  readonly buffer: symbol;
  readonly filled: symbol;
}

let shared: Uint8Array | undefined;
let known: Slots | null | undefined;

/** Where a socket keeps what `onread` gave it, as one shows that was made with the option; null if it does not. */
function findSlots(): Slots | null {
  const globals = globalThis as { readonly Deno?: unknown; readonly Bun?: unknown };
  // They have the symbols, and handles that do not do what Node's do.
  if (globals.Deno !== undefined || globals.Bun !== undefined) return null;
  const buffer = new Uint8Array(1);
  const callback = (): boolean => true;
  const options: SocketConstructorOpts & ConnectOpts = { onread: { buffer, callback } };
  const probe = new Socket(options);
  const [a, b, c] = NAMES.map((name) =>
    Object.getOwnPropertySymbols(probe).find(({ description }) => description === name),
  );
  if (a === undefined || b === undefined || c === undefined) return null;
  const [atA, atB, atC]: unknown[] = [a, b, c].map((symbol) => Reflect.get(probe, symbol));
  return atA === buffer && atB === callback && atC === null ? { buffer: a, filled: b } : null;
}

/**
 * Makes a socket of Node's own hand what it reads to `filled`, in a buffer that is its only until it returns; false stops
 * reading. Returns whether it does.
 */
export function readIntoShared(socket: Socket, filled: Filled): boolean {
  if (known === undefined) known = findSlots();
  const slots = known;
  const handle: unknown = Reflect.get(socket, '_handle');
  if (slots === null || typeof handle !== 'object' || handle === null) return false;
  // Pipes and TCP sockets read from the system; another handle may stand for another stream.
  if (handle.constructor.name !== 'TCP' && handle.constructor.name !== 'Pipe') return false;
  const { useUserBuffer } = handle as { readonly useUserBuffer?: unknown };
  if (typeof useUserBuffer !== 'function') return false;
  // Made with the option by somebody else: it stays theirs.
  if (Reflect.get(socket, slots.buffer) !== null) return false;
  shared ??= new Uint8Array(LENGTH);
  Reflect.set(socket, slots.buffer, shared);
  Reflect.set(socket, slots.filled, filled);
  useUserBuffer.call(handle, shared);
  return true;
}
