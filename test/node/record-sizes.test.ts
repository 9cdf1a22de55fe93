/** Records that begin small: by the rule alone, and as they travel over TCP. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { RecordSizes } from '../../src/node/record-sizes.ts';
import { ca, closeServer, listen, puretls, server, within } from './support.ts';

/** What a write of `length` bytes is cut into. */
function cut(sizes: RecordSizes, length: number, now: number): number[] {
  const parts: number[] = [];
  for (let left = length; left > 0; left -= parts[parts.length - 1] ?? left)
    parts.push(sizes.next(left, now));
  assert.equal(
    parts.reduce((sum, part) => sum + part, 0),
    length,
  );
  return parts;
}

const SMALL = Array.from({ length: 12 }, () => 1369);

describe('sizes', () => {
  test('a long write begins with a dozen records of a segment each; the next does not', () => {
    const sizes = new RecordSizes(true);
    assert.deepEqual(cut(sizes, 65_536, 5000), [...SMALL, 65_536 - 12 * 1369]);
    assert.deepEqual(cut(sizes, 65_536, 5001), [65_536]);
  });

  test('a write of 4 KiB stays whole, and counts; one byte more is cut while it is that long', () => {
    const sizes = new RecordSizes(true);
    assert.deepEqual(cut(sizes, 4096, 5000), [4096]);
    assert.deepEqual(cut(sizes, 4097, 5000), [1369, 2728]);
    assert.deepEqual(cut(sizes, 4096, 5000), [4096]);
    assert.deepEqual(cut(sizes, 4096, 5000), [4096]);
    assert.deepEqual(cut(sizes, 20_000, 5000), [20_000]);
  });

  test('after a second without any write it begins anew; not before', () => {
    const sizes = new RecordSizes(true);
    cut(sizes, 65_536, 5000);
    assert.deepEqual(cut(sizes, 30_000, 6000), [30_000]);
    assert.equal(cut(sizes, 30_000, 7001).length, 13);
  });

  test('a clock that is set back begins anew too', () => {
    const sizes = new RecordSizes(true);
    cut(sizes, 65_536, 5000);
    assert.equal(cut(sizes, 30_000, 10).length, 13);
  });

  test('a limit holds for small and full records alike', () => {
    const sizes = new RecordSizes(true);
    sizes.limit = 512;
    assert.ok(cut(sizes, 30_000, 5000).every((part) => part <= 512));
    const off = new RecordSizes(false);
    assert.deepEqual(cut(off, 65_536, 5000), [65_536]);
    off.limit = 1000;
    assert.deepEqual(cut(off, 2500, 5000), [1000, 1000, 500]);
  });
});

/** The lengths of the application data records that a server sends, by content: without type byte and tag. */
async function onTheWire(
  options: object,
  send: (socket: TLSSocket) => void,
  expected: number,
): Promise<number[]> {
  const listening = puretls.createServer({ ...server, ciphers: 'TLS_CHACHA20_POLY1305_SHA256', ...options });
  const port = await listen(listening);
  const chunks: Buffer[] = [];
  const proxy = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    far.on('data', (data) => chunks.push(data));
    near.on('error', () => far.destroy()).pipe(far);
    far.on('error', () => near.destroy()).pipe(near);
  });
  const through = await listen(proxy);
  const accepted = once(listening, 'secureConnection') as Promise<[TLSSocket]>;
  const socket = puretls.connect({ port: through, host: 'localhost', ca });
  await within(once(socket, 'secureConnect'), 'secureConnect');
  const [serverSocket] = await accepted;
  // Its tickets first.
  await within(once(socket, 'session'), 'session');
  await new Promise((resolve) => setTimeout(resolve, 50));
  chunks.length = 0;
  let received = 0;
  const all = new Promise<void>((resolve) => {
    socket.on('data', (data: Buffer) => {
      received += data.length;
      if (received === expected) resolve();
    });
  });
  send(serverSocket);
  await within(all, 'data');
  socket.destroy();
  serverSocket.destroy();
  await closeServer(listening);
  await closeServer(proxy);
  const bytes = Buffer.concat(chunks);
  const lengths: number[] = [];
  for (let at = 0; at + 5 <= bytes.length && bytes[at] === 23; at += 5 + bytes.readUInt16BE(at + 3)) {
    lengths.push(bytes.readUInt16BE(at + 3) - 17);
  }
  return lengths;
}

describe('on the wire', () => {
  test('a new connection begins small', async () => {
    const lengths = await onTheWire({}, (socket) => socket.write(Buffer.alloc(40_000)), 40_000);
    assert.deepEqual(lengths, [...SMALL, 16_384, 40_000 - 12 * 1369 - 16_384]);
  });

  test('dynamicRecords: false has full records from the first on', async () => {
    const lengths = await onTheWire(
      { dynamicRecords: false },
      (socket) => socket.write(Buffer.alloc(40_000)),
      40_000,
    );
    assert.deepEqual(lengths, [16_384, 16_384, 7232]);
  });

  test('a short answer is one record', async () => {
    assert.deepEqual(await onTheWire({}, (socket) => socket.write(Buffer.alloc(4000)), 4000), [4000]);
  });
});
