/** Full handshakes in memory, both ends in one thread, per certificate and group; and what is left beyond primitives. */

import type tls from 'node:tls';
import { NamedGroup, nobleProvider } from '../src/engine.ts';
import type { KeyKind } from '../src/x509.ts';
import { nodeTls } from './peers/node-tls.ts';
import { duplexPair } from './support/duplex-pair.ts';
import { idleProvider } from './support/idle-provider.ts';
import { compare, compareAsync, effort, FULL, median } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { Stopwatch } from './support/stopwatch.ts';
import { configs, handshake, type Identity, makeIdentity, type Pair, SERVER_NAME } from './support/world.ts';

const KINDS: readonly KeyKind[] = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'];
const GROUPS = [
  [NamedGroup.x25519, 'X25519'],
  [NamedGroup.secp256r1, 'P-256'],
  [NamedGroup.secp384r1, 'P-384'],
  [NamedGroup.X25519MLKEM768, 'X25519MLKEM768'],
] as const;
const OWN_WORK_FLOOR_MS = 1;
/** Compilers need to see code often before they make it fast; own work is what they have most to gain on. */
const WARM_UP = effort === FULL ? 60 : 5;

function isSecure({ client, server }: Pair, group: number): boolean {
  return (
    client.phase === 'open' &&
    server.phase === 'open' &&
    client.info.peerVerdict?.verified === true &&
    client.info.group?.code === group
  );
}

/** The same handshake by Node's tls over a pair of streams in memory. */
function nodeHandshake(identity: Identity, group: string): () => Promise<void> {
  const serverContext = nodeTls.createSecureContext({
    cert: identity.leaf.chainPem,
    key: identity.leaf.keyPem,
    ecdhCurve: group,
    minVersion: 'TLSv1.3',
  });
  const clientContext = nodeTls.createSecureContext({
    ca: identity.ca,
    ecdhCurve: group,
    minVersion: 'TLSv1.3',
  });
  return () =>
    new Promise((resolve, reject) => {
      const [near, far] = duplexPair();
      const server: tls.TLSSocket = new nodeTls.TLSSocket(far, {
        isServer: true,
        secureContext: serverContext,
      });
      const client = nodeTls.connect({ socket: near, secureContext: clientContext, servername: SERVER_NAME });
      let open = 2;
      const done = (): void => {
        open -= 1;
        if (open > 0) return;
        client.destroy();
        server.destroy();
        resolve();
      };
      client.on('error', reject).on('secureConnect', done);
      server.on('error', reject).on('secure', done);
    });
}

const provider = nobleProvider();
for (const kind of KINDS) {
  const identity = makeIdentity(kind);
  for (const [group, name] of GROUPS) {
    const { client, server } = configs({ provider, identity, group });
    verify(isSecure(handshake(client, server), group), `${kind} over ${name}`);
    const ours = async (): Promise<void> => {
      handshake(client, server);
    };
    const peer =
      name === 'X25519MLKEM768' && !nodeTls.postQuantum ? undefined : nodeHandshake(identity, name);
    await peer?.();
    const [mine, theirs] = await compareAsync(peer === undefined ? [ours] : [ours, peer]);
    if (mine === undefined) continue;
    emit({
      table: 'Full handshakes in memory, both ends',
      what: `${kind}, ${name}`,
      unit: '/s',
      ours: mine.perSecond,
      spread: mine.spread,
      ...(theirs === undefined
        ? {}
        : { peer: 'node:tls', theirs: theirs.perSecond, theirSpread: theirs.spread }),
    });

    const watch = new Stopwatch();
    const timed = configs({ provider: watch.wrap(provider), identity, group });
    const own: number[] = [];
    const rounds = effort.rounds * 10;
    for (let round = 0; round < rounds + WARM_UP; round += 1) {
      // What primitives leave behind is not ours to sweep.
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
      table: 'Own work of a handshake, both ends, beyond primitives',
      what: `${kind}, ${name}`,
      unit: 'ms',
      ours: middle,
      spread: (Math.max(...own) - Math.min(...own)) / 2 / middle,
      floor: `<= ${OWN_WORK_FLOOR_MS} ms`,
      kept: middle <= OWN_WORK_FLOOR_MS,
    });
  }

  // The same from the other side: with primitives that do nothing a handshake is own work alone.
  const idle = configs({ provider: idleProvider(provider), identity, group: NamedGroup.x25519 });
  verify(isSecure(handshake(idle.client, idle.server), NamedGroup.x25519), `${kind} without primitives`);
  const [alone] = compare([() => void handshake(idle.client, idle.server)]);
  if (alone === undefined) continue;
  emit({
    table: 'A handshake with primitives that do nothing, both ends',
    what: `${kind}, X25519`,
    unit: 'ms',
    ours: 1000 / alone.perSecond,
    spread: alone.spread,
    floor: `<= ${OWN_WORK_FLOOR_MS} ms`,
    kept: 1000 / alone.perSecond <= OWN_WORK_FLOOR_MS,
  });
}
