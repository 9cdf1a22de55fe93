/** The transport ends early: at every byte of a handshake, and after it (RFC 8446 6.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientHandshake, sendCloseNotify, sendData, serverHandshake, splitRecords } from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import {
  againstClient,
  againstServer,
  assertSecure,
  type Played,
  type Tested,
  testedClient,
  testedServer,
} from './kit.ts';

const server = serverHandshake();
const client = clientHandshake({ certificate: 'own' });
const clientAuth = { clientAuth: 'require' } as const;

/** The same connection gets the same random bytes, so that what its peer sent once fits it again. */
function assertTruncated(make: () => Tested, played: Played): void {
  assertSecure(played);
  for (let length = 0; length < played.sent.length; length += 1) {
    const tested = make();
    tested.receive(played.sent.slice(0, length));
    assert.ok(!tested.kinds.includes('secure'), `secure after ${length} of ${played.sent.length} bytes`);
    let caught: unknown;
    try {
      tested.connection.receiveEnd();
    } catch (error) {
      caught = error;
    }
    assert.ok(caught instanceof TLSError, `the end after ${length} bytes is an error`);
    assert.equal(caught.reason, 'unexpected_eof');
    assert.equal(tested.connection.phase, 'failed');
    assert.ok(!tested.kinds.includes('end'), 'no end event');
  }
  const whole = make();
  whole.receive(played.sent);
  assert.ok(whole.kinds.includes('secure'), 'the whole is enough');
}

test('client: the end at any byte of the handshake is unexpected_eof', () => {
  assertTruncated(testedClient, againstServer(server));
});

test('server: the end at any byte of the handshake is unexpected_eof', () => {
  assertTruncated(() => testedServer({ ...clientAuth }), againstClient(client, { options: clientAuth }));
});

test('after the handshake: an end without close_notify is not clean, whatever was left over', () => {
  const played = againstServer(server.append(sendData(new Uint8Array(50))));
  const [last] = splitRecords(played.sent).slice(-1);
  assert.ok(last);
  const before = played.sent.slice(0, played.sent.length - last.length);
  for (const left of [0, 1, 5, 20, last.length - 1]) {
    const tested = testedClient();
    tested.receive(before);
    tested.receive(last.slice(0, left));
    tested.connection.receiveEnd();
    assert.deepEqual(tested.events.at(-1), { kind: 'end', clean: false });
    assert.equal(tested.data.length, 0, 'nothing of a record that is not whole is given out');
  }
});

test('after the handshake: an end after close_notify is clean, and told once', () => {
  const played = againstServer(server.append(sendCloseNotify));
  assertSecure(played);
  played.tested.connection.receiveEnd();
  played.tested.connection.receiveEnd();
  assert.deepEqual(
    played.tested.events.filter((event) => event.kind === 'end'),
    [{ kind: 'end', clean: true }],
  );
});

test("an end that is the answer to our own close is not clean without the peer's close_notify", () => {
  const played = againstServer(server);
  played.tested.connection.close();
  played.tested.connection.receiveEnd();
  assert.deepEqual(played.tested.events.at(-1), { kind: 'end', clean: false });
});

test('an end after a fatal error changes nothing', () => {
  const played = againstServer(server.without('CertificateVerify'));
  const { connection } = played.tested;
  const { error } = connection;
  const events = played.tested.events.length;
  connection.receiveEnd();
  assert.equal(connection.error, error);
  assert.equal(played.tested.events.length, events);
});

test("with half-RTT too, the end before the client's Finished is an error, not an end of data", () => {
  const tested = testedServer({ halfRtt: true });
  const played = againstClient(clientHandshake().until('Finished'), { options: { halfRtt: true } });
  tested.receive(played.sent);
  assert.equal(tested.connection.canSend, true);
  assert.throws(() => tested.connection.receiveEnd(), { code: 'TLS_UNEXPECTED_EOF' });
  assert.equal(tested.connection.canSend, false);
});
