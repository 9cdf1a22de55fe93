import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asciiEncode } from '../../src/bytes/encoding.ts';
import { Tag } from '../../src/x509/der.ts';
import { derElement, derTime } from '../../src/x509/der-writer.ts';
import { parseCertificate } from '../../src/x509.ts';
import { type RawParts, rawCertificate, thrown } from './kit.ts';

const utcTime = (text: string): Uint8Array => derElement(Tag.utcTime, asciiEncode(text));
const generalizedTime = (text: string): Uint8Array => derElement(Tag.generalizedTime, asciiEncode(text));

describe('times (RFC 5280 4.1.2.5)', () => {
  const refused: readonly [what: string, parts: RawParts, message: RegExp][] = [
    ['UTCTime without seconds', { notBefore: utcTime('2601010000Z') }, /YYMMDDHHMMSSZ/],
    ['UTCTime with an offset', { notBefore: utcTime('260101000000+0000') }, /YYMMDDHHMMSSZ/],
    ['UTCTime without Z', { notBefore: utcTime('2601010000000') }, /end in Z/],
    ['UTCTime with letters', { notBefore: utcTime('26010100000xZ') }, /no such moment/],
    ['UTCTime with spaces', { notBefore: utcTime('26 101000000Z') }, /no such moment/],
    ['February 29 of a common year', { notBefore: utcTime('250229000000Z') }, /no such moment/],
    ['April 31', { notBefore: utcTime('260431000000Z') }, /no such moment/],
    ['month 13', { notBefore: utcTime('261301000000Z') }, /no such moment/],
    ['month 0', { notBefore: utcTime('260001000000Z') }, /no such moment/],
    ['day 0', { notBefore: utcTime('260100000000Z') }, /no such moment/],
    ['hour 24', { notBefore: utcTime('260101240000Z') }, /no such moment/],
    ['a leap second', { notBefore: utcTime('261231235960Z') }, /no such moment/],
    ['GeneralizedTime in 2049', { notAfter: generalizedTime('20491231235959Z') }, /must be UTCTime/],
    [
      'GeneralizedTime with a fraction',
      { notAfter: generalizedTime('20510101000000.5Z') },
      /YYYYMMDDHHMMSSZ/,
    ],
    ['February 29 of 2100', { notAfter: generalizedTime('21000229000000Z') }, /no such moment/],
    ['the year 0', { notAfter: generalizedTime('00000101000000Z') }, /no such moment/],
    [
      'a time of another type',
      { notAfter: derElement(Tag.ia5String, asciiEncode('260101000000Z')) },
      /expected UTCTime/,
    ],
  ];
  for (const [what, parts, message] of refused) {
    test(`refuses ${what}`, () => {
      assert.match(thrown('MALFORMED', () => parseCertificate(rawCertificate(parts))).message, message);
    });
  }

  test('takes times at the edges of both forms', () => {
    const parsed = parseCertificate(
      rawCertificate({ notBefore: utcTime('500101000000Z'), notAfter: generalizedTime('99991231235959Z') }),
    );
    assert.equal(parsed.notBefore, Date.UTC(1950, 0, 1));
    assert.equal(parsed.notAfter, Date.UTC(9999, 11, 31, 23, 59, 59));
    const last = parseCertificate(
      rawCertificate({ notBefore: utcTime('240229235959Z'), notAfter: utcTime('491231235959Z') }),
    );
    assert.equal(last.notBefore, Date.UTC(2024, 1, 29, 23, 59, 59));
    assert.equal(last.notAfter, Date.UTC(2049, 11, 31, 23, 59, 59));
  });

  test('what is written reads back, in the right form', () => {
    for (const time of [
      Date.UTC(1950, 0, 1),
      Date.UTC(1999, 11, 31, 23, 59, 59),
      Date.UTC(2049, 11, 31),
      Date.UTC(2050, 0, 1),
      Date.UTC(9999, 0, 1),
    ]) {
      const element = derTime(time);
      assert.equal(element[0], time < Date.UTC(2050, 0, 1) ? Tag.utcTime : Tag.generalizedTime);
      assert.equal(parseCertificate(rawCertificate({ notBefore: element })).notBefore, time);
      assert.equal(parseCertificate(rawCertificate({ notBefore: derTime(time + 999) })).notBefore, time);
    }
  });
});
