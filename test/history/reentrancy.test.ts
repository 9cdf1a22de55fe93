/**
 * A listener that acts on its connection from within an event. Go, Node and rustls each had callbacks that went on, or
 * panicked, after one of them had ended the connection (CVE-2026-21637 and its kin).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { wasmProvider } from '../../src/crypto/wasm/provider.ts';
import type { Connection } from '../../src/engine/connection.ts';
import type { ConnectionEvent } from '../../src/engine/event.ts';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import { TicketKeys } from '../../src/session/ticket-keys.ts';
import { TLSError } from '../../src/wire/error.ts';
import { Pair } from '../engine/pair.ts';
import { now, provider } from '../handshake/credentials.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';

const [suite] = provider.cipherSuites13;
assert.ok(suite);
const { aead } = suite;

type Act = (connection: Connection) => void;

const endings: Readonly<Record<string, Act>> = {
  abort: (connection) => connection.abort(new TLSError('internal_error', 'enough')),
  close: (connection) => connection.close(),
};

interface Ends {
  readonly client?: Partial<ClientOptions>;
  readonly server?: Partial<ServerOptions>;
}

function pairOf(version: typeof ONLY12, { client = {}, server = {} }: Ends = {}): Pair {
  const ticketKeys = new TicketKeys({ aead, random: insecureSeededRandom(5), now });
  return new Pair({ ...version, ...client }, { ...version, ticketKeys, ...server });
}

/** Acts at the first event that fits, and gives what came after it. */
function actAt(
  pair: Pair,
  role: 'client' | 'server',
  when: (event: ConnectionEvent, connection: Connection) => boolean,
  act: Act,
): { readonly acted: boolean; readonly after: readonly string[] } {
  const { tested } = pair[role];
  let acted = false;
  const after: string[] = [];
  tested.react = (event, connection) => {
    if (acted) after.push(event.kind);
    else if (when(event, connection)) {
      acted = true;
      act(connection);
    }
  };
  pair.pump();
  return { acted, after };
}

for (const [name, end] of Object.entries(endings)) {
  for (const [version, range] of [
    ['1.2', ONLY12],
    ['1.3', ONLY13],
  ] as const) {
    for (const role of ['client', 'server'] as const) {
      test(`${name} at a key-log line, TLS ${version}, ${role}: no event follows, and it stays dead`, () => {
        const pair = pairOf(range);
        const { acted, after } = actAt(pair, role, (event) => event.kind === 'key_log', end);
        assert.ok(acted);
        assert.deepEqual(after, []);
        const { connection } = pair[role].tested;
        assert.equal(connection.phase, 'failed');
        assert.equal(pair[role].error, connection.error);
      });
    }
  }

  test(`${name} at the ticket of TLS 1.2, right before the end of the handshake: it is never secure`, () => {
    const pair = pairOf(ONLY12);
    const { acted, after } = actAt(pair, 'client', (event) => event.kind === 'ticket', end);
    assert.ok(acted);
    assert.deepEqual(after, []);
    assert.equal(pair.client.tested.connection.phase, 'failed');
    assert.equal(pair.client.tested.connection.canSend, false);
  });
}

test('abort at close_notify, when our own side was closed already: failed, not closed', () => {
  for (const range of [ONLY12, ONLY13]) {
    const pair = pairOf(range).pump();
    const { connection } = pair.client.tested;
    pair.server.tested.connection.close();
    const { acted } = actAt(
      pair,
      'client',
      (event) => event.kind === 'close_notify',
      () => {
        connection.close();
        connection.abort(new TLSError('internal_error', 'enough'));
      },
    );
    assert.ok(acted);
    // TLS 1.2 and 1.3 alike: close() was the answer, so the connection was over before abort().
    assert.equal(connection.phase, 'closed');
  }
  const pair = pairOf(ONLY13).pump();
  const { connection } = pair.client.tested;
  connection.close();
  pair.pump();
  pair.server.tested.connection.close();
  actAt(
    pair,
    'client',
    (event) => event.kind === 'close_notify',
    () => connection.abort(new TLSError('internal_error', 'enough')),
  );
  assert.equal(connection.phase, 'failed');
});

test('requestKeyUpdate before the last flight is out is refused, and harms nothing', () => {
  const pair = pairOf(ONLY13);
  const refused: unknown[] = [];
  // Here the client has its last state already, but its Finished is not sent and its keys are not installed.
  const { acted } = actAt(
    pair,
    'client',
    (event, connection) => event.kind === 'key_log' && connection.stateName === 'ClientOpen',
    (connection) => {
      for (const requestPeer of [false, true]) {
        try {
          connection.requestKeyUpdate(requestPeer);
        } catch (error) {
          refused.push(error);
        }
      }
    },
  );
  assert.ok(acted);
  assert.deepEqual(
    refused.map((error) => (error instanceof TLSError ? error.reason : error)),
    ['invalid_state', 'invalid_state'],
  );
  assert.equal(pair.client.tested.connection.phase, 'open');
  assert.equal(pair.server.tested.connection.phase, 'open');
});

/** Bytes of a class that sends on `connection` when its `accessor` is first used. */
function bytesThatSend(length: number, accessor: 'buffer' | 'subarray', connection: Connection): Uint8Array {
  const bytes = new Uint8Array(length);
  const plain = bytes.subarray.bind(bytes);
  let sent = false;
  const read = (which: typeof accessor): void => {
    if (sent || which !== accessor) return;
    sent = true;
    connection.send(Uint8Array.of(1, 1, 1));
  };
  const { buffer } = bytes;
  return Object.defineProperties(bytes, {
    buffer: {
      get: () => {
        read('buffer');
        return buffer;
      },
    },
    subarray: {
      value: (from: number, to: number) => {
        read('subarray');
        return plain(from, to);
      },
    },
  });
}

// The nonce of the outer record was written over by the inner one, and used a second time.
for (const [name, given] of Object.entries({ reference: provider, kernels: wasmProvider(platformRandom) })) {
  for (const [version, range] of [
    ['TLS 1.2', ONLY12],
    ['TLS 1.3', ONLY13],
  ] as const) {
    for (const accessor of ['buffer', 'subarray'] as const) {
      test(`${name}, ${version}: bytes that send from within ${accessor} do not send in the middle of a record`, () => {
        const pair = new Pair({ ...range, provider: given }, { ...range, provider: given }).pump();
        const { connection } = pair.client.tested;
        for (const length of [50, 20000]) connection.send(bytesThatSend(length, accessor, connection));
        pair.pump();
        assert.equal(pair.server.error, undefined);
        assert.equal(pair.server.tested.data.filter((byte) => byte === 0).length, 20050);
      });
    }
  }
}
