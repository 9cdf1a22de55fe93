/** rustls, over ring. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
const BUILD_MS = 240_000;

function lacks(_role: Role, feature: Feature): string | undefined {
  if (feature === 'tls-unique') return 'it has no call for it';
  if (feature === 'without EMS') return 'it has no switch for it';
  return undefined;
}

/** The peer, or why there is none. Built once a machine: compiling it takes a while. */
export function rustlsStack(_pki: Pki): Stack | string {
  const cargo = spawnSync('cargo', ['--version'], { encoding: 'utf8', timeout: 20_000 });
  if (cargo.status !== 0) return 'Rust is not installed (cargo)';
  if (Number(/^cargo 1\.(\d+)/.exec(cargo.stdout)?.[1]) < OLDEST_RUST)
    return `${cargo.stdout.trim()} is too old for rustls`;
  const source = join(projectRoot(import.meta.url), 'test', 'interop', 'peers', 'rust');
  const folder = join(process.env['PURETLS_INTEROP_CACHE'] ?? tmpdir(), 'puretls-rustls-peer');
  cpSync(source, folder, { recursive: true });
  const built = spawnSync('cargo', ['build', '--release', '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: BUILD_MS,
  });
  if (built.status !== 0) throw new Error(`cargo build: ${built.stderr}`);
  const tree = spawnSync('cargo', ['tree', '--depth', '1', '--prefix', 'none'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
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
