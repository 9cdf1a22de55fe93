/**
 * What a browser loads: the client and the verification of certificates, bundled and minified. Before it is weighed, the
 * bundle runs a handshake where there is nothing but what every page has.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { bundleForBrowsers, runsAlone } from '../test/package/browser.ts';
import { emit, verify } from './support/report.ts';

const FLOOR_KB = 150;
const sources = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'src');
const zipped = (text: string): number => gzipSync(text, { level: 9 }).length / 1000;

for (const [provider, what] of [
  ['namedProvider', 'client and X.509, for kernels, noble behind them'],
  ['nobleProvider', 'client and X.509, noble alone'],
] as const) {
  const expected = provider === 'namedProvider' ? 'wasm TLSv1.3' : 'noble TLSv1.3';
  const { code, kernels } = await bundleForBrowsers(sources, provider);
  verify(runsAlone(code, provider) === expected, what);
  const row = { table: 'Bundle for browsers, minified by esbuild, gzip -9', unit: 'KB', spread: 0 };
  const bare = kernels.reduce((text, kernel) => text.replace(kernel, ''), code);
  const ours = zipped(bare);
  emit({ ...row, what, ours, floor: `<= ${FLOOR_KB} KB`, kept: ours <= FLOOR_KB });
  // A page may also fetch them as files of the package, which saves the third that base64 adds.
  if (kernels.length > 0) emit({ ...row, what: 'the same with the kernels themselves', ours: zipped(code) });
}
