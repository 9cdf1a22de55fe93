/** `ticketCount` and `sessionTickets`, which Node does not have, judged by Node's own client. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import nodeTls from 'node:tls';
import * as tls from '../../src/index.ts';
import { ca, server as credential } from './support.ts';

interface Seen {
  readonly tickets: number;
  readonly ticket: Buffer | undefined;
  readonly session: Buffer | undefined;
  readonly reused: boolean;
}

async function serving<T>(options: tls.TlsOptions, use: (port: number) => Promise<T>): Promise<T> {
  const server = tls.createServer({ ...credential, ...options }, (socket) => {
    socket.on('error', () => {});
    socket.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

async function seen(port: number, options: nodeTls.ConnectionOptions): Promise<Seen> {
  const socket = nodeTls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
  const sessions: Buffer[] = [];
  socket.on('session', (session: Buffer) => sessions.push(session));
  await once(socket, 'secureConnect');
  const reused = socket.isSessionReused();
  const ticket = socket.getTLSTicket();
  socket.resume();
  await once(socket, 'end');
  const found = { tickets: sessions.length, ticket, session: sessions.at(-1), reused };
  socket.end();
  await once(socket, 'close');
  return found;
}

const OLD: nodeTls.ConnectionOptions = { maxVersion: 'TLSv1.2' };

describe('ticketCount', () => {
  for (const [given, expected] of [
    [undefined, 2],
    [0, 0],
    [1, 1],
    [16, 16],
  ] as const) {
    test(`${given}: ${expected} tickets of TLS 1.3, and one of TLS 1.2 in any case`, async () => {
      await serving({ ticketCount: given }, async (port) => {
        assert.equal((await seen(port, {})).tickets, expected);
        assert.ok((await seen(port, OLD)).ticket);
      });
    });
  }

  for (const value of [-1, 17, 1.5]) {
    test(`${value} is refused`, () => {
      assert.throws(() => tls.createServer({ ...credential, ticketCount: value }), {
        code: 'ERR_OUT_OF_RANGE',
      });
    });
  }
  test('what is no number is refused', () => {
    for (const ticketCount of ['2', true, Number.NaN]) {
      const options = { ...credential, ticketCount } as unknown as tls.TlsOptions;
      assert.throws(() => tls.createServer(options), { code: 'ERR_INVALID_ARG_TYPE' });
    }
  });
});

describe('sessionTickets: false', () => {
  test('issues none in either version; TLS 1.2 resumes by ID', async () => {
    await serving({ sessionTickets: false }, async (port) => {
      assert.equal((await seen(port, {})).tickets, 0);
      const first = await seen(port, OLD);
      assert.equal(first.ticket, undefined);
      assert.equal((await seen(port, { ...OLD, session: first.session })).reused, true);
    });
  });

  for (const [name, options] of [
    ['TLS 1.2', OLD],
    ['TLS 1.3', {}],
  ] as const) {
    test(`takes none, though the keys are those of another server: ${name}`, async () => {
      const ticketKeys = Buffer.from(Array.from({ length: 48 }, (_, i) => i + 1));
      const { session } = await serving({ ticketKeys }, (port) => seen(port, options));
      assert.ok(session);
      const reused = (sessionTickets: boolean | undefined): Promise<boolean> =>
        serving(
          { ticketKeys, sessionTickets },
          async (port) => (await seen(port, { ...options, session })).reused,
        );
      assert.equal(await reused(undefined), true);
      assert.equal(await reused(false), false);
    });
  }
});
