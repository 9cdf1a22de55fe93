/** Padding policies of an application, as they come: random ones, odd ones, ones that throw (RFC 8446 5.4). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insecureSeededRandom } from '../../src/fuzz.ts';
import { TLSError } from '../../src/wire/error.ts';
import { Pair } from '../engine/pair.ts';

function randomPadding(seed: number): (length: number) => number {
  const random = insecureSeededRandom(seed);
  const byte = new Uint8Array(1);
  return (length) => {
    random(byte);
    return length + (byte[0] ?? 0);
  };
}

test('random padding: sizes are computed once, whatever the policy says the second time', () => {
  for (let seed = 0; seed < 8; seed += 1) {
    const pair = new Pair({ recordPadding: randomPadding(seed) }, { recordPadding: randomPadding(~seed) });
    pair.pump();
    const sizes = [1, 100, 100, 16384, 20000];
    for (const size of sizes) {
      pair.client.tested.connection.send(new Uint8Array(size));
      pair.server.tested.connection.send(new Uint8Array(size));
      pair.pump();
    }
    assert.equal(pair.client.error, undefined);
    assert.equal(pair.server.error, undefined);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.equal(pair.client.tested.data.length, total);
    assert.equal(pair.server.tested.data.length, total);
    pair.client.tested.connection.close();
    pair.pump();
    assert.ok(pair.server.tested.connection.peerClosed);
  }
});

test('a policy that gives no number pads nothing', () => {
  for (const odd of [Number.NaN, -1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
    const pair = new Pair({ recordPadding: () => odd }).pump();
    pair.client.tested.connection.send(new Uint8Array(10));
    pair.pump();
    assert.equal(pair.server.tested.data.length, 10);
  }
});

test('a policy that throws ends the connection with a TLSError, whichever call seals', () => {
  const calls = ['send', 'close', 'requestKeyUpdate', 'takeOutput'] as const;
  for (const call of calls) {
    let throws = false;
    const recordPadding = (length: number): number => {
      if (throws) throw new RangeError('of the application');
      return length;
    };
    const pair = new Pair({ recordPadding }).pump();
    const { connection } = pair.client.tested;
    if (call === 'takeOutput') connection.requestKeyUpdate();
    throws = true;
    const run = {
      send: () => connection.send(Uint8Array.of(1)),
      close: () => connection.close(),
      requestKeyUpdate: () => connection.requestKeyUpdate(true),
      takeOutput: () => connection.takeOutput(),
    };
    if (call === 'takeOutput') run.takeOutput();
    else assert.throws(run[call], (error) => error instanceof TLSError && error.cause instanceof RangeError);
    assert.equal(connection.phase, 'failed', call);
    assert.equal(connection.error?.reason, 'internal_error');
  }
});
