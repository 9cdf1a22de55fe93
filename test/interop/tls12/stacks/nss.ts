/** NSS's selfserv and tstclnt. The server, one more that listens on every address, always closes first. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Child } from '../../support/child.ts';
import { EXPORT_LABEL, EXPORT_LENGTH } from '../../support/engine-side.ts';
import type { GroupName, Range, Version } from '../names.ts';
import type { CertKind, Credential, Pki } from '../pki.ts';
import type { ConnectWish, Failed, Secure, ServeWish, Stack, Told } from '../stack.ts';
import { lines, readToEnd } from '../work.ts';
import { freePort, hexOf, inOrder, PrintingServer, present, transferLines } from './driver.ts';

const EXPORT = ['-x', `${EXPORT_LABEL}:${EXPORT_LENGTH}`];
const BULK_FILE = 'bulk.txt';
const GROUPS: readonly GroupName[] = ['X25519', 'P-256', 'P-384', 'P-521'];
const KINDS: readonly CertKind[] = ['p256', 'p384', 'p521', 'rsa'];

const groupArguments = (groups: readonly GroupName[]): string[] => [
  '-I',
  groups.map((group) => (group === 'X25519' ? 'x25519' : group.replace('-', ''))).join(','),
];

/** A server of TLS 1.2 takes no group of fewer bits than its ECDSA key, and X25519 has 255. */
const STRENGTHS: ReadonlyMap<string, number> = new Map([
  ['X25519', 255],
  ['P-256', 256],
  ['P-384', 384],
  ['P-521', 521],
  ['p256', 256],
  ['p384', 384],
  ['p521', 521],
]);
const combines = (group: GroupName, kind: CertKind): boolean =>
  (STRENGTHS.get(group) ?? 0) >= (STRENGTHS.get(kind) ?? 0);

const versionArguments = ({ min, max }: Range): string[] => ['-V', `tls${min}:tls${max}`];

/** The key database, with what was asked for so far. */
class Database {
  readonly #pki: Pki;
  readonly #folder: string;
  readonly #imported = new Set<string>();

