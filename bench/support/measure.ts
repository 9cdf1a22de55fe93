/** Timing: rounds of a calibrated number of calls, contenders taken in turn, the median with its spread. */

export interface Figure {
  /** Median over the rounds, calls a second. */
  readonly perSecond: number;
  /** Half of the distance between the slowest and the fastest round, as a part of the median. */
  readonly spread: number;
  /** The fastest round: what disturbs a machine only ever slows it down. */
  readonly best: number;
}

export interface Effort {
  readonly rounds: number;
  /** How long one round of one contender takes. */
  readonly milliseconds: number;
}

export const FULL: Effort = { rounds: 9, milliseconds: 120 };
/** Shows that a bench works; its figures mean little. */
export const QUICK: Effort = { rounds: 2, milliseconds: 5 };

export const effort: Effort = process.argv.includes('--quick') ? QUICK : FULL;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function figureOf(perSecond: readonly number[]): Figure {
  const middle = median(perSecond);
  const best = Math.max(...perSecond);
  return { perSecond: middle, spread: (best - Math.min(...perSecond)) / 2 / middle, best };
}

/** CPU time of the process so far, all threads, in milliseconds: what others do on the machine stays out of it. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed(call: () => void, count: number): number {
  const start = performance.now();
  for (let i = 0; i < count; i += 1) call();
  return performance.now() - start;
}

/** How many calls fill a round; warms up as it doubles. */
function calibrate(call: () => void, milliseconds: number): number {
  let count = 1;
  for (;;) {
    const took = timed(call, count);
    if (took >= milliseconds / 2) return Math.max(1, Math.round((count * milliseconds) / took));
    count *= 2;
  }
}

/** Each contender in turn, round by round, so that the machine's moods reach all alike. */
export function compare(
  contenders: readonly (() => void)[],
  { rounds, milliseconds }: Effort = effort,
): Figure[] {
  const counts = contenders.map((call) => calibrate(call, milliseconds));
  const rates: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, call] of contenders.entries()) {
      const count = counts[i] ?? 1;
      rates[i]?.push((count * 1000) / timed(call, count));
    }
  }
  return rates.map(figureOf);
}

/** The same for work that ends later. */
export async function compareAsync(
  contenders: readonly (() => Promise<void>)[],
  { rounds, milliseconds }: Effort = effort,
): Promise<Figure[]> {
  const run = async (call: () => Promise<void>, count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i += 1) await call();
    return performance.now() - start;
  };
  const counts: number[] = [];
  for (const call of contenders) {
    let count = 1;
    let took = await run(call, count);
    while (took < milliseconds / 2) {
      count *= 2;
      took = await run(call, count);
    }
    counts.push(Math.max(1, Math.round((count * milliseconds) / took)));
  }
  const rates: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, call] of contenders.entries()) {
      const count = counts[i] ?? 1;
      rates[i]?.push((count * 1000) / (await run(call, count)));
    }
  }
  return rates.map(figureOf);
}
