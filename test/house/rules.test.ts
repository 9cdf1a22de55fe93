/** Each house rule catches what it forbids and leaves alone what it does not: a rule that cannot fail is no rule. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RULES, sourceFile } from './rules.ts';

interface Cases {
  /** [path under src/, source] */
  readonly caught: readonly (readonly [string, string])[];
  readonly clean: readonly (readonly [string, string])[];
}

const inWire = (source: string): readonly [string, string] => ['wire/x.ts', source];

const CASES: Readonly<Record<string, Cases>> = {
  'imports only go down': {
    caught: [
      ['wire/x.ts', "import { a } from '../message/a.ts';"],
      ['wire/x.ts', "import type { a } from '../message/a.ts';"],
      ['wire/x.ts', "import {\n  a,\n  type B,\n} from '../handshake/a.ts';"],
      ['wire/x.ts', "export { a } from '../message/a.ts';"],
      ['wire/x.ts', "export * from '../message/a.ts';"],
      ['wire/x.ts', "import '../message/a.ts';"],
      ['wire/x.ts', "const a = await import('../message/a.ts');"],
      ['message/extension/x.ts', "import { a } from '../../record/a.ts';"],
      ['message/x.ts', "import { a } from '../crypto/a.ts';"],
      ['key-schedule/x.ts', "import { a } from '../record/a.ts';"],
      ['session/x.ts', "import { a } from '../config/a.ts';"],
      ['engine/x.ts', "import { a } from '../platform/a.ts';"],
      ['engine/x.ts', "import { a } from '../node/a.ts';"],
      ['node/x.ts', "import { a } from '../ssl/a.ts';"],
      ['study/x.ts', "import { a } from '../fuzz/a.ts';"],
      ['fuzz/x.ts', "import { a } from '../study/a.ts';"],
      ['fuzz/x.ts', "import { a } from '../handshake/a.ts';"],
      ['ssl/x.ts', "import { a } from '../cli/a.ts';"],
      ['node/x.ts', "import { a } from '../index.ts';"],
      ['engine/x.ts', "import { a } from '../misc/a.ts';"],
      ['misc/x.ts', "import { a } from '../bytes/a.ts';"],
      ['engine.ts', "export { a } from './node/a.ts';"],
      ['x509.ts', "export { a } from './engine/a.ts';"],
      ['study.ts', "export { a } from './fuzz/a.ts';"],
      ['extra.ts', "export { a } from './bytes/a.ts';"],
    ],
    clean: [
      ['message/x.ts', "import { a } from '../wire/a.ts';\nimport { b } from './b.ts';"],
      ['message/extension/x.ts', "import { a } from '../client-hello.ts';"],
      ['cli/x.ts', "import { a } from '../index.ts';"],
      ['node/x.ts', "import { a } from '../platform/a.ts';"],
      ['index.ts', "export { a } from './node/a.ts';"],
      ['wire/x.ts', "// import { a } from '../message/a.ts';"],
      ['wire/x.ts', 'const text = "import { a } from \'../message/a.ts\'";'],
    ],
  },
  'only listed modules, no OpenSSL': {
    caught: [
      ['node/x.ts', "import tls from 'node:tls';"],
      ['node/x.ts', "import { randomBytes } from 'crypto';"],
      ['platform/x.ts', "import { webcrypto } from 'node:crypto';"],
      ['cli/x.ts', "const https = await import('node:https');"],
      ['cli/x.ts', "const https = require('https');"],
      ['node/x.ts', "import type { TLSSocket } from 'node:tls';"],
      ['node/x.ts', "import http2 from 'node:http2';"],
      ['wire/x.ts', "import { Buffer } from 'node:buffer';"],
      ['study/x.ts', "import fs from 'node:fs';"],
      ['engine.ts', "import fs from 'node:fs';"],
      ['platform/x.ts', "import fs from 'fs';"],
      ['x509/x.ts', "import { x } from 'pkijs';"],
      ['wire/x.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
      ['node/x.ts', "import { Command } from 'commander';"],
    ],
    clean: [
      ['node/x.ts', "import net from 'node:net';"],
      ['platform/x.ts', "import { readFileSync } from 'node:fs';"],
      ['crypto/noble/x.ts', "import { sha256 } from '@noble/hashes/sha2.js';"],
      ['cli/x.ts', "import { Command } from 'commander';"],
    ],
  },
  'module names can be read': {
    caught: [
      inWire('const m = await import(name);'),
      inWire('const m = require(`node:${name}`);'),
      inWire("import { createRequire } from 'node:module';"),
      inWire("const m = process.getBuiltinModule('crypto');"),
      inWire("process.binding('x');"),
    ],
    clean: [
      inWire("const m = await import('./a.ts');"),
      inWire('const important = imports(name); keys.import(bytes); class A { import(b: B): void {} }'),
    ],
  },
  'no WebCrypto': {
    caught: [
      inWire('crypto.subtle.digest(x);'),
      inWire('const { subtle } = globalThis.crypto;'),
      inWire('globalThis.crypto?.subtle.sign(x);'),
    ],
    clean: [inWire('globalThis.crypto.getRandomValues(out); // never crypto.subtle')],
  },
  'no Math.random': {
    caught: [
      inWire('const n = Math.random();'),
      inWire('const f = Math . random;'),
      inWire("Math['random']();"),
      inWire('const s = `${Math.random()}`;'),
    ],
    clean: [inWire('const n = Math.floor(x); // not Math.random'), inWire("const s = 'Math.random';")],
  },
  'no code from text': {
    caught: [inWire('eval(text);'), inWire("const f = new Function('return 1');")],
    clean: [inWire('retrieval(text);'), inWire('new FunctionTable();')],
  },
  'no any': {
    caught: [
      inWire('let x: any;'),
      inWire('const y = x as any;'),
      inWire('const y: Promise<any> = z;'),
      inWire('function f(...a: any[]): void {}'),
      inWire('type T = string | any;'),
      inWire('const s = `${x as any}`;'),
    ],
    clean: [
      inWire("const purpose: 'any' | 'serverAuth' = 'any'; // any purpose"),
      inWire('Promise.any(list);'),
      inWire('const table = { any: 1 };'),
      inWire('const company = many;'),
    ],
  },
  'no non-null assertion': {
    caught: [
      inWire('const a = list[0]!;'),
      inWire('const a = map.get(k)!.b;'),
      inWire('const a = b!.c;'),
      inWire('class A { x!: number; }'),
      inWire('f(a!, b);'),
      inWire('const s = `${a!.b}`;'),
    ],
    clean: [
      inWire('if (!a || b !== c || d != e) return !f;'),
      inWire('const a = [!b, !c];'),
      inWire("const s = 'a!';"),
      inWire('const r = /a!/;'),
      inWire('if (x(a) && !b) f();'),
    ],
  },
  'no assertion through unknown': {
    caught: [inWire('const a = b as unknown as Secret;'), inWire('const a = b as never as Secret;')],
    clean: [inWire('const a = b as unknown;'), inWire('// b as unknown as Secret')],
  },
  'no silenced compiler': {
    caught: [
      inWire('// @ts-ignore\nconst a = 1;'),
      inWire('/* @ts-expect-error */ const a = 1;'),
      inWire('// @ts-nocheck'),
      inWire('// biome-ignore lint/suspicious/noExplicitAny: later'),
    ],
    clean: [inWire("const s = '@ts-ignore';")],
  },
  'no default export': {
    caught: [
      inWire('export default function f(): void {}'),
      inWire('const a = 1;\nexport { a as default };'),
    ],
    clean: [inWire('export const a = 1; // no export default')],
  },
  'no enum': {
    caught: [inWire('enum A { B }'), inWire('export const enum A { B }')],
    clean: [inWire('const enumerable = { a: 1 };'), inWire('// enum A {')],
  },
  'no namespace': {
    caught: [
      inWire('namespace A { }'),
      inWire('export declare namespace A.B { }'),
      inWire("declare module 'x' { }"),
      inWire('declare global { }'),
    ],
    clean: [inWire('const namespace = { };'), inWire('x.module = { };')],
  },
  '400 lines at most': {
    caught: [inWire('a;\n'.repeat(401))],
    clean: [inWire('a;\n'.repeat(400))],
  },
  'RFC citation form': {
    caught: [
      inWire('// RFC 8446 §4.2.8'),
      inWire('// RFC8446 4.2.8'),
      inWire('/** RFC 8446, section 4.2.8 */'),
      inWire('// RFC 8446 Section 4.2.8'),
      inWire('// see section 4.2.8'),
      inWire('// rfc 8446 4.2.8'),
      inWire('// RFC 5280 Appendix A'),
      inWire('// RFC-8446'),
    ],
    clean: [
      inWire('// RFC 8446 4.2.8 and RFC 5280 4.2.1.9, RFC 8446 B.4; a nonce as in RFC 6979'),
      inWire('// an rfc822Name'),
      inWire("const s = 'RFC8446 §4';"),
    ],
  },
  'barrels only at the entry points': {
    caught: [
      inWire("export { a } from './a.ts';\nexport type { B } from './b.ts';"),
      inWire("const a = 1;\nexport * from './a.ts';"),
      inWire("export * as a from './a.ts';"),
    ],
    clean: [
      ['engine.ts', "export { a } from './engine/a.ts';"],
      inWire("export { a } from './a.ts';\nexport const b = 1;"),
      inWire("import { a } from './a.ts';\nexport const b = a;"),
    ],
  },
  'file names': {
    caught: [
      ['wire/codePoint.ts', ''],
      ['wire/code_point.ts', ''],
      ['Wire/x.ts', ''],
    ],
    clean: [
      ['wire/code-point.ts', ''],
      ['key-schedule/tls13.ts', ''],
      ['engine.ts', ''],
    ],
  },
};

test('every rule has cases, and every case a rule', () => {
  assert.deepEqual(Object.keys(CASES).sort(), [...RULES.keys()].sort());
});

for (const [name, rule] of RULES) {
  describe(name, () => {
    const cases = CASES[name];
    for (const [path, source] of cases?.caught ?? []) {
      test(`catches ${path}: ${source.slice(0, 60)}`, () => {
        assert.notDeepEqual(rule(sourceFile(path, source)), []);
      });
    }
    for (const [path, source] of cases?.clean ?? []) {
      test(`leaves ${path}: ${source.slice(0, 60)}`, () => {
        assert.deepEqual(rule(sourceFile(path, source)), []);
      });
    }
  });
}

test('violations carry the line', () => {
  const rule = RULES.get('no any');
  assert.deepEqual(
    rule?.(sourceFile('wire/x.ts', '\n\nlet x: any;\n')).map((violation) => violation.line),
    [3],
  );
});