  constructor(pki: Pki, name: string) {
    this.#pki = pki;
    this.#folder = join(pki.folder, name);
    mkdirSync(this.#folder);
    this.#run('certutil', '-N', '--empty-password');
    this.#run('certutil', '-A', '-n', 'root', '-t', 'CT,C,C', '-i', pki.caFile);
  }

  get arguments(): string[] {
    return ['-d', `sql:${this.#folder}`];
  }

  #run(command: string, ...args: readonly string[]): void {
    const result = spawnSync(command, [...this.arguments, ...args], { encoding: 'utf8', timeout: 30_000 });
    if (result.status !== 0)
      throw new Error(`${command} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
  }

  /** The nickname of a certificate whose key is in the database from now on. */
  nickname({ name, certFile, keyFile }: Credential): string {
    if (this.#imported.has(name)) return name;
    this.#imported.add(name);
    const file = this.#pki.file(`${name}.p12`);
    this.#pki.openssl(
      ...['pkcs12', '-export', '-in', certFile, '-inkey', keyFile],
      ...['-name', name, '-passout', 'pass:', '-out', file],
    );
    this.#run('pk12util', '-i', file, '-W', '', '-K', '');
    return name;
  }
}

const CIPHERS: ReadonlyMap<string, string> = new Map([
  ['128-bit AES-GCM', 'AES_128_GCM_SHA256'],
  ['256-bit AES-GCM', 'AES_256_GCM_SHA384'],
  ['256-bit CHACHA20POLY1305', 'CHACHA20_POLY1305_SHA256'],
]);

/** Told by its bits. */
const CURVES: ReadonlyMap<string, GroupName> = new Map([
  ['255', 'X25519'],
  ['256', 'P-256'],
  ['384', 'P-384'],
  ['521', 'P-521'],
]);

function suiteOf(cipher: string, authentication: string | undefined): string {
  const name = CIPHERS.get(cipher) ?? cipher;
  return authentication === 'ECDSA' || authentication === 'RSA'
    ? `TLS_ECDHE_${authentication}_WITH_${name}`
    : `TLS_${name}`;
}

/** What is printed of one handshake; `hitsBefore` is how many sessions were resumed before it. */
function secureIn(block: string, hitsBefore: number): Secure | undefined {
  const [, minor, cipher = ''] = /SSL version 3\.(\d) using (\S+ \S+) with/.exec(block) ?? [];
  const exported = hexOf(/^ +Keying Material:\n([0-9a-f:\s]+)/m.exec(block)?.[1])?.slice(
    0,
    2 * EXPORT_LENGTH,
  );
  const hits = hitsIn(block);
  if (minor === undefined || hits === undefined) return undefined;
  // NSS 3.87 fails to export where the suite's hash is SHA-384, and goes on.
  if (exported?.length !== 2 * EXPORT_LENGTH && !block.includes("couldn't export")) return undefined;
  const version: Version = minor === '4' ? '1.3' : '1.2';
  const [, authentication, bits = ''] =
    /Server Auth: \d+-bit (\S+).*, Key Exchange: (\d+)-bit/.exec(block) ?? [];
  return present<Secure>({
    kind: 'secure',
    version,
    suite: suiteOf(cipher, authentication),
    group: CURVES.get(bits),
    resumed: hits > hitsBefore,
    exported,
    extendedMasterSecret: version === '1.2' ? block.includes('Extended Master Secret: Yes') : undefined,
    // A server prints the certificate of its client; without one, its own.
    peer: /subject DN: CN=(client-\S+)$/m.exec(block)?.[1],
    alpn: undefined,
    tlsUnique: undefined,
  });
}

function hitsIn(block: string): number | undefined {
  const hits = /(\d+) cache hits;/.exec(block)?.[1];
  return hits === undefined ? undefined : Number(hits);
}

const ALERTS: ReadonlyMap<string, number> = new Map([
  ['SSL_ERROR_HANDSHAKE_FAILURE_ALERT', 40],
  ['SSL_ERROR_PROTOCOL_VERSION_ALERT', 70],
  ['SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT', 116],
  ['SSL_ERROR_NEXT_PROTOCOL_NO_PROTOCOL', 120],
]);

function failureIn(text: string): Failed | undefined {
  const message = /(?:returned error -\d+:\n|: (?=(?:SSL|SEC)_ERROR_))(.*)/.exec(text)?.[1];
  if (message === undefined) return undefined;
  return present<Failed>({ kind: 'error', message, alert: ALERTS.get(/^\w+/.exec(message)?.[0] ?? '') });
}

/** One block for each accepted connection. */
function serverOutcomes(text: string): Told[] {
  let hits = 0;
  return text.split('About to call accept.').flatMap((block): Told[] => {
    const told = secureIn(block, hits) ?? failureIn(block);
    hits = hitsIn(block) ?? hits;
    return told === undefined ? [] : [told];
  });
}

async function greet(channel: Duplex): Promise<void> {
  channel.write('GET / HTTP/1.0\r\n\r\n');
  const answer = (await readToEnd(channel)).toString('latin1');
  if (!answer.includes('\r\n\r\nGET / HTTP/1.0\r\n\r\nEOF')) throw new Error(`answered ${answer}`);
}

/** It takes no more than some kilobytes, and sends files. */
async function download(channel: Duplex, bytes: number): Promise<void> {
  channel.write(`GET ${BULK_FILE} HTTP/1.0\r\n\r\n`);
  const answer = (await readToEnd(channel)).toString('latin1');
  if (!answer.endsWith(`\r\n\r\n${bulkText(bytes)}`)) throw new Error('the file came changed');
}

const bulkText = (bytes: number): string => `${lines(bytes).join('\n')}\n`;

/** The peer, or why there is none. */
export function nssStack(pki: Pki): Stack | string {
  const found = spawnSync('selfserv', [], { encoding: 'utf8', timeout: 10_000 });
  if (found.error !== undefined) return 'NSS is not installed (package libnss3-tools)';
  const database = new Database(pki, 'nss');
  // tstclnt shows any certificate that it has the key of, asked or not.
  const keyless = new Database(pki, 'nss-keyless');

  async function serve(wish: ServeWish): Promise<PrintingServer> {
    const port = await freePort();
    const flag = wish.credential.kind.startsWith('rsa') ? '-n' : '-e';
    if (wish.work === 'bulk') writeFileSync(pki.file(BULK_FILE), bulkText(1024 * 1024));
    const child = new Child(
      ...inOrder(
        'selfserv',
        ...database.arguments,
        ...[flag, database.nickname(wish.credential), '-p', String(port), '-v'],
        ...groupArguments(wish.groups ?? GROUPS),
        ...versionArguments(wish.versions),
        ...(wish.tickets === false ? [] : ['-u']),
        ...(wish.alpn === undefined ? [] : ['-Q']),
        ...(wish.clientCaFile === undefined ? [] : ['-r', '-r']),
        ...EXPORT,
      ),
      { cwd: pki.folder },
    );
    await child.waitFor('accept', (text) => (text.includes('About to call accept.') ? true : undefined));
    return new PrintingServer(child, port, serverOutcomes);
  }

  const clientArguments = (wish: ConnectWish): string[] => [
    ...(wish.credential === undefined ? keyless : database).arguments,
    ...['-h', '127.0.0.1', '-p', String(wish.port), '-a', 'localhost', '-a', 'localhost'],
    ...groupArguments(GROUPS),
    ...versionArguments(wish.versions),
    ...(wish.tickets === false ? [] : ['-u']),
    ...(wish.credential === undefined ? [] : ['-n', database.nickname(wish.credential)]),
  ];

  /** Our server closes first in any case: tstclnt ends with its connection, not with its input. */
  async function connect(wish: ConnectWish): Promise<readonly Told[]> {
    const args = [...clientArguments(wish), '-A', requestFile(wish.bulk)];
    if (wish.bulk !== undefined) return [await transferLines('tstclnt', args, wish.bulk)];
    const times = wish.again === true ? '2' : '1';
    const child = new Child(...inOrder('tstclnt', ...args, '-v', '-L', times, ...EXPORT));
    await child.exit();
    return clientOutcomes(child.text);
  }

  /** What it sends on each of its connections. */
  function requestFile(bulk: number | undefined): string {
    const text = bulk === undefined ? undefined : bulkText(bulk);
    const file = pki.file(text === undefined ? 'greeting.txt' : 'bulk-request.txt');
    writeFileSync(file, text === undefined ? 'C\nhello from nss\n' : `B ${text.length}\n${text}`);
    return file;
  }

  return {
    name: `NSS ${nssVersion()}`,
    versions: ['1.2', '1.3'],
    groups: { '1.2': GROUPS, '1.3': GROUPS },
    kinds: { own: KINDS, ours: KINDS },
    lacks: (role, feature) =>
      feature === 'tls-unique'
        ? 'it does not print it'
        : feature === 'ALPN' && role === 'client'
          ? 'tstclnt has no option for it'
          : feature === 'without EMS'
            ? 'it has no switch for it'
            : undefined,
    answersClose: () => true,
    hangsUpAlways: true,
    waitsForClose: true,
    ownGroupOrder: true,
    combines,
    serve,
    connect,
    greet,
    bulk: download,
    hangUp: greet,
  };
}

function clientOutcomes(text: string): Told[] {
  let hits = 0;
  const told = text.split('tstclnt: ready...').flatMap((block): Told[] => {
    const secure = secureIn(block, hits) ?? failureIn(block);
    hits = hitsIn(block) ?? hits;
    return secure === undefined ? [] : [secure];
  });
  return told;
}

/** The tools do not tell it; the package does. */
function nssVersion(): string {
  const found = spawnSync('dpkg-query', ['-W', '-f', '${Version}', 'libnss3-tools'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return /^(?:\d+:)?([\d.]+)/.exec(found.stdout ?? '')?.[1] ?? '(version not told)';
}
