/** `puretls trace HOST[:PORT]`: a handshake, message by message, field by field, with its bytes and secrets. */
import { connect } from 'node:net';
import { Command, Option } from 'commander';
import { createClientConfig } from '../config/config.ts';
import { Connection } from '../engine/connection.ts';
import type { ConnectionEvent } from '../engine/event.ts';
import type { ConnectionInfo } from '../engine/info.ts';
import type { StoredSession } from '../session/session.ts';
import { renderTraceLadder } from '../study/ladder.ts';
import { TraceRecorder } from '../study/recorder.ts';
import { renderTraceText, type TraceStyle } from '../study/text.ts';
import { TLSError } from '../wire/error.ts';
import { engineOptions } from './engine-options.ts';
import { Attributed, failureOf, UsageError } from './exit.ts';
import { negotiationReport, negotiationText } from './negotiation-report.ts';
import { addPeerOptions, type PeerFlags, type PeerSettings, peerSettings } from './options.ts';
import { commandProvider } from './provider.ts';
import { notResumed } from './session.ts';
import { formatTarget, parseTarget, type Target } from './target.ts';
import { type Io, type Paint, paintFor, type Style, write, writeLine } from './terminal.ts';
import { trustNote } from './trust.ts';

/** How long to wait for what a server sends after its handshake, tickets above all, and for its close. */
const LINGER_MS = 1000;

interface TraceFlags extends PeerFlags {
  readonly notes: boolean;
  readonly records?: boolean;
  readonly maxBytes?: string;
}

interface Outcome {
  readonly info: ConnectionInfo;
  readonly address: string | undefined;
  readonly error: unknown;
}

export function traceCommand(io: Io): Command {
  const command = new Command('trace')
    .description('show a handshake byte by byte; what it prints can decrypt the connection')
    .argument('<host[:port]>', 'whom to connect to; port 443 unless given');
  addPeerOptions(command)
    .addOption(new Option('--max-bytes <n>', 'show at most so many bytes of a field'))
    .addOption(new Option('--no-notes', 'leave out the explanations'))
    .addOption(new Option('--records', 'show records and states of the machine as well'));
  return command.action(async (host: string, flags: TraceFlags) => {
    await trace(host, flags, io);
  });
}

async function trace(host: string, flags: TraceFlags, io: Io): Promise<void> {
  const target = parseTarget(host);
  const maxLeafBytes = leafBytes(flags.maxBytes);
  const settings = peerSettings(flags, commandProvider(), io.env);
  const recorder = new TraceRecorder();
  const outcome = await handshake(target, settings, recorder);
  const peer = formatTarget(target);
  const document = recorder.document();
  const { info } = outcome;
  const why = info.version === undefined ? undefined : notResumed(target, settings, info.resumed);
  const report = negotiationReport(info, peer, outcome.address, why);
  if (settings.json) {
    const error = outcome.error === undefined ? {} : { error: failureOf(outcome.error) };
    await writeLine(io.stdout, JSON.stringify({ ...document, negotiated: report, ...error }, undefined, 2));
  } else {
    const paint = paintFor(io.stdout, io.env);
    const text = renderTraceText(document, {
      paint: (style, piece) => paintTrace(paint, style, piece),
      maxLeafBytes,
      notes: flags.notes,
      asides: flags.records === true,
    });
    await write(io.stdout, `${text}\n${renderTraceLadder(document)}\n`);
    if (outcome.info.version !== undefined) await writeLine(io.stdout, negotiationText(report, paint));
  }
  if (outcome.error !== undefined)
    throw new Attributed(peer, outcome.error, trustNote(settings, outcome.error));
}

function leafBytes(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^\d{1,7}$/.test(text)) throw new UsageError(`--max-bytes: ${JSON.stringify(text)} is not a number`);
  return Number(text);
}

const STYLES: Readonly<Record<TraceStyle, Style | undefined>> = {
  heading: 'bold',
  offset: 'dim',
  bytes: undefined,
  name: 'cyan',
  value: 'yellow',
  note: 'dim',
  secret: 'magenta',
  error: 'red',
  aside: 'dim',
};

function paintTrace(paint: Paint, style: TraceStyle, text: string): string {
  const chosen = STYLES[style];
  return chosen === undefined ? text : paint(chosen, text);
}

/** Connects, shakes hands, waits for what follows, closes. Resolves also when it fails: the trace is worth showing. */
function handshake(target: Target, settings: PeerSettings, recorder: TraceRecorder): Promise<Outcome> {
  const config = createClientConfig(engineOptions(target, settings));
  return new Promise((resolve) => {
    const socket = connect({ host: target.host, port: target.port, noDelay: true });
    let linger: NodeJS.Timeout | undefined;
    let settled = false;

    const finish = (error: unknown): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      clearTimeout(linger);
      const address = socket.remoteAddress;
      flush();
      socket.destroySoon();
      resolve({ info: connection.info, address, error });
    };
    const keep = (session: StoredSession): void => {
      try {
        settings.sessionOut?.putSession(session);
      } catch (error) {
        // Not through the engine, which is at work.
        queueMicrotask(() => finish(error));
      }
    };
    const onEvent = (event: ConnectionEvent): void => {
      if (event.kind === 'key_log') settings.keyLog?.(event.line);
      if (event.kind === 'ticket') keep(event.ticket);
      if (event.kind !== 'secure') return;
      // Nothing to say: close our side at once, and listen until the peer closes too.
      connection.close();
      linger = setTimeout(() => finish(undefined), LINGER_MS);
    };
    const connection = Connection.client(config, onEvent, recorder.listener);
    const flush = (): void => {
      const output = connection.takeOutput();
      if (output !== undefined && socket.writable) socket.write(output);
    };
    /** Alerts of ours go out before the socket closes. */
    const attempt = (act: () => void): void => {
      try {
        act();
        flush();
        if (connection.peerClosed) finish(undefined);
      } catch (error) {
        finish(error);
      }
    };
    const timer = setTimeout(() => {
      const error = new TLSError('timeout', `no handshake within ${settings.timeout} ms`);
      connection.abort(error);
      finish(error);
    }, settings.timeout);

    socket.on('connect', () => attempt(() => connection.start()));
    socket.on('data', (chunk: Uint8Array) => attempt(() => connection.receive(chunk)));
    socket.on('end', () =>
      attempt(() => {
        connection.receiveEnd();
        finish(undefined);
      }),
    );
    socket.on('error', (error) => finish(error));
  });
}
