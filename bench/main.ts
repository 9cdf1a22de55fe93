/**
 * Runs the benches, each in a process of its own, and writes RESULTS.md and results.json beside this source.
 *
 *   node dist/bench/main.js [--quick] [--peers] [NAME...]
 *
 * Each bench checks results before it times anything. --quick takes under a minute and writes nothing: its figures show that
 * the benches work and little more, and its last line is one of JSON, the ratios to the peers. --peers installs clients by
 * others into bench/peers, at the versions in the package.json there, and runs bench `peers` as well.
 */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arePeersInstalled, PEERS_HOME } from './peers/others.ts';
import type { Row } from './support/report.ts';

const BENCHES = [
  'aead',
  'kernels',
  'kernels-rsa',
  'record',
  'handshake',
  'own-work',
  'sessions',
  'tcp',
  'bulk',
  'memory',
  'startup',
  'bundle',
  'peers',
] as const;
const BENCH_TIMEOUT_MS = 600_000;

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const quick = args.includes('--quick');
const withPeers = args.includes('--peers');
const wanted = args.filter((arg) => !arg.startsWith('--'));

/** By npm, without scripts of theirs; nothing of it is a dependency of the package. */
function installPeers(): void {
  const flags = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  const { status } = spawnSync('npm', flags, { cwd: PEERS_HOME, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0 || !arePeersInstalled()) throw new Error(`the peers cannot be installed (npm: ${status})`);
}

function run(name: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const flags = ['--expose-gc', join(here, `${name}.js`), ...(quick ? ['--quick'] : [])];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), BENCH_TIMEOUT_MS);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code !== 0) reject(new Error(`bench ${name} ended with ${code}`));
      else
        resolve(text.split('\n').flatMap((line): Row[] => (line.startsWith('{') ? [JSON.parse(line)] : [])));
    });
  });
}

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const percent = (value: number | undefined): string =>
  value === undefined ? '' : ` ±${(value * 100).toFixed(0)} %`;

function table(name: string, rows: readonly Row[]): string {
  const unit = rows[0]?.unit ?? '';
  const peer = rows.find((row) => row.peer !== undefined)?.peer;
  // A quick run's figures mean too little to be judged.
  const floors = !quick && rows.some((row) => row.floor !== undefined);
  const head = [
    '',
    `puretls (${unit})`,
    ...(peer === undefined ? [] : [`${peer} (${unit})`, 'ratio']),
    ...(floors ? ['floor'] : []),
  ];
  const lines = rows.map((row) => {
    const theirs =
      row.theirs === undefined
        ? ['-', '-']
        : [digits(row.theirs) + percent(row.theirSpread), digits(row.ours / row.theirs)];
    const floor = row.floor === undefined ? '' : `${row.floor}: ${row.kept === true ? 'kept' : 'MISSED'}`;
    return [
      row.what,
      digits(row.ours) + percent(row.spread),
      ...(peer === undefined ? [] : theirs),
      ...(floors ? [floor] : []),
    ];
  });
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [`## ${name}`, '', line(head), line(head.map(() => '---')), ...lines.map(line), ''].join('\n');
}

/** Ours as a multiple of the peer's, by table and row. */
function ratiosOf(measured: readonly Row[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const { table: name, what, ours, theirs } of measured) {
    if (theirs !== undefined) ratios[`${name}: ${what}`] = Number((ours / theirs).toPrecision(3));
  }
  return ratios;
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  node: process.versions.node,
  openssl: process.versions.openssl ?? 'none',
  platform: `${process.platform} ${process.arch}`,
  date: new Date().toISOString().slice(0, 10),
  /** Of the minute before the first bench: figures from a busy machine say little. */
  load: loadavg()[0] ?? 0,
};
const busy =
  machine.load > 0.5 ? ` The machine was busy before the first bench (load ${machine.load.toFixed(1)}).` : '';

if (busy !== '') console.error(busy.trim());
if (withPeers && !arePeersInstalled()) installPeers();
const rows: Row[] = [];
const failures: string[] = [];
for (const name of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (name === 'peers' && !withPeers && !wanted.includes(name)) continue;
  console.error(`bench ${name}`);
  try {
    rows.push(...(await run(name)));
  } catch (error) {
    failures.push(String(error));
    console.error(String(error));
  }
}

const names = [...new Set(rows.map((row) => row.table))];
const text = [
  '# Measurements',
  '',
  `${machine.cpu}, ${machine.cores} cores, ${machine.platform}; Node ${machine.node} (OpenSSL ${machine.openssl}); ${machine.date}.${busy}`,
  'Medians over rounds in which both contenders took turns; ± is half of the distance from the slowest to the fastest',
  'round. A ratio above 1 means that puretls has the larger figure. Made by `npm run bench`.',
  '',
  ...names.map((name) =>
    table(
      name,
      rows.filter((row) => row.table === name),
    ),
  ),
].join('\n');
console.log(text);
if (!quick && wanted.length === 0 && failures.length === 0) {
  const home = join(here, '..', '..', 'bench');
  writeFileSync(join(home, 'RESULTS.md'), text);
  writeFileSync(join(home, 'results.json'), `${JSON.stringify({ machine, rows }, null, 2)}\n`);
}

const missed = quick ? [] : rows.filter((row) => row.kept === false);
for (const row of missed)
  console.error(`missed: ${row.table}: ${row.what}: ${row.ours} ${row.unit}, floor ${row.floor}`);
console.error(`${rows.length} figures, ${failures.length} benches failed, ${missed.length} floors missed`);
if (quick) console.log(JSON.stringify({ ratios: ratiosOf(rows) }));
process.exit(failures.length > 0 || rows.length === 0 ? 1 : 0);
