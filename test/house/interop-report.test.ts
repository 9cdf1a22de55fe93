import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interopReport, missingStacks } from '../interop/report.ts';
import type { Leaf } from './tally.ts';

const passed = (...path: readonly string[]): Leaf => ({ path, skipped: undefined });
const skipped = (why: string, ...path: readonly string[]): Leaf => ({ path, skipped: why });

const LEAVES: readonly Leaf[] = [
  passed('our client, rustls 0.1.2 server', 'bulk, TLS 1.3', 'one megabyte'),
  passed('our client, OpenSSL 3.0.1 server', 'bulk, TLS 1.2', 'one megabyte'),
  passed('our client, OpenSSL 3.0.1 server', 'bulk, TLS 1.2', 'another'),
  passed('our server, OpenSSL 3.0.1 client', 'bulk, TLS 1.2', 'one megabyte'),
  skipped('it has no switch for it', 'our server, OpenSSL 3.0.1 client', 'without EMS, TLS 1.2'),
  passed('TLS 1.3: our client with s_server'),
  passed('our server with s_client'),
];

const rows = (text: string): readonly string[] =>
  text.split('\n').filter((line) => /^(?:## |\| (?!what|---)|- )/.test(line));

test('a section for each stack, a row for each group of tests, a reason for what was skipped', () => {
  assert.deepEqual(rows(interopReport(LEAVES)), [
    '## OpenSSL 3.0.1',
    '| bulk, TLS 1.2 | 2 | 1 |',
    '| pre-shared keys, TLS 1.2 |  | 1 |',
    '| pre-shared keys, TLS 1.3 | 1 |  |',
    '| without EMS, TLS 1.2 |  | 0, 1 left out |',
    '- without EMS, TLS 1.2: it has no switch for it',
    '## rustls 0.1.2',
    '| bulk, TLS 1.3 | 1 |  |',
  ]);
});

test('the order in which tests end changes nothing', () => {
  assert.equal(interopReport(LEAVES.toReversed()), interopReport(LEAVES));
});

test('a stack that is not here makes a run partial, what a stack lacks does not', () => {
  assert.deepEqual(missingStacks(LEAVES), []);
  assert.deepEqual(missingStacks([...LEAVES, skipped('Botan is not installed', 'Botan')]), [
    'Botan: Botan is not installed',
  ]);
});

test('nothing of a stack that is not here is in the report', () => {
  const more = [...LEAVES, skipped('Botan is not installed', 'Botan')];
  assert.equal(interopReport(more), interopReport(LEAVES));
});
