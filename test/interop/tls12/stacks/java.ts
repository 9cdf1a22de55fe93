/** Java's JSSE. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../../house/root.ts';
import { GROUPS_12 } from '../names.ts';
import { CERT_KINDS, type Pki } from '../pki.ts';
import type { Feature, Role, Stack } from '../stack.ts';
import { jsonStack } from './json.ts';

function lacks(_role: Role, feature: Feature): string | undefined {
  if (feature === 'exporter' || feature === 'tls-unique') return 'it has no call for it';
  return undefined;
}

/** The peer, or why there is none. */
export function javaStack(pki: Pki): Stack | string {
  if (spawnSync('javac', ['-version'], { timeout: 30_000 }).status !== 0)
    return 'a JDK is not installed (javac)';
  const source = join(projectRoot(import.meta.url), 'test', 'interop', 'peers', 'java', 'Peer.java');
  const built = spawnSync('javac', ['-d', pki.folder, source], { encoding: 'utf8', timeout: 120_000 });
  if (built.status !== 0) throw new Error(`javac: ${built.stderr}`);
  // Short-lived programs: what would be compiled well is not worth waiting for.
  const before = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto', '-cp', pki.folder, 'Peer'];
  const version = spawnSync('java', [...before, 'version'], { encoding: 'utf8', timeout: 30_000 });
  return jsonStack({
    name: `Java ${version.stdout.trim()}`,
    command: 'java',
    before,
    versions: ['1.2', '1.3'],
    groups: { '1.2': GROUPS_12, '1.3': GROUPS_12 },
    kinds: { own: CERT_KINDS, ours: CERT_KINDS },
    lacks,
    answersClose: () => true,
    startsSlowly: true,
    exports: false,
  });
}
