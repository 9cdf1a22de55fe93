/** The transport ends early in TLS 1.2: at every byte of a handshake, and after it (RFC 5246 7.2.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientHandshake12,
  clientResumption12,
  sendCloseNotify,
  sendData,
  serverHandshake12,
  serverResumption12,
  splitRecords,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { credentials } from '../handshake/credentials.ts';
import { assertSecure, type Played, type Tested } from '../handshake/kit.ts';
import { againstClient12, againstServer12, client12, server12 } from './kit.ts';
import { clientSession, serverSession } from './resumed.ts';

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
  const options = { credentials: [credentials.client()] };
  const script = serverHandshake12({ ticket: true, requestCertificate: 'expect own' });
  assertTruncated(() => client12(options), againstServer12(script, { options }));
});

test('client: the end at any byte of a resumption', () => {
  const { options, peer } = clientSession();
  assertTruncated(
    () => client12(options),
    againstServer12(serverResumption12({ ticket: true }), { options, peer }),
  );
});

test('server: the end at any byte of the handshake is unexpected_eof', () => {
  const options = { clientAuth: 'require' } as const;
  const script = clientHandshake12({ certificate: 'own' });
  assertTruncated(() => server12(options), againstClient12(script, { options }));
});

test('server: the end at any byte of a resumption', () => {
  // Each server seals a new ticket, so what the client says is not the same twice: whole records are cut off instead.
  const { options, peer } = serverSession();
  const played = againstClient12(clientResumption12({ ticket: true }), { options, peer });
  assertSecure(played);
  const [hello] = splitRecords(played.sent);
  assert.ok(hello);
  for (let length = 0; length <= hello.length; length += 1) {
    const tested = server12(options);
    tested.receive(hello.slice(0, length));
    assert.throws(() => tested.connection.receiveEnd(), { code: 'TLS_UNEXPECTED_EOF' });
    assert.ok(!tested.kinds.includes('secure'));
  }
});

test('after the handshake: an end without close_notify is not clean, whatever was left over', () => {
  const played = againstServer12(serverHandshake12().append(sendData(new Uint8Array(50))));
  const [last] = splitRecords(played.sent).slice(-1);
  assert.ok(last);
  const before = played.sent.slice(0, played.sent.length - last.length);
  for (const left of [0, 1, 5, 20, last.length - 1]) {
    const tested = client12();
    tested.receive(before);
    tested.receive(last.slice(0, left));
    tested.connection.receiveEnd();
    assert.deepEqual(tested.events.at(-1), { kind: 'end', clean: false });
    assert.equal(tested.data.length, 0, 'nothing of a record that is not whole is given out');
  }
});

test('after the handshake: an end after close_notify is clean', () => {
  const played = againstServer12(serverHandshake12().append(sendCloseNotify));
  played.tested.connection.receiveEnd();
  assert.deepEqual(played.tested.events.at(-1), { kind: 'end', clean: true });
});
