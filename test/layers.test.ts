/** The whole of src/ keeps the house rules; package.json keeps its promises. The rules' own tests are in house/. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { packageObjections } from './house/package-rules.ts';
import { projectRoot } from './house/root.ts';
import { ENTRY_POINTS, RULES, type SourceFile, sourceFile } from './house/rules.ts';

const root = projectRoot(import.meta.url);
const src = join(root, 'src');

function typescriptUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return typescriptUnder(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

const files: readonly SourceFile[] = typescriptUnder(src).map((path) =>
  sourceFile(relative(src, path).split(sep).join('/'), readFileSync(path, 'utf8')),
);

test('there is something to check, in every layer that the design names', () => {
  assert.ok(files.length > 20, `${files.length} files in src/`);
  const folders = new Set(files.map((file) => file.path.split('/')[0]));
  for (const folder of ['bytes', 'wire', 'message', 'crypto', 'record', 'key-schedule', 'x509', 'engine']) {
    assert.ok(folders.has(folder), `src/${folder}/ is missing`);
  }
});

for (const [name, rule] of RULES) {
  test(`src: ${name}`, () => {
    const objections = files.flatMap((file) =>
      rule(file).map((violation) => `src/${file.path}:${violation.line}: ${violation.message}`),
    );
    assert.deepEqual(objections, []);
  });
}

test('every file outside the folders is an entry point that package.json exports', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const exported = JSON.stringify(manifest);
  for (const file of files.filter((each) => !each.path.includes('/'))) {
    assert.ok(ENTRY_POINTS.has(file.path), `src/${file.path} is no entry point`);
    assert.ok(
      exported.includes(`./dist/src/${file.path.replace(/\.ts$/, '.js')}`),
      `src/${file.path} is not exported`,
    );
  }
});

test('package.json: exact versions, no install scripts, only listed dependencies', () => {
  assert.deepEqual(packageObjections(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))), []);
});

test('package-lock.json: no package runs a script when installed, save those listed with a reason', () => {
  // Development only: picks the native binary that its own optional dependency has already brought.
  const excused = new Set([
    'node_modules/esbuild',
    'node_modules/tsx/node_modules/esbuild',
    'node_modules/fsevents',
  ]);
  const lock: {
    readonly packages: Readonly<
      Record<string, { readonly hasInstallScript?: boolean; readonly dev?: boolean }>
    >;
  } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const running = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
  assert.deepEqual(
    running.map(([name]) => name).filter((name) => !excused.has(name)),
    [],
  );
  for (const [name, entry] of running)
    assert.equal(entry.dev, true, `${name} would run a script at a user's`);
});
