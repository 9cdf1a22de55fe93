import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/bytes/encoding.ts';
import { DerReader, Tag } from '../../src/x509/der.ts';
import { decodeString } from '../../src/x509/der-string.ts';
import {
  derBitString,
  derElement,
  derNamedBits,
  derOid,
  derSequence,
  derSetOf,
  derUnsigned,
} from '../../src/x509/der-writer.ts';
import { MAX_DER_DEPTH } from '../../src/x509/limits.ts';
import { hex, thrown } from './kit.ts';

const reader = (text: string): DerReader => new DerReader(hex(text), 'Test');

describe('strict DER', () => {
  const refused: readonly [what: string, bytes: string, read: (r: DerReader) => unknown, message: RegExp][] =
    [
      ['an empty input', '', (r) => r.sequence('x'), /found nothing/],
      ['a lone identifier', '30', (r) => r.sequence('x'), /truncated/],
      ['a length with no bytes', '3082', (r) => r.sequence('x'), /truncated/],
      ['an indefinite length', '3080 0500 0000', (r) => r.sequence('x'), /indefinite/],
      ['a long length that fits a short one', '30810500', (r) => r.sequence('x'), /not minimal/],
      [
        'a length with a leading zero',
        '30820080'.padEnd(8 + 256, '0'),
        (r) => r.sequence('x'),
        /not minimal/,
      ],
      ['a length of five bytes', '30850000000001 00', (r) => r.sequence('x'), /too long/],
      ['the reserved length FF', '30ff', (r) => r.sequence('x'), /too long/],
      ['content past the end', '300401', (r) => r.sequence('x'), /past the end/],
      ['a length near 2^32', '3084ffffffff00', (r) => r.sequence('x'), /past the end/],
      ['a high tag number', '1f2000', (r) => r.any('x'), /high tag/],
      ['a constructed OCTET STRING', '24030401 00', (r) => r.octetString('x'), /expected tag/],
      ['a primitive SEQUENCE', '1000', (r) => r.sequence('x'), /expected tag/],
      ['BOOLEAN 01', '010101', (r) => r.boolean('x'), /00 or FF/],
      ['BOOLEAN 49 (PKI.js took it for true)', '010149', (r) => r.boolean('x'), /00 or FF/],
      ['a BOOLEAN of two bytes', '0102ffff', (r) => r.boolean('x'), /one byte/],
      ['an empty BOOLEAN', '0100', (r) => r.boolean('x'), /one byte/],
      ['an empty INTEGER', '0200', (r) => r.integer('x'), /empty/],
      ['an INTEGER with a needless 00', '02020001', (r) => r.integer('x'), /not minimal/],
      ['an INTEGER with a needless FF', '0202ff80', (r) => r.integer('x'), /not minimal/],
      ['a negative where none may be', '0201ff', (r) => r.unsigned('x'), /negative/],
      ['a negative small integer', '020180', (r) => r.smallInteger('x', 1000), /negative/],
      ['a small integer too large', '020103', (r) => r.smallInteger('x', 2), /greater than 2/],
      ['a huge small integer', '0208 0100000000000000', (r) => r.smallInteger('x', 2 ** 40), /greater than/],
      ['a NULL with content', '050100', (r) => r.null('x'), /must be empty/],
      ['an empty OID', '0600', (r) => r.oid('x'), /empty/],
      ['an OID that ends inside an arc', '06022a86', (r) => r.oid('x'), /inside an arc/],
      ['an OID arc with leading 80', '06032a8001', (r) => r.oid('x'), /not minimal/],
      ['an OID that begins with 80', '06028001', (r) => r.oid('x'), /not minimal/],
      ['an OID of 65 bytes', `0641${'2a'.repeat(65)}`, (r) => r.oid('x'), /too long/],
      ['an empty BIT STRING', '0300', (r) => r.bitString('x'), /empty/],
      ['eight unused bits', '03020800', (r) => r.bitString('x'), /unused/],
      ['unused bits of no byte', '030101', (r) => r.bitString('x'), /unused/],
      ['padding bits not zero', '03020181', (r) => r.bitString('x'), /padding/],
      ['a key with unused bits', '03020180', (r) => r.bitStringBytes('x'), /whole bytes/],
      ['named bits with a trailing zero', '03020680', (r) => r.namedBits('x'), /trailing zero/],
      ['a zero named bit at the end', '03020600', (r) => r.namedBits('x'), /trailing zero/],
      ['five bytes of named bits', '0306 00 0000000001', (r) => r.namedBits('x'), /too many/],
      ['another tag than asked for', '0401ff', (r) => r.integer('x'), /expected tag 0x02, found tag 0x04/],
    ];
  for (const [what, bytes, read, message] of refused) {
    test(`refuses ${what}`, () => {
      assert.match(thrown('MALFORMED', () => read(reader(bytes))).message, message);
    });
  }

  test('refuses bytes after the end', () => {
    const r = reader('0500 00');
    r.null('x');
    assert.match(thrown('MALFORMED', () => r.finish()).message, /1 unexpected bytes/);
  });

  test('names the place', () => {
    const inner = reader('3003 0101 02').sequence('tbs');
    const error = thrown('MALFORMED', () => inner.boolean('flag'));
    assert.match(error.message, /^Test\.tbs\.flag: /);
    assert.equal(error.details['path'], 'Test.tbs.flag');
  });

  test('nesting is bounded', () => {
    const descend = (levels: number): void => {
      let bytes: Uint8Array = new Uint8Array(0);
      for (let i = 0; i < levels; i++) bytes = derSequence(bytes);
      let r = new DerReader(bytes, 'Deep');
      for (let i = 0; i < levels; i++) r = r.sequence('x');
      r.finish();
    };
    descend(MAX_DER_DEPTH);
    assert.match(thrown('MALFORMED', () => descend(MAX_DER_DEPTH + 1)).message, /nested too deep/);
  });

  test('ten megabytes of nested SEQUENCE cost nothing', () => {
    const bytes = new Uint8Array(10_000_000);
    for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x30;
    const start = performance.now();
    thrown('MALFORMED', () =>
      new DerReader(bytes, 'Bomb').sequence('x').sequence('y').sequence('z').raw('w'),
    );
    assert.ok(performance.now() - start < 2000);
  });

  const accepted: readonly [what: string, bytes: string, read: (r: DerReader) => unknown, value: unknown][] =
    [
      ['TRUE', '0101ff', (r) => r.boolean('x'), true],
      ['FALSE', '010100', (r) => r.boolean('x'), false],
      ['zero', '020100', (r) => r.smallInteger('x', 5), 0],
      ['an INTEGER with its sign byte', '02020080', (r) => toHex(r.unsigned('x')), '80'],
      ['rsaEncryption', '06092a864886f70d010101', (r) => r.oid('x'), '1.2.840.113549.1.1.1'],
      ['2.999', '06028837', (r) => r.oid('x'), '2.999'],
      ['0.39', '060127', (r) => r.oid('x'), '0.39'],
      ['1.0', '060128', (r) => r.oid('x'), '1.0'],
      ['1.39', '06014f', (r) => r.oid('x'), '1.39'],
      ['2.0', '060150', (r) => r.oid('x'), '2.0'],
      [
        'a UUID arc',
        '0613 69 83b8ea83bbb5d1c3b5eedcb0a0c1b2c3d405',
        (r) => r.oid('x').startsWith('2.25.'),
        true,
      ],
      ['named bits', '03020780', (r) => r.namedBits('x'), 1],
      ['nine named bits', '0303070080', (r) => r.namedBits('x'), 1 << 8],
      ['no named bits', '030100', (r) => r.namedBits('x'), 0],
      ['a length of 128', `0481 80${'00'.repeat(128)}`, (r) => r.octetString('x').length, 128],
    ];
  for (const [what, bytes, read, value] of accepted) {
    test(`reads ${what}`, () => {
      const r = reader(bytes);
      assert.deepEqual(read(r), value);
      r.finish();
    });
  }

  test('is total: random bytes only ever throw MALFORMED', () => {
    const walk = (r: DerReader, depth: number): void => {
      while (!r.empty) {
        const tag = r.peek();
        if ((tag & 0x20) !== 0 && depth < 30) walk(r.enter(tag, 'c'), depth + 1);
        else if (tag === Tag.oid) r.oid('o');
        else if (tag === Tag.integer) r.integer('i');
        else if (tag === Tag.bitString) r.namedBits('b');
        else r.any('a');
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          walk(new DerReader(bytes, 'Random'), 0);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'MALFORMED');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('DER writer', () => {
  test('what it writes reads back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (n) => {
        const text = n.toString(16);
        const bytes = hex(text.length % 2 === 0 ? text : `0${text}`);
        const back = new DerReader(derUnsigned(bytes), 'N').unsigned('n');
        assert.equal(BigInt(`0x${toHex(back)}`), n);
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 70n }), { minLength: 1, maxLength: 4 }),
        (arcs) => {
          const oid = `2.5.${arcs.join('.')}`;
          assert.equal(new DerReader(derOid(oid), 'O').oid('o'), oid);
        },
      ),
    );
    for (const flags of [0, 1, 2, 0x80, 0x100, 0x1ff, 0x60]) {
      assert.equal(new DerReader(derNamedBits(flags), 'B').namedBits('b'), flags);
    }
  });

  test('lengths at the edges are minimal', () => {
    for (const length of [0, 127, 128, 255, 256, 65535, 65536]) {
      const r = new DerReader(derElement(Tag.octetString, new Uint8Array(length)), 'L');
      assert.equal(r.octetString('x').length, length);
      r.finish();
    }
  });

  test('SET OF is sorted', () => {
    assert.equal(toHex(derSetOf(hex('0c0162'), hex('0c0161'))), '31060c01610c0162');
  });

  test('refuses what is no OID or no integer', () => {
    for (const bad of ['', '1', '3.1', '1.40', '1.02', '1..2', 'a.b', '1.2.-3', '1.2 ']) {
      thrown('INVALID_REQUEST', () => derOid(bad));
    }
    for (const bad of [-1, 1.5, Number.NaN, 2 ** 53]) thrown('INVALID_REQUEST', () => derUnsigned(bad));
  });

  test('BIT STRING keeps its unused bits', () => {
    assert.equal(toHex(derBitString(hex('80'), 7)), '03020780');
  });
});

