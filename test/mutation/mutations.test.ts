/** The mutations still apply to the source as it is; whether the tests notice them is run.ts's business. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/root.ts';
import { applyEdit } from './apply.ts';
import { MUTATIONS } from './mutations.ts';

const src = join(projectRoot(import.meta.url), 'src');

test('each has a name of its own, and none was lost', () => {
  assert.ok(MUTATIONS.length >= 81);
  assert.equal(new Set(MUTATIONS.map((mutation) => mutation.name)).size, MUTATIONS.length);
});

for (const { name, edits } of MUTATIONS) {
  test(`applies: ${name}`, () => {
    for (const edit of edits) {
      const result = applyEdit(readFileSync(join(src, edit.file), 'utf8'), edit);
      assert.ok('text' in result, 'objection' in result ? result.objection : '');
    }
  });
}

test('an edit must find its place once, and change it', () => {
  const edit = { file: 'x.ts', find: 'if (a  b) {', replace: 'if (c) {' };
  assert.deepEqual(applyEdit('x\nif (a\n b) {\ny', edit), { text: 'x\nif (c) {\ny' });
  assert.ok('objection' in applyEdit('if (a c) {', edit));
  assert.ok('objection' in applyEdit('if (a b) { if (a b) {', edit));
  assert.ok('objection' in applyEdit('if (a) {', { ...edit, find: 'a', replace: 'a' }));
});
