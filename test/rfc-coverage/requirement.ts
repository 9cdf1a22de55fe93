/**
 * What an RFC demands, in our words, with the code that does it and the tests that break it. The number of a demand
 * counts the sentences with MUST, SHALL or REQUIRED within their section.
 */

/**
 * Section, numbers within it ("2" or "3-5 7"), the demand, then where it is met: one place in src/, then places in test/, each as
 * "path#words that stand there". In the place of the code, NOT_OURS or OPEN with a reason behind it.
 */
export type Row = readonly [
  section: string,
  numbers: string,
  demand: string,
  code: string,
  ...tests: [string, ...string[]],
];

/** The demand is on something that is deliberately absent here, or on others. */
export const NOT_OURS = 'not ours';
/** Nothing that is ours meets it yet, or nothing shows that it does. */
export const OPEN = 'open';

export interface Part {
  readonly rfc: 8446 | 5246;
  /** How many sentences with MUST, SHALL or REQUIRED each section has, as counted in the RFC's text. */
  readonly sentences: Readonly<Record<string, number>>;
  readonly rows: readonly Row[];
}

/** "1 3-5" as 1, 3, 4, 5. */
export function numbersOf(text: string): readonly number[] {
  return text.split(' ').flatMap((range) => {
    const [first, last] = range.split('-').map(Number);
    if (first === undefined || !Number.isInteger(first)) throw new Error(`no numbers: ${text}`);
    const end = last ?? first;
    return Array.from({ length: end - first + 1 }, (_, index) => first + index);
  });
}
