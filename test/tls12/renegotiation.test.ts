/** Renegotiation is never done: HelloRequest and a second ClientHello (RFC 5246 7.4.1.1, RFC 5746, CVE-2009-3555, CVE-2021-3449). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHandshake12,
  clientHello12,
  expectAlert,
  expectData,
  helloRequest,
  Script,
  type Step,
  sendBody,
  sendData,
  serverHandshake12,
  serverHello12,
  withoutExtension,
} from '../../src/fuzz.ts';
import { renegotiationInfo } from '../../src/message/extension/renegotiation-info.ts';
import { AlertDescription, ExtensionType, HandshakeType } from '../../src/wire/registry.ts';
import { assertRefused, assertSecure, type Played, type Tested } from '../handshake/kit.ts';
import {
  againstClient12,
  againstServer12,
  BOTH,
  client12Refuses,
  ONLY13,
  server,
  server12Refuses,
} from './kit.ts';

const ping = Uint8Array.of(7, 8, 9);
const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const again = clientHello12.withOptions({ unhashed: true });
const client = clientHandshake12();
const refused = expectAlert('no_renegotiation');
const echoes = (tested: Tested): void => {
  tested.react = (event, connection) => {
    if (event.kind === 'data') connection.send(Uint8Array.from(event.data));
  };
};

/** The refusals that went out: warnings, under the connection's keys. */
function refusals(played: Played): number {
  return played.peer.received.filter(
    (item) =>
      item.kind === 'alert' &&
      item.level === 1 &&
      item.description === AlertDescription.no_renegotiation &&
      item.protection === 'tls12',
  ).length;
}

const places = (script: Script<never> | { readonly steps: readonly Step[] }): string[] =>
  script.steps
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('expect') && !['write keys', 'Finished'].includes(name));

test('client: HelloRequest anywhere in the handshake is passed over and not hashed', () => {
  const whole = serverHandshake12({ ticket: true });
  for (const place of places(whole)) {
    for (const options of [{}, BOTH]) {
      const played = againstServer12(whole.before(place, helloRequest), { options });
      assertSecure(played);
      assert.equal(refusals(played), 0, `before ${place}`);
    }
  }
  const every = places(whole).reduce(
    (script, place) => script.before(place, ...times(3, helloRequest)),
    whole,
  );
  assertSecure(againstServer12(every));
});

test('client: HelloRequest in the record of another message', () => {
  const held = helloRequest.withOptions({ hold: true });
  assertSecure(againstServer12(server.before('Certificate', held)));
  assertSecure(againstServer12(server.before('ServerHello', held)));
});

test('client: HelloRequest after the handshake is answered with no_renegotiation, and talk goes on', () => {
  const script = server.append(helloRequest, refused, sendData(ping), expectData(ping), helloRequest);
  const played = againstServer12(script, { prepare: echoes });
  assert.equal(played.targetError, undefined);
  assert.equal(played.tested.connection.phase, 'open');
  assert.equal(refusals(played), 2);
  assert.deepEqual([...played.tested.data], [...ping]);
  assert.equal(
    played.peer.received.filter((item) => item.kind === 'handshake' && item.message.kind === 'ClientHello')
      .length,
    1,
    'no second ClientHello',
  );
});

test('a flood of either is bounded: four are refused, the fifth ends the connection', () => {
  for (const played of [
    againstServer12(server.append(...times(5, helloRequest))),
    againstClient12(client.append(...times(5, again))),
  ]) {
    const { error } = played.tested.connection;
    assert.equal(error?.reason, 'too_many_warnings');
    assert.equal(refusals(played), 4);
    const last = played.peer.received.at(-1);
    assert.ok(last?.kind === 'alert');
    assert.deepEqual([last.level, last.description], [2, AlertDescription.unexpected_message]);
  }
});

test('client: a HelloRequest that the server has hashed leads nowhere', () => {
  const hashed = helloRequest.withOptions({ unhashed: false });
  const played = againstServer12(server.before('Certificate', hashed));
  assert.ok(!played.tested.kinds.includes('secure'));
  assert.ok(played.scriptError !== undefined, 'the server cannot read the Finished of this client');
});

client12Refuses({
  'HelloRequest between ChangeCipherSpec and Finished': [
    server.before('Finished', helloRequest),
    'unexpected_message',
    'unexpected_message',
  ],
  'HelloRequest with a body': [
    server.before('Certificate', sendBody(HandshakeType.hello_request, Uint8Array.of(0), { unhashed: true })),
    'message_too_long',
    'decode_error',
  ],
  'HelloRequest in TLS 1.3 alone': [
    server.before('ServerHello', helloRequest),
    'unexpected_message',
    'unexpected_message',
    { options: ONLY13 },
  ],
  'a handshake of HelloRequests alone': [
    server.before('Certificate', ...times(3000, helloRequest.withOptions({ hold: true })), helloRequest),
    'handshake_too_long',
    'handshake_failure',
    { options: { maxHandshakeBytes: 8192 } },
  ],
  'ServerHello after the handshake': [
    server.append(serverHello12()),
    'unexpected_message',
    'unexpected_message',
  ],
});

