/** Early data of the sockets: sent and taken only where asked for, never in the stream (options of our own). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import * as tls from '../../src/index.ts';
import { ca, closeServer, server as credential, listen, within } from './support.ts';

const DATA = Buffer.from('early');

interface Seen {
  readonly early: Buffer | undefined;
  readonly stream: string;
  readonly status: string;
}

/** A server that notes what came early and what came after it, and answers with a word. */
function serverOf(options: tls.TlsOptions, seen: Seen[]): tls.Server {
  return tls.createServer({ ...credential, minVersion: 'TLSv1.3', ...options }, (socket) => {
    const { earlyData: early, info } = socket;
    let stream = '';
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      stream += data.toString();
    });
    socket.on('end', () => {
      seen.push({ early, stream, status: info.earlyData.status });
      socket.end('bye');
    });
  });
}

interface Visit {
  readonly session: Buffer;
  readonly answer: tls.EarlyDataAnswer | undefined;
}

async function visit(port: number, options: tls.ConnectionOptions): Promise<Visit> {
  let answer: tls.EarlyDataAnswer | undefined;
  const sessions: Buffer[] = [];
  const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
  socket.on('earlyData', (given: tls.EarlyDataAnswer) => {
    assert.equal(answer, undefined);
    answer = given;
  });
  socket.on('session', (session: Buffer) => sessions.push(session));
  socket.resume();
  await within(once(socket, 'secureConnect'), 'handshake');
  socket.end('after');
  await within(once(socket, 'close'), 'end');
  const [session] = sessions;
  assert.ok(session);
  return { session, answer };
}

test('early data is in earlyData and not in the stream; the same ticket again is rejected', async () => {
  const seen: Seen[] = [];
  const server = serverOf({ dangerousAcceptEarlyData: { maximum: 100 } }, seen);
  const port = await listen(server);
  try {
    const first = await visit(port, { dangerousEarlyData: DATA });
    assert.equal(first.answer, undefined, 'without a session there is nothing to send it with');
    const { session } = first;
    const second = await visit(port, { session, dangerousEarlyData: DATA });
    assert.deepEqual(second.answer, { accepted: true, reason: undefined, bytes: DATA.length });
    const third = await visit(port, { session, dangerousEarlyData: DATA });
    assert.deepEqual(third.answer, { accepted: false, reason: 'declined', bytes: DATA.length });
    const long = await visit(port, { session: second.session, dangerousEarlyData: Buffer.alloc(200, 'x') });
    assert.deepEqual(long.answer, { accepted: true, reason: undefined, bytes: 100 });
    assert.deepEqual(
      seen.map(({ early, stream, status }) => [early?.toString(), stream, status]),
      [
        [undefined, 'after', 'not_offered'],
        ['early', 'after', 'accepted'],
        [undefined, 'after', 'rejected'],
        ['x'.repeat(100), 'after', 'accepted'],
      ],
    );
  } finally {
    await closeServer(server);
  }
});

test('early data in many records is not copied anew for each', async (t) => {
  const maximum = 2 ** 20;
  const data = Buffer.from(Uint8Array.from({ length: maximum }, (_, i) => i % 251));
  const seen: Seen[] = [];
  const server = serverOf({ dangerousAcceptEarlyData: { maximum } }, seen);
  const port = await listen(server);
  try {
    const { session } = await visit(port, {});
    let made = 0;
    const { concat, alloc } = Buffer;
    t.mock.method(Buffer, 'concat', (list: Uint8Array[]) => {
      const all = concat(list);
      made += all.length;
      return all;
    });
    t.mock.method(Buffer, 'alloc', (size: number) => {
      made += size;
      return alloc(size);
    });
    assert.equal((await visit(port, { session, dangerousEarlyData: data })).answer?.accepted, true);
    t.mock.restoreAll();
    assert.ok(data.equals(seen[1]?.early ?? Buffer.alloc(0)));
    assert.ok(made < 6 * maximum, `${made} bytes of memory for ${maximum} bytes`);
  } finally {
    await closeServer(server);
  }
});

test('neither end does any of it unasked', async () => {
  const seen: Seen[] = [];
  const taking = serverOf({ dangerousAcceptEarlyData: { maximum: 100 } }, seen);
  const plain = serverOf({}, seen);
  const ports = [await listen(taking), await listen(plain)] as const;
  try {
    for (const port of ports) {
      const { session } = await visit(port, {});
      const given = port === ports[0] ? {} : { dangerousEarlyData: DATA };
      assert.equal((await visit(port, { session, ...given })).answer, undefined);
    }
    assert.ok(seen.every(({ early, status }) => early === undefined && status === 'not_offered'));
  } finally {
    await closeServer(taking);
    await closeServer(plain);
  }
});

test('options of the wrong kind are refused', () => {
  const wrong = { dangerousEarlyData: 'early' as unknown as Buffer };
  assert.throws(() => tls.connect({ port: 1, ...wrong }), { code: 'ERR_INVALID_ARG_TYPE' });
  const numbers = { dangerousAcceptEarlyData: 100 as unknown as { maximum: number } };
  assert.throws(() => tls.createServer({ ...credential, ...numbers }), { code: 'ERR_INVALID_ARG_TYPE' });
});
