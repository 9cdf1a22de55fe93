import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileTally, type TestEvent } from './tally.ts';

const FILE = '/somewhere/a.test.js';

function event(type: string, name: string, more: Partial<TestEvent['data']> = {}): TestEvent {
  return { type, data: { name, nesting: 0, file: FILE, ...more } };
}

function tallyOf(...events: readonly TestEvent[]): FileTally {
  const tally = new FileTally('a.test.ts');
  for (const each of events) tally.add(each, FILE);
  return tally;
}

test('a parent that only groups is not counted, its children are', () => {
  const tally = tallyOf(
    event('test:pass', 'kid one', { nesting: 1 }),
    event('test:pass', 'kid two', { nesting: 1 }),
    event('test:pass', 'parent'),
    event('test:pass', 'leaf'),
  );
  assert.equal(tally.passed, 3);
});

test('a failed child counts once, not again in its parent and its file', () => {
  const error = (failureType: string): { error: Error & { failureType: string } } => ({
    error: Object.assign(new Error('x'), { failureType }),
  });
  const tally = tallyOf(
    event('test:fail', 'kid', { nesting: 1, details: error('testCodeFailure') }),
    event('test:fail', 'parent', { details: error('subtestsFailed') }),
    event('test:fail', FILE, { details: error('subtestsFailed') }),
  );
  assert.deepEqual(
    tally.failures.map((failure) => failure.name),
    ['kid'],
  );
});

test('a file that dies or hangs is a failure of its own, with what it printed', () => {
  const tally = tallyOf(
    { type: 'test:stderr', data: { file: FILE, message: 'boom at load' } },
    event('test:fail', FILE, {
      details: { error: Object.assign(new Error('x'), { failureType: 'testTimeoutFailure' }) },
    }),
  );
  assert.equal(tally.failures.length, 1);
  assert.match(tally.failures[0]?.detail ?? '', /boom at load/);
});

test('a skipped or postponed test is neither passed nor failed, and keeps its reason', () => {
  const tally = tallyOf(
    event('test:pass', 's', { skip: 'no openssl here' }),
    event('test:fail', 't', { todo: 'next issue', details: { error: new Error('x') } }),
  );
  assert.equal(tally.passed, 0);
  assert.equal(tally.failures.length, 0);
  assert.deepEqual(
    tally.skips.map((skip) => skip.reason),
    ['no openssl here', 'to do: next issue'],
  );
});

test('a suite is not a test', () => {
  assert.equal(tallyOf(event('test:pass', 'suite', { details: { type: 'suite' } })).passed, 0);
});
