/** `puretls serve`: a TLS server that shows a status page, echoes, or forwards to a plain TCP server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { createServer, type Server, type TLSSocket, type TlsOptions } from '../index.ts';
import { visible } from '../study/visible.ts';
import { addEarlyDataLimit, deliverEarlyData, earlyDataOptions } from './early-data.ts';
import { type Failure, failureLine, failureOf, UsageError } from './exit.ts';
import { type CredentialMaterial, readTrust, type TrustMaterial } from './material.ts';
import { negotiationReport } from './negotiation-report.ts';
import {
  addServerOptions,
  type CommonFlags,
  type CommonSettings,
  commonSettings,
  negotiable,
} from './options.ts';
import { commandProvider } from './provider.ts';
import { type RevocationFlags, readRevocation } from './revocation.ts';
import { echo, proxyTo, type Service, statusPage } from './serve-services.ts';
import { formatTarget, parsePort, parseTarget } from './target.ts';
import { type Io, paintFor, writeLine } from './terminal.ts';

interface ServeFlags extends CommonFlags, RevocationFlags {
  readonly host: string;
  readonly port: string;
  readonly www?: boolean;
  readonly echo?: boolean;
  readonly proxy?: string;
  readonly clientCa?: readonly string[];
  readonly requestCert?: boolean;
  readonly requireCert?: boolean;
  /** False: --no-tickets. */
  readonly tickets?: string | false;
  readonly earlyData?: string;
  readonly quiet?: boolean;
}

const several = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

const NOTES = `
Without a certificate at hand, "puretls cert --help" shows how to make one.`;

export function serveCommand(io: Io): Command {
  const command = new Command('serve')
    .description('a TLS server: --www (default), --echo or --proxy')
    .addOption(new Option('--host <address>', 'where to listen').default('127.0.0.1'))
    .addOption(new Option('--port <port>', '0 picks one').default('4433'))
    .addOption(new Option('--www', 'answer HTTP with a page that shows what was negotiated'))
    .addOption(new Option('--echo', 'send back what comes'))
    .addOption(new Option('--proxy <host:port>', 'forward, decrypted, to this TCP server'))
    .addOption(new Option('--request-cert', 'ask clients for a certificate, and show the verdict'))
    .addOption(new Option('--require-cert', 'refuse clients without a certificate that verifies'))
    .addOption(
      new Option('--client-ca <file>', 'trust these for client certificates (repeatable)').argParser(several),
    )
    .addHelpText('after', NOTES);
  return addServerOptions(addEarlyDataLimit(command))
    .addOption(new Option('-q, --quiet', 'say nothing of connections'))
    .action((flags: ServeFlags) => serve(flags, io));
}

function serviceOf(flags: ServeFlags): Service {
  const chosen = [flags.www, flags.echo, flags.proxy].filter((one) => one !== undefined);
  if (chosen.length > 1) throw new UsageError('--www, --echo and --proxy: choose one');
  if (flags.echo === true) return echo();
  return flags.proxy === undefined ? statusPage() : proxyTo(parseTarget(flags.proxy, 80));
}

function clientTrust(flags: ServeFlags): TrustMaterial | undefined {
  if (flags.clientCa !== undefined) {
    if (flags.requestCert !== true && flags.requireCert !== true) {
      throw new UsageError('--client-ca without --request-cert or --require-cert: no client would be asked');
    }
    return readTrust('--client-ca', flags.clientCa);
  }
  if (flags.requireCert === true)
    throw new UsageError('--require-cert without --client-ca: whose certificates?');
  return undefined;
}

function keyPair({ certificateFile, keyFile, passphrase }: CredentialMaterial): {
  cert: Buffer;
  key: { pem: Buffer; passphrase?: string };
} {
  const key = { pem: Buffer.from(keyFile), ...(passphrase === undefined ? {} : { passphrase }) };
  return { cert: Buffer.from(certificateFile), key };
}

const MAX_TICKETS = 16;

function ticketOptions(tickets: string | false | undefined): TlsOptions {
  if (tickets === undefined) return {};
  if (tickets === false) return { sessionTickets: false };
  const count = /^\d{1,2}$/.test(tickets) ? Number(tickets) : Number.POSITIVE_INFINITY;
  if (count > MAX_TICKETS) {
    throw new UsageError(`--tickets: ${JSON.stringify(tickets)} is not a number from 0 to ${MAX_TICKETS}`);
  }
  return { ticketCount: count };
}

