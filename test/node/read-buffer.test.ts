/** Reading into the buffer that all sockets share: it is taken up, lent for the time of a call, and does not change what arrives. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { readIntoShared } from '../../src/node/read-buffer.ts';
import { closeServer, connected, listen, node, puretls, within } from './support.ts';

/** Two TCP sockets that are connected to each other. */
async function tcpPair(): Promise<{ near: net.Socket; far: net.Socket; close(): Promise<void> }> {
  const server = net.createServer();
  const port = await listen(server);
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const near = net.connect(port, '127.0.0.1');
  const [far] = await accepted;
  await once(near, 'connect');
  const close = async (): Promise<void> => {
    near.destroy();
    far.destroy();
    await closeServer(server);
  };
  return { near, far, close };
}

test('a socket that was accepted and one that connected read into one buffer', async () => {
  const { near, far, close } = await tcpPair();
  const seen: { text: string; buffer: ArrayBufferLike }[] = [];
  const take =
    (socket: net.Socket) =>
    (bytes: number, buffer: Uint8Array): boolean => {
      seen.push({ text: Buffer.from(buffer.subarray(0, bytes)).toString(), buffer: buffer.buffer });
      socket.emit('taken');
      return true;
    };
  for (const socket of [near, far]) {
    assert.ok(readIntoShared(socket, take(socket)), 'the inside of this Node is as we know it');
    socket.resume();
  }
  near.write('to the far one');
  await within(once(far, 'taken'), 'far');
  far.write('to the near one');
  await within(once(near, 'taken'), 'near');
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['to the far one', 'to the near one'],
  );
  assert.equal(seen[0]?.buffer, seen[1]?.buffer);
  // And the end is told as ever.
  near.end();
  await within(once(far, 'end'), 'end');
  await close();
});

test('false stops reading until the socket reads again', async () => {
  const { near, far, close } = await tcpPair();
  let calls = 0;
  readIntoShared(far, () => {
    calls += 1;
    return calls > 1;
  });
  far.resume();
  near.write('one');
  await new Promise((resolve) => setTimeout(resolve, 50));
  near.write('two');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(calls, 1);
  far._read(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(calls, 2);
  await close();
});

test('what is not a socket of the system, or reads into a buffer of its program, is left alone', async () => {
  assert.equal(
    readIntoShared(new net.Socket(), () => true),
    false,
    'not connected',
  );
  const stranger = new net.Socket();
  Reflect.set(stranger, '_handle', { useUserBuffer: () => assert.fail('must not be called') });
  assert.equal(
    readIntoShared(stranger, () => true),
    false,
  );
  const server = net.createServer((socket) => socket.end('for the program'));
  const port = await listen(server);
  const own = Buffer.alloc(100);
  let got = '';
  const socket = net.connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: own,
      callback: (bytes) => {
        got += own.toString('latin1', 0, bytes);
        return true;
      },
    },
  });
  await once(socket, 'connect');
  assert.equal(
    readIntoShared(socket, () => assert.fail('must not be called')),
    false,
  );
  await within(once(socket, 'close'), 'close');
  assert.equal(got, 'for the program');
  await closeServer(server);
});

for (const [name, serverFace] of [
  ['puretls', puretls],
  ['node:tls', node],
] as const) {
  test(`what a program keeps of data from ${name} is its own, whatever is read after it`, async () => {
    const pair = await connected(serverFace, puretls);
    const kept: Buffer[] = [];
    pair.client.on('data', (data: Buffer) => kept.push(data));
    const body = Buffer.alloc(
      3 << 20,
      'a body whose parts differ, as their length does not divide any record ',
    );
    pair.server.write(body.subarray(0, 1_000_000));
    for (let at = 1_000_000; at < body.length; at += 7001) pair.server.write(body.subarray(at, at + 7001));
    pair.server.end();
    await within(once(pair.client, 'end'), 'end');
    assert.ok(Buffer.concat(kept).equals(body));
    await pair.close();
  });
}

test('a reader that pauses stops the writer, and gets everything when it goes on', async () => {
  const pair = await connected(puretls, puretls);
  pair.client.pause();
  let received = 0;
  let drained = 0;
  const body = Buffer.alloc(64 * 1024, 7);
  const total = 16 << 20;
  let sent = 0;
  const send = (): void => {
    while (sent < total) {
      sent += body.length;
      if (!pair.server.write(body)) {
        pair.server.once('drain', () => {
          drained += 1;
          send();
        });
        return;
      }
    }
    pair.server.end();
  };
  send();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const stopped = sent;
  assert.ok(stopped < total, 'the writer was stopped');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(sent, stopped);
  assert.ok(
    pair.client.readableLength <= 256 * 1024,
    `${pair.client.readableLength} bytes wait in the stream`,
  );
  pair.client.on('data', (data: Buffer) => {
    received += data.length;
  });
  pair.client.resume();
  await within(once(pair.client, 'end'), 'end');
  assert.equal(received, total);
  assert.ok(drained > 0);
  await pair.close();
});

test('destroyed within a data event: nothing more comes of the chunk that is at hand', async () => {
  const pair = await connected(puretls, puretls);
  let events = 0;
  pair.client.on('data', () => {
    events += 1;
    if (events === 2) pair.client.destroy();
  });
  pair.server.on('error', () => undefined);
  for (let i = 0; i < 20; i += 1) pair.server.write(Buffer.alloc(16384, i));
  await within(once(pair.client, 'close'), 'close');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(events, 2);
  await pair.close();
});

test('destroyed while a big write is under way: its callback gets the error, and nothing is thrown', async () => {
  const pair = await connected(puretls, puretls);
  pair.client.pause();
  const told = new Promise<Error | null | undefined>((resolve) => {
    pair.server.write(Buffer.alloc(32 << 20), (error) => resolve(error));
  });
  pair.server.on('error', () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  pair.server.destroy();
  assert.ok((await within(told, 'the callback')) instanceof Error);
  await pair.close();
});
