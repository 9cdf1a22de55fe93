/** The openssl command's s_server and s_client, driven by their flags, standard input and what they print. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex, Readable } from 'node:stream';
import { pattern, readExactly, readLine, receivePattern, sendPattern } from './channel.ts';
import { Child } from './child.ts';
import {
  type ConnectOptions,
  GROUPS,
  type KeyUpdatePeer,
  type Peer,
  type PeerReport,
  type PeerServer,
  type ServeOptions,
} from './peer.ts';

const COMMAND = 'openssl';
const BULK_FILE = 'bulk.bin';
const PORT_LINE = /^ACCEPT [^\n]*:(\d+)$/m;
const LAST_LINE_BEFORE_DATA = /^(?:This TLS version forbids renegotiation|Secure Renegotiation IS)/;

function failureIn(text: string): PeerReport | undefined {
  const message = /error:[0-9A-F]+:[^\n]*/i.exec(text)?.[0];
  if (message === undefined) return undefined;
  const alert = /SSL alert number (\d+)/.exec(text)?.[1];
  return { kind: 'error', message, ...(alert === undefined ? {} : { alert: Number(alert) }) };
}

const commonName = (subject: string | undefined): string | undefined =>
  /CN ?= ?([^,\n]+)/.exec(subject ?? '')?.[1];

/** Reads the block that -brief and -rev print. */
function briefReport(text: string): PeerReport {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const peer = commonName(field('Peer certificate'));
  return {
    kind: 'secure',
    version: field('Protocol version') ?? '',
    suite: field('Ciphersuite') ?? '',
    ...(peer === undefined ? {} : { peer }),
  };
}

/** Reads what s_client prints without -brief, which alone tells the protocol that ALPN chose. */
function longReport(text: string): PeerReport {
  const alpn = /^ALPN protocol: (.*)$/m.exec(text)?.[1];
  return {
    kind: 'secure',
    version: /^New, (\S+), Cipher is/m.exec(text)?.[1] ?? '',
    suite: /Cipher is (\S+)/.exec(text)?.[1] ?? '',
    ...(alpn === undefined ? {} : { alpn }),
  };
}

/** The outcomes that s_server -rev printed, in order. */
function outcomesIn(text: string): PeerReport[] {
  const blocks = text.split(/^(?=CONNECTION (?:ESTABLISHED|FAILURE)$)/m);
  return blocks.flatMap((block) => {
    // The last line of an established connection's block that every version prints.
    if (block.startsWith('CONNECTION ESTABLISHED') && /^Supported groups:|^Shared groups:/m.test(block)) {
      return [briefReport(block)];
    }
    const failure = block.startsWith('CONNECTION FAILURE') ? failureIn(block) : undefined;
    return failure === undefined ? [] : [failure];
  });
}

function serverArguments(options: ServeOptions): string[] {
  const auth =
    options.clientAuth === undefined ? [] : [options.clientAuth === 'required' ? '-Verify' : '-verify', '4'];
  return [
    ...['s_server', '-accept', '127.0.0.1:0', '-tls1_3'],
    ...['-cert', options.credential.certFile, '-cert_chain', options.credential.certFile],
    ...['-key', options.credential.keyFile],
    ...(options.groups === undefined ? [] : ['-groups', options.groups.join(':')]),
    ...(options.alpn === undefined ? [] : ['-alpn', options.alpn.join(',')]),
    ...(options.clientCaFile === undefined ? [] : ['-CAfile', options.clientCaFile, '-verify_return_error']),
    ...auth,
  ];
}

const portOf = (child: Child): Promise<number> =>
  child.waitFor('listening port', (text) => {
    const port = PORT_LINE.exec(text)?.[1];
    return port === undefined ? undefined : Number(port);
  });

class OpensslServer implements PeerServer {
  readonly child: Child;
  readonly port: number;
  readonly slow: boolean;
  #seen = 0;

  constructor(child: Child, port: number, slow: boolean) {
    this.child = child;
    this.port = port;
    this.slow = slow;
  }

