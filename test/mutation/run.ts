/**
 * Breaks a copy of the library in dozens of ways, one at a time, and sees that the tests notice each.
 *
 *   node dist/test/mutation/run.js [PART-OF-A-NAME...]
 *
 * For each mutation the tests that should notice run first, then, if they do not, all. A failure to compile or to load
 * does not count as noticed. The last line counts: passed are mutations that were caught.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../house/root.ts';
import { applyEdit } from './apply.ts';
import type { Mutation } from './mutation.ts';
import { MUTATIONS } from './mutations.ts';

const RUN_TIMEOUT_MS = 240_000;
const COPIED = [
  'src',
  'test',
  'bench',
  'examples',
  'vectors',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'dist',
];

/** Tests of the source text, of documents and of types: they would notice the change itself, not what it does. */
const WITHOUT = ['test/mutation', 'test/types', 'test/layers', 'test/house', 'test/rfc-coverage'].map(
  (part) => `--without=${part}`,
);

const root = projectRoot(import.meta.url);
const copy = mkdtempSync(join(tmpdir(), 'puretls-mutation-'));

interface TestRun {
  readonly failed: boolean;
  /** A test failed; not only a file that could not be loaded. */
  readonly noticedBy: string | undefined;
  readonly output: string;
}

/** What a check left out leaves behind: an import or a variable that nothing reads, a line that is never reached. */
const HARMLESS_ERRORS = /error TS(?:6133|6192|6196|7027):/;

/** Compiles; gives the errors that say the mutation itself no longer makes sense here. */
function build(): string | undefined {
  const tsc = join(copy, 'node_modules', 'typescript', 'lib', 'tsc.js');
  const result = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], {
    cwd: copy,
    encoding: 'utf8',
    timeout: RUN_TIMEOUT_MS,
  });
  const errors = result.stdout
    .split('\n')
    .filter((line) => /error TS/.test(line) && !HARMLESS_ERRORS.test(line));
  return errors.length > 0 ? errors.join('\n') : undefined;
}

function runTests(filters: readonly string[]): TestRun {
  const result = spawnSync(process.execPath, ['dist/test/run.js', '--fail-fast', ...WITHOUT, ...filters], {
    cwd: copy,
    encoding: 'utf8',
    timeout: RUN_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = result.stdout + result.stderr;
  const failures = [...output.matchAll(/^FAILED (.*)$/gm)].map((match) => match[1] ?? '');
  return {
    failed: result.status !== 0,
    noticedBy: failures.find(
      (failure) => !failure.endsWith(': the file itself') && !failure.startsWith('mutation/'),
    ),
    output,
  };
}

type Verdict =
  | { readonly caughtBy: string }
  /** A test outside those named failed: believed only if all tests pass without the mutation. */
  | { readonly askAgain: string }
  | { readonly escaped: string };

function attempt(mutation: Mutation): Verdict {
  const originals = new Map<string, string>();
  try {
    for (const edit of mutation.edits) {
      const path = join(copy, 'src', edit.file);
      const source = readFileSync(path, 'utf8');
      if (!originals.has(path)) originals.set(path, source);
      const result = applyEdit(source, edit);
      if ('objection' in result) return { escaped: `no longer applies: ${result.objection}` };
      writeFileSync(path, result.text);
    }
    const errors = build();
    if (errors !== undefined && errors !== errorsBefore) return { escaped: `does not compile:\n${errors}` };
    const { noticedBy } = runTests(mutation.tests);
    if (noticedBy !== undefined) return { caughtBy: noticedBy };
    const all = runTests([]);
    if (all.noticedBy !== undefined) return { askAgain: all.noticedBy };
    if (all.failed) return { escaped: `no test ran to a verdict:\n${all.output.slice(-2000)}` };
    return { escaped: 'every test passed' };
  } finally {
    for (const [path, source] of originals) writeFileSync(path, source);
  }
}

let errorsBefore: string | undefined;
let allSound: boolean | undefined;

/** A failure among all tests counts only when they pass by themselves; asked at most once, the library being whole. */
function settle(verdict: Verdict): { readonly caughtBy: string } | { readonly escaped: string } {
  if (!('askAgain' in verdict)) return verdict;
  if (allSound === undefined) {
    build();
    allSound = !runTests([]).failed;
  }
  if (allSound) return { caughtBy: verdict.askAgain };
  return { escaped: `${verdict.askAgain} failed, but some test fails without the mutation too` };
}

const wanted = process.argv.slice(2);
const chosen = MUTATIONS.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
let caught = 0;
try {
  for (const name of COPIED) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  errorsBefore = build();
  const filters = [...new Set(chosen.flatMap((mutation) => mutation.tests))];
  const sound = runTests(filters);
  if (sound.failed) throw new Error(`the tests fail without any mutation:\n${sound.output.slice(-4000)}`);
  for (const mutation of chosen) {
    const started = Date.now();
    const result = settle(attempt(mutation));
    const seconds = ((Date.now() - started) / 1000).toFixed(0);
    if ('caughtBy' in result) caught += 1;
    const verdict = 'caughtBy' in result ? `caught by ${result.caughtBy}` : `NOT CAUGHT: ${result.escaped}`;
    console.log(`${mutation.name}: ${verdict} (${seconds} s)`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`caught ${caught}/${chosen.length}`);
console.log(`${caught} passed, ${chosen.length - caught} failed, 0 skipped`);
process.exit(caught === chosen.length && caught > 0 ? 0 : 1);
