/** Node's own tls, in a process of its own. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonPeer } from './json-peer.ts';
import { GROUPS, type Peer } from './peer.ts';

export function nodePeer(): Peer {
  const compiled = fileURLToPath(new URL('../peers/node-peer.js', import.meta.url));
  const program = existsSync(compiled) ? compiled : compiled.replace(/\.js$/, '.ts');
  const [major = 0, minor = 0] = (process.versions.openssl ?? '0.0').split('.').map(Number);
  const postQuantum = major > 3 || (major === 3 && minor >= 5);
  const groups = GROUPS.filter((group) => group !== 'X25519MLKEM768' || postQuantum);
  return jsonPeer({
    name: `Node ${process.versions.node} (OpenSSL ${process.versions.openssl ?? 'none'})`,
    groups,
    command: process.execPath,
    before: [...process.execArgv, program],
    canChooseSuite: true,
    // It judges certificates after the handshake, and then just closes.
    sendsRefusals: false,
  });
}
