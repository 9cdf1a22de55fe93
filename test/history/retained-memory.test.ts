/** What an idle connection holds on to must not be of the peer's choosing: views of its messages would keep them whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ClientHelloFields } from '../../src/message/client-hello.ts';
import { ExtensionType } from '../../src/wire/registry.ts';
import { Pair } from '../engine/pair.ts';
import { ONLY12, ONLY13 } from '../tls12/kit.ts';

/** A ClientHello of nearly the longest that is taken. */
function padded(fields: ClientHelloFields): ClientHelloFields {
  const padding = { type: ExtensionType.padding, data: new Uint8Array(60_000) };
  return { ...fields, extensions: [...fields.extensions, padding] };
}

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Bytes in array buffers that are still reachable. */
function retained(): number {
  assert.ok(typeof collect === 'function');
  for (let i = 0; i < 3; i += 1) collect();
  return process.memoryUsage().arrayBuffers;
}

test('info holds the random of a long ClientHello, not the hello', () => {
  for (const range of [ONLY12, ONLY13]) {
    const pair = new Pair({ ...range, shapeClientHello: padded }, range).pump();
    for (const { tested } of [pair.client, pair.server]) {
      assert.equal(tested.connection.phase, 'open');
      assert.equal(tested.connection.info.clientRandom?.buffer.byteLength, 32);
    }
  }
});

test('open connections with long hellos hold no more memory than others', () => {
  for (const range of [ONLY12, ONLY13]) {
    const count = 40;
    const before = retained();
    const pairs: Pair[] = [];
    for (let i = 0; i < count; i += 1) {
      const pair = new Pair({ ...range, shapeClientHello: padded }, range).pump();
      // What the tests' own wire keeps is not the connections'.
      pair.client.sent = new Uint8Array(0);
      pair.server.sent = new Uint8Array(0);
      pair.client.tested.events.length = 0;
      pair.server.tested.events.length = 0;
      pairs.push(pair);
    }
    const each = (retained() - before) / count;
    assert.ok(each < 16_384, `${each} bytes of buffers for each pair of connections`);
    assert.equal(pairs.length, count);
  }
});