function faceOptions(flags: ServeFlags, settings: CommonSettings, service: Service): TlsOptions {
  const trust = clientTrust(flags);
  const revocation = readRevocation(flags);
  if (revocation !== undefined && trust === undefined)
    throw new UsageError('--crl without --client-ca: no client certificate would be looked at');
  const pairs = settings.credentials.map(keyPair);
  const alpn = settings.alpn.length > 0 ? settings.alpn : service.alpn;
  return {
    cert: pairs.map((pair) => pair.cert),
    key: pairs.map((pair) => pair.key),
    allowHalfOpen: true,
    handshakeTimeout: settings.timeout,
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    ...negotiable(settings),
    ...ticketOptions(flags.tickets),
    ...earlyDataOptions(flags.earlyData),
    ...(trust === undefined ? {} : { ca: trust.files.map((file) => Buffer.from(file)) }),
    ...(revocation === undefined
      ? {}
      : { crl: revocation.files.map((file) => Buffer.from(file)), crlCheck: revocation.check }),
    requestCert: flags.requestCert === true || flags.requireCert === true,
    rejectUnauthorized: flags.requireCert === true,
  };
}

async function serve(flags: ServeFlags, io: Io): Promise<void> {
  const port = parsePort(flags.port, '--port');
  if (flags.cert === undefined) {
    throw new UsageError(
      'pass --cert FILE --key FILE; "puretls cert ca" and "puretls cert leaf --name localhost" make them',
    );
  }
  const service = serviceOf(flags);
  const settings = commonSettings(flags, commandProvider(), io.env);
  const server = createServer(faceOptions(flags, settings, service));
  const log = new ServerLog(io, settings.json, flags.quiet === true);
  const sockets = new Set<TLSSocket>();
  const { keyLog } = settings;

  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // A client that fails is its own affair.
    socket.on('error', (error) => log.failed(peerOf(socket), error));
    log.connected(socket);
    deliverEarlyData(socket);
    service.serve(socket);
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => log.failed(peerOf(socket), error));
  if (keyLog !== undefined) {
    server.on('keylog', (line: Uint8Array) => keyLog(Buffer.from(line).toString('latin1').trimEnd()));
  }
  await listen(server, port, flags.host);
  const address = boundAddress(server);
  await writeLine(io.stderr, `listening on ${address}`);
  log.event({ event: 'listening', address });
  await interrupted();
  server.close();
  for (const socket of sockets) socket.destroySoon();
  await sleep(sockets.size === 0 ? 0 : FAREWELL_MS);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function boundAddress(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') return String(address);
  return formatTarget({ host: address.address, port: address.port });
}

/** How long open connections may take to send what waits, once the server is told to end. */
const FAREWELL_MS = 100;

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

/** Advice is for the command's own user; this failure is a client's. */
function withoutAdvice({ advice: _, ...failure }: Failure): Failure {
  return failure;
}

function peerOf(socket: TLSSocket): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'a client that has gone';
  return formatTarget({ host: remoteAddress, port: remotePort });
}

/** A line on stderr for a person, or an object on stdout for a machine. */
class ServerLog {
  readonly #io: Io;
  readonly #json: boolean;
  readonly #quiet: boolean;

  constructor(io: Io, json: boolean, quiet: boolean) {
    this.#io = io;
    this.#json = json;
    this.#quiet = quiet;
  }

  event(event: object): void {
    if (this.#json) this.#io.stdout.write(`${JSON.stringify(event)}\n`);
  }

  #line(line: string): void {
    if (!this.#json && !this.#quiet) this.#io.stderr.write(`${line}\n`);
  }

  connected(socket: TLSSocket): void {
    const client = peerOf(socket);
    const report = negotiationReport(socket.info, client, undefined);
    const early = socket.earlyData?.length ?? 0;
    this.event({
      event: 'connection',
      client,
      negotiated: report,
      ...(early > 0 ? { earlyData: early } : {}),
    });
    const verdict = report.verified ? 'verified' : `NOT verified: ${report.verifyError?.code ?? ''}`;
    const [certificate] = report.peerCertificates;
    const facts = [
      report.version,
      report.cipherSuite,
      report.group,
      report.resumed ? 'resumed' : null,
      early > 0 ? `${early} bytes early` : null,
      report.serverName === null ? null : `for ${visible(report.serverName)}`,
      report.alpnProtocol === null ? null : `ALPN ${visible(report.alpnProtocol)}`,
      certificate === undefined ? null : `client ${certificate.subject} (${verdict})`,
    ];
    this.#line(`${client}  ${facts.filter((fact) => fact !== null).join(' · ')}`);
  }

  failed(client: string, error: unknown): void {
    const failure = failureOf(error);
    this.event({ event: 'failure', client, error: failure });
    const paint = paintFor(this.#io.stderr, this.#io.env);
    this.#line(`${client}  ${paint('red', 'failed')}: ${failureLine(withoutAdvice(failure))}`);
  }
}
