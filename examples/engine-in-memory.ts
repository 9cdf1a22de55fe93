/**
 * The engine without any I/O: two connections that hand each other bytes. Nothing here touches a socket, a clock or a
 * file; the same loop works over a message port, a serial line or a test.
 *
 *     npm run build && node dist/examples/engine-in-memory.js
 */
import { Connection, createClientConfig, createServerConfig, nobleProvider } from '../src/engine.ts';
import { createAuthority } from '../src/x509.ts';

const provider = nobleProvider();
const now = (): number => Date.now();
const authority = createAuthority({ random: provider.random, now: now() });
const { credential } = authority.issue({ names: ['server.test'] });

const client = Connection.client(
  createClientConfig({ provider, now, trust: authority.trust, serverName: 'server.test' }),
  (event) => {
    if (event.kind === 'secure') client.send(Buffer.from('Hello, engine'));
    if (event.kind === 'data') console.log(`client received: ${Buffer.from(event.data)}`);
  },
);
const server = Connection.server(
  createServerConfig({ provider, now, credentials: [credential] }),
  (event) => {
    if (event.kind !== 'data') return;
    console.log(`server received: ${Buffer.from(event.data)}`);
    server.send(Buffer.from('Hello, bytes'));
    server.close();
  },
);

client.start();
server.start();
for (let moved = true; moved; ) {
  moved = false;
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const bytes = from.takeOutput();
    if (bytes === undefined) continue;
    to.receive(bytes);
    moved = true;
  }
}

const { versionName, cipherSuite, group, peerVerdict } = client.info;
console.log(versionName, cipherSuite?.name, group?.name, peerVerdict?.verified ? 'verified' : 'NOT verified');
