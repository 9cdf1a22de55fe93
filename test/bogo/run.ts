/**
 * Runs BoringSSL's runner against this library: `npm run bogo -- --runner PATH [--test GLOBS] [--workers N] [--update]`.
 * Compares with results.json: a failure, or fewer cases passed in a group than before, fails the run.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { conformance, ROOT } from './conformance.ts';
import { groupOf } from './groups.ts';

interface Gap {
  /** As the runner matches names: * and ?, and [...]. */
  readonly pattern: string;
  readonly reason: string;
  readonly cases: number;
}

interface Counts {
  passed: number;
  failed: number;
  unimplemented: number;
  disabled: number;
}

interface Results {
  readonly total: Counts;
  readonly groups: Readonly<Record<string, Counts>>;
}

type Outcomes = ReadonlyMap<string, string>;

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, '..', '..', '..', 'test', 'bogo');
/** TLS 1.2 and 1.3 over TCP. */
const SKIP = '*DTLS*;*QUIC*;*TLS1;*TLS11;*TLS1-*;*TLS11-*';

const HOW = `BoGo is the runner of BoringSSL's tests. It is built from the public repository google/boringssl with Go 1.26 or newer:
  git clone https://github.com/google/boringssl /tmp/boringssl
  cd /tmp/boringssl/ssl/test/runner && go test -c -o /tmp/bogo-runner .
  npm run bogo -- --runner /tmp/bogo-runner
`;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(sources, name), 'utf8'));
}

function readGaps(): readonly Gap[] {
  return readJson('known-gaps.json') as readonly Gap[];
}

function none(): Counts {
  return { passed: 0, failed: 0, unimplemented: 0, disabled: 0 };
}