  async next(): Promise<PeerReport> {
    const outcome = await this.child.waitFor('report of a handshake', (text) => outcomesIn(text)[this.#seen]);
    this.#seen += 1;
    return outcome;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

function clientArguments(options: ConnectOptions): string[] {
  const name = options.serverName ?? 'localhost';
  return [
    ...[
      's_client',
      '-connect',
      `127.0.0.1:${options.port}`,
      '-CAfile',
      options.caFile,
      '-verify_return_error',
    ],
    ...['-servername', name, '-verify_hostname', name, options.maxVersion === '1.2' ? '-tls1_2' : '-tls1_3'],
    ...(options.credential === undefined
      ? []
      : ['-cert', options.credential.certFile, '-cert_chain', options.credential.certFile]),
    ...(options.credential === undefined ? [] : ['-key', options.credential.keyFile]),
    ...(options.suite === undefined ? [] : ['-ciphersuites', options.suite]),
    ...(options.groups === undefined ? [] : ['-groups', options.groups.join(':')]),
    ...(options.alpn === undefined ? [] : ['-alpn', options.alpn.join(',')]),
  ];
}

async function clientWork(child: Child, options: ConnectOptions): Promise<void> {
  const bytes = options.bytes ?? 0;
  if (options.work === 'echo') {
    child.stdin.write('E\nhello from openssl\n');
    await child.waitFor('echo', (text) => (/^hello from openssl$/m.test(text) ? true : undefined));
  } else if (options.work === 'down') {
    child.stdin.write(`D ${bytes}\n`);
    await receivePattern(child.stdout, bytes, options.slow === true);
  } else {
    child.stdin.write(`U ${bytes}\n`);
    await sendPattern(child.stdin, bytes);
    const answer = (await readExactly(child.stdout, 3)).toString('latin1');
    if (answer !== 'OK\n') throw new Error(`answered ${answer}`);
  }
}

async function connect(options: ConnectOptions): Promise<PeerReport> {
  const long = options.alpn !== undefined;
  const child = new Child(
    COMMAND,
    [...clientArguments(options), ...(long ? [] : ['-brief', '-nocommands'])],
    {
      rawOutput: options.work !== 'echo',
    },
  );
  try {
    await clientWork(child, options);
    child.stdin.end();
    await child.exit();
  } catch (error) {
    child.stdin.end();
    await child.exit();
    const failure = failureIn(child.text);
    if (failure === undefined) throw error;
    return failure;
  }
  return long ? longReport(child.text) : briefReport(child.text);
}

const keyUpdate: KeyUpdatePeer = {
  async serve(options) {
    const child = new Child(COMMAND, [...serverArguments(options), '-msg']);
    const port = await portOf(child);
    return {
      port,
      next: () => Promise.reject(new Error('this server tells no outcome')),
      stop: () => child.stop(),
      ...interactive(child),
    };
  },
  connect(options) {
    const child = new Child(COMMAND, [...clientArguments(options), '-msg']);
    return { stop: () => child.stop(), ...interactive(child) };
  },
};

/** A line that is K or k is a command: update the key, and ask for the peer's update or not. */
function interactive(child: Child): {
  update(request: boolean): void;
  say(line: string): void;
  heard(text: string, times: number): Promise<void>;
} {
  return {
    update: (request) => void child.stdin.write(request ? 'K\n' : 'k\n'),
    say: (line) => void child.stdin.write(`${line}\n`),
    heard: async (text, times) => {
      const what = `${JSON.stringify(text)}, ${times} times`;
      await child.waitFor(what, (all) => (all.split(text).length > times ? true : undefined));
    },
  };
}

/** Reads lines of a raw output up to one that matches, and leaves what follows unread. */
async function lineMatching(output: Readable, wanted: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const match = wanted.exec(await readLine(output));
    if (match !== null) return match;
  }
}

export function opensslPeer(folder: string): Peer {
  const version =
    spawnSync(COMMAND, ['version'], { encoding: 'utf8', timeout: 10_000 }).stdout.split(' ')[1] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const postQuantum = major > 3 || (major === 3 && minor >= 5);
  return {
    name: `OpenSSL ${version}`,
    groups: GROUPS.filter((group) => group !== 'X25519MLKEM768' || postQuantum),
    sendsRefusals: true,
    async serve(options: ServeOptions): Promise<PeerServer> {
      if (options.work === 'down') writeFileSync(join(folder, BULK_FILE), pattern(0, options.bytes ?? 0));
      const works = { echo: ['-rev'], down: ['-WWW'], up: [] } as const;
      const rawOutput = options.work === 'up';
      const child = new Child(COMMAND, [...serverArguments(options), ...works[options.work]], {
        cwd: folder,
        rawOutput,
      });
      const port = rawOutput ? Number((await lineMatching(child.stdout, PORT_LINE))[1]) : await portOf(child);
      return new OpensslServer(child, port, options.slow === true);
    },
    connect,
    async echo(channel: Duplex): Promise<void> {
      channel.write('hello from here\n');
      const back = (await readExactly(channel, 16)).toString('latin1');
      if (back !== 'ereh morf olleh\n') throw new Error(`sent back ${JSON.stringify(back)}`);
    },
    async download(channel: Duplex, bytes: number, slow: boolean): Promise<void> {
      channel.write(`GET /${BULK_FILE} HTTP/1.0\r\n\r\n`);
      while ((await readLine(channel)) !== '\r\n');
      await receivePattern(channel, bytes, slow);
    },
    async upload(channel: Duplex, bytes: number, server: PeerServer): Promise<void> {
      if (!(server instanceof OpensslServer)) throw new Error('not a server of this peer');
      const output = server.child.stdout;
      const received = lineMatching(output, LAST_LINE_BEFORE_DATA).then(() =>
        receivePattern(output, bytes, server.slow),
      );
      await Promise.all([sendPattern(channel, bytes), received]);
    },
    keyUpdate,
  };
}
