/**
 * Hex, base64 and text, by hand: the layers above run where TextEncoder, Buffer and atob do not exist.
 * None of these is constant time, so no secret passes through here except a private key's own PEM.
 */

const HEX = '0123456789abcdef';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** `String.fromCharCode` takes its input as arguments, and argument lists have a bound. */
const CHUNK = 4096;
/** Up to here a loop is faster than an argument list. */
const SHORT = 32;

export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += HEX.charAt(byte >> 4) + HEX.charAt(byte & 15);
  return out;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x61 + 10;
  return -1;
}

/** Throws SyntaxError on an odd length or anything but hex digits; no white space, no prefix. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new SyntaxError('hex: odd number of digits');
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i));
    const low = hexDigit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) throw new SyntaxError(`hex: not a digit near position ${2 * i}`);
    out[i] = (high << 4) | low;
  }
  return out;
}

/** RFC 4648 4, padded, without line breaks. */
export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out += BASE64.charAt(group >> 18) + BASE64.charAt((group >> 12) & 63);
    out += left > 1 ? BASE64.charAt((group >> 6) & 63) : '=';
    out += left > 2 ? BASE64.charAt(group & 63) : '=';
  }
  return out;
}

/** Of the codes up to 127 their digit, or one with bit 6 for those that are none. Made at first use. */
let base64Digits: Uint8Array | undefined;
const NO_DIGIT = 64;

function digitTable(): Uint8Array {
  const table = new Uint8Array(128).fill(NO_DIGIT);
  for (let i = 0; i < BASE64.length; i++) table[BASE64.charCodeAt(i)] = i;
  return table;
}

/** Strict RFC 4648 4: padding required, no white space, unused bits zero, so each value has one text. Throws SyntaxError. */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) throw new SyntaxError('base64: length is not a multiple of four');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const digits = text.length - padding;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  base64Digits ??= digitTable();
  const table = base64Digits;
  // Kernels are decoded before any compiler has seen this loop, so that a group is done in few steps.
  let at = 0;
  let bad = 0;
  const digitAt = (i: number): number => table[text.charCodeAt(i)] ?? NO_DIGIT;
  const whole = digits - (digits % 4);
  for (let i = 0; i < whole; i += 4) {
    const a = table[text.charCodeAt(i)] ?? NO_DIGIT;
    const b = table[text.charCodeAt(i + 1)] ?? NO_DIGIT;
    const c = table[text.charCodeAt(i + 2)] ?? NO_DIGIT;
    const d = table[text.charCodeAt(i + 3)] ?? NO_DIGIT;
    bad |= a | b | c | d;
    out[at] = (a << 2) | (b >> 4);
    out[at + 1] = (b << 4) | (c >> 2);
    out[at + 2] = (c << 6) | d;
    at += 3;
  }
  if (padding > 0) {
    const [a, b] = [digitAt(whole), digitAt(whole + 1)];
    const c = padding === 1 ? digitAt(whole + 2) : 0;
    bad |= a | b | c;
    out[at] = (a << 2) | (b >> 4);
    if (padding === 1) out[at + 1] = (b << 4) | (c >> 2);
    const unused = padding === 1 ? c & 3 : b & 15;
    if (bad < NO_DIGIT && unused !== 0) throw new SyntaxError('base64: unused bits are not zero');
  }
  if (bad >= NO_DIGIT) throw new SyntaxError(`base64: not a digit at position ${firstBad(text, digits)}`);
  return out;
}

function firstBad(text: string, digits: number): number {
  for (let i = 0; i < digits; i++) if (!BASE64.includes(text.charAt(i))) return i;
  return digits;
}

/** A lone surrogate becomes U+FFFD, as TextEncoder does. */
export function utf8Encode(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let at = 0;
  for (const character of text) {
    let point = character.codePointAt(0) ?? 0xfffd;
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    if (point < 0x80) {
      out[at++] = point;
      continue;
    }
    if (point < 0x800) {
      out[at++] = 0xc0 | (point >> 6);
    } else {
      if (point < 0x10000) {
        out[at++] = 0xe0 | (point >> 12);
      } else {
        out[at++] = 0xf0 | (point >> 18);
        out[at++] = 0x80 | ((point >> 12) & 63);
      }
      out[at++] = 0x80 | ((point >> 6) & 63);
    }
    out[at++] = 0x80 | (point & 63);
  }
  return out.slice(0, at);
}

/** What the second byte must lie within: keeps out overlong forms, surrogates and points above U+10FFFF. */
function secondByteRange(first: number): readonly [number, number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

/** How many bytes at `at` are a well-formed sequence or the longest beginning of one (Unicode 3.9, table 3-7). */
function validPrefix(bytes: Uint8Array, at: number, length: number): number {
  const [low, high] = secondByteRange(bytes[at] ?? 0);
  let good = 1;
  while (good < length) {
    const byte = bytes[at + good];
    if (byte === undefined || byte < (good === 1 ? low : 0x80) || byte > (good === 1 ? high : 0xbf)) break;
    good++;
  }
  return good;
}

function decodeUtf8(bytes: Uint8Array, strict: boolean): string | undefined {
  let out = '';
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const length = sequenceLength(first);
    const good = length === 0 ? 1 : validPrefix(bytes, at, length);
    if (good !== length) {
      if (strict) return undefined;
      out += '\ufffd';
    } else {
      let point = length === 1 ? first : first & (0x7f >> length);
      for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] ?? 0) & 63);
      out += String.fromCodePoint(point);
    }
    at += good;
  }
  return out;
}

/** One U+FFFD for each maximal ill-formed part, as TextDecoder does. A byte order mark is kept. */
export function utf8Decode(bytes: Uint8Array): string {
  return decodeUtf8(bytes, false) ?? '';
}

/** Undefined when the bytes are not well-formed UTF-8. */
export function utf8DecodeStrict(bytes: Uint8Array): string | undefined {
  return decodeUtf8(bytes, true);
}

/** Throws SyntaxError when a character lies outside ASCII. */
export function asciiEncode(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) throw new SyntaxError(`ascii: character outside ASCII at position ${i}`);
    out[i] = code;
  }
  return out;
}

/** Undefined when a byte lies outside ASCII. */
export function asciiDecode(bytes: Uint8Array): string | undefined {
  for (const byte of bytes) if (byte > 0x7f) return undefined;
  return latin1Decode(bytes);
}

export function latin1Decode(bytes: Uint8Array): string {
  let out = '';
  if (bytes.length <= SHORT) {
    for (let i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i] ?? 0);
    return out;
  }
  for (let i = 0; i < bytes.length; i += CHUNK) out += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  return out;
}
