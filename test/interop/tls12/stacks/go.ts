/** Go's crypto/tls. */
import { goProgram } from '../../support/go-peer.ts';
import { GROUPS, type GroupName } from '../names.ts';
import type { CertKind, Pki } from '../pki.ts';
import type { Feature, Role, Stack } from '../stack.ts';
import { jsonStack } from './json.ts';

const KINDS: readonly CertKind[] = ['p256', 'p384', 'p521', 'ed25519', 'rsa'];

function lacks(_role: Role, feature: Feature): string | undefined {
  if (feature === 'resumption by ID') return 'it has tickets alone';
  if (feature === 'without EMS') return 'it has no switch for it';
  return undefined;
}

/** The peer, or why there is none. */
export function goStack(pki: Pki): Stack | string {
  const program = goProgram(pki.folder);
  if (typeof program === 'string') return program;
  const groups: readonly GroupName[] = GROUPS.filter(
    (group) => group !== 'X448' && (group !== 'X25519MLKEM768' || program.minor >= 24),
  );
  return jsonStack({
    name: `Go ${program.version}`,
    command: program.command,
    env: program.env,
    versions: ['1.2', '1.3'],
    groups: { '1.2': groups.filter((group) => group !== 'X25519MLKEM768'), '1.3': groups },
    kinds: { own: KINDS, ours: KINDS },
    lacks,
    answersClose: () => true,
    exports: true,
  });
}
