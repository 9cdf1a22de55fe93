/** Bounds of the engine: time, bytes, records per key; and what a dead or misused connection does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CipherSuite13, CryptoProvider } from '../../src/crypto/provider.ts';
import type { Connection } from '../../src/engine/connection.ts';
import { clientHandshake, serverHandshake, splitRecords } from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { credentials, NOW, provider } from '../handshake/credentials.ts';
import {
  againstClient,
  againstServer,
  assertDead,
  assertRefused,
  assertSecure,
  testedClient,
  testedServer,
} from '../handshake/kit.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';
import { Pair } from './pair.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

test('deadline: it is told, holds in both roles, and is over with the handshake', () => {
  let time = NOW;
  const options = { now: (): number => time, handshakeTimeout: 5000 };
  for (const tested of [testedClient(options), testedServer(options)]) {
    assert.equal(tested.connection.deadline, NOW + 5000);
    time = NOW + 5001;
    tested.takeOutput();
    let caught: unknown;
    try {
      tested.receive(Uint8Array.of(22));
    } catch (error) {
      caught = error;
    }
    assert.ok(caught instanceof TLSError);
    assert.equal(caught.reason, 'timeout');
    assert.equal(tested.connection.deadline, undefined);
    time = NOW;
  }
  const played = againstServer(serverHandshake(), { options });
  assertSecure(played);
  assert.equal(played.tested.connection.deadline, undefined);
  time = NOW + 1_000_000;
  played.peer.sendApplicationData(bytes(1));
  played.tested.receive(played.peer.takeOutput() ?? bytes(0));
  assert.equal(played.tested.data.length, 1);
});

test('deadline: 0 is none', () => {
  assert.equal(testedClient({ handshakeTimeout: 0 }).connection.deadline, undefined);
});

test('maxHandshakeBytes: a flight that is too long is refused, in both roles', () => {
  const client = againstServer(serverHandshake(), { options: { maxHandshakeBytes: 500 } });
  assertRefused(client, 'handshake_too_long', 'handshake_failure');
  const server = againstClient(clientHandshake({ certificate: 'own' }), {
    options: { maxHandshakeBytes: 300, clientAuth: 'require' },
  });
  assertRefused(server, 'handshake_too_long', 'handshake_failure');
});

test('maxCertificateListLength: a longer Certificate is refused at its header, in both roles and versions', () => {
  const [own] = credentials.client().chain;
  // List and entry lengths, and in TLS 1.3 the context and the entry's extensions.
  const length12 = 3 + 3 + own.raw.length;
  const sizes = [
    [ONLY12, length12],
    [ONLY13, 1 + length12 + 2],
  ] as const;
  for (const [only, length] of sizes) {
    const mutual = (maxCertificateListLength: number): Pair =>
      new Pair(
        { ...only, credentials: [credentials.client()] },
        { ...only, clientAuth: 'require', maxCertificateListLength },
      ).pump();
    assert.equal(mutual(length).server.tested.connection.phase, 'open');
    const { error } = mutual(length - 1).server.tested.connection;
    assert.equal(error?.reason, 'message_too_long');
    assert.match(error.message, new RegExp(`the limit is ${length - 1}`));
    const client = new Pair({ ...only, maxCertificateListLength: 100 }, only).pump().client;
    assert.equal(client.tested.connection.error?.reason, 'message_too_long');
  }
});

test('maxCertificateListLength: other messages are not measured by it, and nonsense is refused', () => {
  const pair = new Pair({}, { maxCertificateListLength: 1 }).pump();
  assert.equal(pair.server.tested.connection.phase, 'open');
  for (const maxCertificateListLength of [0, -1, 1.5, Number.NaN, 102_401]) {
    assert.throws(() => testedClient({ maxCertificateListLength }), /maxCertificateListLength must be/);
  }
});

/** A provider whose keys are good for a few records. */
function frail(confidentialityLimit: number): CryptoProvider {
  const cipherSuites13 = provider.cipherSuites13.map(
    (suite): CipherSuite13 => ({ ...suite, aead: { ...suite.aead, confidentialityLimit } }),
  );
  return { ...provider, cipherSuites13 };
}

