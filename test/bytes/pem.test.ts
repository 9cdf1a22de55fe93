import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodePem, encodePem } from '../../src/bytes/pem.ts';

const body = Uint8Array.from({ length: 100 }, (_, i) => i);
const block = encodePem('CERTIFICATE', body);

describe('PEM', () => {
  it('breaks lines at 64 and ends with a newline', () => {
    const lines = block.split('\n');
    assert.equal(lines[0], '-----BEGIN CERTIFICATE-----');
    assert.deepEqual(
      lines.slice(1, -2).map((line) => line.length),
      [64, 64, 8],
    );
    assert.equal(lines.at(-2), '-----END CERTIFICATE-----');
    assert.equal(lines.at(-1), '');
  });

  it('round-trips any bytes and label', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.constantFrom('CERTIFICATE', 'X509 CRL', 'PRIVATE KEY'),
        (bytes, label) => {
          const [only, ...others] = decodePem(encodePem(label, bytes));
          assert.deepEqual({ label: only?.label, bytes: only?.bytes, others }, { label, bytes, others: [] });
        },
      ),
    );
  });

  it('takes several blocks, text around them, other line ends and trailing blanks', () => {
    const text = `\ufeffsubject=/CN=a\n${block}between: a colon\n-----not a boundary\n${block}after`;
    for (const variant of [
      text,
      text.replaceAll('\n', '\r\n'),
      text.replaceAll('\n', '\r'),
      text.replaceAll('\n', ' \t\n'),
    ]) {
      assert.deepEqual(
        decodePem(variant).map((found) => found.bytes),
        [body, body],
      );
    }
    assert.deepEqual(decodePem(''), []);
    assert.deepEqual(decodePem('no block at all'), []);
    assert.deepEqual(decodePem('-----END CERTIFICATE-----'), [], 'an end without a beginning is text');
  });

  it('reads RFC 1421 headers and their continuation lines', () => {
    const text = [
      '-----BEGIN RSA PRIVATE KEY-----',
      'Proc-Type: 4,ENCRYPTED',
      'DEK-Info: AES-256-CBC,',
      ' 0011',
      '',
      'AAEC',
      '-----END RSA PRIVATE KEY-----',
    ].join('\n');
    const [found] = decodePem(text);
    assert.deepEqual(
      [...(found?.headers ?? [])],
      [
        ['Proc-Type', '4,ENCRYPTED'],
        ['DEK-Info', 'AES-256-CBC,0011'],
      ],
    );
    assert.deepEqual(found?.bytes, Uint8Array.of(0, 1, 2));
  });

  const wrapped = (...lines: string[]): string =>
    ['-----BEGIN A-----', ...lines, '-----END A-----'].join('\n');
  const refused: Record<string, string> = {
    'no end': '-----BEGIN A-----\nAAEC\n',
    'another end': '-----BEGIN A-----\nAAEC\n-----END B-----',
    'a block within a block': `-----BEGIN A-----\nAAEC\n${wrapped('AAEC')}`,
    'an empty body': wrapped(),
    'a body that is not base64': wrapped('AA*C'),
    'padding in the middle': wrapped('AA==', 'AAEC'),
    'a lone digit at the end': wrapped('AAECA'),
    'headers without an empty line': wrapped('Proc-Type: 4', 'AAEC'),
    'a header twice': wrapped('A: 1', 'A: 2', '', 'AAEC'),
    'a header without a name': wrapped(': 1', '', 'AAEC'),
    'headers and no body': wrapped('A: 1', ''),
  };
  for (const [name, text] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.throws(() => decodePem(text), SyntaxError));
  }

  it('throws SyntaxError and nothing else on mutated text', () => {
    fc.assert(
      fc.property(fc.nat(block.length - 1), fc.string({ maxLength: 3 }), (at, insert) => {
        try {
          decodePem(block.slice(0, at) + insert + block.slice(at + 1));
        } catch (error) {
          assert.ok(error instanceof SyntaxError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
