import { TLSError } from '../wire/error.ts';

interface Coded {
  readonly code: number;
  readonly name: string;
}

/**
 * The provider's values for the codes asked for, in the caller's order; all of them when none are asked for.
 * Throws TLSError `invalid_option` for a code that the provider lacks, one named twice, and an empty choice.
 */
export function pickValues<T extends Coded>(
  available: readonly T[],
  codes: readonly T['code'][] | undefined,
  what: string,
  mayBeEmpty = false,
): readonly T[] {
  if (codes === undefined) return Object.freeze([...available]);
  if (new Set(codes).size !== codes.length) {
    throw new TLSError('invalid_option', `a ${what} is named twice`);
  }
  const picked = codes.map((code) => {
    const value = available.find((candidate) => candidate.code === code);
    if (value === undefined) {
      const known = available.map((candidate) => candidate.name).join(', ');
      throw new TLSError(
        'invalid_option',
        `${what} 0x${code.toString(16)} is not available; there are: ${known}`,
      );
    }
    return value;
  });
  if (picked.length === 0 && !mayBeEmpty) throw new TLSError('invalid_option', `no ${what} is left to use`);
  return Object.freeze(picked);
}