test('send limit: keys are changed before they are worn out, and everything arrives', () => {
  const pair = new Pair({ provider: frail(8) }, { provider: frail(8) }).pump();
  for (let i = 0; i < 40; i += 1) {
    pair.client.tested.connection.send(bytes(3));
    pair.server.tested.connection.send(bytes(2));
    pair.pump();
  }
  assert.equal(pair.client.error, undefined);
  assert.equal(pair.server.error, undefined);
  assert.equal(pair.server.tested.data.length, 120);
  assert.equal(pair.client.tested.data.length, 80);
  // More records went out than the messages sent: the KeyUpdates.
  assert.ok(splitRecords(pair.client.sent).length > 40 + 3);
});

test('send limit: one long send does not go beyond the limit under one key', () => {
  const pair = new Pair({ provider: frail(8), maxFragmentLength: 512 }, {}).pump();
  pair.client.tested.connection.send(bytes(512 * 3));
  pair.pump();
  let caught: unknown;
  try {
    for (let i = 0; i < 4; i += 1) pair.client.tested.connection.send(bytes(512 * 7));
  } catch (error) {
    caught = error;
  }
  pair.pump();
  assert.equal(pair.server.error, undefined);
  if (caught !== undefined) assert.equal(caught instanceof TLSError && caught.reason, 'key_exhausted');
  else assert.equal(pair.server.tested.data.length, 512 * 31);
});

test('maxFragmentLength and recordPadding shape every protected record', () => {
  const pair = new Pair({
    maxFragmentLength: 512,
    recordPadding: (length) => Math.ceil(length / 100) * 100,
  }).pump();
  const before = pair.client.sent.length;
  pair.client.tested.connection.send(bytes(1200));
  pair.pump();
  const lengths = splitRecords(pair.client.sent.slice(before)).map((record) => record.length - 5 - 17);
  assert.deepEqual(lengths, [512, 512, 200]);
  assert.equal(pair.server.tested.data.length, 1200);
});

test('half-RTT: the server may send first, and its client takes the data after Finished', () => {
  const pair = new Pair({}, { halfRtt: true });
  pair.server.tested.react = (event, connection) => {
    if (event.kind === 'writable' && connection.phase === 'handshake') connection.send(bytes(5));
  };
  pair.pump();
  assert.deepEqual(
    pair.server.tested.kinds.filter((kind) => kind === 'writable' || kind === 'secure'),
    ['writable', 'secure'],
  );
  assert.equal(pair.client.tested.data.length, 5);
  const kinds = pair.client.tested.kinds.filter((kind) => kind === 'secure' || kind === 'data');
  assert.deepEqual(kinds, ['secure', 'data']);
});

test('half-RTT is off unless asked for: the server cannot send before the client has proven itself', () => {
  const played = againstClient(clientHandshake().until('Finished'));
  assert.equal(played.tested.connection.canSend, false);
  assert.throws(() => played.tested.connection.send(bytes(1)), { code: 'TLS_INVALID_STATE' });
  assert.equal(played.tested.connection.phase, 'handshake', 'a misuse ends nothing');
});

const CALLS: Readonly<Record<string, (connection: Connection) => unknown>> = {
  start: (connection) => connection.start(),
  receive: (connection) => connection.receive(bytes(6)),
  send: (connection) => connection.send(bytes(1)),
  requestKeyUpdate: (connection) => connection.requestKeyUpdate(),
  exportKeyingMaterial: (connection) => connection.exportKeyingMaterial('x', undefined, 32),
};

test('a dead connection throws one and the same error from every call, and says no more', () => {
  const played = againstServer(serverHandshake().without('CertificateVerify'));
  const error = assertRefused(played, 'unexpected_message', 'unexpected_message');
  for (const [name, call] of Object.entries(CALLS)) {
    assert.throws(
      () => call(played.tested.connection),
      (caught) => caught === error,
      name,
    );
  }
  played.tested.connection.close();
  played.tested.connection.abort(new TLSError('timeout', 'too late'));
  played.tested.connection.receiveEnd();
  played.tested.connection.answer(1, { kind: 'sign', signature: bytes(64) });
  assertDead(played.tested, error);
});

