/** Memory of an idle connection: heap, external memory and buffers of both its sockets, here in one process. */

import { setTimeout as wait } from 'node:timers/promises';
import type tls from 'node:tls';
import { dial, listen, SIDES, type Side, serverOptions } from './support/faces.ts';
import { effort, FULL } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { makeIdentity } from './support/world.ts';

const FLOOR_KB = 25;
const [WARM, COUNT] = effort === FULL ? [50, 200] : [5, 20];

async function settled(): Promise<number> {
  for (let i = 0; i < 4; i += 1) {
    globalThis.gc?.();
    await wait(50);
  }
  const { heapUsed, external } = process.memoryUsage();
  // arrayBuffers is a part of external.
  return heapUsed + external;
}

async function perConnection(side: Side): Promise<number> {
  const identity = makeIdentity('ecdsa-p256');
  const held: tls.TLSSocket[] = [];
  const { port, server } = await listen(side, serverOptions(identity), (socket) => {
    held.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => void socket.write(bytes));
  });
  const open = async (): Promise<void> => {
    const socket = await dial(side, port, { ca: identity.ca });
    socket.write('ping');
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    verify(answer.toString('latin1') === 'ping', `${side} echo`);
    held.push(socket);
  };
  for (let i = 0; i < WARM; i += 1) await open();
  const before = await settled();
  for (let i = 0; i < COUNT; i += 1) await open();
  const after = await settled();
  for (const socket of held) socket.destroy();
  server.close();
  return (after - before) / COUNT / 1000;
}

if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
const figures: Record<Side, number[]> = { puretls: [], 'node:tls': [] };
for (let round = 0; round < (effort === FULL ? 3 : 1); round += 1) {
  for (const side of SIDES) figures[side].push(await perConnection(side));
}
const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
const spread = (values: number[]): number => (Math.max(...values) - Math.min(...values)) / 2 / middle(values);
emit({
  table: 'Memory of an idle connection, both sockets: heap, external and buffers',
  what: 'TLS 1.3, after one byte each way',
  unit: 'KB',
  ours: middle(figures.puretls),
  spread: spread(figures.puretls),
  // OpenSSL's own memory is not in these figures.
  peer: 'node:tls (without OpenSSL’s own)',
  theirs: middle(figures['node:tls']),
  theirSpread: spread(figures['node:tls']),
  floor: `<= ${FLOOR_KB} KB`,
  kept: middle(figures.puretls) <= FLOOR_KB,
});
process.exit(0);
