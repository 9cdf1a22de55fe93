import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { conformance, ROOT, readKnownGaps, readResults, unexplained } from './conformance.ts';

test('docs/conformance.md is that of the last counts', () => {
  const text = readFileSync(join(ROOT, 'docs/conformance.md'), 'utf8');
  assert.equal(
    text,
    conformance(readResults(), readKnownGaps()),
    'run npm run bogo with --update, or bogo/write.js',
  );
});

test('nothing failed in them, and the numbers of the groups add up', () => {
  const { total, groups } = readResults();
  assert.equal(total.failed, 0);
  for (const kind of ['passed', 'failed', 'unimplemented', 'disabled'] as const) {
    assert.equal(
      Object.values(groups).reduce((sum, counts) => sum + counts[kind], 0),
      total[kind],
      kind,
    );
  }
});

test('each group with unimplemented cases says what is missing, and each gap why it is there', () => {
  assert.deepEqual(unexplained(readResults()), []);
  for (const { pattern, reason, cases } of readKnownGaps()) {
    assert.ok(reason.length > 20, pattern);
    assert.ok(cases > 0, `${pattern} covers no case`);
  }
});