test('a closed connection takes no more calls, but is not failed', () => {
  const pair = new Pair().pump();
  pair.client.tested.connection.close();
  pair.pump();
  pair.server.tested.connection.close();
  pair.pump();
  for (const { tested } of [pair.client, pair.server]) {
    assert.equal(tested.connection.phase, 'closed');
    assert.equal(tested.connection.error, undefined);
    for (const name of ['start', 'send', 'requestKeyUpdate', 'exportKeyingMaterial'] as const) {
      assert.throws(() => CALLS[name]?.(tested.connection), { code: 'TLS_INVALID_STATE' }, name);
    }
    tested.connection.abort(new TLSError('timeout', 'too late'));
    assert.equal(tested.connection.phase, 'closed');
  }
});

test('calls before the handshake are misuse and end nothing', () => {
  const { connection } = testedClient();
  for (const name of ['start', 'send', 'requestKeyUpdate', 'exportKeyingMaterial'] as const) {
    assert.throws(() => CALLS[name]?.(connection), { code: 'TLS_INVALID_STATE' }, name);
  }
  assert.equal(connection.phase, 'handshake');
  assert.equal(connection.error, undefined);
});

test('re-entering receive from an event is misuse, seen by both', () => {
  const pair = new Pair().pump();
  const seen: unknown[] = [];
  pair.client.tested.react = (event, connection) => {
    if (event.kind !== 'data') return;
    try {
      connection.receive(bytes(5));
    } catch (error) {
      seen.push(error);
    }
  };
  pair.server.tested.connection.send(bytes(1));
  pair.pump();
  assert.equal(seen.length, 1);
  assert.ok(seen[0] instanceof TLSError && seen[0].reason === 'invalid_state');
  assert.equal(pair.client.tested.connection.phase, 'open');
});

test('sending, closing and asking from within an event is fine', () => {
  const pair = new Pair().pump();
  pair.client.tested.react = (event, connection) => {
    if (event.kind !== 'data') return;
    connection.send(Uint8Array.from(event.data));
    connection.exportKeyingMaterial('x', undefined, 16);
    connection.close();
  };
  pair.server.tested.connection.send(bytes(4));
  pair.pump();
  assert.equal(pair.server.tested.data.length, 4);
  assert.equal(pair.server.tested.connection.peerClosed, true);
});

test('a listener that throws on data ends the connection with internal_error', () => {
  const pair = new Pair().pump();
  const boom = new Error('boom');
  pair.client.tested.react = (event) => {
    if (event.kind === 'data') throw boom;
  };
  pair.server.tested.connection.send(bytes(4));
  pair.pump();
  assert.ok(pair.client.error instanceof TLSError);
  assert.equal(pair.client.error.reason, 'internal_error');
  assert.equal(pair.client.error.cause, boom);
  assert.equal(pair.server.tested.connection.error?.reason, 'alert_received');
});

test('abort from within an event ends the connection there', () => {
  const pair = new Pair().pump();
  const error = new TLSError('cancelled', 'enough');
  pair.client.tested.react = (event, connection) => {
    if (event.kind === 'data') connection.abort(error);
  };
  pair.server.tested.connection.send(bytes(1));
  pair.server.tested.connection.send(bytes(2));
  pair.pump();
  assert.equal(pair.client.tested.data.length, 1, 'nothing after it is given out');
  assert.equal(pair.client.tested.connection.error, error);
});

test('without randomness nothing is sent, and the error says so', () => {
  const random = (): void => {
    throw new TLSError('no_random', 'no source of randomness');
  };
  const dry: CryptoProvider = { ...provider, random };
  assert.throws(() => testedClient({ provider: dry }), { code: 'TLS_NO_RANDOM' });
  const played = againstClient(clientHandshake(), { options: { provider: dry } });
  assertRefused(played, 'no_random', 'internal_error');
  const broken: CryptoProvider = {
    ...provider,
    random: () => {
      throw new Error('the device is gone');
    },
  };
  const other = againstClient(clientHandshake(), { options: { provider: broken } });
  assertRefused(other, 'internal_error', 'internal_error');
});
