/** Alerts: fatal at every state, unknown, malformed, too many, and the two ways of closing (RFC 8446 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHandshake,
  type Step,
  sendAlert,
  sendCloseNotify,
  sendData,
  sendRecord,
  serverHandshake,
} from '../../src/fuzz.ts';
import { AlertDescription, nameOf } from '../../src/wire/registry.ts';
import {
  againstClient,
  againstServer,
  assertDead,
  assertSecure,
  clientRefuses,
  type Played,
  serverRefuses,
} from './kit.ts';

const server = serverHandshake({ requestCertificate: 'expect empty' });
const client = clientHandshake();
const ALERT = 21;
const cancelled = sendAlert('user_canceled', 'warning');
const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);

/** The connection took the alert for what it is: the peer's end. Nothing is said in return. */
function assertEnded(played: Played, description: number): void {
  const { error } = played.tested.connection;
  assert.ok(error !== undefined && played.targetError === error, 'the alert ends the connection');
  assert.equal(error.reason, 'alert_received');
  assert.equal(error.alert, description);
  assert.equal(error.alertOrigin, 'remote');
  assert.equal(played.alert, undefined, 'no alert answers an alert');
  assertDead(played.tested, error);
}

const SERVER_STEPS = [
  'ServerHello',
  'EncryptedExtensions',
  'CertificateRequest',
  'Certificate',
  'CertificateVerify',
  'Finished',
] as const;

for (const name of SERVER_STEPS) {
  test(`client: a fatal alert before ${name} ends the handshake`, () => {
    assertEnded(againstServer(server.before(name, sendAlert('handshake_failure'))), 40);
    assertEnded(againstServer(server.before(name, sendAlert('internal_error', 'warning'))), 80);
    assertEnded(againstServer(server.before(name, sendCloseNotify)), 0);
  });
}

for (const name of ['expect ServerHello', 'Finished'] as const) {
  test(`server: a fatal alert before ${name} ends the handshake`, () => {
    assertEnded(againstClient(client.before(name, sendAlert('unknown_ca'))), 48);
    assertEnded(againstClient(client.before(name, sendCloseNotify)), 0);
  });
}

test('a fatal alert before ClientHello ends the handshake', () => {
  assertEnded(againstClient(client.before('ClientHello', sendAlert('internal_error'))), 80);
});

test('every alert of the registry, as a warning or fatal, ends an open connection, but for the closing ones', () => {
  for (const [name, code] of Object.entries(AlertDescription)) {
    if (name === 'close_notify' || name === 'user_canceled') continue;
    for (const level of ['warning', 'fatal'] as const) {
      assertEnded(againstServer(server.append(sendAlert(code, level))), code);
    }
  }
});

test('an alert that nobody knows is an error', () => {
  for (const code of [1, 99, 255])
    assertEnded(againstServer(server.append(sendAlert(code, 'warning'))), code);
  assert.equal(nameOf(AlertDescription, 255), 'unknown(0xff)');
});

const MALFORMED = ['malformed_alert', 'decode_error'] as const;

clientRefuses({
  'an alert of one byte': [server.append(sendRecord(ALERT, Uint8Array.of(1))), ...MALFORMED],
  'an alert of three bytes': [server.append(sendRecord(ALERT, Uint8Array.of(1, 0, 0))), ...MALFORMED],
  'two alerts in one record': [server.append(sendRecord(ALERT, Uint8Array.of(1, 90, 1, 0))), ...MALFORMED],
  'a malformed alert before ServerHello': [
    server.before('ServerHello', sendRecord(ALERT, Uint8Array.of(2))),
    ...MALFORMED,
  ],
  'an alert of level 0': [server.append(sendAlert('close_notify', 0)), 'bad_alert', 'illegal_parameter'],
  'an alert of level 3': [server.append(sendAlert('internal_error', 3)), 'bad_alert', 'illegal_parameter'],
  'an alert of level 255 in the handshake': [
    server.before('Finished', sendAlert('internal_error', 255)),
    'bad_alert',
    'illegal_parameter',
  ],
  'five warnings in a row': [
    server.append(...times(5, cancelled)),
    'too_many_warnings',
    'unexpected_message',
  ],
  'five warnings in a row, before ServerHello': [
    server.before('ServerHello', ...times(5, cancelled)),
    'too_many_warnings',
    'unexpected_message',
  ],
});

