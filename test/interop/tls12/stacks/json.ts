/** A stack that is driven through a small program of ours (peers/): flags in, a JSON object a line out. */
import { AlertDescription } from '../../../../src/engine.ts';
import { askEcho } from '../../support/channel.ts';
import { Child } from '../../support/child.ts';
import { EXPORT_LABEL } from '../../support/engine-side.ts';
import { eventsIn, flag, list, type PeerEvent } from '../../support/json-peer.ts';
import { groupByAnyName, type Range, type Version } from '../names.ts';
import type { ConnectWish, Failed, Secure, ServeWish, Stack, StackServer, Told } from '../stack.ts';
import { askBulk, askLine } from '../work.ts';
import { PrintingServer, present } from './driver.ts';

/** What tells such a stack from another. */
export type JsonTraits = Omit<Stack, 'serve' | 'connect' | 'greet' | 'bulk' | 'hangUp' | 'close'> & {
  readonly command: string;
  /** Arguments before the program's own. */
  readonly before?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it can tell keying material. */
  readonly exports: boolean;
};

const versionCalled = (name: string | undefined): Version | undefined =>
  name === 'TLSv1.2' ? '1.2' : name === 'TLSv1.3' ? '1.3' : undefined;

/** Java names the alert in its message, in the RFCs' own words. */
function alertIn(event: PeerEvent): number | undefined {
  if (event.alert !== undefined) return event.alert;
  const name = /received fatal alert: (\w+)/i.exec(event.message ?? '')?.[1]?.toLowerCase();
  const code = Object.entries(AlertDescription).find(([known]) => known === name)?.[1];
  return typeof code === 'number' ? code : undefined;
}

function toldBy(event: PeerEvent): Told {
  if (event.event !== 'secure') {
    return present<Failed>({ kind: 'error', message: event.message ?? '', alert: alertIn(event) });
  }
  const version = versionCalled(event.version);
  return present<Secure>({
    kind: 'secure',
    version,
    suite: event.suite,
    group: event.group === undefined || event.group === '0' ? undefined : groupByAnyName(event.group),
    alpn: event.alpn,
    peer: event.peer,
    resumed: event.resumed,
    exported: event.export,
    tlsUnique: event.unique === '' ? undefined : event.unique,
    extendedMasterSecret: undefined,
  });
}

/** How handshakes went; what goes wrong after one is told by `broken`. */
const outcomes = (text: string): Told[] =>
  eventsIn(text)
    .filter(({ event }) => event === 'secure' || event === 'error')
    .map(toldBy);

const versionFlags = ({ min, max }: Range): string[] => ['-min-version', min, '-max-version', max];

function workOf(wish: ConnectWish): string[] {
  if (wish.bulk !== undefined) return ['-do', 'back', '-bytes', String(wish.bulk)];
  return ['-do', wish.hangUp === true ? 'line' : 'echo'];
}

export function jsonStack(traits: JsonTraits): Stack {
  const { command, before = [], env = {}, exports, ...rest } = traits;
  const exporting = exports ? ['-export', EXPORT_LABEL] : [];
  const common = (wish: ServeWish | ConnectWish): string[] => [
    ...versionFlags(wish.versions),
    ...list('-alpn', wish.alpn),
    ...(wish.tickets === false ? ['-no-tickets'] : []),
    ...(wish.extendedMasterSecret === false ? ['-no-ems'] : []),
    ...exporting,
  ];

  async function serve(wish: ServeWish): Promise<StackServer> {
    const { certFile, keyFile } = wish.credential;
    const child = new Child(
      command,
      [
        ...before,
        'server',
        ...['-cert', certFile, '-key', keyFile],
        ...list('-groups', wish.groups),
        ...flag('-client-ca', wish.clientCaFile),
        ...(wish.clientCaFile === undefined ? [] : ['-client-auth', 'required']),
        ...common(wish),
      ],
      { env },
    );
    const port = await child.waitFor(
      'listening port',
      (text) => eventsIn(text).find(({ event }) => event === 'listening')?.port,
    );
    return new PrintingServer(child, port, outcomes);
  }

  async function connect(wish: ConnectWish): Promise<readonly Told[]> {
    const child = new Child(
      command,
      [
        ...before,
        'client',
        ...['-port', String(wish.port), '-ca', wish.caFile, ...workOf(wish)],
        ...flag('-cert', wish.credential?.certFile),
        ...flag('-key', wish.credential?.keyFile),
        ...(wish.again === true ? ['-times', '2'] : []),
        ...common(wish),
      ],
      { env },
    );
    await child.exit(60_000);
    const told = outcomes(child.text);
    const broken = eventsIn(child.text).find(({ event }) => event === 'broken');
    if (broken !== undefined) return [toldBy(broken)];
    if (told.length === 0) return [{ kind: 'error', message: child.text.slice(-4000) }];
    return told;
  }

  return {
    ...rest,
    serve,
    connect,
    greet: (channel) => askEcho(channel),
    bulk: (channel, bytes) => askBulk(channel, bytes),
    async hangUp(channel) {
      channel.write('C\n');
      await askLine(channel);
    },
  };
}
