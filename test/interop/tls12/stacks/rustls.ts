/** rustls, over ring. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../../house/root.ts';
import type { GroupName } from '../names.ts';
import type { CertKind, Pki } from '../pki.ts';
import type { Feature, Role, Stack } from '../stack.ts';
import { jsonStack } from './json.ts';

const KINDS: readonly CertKind[] = ['p256', 'p384', 'ed25519', 'rsa'];
const GROUPS: readonly GroupName[] = ['X25519', 'P-256', 'P-384'];
/** What this version of rustls needs. */
const OLDEST_RUST = 71;
const FETCH_MS = 90_000;
const BUILD_MS = 240_000;

function lacks(_role: Role, feature: Feature): string | undefined {
  if (feature === 'tls-unique') return 'it has no call for it';
  if (feature === 'without EMS') return 'it has no switch for it';
  return undefined;
}

/** Where the program is kept, for what it takes to compile: a folder that nobody else could have written to. */
function cacheFolder(): string {
  const folder = join(
    process.env['PURETLS_INTEROP_CACHE'] ?? join(tmpdir(), `puretls-interop-cache-${userInfo().uid}`),
    'rustls-peer',
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid } = statSync(folder);
  if (uid !== userInfo().uid) throw new Error(`${folder} belongs to user ${uid}; set PURETLS_INTEROP_CACHE`);
  return folder;
}

function cargo(cwd: string, timeout: number, ...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync('cargo', args, { cwd, encoding: 'utf8', timeout });
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

/** The peer, or why there is none. */
export function rustlsStack(_pki: Pki): Stack | string {
  const found = cargo(tmpdir(), 20_000, '--version');
  if (found.status !== 0) return 'Rust is not installed (cargo)';
  if (Number(/^cargo 1\.(\d+)/.exec(found.stdout)?.[1]) < OLDEST_RUST)
    return `${found.stdout.trim()} is too old for rustls, which needs 1.${OLDEST_RUST}`;
  const folder = cacheFolder();
  cpSync(join(projectRoot(import.meta.url), 'test', 'interop', 'peers', 'rust'), folder, { recursive: true });
  // Crates that cannot be had are no fault of this project's; a program that does not compile is.
  const fetched = cargo(folder, FETCH_MS, 'fetch', '--quiet');
  if (fetched.status !== 0) return `the crates of rustls cannot be had: ${lastLine(fetched.stderr)}`;
  const built = cargo(folder, BUILD_MS, 'build', '--release', '--quiet', '--offline');
  if (built.status !== 0) throw new Error(`cargo build: ${built.stderr}`);
  const tree = cargo(folder, 60_000, 'tree', '--depth', '1', '--prefix', 'none', '--offline');
  return jsonStack({
    name: `rustls ${/^rustls v(\S+)/m.exec(tree.stdout)?.[1] ?? ''}`.trim(),
    command: join(folder, 'target', 'release', 'peer'),
    versions: ['1.2', '1.3'],
    groups: { '1.2': GROUPS, '1.3': GROUPS },
    kinds: { own: KINDS, ours: KINDS },
    lacks,
    answersClose: () => true,
    exports: true,
    remembersGroup: true,
  });
}
