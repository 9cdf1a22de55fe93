/**
 * Full handshakes over TCP on loopback, one after the other, both ends in one process, one byte each way. Each side has
 * its contexts made beforehand, as a program that opens many connections does.
 */

import { dial, faceOf, listen, SIDES, serverOptions } from './support/faces.ts';
import { compareAsync, effort, FULL } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { makeIdentity } from './support/world.ts';

const MOST_TIMES = 1.3;
const WARM_UP = effort === FULL ? 200 : 2;

for (const kind of ['ecdsa-p256', 'rsa-2048', 'ed25519'] as const) {
  const identity = makeIdentity(kind);
  const servers = await Promise.all(
    SIDES.map((side) =>
      listen(
        side,
        serverOptions(identity),
        (socket) => void socket.on('error', () => undefined).pipe(socket),
      ),
    ),
  );
  const contexts = SIDES.map((side) =>
    faceOf(side).createSecureContext({ ca: identity.ca, ecdhCurve: 'X25519', minVersion: 'TLSv1.3' }),
  );
  const calls = SIDES.map((side, i) => async (): Promise<void> => {
    const secureContext = contexts[i];
    const socket = await dial(
      side,
      servers[i]?.port ?? 0,
      secureContext === undefined ? {} : { secureContext },
    );
    verify(socket.authorized && socket.getProtocol() === 'TLSv1.3', `${side} with ${kind}`);
    socket.write('x');
    await new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.destroy();
  });
  // Compilers settle over some hundred connections; a process that serves has them behind it.
  for (let i = 0; i < WARM_UP; i += 1) for (const call of calls) await call();
  const [mine, theirs] = await compareAsync(calls);
  for (const { server } of servers) server.close();
  if (mine === undefined || theirs === undefined) continue;
  emit({
    table: 'Full handshakes over TCP on loopback, both ends, first byte and back',
    what: `${kind}, X25519`,
    unit: '/s',
    ours: mine.perSecond,
    spread: mine.spread,
    peer: 'node:tls',
    theirs: theirs.perSecond,
    theirSpread: theirs.spread,
    ...(kind === 'ecdsa-p256'
      ? {
          floor: `<= ${MOST_TIMES} of the time of node:tls`,
          kept: theirs.perSecond / mine.perSecond <= MOST_TIMES,
        }
      : {}),
  });
}
process.exit(0);
