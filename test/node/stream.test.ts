import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type nodeTls from 'node:tls';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import {
  ca,
  closeServer,
  connected,
  errorOf,
  type Face,
  firstOf,
  listen,
  node,
  puretls,
  readAll,
  server,
  within,
} from './support.ts';

type Ours = nodeTls.TLSSocket & { truncated: boolean };

const MB = 1 << 20;
const pattern = (length: number): Buffer => {
  const out = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) out[i] = (i * 31 + (i >> 8)) & 0xff;
  return out;
};

/** To the end, without destroying the stream as iteration does. */
async function collect(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  await within(once(stream, 'end'), 'end');
  return Buffer.concat(parts);
}

const slowReader = (into: Buffer[], everyBytes: number): Writable => {
  let since = 0;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      into.push(chunk);
      since += chunk.length;
      if (since < everyBytes) done();
      else {
        since = 0;
        setTimeout(done, 2);
      }
    },
  });
};

const FACES: readonly (readonly [string, Face, Face])[] = [
  ['ours with ours', puretls, puretls],
  ['our server, node client', puretls, node],
  ['node server, our client', node, puretls],
];

describe('bulk', () => {
  for (const [name, serverFace, clientFace] of FACES) {
    test(`${name}: 3 MB both ways at once through slow readers`, async () => {
      const pair = await connected(serverFace, clientFace);
      const data = pattern(3 * MB);
      const atServer: Buffer[] = [];
      const atClient: Buffer[] = [];
      await within(
        Promise.all([
          pipeline(Readable.from([data], { objectMode: false }), pair.client, { end: true }),
          pipeline(Readable.from([data], { objectMode: false }), pair.server, { end: true }),
          pipeline(pair.server, slowReader(atServer, 300_000), { end: true }),
          pipeline(pair.client, slowReader(atClient, 300_000), { end: true }),
        ]),
        'both ways',
        15_000,
      );
      assert.ok(Buffer.concat(atServer).equals(data));
      assert.ok(Buffer.concat(atClient).equals(data));
      await pair.close();
    });
  }
  test('sizes around every edge, with setMaxSendFragment', async () => {
    const pair = await connected();
    assert.equal(pair.client.setMaxSendFragment(512), true);
    const sizes = [0, 1, 511, 512, 513, 16383, 16384, 16385, 65535, 65536, 65537, 200_000];
    const all = sizes.map(pattern);
    for (const part of all) pair.client.write(part);
    pair.client.end();
    assert.ok((await readAll(pair.server)).equals(Buffer.concat(all)));
    await pair.close();
  });
  test('a write is done when the transport has taken it, and not before', async () => {
    const pair = await connected();
    pair.server.pause();
    let done = 0;
    let finished = false;
    const total = 12;
    for (let i = 0; i < total; i += 1) {
      pair.client.write(Buffer.alloc(MB), () => {
        done += 1;
      });
    }
    pair.client.end(() => {
      finished = true;
    });
    await delay(600);
    assert.ok(done < total, `${done} of ${total} MB are done although nobody reads`);
    assert.equal(finished, false);
    // What is not taken has not been sealed either: nothing grows below.
    const raw = (pair.client as unknown as { _parent: net.Socket })._parent;
    assert.ok(raw.writableLength < 200_000, `${raw.writableLength} bytes wait in the transport`);
    assert.ok(pair.server.readableLength < 400_000);
    let bytes = 0;
    pair.server.on('data', (part) => {
      bytes += part.length;
    });
    pair.server.resume();
    await within(once(pair.server, 'end'), 'end', 15_000);
    assert.equal(bytes, total * MB);
    assert.equal(done, total);
    await pair.close();
  });
  test('corked writes leave in one record', async () => {
    const pair = await connected();
    const raw = (pair.client as unknown as { _parent: net.Socket })._parent;
    const before = raw.bytesWritten;
    pair.client.cork();
    for (let i = 0; i < 100; i += 1) pair.client.write('0123456789');
    pair.client.uncork();
    const [first] = (await once(pair.server, 'data')) as [Buffer];
    assert.equal(first.length, 1000);
    assert.equal(raw.bytesWritten - before, 5 + 1000 + 1 + 16);
    await pair.close();
  });
});

