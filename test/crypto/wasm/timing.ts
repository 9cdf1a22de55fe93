/**
 * Times the kernels with one fixed secret and with random ones, and compares both with Welch's t, as dudect does (Reparaz,
 * Balasch, Verbauwhede: "Dude, is my code constant time?", 2017): a large t is evidence of time that depends on a secret.
 *
 *   node dist/test/crypto/wasm/timing.js [--seconds N] [--only PART-OF-A-NAME] [--strict]
 *
 * N seconds are spent on each operation, by default 2. It informs and exits with 0; --strict exits with 1 where |t|
 * passes 10 twice in a row. What it cannot tell: anything about another processor, engine or load, or about differences
 * below the noise of so many runs; and a machine that others use gives a false alarm now and then.
 * `constant-time.ts` is the proof of what the modules do; this looks for what the engine and the processor add.
 */
import { parseArgs } from 'node:util';
import { bytes, repeatable } from '../support/vectors.ts';
import { type Operation, operations } from './timed-operations.ts';

/** As dudect's: below 4.5 there is no evidence, above 10 it is beyond doubt. */
const ALARM = 10;
/** One measurement should take so long that the clock's own steps do not matter. */
const MEASURED_MICROSECONDS = 40;
const POOL = 64;
/** The fastest part of the measurements, in which least of the machine's other work is. */
const KEPT = [0.25, 0.5, 0.9] as const;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    strict: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});
const seconds = Number(values.seconds);

const random = repeatable(71);

/** Mean and variance as they grow (Welford). */
class Moments {
  count = 0;
  mean = 0;
  #sum = 0;

  add(value: number): void {
    this.count += 1;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.#sum += delta * (value - this.mean);
  }

  get variance(): number {
    return this.#sum / (this.count - 1);
  }
}

function welch(a: readonly number[], b: readonly number[]): number {
  const [one, other] = [a, b].map((values) => {
    const moments = new Moments();
    for (const value of values) moments.add(value);
    return moments;
  });
  if (one === undefined || other === undefined) return Number.NaN;
  const deviation = Math.sqrt(one.variance / one.count + other.variance / other.count);
  return (one.mean - other.mean) / deviation;
}

/** What `part` of the values are not above. */
function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.POSITIVE_INFINITY;
}

/** The t furthest from 0 among what is left after slow measurements of both classes are dropped from one time on. */
function evidence(fixed: readonly number[], varied: readonly number[]): number {
  let worst = 0;
  for (const part of KEPT) {
    // Where one class is slower, the limit is its own: some of it must be left.
    const limit = Math.max(quantile(fixed, part), quantile(varied, part));
    const t = welch(
      fixed.filter((time) => time <= limit),
      varied.filter((time) => time <= limit),
    );
    if (Math.abs(t) > Math.abs(worst)) worst = t;
  }
  return worst;
}

/** Both classes in an order that nobody can follow; every input is copied to the same place before its time is taken. */
function measure({ draw, run }: Operation): number {
  const [fixedPool, variedPool] = [true, false].map((fixed) =>
    Array.from({ length: POOL }, () => draw(fixed)),
  );
  if (fixedPool === undefined || variedPool === undefined) return Number.NaN;
  const place = new Uint8Array(fixedPool[0]?.length ?? 0);
  const timed = (input: Uint8Array, times: number): number => {
    place.set(input);
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) run(place);
    return Number(process.hrtime.bigint() - start);
  };
  const median = (times: number): number =>
    quantile(
      [...fixedPool, ...variedPool].map((input) => timed(input, times)),
      0.5,
    );
  let times = 1;
  while (median(times) < 500 * MEASURED_MICROSECONDS) times *= 2;
  const [fixed, varied]: [number[], number[]] = [[], []];
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end) {
    // One draw for many measurements: it must not be part of what is timed.
    for (const byte of bytes(64, random)) {
      const isFixed = (byte & 1) === 0;
      const input = (isFixed ? fixedPool : variedPool)[byte >> 2];
      if (input !== undefined) (isFixed ? fixed : varied).push(timed(input, times));
    }
  }
  return evidence(fixed, varied);
}

/** It must be able to find something: a comparison that ends at the first difference. */
const zeros = new Uint8Array(2000);
const control: Operation = {
  name: 'a leaky comparison',
  draw: (fixed) => {
    const other = zeros.slice();
    other[fixed ? 1999 : ((bytes(1, random)[0] ?? 0) & 15) * 124] = 1;
    return other;
  },
  run: (input) => {
    let at = 0;
    while (at < zeros.length && zeros[at] === input[at]) at += 1;
    if (at === zeros.length) throw new Error('they differ');
  },
};

const line = (verdict: string, name: string, ts: readonly number[]): void =>
  console.log(`${verdict} ${name}: t = ${ts.map((t) => t.toFixed(1)).join(', then ')}`);

const seen = Math.abs(measure(control)) > ALARM;
console.log(`${seen ? 'ok    ' : 'FAILED'} ${control.name} is noticed`);
const alarms: string[] = [];
for (const operation of operations.filter(({ name }) => name.includes(values.only))) {
  const ts = [measure(operation)];
  // A disturbance passes; what depends on the secret comes again, and with the same sign.
  if (ts.every((t) => Math.abs(t) > ALARM)) ts.push(measure(operation));
  const alarm = ts.every((t) => Math.abs(t) > ALARM && Math.sign(t) === Math.sign(ts[0] ?? 0));
  if (alarm) alarms.push(operation.name);
  line(alarm ? 'ALARM ' : 'ok    ', operation.name, ts);
}
console.log(
  alarms.length === 0 ? 'no evidence of time that depends on a secret' : `look at: ${alarms.join('; ')}`,
);
process.exit(!seen || (values.strict && alarms.length > 0) ? 1 : 0);
