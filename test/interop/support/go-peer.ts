import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../house/root.ts';
import { jsonPeer } from './json-peer.ts';
import { GROUPS, type Peer } from './peer.ts';

const COMMANDS = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'];

export interface GoProgram {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  readonly minor: number;
}

/** Builds the program into a folder; or says why it cannot. */
export function goProgram(folder: string): GoProgram | string {
  const go = COMMANDS.find(
    (each) =>
      (each === 'go' || existsSync(each)) && spawnSync(each, ['version'], { timeout: 20_000 }).status === 0,
  );
  if (go === undefined) return 'Go is not installed';
  const command = join(folder, 'go-peer');
  const built = spawnSync(go, ['build', '-o', command, '.'], {
    cwd: join(projectRoot(import.meta.url), 'test', 'interop', 'peers', 'go'),
    encoding: 'utf8',
    timeout: 140_000,
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', CGO_ENABLED: '0' },
  });
  if (built.status !== 0) throw new Error(`go build: ${built.stderr}`);
  const said = spawnSync(command, ['version'], { encoding: 'utf8', timeout: 20_000 }).stdout;
  return {
    command,
    // Off by default for modules that name an old version of Go, as ours does so that old ones can build it.
    env: { GODEBUG: 'tlsmlkem=1' },
    version: said.trim().slice(2),
    minor: Number(/^go1\.(\d+)/.exec(said)?.[1]),
  };
}

/** The peer, or why there is none. */
export function goPeer(folder: string): Peer | string {
  const program = goProgram(folder);
  if (typeof program === 'string') return program;
  const { command, env, version, minor } = program;
  return jsonPeer({
    name: `Go ${version}`,
    groups: GROUPS.filter((group) => group !== 'X25519MLKEM768' || minor >= 24),
    command,
    env,
    canChooseSuite: false,
    sendsRefusals: true,
  });
}
