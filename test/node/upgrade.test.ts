/** TLS over a socket that has lived before: STARTTLS and its traps. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type nodeTls from 'node:tls';
import {
  ca,
  closeServer,
  errorOf,
  type Face,
  listen,
  node,
  puretls,
  readAll,
  server,
  within,
} from './support.ts';

/** A line protocol: greeting, STARTTLS, go ahead, then TLS on the same socket. */
function lineServer(
  face: Face,
  prepare: (raw: net.Socket) => void,
  done: (socket: nodeTls.TLSSocket) => void,
): net.Server {
  return net.createServer((raw) => {
    raw.write('220 hello\r\n');
    raw.once('data', (line) => {
      assert.equal(String(line), 'STARTTLS\r\n');
      prepare(raw);
      raw.write('220 go\r\n');
      done(new face.TLSSocket(raw, { isServer: true, secureContext: face.createSecureContext(server) }));
    });
  });
}

async function startTls(port: number, prepare: (raw: net.Socket) => void = () => {}): Promise<net.Socket> {
  const raw = net.connect(port, '127.0.0.1');
  await once(raw, 'data');
  raw.write('STARTTLS\r\n');
  await once(raw, 'data');
  prepare(raw);
  return raw;
}

const FACES: readonly (readonly [string, Face, Face])[] = [
  ['ours with ours', puretls, puretls],
  ['our server, node client', puretls, node],
  ['node server, our client', node, puretls],
];

