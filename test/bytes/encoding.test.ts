import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  asciiDecode,
  asciiEncode,
  fromBase64,
  fromHex,
  latin1Decode,
  toBase64,
  toHex,
  utf8Decode,
  utf8DecodeStrict,
  utf8Encode,
} from '../../src/bytes/encoding.ts';

const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

describe('hex', () => {
  it('agrees with Buffer both ways, in both cases', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('hex');
        assert.equal(toHex(bytes), text);
        assert.deepEqual(fromHex(text), bytes);
        assert.deepEqual(fromHex(text.toUpperCase()), bytes);
      }),
    );
  });

  for (const text of [
    '0',
    '0g',
    'g0',
    '0x00',
    ' 00',
    '00 ',
    '0\n',
    '@0',
    '`0',
    '/0',
    ':0',
    '\u0130\u0130',
    '００',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => fromHex(text), SyntaxError));
  }
});

describe('base64', () => {
  it('agrees with Buffer both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        assert.equal(toBase64(bytes), text);
        assert.deepEqual(fromBase64(text), bytes);
      }),
    );
  });

  const refused = [
    'A',
    'AA',
    'AAA',
    'AA=',
    'A===',
    '====',
    '=AAA',
    'AA=A',
    'A=AA',
    'AAAA=',
    'AB==',
    'AAB=',
    'AAA\n',
    'AA-_',
    'AAÁA',
    'AA==AAAA',
    'Zh==',
    'Zm9=',
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => fromBase64(text), SyntaxError));
  }

  it('has one text for each value: whatever decodes encodes back to itself', () => {
    const alphabet = fc.constantFrom(...'ABPfgz019+/=');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        let bytes: Uint8Array;
        try {
          bytes = fromBase64(text);
        } catch (error) {
          assert.ok(error instanceof SyntaxError);
          return;
        }
        assert.equal(toBase64(bytes), text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('UTF-8', () => {
  const reference = new TextDecoder('utf-8', { ignoreBOM: true });
  const fatal = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

  function strict(bytes: Uint8Array): string | undefined {
    try {
      return fatal.decode(bytes);
    } catch {
      return undefined;
    }
  }

  it('encodes as TextEncoder does, lone surrogates too', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\ud800', '\udfff', 'a', '€') }),
    );
    fc.assert(
      fc.property(unit, (text) => assert.deepEqual(utf8Encode(text), new TextEncoder().encode(text))),
    );
  });

  it('decodes as TextDecoder does, forgiving and strict', () => {
    const edge = fc.constantFrom(
      0x00,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf1,
      0xf4,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 8 }), (list) => {
        const bytes = Uint8Array.from(list);
        assert.equal(utf8Decode(bytes), reference.decode(bytes));
        assert.equal(utf8DecodeStrict(bytes), strict(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps a byte order mark', () =>
    assert.equal(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)), '\ufeffA'));
});

describe('ASCII and Latin-1', () => {
  it('takes all of ASCII and no more', () => {
    const all = Uint8Array.from({ length: 128 }, (_, i) => i);
    assert.equal(asciiDecode(all), Buffer.from(all).toString('latin1'));
    assert.deepEqual(asciiEncode(Buffer.from(all).toString('latin1')), all);
    for (let byte = 128; byte < 256; byte++) {
      assert.equal(asciiDecode(Uint8Array.of(65, byte)), undefined);
      assert.throws(() => asciiEncode(`A${String.fromCharCode(byte)}`), SyntaxError);
    }
    assert.throws(() => asciiEncode('\u0141'), SyntaxError, 'not truncated to its low byte');
  });

  it('decodes inputs longer than an argument list', () => {
    const long = new Uint8Array(300_000).fill(0xe9);
    assert.equal(latin1Decode(long), plain(Buffer.from(long)).length === 300_000 ? 'é'.repeat(300_000) : '');
  });
});
