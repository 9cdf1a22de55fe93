/**
 * Options as a program gives them, read once and as own properties: a value that sits on Object.prototype, by accident
 * or by an attack on another part of the program, is never taken for one.
 */
import { invalidType, invalidValue, outOfRange } from './node-error.ts';

/** Own enumerable properties at the moment of the call, on an object without prototype. */
export type OwnOptions = Readonly<Record<string, unknown>>;

export function ownOptions(options: unknown, name = 'options'): OwnOptions {
  const out: Record<string, unknown> = Object.create(null);
  if (options === undefined || options === null) return out;
  if (typeof options !== 'object') throw invalidType(name, 'of type object', options);
  for (const key of Object.keys(options)) {
    // Through the descriptor, so that a key named __proto__ is a key like others.
    Object.defineProperty(out, key, {
      value: (options as Readonly<Record<string, unknown>>)[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return out;
}

const absent = (value: unknown): value is undefined | null => value === undefined || value === null;

export function stringOption(options: OwnOptions, key: string): string | undefined {
  const value = options[key];
  if (absent(value)) return undefined;
  if (typeof value !== 'string') throw invalidType(`options.${key}`, 'of type string', value);
  return value;
}

export function functionOption(
  options: OwnOptions,
  key: string,
): ((...args: readonly unknown[]) => unknown) | undefined {
  const value = options[key];
  if (absent(value)) return undefined;
  if (typeof value !== 'function') throw invalidType(`options.${key}`, 'of type function', value);
  return value as (...args: readonly unknown[]) => unknown;
}

/** Milliseconds, 0 to what a timer can hold. */
export function millisecondsOption(options: OwnOptions, key: string): number | undefined {
  const value = options[key];
  if (absent(value)) return undefined;
  if (typeof value !== 'number') throw invalidType(`options.${key}`, 'of type number', value);
  if (value === Number.POSITIVE_INFINITY) return 0;
  if (!(value >= 0 && value < 2 ** 31)) throw outOfRange(`options.${key}`, '>= 0 && < 2147483648', value);
  return Math.ceil(value);
}

export function numberOption(options: OwnOptions, key: string): number | undefined {
  const value = options[key];
  if (absent(value)) return undefined;
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw invalidType(`options.${key}`, 'of type number', value);
  }
  return value;
}

export function booleanOption(options: OwnOptions, key: string): boolean | undefined {
  const value = options[key];
  if (absent(value)) return undefined;
  if (typeof value !== 'boolean') throw invalidType(`options.${key}`, 'of type boolean', value);
  return value;
}

/** Bytes of a view or buffer, not copied; undefined when the value is neither. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

/** PEM text, or PEM or DER bytes. An empty one is a mistake that must not pass for "none given". */
export function fileContent(value: unknown, name: string): string | Uint8Array {
  const content = typeof value === 'string' ? value : bytesOf(value);
  if (content === undefined) {
    throw invalidType(name, 'of type string or an instance of Buffer, TypedArray, or DataView', value);
  }
  if (content.length === 0) {
    throw invalidValue(name, 'is empty. Give PEM text or the bytes of the file, or leave the option out');
  }
  return content;
}
