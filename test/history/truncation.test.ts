/**
 * Streams that were cut, and taken for whole.
 *
 * - TLS truncation attacks, and every JavaScript stack that was measured: an end of TCP without close_notify was shown as a
 *   clean end of data. Here an end says whether the peer had closed, and during the handshake it is an error.
 * - A close_notify in clear, after encryption had begun, was believed (measured). Here it is a forged record.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clientEarlyData,
  clientHandshake,
  clientHandshake12,
  type Step,
  sendAlert,
  sendCloseNotify,
  sendData,
  serverHandshake,
  serverHandshake12,
} from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { earlyPskOf, serverWith, sessionOf } from '../early-data/kit.ts';
import { againstClient, againstServer, assertRefused, type Played } from '../handshake/kit.ts';
import { RECIPES } from '../handshake/states.ts';
import { againstClient12, againstServer12 } from '../tls12/kit.ts';
import { WAYS } from '../tls12/states.ts';

describe('an end of the transport in each state', () => {
  const ways = [...[...RECIPES].map(([state, reach]) => ({ state, by: 'TLS 1.3', reach })), ...WAYS];
  test('is an error during the handshake, and never a clean end after it', () => {
    for (const { state, by, reach } of ways) {
      const { tested } = reach();
      const open = tested.connection.phase === 'open';
      let thrown: unknown;
      try {
        tested.connection.receiveEnd();
      } catch (error) {
        thrown = error;
      }
      const where = `${state} (${by})`;
      if (open) {
        assert.equal(thrown, undefined, where);
        assert.deepEqual(tested.events.at(-1), { kind: 'end', clean: false }, where);
      } else {
        assert.ok(thrown instanceof TLSError && thrown.reason === 'unexpected_eof', where);
        assert.ok(!tested.kinds.includes('end'), where);
        assert.equal(tested.connection.phase, 'failed', where);
      }
    }
  });
});

const inClear = sendAlert('close_notify', 'warning', { keys: 'plaintext' });
const data = sendData(Uint8Array.of(1, 2, 3));

const ENDS: Readonly<Record<string, (...steps: readonly Step[]) => Played>> = {
  'client of TLS 1.3': (...steps) => againstServer(serverHandshake().append(...steps)),
  'server of TLS 1.3': (...steps) => againstClient(clientHandshake().append(...steps)),
  'client of TLS 1.2': (...steps) => againstServer12(serverHandshake12().append(...steps)),
  'server of TLS 1.2': (...steps) => againstClient12(clientHandshake12().append(...steps)),
};

for (const [end, play] of Object.entries(ENDS)) {
  describe(end, () => {
    test('after close_notify the end is clean, without it it is not', () => {
      for (const closed of [true, false]) {
        const played = closed ? play(data, sendCloseNotify) : play(data);
        assert.equal(played.targetError, undefined);
        assert.equal(played.tested.data.length, 3);
        played.tested.connection.receiveEnd();
        const ended = played.tested.events.filter((event) => event.kind === 'end');
        assert.deepEqual(ended, [{ kind: 'end', clean: closed }]);
      }
    });
    test('a close_notify in clear ends nothing cleanly', () => {
      const played = play(data, inClear);
      const version13 = end.endsWith('1.3');
      const { error } = played.tested.connection;
      assert.ok(error !== undefined && !played.tested.connection.peerClosed);
      assertRefused(
        played,
        version13 ? 'plaintext_after_keys' : 'bad_record_mac',
        version13 ? 'unexpected_message' : 'bad_record_mac',
      );
    });
  });
}

test('an alert in clear between early data and Finished, where the client has long had keys', () => {
  const options = serverWith();
  const psk = earlyPskOf(sessionOf(options));
  const script = clientEarlyData([psk], [Uint8Array.of(1)]).before('Finished', inClear);
  assertRefused(againstClient(script, { options }), 'plaintext_after_keys', 'unexpected_message');
});
