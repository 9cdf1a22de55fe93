/** Peers that stop, leave, lie or send nonsense, and a server that goes on. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type nodeTls from 'node:tls';
import { TLSError } from '../../src/wire/error.ts';
import { createSelfSigned } from '../../src/x509/authority.ts';
import { ca, closeServer, errorOf, listen, puretls, random, server, within } from './support.ts';

type Options = nodeTls.ConnectionOptions & Record<string, unknown>;
const selfSigned = createSelfSigned({ random, now: Date.now(), names: ['localhost'] });
const pems = (one: { chainPem: string; keyPem: string }) => ({ cert: one.chainPem, key: one.keyPem });
describe('a peer that does not go on', () => {
  test('a client that says nothing', async () => {
    const listening = puretls.createServer({ ...server, handshakeTimeout: 60 });
    const port = await listen(listening);
    const failed = errorOf(listening, 'tlsClientError');
    const raw = net.connect(port, '127.0.0.1');
    raw.resume();
    assert.equal((await failed).code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    await within(once(raw, 'close'), 'close');
    await closeServer(listening);
  });
  test('a server that says nothing', async () => {
    const raw = net.createServer((socket) => socket.resume());
    const port = await listen(raw);
    const socket = puretls.connect({ port, host: 'localhost', handshakeTimeout: 60 } as Options);
    const error = await errorOf(socket);
    assert.equal(error.code, 'ERR_TLS_HANDSHAKE_TIMEOUT');
    assert.ok(error.cause instanceof TLSError);
    await closeServer(raw);
  });
  test('a peer that never reads its alert does not keep us', async () => {
    const listening = puretls.createServer({ ...server, handshakeTimeout: 60 });
    const port = await listen(listening);
    const raw = net.connect(port, '127.0.0.1');
    const closed = within(once(listening, 'tlsClientError'), 'tlsClientError').then(([, socket]) =>
      within(once(socket, 'close'), 'close', 3000),
    );
    raw.pause();
    await closed;
    raw.destroy();
    await closeServer(listening);
  });
  test('an alert reaches a peer that was still sending', async () => {
    const listening = puretls.createServer({ ...server, requestCert: true, ca });
    const port = await listen(listening);
    listening.on('tlsClientError', () => {});
    for (let round = 0; round < 5; round += 1) {
      const socket = puretls.connect({ port, host: 'localhost', ca });
      for (let i = 0; i < 20; i += 1) socket.write(Buffer.alloc(50_000));
      assert.equal((await errorOf(socket)).code, 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    }
    await closeServer(listening);
  });
  test('a socket destroyed in every state leaves no connection behind', async () => {
    const listening = puretls.createServer(server, (socket) => socket.on('error', () => {}).resume());
    listening.on('tlsClientError', () => {});
    const port = await listen(listening);
    for (const wait of [-1, 0, 1, 2, 4, 8, 16, 30]) {
      const socket = puretls.connect({ port, host: 'localhost', ca });
      socket.on('secureConnect', () => socket.write('x'));
      const closed = once(socket, 'close');
      if (wait >= 0) await delay(wait);
      socket.destroy();
      await within(closed, `close after ${wait} ms`);
    }
    await within(closeServer(listening), 'the server closes');
  });
});

describe('a server goes on', () => {
  test('whatever its clients do', async () => {
    const listening = puretls.createServer(server, (socket) => socket.end('hello'));
    const port = await listen(listening);
    const errors: unknown[] = [];
    listening.on('tlsClientError', (error: NodeJS.ErrnoException) => errors.push(error.code));
    for (const junk of [
      Buffer.alloc(0),
      Buffer.alloc(1),
      Buffer.from([22, 3, 1, 0xff, 0xff]),
      Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]),
    ]) {
      const raw = net.connect(port, '127.0.0.1');
      raw.on('error', () => {});
      raw.resume();
      raw.end(junk);
      await within(once(raw, 'close'), 'close');
    }
    const socket = puretls.connect({ port, host: 'localhost', ca });
    let text = '';
    socket.on('data', (part) => {
      text += String(part);
    });
    await within(once(socket, 'close'), 'close');
    assert.equal(text, 'hello');
    assert.equal(errors.length, 4);
    await closeServer(listening);
  });
  test('a reset after the handshake is no uncaught exception on a server without handlers', async () => {
    const listening = puretls.createServer(server);
    const port = await listen(listening);
    const coming = once(listening, 'secureConnection');
    const socket = puretls.connect({ port, host: 'localhost', ca });
    const [peer] = (await coming) as [nodeTls.TLSSocket];
    const closed = within(once(peer, 'close'), 'close').catch(() => {});
    await delay(10);
    socket.resetAndDestroy();
    await closed;
    assert.equal(peer.destroyed, true);
    await closeServer(listening);
  });
  test('remoteAddress is there for tlsClientError, and afterwards', async () => {
    const listening = puretls.createServer(server);
    const port = await listen(listening);
    const failed = once(listening, 'tlsClientError') as Promise<[Error, nodeTls.TLSSocket]>;
    const raw = net.connect(port, '127.0.0.1');
    raw.on('error', () => {});
    raw.write('nonsense');
    const [, socket] = await failed;
    assert.equal(socket.remoteAddress, '127.0.0.1');
    await within(once(socket, 'close'), 'close');
    assert.equal(socket.remoteAddress, '127.0.0.1');
    raw.destroy();
    await closeServer(listening);
  });
  test('setSecureContext holds for the connections to come', async () => {
    const listening = puretls.createServer(pems(selfSigned));
    const port = await listen(listening);
    listening.on('tlsClientError', () => {});
    listening.setSecureContext(server);
    const socket = puretls.connect({ port, host: 'localhost', ca });
    await within(once(socket, 'secureConnect'), 'secureConnect');
    socket.destroy();
    assert.throws(() => listening.setSecureContext({ cert: 'x', key: 'y' }));
    await closeServer(listening);
  });
});