/** An executable that starts the shim with this Node. */
function writeShim(folder: string, body: string): string {
  const path = join(folder, 'shim');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The shim and the library in one file, since it is started thousands of times. */
async function bundleShim(folder: string): Promise<string> {
  const outfile = join(folder, 'shim.mjs');
  await build({
    entryPoints: [join(here, 'shim.js')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return writeShim(folder, `exec '${process.execPath}' --no-warnings '${outfile}' "$@"`);
}

interface Run {
  readonly runner: string;
  readonly shim: string;
  readonly folder: string;
  readonly workers: string;
  readonly disabled: Readonly<Record<string, string>>;
  readonly test: string | undefined;
}

/** Starts the runner and gives the outcome of each case: PASS, FAIL or SKIP. */
async function runAll(run: Run): Promise<Outcomes> {
  const { folder } = run;
  const config = join(folder, 'config.json');
  const output = join(folder, 'output.json');
  writeFileSync(
    config,
    JSON.stringify({ DisabledTests: run.disabled, ErrorMap: readJson('errors.json'), HalfRTTTickets: 0 }),
  );
  const args = ['-shim-path', run.shim, '-shim-config', config, '-allow-unimplemented', '-skip', SKIP];
  args.push('-num-workers', run.workers, '-json-output', output);
  if (run.test !== undefined) args.push('-test', run.test);
  const child = spawn(run.runner, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await new Promise((resolve) => child.on('close', resolve));
  if (!existsSync(output)) throw new Error(`the runner wrote no results:\n${text.slice(-2000)}`);
  const failures = text
    .split(/^(?=(?:PASSED|FAILED|UNIMPLEMENTED) \()/m)
    .filter((block) => block.startsWith('FAILED'));
  for (const failure of failures) console.log(failure.trimEnd());
  const { tests } = JSON.parse(readFileSync(output, 'utf8')) as {
    readonly tests: Readonly<Record<string, { readonly actual: string }>>;
  };
  return new Map(Object.entries(tests).map(([name, { actual }]) => [name, actual]));
}

/** Cases that a shim which implements nothing is asked for: their names cost milliseconds each. */
async function namesOf(run: Run, pattern: string): Promise<readonly string[]> {
  const shim = writeShim(run.folder, '[ "$1" = -is-handshaker-supported ] && echo No && exit 0; exit 89');
  const outcomes = await runAll({ ...run, shim, disabled: {}, test: pattern });
  return [...outcomes.keys()];
}

function count(outcomes: Outcomes, disabled: readonly string[]): Results {
  const total = none();
  const groups: Record<string, Counts> = {};
  const add = (name: string, kind: keyof Counts): void => {
    const group = groupOf(name);
    groups[group] ??= none();
    groups[group][kind] += 1;
    total[kind] += 1;
  };
  for (const [name, outcome] of outcomes) {
    add(name, outcome === 'PASS' ? 'passed' : outcome === 'SKIP' ? 'unimplemented' : 'failed');
  }
  for (const name of disabled) add(name, 'disabled');
  const sorted = Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1));
  return { total, groups: Object.fromEntries(sorted) };
}

function line(name: string, { passed, failed, unimplemented, disabled }: Counts): string {
  const numbers = [passed, failed, unimplemented, disabled].map((one) => String(one).padStart(7));
  return `${name.padEnd(46)}${numbers.join('')}`;
}

function print(results: Results): void {
  console.log(`${'group'.padEnd(46)} passed failed unimpl. disab.`);
  for (const [name, counts] of Object.entries(results.groups)) console.log(line(name, counts));
  console.log(line('all', results.total));
}

/** What is worse than the results that were committed. */
function regressions(now: Results, before: Results): readonly string[] {
  return Object.entries(before.groups).flatMap(([name, { passed }]) => {
    const got = now.groups[name]?.passed ?? 0;
    return got < passed ? [`${name}: ${passed} passed before, now ${got}`] : [];
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runner: { type: 'string' },
      test: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      update: { type: 'boolean', default: false },
    },
  });
  if (values.runner === undefined) {
    console.log(`${HOW}\n0 passed, 0 failed, 1 skipped: no runner was given`);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'puretls-bogo-'));
  try {
    const gaps = readGaps();
    const run: Run = {
      runner: values.runner,
      shim: await bundleShim(folder),
      folder,
      workers: values.workers,
      disabled: Object.fromEntries(gaps.map(({ pattern, reason }) => [pattern, reason])),
      test: values.test,
    };
    const outcomes = await runAll(run);
    if (values.test !== undefined) {
      const { total } = count(outcomes, []);
      console.log(`${total.passed} passed, ${total.failed} failed, ${total.unimplemented} unimplemented`);
      return total.failed > 0 ? 1 : 0;
    }
    return await judge(run, gaps, outcomes, values.update);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function judge(run: Run, gaps: readonly Gap[], outcomes: Outcomes, update: boolean): Promise<number> {
  const byPattern: string[][] = [];
  for (const { pattern } of gaps) byPattern.push([...(await namesOf(run, pattern))]);
  const results = count(outcomes, [...new Set(byPattern.flat())]);
  print(results);
  const problems: string[] = [];
  gaps.forEach((gap, i) => {
    const cases = byPattern[i]?.length ?? 0;
    if (cases !== gap.cases && !update)
      problems.push(`known-gaps.json: ${gap.pattern} covers ${cases} cases`);
  });
  const path = join(sources, 'results.json');
  if (update) {
    const counted = gaps.map((gap, i) => ({ ...gap, cases: byPattern[i]?.length ?? 0 }));
    writeFileSync(join(sources, 'known-gaps.json'), `${JSON.stringify(counted, null, 2)}\n`);
    writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(join(ROOT, 'docs/conformance.md'), conformance(results, counted));
  } else if (existsSync(path)) {
    problems.push(...regressions(results, readJson('results.json') as Results));
  }
  for (const problem of problems) console.log(problem);
  const { passed, failed, unimplemented, disabled } = results.total;
  console.log(`${passed} passed, ${failed} failed, ${unimplemented} unimplemented, ${disabled} disabled`);
  return failed > 0 || problems.length > 0 ? 1 : 0;
}

process.exitCode = await main();
