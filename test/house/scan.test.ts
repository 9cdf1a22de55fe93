import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importsOf, lineOf, scan } from './scan.ts';

test('what is not code becomes spaces, offsets and lines stay', () => {
  const source = "const a = 'x\\'y'; // it's\n/* b\n */ c`d${e + `f${'g'}`}h` / i;";
  const { code, comments } = scan(source);
  assert.equal(code.length, source.length);
  assert.equal(code, "const a = '    ';        \n    \n    c` ${e + ` ${' '}`} ` / i;");
  assert.deepEqual(
    comments.map((comment) => comment.text),
    ["// it's", '/* b\n */'],
  );
});

test('a regular expression is told from a division', () => {
  assert.equal(scan('a = b / c / d').code, 'a = b / c / d');
  assert.equal(scan("a = /['/]/.test(b)").code, 'a = /    /.test(b)');
  assert.equal(scan("return /'/;").code, 'return / /;');
  assert.equal(scan('f(a) / 2; // x').code, 'f(a) / 2;     ');
  assert.equal(scan('a = /\\//g').code, 'a = /  /g');
});

test('a brace in a template does not end the expression early', () => {
  assert.equal(scan('`${f({ a: 1 })}x` + any').code, '`${f({ a: 1 })} ` + any');
});

test('unfinished text does not loop or throw', () => {
  for (const source of ["'abc", '`abc', '`${abc', '/* abc', '// abc', '= /abc', "'\\", '`\\']) {
    assert.ok(scan(source).code.length >= source.length - 1);
  }
});

test('imports of every form are found, with type and re-export told', () => {
  const source = [
    "import a from 'a';",
    'import { b, type C } from "b";',
    "import type { D } from 'd';",
    "import * as e from 'e';",
    "import 'f';",
    "export { g } from 'g';",
    "export * from 'h';",
    "await import('i');",
    "require('j');",
    'import {',
    "  k, // not from 'z'",
    "} from 'k';",
  ].join('\n');
  const found = importsOf(source, scan(source).code);
  assert.deepEqual(found.map((reference) => reference.specifier).sort(), [...'abdefghijk']);
  assert.deepEqual(
    found.filter((reference) => reference.typeOnly).map((reference) => reference.specifier),
    ['d'],
  );
  assert.deepEqual(
    found.filter((reference) => reference.reExport).map((reference) => reference.specifier),
    ['g', 'h'],
  );
});

test('lines count from one', () => {
  assert.equal(lineOf('a\nb\nc', 0), 1);
  assert.equal(lineOf('a\nb\nc', 4), 3);
});
