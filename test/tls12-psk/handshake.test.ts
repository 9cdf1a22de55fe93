/** ECDHE_PSK (RFC 5489): our two ends with each other, and with keys that do not fit; OpenSSL is in test/interop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asciiDecode, asciiEncode } from '../../src/bytes/encoding.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import type { ClientOptions, PresharedKey, ServerOptions } from '../../src/config/options.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { Connection } from '../../src/engine/connection.ts';
import { TLSError } from '../../src/wire/error.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';

const SUITE = CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256;
const provider = nobleProvider();
const now = (): number => 1_800_000_000_000;
const alice: PresharedKey = { identity: asciiEncode('alice'), key: new Uint8Array(32).fill(5) };
const bob: PresharedKey = { identity: asciiEncode('bob'), key: new Uint8Array(16).fill(6) };
const common = { provider, now, cipherSuites: [SUITE], groups: [NamedGroup.x25519] };

interface Pair {
  readonly client: Connection;
  readonly server: Connection;
  readonly received: string[];
  readonly errors: { client?: TLSError; server?: TLSError };
}

function feed(to: Connection, bytes: Uint8Array | undefined, note: (error: TLSError) => void): boolean {
  if (bytes === undefined || to.error !== undefined) return false;
  try {
    to.receive(bytes);
  } catch (error) {
    assert.ok(error instanceof TLSError);
    note(error);
  }
  return true;
}

function run(client: Partial<ClientOptions>, server: Partial<ServerOptions>): Pair {
  const received: string[] = [];
  const pair: Pair = {
    client: Connection.client(
      createClientConfig({ ...common, serverName: 'psk.example', presharedKeys: [alice], ...client }),
      (event) => {
        if (event.kind === 'data') received.push(`client: ${asciiDecode(event.data)}`);
      },
    ),
    server: Connection.server(
      createServerConfig({ ...common, credentials: [], presharedKeys: [bob, alice], ...server }),
      (event) => {
        if (event.kind === 'data') received.push(`server: ${asciiDecode(event.data)}`);
      },
    ),
    received,
    errors: {},
  };
  pair.client.start();
  pump(pair);
  return pair;
}

function pump({ client, server, errors }: Pair): void {
  for (let turns = 0; turns < 20; turns += 1) {
    const there = feed(server, client.takeOutput(), (error) => {
      errors.server = error;
    });
    const back = feed(client, server.takeOutput(), (error) => {
      errors.client = error;
    });
    if (!there && !back) return;
  }
  assert.fail('the two ends never come to rest');
}

test('both ends have the key: a handshake without certificates, data, the same exporter', () => {
  const pair = run({}, {});
  assert.equal(pair.client.phase, 'open');
  assert.equal(pair.server.phase, 'open');
  assert.equal(pair.client.info.cipherSuite?.code, SUITE);
  assert.deepEqual(pair.client.info.peerCertificates, []);
  pair.client.send(asciiEncode('up'));
  pair.server.send(asciiEncode('down'));
  pump(pair);
  assert.deepEqual(pair.received.sort(), ['client: down', 'server: up']);
  const exported = (end: Connection): Uint8Array => end.exportKeyingMaterial('EXPORTER-test', undefined, 32);
  assert.deepEqual(exported(pair.client), exported(pair.server));
  assert.equal(pair.client.info.tickets, 0);
});

test('another key under the same identity ends with bad_record_mac at the Finished', () => {
  const pair = run({ presharedKeys: [{ ...alice, key: new Uint8Array(32).fill(9) }] }, {});
  assert.equal(pair.errors.server?.reason, 'bad_record_mac');
  assert.equal(pair.errors.client?.reason, 'alert_received');
  assert.notEqual(pair.client.phase, 'open');
});

test('an identity that the server does not know gets unknown_psk_identity', () => {
  const pair = run({}, { presharedKeys: [bob] });
  assert.equal(pair.errors.server?.reason, 'unknown_psk_identity');
  assert.equal(pair.errors.client?.alert, 115);
});

test('the suite is off unless it is named, and needs a key', () => {
  const reason = 'invalid_option';
  const trustless = { provider, now, serverName: 'psk.example' };
  assert.ok(!createClientConfig(trustless).cipherSuites12.some((suite) => suite.code === SUITE));
  assert.throws(() => createClientConfig({ ...trustless, cipherSuites: [SUITE] }), { reason });
  assert.throws(() => createServerConfig({ ...common, credentials: [] }), { reason });
  assert.throws(() => createClientConfig({ ...trustless, presharedKeys: [alice] }), { reason });
});

test('short keys are refused', () => {
  const presharedKeys = [{ identity: alice.identity, key: new Uint8Array(15) }];
  assert.throws(() => createClientConfig({ ...common, serverName: 'psk.example', presharedKeys }), {
    reason: 'invalid_option',
  });
});
