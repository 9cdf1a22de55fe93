import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { ca, connected, duplexPair, errorOf, node, puretls, readAll, server, within } from './support.ts';

const pattern = (length: number): Buffer => {
  const out = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) out[i] = (i * 31 + (i >> 8)) & 0xff;
  return out;
};

/** To the end, without destroying the stream as iteration does. */
describe('over any Duplex', () => {
  for (const chunk of [1, 7, 1 << 30]) {
    test(`bytes in pieces of ${chunk}`, async () => {
      const [a, b] = duplexPair(chunk);
      const serving = new puretls.TLSSocket(a, { ...server, isServer: true });
      const socket = puretls.connect({ socket: b, ca, servername: 'localhost' });
      serving.pipe(serving);
      const data = pattern(chunk === 1 ? 3000 : 200_000);
      socket.end(data);
      assert.ok((await within(readAll(socket), 'echo')).equals(data));
      assert.equal(socket.authorized, true);
      assert.equal(socket.remoteAddress, undefined);
      assert.deepEqual(socket.address(), {});
    });
  }
  test('server.emit("connection", duplex)', async () => {
    const [a, b] = duplexPair();
    const listening = puretls.createServer(server, (socket) => socket.end('hello'));
    listening.emit('connection', a);
    const socket = puretls.connect({ socket: b, ca, servername: 'localhost' });
    assert.equal(String(await within(readAll(socket), 'hello')), 'hello');
  });
  test('closing the TLS socket closes the stream below', async () => {
    const [a, b] = duplexPair();
    const serving = new puretls.TLSSocket(a, { ...server, isServer: true });
    const socket = puretls.connect({ socket: b, ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    socket.destroy();
    await within(once(socket, 'close'), 'close');
    assert.equal(b.destroyed, true);
    serving.destroy();
    assert.equal(a.destroyed, true);
  });
  test('TLS within TLS', async () => {
    const pair = await connected();
    const serving = new puretls.TLSSocket(pair.server, { ...server, isServer: true });
    const socket = puretls.connect({ socket: pair.client, ca, servername: 'localhost' });
    serving.pipe(serving);
    assert.equal(socket.remoteAddress, '127.0.0.1');
    const data = pattern(300_000);
    socket.end(data);
    assert.ok((await within(readAll(socket), 'echo')).equals(data));
    await pair.close();
  });
  test("ours within Node's TLS", async () => {
    const pair = await connected(node, node);
    const serving = new puretls.TLSSocket(pair.server, { ...server, isServer: true });
    const socket = puretls.connect({ socket: pair.client, ca, servername: 'localhost' });
    serving.pipe(serving);
    const data = pattern(100_000);
    socket.end(data);
    assert.ok((await within(readAll(socket), 'echo')).equals(data));
    await pair.close();
  });
  test('a stream of strings or objects is an error', async () => {
    const objects = new (await import('node:stream')).PassThrough({ objectMode: true });
    const socket = puretls.connect({ socket: objects, ca, servername: 'localhost' });
    const failed = errorOf(socket);
    objects.push({});
    assert.equal((await failed).code, 'ERR_STREAM_WRAP');
    assert.throws(() => new puretls.TLSSocket({} as never, {}), { code: 'ERR_INVALID_ARG_TYPE' });
  });
});
