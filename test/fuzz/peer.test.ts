/** The scripted peer against itself: right by default, wrong where told, the same for the same seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import {
  clientHandshake,
  converse,
  describeReceived,
  expectAlert,
  expectData,
  expectMessage,
  flipBit,
  inPieces,
  insecureSeededRandom,
  keyUpdate,
  keyUpdateRequest,
  newSessionTicket,
  type Outcome,
  type PeerOptions,
  resizeBody,
  type Script,
  ScriptedPeer,
  ScriptFailure,
  sendAlert,
  sendCloseNotify,
  sendData,
  sendRecord,
  serverHandshake,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { credentials, provider } from '../handshake/credentials.ts';

const ping = Uint8Array.of(1, 2, 3, 4);
const pong = Uint8Array.of(5, 6);

interface Talk {
  readonly outcome: Outcome;
  readonly client: ScriptedPeer;
  readonly server: ScriptedPeer;
}

function talk<C, S>(
  clientScript: Script<C>,
  serverScript: Script<S>,
  options: Partial<PeerOptions> = {},
  cut = 1 << 20,
): Talk {
  const common = { provider, credential: credentials.server(), ...options };
  const client = ScriptedPeer.client({ random: insecureSeededRandom(2), ...common });
  const server = ScriptedPeer.server({ random: insecureSeededRandom(3), ...common });
  server.play(serverScript);
  client.play(clientScript);
  return {
    outcome: converse(client, server, { cut: inPieces(cut), cutBack: inPieces(cut) }),
    client,
    server,
  };
}

function assertDone({ outcome, server }: Talk): void {
  if (outcome.scriptError !== undefined) throw outcome.scriptError;
  if (outcome.targetError !== undefined) throw outcome.targetError;
  assert.equal(outcome.waitingFor, undefined);
  assert.equal(server.waitingFor, undefined);
}

function isRequest(message: { readonly requestUpdate: number }): void {
  assert.equal(message.requestUpdate, 1);
}

const [, first, second] = provider.groups;
assert.ok(first && second);

const HANDSHAKES = [
  ['plain', clientHandshake(), serverHandshake()],
  [
    'without dummies',
    clientHandshake({ middleboxCompatibility: false }),
    serverHandshake({ middleboxCompatibility: false }),
  ],
  [
    'retried',
    clientHandshake({ helloRetryRequest: true }),
    serverHandshake({ helloRetryRequest: second.code }),
  ],
  [
    'client certificate',
    clientHandshake({ certificate: 'own' }),
    serverHandshake({ requestCertificate: 'expect own' }),
  ],
  [
    'no client certificate',
    clientHandshake({ certificate: 'empty' }),
    serverHandshake({ requestCertificate: 'expect empty' }),
  ],
] as const;

for (const [name, client, server] of HANDSHAKES) {
  const groups = [first.code, second.code];
  test(`two scripted peers agree: ${name}, whole and byte by byte`, () => {
    for (const cut of [1 << 20, 1]) {
      const options: Partial<PeerOptions> = { groups, alpnProtocols: ['h2'], serverName: 'server.test' };
      const played: Talk = talk(
        client.append(
          keyUpdate,
          sendData(ping),
          expectData(pong),
          keyUpdateRequest,
          sendData(ping),
          sendCloseNotify,
        ),
        server.append(
          expectMessage('KeyUpdate'),
          expectData(ping),
          newSessionTicket,
          sendData(pong),
          expectMessage('KeyUpdate', isRequest),
          expectData(ping),
          expectAlert('close_notify'),
        ),
        options,
        cut,
      );
      assertDone(played);
      assert.deepEqual(played.client.secrets?.application, played.server.secrets?.application);
    }
  });
}

test('every suite and group of the provider', () => {
  for (const { code } of provider.cipherSuites13) {
    assertDone(talk(clientHandshake(), serverHandshake(), { cipherSuites: [code], groups: [first.code] }));
  }
  for (const { code } of provider.groups)
    assertDone(talk(clientHandshake(), serverHandshake(), { groups: [code] }));
});

test('the same seeds give the same bytes', () => {
  const run = (): string => {
    const { outcome } = talk(clientHandshake(), serverHandshake());
    return toHex(outcome.sent) + toHex(outcome.answered);
  };
  assert.equal(run(), run());
});

test('a peer notices what its other end does wrong: signature, Finished, order, keys', () => {
  const flip = { bytes: resizeBody(flipBit(-1)) };
  const wrong: [Talk, RegExp][] = [
    [
      talk(clientHandshake(), serverHandshake().options('CertificateVerify', flip)),
      /CertificateVerify .*wrong/,
    ],
    [talk(clientHandshake(), serverHandshake().options('Finished', flip)), /Finished is wrong/],
    [
      talk(clientHandshake(), serverHandshake().without('CertificateVerify')),
      /expected CertificateVerify, got Finished/,
    ],
    [
      talk(clientHandshake(), serverHandshake().options('Certificate', { keys: 'plaintext' })),
      /expected Certificate under handshake keys/,
    ],
    [
      talk(clientHandshake(), serverHandshake().until('ServerHello').append(sendAlert('internal_error'))),
      /got fatal alert internal_error in plaintext/,
    ],
    [
      talk(clientHandshake().append(expectData(ping)), serverHandshake().append(sendData(pong))),
      /expected data/,
    ],
    [
      talk(clientHandshake(), serverHandshake().before('Finished', sendRecord(99, ping, { outerType: 99 }))),
      /type 99/,
    ],
  ];
  for (const [{ outcome }, message] of wrong) {
    assert.ok(outcome.scriptError instanceof ScriptFailure, String(outcome.scriptError));
    assert.match(outcome.scriptError.message, message);
  }
});

test('a message that cannot be decoded fails the script with its TLSError', () => {
  const { outcome } = talk(
    clientHandshake(),
    serverHandshake().options('EncryptedExtensions', { bytes: resizeBody(flipBit(7)) }),
  );
  assert.ok(outcome.scriptError instanceof TLSError);
});

test('a script that waits for what never comes is not done, and says for what', () => {
  const { outcome, client } = talk(clientHandshake().append(expectData(ping)), serverHandshake());
  assert.equal(outcome.scriptError, undefined);
  assert.equal(outcome.waitingFor, 'expect application data');
  assert.equal(client.waitingFor, outcome.waitingFor);
});

test('received items tell what came, in order, and under which keys', () => {
  const { client } = talk(
    clientHandshake(),
    serverHandshake().append(keyUpdate, sendData(ping), sendCloseNotify),
  );
  assert.deepEqual(client.received.map(describeReceived), [
    'ServerHello in plaintext',
    'change_cipher_spec in plaintext',
    'EncryptedExtensions under handshake keys',
    'Certificate under handshake keys',
    'CertificateVerify under handshake keys',
    'Finished under handshake keys',
    'KeyUpdate under application keys',
    '4 bytes of application data under application+1 keys',
    'warning alert close_notify under application+1 keys',
  ]);
  assert.equal(client.alert?.description, 0);
});

test('a script is a value: the same one plays again with another peer', () => {
  const client = clientHandshake().append(sendData(ping), expectData(pong));
  const server = serverHandshake().append(expectData(ping), sendData(pong));
  assertDone(talk(client, server));
  assertDone(talk(client, server));
});