serverRefuses({
  'five warnings before ClientHello': [
    client.before('ClientHello', ...times(5, cancelled)),
    'too_many_warnings',
    'unexpected_message',
  ],
  'five warnings in a row': [
    client.append(...times(5, cancelled)),
    'too_many_warnings',
    'unexpected_message',
  ],
  'an alert of level 7': [client.append(sendAlert('internal_error', 7)), 'bad_alert', 'illegal_parameter'],
  'an alert of one byte': [client.append(sendRecord(ALERT, Uint8Array.of(1))), ...MALFORMED],
});

test('four warnings are told and let pass, and data starts the count anew', () => {
  const one = sendData(Uint8Array.of(1));
  const played = againstServer(server.append(...times(4, cancelled), one, ...times(4, cancelled)));
  assertSecure(played);
  assert.equal(played.tested.kinds.filter((kind) => kind === 'alert').length, 8);
});

test('close_notify ends one direction: what we still send arrives', () => {
  const played = againstServer(server.append(sendData(Uint8Array.of(7)), sendCloseNotify));
  assertSecure(played);
  const { connection, kinds } = played.tested;
  assert.deepEqual(kinds.slice(-2), ['data', 'close_notify']);
  assert.equal(connection.peerClosed, true);
  assert.equal(connection.canSend, true);
  connection.send(Uint8Array.of(1, 2));
  connection.close();
  played.peer.receive(connection.takeOutput() ?? new Uint8Array(0));
  const [data, closed] = played.peer.drain();
  assert.ok(data?.kind === 'application_data' && closed?.kind === 'alert');
  assert.deepEqual([...data.data], [1, 2]);
  assert.deepEqual([closed.level, closed.description], [1, 0]);
  assert.equal(connection.phase, 'closed');
});

test('what comes after close_notify is ignored, also once both ends have closed', () => {
  const played = againstServer(server.append(sendCloseNotify, sendData(Uint8Array.of(9))));
  assertSecure(played);
  assert.deepEqual([...played.tested.data], []);
  played.tested.connection.close();
  played.tested.connection.receive(Uint8Array.of(1, 2, 3, 4, 5, 6));
  played.tested.connection.receiveEnd();
  assert.deepEqual(played.tested.events.at(-1), { kind: 'end', clean: true });
});

test('we close first: the peer may go on, then closes', () => {
  const played = againstServer(server);
  const { connection } = played.tested;
  connection.close();
  connection.close();
  assert.equal(connection.canSend, false);
  assert.throws(() => connection.send(Uint8Array.of(1)), { code: 'TLS_INVALID_STATE' });
  played.peer.receive(connection.takeOutput() ?? new Uint8Array(0));
  assert.equal(played.peer.drain().length, 1, 'close_notify goes out once');
  played.peer.sendApplicationData(Uint8Array.of(5));
  connection.receive(played.peer.takeOutput() ?? new Uint8Array(0));
  assert.deepEqual([...played.tested.data], [5]);
  played.peer.sendAlert(AlertDescription.close_notify, 1);
  connection.receive(played.peer.takeOutput() ?? new Uint8Array(0));
  assert.equal(connection.phase, 'closed');
});

test('close during the handshake says user_canceled and close_notify, and is over', () => {
  const played = againstServer(server.until('Finished'));
  played.tested.connection.close();
  played.peer.receive(played.tested.takeOutput() ?? new Uint8Array(0));
  const alerts = played.peer.drain().flatMap((item) => (item.kind === 'alert' ? [item.description] : []));
  assert.deepEqual(alerts, [AlertDescription.user_canceled, AlertDescription.close_notify]);
  assert.equal(played.tested.connection.error?.reason, 'cancelled');
});