describe('STARTTLS', () => {
  for (const [name, serverFace, clientFace] of FACES) {
    test(name, async () => {
      const listening = lineServer(
        serverFace,
        () => {},
        (socket) => socket.pipe(socket),
      );
      const port = await listen(listening);
      const raw = await startTls(port);
      const socket = clientFace.connect({ socket: raw, ca, servername: 'localhost' });
      socket.write('hello');
      const [part] = await within(once(socket, 'data'), 'echo');
      assert.equal(String(part), 'hello');
      socket.destroy();
      await closeServer(listening);
    });
  }
  test('old listeners and an encoding on the socket see and spoil nothing', async () => {
    const leaked: unknown[] = [];
    const prepare = (raw: net.Socket): void => {
      raw.setEncoding('utf8');
      raw.on('data', (text) => leaked.push(text));
      raw.on('end', () => leaked.push('end'));
    };
    const listening = lineServer(puretls, prepare, (socket) => socket.pipe(socket));
    const port = await listen(listening);
    const raw = await startTls(port, prepare);
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    const data = Buffer.alloc(50_000, 0xe9);
    socket.end(data);
    assert.ok((await within(readAll(socket), 'echo')).equals(data));
    assert.deepEqual(leaked, []);
    await closeServer(listening);
  });
  test('bytes that came before the upgrade are read as TLS', async () => {
    const listening = net.createServer((raw) => {
      raw.pause();
      raw.write('go');
      // The ClientHello is in the stream's buffer before anyone wraps it.
      setTimeout(() => {
        raw.read(0);
        setTimeout(() => {
          assert.ok(raw.readableLength > 100);
          const socket = new puretls.TLSSocket(raw, {
            isServer: true,
            secureContext: puretls.createSecureContext(server),
          });
          socket.pipe(socket);
        }, 40);
      }, 40);
    });
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    await once(raw, 'data');
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    socket.end('hello');
    assert.equal(String(await within(readAll(socket), 'echo')), 'hello');
    await closeServer(listening);
  });
  test('plaintext pushed before the handshake is fatal, never data (CVE-2011-0411)', async () => {
    const listening = net.createServer((raw) => {
      raw.resume();
      raw.write('220 injected\r\n');
    });
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    await once(raw, 'readable');
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    const got: unknown[] = [];
    socket.on('data', (part) => got.push(part));
    const error = await errorOf(socket);
    assert.equal(error.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
    assert.match(error.message, /STARTTLS/);
    assert.deepEqual(got, []);
    await closeServer(listening);
  });
});

describe('a socket handed over', () => {
  test('that is still connecting', async () => {
    const listening = puretls.createServer(server, (socket) => socket.end('hello'));
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    assert.equal(socket.connecting, true);
    const connected = once(socket, 'connect');
    assert.equal(String(await within(readAll(socket), 'hello')), 'hello');
    await connected;
    assert.equal(raw.destroyed, true);
    await closeServer(listening);
  });
  test('that connects later', async () => {
    const listening = puretls.createServer(server, (socket) => socket.resume().end('hello'));
    const port = await listen(listening);
    const raw = new net.Socket();
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    socket.write('early');
    await delay(10);
    raw.connect(port, '127.0.0.1');
    assert.equal(String(await within(readAll(socket), 'hello')), 'hello');
    await closeServer(listening);
  });
  test('that was destroyed', async () => {
    const raw = new net.Socket();
    raw.destroy();
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    assert.equal((await errorOf(socket)).code, 'ECONNRESET');
  });
  test('that has writes waiting: they go first', async () => {
    const seen: string[] = [];
    const listening = net.createServer((raw) => {
      raw.once('data', (first) => {
        seen.push(first.subarray(0, 6).toString());
        raw.unshift(first.subarray(6));
        const socket = new puretls.TLSSocket(raw, {
          isServer: true,
          secureContext: puretls.createSecureContext(server),
        });
        socket.on('data', (part) => seen.push(String(part)));
        socket.on('end', () => socket.end());
      });
    });
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    raw.write('PROXY\n');
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    socket.end('hello');
    socket.resume();
    await within(once(socket, 'close'), 'close');
    assert.deepEqual(seen, ['PROXY\n', 'hello']);
    await closeServer(listening);
  });
  test('whose peer ends while paused data waits: nothing is lost', async () => {
    const listening = puretls.createServer(server, (socket) => socket.end(Buffer.alloc(200_000, 1)));
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    const socket = puretls.connect({ socket: raw, ca, servername: 'localhost' });
    await within(once(socket, 'secureConnect'), 'secureConnect');
    await delay(50);
    assert.equal((await within(readAll(socket), 'all')).length, 200_000);
    await closeServer(listening);
  });
  test('new TLSSocket().connect()', async () => {
    const listening = puretls.createServer(server, (socket) => socket.resume().end('hello'));
    const port = await listen(listening);
    const socket = new puretls.TLSSocket(undefined as never, { ca, servername: 'localhost' } as never);
    assert.equal(socket.pending, true);
    socket.write('early');
    socket.connect(port, '127.0.0.1');
    assert.equal(String(await within(readAll(socket), 'hello')), 'hello');
    await closeServer(listening);
  });
  test('events of old programs: secure, _start, ssl.verifyError, _tlsError', async () => {
    const listening = puretls.createServer(server);
    const port = await listen(listening);
    type Old = nodeTls.TLSSocket & { _start(): void; ssl: { verifyError(): Error | null } };
    const socket = new puretls.TLSSocket(net.connect(port, '127.0.0.1'), { ca } as never) as Old;
    socket._start();
    await within(once(socket, 'secure'), 'secure');
    assert.equal(socket.ssl.verifyError(), null);
    socket.destroy();
    const refused = new puretls.TLSSocket(net.connect(port, '127.0.0.1'), { ca: [] } as never);
    const [error] = await within(once(refused, '_tlsError'), '_tlsError');
    assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    await closeServer(listening);
  });
});

test('an IPC socket', async () => {
  const { mkdtemp, rm } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = await mkdtemp(join(tmpdir(), 'tls-'));
  const path = join(folder, 'socket');
  const listening = puretls.createServer(server, (socket) => socket.end('hello'));
  listening.listen(path);
  await once(listening, 'listening');
  const socket = puretls.connect({ path, ca, servername: 'localhost' });
  assert.equal(String(await within(readAll(socket), 'hello')), 'hello');
  const nobody = puretls.connect({ path: join(folder, 'nobody') });
  assert.equal((await errorOf(nobody)).code, 'ENOENT');
  await closeServer(listening);
  await rm(folder, { recursive: true });
});
