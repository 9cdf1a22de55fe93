/** A scenario with the wire cut in every way: the outcome is the same, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insecureSeededRandom, pickBelow, splitContent, splitRecords } from '../../src/fuzz.ts';
import type { Cut } from '../engine/pair.ts';
import { play, type Scenario, type ScenarioOutcome, sameBytes, sameData, withoutBytes } from './scenario.ts';

/** Longer streams are not cut into single bytes: it would show nothing new and take its time. */
const BYTEWISE_LIMIT = 8000;

const whole: Cut = (bytes) => [bytes];
const byRecord: Cut = (bytes) => splitRecords(bytes);
const insideRecords: Cut = (bytes) => {
  const edges: number[] = [];
  let at = 0;
  for (const record of splitRecords(bytes)) {
    edges.push(at + 3, at + Math.max(5, record.length >> 1), at + record.length - 1);
    at += record.length;
  }
  return splitContent(bytes, edges);
};
const byByte: Cut = (bytes) => splitContent(bytes, bytes.length > BYTEWISE_LIMIT ? 11 : 1);

function uneven(seed: number): Cut {
  const random = insecureSeededRandom(seed);
  return (bytes) => {
    const offsets: number[] = [];
    for (let at = pickBelow(random, 40); at < bytes.length; at += 1 + pickBelow(random, 700))
      offsets.push(at);
    return splitContent(bytes, offsets);
  };
}

const CUTS: Readonly<Record<string, Cut>> = {
  'at every record': byRecord,
  'inside every record': insideRecords,
  'one byte at a time': byByte,
  'in uneven pieces': uneven(3),
};

/** What is expected of a scenario whatever the cut. */
function assertAsExpected(scenario: Scenario, outcome: ScenarioOutcome): void {
  const { client, server } = outcome;
  assert.deepEqual([client.error, server.error], scenario.fails ?? [undefined, undefined]);
  if (scenario.fails !== undefined) return;
  for (const end of [client, server]) {
    assert.equal(end.info['resumed'], scenario.resumes ?? false);
    assert.ok(end.events.includes('secure'));
    assert.equal(end.events.at(-1), 'end');
  }
  assert.deepEqual(
    [client.info['suite'], client.info['group'], client.info['alpn'], client.info['retried']],
    [server.info['suite'], server.info['group'], server.info['alpn'], server.info['retried']],
  );
}

/** A test for each scenario. */
export function testScenarios(scenarios: Readonly<Record<string, Scenario>>): void {
  for (const [name, scenario] of Object.entries(scenarios)) {
    test(`scenario: ${name}`, () => {
      const reference = play(scenario, whole);
      assertAsExpected(scenario, reference);
      for (const [how, cut] of Object.entries(CUTS)) {
        const outcome = play(scenario, cut);
        if (scenario.timing === true) {
          assertAsExpected(scenario, outcome);
        } else {
          assert.deepEqual(withoutBytes(outcome), withoutBytes(reference), how);
          assert.ok(sameBytes(outcome, reference), `${how}: other bytes on the wire`);
        }
        assert.ok(sameData(outcome, reference), `${how}: other data`);
      }
    });
  }
}
