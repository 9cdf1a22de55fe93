/** What is done over a connection once it is secure: greetings, and bulk both ways checked byte for byte. */
import type { Duplex } from 'node:stream';
import { readExactly, readLine, receivePattern, sendPattern, withDeadline } from '../support/channel.ts';
import type { EngineStream } from '../support/engine-side.ts';

/**
 * Our server's side of a line of command: "E" and then anything to be sent back until the peer closes, "C" and one
 * line to be sent back, or "B n" and n bytes to be sent back, after which we close.
 */
export async function serveWork(stream: EngineStream): Promise<void> {
  const line = await readLine(stream);
  if (line.startsWith('C')) stream.write(await readLine(stream));
  else if (line.startsWith('B')) await sendBack(stream, Number(line.slice(2)));
  else if (line.startsWith('E')) await sendBack(stream, Number.POSITIVE_INFINITY);
  else throw new Error(`no such command: ${JSON.stringify(line)}`);
  stream.end();
  stream.resume();
}

/** What comes, until it was so much or the peer has closed. */
async function sendBack(stream: EngineStream, bytes: number): Promise<void> {
  let left = bytes;
  await new Promise<void>((resolve, reject) => {
    stream.once('error', reject);
    stream.once('end', resolve);
    stream.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      const more = stream.write(chunk);
      if (left <= 0) resolve();
      else if (!more) {
        stream.pause();
        stream.once('drain', () => stream.resume());
      }
    });
  });
}

/** To a server that sends back what comes after "E". */
export async function askBulk(channel: Duplex, bytes: number): Promise<void> {
  channel.write('E\n');
  await Promise.all([sendPattern(channel, bytes), receivePattern(channel, bytes, false)]);
}

const LINE_LENGTH = 1000;

/** Numbered lines of 1000 bytes. */
export function lines(bytes: number): string[] {
  return Array.from({ length: Math.ceil(bytes / LINE_LENGTH) }, (_, i) =>
    `${i} abcdefghijklmnopqrstuvwxyz`.padEnd(LINE_LENGTH - 1, String(i % 10)),
  );
}

/** To a server that sends back each line, changed or not. */
export async function askLines(
  channel: Duplex,
  bytes: number,
  change: (line: string) => string = (line) => line,
): Promise<void> {
  const sent = lines(bytes);
  const expected = Buffer.from(sent.map((line) => `${change(line)}\n`).join(''));
  const sending = async (): Promise<void> => {
    for (const line of sent) {
      if (channel.write(`${line}\n`)) continue;
      await withDeadline(new Promise<void>((resolve) => channel.once('drain', resolve)), 'drain');
    }
  };
  const [back] = await Promise.all([readExactly(channel, expected.length), sending()]);
  if (!back.equals(expected)) throw new Error('the lines came back changed');
}

export async function askLine(
  channel: Duplex,
  change: (line: string) => string = (line) => line,
): Promise<void> {
  const line = 'hello from here';
  channel.write(`${line}\n`);
  const back = await readLine(channel);
  if (back !== `${change(line)}\n`) throw new Error(`sent back ${JSON.stringify(back)}`);
}

export const reversed = (line: string): string => [...line].reverse().join('');

export async function readToEnd(channel: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  channel.on('data', (chunk: Buffer) => chunks.push(chunk));
  await withDeadline(
    new Promise<void>((resolve, reject) => {
      channel.once('end', resolve);
      channel.once('error', reject);
    }),
    'end of the data',
  );
  return Buffer.concat(chunks);
}
