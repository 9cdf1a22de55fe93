/**
 * Wycheproof: every invalid input is refused, every acceptable one decided on purpose. The sample in vectors/ always
 * runs. The full set runs where WYCHEPROOF_DIR (by default ../shared/wycheproof beside the project) holds it: a fixed
 * tenth of the slow files, and everything with FULL=1.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/root.ts';
import { vectors } from './support/vectors.ts';
import { RUNNERS, type WycheproofFile, wanted } from './support/wycheproof.ts';

const root = projectRoot(import.meta.url);
const folder = process.env['WYCHEPROOF_DIR'] ?? join(root, '..', 'shared', 'wycheproof');
const full = process.env['FULL'] === '1';

/** A millisecond and more per test. */
const SLOW = /^(ecdh_secp[35]|ecdsa_|mlkem_|mldsa_|x25519|x448)/;
const STRIDE = 10;

interface Outcome {
  readonly run: number;
  readonly refused: number;
  readonly skipped: ReadonlyMap<string, number>;
  readonly wrong: readonly string[];
}

function runFile(name: string, file: WycheproofFile, stride: number): Outcome {
  let run = 0;
  let refused = 0;
  let index = 0;
  const skipped = new Map<string, number>();
  const wrong: string[] = [];
  for (const group of file.testGroups) {
    const runner = RUNNERS[group.type];
    assert.ok(runner, `no runner for ${group.type}`);
    const check = runner(group, name);
    if (typeof check === 'string') {
      skipped.set(check, (skipped.get(check) ?? 0) + group.tests.length);
      continue;
    }
    for (const each of group.tests) {
      index += 1;
      if (index % stride !== 0) continue;
      run += 1;
      const take = wanted(each);
      if (!take) refused += 1;
      // Each test's own fields are strings; the runner knows their names.
      if (check(each as Parameters<typeof check>[0]) !== take) {
        wrong.push(
          `${name} ${each.tcId} (${each.comment ?? ''}): should be ${take ? 'accepted' : 'refused'}`,
        );
      }
    }
  }
  return { run, refused, skipped, wrong };
}

interface Subset {
  readonly files: Readonly<Record<string, WycheproofFile>>;
}

test('the sample in vectors/', () => {
  let run = 0;
  let refused = 0;
  for (const [name, file] of Object.entries(vectors<Subset>('wycheproof-subset.json').files)) {
    const outcome = runFile(name, file, 1);
    assert.deepEqual(outcome.wrong, []);
    run += outcome.run;
    refused += outcome.refused;
  }
  assert.ok(run > 400, `${run} tests`);
  assert.ok(refused > 200, `${refused} refused`);
});

test('the harness notices a primitive that is wrong', () => {
  const { files } = vectors<Subset>('wycheproof-subset.json');
  const file = files['hmac_sha256'];
  assert.ok(file);
  const upsideDown: WycheproofFile = {
    numberOfTests: file.numberOfTests,
    testGroups: file.testGroups.map((group) => ({
      ...group,
      tests: group.tests.map(
        (each) => ({ ...each, result: each.result === 'valid' ? 'invalid' : 'valid' }) as const,
      ),
    })),
  };
  const outcome = runFile('hmac_sha256', upsideDown, 1);
  assert.equal(outcome.wrong.length, outcome.run);
});

test('a flag on an acceptable test that nobody has decided is an error', () => {
  assert.throws(() => wanted({ tcId: 1, result: 'acceptable', flags: ['SomethingNew'] }), /undecided/);
});

if (!existsSync(folder)) {
  test('the full set', { skip: `${folder} is not there (set WYCHEPROOF_DIR)` }, () => {});
} else {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  test('the full set is whole', () => assert.ok(names.length >= 30, `${names.length} files`));
  for (const name of names) {
    const stride = SLOW.test(name) && !full ? STRIDE : 1;
    test(`${name}${stride > 1 ? `: every ${stride}th` : ''}`, () => {
      const file: WycheproofFile = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      const outcome = runFile(name.replace('_test.json', ''), file, stride);
      assert.deepEqual(outcome.wrong, []);
      assert.ok(outcome.run > 0, JSON.stringify([...outcome.skipped]));
    });
  }
}
