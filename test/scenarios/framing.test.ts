/** Handshake messages in records of every shape that a peer may choose: the transport cannot cut inside a record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientMessages,
  clientHandshake,
  expectData,
  inPieces,
  type Script,
  type SendOptions,
  type ServerMessages,
  sendData,
  serverHandshake,
} from '../../src/fuzz.ts';
import { NamedGroup } from '../../src/wire/registry-crypto.ts';
import { credentials } from '../handshake/credentials.ts';
import { againstClient, againstServer, assertSecure, type Played } from '../handshake/kit.ts';

const ping = Uint8Array.of(1, 2, 3, 4);
const SERVER_MESSAGES = [
  'ServerHello',
  'EncryptedExtensions',
  'CertificateRequest',
  'Certificate',
  'CertificateVerify',
  'Finished',
] as const;
const CLIENT_MESSAGES = ['ClientHello', 'Certificate', 'CertificateVerify', 'Finished'] as const;

/** Held messages share a record with the next; the last before a change of keys goes out. */
const FRAMINGS: Readonly<Record<string, (held: boolean) => SendOptions>> = {
  'a record each': () => ({}),
  'all in one record': (held) => ({ hold: held }),
  'one byte a record': () => ({ split: 1 }),
  'one byte a record, padded': () => ({ split: 1, record: { padding: 3 } }),
  'cut after the header': () => ({ split: [4] }),
  'cut inside the header': () => ({ split: [1, 2, 3] }),
  'pieces of 50, padded': () => ({ split: 50, record: { padding: 100 } }),
  'the next message starting in the record of the last': (held) => ({ hold: held, split: 17 }),
};

const HELD_BY_SERVER = new Set<string>([
  'EncryptedExtensions',
  'CertificateRequest',
  'Certificate',
  'CertificateVerify',
]);
const HELD_BY_CLIENT = new Set<string>(['Certificate', 'CertificateVerify']);

function framedServer(framing: (held: boolean) => SendOptions): Script<ServerMessages> {
  const script = serverHandshake({ requestCertificate: 'expect own' });
  return SERVER_MESSAGES.reduce((all, name) => all.options(name, framing(HELD_BY_SERVER.has(name))), script);
}

function framedClient(framing: (held: boolean) => SendOptions): Script<ClientMessages> {
  const script = clientHandshake({ certificate: 'own' });
  return CLIENT_MESSAGES.reduce((all, name) => all.options(name, framing(HELD_BY_CLIENT.has(name))), script);
}

function assertTalked(played: Played): void {
  assertSecure(played);
  assert.deepEqual([...played.tested.data], [...ping]);
}

for (const [name, framing] of Object.entries(FRAMINGS)) {
  test(`client: handshake messages with ${name}`, () => {
    for (const cut of [inPieces(1 << 20), inPieces(1)]) {
      const played = againstServer(framedServer(framing).append(sendData(ping)), {
        options: { credentials: [credentials.client()] },
        cut,
      });
      assertTalked(played);
    }
  });

  test(`server: handshake messages with ${name}`, () => {
    for (const cut of [inPieces(1 << 20), inPieces(1)]) {
      const played = againstClient(framedClient(framing).append(sendData(ping)), {
        options: { clientAuth: 'require' },
        cut,
      });
      assertTalked(played);
    }
  });
}

test('both hellos and both answers of a retry, in small pieces', () => {
  const groups = [NamedGroup.x25519, NamedGroup.secp256r1];
  const small: SendOptions = { split: 9 };
  assertTalked(
    againstServer(
      serverHandshake({ helloRetryRequest: NamedGroup.secp256r1 })
        .options('HelloRetryRequest', small)
        .options('ServerHello', small)
        .append(sendData(ping)),
      { options: { groups, keyShares: [NamedGroup.x25519] }, cut: inPieces(1) },
    ),
  );
  assertTalked(
    againstClient(
      clientHandshake({ helloRetryRequest: true })
        .options('ClientHello', small)
        .options('second ClientHello', small)
        .append(sendData(ping)),
      { options: { groups: [NamedGroup.secp256r1] }, peer: { groups }, cut: inPieces(1) },
    ),
  );
});

test('data in one record for each byte, and in the other direction in pieces of a byte', () => {
  const played = againstClient(clientHandshake().append(sendData(ping, { split: 1 }), expectData(ping)), {
    cut: inPieces(1),
    cutBack: inPieces(1),
    prepare: (tested) => {
      tested.react = (event, connection) => {
        if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
      };
    },
  });
  assertTalked(played);
});
