/** Work over an established channel: echo, and bulk transfers that are checked byte for byte and can be slow. */
import type { Duplex, Readable, Writable } from 'node:stream';

const PERIOD = 251;
const CHUNK = 64 * 1024;
const SLOW_PAUSE_MS = 2;
/** How much a well-behaved writer lets pile up when the other end does not read. */
const MAX_PILE = 8 * 1024 * 1024;

export function pattern(from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (from + i) % PERIOD;
  return bytes;
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

export function withDeadline<T>(promise: Promise<T>, what: string, milliseconds = 30_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: ${milliseconds} ms passed`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The next bytes of a paused stream, null at its end; rejects on its error. */
function nextChunk(stream: Readable, limit: number): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      stream.off('readable', onReadable);
      stream.off('end', onEnd);
      stream.off('error', onError);
      stream.off('close', onEnd);
      act();
    };
    const onReadable = (): void => {
      const length = stream.readableLength;
      if (length === 0) return;
      const chunk: Buffer | null = stream.read(Math.min(length, limit));
      if (chunk !== null) settle(() => resolve(chunk));
    };
    const onEnd = (): void => settle(() => resolve(null));
    const onError = (error: Error): void => settle(() => reject(error));
    stream.on('readable', onReadable);
    stream.on('end', onEnd);
    stream.on('error', onError);
    stream.on('close', onEnd);
    onReadable();
    if (stream.readableEnded || stream.destroyed) onEnd();
  });
}

export async function readExactly(stream: Readable, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = 0; at < length; ) {
    const chunk = await withDeadline(nextChunk(stream, length - at), `read ${at} of ${length} bytes`);
    if (chunk === null) throw new Error(`the stream ended after ${at} of ${length} bytes`);
    chunks.push(chunk);
    at += chunk.length;
  }
  return Buffer.concat(chunks);
}

export async function readLine(stream: Readable): Promise<string> {
  let line = '';
  while (!line.endsWith('\n')) line += (await readExactly(stream, 1)).toString('latin1');
  return line;
}

export async function readToEnd(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const chunk = await withDeadline(nextChunk(stream, CHUNK), 'read to the end');
    if (chunk === null) return Buffer.concat(chunks);
    chunks.push(chunk);
  }
}

export async function receivePattern(stream: Readable, length: number, slow: boolean): Promise<void> {
  const period = pattern(0, CHUNK + PERIOD);
  for (let at = 0; at < length; ) {
    const chunk = await withDeadline(nextChunk(stream, Math.min(CHUNK, length - at)), `received ${at} bytes`);
    if (chunk === null) throw new Error(`the stream ended after ${at} of ${length} bytes`);
    const expected = period.subarray(at % PERIOD, (at % PERIOD) + chunk.length);
    if (!expected.equals(chunk)) throw new Error(`the bytes after ${at} are wrong`);
    at += chunk.length;
    if (slow) await pause(SLOW_PAUSE_MS);
  }
}

/** Writes as a stream should be written to: stops when told, and sees that no pile builds up. */
export async function sendPattern(stream: Writable, length: number): Promise<void> {
  for (let at = 0; at < length; at += CHUNK) {
    const more = stream.write(pattern(at, Math.min(CHUNK, length - at)));
    if (stream.writableLength > MAX_PILE) throw new Error(`${stream.writableLength} bytes piled up`);
    if (!more) {
      await withDeadline(
        new Promise<void>((resolve, reject) => {
          const settle = (act: () => void): void => {
            stream.off('drain', drained);
            stream.off('error', failed);
            stream.off('close', closed);
            act();
          };
          const drained = (): void => settle(resolve);
          const failed = (error: Error): void => settle(() => reject(error));
          const closed = (): void => settle(() => reject(new Error(`closed after ${at} bytes`)));
          stream.once('drain', drained);
          stream.once('error', failed);
          stream.once('close', closed);
        }),
        `sent ${at} bytes`,
      );
    }
  }
}

/** The server's side of the command protocol that peers/go/main.go describes. */
export async function serveCommands(channel: Duplex, slow: boolean): Promise<void> {
  const line = await readLine(channel);
  const bytes = Number(line.slice(2));
  if (line.startsWith('E')) {
    for (;;) {
      const chunk = await nextChunk(channel, CHUNK);
      if (chunk === null) break;
      channel.write(chunk);
    }
  } else if (line.startsWith('D')) await sendPattern(channel, bytes);
  else if (line.startsWith('U')) {
    await receivePattern(channel, bytes, slow);
    channel.write('OK\n');
  } else throw new Error(`no such command: ${JSON.stringify(line)}`);
  channel.end();
}

export async function askEcho(channel: Duplex): Promise<void> {
  channel.write('E\nhello from here\n');
  const back = (await readExactly(channel, 16)).toString('latin1');
  if (back !== 'hello from here\n') throw new Error(`sent back ${JSON.stringify(back)}`);
}

export async function askDownload(channel: Duplex, bytes: number, slow: boolean): Promise<void> {
  channel.write(`D ${bytes}\n`);
  await receivePattern(channel, bytes, slow);
}

export async function askUpload(channel: Duplex, bytes: number): Promise<void> {
  channel.write(`U ${bytes}\n`);
  await sendPattern(channel, bytes);
  const answer = (await readExactly(channel, 3)).toString('latin1');
  if (answer !== 'OK\n') throw new Error(`answered ${JSON.stringify(answer)}`);
}
