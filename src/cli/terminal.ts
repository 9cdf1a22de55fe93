/** What the command writes to: streams, colour where a person reads, and the end of a pipe nobody reads any more. */
import type { Readable, Writable } from 'node:stream';

export type Paint = (style: Style, text: string) => string;
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

const SGR: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

const ESCAPE = '\u001b[';

export const plain: Paint = (_style, text) => text;

const coloured: Paint = (style, text) => {
  const [on, off] = SGR[style];
  return `${ESCAPE}${on}m${text}${ESCAPE}${off}m`;
};

/** Colour only on a terminal, and never where NO_COLOR is set (https://no-color.org) or the terminal is dumb. */
export function paintFor(stream: Writable, env: NodeJS.ProcessEnv): Paint {
  const isTerminal = 'isTTY' in stream && stream.isTTY === true;
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isTerminal && !refused ? coloured : plain;
}

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
}

/** For {@link endOnClosedPipe}: as for a failed transport. */
const CANNOT_WRITE = 2;

/** Ends quietly when the reader of a pipe has gone, as with `| head`; with a word where writing fails otherwise. */
export function endOnClosedPipe(io: Io): void {
  io.stderr.on('error', () => process.exit(CANNOT_WRITE));
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    io.stderr.write(`puretls: stdout: ${error.message}\n`, () => process.exit(CANNOT_WRITE));
  });
}

/** Resolves once the text is handed over: nothing is lost when the process exits after it. */
export function write(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

export function writeLine(stream: Writable, line: string): Promise<void> {
  return write(stream, `${line}\n`);
}
