/** What the drivers share. */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { pause, readExactly } from '../../support/channel.ts';
import { Child } from '../../support/child.ts';
import type { StackServer, Told } from '../stack.ts';
import { lines } from '../work.ts';

/** What a client may print before what it received. */
const MAX_WORDS = 1000;

/** Below those that systems give out by themselves: no connection of others takes it before the program does. */
const PORTS = { from: 20_000, to: 32_000 };

/** Nothing listens there now. For programs that cannot choose a port and tell it. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(PORTS.from, PORTS.to);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
  throw new Error('no port is free');
}

/** A server that is a program, and prints how each handshake went. */
export class PrintingServer implements StackServer {
  readonly child: Child;
  readonly port: number;
  readonly #outcomes: (text: string) => Told[];
  #seen = 0;

  constructor(child: Child, port: number, outcomes: (text: string) => Told[]) {
    this.child = child;
    this.port = port;
    this.#outcomes = outcomes;
  }

  async next(): Promise<Told> {
    const outcome = await this.child.waitFor(
      'report of a handshake',
      (text) => this.#outcomes(text)[this.#seen],
    );
    this.#seen += 1;
    return outcome;
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

/** Copies the properties that are there: `exactOptionalPropertyTypes` wants no undefined. */
export function present<T extends object>(values: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

export const hexOf = (text: string | undefined): string | undefined =>
  text?.replaceAll(/[^0-9a-f]/gi, '').toLowerCase();

/** A client that passes its input on to our server, and prints nothing but what comes back. */
export async function transferLines(command: string, args: readonly string[], bytes: number): Promise<Told> {
  const child = new Child(command, args, { rawOutput: true });
  const sent = lines(bytes);
  const expected = Buffer.from(sent.map((line) => `${line}\n`).join(''));
  try {
    child.stdin.write(`B ${expected.length}\n`);
    child.stdin.write(expected);
    await untilPrinted(child.stdout, expected);
  } catch (error) {
    return { kind: 'error', message: `${String(error)}\n${child.text.slice(-2000)}` };
  } finally {
    child.stdin.end();
    await child.exit(2000);
  }
  return { kind: 'secure' };
}

/** Reads until the output has these bytes; some say a few words before. */
async function untilPrinted(output: Readable, expected: Buffer): Promise<void> {
  let printed = await readExactly(output, expected.length);
  while (!printed.includes(expected)) {
    if (printed.length > expected.length + MAX_WORDS) throw new Error('the lines came back changed');
    printed = Buffer.concat([printed, await readExactly(output, 1)]);
  }
}

/** Waits until something listens on a port, without connecting to it: Linux tells. */
export async function listening(port: number): Promise<void> {
  const entry = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F]+:0000 0A `);
  for (let wait = 0; wait < 1000; wait += 1) {
    const tables = ['/proc/net/tcp', '/proc/net/tcp6'].filter((table) => existsSync(table));
    if (tables.length === 0) return pause(500);
    if (tables.some((table) => entry.test(readFileSync(table, 'utf8')))) return;
    await pause(10);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Both outputs of a tool as one, line by line, so that they come in order and at once. */
export const inOrder = (...command: readonly string[]): [string, string[]] => [
  'sh',
  ['-c', 'exec stdbuf -oL "$@" 2>&1', 'sh', ...command],
];
