/**
 * Runs the compiled tests, one process per file, and prints a line per file, the failures in full, what was skipped
 * and why, and last of all the counts.
 *
 *   node dist/test/run.js [--interop] [--fail-fast] [--without=PART]... [PART-OF-A-PATH...]
 *
 * Files are found from their sources, so a stale file in dist/ never runs. A file that runs no test is a failure:
 * a test that cannot fail proves nothing. A run of all interop tests with all stacks and no failure writes docs/interop.md.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileTally, type TestEvent } from './house/tally.ts';
import { interopReport, missingStacks } from './interop/report.ts';

const FILE_TIMEOUT_MS = 150_000;
/** Hundreds of programs are started for one stack. */
const INTEROP_FILE_TIMEOUT_MS = 600_000;
const CONCURRENCY = 2;

const distTest = dirname(fileURLToPath(import.meta.url));
const root = join(distTest, '..', '..');

function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return sourcesUnder(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    });
}

const args = process.argv.slice(2);
const interop = args.includes('--interop');
const failFast = args.includes('--fail-fast');
const without = args
  .filter((arg) => arg.startsWith('--without='))
  .map((arg) => arg.slice('--without='.length));
const wanted = args.filter((arg) => !arg.startsWith('--'));
const unknown = args.filter((arg) => !/^(?:--interop|--fail-fast|--without=.+|[^-].*)$/.test(arg));
if (unknown.length > 0) {
  console.error(`unknown option ${unknown.join(' ')}`);
  process.exit(1);
}

const isInterop = (source: string): boolean => relative(join(root, 'test'), source).startsWith('interop');
const sources = sourcesUnder(join(root, 'test'))
  .filter((source) => isInterop(source) === interop)
  .filter((source) => !without.some((part) => relative(root, source).includes(part)))
  .filter((source) => wanted.length === 0 || wanted.some((part) => relative(root, source).includes(part)));

const compiledName = (source: string): string =>
  join(distTest, relative(join(root, 'test'), source)).replace(/\.ts$/, '.js');
const missing = sources.filter((source) => !existsSync(compiledName(source)));
const files = sources.filter((source) => existsSync(compiledName(source))).map(compiledName);

const tallies: FileTally[] = [];
const abort = new AbortController();
const started = performance.now();

/** One file by itself: its events name the places where tests are written, which may be in other files. */
async function runFile(file: string): Promise<void> {
  const tally = new FileTally(relative(distTest, file).replace(/\.js$/, '.ts'));
  const timeout = interop ? INTEROP_FILE_TIMEOUT_MS : FILE_TIMEOUT_MS;
  const stream = run({ files: [file], concurrency: 1, timeout, signal: abort.signal });
  for await (const event of stream as AsyncIterable<TestEvent>) tally.add(event, file);
  if (abort.signal.aborted) return;
  tally.close();
  tallies.push(tally);
  console.log(tally.line());
  if (failFast && tally.failures.length > 0) abort.abort();
}

const waiting = [...files];
async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined && !abort.signal.aborted; file = waiting.shift()) {
    await runFile(file);
  }
}
await Promise.all(Array.from({ length: CONCURRENCY }, work));

for (const source of missing) {
  const tally = new FileTally(relative(join(root, 'test'), source));
  tally.fail('the file itself', 'was not compiled: run npm run build');
  tallies.push(tally);
}

for (const tally of tallies) {
  for (const failure of tally.failures) {
    console.log(`\nFAILED ${tally.name}: ${failure.name}\n${failure.detail}`);
  }
}
const skips = tallies.flatMap((tally) =>
  tally.skips.map((skip) => `  ${tally.name}: ${skip.name}: ${skip.reason}`),
);
if (skips.length > 0) console.log(`\nskipped:\n${skips.join('\n')}`);

const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
const failed = tallies.reduce((sum, tally) => sum + tally.failures.length, 0);
if (interop && wanted.length + without.length + failed === 0 && passed > 0) {
  const leaves = tallies.flatMap((tally) => tally.leaves);
  const lacking = missingStacks(leaves);
  if (lacking.length === 0) writeFileSync(join(root, 'docs', 'interop.md'), interopReport(leaves));
  else console.log(`\ndocs/interop.md is left as it is, for want of:\n  ${lacking.join('\n  ')}`);
}
if (!interop && wanted.length === 0) console.log('\nnot run here: test/interop (npm run interop)');
console.log(`\n${tallies.length} files in ${((performance.now() - started) / 1000).toFixed(1)} s`);
if (passed + failed === 0) console.log('nothing ran');
console.log(`${passed} passed, ${failed} failed, ${skips.length} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
