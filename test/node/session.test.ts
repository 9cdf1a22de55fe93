/** Sessions of the Node face, with Node's own tls at either end: reused, by ticket and by ID, in both versions. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import nodeTls from 'node:tls';
import * as tls from '../../src/index.ts';
import { ca, server as credential, otherAuthority } from './support.ts';

type Version = 'TLSv1.2' | 'TLSv1.3';

interface Client {
  reused: boolean;
  protocol: string | null;
  authorized: boolean;
  session: Buffer | undefined;
}

interface End {
  readonly name: string;
  listen(options: tls.TlsOptions): Promise<{ port: number; server: tls.Server; close(): void }>;
  connect(port: number, options: tls.ConnectionOptions): Promise<Client>;
}

async function conversation(socket: tls.TLSSocket): Promise<Client> {
  const sessions: Buffer[] = [];
  socket.on('session', (session: Buffer) => sessions.push(session));
  socket.resume();
  const ended = once(socket, 'end');
  await once(socket, 'secureConnect');
  await ended;
  const found = {
    reused: socket.isSessionReused(),
    protocol: socket.getProtocol(),
    authorized: socket.authorized,
    session: sessions.at(-1) ?? socket.getSession(),
  };
  socket.end();
  await once(socket, 'close');
  return found;
}

function endOf(name: string, module: typeof tls): End {
  return {
    name,
    async listen(options) {
      const server = module.createServer({ ...credential, ...options }, (socket) => {
        socket.on('error', () => {});
        socket.end('hello');
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { port: (server.address() as AddressInfo).port, server, close: () => server.close() };
    },
    connect: (port, options) =>
      conversation(module.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options })),
  };
}

const ours = endOf('puretls', tls);
const theirs = endOf('node:tls', nodeTls as unknown as typeof tls);
const PAIRS: readonly (readonly [End, End])[] = [
  [ours, ours],
  [ours, theirs],
  [theirs, ours],
];

for (const [client, server] of PAIRS) {
  for (const version of ['TLSv1.2', 'TLSv1.3'] satisfies Version[]) {
    test(`${client.name} -> ${server.name}, ${version}: a second connection resumes`, async () => {
      const { port, close } = await server.listen({ minVersion: version, maxVersion: version });
      try {
        const first = await client.connect(port, {});
        assert.equal(first.reused, false);
        assert.ok(first.session);
        const second = await client.connect(port, { session: first.session });
        assert.deepEqual(
          { reused: second.reused, protocol: second.protocol, authorized: second.authorized },
          { reused: true, protocol: version, authorized: true },
        );
      } finally {
        close();
      }
    });
  }
}

describe('what makes the handshake a full one', () => {
  const again = async (
    options: tls.ConnectionOptions,
    change?: (server: tls.Server) => void,
  ): Promise<Client> => {
    const { port, server, close } = await ours.listen({});
    try {
      const { session } = await ours.connect(port, {});
      assert.ok(session);
      change?.(server);
      return await ours.connect(port, { session, ...options });
    } finally {
      close();
    }
  };

  test('nothing has changed: it resumes', async () => {
    assert.equal((await again({})).reused, true);
  });
  test('another name', async () => {
    const found = await again({ servername: 'other.example', rejectUnauthorized: false });
    assert.equal(found.reused, false);
    assert.equal(found.authorized, false);
  });
  test('verification turned off, or on', async () => {
    assert.equal((await again({ rejectUnauthorized: false })).reused, false);
  });
  test('another trust', async () => {
    const found = await again({ ca: otherAuthority.certificatePem, rejectUnauthorized: false });
    assert.equal(found.reused, false);
  });
  test('ticket keys that were replaced still open their tickets, since those live on', async () => {
    const found = await again({}, (server) => server.setTicketKeys(Buffer.alloc(48, 7)));
    assert.equal(found.reused, true);
  });
  test('a session that is not one', async () => {
    assert.equal((await again({ session: Buffer.from('nonsense') })).reused, false);
  });
});

test('servers with the same ticket keys take each other’s tickets; others do not', async () => {
  const ticketKeys = Buffer.from(Array.from({ length: 48 }, (_, i) => i + 1));
  const [a, b, c] = await Promise.all([
    ours.listen({ ticketKeys }),
    ours.listen({ ticketKeys }),
    ours.listen({}),
  ]);
  try {
    const { session } = await ours.connect(a.port, {});
    assert.ok(session);
    assert.equal((await ours.connect(c.port, { session })).reused, false);
    assert.equal((await ours.connect(b.port, { session })).reused, true);
    assert.deepEqual(a.server.getTicketKeys(), ticketKeys);
    assert.equal(c.server.getTicketKeys().length, 48);
  } finally {
    for (const { close } of [a, b, c]) close();
  }
});

test('ticket keys: length, type, zeros', () => {
  const make = (ticketKeys: unknown) => () => tls.createServer({ ticketKeys } as tls.TlsOptions);
  assert.throws(make(Buffer.alloc(47, 1)), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(make('x'.repeat(48)), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(make(Buffer.alloc(48)), { code: 'ERR_INVALID_ARG_VALUE' });
});

describe('sessions by ID, for clients without tickets', () => {
  // OpenSSL's SSL_OP_NO_TICKET.
  const noTicket: tls.ConnectionOptions = { secureOptions: 0x4000, maxVersion: 'TLSv1.2' };

  test("in the server's own cache", async () => {
    const { port, close } = await ours.listen({});
    try {
      const { session } = await theirs.connect(port, noTicket);
      assert.equal((await theirs.connect(port, { ...noTicket, session })).reused, true);
    } finally {
      close();
    }
  });

  test("with 'newSession' and 'resumeSession'", async () => {
    const { port, server, close } = await ours.listen({});
    const store = new Map<string, Buffer>();
    server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
      store.set(id.toString('hex'), data);
      done();
    });
    server.on('resumeSession', (id: Buffer, done: (error: null, data: Buffer | null) => void) => {
      setImmediate(() => done(null, store.get(id.toString('hex')) ?? null));
    });
    try {
      const { session } = await theirs.connect(port, noTicket);
      assert.equal(store.size, 1);
      assert.equal((await theirs.connect(port, { ...noTicket, session })).reused, true);
      store.clear();
      assert.equal((await theirs.connect(port, { ...noTicket, session })).reused, false);
    } finally {
      close();
    }
  });
});
