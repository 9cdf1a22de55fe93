/** Plays one end of a recorded handshake against our connection, which must say exactly what the other end said. */
import assert from 'node:assert/strict';
import { toHex } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { sha256 } from '../../src/crypto/noble/hash.ts';
import type { Connection } from '../../src/engine/connection.ts';
import { splitRecords } from '../../src/fuzz.ts';
import { exportKeyingMaterial } from '../../src/key-schedule/exporter.ts';
import type { Trace } from './trace.ts';

/** What the tests ask an exporter for, before the connection closes. */
const LABEL = 'EXPERIMENTAL puretls';

/**
 * Gives what the connection's exporter gave, which must agree with the recorded exporter_master_secret. `spent` is the
 * number of application records to send, and not to compare, ahead of the first recorded one.
 */
export function replay(
  connection: Connection,
  trace: Trace,
  role: 'client' | 'server',
  spent = 0,
): Uint8Array {
  const ready: Uint8Array[] = [];
  let exported = new Uint8Array(0);
  for (const { from, record, content, epoch, type } of trace.records) {
    if (from !== role) {
      connection.receive(record);
      continue;
    }
    if (epoch === 'early' && type === 'application_data') connection.writeEarlyData(content);
    if (epoch === 'application') {
      if (exported.length === 0) {
        exported = Uint8Array.from(connection.exportKeyingMaterial(LABEL, undefined, 32));
        for (let i = 0; i < spent; i += 1) connection.send(Uint8Array.of(0));
        connection.takeOutput();
      }
      if (type === 'alert') connection.close();
      else connection.send(content);
    }
    ready.push(...splitRecords(connection.takeOutput() ?? new Uint8Array(0)));
    assert.equal(toHex(ready.shift() ?? new Uint8Array(0)), toHex(record), `${role}: ${epoch} ${type}`);
  }
  assert.deepEqual(ready, [], 'nothing more was sent');
  assert.equal(connection.takeOutput(), undefined);
  const master = new Secret(Uint8Array.from(trace.secrets['exporter_master'] ?? []));
  const wanted = exportKeyingMaterial(sha256, master, LABEL, new Uint8Array(0), 32);
  assert.equal(toHex(exported), toHex(wanted), 'exporter');
  return exported;
}
