/** The list of incidents and the tests of this folder say the same: no row without a test, no test without a row. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/root.ts';
import { INCIDENTS } from './incidents.ts';

const tests = join(projectRoot(import.meta.url), 'test');
const folder = join(tests, 'history');
const ENDING = '.test.ts';
const files = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(ENDING) && name !== `incidents${ENDING}`)
    .map((name) => [name.slice(0, -ENDING.length), readFileSync(join(folder, name), 'utf8')]),
);
/** Of this folder, or, with the name of its own, of another. */
function textOf(name: string): string | undefined {
  if (!name.includes('/')) return files.get(name);
  const path = join(tests, `${name}${ENDING}`);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
const IDS = /\b(?:CVE-\d{4}-\d{4,}|GHSA(?:-[a-z0-9]{4}){3}|RUSTSEC-\d{4}-\d{4})\b/g;

test('each incident has tests that exist, or a reason', () => {
  assert.equal(new Set(INCIDENTS.map(({ what }) => what)).size, INCIDENTS.length);
  assert.ok(INCIDENTS.length > 70);
  for (const { what, tests, why } of INCIDENTS) {
    if (tests.length === 0) assert.ok((why ?? '').length > 10, what);
    else assert.equal(why, undefined, what);
    for (const name of tests) {
      const text = textOf(name);
      assert.ok(text !== undefined, `${what}: there is no ${name}${ENDING}`);
      assert.match(text, /\b(?:test|clientRefuses|serverRefuses)\(/, name);
    }
  }
});

test('each number is told of in a test that is named for it', () => {
  for (const { what, ids, tests } of INCIDENTS) {
    for (const id of ids) {
      assert.match(id, new RegExp(`^${IDS.source}$`), what);
      if (tests.length === 0) continue;
      assert.ok(
        tests.some((name) => textOf(name)?.includes(id)),
        `${what}: ${id} is in none of ${tests.join(', ')}`,
      );
    }
  }
});

test('each number in these tests has a row', () => {
  const known = new Set(INCIDENTS.flatMap(({ ids }) => ids));
  for (const [name, text] of files) {
    for (const [id] of text.matchAll(IDS)) assert.ok(known.has(id), `${id} of ${name}${ENDING}`);
  }
});

test('each file of tests is named by a row, and says at its head what went wrong', () => {
  const named = new Set(INCIDENTS.flatMap(({ tests }) => tests));
  for (const [name, text] of files) {
    assert.ok(named.has(name), `${name}${ENDING} is in no row`);
    assert.match(text, /^\/\*\*/, `${name}${ENDING} has no head`);
  }
});
