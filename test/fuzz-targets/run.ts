/**
 * Runs the compiled targets under jazzer.js, which is not a dependency of the project (it brings a native library):
 *
 *   npm install --prefix SOMEWHERE @jazzer.js/core@4.0.0
 *   node dist/test/fuzz-targets/run.js --jazzer SOMEWHERE [--seconds N] [--keep FOLDER] [TARGET...]
 *
 * JAZZER_PREFIX and FUZZ_SECONDS stand in for the options. What a target finds new goes to a temporary folder, or to
 * FOLDER/TARGET with --keep; an input that makes it fail is kept and named. Exit code: 0 all held, 1 something was
 * found, 2 wrong usage, 77 jazzer.js is not there or does not load (its library wants glibc 2.38 or newer).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CORPUS, TARGETS } from './targets.ts';

const here = dirname(fileURLToPath(import.meta.url));
const DEFAULT_SECONDS = '20';

const { values, positionals } = parseArgs({
  options: {
    jazzer: { type: 'string', default: process.env['JAZZER_PREFIX'] ?? '' },
    seconds: { type: 'string', default: process.env['FUZZ_SECONDS'] ?? DEFAULT_SECONDS },
    keep: { type: 'string' },
  },
  allowPositionals: true,
});

function stop(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}

if (!/^[1-9]\d{0,5}$/.test(values.seconds)) stop(2, `--seconds: not a number of seconds: ${values.seconds}`);
const unknown = positionals.filter((name) => !TARGETS.includes(name));
if (unknown.length > 0) stop(2, `no such target: ${unknown.join(', ')}; there are: ${TARGETS.join(', ')}`);
const jazzer = join(resolve(values.jazzer), 'node_modules', '@jazzer.js', 'core', 'dist', 'cli.js');
if (values.jazzer === '' || !existsSync(jazzer)) {
  stop(77, 'SKIPPED fuzzing: @jazzer.js/core is not there; give --jazzer FOLDER or set JAZZER_PREFIX');
}

const loaded = spawnSync(
  process.execPath,
  ['-e', `require(${JSON.stringify(join(dirname(jazzer), 'core.js'))})`],
  {
    encoding: 'utf8',
  },
);
if (loaded.status !== 0) {
  const why = /^Error: .*$/m.exec(loaded.stderr)?.[0] ?? loaded.stderr.trim().split('\n').at(-1);
  stop(77, `SKIPPED fuzzing: @jazzer.js/core is there but does not load on this machine: ${why}`);
}

interface Outcome {
  readonly ok: boolean;
  readonly line: string;
}

function run(target: string, work: string): Outcome {
  const found = values.keep === undefined ? join(work, target) : resolve(values.keep, target);
  const artifacts = join(work, `${target}-failures`);
  for (const folder of [found, artifacts]) mkdirSync(folder, { recursive: true });
  const options = [
    `-max_total_time=${values.seconds}`,
    '-max_len=4096',
    '-timeout=20',
    '-print_final_stats=1',
  ];
  const child = spawnSync(
    process.execPath,
    [
      jazzer,
      join(here, `${target}.js`),
      found,
      join(CORPUS, target),
      '--sync',
      '--disable_bug_detectors=.*',
      ...['--timeout', '20000'],
      ...['--includes', 'dist'],
      ...['--excludes', 'node_modules'],
      '--',
      ...options,
      `-artifact_prefix=${artifacts}/`,
    ],
    { cwd: work, encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  const output = `${child.stdout}${child.stderr}`;
  const runs = /stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? '?';
  const edges = [...output.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? '?';
  const failures = readdirSync(artifacts);
  const ok = child.status === 0 && failures.length === 0;
  if (!ok) console.error(output.slice(-6000));
  const where = failures.map((name) => join(artifacts, name)).join(' ');
  const line = `${ok ? 'ok    ' : 'FAILED'} ${target}: ${runs} runs, ${edges} edges ${where}`.trimEnd();
  return { ok, line };
}

const work = mkdtempSync(join(tmpdir(), 'puretls-fuzz-'));
const outcomes = (positionals.length > 0 ? positionals : TARGETS).map((target) => {
  const outcome = run(target, work);
  console.log(outcome.line);
  return outcome;
});
const failed = outcomes.filter((outcome) => !outcome.ok).length;
console.log(
  `fuzzing: ${outcomes.length - failed} of ${outcomes.length} targets held for ${values.seconds} s each`,
);
if (failed === 0) rmSync(work, { recursive: true });
process.exit(failed === 0 ? 0 : 1);
