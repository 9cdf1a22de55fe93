/** Botan 2's tls_server and tls_client: TLS 1.2 only, and no certificates of clients. The server listens everywhere. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { AlertDescription } from '../../../../src/engine.ts';
import { Child } from '../../support/child.ts';
import type { GroupName } from '../names.ts';
import type { CertKind, Pki } from '../pki.ts';
import type { ConnectWish, Failed, Feature, Role, Secure, ServeWish, Stack, Told } from '../stack.ts';
import { askLine, askLines } from '../work.ts';
import { freePort, inOrder, listening, PrintingServer, present, transferLines } from './driver.ts';

const GROUPS: readonly GroupName[] = ['X25519', 'P-256', 'P-384', 'P-521'];
const KINDS: readonly CertKind[] = ['p256', 'p384', 'p521', 'rsa'];
const POLICY_NAMES: ReadonlyMap<GroupName, string> = new Map([
  ['X25519', 'x25519'],
  ['P-256', 'secp256r1'],
  ['P-384', 'secp384r1'],
  ['P-521', 'secp521r1'],
]);

function failureIn(text: string): Failed | undefined {
  const name = /^Alert: (?!close_notify)(\w+)$/m.exec(text)?.[1];
  const message = name ?? /^(?:Connection problem|Error|Connection failed): (.*)$/m.exec(text)?.[1];
  if (message === undefined) return undefined;
  const alert = Object.entries(AlertDescription).find(([known]) => known === name)?.[1];
  return present<Failed>({
    kind: 'error',
    message,
    alert: typeof alert === 'number' ? alert : undefined,
  });
}

function secureIn(text: string): Secure | undefined {
  const suite = /^Handshake complete, TLS v1\.2 using (\S+)$/m.exec(text)?.[1];
  if (suite === undefined) return undefined;
  return present<Secure>({
    kind: 'secure',
    version: '1.2',
    suite: `TLS_${suite}`,
    alpn: /^Server choose protocol: (\S+)$/m.exec(text)?.[1],
    group: undefined,
    peer: undefined,
    resumed: undefined,
    exported: undefined,
    tlsUnique: undefined,
    extendedMasterSecret: undefined,
  });
}

function serverOutcomes(text: string): Told[] {
  return text
    .split(/^(?=Handshake complete|Alert: (?!close_notify)|Connection problem)/m)
    .flatMap((block) => secureIn(block) ?? failureIn(block) ?? []);
}

function lacks(role: Role, feature: Feature): string | undefined {
  if (feature === 'exporter' || feature === 'tls-unique') return 'it does not print it';
  if (feature === 'without EMS') return 'it has no switch for it';
  if (feature === 'client certificates') return 'its commands know none';
  if (role === 'client') return undefined;
  if (feature === 'ALPN') return 'tls_server answers any offer with a protocol of its own';
  if (feature === 'resumption by ticket') return 'tls_server has no key for tickets';
  return undefined;
}

/** The peer, or why there is none. */
export function botanStack(pki: Pki): Stack | string {
  const found = spawnSync('botan', ['version'], { encoding: 'utf8', timeout: 10_000 });
  const version = found.stdout?.trim();
  if (version === undefined) return 'Botan is not installed (package botan)';

  let databases = 0;

  function policy(groups: readonly GroupName[]): string {
    const names = groups.map((group) => POLICY_NAMES.get(group) ?? group);
    const file = pki.file(`policy-${names.join('-')}.txt`);
    writeFileSync(file, `groups = ${names.join(' ')}\n`);
    return file;
  }

  async function serve(wish: ServeWish): Promise<PrintingServer> {
    const port = await freePort();
    const child = new Child('botan', [
      ...['tls_server', wish.credential.certFile, wish.credential.keyFile, `--port=${port}`],
      ...(wish.groups === undefined ? [] : [`--policy=${policy(wish.groups)}`]),
    ]);
    // It says that it listens before it does.
    await listening(port);
    return new PrintingServer(child, port, serverOutcomes);
  }

  const clientArguments = (wish: ConnectWish): string[] => [
    ...['tls_client', 'localhost', `--port=${wish.port}`],
    ...['--skip-system-cert-store', `--trusted-cas=${wish.caFile}`],
    ...(wish.alpn === undefined ? [] : [`--next-protocols=${wish.alpn.join(',')}`]),
  ];

  async function connectOnce(wish: ConnectWish, session: readonly string[]): Promise<Told> {
    const child = new Child(...inOrder('botan', ...clientArguments(wish), ...session));
    try {
      await child.waitFor('handshake', (text) => (text.includes('Handshake complete') ? true : undefined));
      child.stdin.write(`${wish.hangUp === true ? 'C' : 'E'}\nhello from botan\n`);
      await child.waitFor('echo', (text) => (text.includes('hello from botan') ? true : undefined));
    } catch {
      // What it printed tells why.
    }
    child.stdin.end();
    await child.exit();
    return secureIn(child.text) ?? failureIn(child.text) ?? { kind: 'error', message: child.text };
  }

  async function connect(wish: ConnectWish): Promise<readonly Told[]> {
    if (wish.bulk !== undefined) return [await transferLines('botan', clientArguments(wish), wish.bulk)];
    if (wish.again !== true) return [await connectOnce(wish, [])];
    databases += 1;
    const session = [`--session-db=${pki.file(`botan-${databases}.db`)}`, '--session-db-pass=secret'];
    return [await connectOnce(wish, session), await connectOnce(wish, session)];
  }

  return {
    name: `Botan ${version}`,
    versions: ['1.2'],
    groups: { '1.2': GROUPS, '1.3': [] },
    kinds: { own: KINDS, ours: KINDS },
    lacks,
    answersClose: () => true,
    ownGroupOrder: true,
    serve,
    connect,
    greet: (channel) => askLine(channel),
    bulk: (channel, bytes) => askLines(channel, bytes),
  };
}
