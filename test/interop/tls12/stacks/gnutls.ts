/** GnuTLS's own gnutls-serv and gnutls-cli. The server listens on every address: it knows no other way. */
import { spawnSync } from 'node:child_process';
import { Child } from '../../support/child.ts';
import { EXPORT_LABEL, EXPORT_LENGTH } from '../../support/engine-side.ts';
import { GROUPS_12, groupByAnyName, type Range, type Version } from '../names.ts';
import { CERT_KINDS, type Pki } from '../pki.ts';
import type { ConnectWish, Failed, Secure, ServeWish, Stack, Told } from '../stack.ts';
import { askLine, askLines } from '../work.ts';
import { freePort, hexOf, PrintingServer, present, transferLines } from './driver.ts';

const EXPORT = ['--keymatexport', EXPORT_LABEL, '--keymatexportsize', String(EXPORT_LENGTH)];

function priority({ min, max }: Range): string {
  const versions = [...new Set([max, min])].map((version) => `+VERS-TLS${version}`);
  return ['NORMAL', '-VERS-ALL', ...versions, '+GROUP-X448'].join(':');
}

const versionCalled = (name: string | undefined): Version | undefined =>
  name === 'TLS1.2' ? '1.2' : name === 'TLS1.3' ? '1.3' : undefined;

/** The IANA name, put together from what is printed apart. */
function suiteIn(block: string): string | undefined {
  const cipher = /^- Cipher: (\S+)$/m.exec(block)?.[1];
  const names = new Map([
    ['AES-128-GCM', 'AES_128_GCM_SHA256'],
    ['AES-256-GCM', 'AES_256_GCM_SHA384'],
    ['CHACHA20-POLY1305', 'CHACHA20_POLY1305_SHA256'],
  ]);
  const name = names.get(cipher ?? '');
  const exchange = /^- Key Exchange: (\S+)$/m.exec(block)?.[1];
  if (name === undefined) return cipher;
  return exchange === undefined ? `TLS_${name}` : `TLS_${exchange.replace('-', '_')}_WITH_${name}`;
}

/** What is printed of one session; with --keymatexport, "Key material" is the last of it. */
function secureIn(block: string): Secure | undefined {
  const exported = hexOf(/^- Key material: ([0-9a-f]+)$/m.exec(block)?.[1]);
  if (exported === undefined) return undefined;
  const version = versionCalled(/^- Version: (\S+)$/m.exec(block)?.[1]);
  const group = /^ - Using curve: (\S+)$/m.exec(block)?.[1];
  return present<Secure>({
    kind: 'secure',
    version,
    suite: suiteIn(block),
    group: group === undefined ? undefined : groupByAnyName(group.replace('SECP', 'secp').toLowerCase()),
    alpn: /^- Application protocol: (\S+)$/m.exec(block)?.[1],
    peer: /^\tSubject: CN=(.*)$/m.exec(block)?.[1],
    resumed: /^\*\*\* This is a resumed session$/m.test(block),
    exported,
    tlsUnique: hexOf(/^ - 'tls-unique': ([0-9a-f]{8,})$/m.exec(block)?.[1]),
    extendedMasterSecret: version === '1.2' ? /^- Options:.*extended master secret/m.test(block) : undefined,
  });
}

function failureIn(text: string): Failed | undefined {
  const message = /^(?:Error in handshake|\*\*\* Fatal error|\*\*\* Received alert).*$/m.exec(text)?.[0];
  if (message === undefined) return undefined;
  const alert = /\*\*\* Received alert \[(\d+)\]/.exec(text)?.[1];
  return present<Failed>({ kind: 'error', message, alert: alert === undefined ? undefined : Number(alert) });
}

function serverOutcomes(text: string): Told[] {
  return text.split(/^(?=\* Accepted connection|Error in handshake)/m).flatMap((block): Told[] => {
    const told = secureIn(block) ?? failureIn(block);
    return told === undefined ? [] : [told];
  });
}

