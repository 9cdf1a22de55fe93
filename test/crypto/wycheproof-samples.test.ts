/** Samples of Wycheproof for what came later, in vectors/; the full files run in `wycheproof.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vectors } from './support/vectors.ts';
import { RUNNERS, type WycheproofFile, wanted } from './support/wycheproof.ts';

const SAMPLES = {
  'wycheproof-subset-tls12.json': ['aes_ccm', 'x448', 'ed448'],
  'wycheproof-subset-pq.json': [
    'mldsa_44_verify',
    'mldsa_65_verify',
    'mldsa_87_verify',
    'mlkem_1024',
    'mlkem_1024_encaps',
  ],
} as const;

const files: [string, WycheproofFile][] = Object.entries(SAMPLES).flatMap(([path, names]) => {
  const sample = vectors<{ readonly files: Readonly<Record<string, WycheproofFile>> }>(path);
  test(`${path} has all of them`, () => assert.deepEqual(Object.keys(sample.files), names));
  return Object.entries(sample.files);
});

for (const [name, file] of files) {
  test(name, () => {
    let [taken, refused] = [0, 0];
    for (const group of file.testGroups) {
      const check = RUNNERS[group.type]?.(group, name);
      assert.ok(typeof check === 'function', `${group.type}: ${String(check)}`);
      for (const each of group.tests) {
        const take = wanted(each);
        if (take) taken += 1;
        else refused += 1;
        // Each test's own fields are strings; the runner knows their names.
        const took = check(each as Parameters<typeof check>[0]);
        assert.equal(took, take, `${name} ${each.tcId} (${each.comment ?? ''})`);
      }
    }
    assert.ok(taken >= 1 && refused >= 1 && taken + refused >= 3, `${taken} taken, ${refused} refused`);
  });
}
