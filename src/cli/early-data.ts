/** `--early-data` of connect and serve: 0-RTT, which whoever records it can send again (RFC 8446 E.5). */
import { type Command, Option } from 'commander';
import type { EarlyDataAnswer, TLSSocket, TlsOptions } from '../index.ts';
import { UsageError } from './exit.ts';
import { readFile } from './files.ts';

/** Of `connect`. */
export function addEarlyDataFile(command: Command): Command {
  return command.addOption(
    new Option(
      '--early-data <file>',
      'send this before the handshake is complete, where the session of --session-in allows it, else after it; whoever records ' +
        'early data can make the server act on it again',
    ),
  );
}

/** Throws UsageError. */
export function readEarlyData(
  path: string | undefined,
  sessionIn: string | undefined,
): Uint8Array | undefined {
  if (path === undefined) return undefined;
  if (sessionIn === undefined) {
    throw new UsageError(
      '--early-data without --session-in: it goes with a session of an earlier connection',
    );
  }
  return readFile('--early-data', path);
}

/** Sends what the server has not read, and says how much that was. */
export function sendRest(socket: TLSSocket, data: Uint8Array, answer: EarlyDataAnswer | undefined): string {
  const read = answer?.accepted === true ? answer.bytes : 0;
  const rest = data.subarray(read);
  if (rest.length > 0) socket.write(rest);
  const { status, reason } = socket.info.earlyData;
  const why = reason === undefined ? '' : ` (${reason.replaceAll('_', ' ')})`;
  const what = `early data ${status.replace('_', ' ')}${why}`;
  return rest.length === 0
    ? `${what}: ${read} bytes`
    : `${what}: ${read} bytes, ${rest.length} sent after the handshake`;
}

/** Of `serve`. */
export function addEarlyDataLimit(command: Command): Command {
  return command.addOption(
    new Option(
      '--early-data <n>',
      'take so many bytes of early data (0-RTT) from clients that resume; it is acted on once the handshake is complete',
    ),
  );
}

/** Throws UsageError. */
export function earlyDataOptions(limit: string | undefined): TlsOptions {
  if (limit === undefined) return {};
  const maximum = /^\d{1,7}$/.test(limit) ? Number(limit) : 0;
  if (maximum < 1)
    throw new UsageError(`--early-data: ${JSON.stringify(limit)} is not a number of bytes, 1 to 9999999`);
  return { dangerousAcceptEarlyData: { maximum } };
}

/** The service reads it as what came first. */
export function deliverEarlyData(socket: TLSSocket): void {
  if (socket.earlyData !== undefined) socket.unshift(socket.earlyData);
}
