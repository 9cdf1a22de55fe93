/** Options that are numbers of bytes, milliseconds or things. */
import { codePoint } from '../wire/code-point.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_INNER_PLAINTEXT, MIN_RECORD_SIZE_LIMIT } from '../wire/limits.ts';
import type { MaxFragmentLength } from '../wire/registry.ts';

function invalid(message: string): never {
  throw new TLSError('invalid_option', message);
}

/** Throws TLSError `invalid_option` for what is not a whole number within the bounds. */
export function wholeNumber(
  value: number | undefined,
  fallback: number,
  min: number,
  max: number,
  name: string,
): number {
  if (value === undefined) return fallback;
  if (!Number.isInteger(value) || value < min || value > max) {
    invalid(`${name} must be a whole number from ${min} to ${max}, not ${String(value)}`);
  }
  return value;
}

/** The value of record_size_limit (RFC 8449 4). Throws TLSError `invalid_option`. */
export function sizeLimit(value: number | undefined): number | undefined {
  if (value === undefined) return undefined;
  return wholeNumber(value, 0, MIN_RECORD_SIZE_LIMIT, MAX_INNER_PLAINTEXT, 'recordSizeLimit');
}

/** The code of max_fragment_length for 2^9 to 2^12 bytes (RFC 6066 4). Throws TLSError `invalid_option`. */
export function fragmentCode(length: number | undefined): MaxFragmentLength | undefined {
  if (length === undefined) return undefined;
  const code = [512, 1024, 2048, 4096].indexOf(length) + 1;
  if (code === 0) invalid('requestFragmentLength must be 512, 1024, 2048 or 4096');
  return codePoint<'MaxFragmentLength'>(code);
}
