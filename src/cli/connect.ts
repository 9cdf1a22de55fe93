/** `puretls connect HOST[:PORT]`: stdin to the peer, the peer to stdout, what was negotiated to stderr. */
import { Command, Option } from 'commander';
import type { TLSSocket } from '../index.ts';
import { addEarlyDataFile, sendRest } from './early-data.ts';
import { Attributed, TransportError } from './exit.ts';
import { negotiationText } from './negotiation-report.ts';
import { addPeerOptions, type PeerFlags, peerSettings } from './options.ts';
import { commandProvider } from './provider.ts';
import { openSession } from './session.ts';
import { formatTarget, parseTarget } from './target.ts';
import { type Io, paintFor, write, writeLine } from './terminal.ts';

interface ConnectFlags extends PeerFlags {
  readonly quiet?: boolean;
}

const NOTES = `
The end of stdin closes our half of the connection; the peer is then heard to its end. When the peer ends first,
the command ends too. An end without close_notify is an error (exit code 2): what came may be cut short.

A session file holds the secret of an earlier connection: it is written for its owner's eyes alone (mode 0600), and
is resumed only for the same name and under the same settings of trust.`;

export function connectCommand(io: Io): Command {
  const command = new Command('connect')
    .description('stdin to the peer, the peer to stdout, what was negotiated to stderr')
    .argument('<host[:port]>', 'whom to connect to; port 443 unless given')
    .addHelpText('after', NOTES);
  return addPeerOptions(addEarlyDataFile(command))
    .addOption(new Option('-q, --quiet', 'say nothing of what was negotiated'))
    .action((host: string, flags: ConnectFlags) => run(host, flags, io));
}

async function run(host: string, flags: ConnectFlags, io: Io): Promise<void> {
  const target = parseTarget(host);
  const settings = peerSettings(flags, commandProvider(), io.env);
  const { socket, report, early } = await openSession(target, settings);
  if (settings.json) await writeLine(io.stderr, JSON.stringify(report));
  else if (flags.quiet !== true) {
    await writeLine(io.stderr, negotiationText(report, paintFor(io.stderr, io.env)));
  }
  const { earlyData } = settings;
  if (earlyData !== undefined) {
    const note = sendRest(socket, earlyData, early);
    if (flags.quiet !== true) await writeLine(io.stderr, settings.json ? JSON.stringify({ note }) : note);
  }
  try {
    await relay(socket, io);
  } catch (error) {
    throw new Attributed(formatTarget(target), error);
  }
  const { sessionOut } = settings;
  if (sessionOut?.isEmpty === true && flags.quiet !== true) {
    const note = `--session-out ${sessionOut.path}: not written, since the server gave no session`;
    await writeLine(io.stderr, settings.json ? JSON.stringify({ note }) : `puretls: ${note}`);
  }
}

/** Both directions with back-pressure; resolves when the peer has ended and stdout has taken everything. */
async function relay(socket: TLSSocket, io: Io): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    io.stdin.on('error', reject);
    socket.on('error', reject);
    socket.on('end', resolve);
    socket.on('close', () =>
      reject(new TransportError('ECONNRESET', 'the connection closed before its end')),
    );
    socket.pipe(io.stdout, { end: false });
    io.stdin.pipe(socket);
  });
  io.stdin.unpipe(socket);
  await write(io.stdout, '');
  if (socket.truncated) {
    throw new TransportError('TRUNCATED', 'the peer ended without close_notify: what came may be cut short');
  }
  await closed(socket);
}

/** Long enough to send what waits to a peer that reads. */
const CLOSE_MS = 1000;

/** Our close_notify goes out if it has not gone yet. */
function closed(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, CLOSE_MS);
    // Whatever goes wrong now, the peer has said all and so have we.
    socket.removeAllListeners('error').on('error', done);
    socket.end(done);
  });
}