describe('string types', () => {
  test('reads each', () => {
    assert.equal(decodeString(Tag.utf8String, hex('c3a9')), 'é');
    assert.equal(decodeString(Tag.printableString, hex('41')), 'A');
    assert.equal(decodeString(Tag.numericString, hex('3120')), '1 ');
    assert.equal(decodeString(Tag.teletexString, hex('e9')), 'é');
    assert.equal(decodeString(Tag.bmpString, hex('00e9')), 'é');
    assert.equal(decodeString(Tag.universalString, hex('0001f600')), '\u{1f600}');
    assert.equal(decodeString(Tag.ia5String, hex('00')), '\0');
  });
  test('refuses bytes that are not of the type', () => {
    for (const [tag, bytes] of [
      [Tag.utf8String, 'c0af'],
      [Tag.utf8String, 'eda080'],
      [Tag.printableString, '00'],
      [Tag.printableString, 'e9'],
      [Tag.numericString, '41'],
      [Tag.ia5String, '80'],
      [Tag.bmpString, 'd83d'],
      [Tag.bmpString, '00'],
      [Tag.universalString, '00110000'],
      [Tag.universalString, '0000d800'],
      [Tag.universalString, '000041'],
      [Tag.octetString, '41'],
    ] as const) {
      assert.equal(decodeString(tag, hex(bytes)), undefined, `${tag} ${bytes}`);
    }
  });
});
