/**
 * What a full handshake costs beyond primitives, both ends together: parsing, encoding, state machine, key schedule,
 * path building and checks. A process of its own, so that nothing else has warmed the compilers.
 *
 * Two views. With primitives that do nothing a handshake is own work alone: CPU time of the process, all of its threads
 * and so the collector's and the compilers' part too, over thousands. Between real primitives, whose calls are timed and
 * taken off: the caches are cold then and the branches unlearnt, as in use.
 */

import { NamedGroup, nobleProvider } from '../src/engine.ts';
import type { KeyKind } from '../src/x509.ts';
import { idleProvider } from './support/idle-provider.ts';
import { cpuMilliseconds, effort, FULL, figureOf, median } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { Stopwatch } from './support/stopwatch.ts';
import { configs, handshake, makeIdentity } from './support/world.ts';

const KINDS: readonly KeyKind[] = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'];
const SETTLED_FLOOR_MS = 0.4;
const COLD_FLOOR_MS = 1;
/** What a fresh process does first is shown apart: interpreters and compilers are at work, not the code itself. */
const FIRST = effort === FULL ? 1000 : 20;
const BLOCK = effort === FULL ? 500 : 10;
const BETWEEN = effort === FULL ? 100 : 5;
const WARM_UP = effort === FULL ? 40 : 2;

const provider = nobleProvider();
let isFirst = true;

for (const kind of KINDS) {
  const identity = makeIdentity(kind);
  const idle = configs({ provider: idleProvider(provider), identity, group: NamedGroup.x25519 });
  const watch = new Stopwatch();
  const timed = configs({ provider: watch.wrap(provider), identity, group: NamedGroup.x25519 });
  const perHandshake = (count: number): number => {
    const start = cpuMilliseconds();
    for (let i = 0; i < count; i += 1) handshake(idle.client, idle.server);
    return (cpuMilliseconds() - start) / count;
  };

  const first = perHandshake(FIRST);
  for (const side of [idle, timed]) {
    const { client, server } = handshake(side.client, side.server);
    verify(
      client.phase === 'open' &&
        server.phase === 'open' &&
        client.info.peerVerdict?.verified === true &&
        client.info.group?.code === NamedGroup.x25519,
      `${kind}, own work`,
    );
  }
  const table = 'Own work of a handshake, both ends, CPU time with primitives that do nothing';
  if (isFirst) {
    emit({ table, what: `${kind}, the first ${FIRST} of a process`, unit: 'ms', ours: first, spread: 0 });
    isFirst = false;
    perHandshake(FIRST);
  }
  const settled = figureOf(Array.from({ length: effort.rounds }, () => perHandshake(BLOCK)));
  emit({
    table,
    what: `${kind}, settled`,
    unit: 'ms',
    ours: settled.perSecond,
    spread: settled.spread,
    floor: `<= ${SETTLED_FLOOR_MS} ms`,
    kept: settled.perSecond <= SETTLED_FLOOR_MS,
  });

  const own: number[] = [];
  for (let round = 0; round < BETWEEN + WARM_UP; round += 1) {
    // What primitives leave behind is not ours to sweep; what we leave is in the other table.
    globalThis.gc?.({ type: 'minor' });
    watch.take();
    const start = performance.now();
    handshake(timed.client, timed.server);
    const total = performance.now() - start;
    const primitives = watch.take();
    if (round >= WARM_UP) own.push(total - primitives);
  }
  const middle = median(own);
  emit({
    table: 'Own work of a handshake, both ends, between real primitives',
    what: `${kind}, X25519`,
    unit: 'ms',
    ours: middle,
    spread: (quantile(own, 0.75) - quantile(own, 0.25)) / 2 / middle,
    floor: `<= ${COLD_FLOOR_MS} ms`,
    kept: middle <= COLD_FLOOR_MS,
  });
}

/** Half of the distance between the quartiles: single rounds are too short for the extremes to say anything. */
function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
}
