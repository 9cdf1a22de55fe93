/** Layers 0-6, study and fuzz compile where nothing but the ECMAScript library exists. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/root.ts';

const root = projectRoot(import.meta.url);
const tsc = join(root, 'node_modules', 'typescript', 'lib', 'tsc.js');
const skip = !existsSync(tsc) && 'typescript is not installed';

function compile(config: string): { readonly status: number | null; readonly output: string } {
  const result = spawnSync(process.execPath, [tsc, '-p', config], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

test('the core compiles with ES2023 alone', { skip }, () => {
  const { status, output } = compile('test/types/core.tsconfig.json');
  assert.equal(status, 0, output);
});

test('the same settings refuse what belongs to Node or to a browser', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  try {
    const probes: Readonly<Record<string, string>> = {
      buffer: 'export const a: unknown = Buffer.alloc(1);',
      process: 'export const a: unknown = process.env;',
      timer: 'export const a: unknown = setTimeout(() => undefined, 1);',
      console: 'console.log(1);\nexport {};',
      encoder: 'export const a: unknown = new TextEncoder();',
      crypto: 'export const a: unknown = crypto;',
      module: "export * from 'node:fs';",
    };
    for (const [name, source] of Object.entries(probes)) writeFileSync(join(folder, `${name}.ts`), source);
    const config = {
      extends: join(root, 'test', 'types', 'core.tsconfig.json'),
      compilerOptions: { rootDir: parse(root).root },
      include: ['*.ts', join(root, 'src', 'bytes'), join(root, 'src', 'crypto')],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { status, output } = compile(join(folder, 'tsconfig.json'));
    assert.notEqual(status, 0);
    for (const name of Object.keys(probes)) {
      assert.match(output, new RegExp(`probe-\\w+/${name}\\.ts`), `${name} compiled`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
