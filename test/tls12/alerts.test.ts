/** Alerts and closing in TLS 1.2: warnings pass, fatal ones end, close_notify is answered at once (RFC 5246 7.2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHandshake12,
  expectAlert,
  Script,
  type Step,
  sendAlert,
  sendCloseNotify,
  sendData,
  sendRecord,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { AlertDescription } from '../../src/wire/registry.ts';
import { assertDead, assertSecure, type Played } from '../handshake/kit.ts';
import { againstClient12, againstServer12, BOTH, client12Refuses, server12Refuses } from './kit.ts';

const ALERT = 21;
const server = serverHandshake12({ ticket: true });
const client = clientHandshake12();
const warning = sendAlert('unrecognized_name', 'warning');
const times = (count: number, each: Step): Step[] => new Array<Step>(count).fill(each);
const sends = (script: { readonly steps: readonly Step[] }): string[] =>
  script.steps.map(({ name }) => name).filter((name) => !name.startsWith('expect') && name !== 'write keys');

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

for (const name of sends(server)) {
  test(`client: before ${name}, fatal alerts and close_notify end the handshake, warnings do not`, () => {
    assertEnded(againstServer12(server.before(name, sendAlert('handshake_failure'))), 40);
    assertEnded(againstServer12(server.before(name, sendCloseNotify)), 0);
    assertEnded(againstServer12(server.before(name, sendAlert('user_canceled', 'fatal'))), 90);
    for (const options of [{}, BOTH]) {
      const played = againstServer12(server.before(name, warning, sendAlert('user_canceled', 'warning')), {
        options,
      });
      assertSecure(played);
      assert.deepEqual(
        played.tested.events.flatMap((event) => (event.kind === 'alert' ? [event.description] : [])),
        [AlertDescription.unrecognized_name, AlertDescription.user_canceled],
      );
    }
  });
}

for (const name of sends(client)) {
  test(`server: before ${name}, fatal alerts and close_notify end the handshake, warnings do not`, () => {
    assertEnded(againstClient12(client.before(name, sendAlert('unknown_ca'))), 48);
    assertEnded(againstClient12(client.before(name, sendCloseNotify)), 0);
    assertSecure(againstClient12(client.before(name, warning), { options: BOTH }));
  });
}

test('open: every alert of the registry ends it when fatal, and passes when a warning', () => {
  for (const [name, code] of Object.entries(AlertDescription)) {
    if (name === 'close_notify') continue;
    assertEnded(againstServer12(server.append(sendAlert(code, 'fatal'))), code);
    const played = againstServer12(server.append(sendAlert(code, 'warning'), sendData(Uint8Array.of(1))));
    assertSecure(played);
    assert.deepEqual([...played.tested.data], [1], name);
  }
});

const WARNINGS = ['too_many_warnings', 'unexpected_message'] as const;
const MALFORMED = ['malformed_alert', 'decode_error'] as const;

client12Refuses({
  'five warnings in a row': [server.append(...times(5, warning)), ...WARNINGS],
  'five warnings before ServerHello': [server.before('ServerHello', ...times(5, warning)), ...WARNINGS],
  'five warnings in different places': [
    server
      .before('Certificate', ...times(2, warning))
      .before('ServerKeyExchange', ...times(2, warning))
      .before('ServerHelloDone', warning),
    ...WARNINGS,
  ],
  'a flood of warnings of any kind': [
    server.append(...[100, 90, 112, 41, 200].map((code) => sendAlert(code, 'warning'))),
    ...WARNINGS,
  ],
  'an alert of one byte': [server.append(sendRecord(ALERT, Uint8Array.of(1))), ...MALFORMED],
  'two alerts in one record': [server.append(sendRecord(ALERT, Uint8Array.of(1, 90, 1, 90))), ...MALFORMED],
  'an empty alert': [
    server.append(sendRecord(ALERT, new Uint8Array(0))),
    'empty_record',
    'unexpected_message',
  ],
  'an alert of level 3': [server.append(sendAlert('internal_error', 3)), 'bad_alert', 'illegal_parameter'],
  'an alert between the halves of a message': [
    server.options('Certificate', { split: 40, between: (peer) => peer.sendAlert(112, 1) }),
    'interleaved_handshake',
    'unexpected_message',
  ],
});

server12Refuses({
  'five warnings before ClientHello': [client.before('ClientHello', ...times(5, warning)), ...WARNINGS],
  'five warnings in a row': [client.append(...times(5, warning)), ...WARNINGS],
});

test('close_notify is answered at once, and nothing more may be sent', () => {
  for (const played of [
    againstServer12(server.append(sendCloseNotify, expectAlert('close_notify'))),
    againstClient12(client.append(sendCloseNotify, expectAlert('close_notify'))),
  ]) {
    assert.equal(played.scriptError, undefined);
    assert.equal(played.waitingFor, undefined, 'the answer is out');
    const { connection, kinds } = played.tested;
    assert.equal(connection.phase, 'closed');
    assert.equal(connection.canSend, false);
    assert.throws(() => connection.send(Uint8Array.of(1)), { code: 'TLS_INVALID_STATE' });
    assert.equal(kinds.filter((kind) => kind === 'close_notify').length, 1);
    connection.close();
    assert.equal(connection.takeOutput(), undefined, 'and goes out once');
    connection.receiveEnd();
    assert.deepEqual(played.tested.events.at(-1), { kind: 'end', clean: true });
  }
});

test('what follows close_notify is ignored', () => {
  const played = againstServer12(
    server.append(sendCloseNotify, sendData(Uint8Array.of(9)), sendAlert('decode_error')),
  );
  assert.equal(played.targetError, undefined);
  assert.equal(played.tested.data.length, 0);
});

test('we close first: the peer may still send until it closes', () => {
  const played = againstServer12(server);
  const { connection } = played.tested;
  connection.close();
  played.peer.receive(connection.takeOutput() ?? new Uint8Array(0));
  assert.deepEqual(
    played.peer.drain().map((item) => item.kind),
    ['alert'],
  );
  played.peer.play(new Script([sendData(Uint8Array.of(5)), sendCloseNotify]));
  connection.receive(played.peer.takeOutput() ?? new Uint8Array(0));
  assert.deepEqual([...played.tested.data], [5]);
  assert.equal(connection.phase, 'closed');
  assert.equal(connection.takeOutput(), undefined, 'close_notify is not sent again');
});

test('close during the handshake says user_canceled and close_notify, in clear', () => {
  const played = againstServer12(server.until('ServerKeyExchange'));
  played.tested.connection.close();
  played.peer.receive(played.tested.takeOutput() ?? new Uint8Array(0));
  const alerts = played.peer.drain().flatMap((item) => (item.kind === 'alert' ? [item] : []));
  assert.deepEqual(
    alerts.map(({ level, description, protection }) => [level, description, protection]),
    [
      [1, 90, 'plaintext'],
      [1, 0, 'plaintext'],
    ],
  );
});
