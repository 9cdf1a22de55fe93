/** A sample of Wycheproof for what came with TLS 1.2, in vectors/; the full files run in `wycheproof.test.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vectors } from './support/vectors.ts';
import { RUNNERS, type WycheproofFile, wanted } from './support/wycheproof.ts';

const { files } = vectors<{ readonly files: Readonly<Record<string, WycheproofFile>> }>(
  'wycheproof-subset-tls12.json',
);

test('the sample has all three', () => {
  assert.deepEqual(Object.keys(files), ['aes_ccm', 'x448', 'ed448']);
});

for (const [name, file] of Object.entries(files)) {
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
    assert.ok(taken >= 5 && refused >= 5, `${taken} taken, ${refused} refused`);
  });
}
