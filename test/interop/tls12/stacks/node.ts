/** Node's own tls: OpenSSL behind a native binding. */
import { join } from 'node:path';
import { projectRoot } from '../../../house/root.ts';
import { GROUPS_12 } from '../names.ts';
import { CERT_KINDS, type Pki } from '../pki.ts';
import type { Feature, Role, Stack } from '../stack.ts';
import { jsonStack } from './json.ts';

function lacks(_role: Role, feature: Feature): string | undefined {
  if (feature === 'without EMS') return 'it has no switch for it';
  return undefined;
}

/** The peer; it is always here. */
export function nodeStack(_pki: Pki): Stack | string {
  const program = join(projectRoot(import.meta.url), 'dist', 'test', 'interop', 'peers', 'node-stack.js');
  return jsonStack({
    name: `Node ${process.versions.node}`,
    command: process.execPath,
    before: [program],
    versions: ['1.2', '1.3'],
    groups: { '1.2': GROUPS_12, '1.3': GROUPS_12 },
    kinds: { own: CERT_KINDS, ours: CERT_KINDS },
    lacks,
    answersClose: () => true,
    startsSlowly: true,
    ownGroupOrder: true,
    exports: true,
  });
}
