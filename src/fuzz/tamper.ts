/**
 * Small changes to bytes, messages and extension lists: pure functions that copy, made to be given to a script's
 * `change`, `bytes`, `inner` and `sealed` hooks. Lengths are changed apart from content, never along with it.
 */
import { concatBytes } from '../bytes/bytes.ts';
import type { RawExtension } from '../message/extension/codec.ts';
import type { ExtensionType } from '../wire/registry.ts';

export type Tamper = (bytes: Uint8Array) => Uint8Array;

/** Inverts one bit; `bit` counts from the most significant one of the first byte, negative from the end. */
export function flipBit(bit: number): Tamper {
  return (bytes) => {
    const out = Uint8Array.from(bytes);
    const at = bit < 0 ? out.length * 8 + bit : bit;
    out[at >> 3] = (out[at >> 3] ?? 0) ^ (0x80 >> (at & 7));
    return out;
  };
}

/** Sets one byte; a negative offset counts from the end. */
export function setByte(offset: number, value: number): Tamper {
  return (bytes) => {
    const out = Uint8Array.from(bytes);
    out[offset < 0 ? out.length + offset : offset] = value;
    return out;
  };
}

/** Leaves out the last `count` bytes. */
export function chop(count: number): Tamper {
  return (bytes) => bytes.slice(0, Math.max(0, bytes.length - count));
}

export function append(...tail: readonly number[]): Tamper {
  return (bytes) => concatBytes(bytes, Uint8Array.from(tail));
}

/** Puts bytes in at an offset. */
export function insert(offset: number, ...middle: readonly number[]): Tamper {
  return (bytes) => concatBytes(bytes.slice(0, offset), Uint8Array.from(middle), bytes.slice(offset));
}

/** Writes `value` big-endian over `width` bytes, e.g. another length over a length field. */
export function setInteger(offset: number, width: number, value: number): Tamper {
  return (bytes) => {
    const out = Uint8Array.from(bytes);
    for (let i = 0; i < width; i += 1) {
      out[offset + i] = Math.floor(value / 2 ** (8 * (width - 1 - i))) & 0xff;
    }
    return out;
  };
}

/** Adds to a big-endian integer, modulo its width. */
export function addInteger(offset: number, width: number, delta: number): Tamper {
  return (bytes) => {
    let value = 0;
    for (let i = 0; i < width; i += 1) value = value * 256 + (bytes[offset + i] ?? 0);
    const modulus = 2 ** (8 * width);
    return setInteger(offset, width, (value + delta + modulus) % modulus)(bytes);
  };
}

/** Another length in a handshake message's header, whatever its body. */
export function claimLength(length: number): Tamper {
  return setInteger(1, 3, length);
}

/** Cuts or grows a handshake message's body and keeps its header right. */
export function resizeBody(change: Tamper): Tamper {
  return (raw) => {
    const body = change(raw.slice(4));
    return claimLength(body.length)(concatBytes(raw.slice(0, 4), body));
  };
}

/** Several changes, first to last. */
export function inOrder(...changes: readonly Tamper[]): Tamper {
  return (bytes) => changes.reduce((done, change) => change(done), bytes);
}

type Extensions = readonly RawExtension[];

/** The first extension of a type, if any. */
export function findExtension(extensions: Extensions, type: ExtensionType): RawExtension | undefined {
  return extensions.find((extension) => extension.type === type);
}

export function withoutExtension(extensions: Extensions, ...types: readonly ExtensionType[]): RawExtension[] {
  return extensions.filter((extension) => !types.includes(extension.type));
}

/** Appends; a type that is there already stands twice then. */
export function withExtension(extensions: Extensions, ...added: readonly RawExtension[]): RawExtension[] {
  return [...extensions, ...added];
}

/** Puts other data in the place where the type stands, or at the end. */
export function replaceExtension(
  extensions: Extensions,
  type: ExtensionType,
  data: Uint8Array,
): RawExtension[] {
  if (findExtension(extensions, type) === undefined) return [...extensions, { type, data }];
  return extensions.map((extension) => (extension.type === type ? { type, data } : extension));
}

/** Repeats the first extension of a type at the end of the list. */
export function duplicateExtension(extensions: Extensions, type: ExtensionType): RawExtension[] {
  const found = findExtension(extensions, type);
  if (found === undefined) throw new RangeError(`no extension ${type} to duplicate`);
  return [...extensions, found];
}