test('server: a second ClientHello is answered with no_renegotiation, and talk goes on', () => {
  const script = client.append(again, refused, sendData(ping), expectData(ping), again);
  const played = againstClient12(script, { prepare: echoes });
  assert.equal(played.targetError, undefined);
  assert.equal(played.tested.connection.phase, 'open');
  assert.equal(refusals(played), 2);
  assert.equal(
    played.peer.received.filter((item) => item.kind === 'handshake' && item.message.kind === 'ServerHello')
      .length,
    1,
    'no second ServerHello',
  );
});

test('server: a second ClientHello that proves it knows the first handshake is no better', () => {
  const secure = again.changed((fields, peer) => ({
    ...fields,
    extensions: fields.extensions.map((extension) =>
      extension.type === 0xff01
        ? { ...extension, data: Uint8Array.of(12, ...peer.tls12.finishedData('client')) }
        : extension,
    ),
  }));
  const played = againstClient12(client.append(secure));
  assert.equal(played.targetError, undefined);
  assert.equal(refusals(played), 1);
});

test('server: data counts as progress between two tries, and the flood is bounded', () => {
  const patient = [...times(4, again), ...times(4, refused), sendData(ping), expectData(ping)];
  const played = againstClient12(client.append(...patient, ...patient), { prepare: echoes });
  assert.equal(played.targetError, undefined);
  assert.equal(refusals(played), 8);
});

server12Refuses({
  'a second ClientHello that is malformed': [
    client.append(again.withOptions({ bytes: (raw) => Uint8Array.of(1, 0, 0, 4, ...raw.slice(4, 8)) })),
    'truncated',
    'decode_error',
  ],
  'a second ClientHello before the first is answered': [
    client.after('ClientHello', again),
    'unexpected_message',
    'unexpected_message',
  ],
  'a second ClientHello in the middle of the handshake': [
    client.after('ClientKeyExchange', again),
    'unexpected_message',
    'unexpected_message',
  ],
  'ClientKeyExchange after the handshake, as if renegotiating': [
    client.append(sendBody(HandshakeType.client_key_exchange, Uint8Array.of(1, 4))),
    'unexpected_message',
    'unexpected_message',
  ],
  'HelloRequest, which only servers send': [
    client.before('ClientKeyExchange', helloRequest),
    'unexpected_message',
    'unexpected_message',
  ],
});

test('neither end starts it: there is no such call, and KeyUpdate is not for TLS 1.2', () => {
  for (const played of [againstServer12(server), againstClient12(client)]) {
    assertSecure(played);
    const { connection } = played.tested;
    assert.throws(() => connection.requestKeyUpdate(true), { code: 'TLS_INVALID_STATE' });
    assert.equal(connection.phase, 'open');
    assert.ok(!('renegotiate' in connection));
  }
});

test('a refused renegotiation leaves keys and counters as they were', () => {
  const played = againstClient12(
    client.append(again, again, refused, refused, sendData(ping), expectData(ping)),
    {
      prepare: echoes,
    },
  );
  assert.equal(played.scriptError, undefined);
  assert.equal(played.waitingFor, undefined);
  const replayed = againstClient12(client.append(again, sendData(ping, { record: { sequence: 1n } })));
  assert.equal(replayed.tested.connection.error?.reason, 'bad_record_mac');
});

test('once we have closed, nothing is said to either', () => {
  for (const [played, step] of [
    [againstServer12(server), helloRequest],
    [againstClient12(client), again],
  ] as const) {
    const { connection } = played.tested;
    connection.close();
    assert.ok(connection.takeOutput(), 'close_notify');
    played.peer.play(new Script([step, sendData(ping)]));
    connection.receive(played.peer.takeOutput() ?? new Uint8Array(0));
    assert.equal(connection.takeOutput(), undefined);
    assert.deepEqual([...played.tested.data], [...ping]);
  }
});

test('client: a server without renegotiation_info, which is refused only where it is told to (RFC 5746 4.1)', () => {
  const without = server.change('ServerHello', (fields) => ({
    ...fields,
    extensions: withoutExtension(fields.extensions, ExtensionType.renegotiation_info),
  }));
  assertSecure(againstServer12(without));
  const strict = { options: { requireSecureRenegotiation: true } };
  assertRefused(againstServer12(without, strict), 'bad_renegotiation_info', 'handshake_failure');
  const answering = server.change('ServerHello', (fields) => ({
    ...fields,
    extensions: [
      ...withoutExtension(fields.extensions, ExtensionType.renegotiation_info),
      renegotiationInfo.serverHello12.encode(new Uint8Array(0)),
    ],
  }));
  assertSecure(againstServer12(answering, strict));
});
