/** The built declarations of the portable entry points never mention Node's types. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/root.ts';
import { importsOf, scan } from '../house/scan.ts';

const root = projectRoot(import.meta.url);
const built = join(root, 'dist', 'src');

/** Types that only @types/node or the DOM library declares. */
const FOREIGN =
  /\b(?:Buffer|NodeJS|process|Timeout|Immediate|EventEmitter|Duplex|Readable|Writable|CryptoKey|AbortSignal|URL)\b/;

/** Every mention of Node's or a browser's types in a declaration file and in all that it imports. */
function foreignMentions(entry: string): string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const source = readFileSync(path, 'utf8');
    const { code, comments } = scan(source);
    for (const comment of comments) {
      if (/<reference\s/.test(comment.text)) found.push(`${path}: ${comment.text}`);
    }
    const mention = FOREIGN.exec(code);
    if (mention !== null) found.push(`${path}: ${mention[0]}`);
    for (const { specifier } of importsOf(source, code)) {
      if (!specifier.startsWith('.')) {
        if (!specifier.startsWith('@noble/')) found.push(`${path}: imports ${specifier}`);
        continue;
      }
      visit(resolve(dirname(path), specifier.replace(/\.(?:js|ts)$/, '.d.ts')));
    }
  };
  visit(entry);
  return found;
}

for (const name of ['engine', 'x509', 'study', 'fuzz']) {
  test(`${name}.d.ts mentions no type of Node's`, { skip: !existsSync(built) && 'not built' }, () => {
    assert.deepEqual(foreignMentions(join(built, `${name}.d.ts`)), []);
  });
}

test('the check sees what it looks for', () => {
  const folder = mkdtempSync(join(tmpdir(), 'puretls-declarations-'));
  try {
    const caught: Readonly<Record<string, string>> = {
      buffer: 'export declare const a: Buffer;',
      reference: '/// <reference types="node" />\nexport declare const a: number;',
      module: "import type { Socket } from 'node:net';\nexport declare const a: Socket;",
      deep: "export { a } from './buffer.js';",
      inline: "export declare const a: import('node:net').Socket;",
    };
    for (const [name, source] of Object.entries(caught)) writeFileSync(join(folder, `${name}.d.ts`), source);
    for (const name of Object.keys(caught)) {
      assert.equal(foreignMentions(join(folder, `${name}.d.ts`)).length, 1, name);
    }
    writeFileSync(join(folder, 'clean.d.ts'), '// Buffer\nexport declare const a: Uint8Array;');
    assert.deepEqual(foreignMentions(join(folder, 'clean.d.ts')), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
