/** The openssl command's s_server and s_client. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { readLine } from '../../support/channel.ts';
import { Child } from '../../support/child.ts';
import { EXPORT_LABEL, EXPORT_LENGTH } from '../../support/engine-side.ts';
import { GROUPS_12, groupByAnyName, type Range, suiteByOpensslName, type Version } from '../names.ts';
import { CERT_KINDS, type Pki } from '../pki.ts';
import type { ConnectWish, Failed, Secure, ServeWish, Stack, StackServer, Told } from '../stack.ts';
import { askLines, reversed } from '../work.ts';
import { hexOf, PrintingServer, present, transferLines } from './driver.ts';

const COMMAND = 'openssl';
const EXPORT = ['-keymatexport', EXPORT_LABEL, '-keymatexportlen', String(EXPORT_LENGTH)];

const versionArguments = ({ min, max }: Range): string[] => [
  ...['-min_protocol', `TLSv${min}`],
  ...['-max_protocol', `TLSv${max}`],
];

function failureIn(text: string): Failed | undefined {
  const message = /error:[0-9A-F]+:[^\n]*/i.exec(text)?.[0];
  if (message === undefined) return undefined;
  const alert = /SSL alert number (\d+)/.exec(text)?.[1];
  return present<Failed>({
    kind: 'error',
    message,
    alert: alert === undefined ? undefined : Number(alert),
  });
}

const versionCalled = (name: string | undefined): Version | undefined =>
  name === 'TLSv1.2' ? '1.2' : name === 'TLSv1.3' ? '1.3' : undefined;

const commonName = (text: string): string | undefined => /^subject=.*CN ?= ?([^,\n]+)/m.exec(text)?.[1];
const exportedIn = (text: string): string | undefined =>
  hexOf(/^ +Keying material: ([0-9A-F]+)$/m.exec(text)?.[1]);

/** The protocol version inside the session that s_server prints: SEQUENCE { 1, version, ... }. */
function sessionVersion(block: string): Version | undefined {
  const base64 = /^-----BEGIN SSL SESSION PARAMETERS-----\n([^-]+)-----END/.exec(block)?.[1] ?? '';
  const der = Buffer.from(base64, 'base64').subarray(0, 16).toString('hex');
  const code = /020101020203(0[34])/.exec(der)?.[1];
  return code === undefined ? undefined : code === '04' ? '1.3' : '1.2';
}

/** The outcomes that s_server printed, in order. */
function serverOutcomes(text: string): Told[] {
  return text.split(/^(?=-----BEGIN SSL SESSION PARAMETERS-----$|ERROR$)/m).flatMap((block): Told[] => {
    if (block.startsWith('ERROR')) {
      const failure = failureIn(block);
      return failure === undefined ? [] : [failure];
    }
    // The exporter's block comes last of all.
    const exported = exportedIn(block);
    const suite = /^CIPHER is (\S+)$/m.exec(block)?.[1];
    if (exported === undefined || suite === undefined) return [];
    const told: Secure = present<Secure>({
      kind: 'secure',
      version: sessionVersion(block),
      suite: suiteByOpensslName(suite),
      alpn: /^ALPN protocols selected: (.*)$/m.exec(block)?.[1],
      peer: commonName(block),
      resumed: /^Reused session-id$/m.test(block),
      exported,
    });
    return [told];
  });
}

function clientOutcome(text: string): Told {
  const handshake = /^(New|Reused), (\S+), Cipher is (\S+)$/m.exec(text);
  const failure = failureIn(text);
  if (failure !== undefined) return failure;
  if (handshake === null || handshake[3] === '(NONE)') {
    return { kind: 'error', message: text.slice(-2000) };
  }
  const ems = /^ +Extended master secret: (yes|no)$/m.exec(text)?.[1];
  const group = /^Server Temp Key: (?:ECDH, )?([^,\n]+)/m.exec(text)?.[1];
  return present<Secure>({
    kind: 'secure',
    version: versionCalled(handshake[2]),
    suite: suiteByOpensslName(handshake[3] ?? ''),
    group: group === undefined ? undefined : groupByAnyName(group),
    alpn: /^ALPN protocol: (.*)$/m.exec(text)?.[1],
    resumed: handshake[1] === 'Reused',
    exported: exportedIn(text),
    peer: undefined,
    tlsUnique: undefined,
    extendedMasterSecret: ems === undefined ? undefined : ems === 'yes',
  });
}

