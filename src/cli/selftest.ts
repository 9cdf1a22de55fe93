/** `puretls selftest`: does the cryptography compute what it should on this machine, and how fast. */
import { Command, Option } from 'commander';
import { hasSystemRandom, randomBytes } from '../crypto/random.ts';
import { type SelfTestResult, selfTest } from '../crypto/self-test.ts';
import type { KernelStatus } from '../crypto/wasm/lazy.ts';
import { kernelStatus, namedProvider, type ProviderName } from '../crypto/wasm/provider.ts';
import { platformRandom } from '../platform/random-device.ts';
import { visible } from '../study/visible.ts';
import { SelfTestFailure } from './exit.ts';
import { commandProvider } from './provider.ts';
import { measureSpeed, type Speed } from './selftest-speed.ts';
import { type Io, type Paint, paintFor, writeLine } from './terminal.ts';
import { VERSION } from './version.ts';

interface SelfTestFlags {
  readonly provider: ProviderName;
  readonly speed: boolean;
  readonly json?: boolean;
}

interface Report {
  readonly version: string;
  readonly runtime: string;
  readonly provider: string;
  /** Of the provider `wasm`: each kernel, and why one cannot be used. */
  readonly kernels: readonly KernelStatus[];
  readonly random: { readonly available: boolean; readonly source: string; readonly error?: string };
  /** Whether noble can blind secret scalars: it reads `globalThis.crypto` itself. */
  readonly blinding: boolean;
  readonly tests: readonly SelfTestResult[];
  readonly speed: readonly Speed[];
}

export function selftestCommand(io: Io): Command {
  return new Command('selftest')
    .description('known answers on this machine, which provider runs, how fast')
    .addOption(
      new Option('--provider <name>', 'which cryptography to test')
        .choices(['auto', 'noble', 'wasm'])
        .default('auto'),
    )
    .addOption(new Option('--no-speed', 'leave out the measurements'))
    .addOption(new Option('--json', 'machine-readable output'))
    .action((flags: SelfTestFlags) => selftest(flags, io));
}

function randomReport(): Report['random'] {
  const source = hasSystemRandom() ? 'globalThis.crypto' : "the system's random device";
  try {
    const one = randomBytes(commandProvider().random, 32);
    const other = randomBytes(commandProvider().random, 32);
    const differ = one.some((byte, index) => byte !== other[index]);
    return differ ? { available: true, source } : { available: false, source, error: 'it repeats itself' };
  } catch (error) {
    return { available: false, source, error: error instanceof Error ? error.message : String(error) };
  }
}

async function selftest(flags: SelfTestFlags, io: Io): Promise<void> {
  const provider = namedProvider(flags.provider, platformRandom);
  const tests = selfTest(provider);
  const report: Report = {
    version: VERSION,
    runtime: `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    provider: provider.name,
    kernels: provider.name === 'wasm' ? kernelStatus(true) : [],
    random: randomReport(),
    blinding: hasSystemRandom(),
    tests,
    speed: flags.speed ? measureSpeed(provider) : [],
  };
  const paint = paintFor(io.stdout, io.env);
  await writeLine(
    io.stdout,
    flags.json === true ? JSON.stringify(report, undefined, 2) : textOf(report, paint),
  );
  const failed = tests.filter((test) => !test.ok).map((test) => test.name);
  if (!report.random.available) failed.push('random');
  if (failed.length > 0)
    throw new SelfTestFailure(`failed: ${failed.join(', ')}; do not use this build on this machine`);
}

function textOf(report: Report, paint: Paint): string {
  const { random } = report;
  const mark = (ok: boolean): string => (ok ? paint('green', 'ok    ') : paint('red', 'FAILED'));
  return [
    `puretls ${report.version}, ${report.runtime}`,
    `provider  ${report.provider}`,
    ...report.kernels.map((kernel) => `kernel    ${kernelLine(kernel, paint)}`),
    `random    ${random.available ? random.source : paint('red', `NONE: ${visible(random.error ?? '')}`)}`,
    `blinding  ${report.blinding ? 'on' : paint('yellow', 'off in part: globalThis.crypto is missing')}`,
    '',
    ...report.tests.map(
      (test) => `  ${mark(test.ok)} ${test.name}${test.error === undefined ? '' : `: ${test.error}`}`,
    ),
    ...(report.speed.length === 0 ? [] : ['', ...report.speed.map(speedLine)]),
  ].join('\n');
}

function kernelLine({ name, state, reason }: KernelStatus, paint: Paint): string {
  if (reason === undefined) return `${name} ${state}`;
  return `${name} ${paint('yellow', `${state}, noble instead: ${visible(reason)}`)}`;
}

function speedLine({ name, value, unit }: Speed): string {
  return `  ${name.padEnd(44)} ${value.toFixed(unit === 'ms' ? 2 : 0).padStart(8)} ${unit}`;
}
