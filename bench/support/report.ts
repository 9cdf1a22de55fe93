/** What a bench prints for main.ts: one row of the table as a line of JSON. */

export interface Row {
  readonly table: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  /** A part of `ours`. */
  readonly spread: number;
  readonly peer?: string;
  readonly theirs?: number;
  readonly theirSpread?: number;
  /** A bound that the project has set itself, and whether it is kept. */
  readonly floor?: string;
  readonly kept?: boolean;
}

export function emit(row: Row): void {
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

/** Benches say what is wrong before they time anything. */
export function verify(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not timed, because it is wrong: ${what}`);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