async function serve(wish: ServeWish): Promise<PrintingServer> {
  const port = await freePort();
  const { certFile, keyFile } = wish.credential;
  const child = new Child('gnutls-serv', [
    ...['--port', String(port), '--priority', `${priority(wish.versions)}${ems(wish)}`],
    ...['--x509certfile', certFile, '--x509keyfile', keyFile, '--echo', ...EXPORT],
    ...(wish.work === 'bulk' ? ['--quiet'] : []),
    ...(wish.tickets === false ? ['--noticket'] : []),
    ...(wish.alpn ?? []).flatMap((protocol) => ['--alpn', protocol]),
    ...(wish.alpn === undefined ? [] : ['--alpn-fatal']),
    ...(wish.clientCaFile === undefined
      ? ['--disable-client-cert']
      : ['--x509cafile', wish.clientCaFile, '--require-client-cert', '--verify-client-cert']),
  ]);
  await child.waitFor('listening port', (text) => (/IPv4 .*done$/m.test(text) ? true : undefined));
  return new PrintingServer(child, port, serverOutcomes);
}

const ems = (wish: ServeWish | ConnectWish): string =>
  wish.extendedMasterSecret === false ? ':%NO_SESSION_HASH' : '';

function clientArguments(wish: ConnectWish): string[] {
  const { credential } = wish;
  return [
    ...['--port', String(wish.port), '--priority', `${priority(wish.versions)}${ems(wish)}`],
    ...['--x509cafile', wish.caFile, '--sni-hostname', 'localhost', '--verify-hostname', 'localhost'],
    ...(credential === undefined
      ? []
      : ['--x509certfile', credential.certFile, '--x509keyfile', credential.keyFile]),
    ...(wish.tickets === false ? ['--noticket'] : []),
    ...(wish.alpn ?? []).flatMap((protocol) => ['--alpn', protocol]),
  ];
}

/** Both sessions, when it resumed: it says "Connecting again" in between. */
function clientOutcomes(text: string): Told[] {
  const failure = failureIn(text);
  const told = text.split(/^(?=- Connecting again)/m).flatMap((block) => secureIn(block) ?? []);
  return failure !== undefined && told.length === 0 ? [failure] : told;
}

async function connect(wish: ConnectWish): Promise<readonly Told[]> {
  if (wish.bulk !== undefined)
    return [
      await transferLines(
        'gnutls-cli',
        [...clientArguments(wish), '--logfile', '/dev/null', '127.0.0.1'],
        wish.bulk,
      ),
    ];
  const child = new Child('gnutls-cli', [
    ...clientArguments(wish),
    ...(wish.again === true
      ? ['--resume', ...(wish.versions.max === '1.3' ? ['--waitresumption'] : [])]
      : []),
    ...['--verbose', ...EXPORT, '127.0.0.1'],
  ]);
  try {
    await child.waitFor('simple client mode', (text) =>
      text.includes('- Simple Client Mode') ? true : undefined,
    );
    child.stdin.write(`${wish.hangUp === true ? 'C' : 'E'}\nhello from gnutls\n`);
    await child.waitFor('echo', (text) => (/hello from gnutls$/m.test(text) ? true : undefined));
  } catch {
    // What it printed tells why.
  }
  child.stdin.end();
  await child.exit();
  return clientOutcomes(child.text);
}

/** The peer, or why there is none. */
export function gnutlsStack(_pki: Pki): Stack | string {
  const found = spawnSync('gnutls-cli', ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const version = /^gnutls-cli (\S+)/.exec(found.stdout ?? '')?.[1];
  if (version === undefined) return 'GnuTLS is not installed (package gnutls-bin)';
  return {
    name: `GnuTLS ${version}`,
    versions: ['1.2', '1.3'],
    groups: { '1.2': GROUPS_12, '1.3': GROUPS_12 },
    kinds: { own: CERT_KINDS, ours: CERT_KINDS },
    lacks: () => undefined,
    answersClose: () => true,
    // Where no version is common, it says that no suite is.
    mismatchAlert: 40,
    serve,
    connect,
    greet: (channel) => askLine(channel),
    bulk: (channel, bytes) => askLines(channel, bytes),
  };
}
