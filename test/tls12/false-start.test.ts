/** False start (RFC 7918): data after our own Finished, before the server's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientOptions, ServerOptions } from '../../src/config/options.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CipherSuite } from '../../src/wire/registry-crypto.ts';
import { Pair } from '../engine/pair.ts';
import { connect, newest, ticketKeys } from '../session/kit.ts';
import { BOTH, ONLY12, ONLY13 } from './kit.ts';

const ALPN = { alpnProtocols: ['h2'] } as const;
const EARLY = { falseStart: true, ...ALPN } as const;
const DATA = Uint8Array.of(1, 2, 3);

/** What the client did in order, and the data that it sent when it first could. */
function play(
  client: Partial<ClientOptions>,
  server: Partial<ServerOptions>,
): { pair: Pair; events: string[] } {
  const pair = new Pair({ ...ONLY12, ...client }, { ...ONLY12, ...server });
  const { tested } = pair.client;
  tested.react = (event, connection) => {
    if (event.kind === 'writable') connection.send(DATA);
  };
  pair.pump();
  if (pair.client.error !== undefined) throw pair.client.error;
  return { pair, events: tested.kinds.filter((kind) => kind === 'writable' || kind === 'secure') };
}

test('data goes before the server has finished, and arrives', () => {
  const { pair, events } = play(EARLY, ALPN);
  assert.deepEqual(events, ['writable', 'secure']);
  assert.deepEqual(pair.server.tested.data, DATA);
  assert.equal(pair.server.tested.connection.phase, 'open');
});

const NONE: Readonly<Record<string, readonly [Partial<ClientOptions>, Partial<ServerOptions>]>> = {
  'it was not asked for': [ALPN, ALPN],
  'the client offers no ALPN': [{ falseStart: true }, ALPN],
  'the server takes no ALPN': [EARLY, {}],
  'TLS 1.3 is spoken, which needs none': [
    { ...EARLY, ...BOTH },
    { ...ALPN, ...BOTH },
  ],
  'there is no certificate, but a key that both ends have': [
    { ...EARLY, ...pskOptions() },
    { ...ALPN, ...pskOptions() },
  ],
};

function pskOptions(): Pick<ServerOptions, 'cipherSuites' | 'presharedKeys'> {
  return {
    cipherSuites: [CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256],
    presharedKeys: [{ identity: Uint8Array.of(7), key: new Uint8Array(32).fill(9) }],
  };
}

for (const [name, [client, server]] of Object.entries(NONE)) {
  test(`not where ${name}`, () => {
    assert.deepEqual(play(client, server).events, ['secure']);
  });
}

test('not where a session is resumed: then the server finishes first', () => {
  const options = [
    { ...ONLY12, ...EARLY },
    { ...ONLY12, ...ALPN, ticketKeys: ticketKeys() },
  ] as const;
  const first = connect(...options);
  const { pair, events } = play({ ...EARLY, session: newest(first) }, options[1]);
  assert.equal(pair.client.tested.connection.info.resumed, true);
  assert.deepEqual(events, ['secure']);
});

test('a wrong Finished of the server still ends it', () => {
  const pair = new Pair({ ...ONLY12, ...EARLY }, { ...ONLY12, ...ALPN }, (bytes) =>
    // The last record of a flight that ends in Finished: 16 bytes of message, explicit nonce or none, tag.
    bytes[0] === 20 ? [bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))] : [bytes],
  ).pump();
  assert.ok(pair.client.tested.kinds.includes('writable'));
  assert.ok(!pair.client.tested.kinds.includes('secure'));
  assert.ok(pair.client.error instanceof TLSError);
  assert.equal(pair.client.error.reason, 'bad_record_mac');
});

test('nothing is exported before the server has finished', () => {
  const pair = new Pair({ ...ONLY12, ...EARLY }, { ...ONLY12, ...ALPN });
  const refused: unknown[] = [];
  pair.client.tested.react = (event, connection) => {
    if (event.kind !== 'writable') return;
    try {
      connection.exportKeyingMaterial('EXPORTER-x', undefined, 16);
    } catch (error) {
      refused.push(error);
    }
  };
  pair.pump();
  assert.equal(refused.length, 1);
  assert.ok(refused[0] instanceof TLSError && refused[0].reason === 'invalid_state');
  assert.equal(pair.client.tested.connection.phase, 'open');
});

test('of TLS 1.3 alone the option says nothing', () => {
  assert.deepEqual(play({ ...EARLY, ...ONLY13 }, { ...ALPN, ...ONLY13 }).events, ['secure']);
});