describe('ends', () => {
  for (const [name, serverFace, clientFace] of FACES) {
    test(`${name}: a half-open connection goes on in the other direction`, async () => {
      const pair = await connected(serverFace, clientFace, { allowHalfOpen: true }, { allowHalfOpen: true });
      pair.client.end('question');
      assert.equal(String(await collect(pair.server)), 'question');
      assert.equal(pair.server.writable, true);
      await delay(20);
      const data = pattern(MB);
      pair.server.end(data);
      assert.ok((await readAll(pair.client)).equals(data));
      await pair.close();
    });
  }
  test('TCP end without close_notify: an end as in Node, and truncated says so', async () => {
    const pair = await connected();
    (pair.client as unknown as { _parent: net.Socket })._parent.end();
    pair.server.resume();
    await within(once(pair.server, 'end'), 'end');
    assert.equal((pair.server as Ours).truncated, true);
    await pair.close();
  });
  test('a clean end is not truncated', async () => {
    const pair = await connected();
    pair.client.end();
    pair.server.resume();
    await within(once(pair.server, 'close'), 'close');
    assert.equal((pair.server as Ours).truncated, false);
    assert.equal((pair.client as Ours).truncated, false);
    await pair.close();
  });
  test('requireCloseNotify makes it an error', async () => {
    for (const how of ['end', 'destroy'] as const) {
      const pair = await connected(puretls, puretls, { requireCloseNotify: true });
      const failed = errorOf(pair.server);
      // Tickets that nobody has read would turn the end into a reset.
      if (pair.client.getSession() === undefined) await once(pair.client, 'session');
      (pair.client as unknown as { _parent: net.Socket })._parent[how]();
      pair.server.resume();
      assert.equal((await failed).code, 'ERR_TLS_TRUNCATED');
      assert.equal((pair.server as Ours).truncated, true);
      await pair.close();
    }
  });
  test('requireCloseNotify and a clean end', async () => {
    const pair = await connected(
      puretls,
      puretls,
      { requireCloseNotify: true },
      { requireCloseNotify: true },
    );
    pair.client.end('x');
    assert.equal(String(await readAll(pair.server)), 'x');
    await pair.close();
  });
  test('end() before the handshake waits for it', async () => {
    const listening = puretls.createServer(server);
    const port = await listen(listening);
    const coming = once(listening, 'secureConnection') as Promise<[nodeTls.TLSSocket]>;
    const socket = puretls.connect({ port, host: 'localhost', ca });
    socket.end();
    socket.resume();
    const [peer] = await within(coming, 'secureConnection');
    peer.resume();
    await within(once(peer, 'close'), 'close');
    assert.equal((peer as Ours).truncated, false);
    await closeServer(listening);
  });
  test('writing after the end', async () => {
    const pair = await connected();
    pair.client.end();
    const failed = errorOf(pair.client);
    pair.client.write('late');
    assert.equal((await failed).code, 'ERR_STREAM_WRITE_AFTER_END');
    await pair.close();
  });
  test('destroySoon sends what waits, with close_notify', async () => {
    const pair = await connected();
    const data = pattern(2 * MB);
    pair.client.write(data);
    pair.client.destroySoon();
    assert.ok((await readAll(pair.server)).equals(data));
    assert.equal((pair.server as Ours).truncated, false);
    await pair.close();
  });
  test('destroy while writing: pending callbacks get an error, the peer sees a truncated stream', async () => {
    const pair = await connected();
    let failures = 0;
    pair.server.pause();
    for (let i = 0; i < 20; i += 1) {
      pair.client.write(Buffer.alloc(MB), (error) => {
        if (error) failures += 1;
      });
    }
    await delay(30);
    let failed = false;
    pair.server.on('error', () => {
      failed = true;
    });
    const ended = firstOf(pair.server, 'close');
    pair.client.destroy();
    await firstOf(pair.client, 'close');
    assert.ok(failures > 0);
    pair.server.resume();
    await ended;
    assert.ok(failed || (pair.server as Ours).truncated);
    await pair.close();
  });
});

