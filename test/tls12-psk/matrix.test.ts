/** The three states of ECDHE_PSK times every type of message, alert and data: nothing but what is due gets on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { createClientConfig, createServerConfig } from '../../src/config/config.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { Connection } from '../../src/engine/connection.ts';
import { EXPECTATIONS } from '../../src/handshake/expect.ts';
import type { StateName } from '../../src/handshake/state.ts';
import { TLSError } from '../../src/wire/error.ts';
import { AlertDescription, ContentType, HandshakeType, nameOf } from '../../src/wire/registry.ts';
import { CipherSuite, NamedGroup } from '../../src/wire/registry-crypto.ts';

const options = {
  provider: nobleProvider(),
  now: (): number => 1_800_000_000_000,
  cipherSuites: [CipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256],
  groups: [NamedGroup.x25519],
  presharedKeys: [{ identity: asciiEncode('alice'), key: new Uint8Array(32).fill(5) }],
};

function record(type: number, content: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 0xff), content);
}

/** The messages of a flight in clear. */
function messagesOf(flight: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < flight.length; ) {
    const length = ((flight[at + 3] ?? 0) << 8) | (flight[at + 4] ?? 0);
    const content = flight.subarray(at + 5, at + 5 + length);
    assert.equal(flight[at], ContentType.handshake);
    for (let i = 0; i < content.length; ) {
      const end = i + 4 + (((content[i + 2] ?? 0) << 8) | (content[i + 3] ?? 0));
      found.push(content.slice(i, end));
      i = end;
    }
    at += 5 + length;
  }
  return found;
}

/** Both ends, stopped before the client reads what the server has sent. */
function ends(): { client: Connection; server: Connection; flight: Uint8Array[] } {
  const client = Connection.client(createClientConfig({ ...options, serverName: 'psk.example' }), () => {});
  const server = Connection.server(createServerConfig({ ...options, credentials: [] }), () => {});
  client.start();
  server.receive(client.takeOutput() ?? assert.fail());
  return { client, server, flight: messagesOf(server.takeOutput() ?? assert.fail()) };
}

const REACH: Readonly<Record<string, () => Connection>> = {
  ExpectPskServerKeyExchange: () => {
    const { client, flight } = ends();
    client.receive(record(ContentType.handshake, flight[0] ?? assert.fail()));
    return client;
  },
  ExpectPskDone: () => {
    const { client, flight } = ends();
    for (const message of flight.slice(0, 2)) client.receive(record(ContentType.handshake, message));
    return client;
  },
  ExpectPskClientKeyExchange: () => ends().server,
};

/** What each state takes, by type; HelloRequest is passed over. */
const DUE: Readonly<Record<string, readonly HandshakeType[]>> = {
  ExpectPskServerKeyExchange: [HandshakeType.server_key_exchange, HandshakeType.hello_request],
  ExpectPskDone: [HandshakeType.server_hello_done, HandshakeType.hello_request],
  ExpectPskClientKeyExchange: [HandshakeType.client_key_exchange],
};

function refusalOf(connection: Connection, bytes: Uint8Array): TLSError {
  try {
    connection.receive(bytes);
  } catch (error) {
    assert.ok(error instanceof TLSError);
    return error;
  }
  return assert.fail('nothing was refused');
}

test('these are the states of ECDHE_PSK', () => {
  assert.deepEqual(
    Object.keys(EXPECTATIONS).filter((name) => name.includes('Psk')),
    Object.keys(REACH),
  );
});

for (const [state, reach] of Object.entries(REACH)) {
  test(`${state}: every message that is not due is unexpected`, () => {
    for (let type = 0; type < 256; type += 1) {
      if (DUE[state]?.some((due) => due === type)) continue;
      const connection = reach();
      assert.equal(connection.stateName, state as StateName);
      const message = Uint8Array.of(type, 0, 0, 0);
      const error = refusalOf(connection, record(ContentType.handshake, message));
      assert.equal(
        error.alert,
        AlertDescription.unexpected_message,
        `${nameOf(HandshakeType, type)}: ${error.message}`,
      );
      // A fatal alert in clear is the last thing that is sent.
      assert.deepEqual(
        connection.takeOutput()?.slice(-7),
        record(ContentType.alert, Uint8Array.of(2, AlertDescription.unexpected_message)),
      );
    }
  });

  test(`${state}: ChangeCipherSpec and application data are unexpected`, () => {
    for (const [type, content] of [
      [ContentType.change_cipher_spec, Uint8Array.of(1)],
      [ContentType.application_data, Uint8Array.of(1, 2, 3)],
    ] as const) {
      assert.equal(refusalOf(reach(), record(type, content)).alert, AlertDescription.unexpected_message);
    }
  });
}
