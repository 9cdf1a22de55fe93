/** Wherever a listener ends a connection with early data, nothing that it used stays behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../src/bytes/secret.ts';
import { TLSError } from '../../src/wire/error.ts';
import { Pair } from '../engine/pair.ts';
import { again, CLIENT, serverWith, sessionOf } from './kit.ts';

/** The secrets that were used while `work` ran. */
function used(work: () => void): ReadonlySet<Secret> {
  const found = new Set<Secret>();
  const { reveal } = Secret.prototype;
  Secret.prototype.reveal = function (this: Secret): Uint8Array {
    found.add(this);
    return reveal.call(this);
  };
  try {
    work();
  } finally {
    Secret.prototype.reveal = reveal;
  }
  return found;
}

const cancelled = (): TLSError => new TLSError('cancelled', 'enough');

/** Ends one side at its event number `last`; returns whether it came to that, and how many secrets are left. */
function endedAt(
  side: 'client' | 'server',
  last: number,
): { readonly ended: boolean; readonly left: number } {
  const server = serverWith({ ticketCount: 0 });
  const session = again(sessionOf({ ...server, ticketCount: 1 }));
  let ended = false;
  const found = used(() => {
    const pair = new Pair({ ...CLIENT, session }, server);
    // What the client said before anybody could look is counted, too.
    let count = side === 'client' ? pair.client.tested.events.length : 0;
    pair[side].tested.react = (_, connection) => {
      count += 1;
      if (count - 1 !== last) return;
      ended = true;
      connection.abort(cancelled());
    };
    pair.client.tested.connection.writeEarlyData(Uint8Array.of(1));
    pair.pump();
    for (const end of [pair.client, pair.server]) end.tested.connection.abort(cancelled());
  });
  assert.ok(found.size > 5);
  return { ended, left: [...found].filter(({ wiped }) => !wiped).length };
}

for (const side of ['client', 'server'] as const) {
  test(`a ${side} that is ended by its listener, at whatever event, has wiped all`, () => {
    let times = 0;
    for (let last = 0; last < 30; last += 1) {
      const { ended, left } = endedAt(side, last);
      assert.equal(left, 0, `at event ${last}`);
      if (ended) times += 1;
    }
    assert.ok(times > 5, `${times} events`);
  });
}
