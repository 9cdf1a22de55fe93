/** Full handshakes over TCP on loopback, one after the other, both ends in one process, one byte each way. */

import { dial, listen, SIDES, serverOptions } from './support/faces.ts';
import { compareAsync } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { makeIdentity } from './support/world.ts';

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
  const calls = SIDES.map((side, i) => async (): Promise<void> => {
    const socket = await dial(side, servers[i]?.port ?? 0, { ca: identity.ca, ecdhCurve: 'X25519' });
    verify(socket.authorized && socket.getProtocol() === 'TLSv1.3', `${side} with ${kind}`);
    socket.write('x');
    await new Promise<void>((resolve) => socket.once('data', () => resolve()));
    socket.destroy();
  });
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
  });
}
process.exit(0);
