import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileTally, type TestEvent } from './tally.ts';

const FILE = '/somewhere/a.test.js';

function completed(ok: boolean, name: string, more: Partial<TestEvent['data']>): TestEvent {
  const details = { passed: ok, ...more.details };
  return { type: 'test:complete', data: { name, nesting: 0, file: FILE, ...more, details } };
}

const passed = (name: string, more: Partial<TestEvent['data']> = {}): TestEvent =>
  completed(true, name, more);
const failed = (name: string, more: Partial<TestEvent['data']> = {}): TestEvent =>
  completed(false, name, more);

function tallyOf(...events: readonly TestEvent[]): FileTally {
  const tally = new FileTally('a.test.ts');
  for (const each of events) tally.add(each, FILE);
  tally.close();
  return tally;
}

test('a parent that only groups is not counted, its children are', () => {
  const tally = tallyOf(
    passed('kid one', { nesting: 1 }),
    passed('kid two', { nesting: 1 }),
    passed('parent'),
    passed('leaf'),
  );
  assert.equal(tally.passed, 3);
});

test('a failed child counts once, not again in its parent and its file', () => {
  const error = (failureType: string): { error: Error & { failureType: string } } => ({
    error: Object.assign(new Error('x'), { failureType }),
  });
  const tally = tallyOf(
    failed('kid', { nesting: 1, details: error('testCodeFailure') }),
    failed('parent', { details: error('subtestsFailed') }),
    failed(FILE, { details: error('subtestsFailed') }),
  );
  assert.deepEqual(
    tally.failures.map((failure) => failure.name),
    ['kid'],
  );
});

test('a file that dies or hangs is a failure of its own, with what it printed', () => {
  const tally = tallyOf(
    { type: 'test:stderr', data: { file: FILE, message: 'boom at load' } },
    failed(FILE, {
      details: { error: Object.assign(new Error('x'), { failureType: 'testTimeoutFailure' }) },
    }),
  );
  assert.equal(tally.failures.length, 1);
  assert.match(tally.failures[0]?.detail ?? '', /boom at load/);
});

test('a skipped or postponed test is neither passed nor failed, and keeps its reason', () => {
  const tally = tallyOf(
    passed('s', { skip: 'no openssl here' }),
    failed('t', { todo: 'next issue', details: { error: new Error('x') } }),
  );
  assert.equal(tally.passed, 0);
  assert.equal(tally.failures.length, 0);
  assert.deepEqual(
    tally.skips.map((skip) => skip.reason),
    ['no openssl here', 'to do: next issue'],
  );
});

test('a file that runs no test is a failure', () => {
  assert.equal(tallyOf(passed(FILE)).failures.length, 1);
});

test('passes and failures that are told again later do not count twice', () => {
  const tally = tallyOf(passed('a'), { type: 'test:pass', data: { name: 'a', nesting: 0, file: FILE } });
  assert.equal(tally.passed, 1);
});

test('a suite is not a test', () => {
  assert.equal(tallyOf(passed('suite', { details: { type: 'suite' } })).passed, 0);
});

test('leaves know the groups around them', () => {
  const tally = tallyOf(
    passed('one', { nesting: 2 }),
    passed('two', { nesting: 2, skip: 'no peer' }),
    passed('inner', { nesting: 1 }),
    passed('three', { nesting: 1 }),
    passed('outer'),
    passed('four'),
  );
  assert.deepEqual(
    tally.leaves.map(({ path, skipped }) => [path.join(' > '), skipped]),
    [
      ['outer > inner > one', undefined],
      ['outer > inner > two', 'no peer'],
      ['outer > three', undefined],
      ['four', undefined],
    ],
  );
});
