/**
 * Compiles the kernels of src/crypto/wasm/assembly/ from AssemblyScript and embeds them, as base64, in
 * src/crypto/wasm/binary/. The compiler is a development dependency of an exact version, and its output depends on the
 * sources alone, so what stands in the repository can be checked by anyone.
 *
 *   npm run kernels               compiles what has changed
 *   npm run kernels -- --check    compiles all and writes nothing; exits with 1 when anything differs from what is there
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { derivedSources } from './derive-p384.ts';
import { COMPILER_FLAGS, KERNELS, sourceDigest } from './kernel-sources.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const compiler = join(root, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
const wasm = join(root, 'src', 'crypto', 'wasm');

/** Runs the compiler's command, in a process of its own: its types would redefine globals of ours. */
function build(name: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'puretls-kernels-'));
  try {
    const out = join(folder, 'out.wasm');
    const args = [compiler, `${name}.ts`, '--outFile', out, ...COMPILER_FLAGS];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: join(wasm, 'assembly'),
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name}: ${stderr}`);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function embedded(name: string, binary: Uint8Array): string {
  const constant = `${name.toUpperCase().replaceAll('-', '_')}_MODULE`;
  return [
    '/**',
    ` * Made by \`npm run kernels\` from assembly/${name}.ts: ${binary.length} bytes.`,
    ' *',
    ` * Module:  SHA-256 ${createHash('sha256').update(binary).digest('hex')}`,
    ` * Sources: SHA-256 ${sourceDigest(root, name)}`,
    ' */',
    `export const ${constant} =`,
    `  '${Buffer.from(binary).toString('base64')}';`,
    '',
  ].join('\n');
}

const check = process.argv.includes('--check');
let differences = 0;
for (const [name, text] of derivedSources(root)) {
  const file = join(wasm, 'assembly', name);
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (check) differences += 1;
  else writeFileSync(file, text);
  console.log(`assembly/${name}: ${check ? 'DIFFERS from what is derived' : 'derived'}`);
}
for (const name of KERNELS) {
  const file = join(wasm, 'binary', `${name}.ts`);
  const there = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (!check && there.includes(sourceDigest(root, name))) {
    console.log(`${name}: up to date`);
    continue;
  }
  const wanted = embedded(name, build(name));
  const same = there === wanted;
  if (!same && !check) writeFileSync(file, wanted);
  if (!same) differences += 1;
  console.log(
    `${name}: ${same ? 'as it is in the repository' : check ? 'DIFFERS from its sources' : 'written'}`,
  );
}
process.exit(check && differences > 0 ? 1 : 0);
