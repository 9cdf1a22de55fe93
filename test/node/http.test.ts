/** Node's own http over our sockets, at either end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ca, type Face, listen, node, puretls, readAll, server, within } from './support.ts';

const app = http.createServer((request, response) => {
  const hash = { length: 0 };
  request.on('data', (part: Buffer) => {
    hash.length += part.length;
  });
  request.on('end', () => {
    if (request.url === '/big') response.end(Buffer.alloc(1_000_000, 0x61));
    else if (request.url === '/close') response.writeHead(200, { connection: 'close' }).end('bye');
    else if (request.url === '/cut') request.socket.destroy();
    else
      response.end(
        `${request.method} ${request.url} ${hash.length} ${(request.socket as { encrypted?: boolean }).encrypted}`,
      );
  });
});

interface Reply {
  readonly status: number | undefined;
  readonly body: Buffer;
  readonly reused: boolean;
}

function request(options: http.RequestOptions, body?: Buffer): Promise<Reply> {
  const done = new Promise<Reply>((resolve, reject) => {
    const outgoing = http.request(options, async (response) => {
      try {
        const all = await readAll(response);
        resolve({ status: response.statusCode, body: all, reused: outgoing.reusedSocket });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
  return within(done, `${options.path}`);
}

const FACES: readonly (readonly [string, Face, Face])[] = [
  ['ours at both ends', puretls, puretls],
  ['our server', puretls, node],
  ['our client', node, puretls],
];

for (const [name, serverFace, clientFace] of FACES) {
  describe(name, () => {
    const listening = serverFace.createServer(server, (socket) => app.emit('connection', socket));
    let connections = 0;
    listening.on('secureConnection', () => {
      connections += 1;
    });
    let port = 0;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const createConnection = (options: object) =>
      clientFace.connect({ ...options, port, host: 'localhost', ca });
    Object.assign(agent, { createConnection });
    const get = (path: string, more: object = {}, body?: Buffer) =>
      request({ host: 'localhost', port, path, agent, ...more }, body);

    before(async () => {
      port = await listen(listening);
    });
    after(() => {
      agent.destroy();
      listening.close();
    });

    test('several requests over one connection', async () => {
      const before = connections;
      const first = await get('/a');
      assert.equal(String(first.body), 'GET /a 0 true');
      const second = await get('/b', { method: 'POST' }, Buffer.alloc(300_000));
      assert.equal(String(second.body), 'POST /b 300000 true');
      assert.deepEqual([first.reused, second.reused], [false, true]);
      const third = await get('/big');
      assert.equal(third.body.length, 1_000_000);
      assert.equal(third.reused, true);
      assert.equal(connections - before, 1);
    });
    test('Connection: close, then a new connection', async () => {
      const reply = await get('/close');
      assert.equal(String(reply.body), 'bye');
      assert.equal((await get('/c')).reused, false);
    });
    test('createConnection as an option', async () => {
      const reply = await get('/d', { agent: undefined, createConnection });
      assert.equal(String(reply.body), 'GET /d 0 true');
    });
    test('requests side by side', async () => {
      const many = new http.Agent({ maxSockets: 5 });
      Object.assign(many, { createConnection });
      const replies = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          get(`/n${i}`, { agent: many, method: 'PUT' }, Buffer.alloc(i * 1000)),
        ),
      );
      for (const [i, reply] of replies.entries())
        assert.equal(String(reply.body), `PUT /n${i} ${i * 1000} true`);
      many.destroy();
    });
    test('a server that cuts off is an error of the request', async () => {
      await assert.rejects(get('/cut'), { code: 'ECONNRESET' });
    });
    test('an idle socket that times out', async () => {
      const outgoing = http.request({
        host: 'localhost',
        port,
        path: '/slow',
        createConnection,
        timeout: 30,
      });
      outgoing.on('error', () => {});
      const [socket] = await once(outgoing, 'socket');
      await within(once(socket, 'timeout'), 'timeout');
      outgoing.destroy();
    });
  });
}

test("Node's https client with our server, and an upgrade", async () => {
  const upgrading = http.createServer();
  upgrading.on('upgrade', (_request, socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    if (head.length > 0) socket.write(head);
    socket.pipe(socket);
  });
  const listening = puretls.createServer(server, (socket) => upgrading.emit('connection', socket));
  await listen(listening);
  const { port } = listening.address() as AddressInfo;
  const outgoing = https.request({
    host: 'localhost',
    port,
    ca,
    headers: { connection: 'Upgrade', upgrade: 'echo' },
  });
  outgoing.end();
  const [, socket] = await within(once(outgoing, 'upgrade'), 'upgrade');
  socket.write('ping');
  const [part] = await within(once(socket, 'data'), 'data');
  assert.equal(String(part), 'ping');
  socket.destroy();
  listening.close();
});
