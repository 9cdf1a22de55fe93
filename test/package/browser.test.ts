/** What a page would load runs where there is nothing of Node, and has nothing in it that a client does not need. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/root.ts';
import { bundleForBrowsers, type ProviderExport, runsAlone } from './browser.ts';

const sources = join(projectRoot(import.meta.url), 'dist', 'src');
const skip = !existsSync(join(sources, 'engine.js')) && 'not built';

const EXPECTED: readonly [ProviderExport, string][] = [
  ['namedProvider', 'wasm TLSv1.3'],
  ['nobleProvider', 'noble TLSv1.3'],
];

for (const [provider, expected] of EXPECTED) {
  test(`${provider}: a handshake with nothing but a page's own globals`, { skip }, async () => {
    const { code, foreign, inputs, kernels } = await bundleForBrowsers(sources, provider);
    assert.deepEqual(foreign, []);
    assert.equal(runsAlone(code, provider), expected);
    const unwanted = /asn1js|pkijs|pvutils|commander|src\/(node|cli|study|fuzz|platform)\//;
    assert.deepEqual(
      inputs.filter((path) => unwanted.test(path)),
      [],
    );
    // Who asks for noble alone does not pay for kernels.
    assert.equal(kernels.length === 0, provider === 'nobleProvider');
    assert.ok(kernels.every((kernel) => code.includes(kernel)));
  });
}

test('the realm has nothing that would hide a dependency', { skip }, () => {
  for (const name of ['process', 'Buffer', 'TextEncoder', 'atob', 'require', 'setTimeout', 'performance']) {
    const code = `var puretls = { ...${name} };`;
    assert.throws(() => runsAlone(code, 'namedProvider'), { name: 'ReferenceError' });
  }
});
