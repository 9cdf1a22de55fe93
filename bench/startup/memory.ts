/** A full handshake in memory, both ends, the chain and the name verified. */
import { Connection, createClientConfig, createServerConfig, namedProvider } from 'puretls/engine';
import { loadCredential, TrustStore } from 'puretls/x509';

const [, , identity = ''] = process.argv;
const { cert, key, ca } = JSON.parse(identity) as Record<'cert' | 'key' | 'ca', string>;
const common = { provider: namedProvider('auto'), now: () => Date.now() };
const trust = TrustStore.fromPem(ca);
const ignore = (): void => undefined;
const client = Connection.client(createClientConfig({ ...common, serverName: 'localhost', trust }), ignore);
const server = Connection.server(
  createServerConfig({ ...common, credentials: [loadCredential(cert, key)] }),
  ignore,
);
client.start();
for (;;) {
  const up = client.takeOutput();
  if (up !== undefined) server.receive(up);
  const down = server.takeOutput();
  if (down !== undefined) client.receive(down);
  if (up === undefined && down === undefined) break;
}
if (client.info.peerVerdict?.verified !== true || server.phase !== 'open') process.exit(1);