describe('as a stream', () => {
  test('async iteration, setEncoding, unshift', async () => {
    const pair = await connected();
    pair.client.setEncoding('utf8');
    pair.server.end('grüße');
    const parts: string[] = [];
    for await (const part of pair.client) parts.push(String(part));
    assert.equal(parts.join(''), 'grüße');
    await pair.close();
  });
  test('onread puts data into buffers of the program', async () => {
    const buffer = Buffer.alloc(1000);
    const got: Buffer[] = [];
    const onread = {
      buffer,
      callback: (bytes: number, into: Uint8Array) => {
        got.push(Buffer.from(into.subarray(0, bytes)));
        return true;
      },
    };
    const pair = await connected(puretls, puretls, {}, { onread } as never);
    const data = pattern(5000);
    pair.server.end(data);
    await within(once(pair.client, 'close'), 'close');
    assert.ok(Buffer.concat(got).equals(data));
    assert.ok(got.every((part) => part.length <= 1000));
    await pair.close();
  });
  test('an exception in a data listener loses no byte', async () => {
    const pair = await connected();
    const seen: number[] = [];
    const uncaught: unknown[] = [];
    const handlers = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error.message));
    pair.server.on('data', (part: Buffer) => {
      seen.push(...part);
      if (uncaught.length === 0) throw new Error('mine');
    });
    pair.client.cork();
    for (let i = 0; i < 5; i += 1) {
      pair.client.setMaxSendFragment(512);
      pair.client.write(Buffer.alloc(512, i));
    }
    pair.client.uncork();
    pair.client.end();
    await within(once(pair.server, 'end'), 'end');
    process.removeAllListeners('uncaughtException');
    for (const handler of handlers) process.on('uncaughtException', handler);
    assert.deepEqual(uncaught, ['mine']);
    assert.equal(seen.length, 5 * 512);
    await pair.close();
  });
  test('is a net.Socket and passes on what belongs to TCP', async () => {
    const pair = await connected();
    for (const socket of [pair.client, pair.server]) {
      assert.ok(socket instanceof net.Socket);
      assert.equal(socket.setNoDelay(), socket);
      assert.equal(socket.setKeepAlive(true, 1000), socket);
      assert.equal(socket.ref(), socket);
      assert.equal(socket.unref(), socket);
      socket.ref();
      assert.equal((socket.address() as net.AddressInfo).address, '127.0.0.1');
    }
    assert.equal(pair.client.remotePort, pair.server.localPort);
    assert.equal(pair.server.remotePort, pair.client.localPort);
    await pair.close();
  });
  test('resetAndDestroy resets', async () => {
    const pair = await connected();
    const failed = errorOf(pair.server);
    pair.client.resetAndDestroy();
    assert.equal((await failed).code, 'ECONNRESET');
    await pair.close();
  });
  test('exporters agree, and the info of both ends', async () => {
    const pair = await connected(puretls, node);
    const context = Buffer.from('context');
    const a = pair.client.exportKeyingMaterial(64, 'EXPERIMENTAL-label', context);
    assert.ok(pair.server.exportKeyingMaterial(64, 'EXPERIMENTAL-label', context).equals(a));
    assert.ok(!pair.server.exportKeyingMaterial(64, 'EXPERIMENTAL-other', context).equals(a));
    const { info } = pair.server as unknown as {
      info: { cipherSuite: { name: string }; helloRetryRequest: boolean };
    };
    assert.equal(info.cipherSuite.name, pair.client.getCipher().name);
    assert.equal(info.helloRetryRequest, false);
    await pair.close();
  });
});

test('random cuts of a stream arrive as they were sent', async () => {
  const pair = await connected();
  const data = pattern(700_000);
  let seed = 12345;
  const next = (limit: number): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed % limit;
  };
  for (let at = 0; at < data.length; ) {
    const length = 1 + next(next(4) === 0 ? 60_000 : 300);
    pair.client.write(data.subarray(at, at + length));
    at += length;
    if (next(10) === 0) await delay(0);
  }
  pair.client.end();
  const got = await within(readAll(pair.server), 'all');
  assert.deepEqual(sha256.digest(got), sha256.digest(data));
  await pair.close();
});
