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
import { generateRsaKey } from '../../../src/crypto/rsa/generate.ts';
import { aes128Gcm, aes256Gcm, chacha20Poly1305 } from '../../../src/crypto/wasm/aead.ts';
import { p256Kernel } from '../../../src/crypto/wasm/p256-kernel.ts';
import { p384Kernel } from '../../../src/crypto/wasm/p384-kernel.ts';
import { rsaKernel } from '../../../src/crypto/wasm/rsa-kernel.ts';
import { sha256, sha384 } from '../../../src/crypto/wasm/sha2.ts';
import { x25519Kernel } from '../../../src/crypto/wasm/x25519.ts';
import { bytes, repeatable } from '../support/vectors.ts';

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

interface Operation {
  readonly name: string;
  /** Prepares a call with a secret of the class; all else is the same for both. */
  readonly prepare: (fixed: boolean) => () => void;
}

/** The fixed one is as far from random as can be: one bit, so that it is a valid scalar as well. */
function secret(fixed: boolean, length: number): Uint8Array {
  if (!fixed) return bytes(length, random).fill(0x7f, 0, 1);
  const out = new Uint8Array(length);
  out[length - 1] = 1;
  return out;
}

/** Both classes in an order that nobody can follow, each with a pool of inputs of its own. */
function measure({ prepare }: Operation): number {
  // Made in turn, so that neither class lies better in memory.
  const pairs = Array.from({ length: POOL }, () => [prepare(true), prepare(false)] as const);
  const run = (call: () => void, times: number): number => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) call();
    return Number(process.hrtime.bigint() - start);
  };
  const [fixedPool, variedPool] = [pairs.map(([call]) => call), pairs.map(([, call]) => call)];
  const median = (times: number): number =>
    quantile(
      [...fixedPool, ...variedPool].map((call) => run(call, times)),
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
      const call = (isFixed ? fixedPool : variedPool)[byte >> 2];
      if (call !== undefined) (isFixed ? fixed : varied).push(run(call, times));
    }
  }
  return evidence(fixed, varied);
}

const AAD = new Uint8Array(5);
const NONCE = new Uint8Array(12);
const LENGTH = 400;

const operations: Operation[] = [];
for (const aead of [chacha20Poly1305, aes128Gcm, aes256Gcm]) {
  operations.push({
    name: `${aead.name}, expand a key and seal`,
    prepare: (fixed) => {
      const [key, text] = [secret(fixed, aead.keyLength), secret(fixed, LENGTH + 16)];
      return () => aead.create(key).seal(NONCE, AAD, text.slice(), 0, LENGTH);
    },
  });
  const forger = aead.create(new Uint8Array(aead.keyLength));
  operations.push({
    name: `${aead.name}, refuse a tag that is wrong in its last byte or anywhere`,
    prepare: (fixed) => {
      const sealed = new Uint8Array(LENGTH + 16);
      forger.seal(NONCE, AAD, sealed, 0, LENGTH);
      const at = LENGTH + (fixed ? 15 : (bytes(1, random)[0] ?? 0) & 15);
      sealed[at] = (sealed[at] ?? 0) ^ 1;
      return () => {
        if (forger.open(NONCE, AAD, sealed, 0, sealed.length) !== -1) throw new Error('a forgery was opened');
      };
    },
  });
}
for (const hash of [sha256, sha384]) {
  operations.push(
    {
      name: `HMAC-${hash.name}`,
      prepare: (fixed) => {
        const [key, text] = [secret(fixed, hash.outputLength), secret(fixed, 100)];
        return () => void hash.hmac(key, text);
      },
    },
    {
      name: `HKDF-Expand, ${hash.name}`,
      prepare: (fixed) => {
        const key = secret(fixed, hash.outputLength);
        return () => void hash.expand?.(key, NONCE, 100);
      },
    },
  );
}
const curve25519 = x25519Kernel.get();
const rsa = rsaKernel.get();
if (curve25519 === undefined || rsa === undefined) throw new Error('a kernel does not run here');
const point25519 = curve25519.publicKey(secret(false, 32));
operations.push({
  name: 'X25519, shared secret',
  prepare: (fixed) => {
    const scalar = secret(fixed, 32);
    return () => void curve25519.shared(scalar, point25519);
  },
});
for (const [kernel, length] of [
  [p256Kernel, 32],
  [p384Kernel, 48],
] as const) {
  const curve = kernel.get();
  const point = curve?.publicKey(secret(false, length));
  if (curve === undefined || point === undefined) throw new Error('a kernel does not run here');
  operations.push(
    {
      name: `${kernel.name}, shared secret`,
      prepare: (fixed) => {
        const scalar = secret(fixed, length);
        return () => void curve.agree(scalar, point);
      },
    },
    {
      name: `${kernel.name}, public key`,
      prepare: (fixed) => {
        const scalar = secret(fixed, length);
        return () => void curve.publicKey(scalar);
      },
    },
    {
      name: `ECDSA ${kernel.name}, sign`,
      prepare: (fixed) => {
        const [nonce, key] = [secret(fixed, length), secret(fixed, length)];
        return () => void curve.sign(nonce, key, point.subarray(0, length));
      },
    },
  );
}
const rsaKeys = Array.from({ length: 8 }, () => generateRsaKey(1024, random));
operations.push({
  name: 'RSA-1024, private',
  prepare: (fixed) => {
    const key = rsaKeys[fixed ? 0 : (bytes(1, random)[0] ?? 0) % rsaKeys.length];
    const input = secret(fixed, 128);
    input[0] = 0;
    return () => void (key && rsa.privatePower(key, input, random));
  },
});

/** It must be able to find something: a comparison that ends at the first difference. */
const control: Operation = {
  name: 'a leaky comparison',
  prepare: (fixed) => {
    const [one, other] = [new Uint8Array(2000), new Uint8Array(2000)];
    other[fixed ? 1999 : ((bytes(1, random)[0] ?? 0) & 15) * 124] = 1;
    return () => {
      let at = 0;
      while (at < one.length && one[at] === other[at]) at += 1;
      if (at === one.length) throw new Error('they differ');
    };
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
