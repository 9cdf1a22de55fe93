/** `puretls get URL`: HTTPS GET, the body to stdout. */
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { visible } from '../study/visible.ts';
import { TLSError } from '../wire/error.ts';
import { Attributed, TransportError, UsageError } from './exit.ts';
import {
  exchange,
  type Header,
  type HttpRequest,
  headersOf,
  httpError,
  isCloseDelimited,
  parseHeader,
  redirection,
  requestHeaders,
  statusLine,
} from './http.ts';
import { type NegotiationReport, negotiationText } from './negotiation-report.ts';
import { addPeerOptions, type PeerFlags, type PeerSettings, peerSettings } from './options.ts';
import { commandProvider } from './provider.ts';
import { openSession, type Session } from './session.ts';
import { formatTarget, parseHttpsUrl, urlTarget } from './target.ts';
import { type Io, paintFor, write, writeLine } from './terminal.ts';
import { VERSION } from './version.ts';

interface GetFlags extends PeerFlags {
  readonly verbose?: boolean;
  readonly include?: boolean;
  readonly head?: boolean;
  readonly output?: string;
  readonly location?: boolean;
  readonly header?: readonly string[];
}

const MAX_REDIRECTIONS = 10;
/** Not carried to another host. */
const PRIVATE_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'host',
]);

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

export function getCommand(io: Io): Command {
  const command = new Command('get').description('HTTPS GET: the body to stdout').argument('<url>');
  return addPeerOptions(command)
    .addOption(new Option('-v, --verbose', 'the handshake and both heads to stderr'))
    .addOption(new Option('-i, --include', 'the head of the answer before the body'))
    .addOption(new Option('-I, --head', 'ask for the head alone'))
    .addOption(new Option('-o, --output <file>', 'the body to a file'))
    .addOption(new Option('-L, --location', 'follow redirections'))
    .addOption(new Option('-H, --header <header>', 'send "Name: value" (repeatable)').argParser(several))
    .action((url: string, flags: GetFlags) => get(url, flags, io));
}

interface Visit {
  readonly url: URL;
  readonly settings: PeerSettings;
  readonly request: HttpRequest;
}

async function get(text: string, flags: GetFlags, io: Io): Promise<void> {
  const url = parseHttpsUrl(text);
  const settings = peerSettings({ ...flags, alpn: flags.alpn ?? 'http/1.1' }, commandProvider(), io.env);
  const headers = (flags.header ?? []).map(parseHeader);
  let visit: Visit = {
    url,
    settings,
    request: { method: flags.head === true ? 'HEAD' : 'GET', url, headers },
  };
  for (let redirections = 0; ; redirections++) {
    const next = await fetchOne(visit, flags, io);
    if (next === undefined) return;
    if (redirections === MAX_REDIRECTIONS) {
      throw new Attributed(
        visit.url.href,
        new TransportError('TOO_MANY_REDIRECTIONS', `redirected ${MAX_REDIRECTIONS} times`),
      );
    }
    visit = redirected(visit, next);
  }
}

/** What was said for one host is not said to another. */
function redirected(from: Visit, location: string): Visit {
  const url = new URL(location);
  if (url.protocol !== 'https:') {
    throw new Attributed(
      from.url.href,
      new TransportError('INSECURE_REDIRECTION', `redirected to ${visible(location)}, which is not https`),
    );
  }
  const sameHost = url.host === from.url.host;
  // A ticket of TLS 1.3 serves once.
  const again: PeerSettings = { ...from.settings, sessionIn: undefined };
  const headers = sameHost
    ? from.request.headers
    : from.request.headers.filter((header) => !PRIVATE_HEADERS.has(header.name.toLowerCase()));
  return {
    url,
    settings: sameHost ? again : { ...again, servername: undefined, credentials: [], sessionOut: undefined },
    request: { ...from.request, url, headers },
  };
}

