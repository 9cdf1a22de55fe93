import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { checkNumbers, checkRow, document, PARTS, ROOT } from './coverage.ts';
import type { Part, Row } from './requirement.ts';

const ROW: Row = ['4', '1', 'a demand', 'wire/alert.ts#decodeAlert', 'house/rules.test.ts#test('];

describe('the demands of the RFCs', () => {
  for (const part of PARTS)
    test(`RFC ${part.rfc} ${Object.keys(part.sentences)[0]}: each sentence is told once`, () =>
      assert.deepEqual(checkNumbers(part), []));

  test('the code and the tests that are named are there', () =>
    assert.deepEqual(
      PARTS.flatMap((part) => part.rows.flatMap(checkRow)),
      [],
    ));

  test('docs/rfc-coverage.md is up to date', () =>
    assert.equal(
      readFileSync(join(ROOT, 'docs/rfc-coverage.md'), 'utf8'),
      document(),
      'run node dist/test/rfc-coverage/write.js',
    ));
});

describe('the check itself notices', () => {
  const part = (...rows: readonly Row[]): Part => ({ rfc: 8446, sentences: { '4': 2 }, rows });

  test('a sentence that is left out, told twice or not there', () => {
    assert.equal(checkNumbers(part(ROW)).length, 1);
    assert.equal(checkNumbers(part(['4', '1-2', ...tail(ROW)], ROW)).length, 1);
    assert.equal(checkNumbers(part(['4', '1-3', ...tail(ROW)])).length, 1);
    assert.equal(checkNumbers(part(['4', '1-2', ...tail(ROW)], ['4.9', '1', ...tail(ROW)])).length, 1);
    assert.deepEqual(checkNumbers(part(['4', '1-2', ...tail(ROW)])), []);
  });

  test('a file or words that are not there', () => {
    assert.deepEqual(checkRow(ROW), []);
    assert.equal(
      checkRow(['4', '1', 'a demand', 'wire/none.ts#decodeAlert', 'house/rules.test.ts#test(']).length,
      1,
    );
    assert.equal(
      checkRow(['4', '1', 'a demand', 'wire/alert.ts#no such word', 'house/rules.test.ts#test(']).length,
      1,
    );
    assert.equal(
      checkRow(['4', '1', 'a demand', 'wire/alert.ts#decodeAlert', 'house/none.test.ts#test(']).length,
      1,
    );
    assert.equal(checkRow(['4', '1', 'a demand', 'wire/alert.ts', 'house/rules.test.ts#']).length, 2);
  });
});

function tail([, , ...rest]: Row): [string, string, string, ...string[]] {
  return rest;
}
