import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageObjections } from './package-rules.ts';

const GOOD = {
  type: 'module',
  dependencies: { '@noble/hashes': '2.4.0' },
  devDependencies: { tsx: '4.0.0' },
};

test('a package of exact, listed dependencies passes', () => {
  assert.deepEqual(packageObjections(GOOD), []);
});

for (const version of ['^2.4.0', '~2.4.0', '2', '*', 'latest', '>=2.0.0', '2.4.x', 'file:../x', '']) {
  test(`refuses the version ${JSON.stringify(version)}`, () => {
    assert.equal(packageObjections({ ...GOOD, devDependencies: { tsx: version } }).length, 1);
  });
}

for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
  test(`refuses the script ${script}`, () => {
    assert.equal(packageObjections({ ...GOOD, scripts: { [script]: 'x' } }).length, 1);
  });
}

test('refuses a dependency that is not listed, a CommonJS package, a native build', () => {
  assert.equal(packageObjections({ ...GOOD, dependencies: { 'left-pad': '1.0.0' } }).length, 1);
  assert.equal(packageObjections({ ...GOOD, peerDependencies: { 'left-pad': '1.0.0' } }).length, 1);
  assert.equal(packageObjections({ ...GOOD, type: 'commonjs' }).length, 1);
  assert.equal(packageObjections({ ...GOOD, gypfile: true }).length, 1);
  assert.equal(packageObjections(undefined).length, 1);
});