/** Resolves with the next location when there is one to follow. */
async function fetchOne(
  { url, settings, request }: Visit,
  flags: GetFlags,
  io: Io,
): Promise<string | undefined> {
  const target = urlTarget(url);
  const session = await openSession(target, settings);
  const { socket } = session;
  try {
    socket.setTimeout(settings.timeout, () => {
      socket.destroy(new TLSError('timeout', `nothing came for ${settings.timeout} ms`));
    });
    const headers = requestHeaders(request, VERSION);
    if (flags.verbose === true) await showRequest(session.report, request, headers, io);
    const answer = await exchange(socket, request, headers);
    if (flags.verbose === true) await showHead(answer, io);
    const next = flags.location === true ? redirection(answer, url) : undefined;
    if (next === undefined) {
      await deliver(answer, session, request, flags, io);
      if (settings.json) await showJson(session.report, answer, url, io);
    }
    return next;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new Attributed(formatTarget(target), error);
  } finally {
    socket.destroySoon();
  }
}

async function showRequest(
  report: NegotiationReport,
  request: HttpRequest,
  headers: readonly Header[],
  io: Io,
): Promise<void> {
  const paint = paintFor(io.stderr, io.env);
  const head = [
    `${request.method} ${request.url.pathname}${request.url.search} HTTP/1.1`,
    ...headers.map(({ name, value }) => `${name}: ${value}`),
  ];
  const lines = head.map((line) => `${paint('dim', '>')} ${visible(line)}`);
  await writeLine(io.stderr, [negotiationText(report, paint), ...lines, paint('dim', '>')].join('\n'));
}

async function showHead(answer: IncomingMessage, io: Io): Promise<void> {
  const paint = paintFor(io.stderr, io.env);
  const lines = headLines(answer).map((line) => `${paint('dim', '<')} ${visible(line)}`);
  await writeLine(io.stderr, [...lines, paint('dim', '<')].join('\n'));
}

function headLines(answer: IncomingMessage): string[] {
  return [statusLine(answer), ...headersOf(answer).map(({ name, value }) => `${name}: ${value}`)];
}

async function showJson(report: NegotiationReport, answer: IncomingMessage, url: URL, io: Io): Promise<void> {
  const response = {
    status: answer.statusCode,
    statusMessage: answer.statusMessage,
    httpVersion: answer.httpVersion,
    headers: headersOf(answer),
  };
  await writeLine(io.stderr, JSON.stringify({ url: url.href, negotiated: report, response }));
}

function openOutput(path: string): Promise<Writable> {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(path);
    file.once('open', () => resolve(file));
    file.once('error', (error) => reject(new UsageError(`-o ${path}: ${error.message}`, error)));
  });
}

/** The body, whole or with an error that says it is not. */
async function deliver(
  answer: IncomingMessage,
  { socket }: Session,
  { method }: HttpRequest,
  flags: GetFlags,
  io: Io,
): Promise<void> {
  const output = flags.output === undefined ? io.stdout : await openOutput(flags.output);
  if (flags.include === true || method === 'HEAD') {
    await write(output, Buffer.from(`${headLines(answer).join('\r\n')}\r\n\r\n`, 'latin1'));
  }
  const received = await copy(answer, output);
  if (isCloseDelimited(answer, method) && socket.truncated) {
    throw new TransportError(
      'TRUNCATED',
      `the body may be cut short after ${received} bytes: the connection ended without close_notify, and nothing else tells its length`,
    );
  }
}

/** Resolves with the number of bytes once all of them are written. */
function copy(answer: IncomingMessage, output: Writable): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = 0;
    answer.on('data', (chunk: Uint8Array) => {
      received += chunk.length;
    });
    answer.on('error', (error: NodeJS.ErrnoException) => {
      const expected = answer.headers['content-length'];
      const wanted = expected === undefined ? 'before its end' : `of ${expected}`;
      const isCut = error.code === 'ECONNRESET';
      reject(
        isCut
          ? new TransportError('TRUNCATED', `the body is cut short after ${received} bytes ${wanted}`)
          : httpError(error),
      );
    });
    output.on('error', reject);
    answer.on('end', () => write(output, '').then(() => resolve(received), reject));
    answer.pipe(output, { end: false });
  });
}
