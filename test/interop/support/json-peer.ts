/** A peer that is a program of ours: flags in, a JSON object a line out (see peers/go/main.go). */
import { askDownload, askEcho, askUpload } from './channel.ts';
import { Child } from './child.ts';
import type { ConnectOptions, GroupName, Peer, PeerReport, PeerServer, ServeOptions } from './peer.ts';

export interface PeerEvent {
  readonly event: string;
  readonly port?: number;
  readonly version?: string;
  readonly suite?: string;
  readonly group?: string;
  readonly alpn?: string;
  readonly peer?: string;
  readonly message?: string;
  readonly alert?: number;
  readonly resumed?: boolean;
  /** Hexadecimal. */
  readonly export?: string;
  readonly unique?: string;
}

export function eventsIn(text: string): PeerEvent[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): PeerEvent => JSON.parse(line));
}

function reportOf(event: PeerEvent): PeerReport {
  if (event.event !== 'secure') {
    const alert = event.alert === undefined ? {} : { alert: event.alert };
    return { kind: 'error', message: event.message ?? '', ...alert };
  }
  return {
    kind: 'secure',
    version: event.version ?? '',
    suite: event.suite ?? '',
    ...(event.group === undefined ? {} : { group: event.group }),
    ...(event.alpn === undefined ? {} : { alpn: event.alpn }),
    ...(event.peer === undefined ? {} : { peer: event.peer }),
  };
}

export const flag = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : [name, value];
export const list = (name: string, values: readonly string[] | undefined): string[] =>
  flag(name, values?.join(','));

class JsonServer implements PeerServer {
  readonly #child: Child;
  readonly port: number;
  #seen = 0;

  constructor(child: Child, port: number) {
    this.#child = child;
    this.port = port;
  }

  async next(): Promise<PeerReport> {
    const event = await this.#child.waitFor('report of a handshake', (text) => {
      const outcomes = eventsIn(text).filter((each) => each.event === 'secure' || each.event === 'error');
      return outcomes[this.#seen];
    });
    this.#seen += 1;
    return reportOf(event);
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

export interface Program {
  readonly name: string;
  readonly groups: readonly GroupName[];
  readonly command: string;
  /** Arguments before the program's own. */
  readonly before?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly canChooseSuite: boolean;
  readonly sendsRefusals: boolean;
}

export function jsonPeer(program: Program): Peer {
  const { name, groups, command, before = [], env = {}, canChooseSuite, sendsRefusals } = program;
  return {
    name,
    groups,
    sendsRefusals,
    async serve(options: ServeOptions): Promise<PeerServer> {
      const child = new Child(
        command,
        [
          ...before,
          'server',
          ...['-cert', options.credential.certFile, '-key', options.credential.keyFile],
          ...list('-groups', options.groups),
          ...list('-alpn', options.alpn),
          ...flag('-client-ca', options.clientCaFile),
          ...flag('-client-auth', options.clientAuth),
          ...(options.slow === true ? ['-slow'] : []),
        ],
        { env },
      );
      const port = await child.waitFor(
        'listening port',
        (text) => eventsIn(text).find((e) => e.event === 'listening')?.port,
      );
      return new JsonServer(child, port);
    },
    async connect(options: ConnectOptions): Promise<PeerReport> {
      const child = new Child(
        command,
        [
          ...before,
          'client',
          ...['-port', String(options.port), '-ca', options.caFile, '-do', options.work],
          ...flag('-cert', options.credential?.certFile),
          ...flag('-key', options.credential?.keyFile),
          ...flag('-servername', options.serverName),
          ...(canChooseSuite ? flag('-suite', options.suite) : []),
          ...list('-groups', options.groups),
          ...list('-alpn', options.alpn),
          ...flag('-bytes', options.bytes?.toString()),
          ...flag('-max-version', options.maxVersion),
          ...(options.slow === true ? ['-slow'] : []),
        ],
        { env },
      );
      await child.exit(60_000);
      const events = eventsIn(child.text);
      const failure = events.find(({ event }) => event === 'error' || event === 'broken');
      if (failure !== undefined) return reportOf(failure);
      const secure = events.find((event) => event.event === 'secure');
      if (secure === undefined || !events.some((event) => event.event === 'done')) {
        throw new Error(`${name} client ended without a report:\n${child.text.slice(-4000)}`);
      }
      return reportOf(secure);
    },
    echo: askEcho,
    download: askDownload,
    upload: askUpload,
  };
}