function serverArguments(wish: ServeWish): string[] {
  const { certFile, keyFile } = wish.credential;
  return [
    ...['s_server', '-accept', '127.0.0.1:0', ...versionArguments(wish.versions)],
    ...['-cert', certFile, '-cert_chain', certFile, '-key', keyFile],
    ...(wish.tickets === false ? ['-no_ticket'] : []),
    ...(wish.alpn === undefined ? [] : ['-alpn', wish.alpn.join(',')]),
    ...(wish.clientCaFile === undefined
      ? []
      : ['-CAfile', wish.clientCaFile, '-Verify', '4', '-verify_return_error']),
    ...(wish.work === 'bulk' ? ['-rev'] : EXPORT),
  ];
}

async function serve(wish: ServeWish): Promise<PrintingServer> {
  const child = new Child(COMMAND, serverArguments(wish));
  const port = await child.waitFor('listening port', (text) => /^ACCEPT [^\n]*:(\d+)$/m.exec(text)?.[1]);
  return new PrintingServer(child, Number(port), serverOutcomes);
}

function clientArguments(wish: ConnectWish): string[] {
  const { credential } = wish;
  return [
    ...['s_client', '-connect', `127.0.0.1:${wish.port}`, ...versionArguments(wish.versions)],
    ...['-CAfile', wish.caFile, '-verify_return_error'],
    ...['-servername', 'localhost', '-verify_hostname', 'localhost'],
    ...(credential === undefined
      ? []
      : ['-cert', credential.certFile, '-cert_chain', credential.certFile, '-key', credential.keyFile]),
    ...(wish.tickets === false ? ['-no_ticket'] : []),
    ...(wish.alpn === undefined ? [] : ['-alpn', wish.alpn.join(',')]),
  ];
}

async function connectOnce(wish: ConnectWish, session: readonly string[]): Promise<Told> {
  const child = new Child(COMMAND, [...clientArguments(wish), ...EXPORT, ...session]);
  child.stdin.write(`${wish.hangUp === true ? 'C' : 'E'}\nhello from openssl\n`);
  try {
    await child.waitFor('echo', (text) => (/^hello from openssl$/m.test(text) ? true : undefined));
  } catch {
    // What it printed tells why.
  }
  child.stdin.end();
  await child.exit();
  return clientOutcome(child.text);
}

const childOf = (server: StackServer): Child => {
  if (server instanceof PrintingServer) return server.child;
  throw new Error('not a server of this stack');
};

async function greet(channel: Duplex, server: StackServer): Promise<void> {
  const { stdin } = childOf(server);
  channel.write('hello from here\n');
  await childOf(server).waitFor('our greeting', (text) =>
    text.endsWith('hello from here\n') ? true : undefined,
  );
  stdin.write('hello from openssl\n');
  const back = await readLine(channel);
  if (back !== 'hello from openssl\n') throw new Error(`sent ${JSON.stringify(back)}`);
}

/** The peer, or why there is none. */
export function opensslStack(pki: Pki): Stack | string {
  const version = spawnSync(COMMAND, ['version'], { encoding: 'utf8', timeout: 10_000 }).stdout?.split(
    ' ',
  )[1];
  if (version === undefined) return 'the openssl command is not installed';
  return {
    name: `OpenSSL ${version}`,
    versions: ['1.2', '1.3'],
    groups: { '1.2': GROUPS_12, '1.3': GROUPS_12 },
    kinds: { own: CERT_KINDS, ours: CERT_KINDS },
    lacks: (_role, feature) =>
      feature === 'tls-unique'
        ? 'it does not print it'
        : feature === 'without EMS'
          ? 'it has no switch for it'
          : undefined,
    answersClose: () => true,
    serve,
    async connect(wish) {
      if (wish.bulk !== undefined)
        return [await transferLines(COMMAND, [...clientArguments(wish), '-brief', '-nocommands'], wish.bulk)];
      if (wish.again !== true) return [await connectOnce(wish, [])];
      const file = pki.file(`session-${wish.port}.pem`);
      const first = await connectOnce(wish, ['-sess_out', file]);
      if (!existsSync(file)) return [first];
      return [first, await connectOnce(wish, ['-sess_in', file])];
    },
    greet,
    bulk: (channel, bytes) => askLines(channel, bytes, reversed),
    // `Q` drops the connection without close_notify: there is no way to make s_server close one first.
  };
}
