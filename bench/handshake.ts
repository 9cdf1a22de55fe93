/** Full handshakes in memory, both ends in one thread, per certificate and group. */

import type tls from 'node:tls';
import { NamedGroup, namedProvider } from '../src/engine.ts';
import type { KeyKind } from '../src/x509.ts';
import { nodeTls } from './peers/node-tls.ts';
import { duplexPair } from './support/duplex-pair.ts';
import { compareAsync } from './support/measure.ts';
import { emit, verify } from './support/report.ts';
import { configs, handshake, type Identity, makeIdentity, type Pair, SERVER_NAME } from './support/world.ts';

const KINDS: readonly KeyKind[] = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'];
const GROUPS = [
  [NamedGroup.x25519, 'X25519'],
  [NamedGroup.secp256r1, 'P-256'],
  [NamedGroup.secp384r1, 'P-384'],
  [NamedGroup.X25519MLKEM768, 'X25519MLKEM768'],
] as const;

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

/** Handshakes a second, by certificate and group. */
const FLOORS: Readonly<Record<string, number>> = {
  'ecdsa-p256, X25519': 700,
  'rsa-2048, X25519': 420,
  'ecdsa-p256, X25519MLKEM768': 550,
};

const provider = namedProvider('auto');
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
    const floor = FLOORS[`${kind}, ${name}`];
    emit({
      table: 'Full handshakes in memory, both ends',
      what: `${kind}, ${name}`,
      unit: '/s',
      ours: mine.perSecond,
      spread: mine.spread,
      ...(theirs === undefined
        ? {}
        : { peer: 'node:tls', theirs: theirs.perSecond, theirSpread: theirs.spread }),
      ...(floor === undefined ? {} : { floor: `>= ${floor} /s`, kept: mine.perSecond >= floor }),
    });
  }
}
