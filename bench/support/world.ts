/** Certificates and connected pairs of engines for the benches. */

import type { CryptoProvider } from '../../src/crypto/provider.ts';
import { systemRandom } from '../../src/crypto/random.ts';
import {
  type ClientConfig,
  type ClientOptions,
  Connection,
  createClientConfig,
  createServerConfig,
  type ServerConfig,
  type ServerOptions,
} from '../../src/engine.ts';
import type { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';
import { createAuthority, type Issued, type KeyKind, type TrustStore } from '../../src/x509.ts';

export const SERVER_NAME = 'localhost';

export interface Identity {
  readonly leaf: Issued;
  readonly trust: TrustStore;
  /** PEM, for Node's tls. */
  readonly ca: string;
}

/** A root, an intermediate and a leaf, as servers on the internet have them. */
export function makeIdentity(kind: KeyKind): Identity {
  const root = createAuthority({ random: systemRandom(), now: Date.now() });
  const leaf = root.intermediate().issue({ kind, names: [SERVER_NAME, '127.0.0.1'] });
  return { leaf, trust: root.trust, ca: root.certificatePem };
}

export interface Choice {
  readonly provider: CryptoProvider;
  readonly identity: Identity;
  readonly group?: NamedGroup;
  readonly suite?: CipherSuite;
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
}

export function configs({ provider, identity, group, suite, client, server }: Choice): {
  client: ClientConfig;
  server: ServerConfig;
} {
  const common = {
    provider,
    now: () => Date.now(),
    ...(group === undefined ? {} : { groups: [group] }),
    ...(suite === undefined ? {} : { cipherSuites: [suite] }),
  };
  return {
    client: createClientConfig({ ...common, serverName: SERVER_NAME, trust: identity.trust, ...client }),
    server: createServerConfig({ ...common, credentials: [identity.leaf.credential], ...server }),
  };
}

export interface Pair {
  readonly client: Connection;
  readonly server: Connection;
}

/** Moves bytes until neither end has any. */
export function pump({ client, server }: Pair): void {
  for (;;) {
    const up = client.takeOutput();
    if (up !== undefined) server.receive(up);
    const down = server.takeOutput();
    if (down !== undefined) client.receive(down);
    if (up === undefined && down === undefined) return;
  }
}

/** A full handshake in memory, both ends, chain and name verified. */
export function handshake(client: ClientConfig, server: ServerConfig): Pair {
  const ignore = (): void => undefined;
  const pair = { client: Connection.client(client, ignore), server: Connection.server(server, ignore) };
  pair.client.start();
  pump(pair);
  return pair;
}
