/** Go's crypto/tls: builds the program in peers/go/ once per test file. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../house/root.ts';
import { jsonPeer } from './json-peer.ts';
import { GROUPS, type Peer } from './peer.ts';

const COMMANDS = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'];

/** The peer, or why there is none. */
export function goPeer(folder: string): Peer | string {
  const command = COMMANDS.find(
    (each) =>
      (each === 'go' || existsSync(each)) && spawnSync(each, ['version'], { timeout: 20_000 }).status === 0,
  );
  if (command === undefined) return 'Go is not installed';
  const program = join(folder, 'go-peer');
  const built = spawnSync(command, ['build', '-o', program, '.'], {
    cwd: join(projectRoot(import.meta.url), 'test', 'interop', 'peers', 'go'),
    encoding: 'utf8',
    timeout: 140_000,
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
  });
  if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);
  const version = spawnSync(program, ['version'], { encoding: 'utf8', timeout: 20_000 }).stdout;
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1]);
  const groups = GROUPS.filter((group) => group !== 'X25519MLKEM768' || minor >= 24);
  return jsonPeer({
    name: `Go ${version.trim().slice(2)}`,
    groups,
    command: program,
    // Off by default for modules that name an old version of Go, as ours does so that old ones can build it.
    env: { GODEBUG: 'tlsmlkem=1' },
    canChooseSuite: false,
    sendsRefusals: true,
  });
}
