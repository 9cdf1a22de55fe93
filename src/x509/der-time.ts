/**
 * UTCTime and GeneralizedTime in RFC 5280's profile: seconds present, Zulu, no fractions (RFC 5280 4.1.2.5).
 * A year from 1950 to 2049 must be UTCTime and a later one GeneralizedTime; we refuse the other form, as DER's purpose is
 * one encoding per value (OpenSSL's -x509_strict, Go and webpki's readers differ here; no public CA breaks it).
 */
import { type DerReader, Tag } from './der.ts';

const FIRST_UTC_YEAR = 1950;
const FIRST_GENERALIZED_YEAR = 2050;
/** Date.UTC reads smaller years as 19xx. */
const FIRST_YEAR = 100;
const UTC_LENGTH = 13;
const GENERALIZED_LENGTH = 15;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 5280 4.1.2.5: `99991231235959Z` means "no well-defined end". */
export const NO_EXPIRY: number = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A Time CHOICE as milliseconds since 1970. `anyForm` lets GeneralizedTime stand for any year, for trust anchors. */
export function readTime(reader: DerReader, field: string, anyForm = false): number {
  const tag = reader.peek();
  if (tag === Tag.utcTime) {
    const content = reader.primitive(tag, field);
    if (content.length !== UTC_LENGTH) reader.fail('UTCTime must be YYMMDDHHMMSSZ', field);
    const yy = twoDigits(content, 0);
    return instant(reader, field, content, 2, yy < 50 ? 2000 + yy : 1900 + yy);
  }
  if (tag !== Tag.generalizedTime) reader.fail('expected UTCTime or GeneralizedTime', field);
  const content = reader.primitive(tag, field);
  if (content.length !== GENERALIZED_LENGTH) reader.fail('GeneralizedTime must be YYYYMMDDHHMMSSZ', field);
  const year = twoDigits(content, 0) * 100 + twoDigits(content, 2);
  if (!anyForm && year >= FIRST_UTC_YEAR && year < FIRST_GENERALIZED_YEAR)
    reader.fail('years 1950 to 2049 must be UTCTime', field);
  return instant(reader, field, content, 4, year);
}

function instant(reader: DerReader, field: string, content: Uint8Array, at: number, year: number): number {
  const month = twoDigits(content, at);
  const day = twoDigits(content, at + 2);
  const hour = twoDigits(content, at + 4);
  const minute = twoDigits(content, at + 6);
  const second = twoDigits(content, at + 8);
  // Any non-digit makes its number NaN, and NaN fails every comparison below.
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
  const good = year >= FIRST_YEAR && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
  if (!good) reader.fail('no such moment', field);
  if (content[at + 10] !== 0x5a) reader.fail('time must end in Z', field);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function twoDigits(content: Uint8Array, at: number): number {
  return digit(content[at]) * 10 + digit(content[at + 1]);
}

function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : Number.NaN;
}
