/**
 * From nothing to the first handshake: whole processes, each beside an empty one of the same round, and what it takes
 * longer. The package is loaded by its name, as its users load it.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { effort, FULL, median } from './support/measure.ts';
import { emit } from './support/report.ts';
import { makeIdentity } from './support/world.ts';

const FLOOR_MS = 40;
const ROUNDS = effort === FULL ? 25 : 3;
const { leaf, ca } = makeIdentity('ecdsa-p256');
/** An argument, so that no module is loaded only to read it. */
const identity = JSON.stringify({ cert: leaf.chainPem, key: leaf.keyPem, ca });
const children = join(dirname(fileURLToPath(import.meta.url)), 'startup');

/** Milliseconds that a process takes; it must end well. */
function run(name: string, ...args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [join(children, `${name}.js`), ...args]);
  const took = performance.now() - start;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.toString()}`);
  return took;
}

const WAYS = [
  { what: 'import puretls', child: ['import'] },
  { what: 'a full handshake in memory, both ends', child: ['memory', identity], floor: FLOOR_MS },
  { what: 'a server, a client, a byte and back', child: ['sockets', identity, 'puretls'] },
  { what: 'the same with node:tls', child: ['sockets', identity, 'node:tls'] },
] as const;

const quartile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? Number.NaN;

const above = WAYS.map((): number[] => []);
for (let round = -1; round < ROUNDS; round += 1) {
  const empty = run('empty');
  for (const [i, { child }] of WAYS.entries()) {
    const [name, ...args] = child;
    const took = run(name, ...args) - empty;
    // The first round reads files that the others find in the cache.
    if (round >= 0) above[i]?.push(took);
  }
}
for (const [i, way] of WAYS.entries()) {
  const values = above[i] ?? [];
  const middle = median(values);
  emit({
    table: 'Start of a process, above one that does nothing (half of the distance between the quartiles)',
    what: way.what,
    unit: 'ms',
    ours: middle,
    spread: (quartile(values, 0.75) - quartile(values, 0.25)) / 2 / middle,
    ...('floor' in way ? { floor: `<= ${way.floor} ms`, kept: middle <= way.floor } : {}),
  });
}
