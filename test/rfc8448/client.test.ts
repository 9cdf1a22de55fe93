/** RFC 8448 with our client in the client's place: every record it emits must be the recorded one, byte for byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOf } from './recorded-client.ts';
import { replay } from './replay.ts';
import { TRACES } from './trace.ts';

for (const name of ['simple-1rtt', 'hello-retry-request', 'client-authentication', 'compatibility-mode']) {
  const trace = TRACES[name];
  test(`client, ${trace?.title ?? name}: every record as in RFC 8448`, () => {
    assert.ok(trace);
    const connection = clientOf(trace);
    const exported = replay(connection, trace, 'client');
    assert.deepEqual(exported.length, 32);
    assert.equal(connection.phase, 'closed');
  });
}

test('a flipped bit anywhere in the recorded server flight is noticed', () => {
  const trace = TRACES['simple-1rtt'];
  assert.ok(trace);
  const flight = trace.records.findIndex(
    (record) => record.from === 'server' && record.epoch === 'handshake',
  );
  for (const offset of [5, 300, 600]) {
    const records = trace.records.map((record, index) => {
      if (index !== flight) return record;
      const broken = Uint8Array.from(record.record);
      broken[offset] = (broken[offset] ?? 0) ^ 1;
      return { ...record, record: broken };
    });
    assert.throws(() => replay(clientOf(trace), { ...trace, records }, 'client'), {
      code: 'TLS_BAD_RECORD_MAC',
    });
  }
});
