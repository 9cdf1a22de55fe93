/** ASN.1 string types as certificates use them (RFC 5280 4.1.2.4). */
import { asciiDecode, latin1Decode, utf8DecodeStrict } from '../bytes/encoding.ts';
import { Tag } from './der.ts';

/**
 * The text of a string element; undefined when the bytes are not of that type or the type is no string.
 * PrintableString admits all printable ASCII: real CAs put `@`, `*`, `&` and `_` there, and nothing reads meaning
 * into the difference. TeletexString is read as Latin-1, as everyone does.
 */
export function decodeString(tag: number, content: Uint8Array): string | undefined {
  switch (tag) {
    case Tag.utf8String:
      return utf8DecodeStrict(content);
    case Tag.printableString:
    case Tag.visibleString:
      return isPrintable(content) ? asciiDecode(content) : undefined;
    case Tag.numericString:
      return isNumeric(content) ? asciiDecode(content) : undefined;
    case Tag.ia5String:
      return asciiDecode(content);
    case Tag.teletexString:
      return latin1Decode(content);
    case Tag.bmpString:
      return decodeUtf16(content);
    case Tag.universalString:
      return decodeUtf32(content);
    default:
      return undefined;
  }
}

function isPrintable(content: Uint8Array): boolean {
  for (const byte of content) if (byte < 0x20 || byte > 0x7e) return false;
  return true;
}

function isNumeric(content: Uint8Array): boolean {
  for (const byte of content) if (byte !== 0x20 && (byte < 0x30 || byte > 0x39)) return false;
  return true;
}

/** BMPString has no surrogates (ISO 10646 UCS-2). */
function decodeUtf16(content: Uint8Array): string | undefined {
  if (content.length % 2 !== 0) return undefined;
  let text = '';
  for (let i = 0; i < content.length; i += 2) {
    const unit = ((content[i] ?? 0) << 8) | (content[i + 1] ?? 0);
    if (unit >= 0xd800 && unit <= 0xdfff) return undefined;
    text += String.fromCharCode(unit);
  }
  return text;
}

function decodeUtf32(content: Uint8Array): string | undefined {
  if (content.length % 4 !== 0) return undefined;
  let text = '';
  for (let i = 0; i < content.length; i += 4) {
    const high = ((content[i] ?? 0) << 8) | (content[i + 1] ?? 0);
    const point = high * 0x10000 + (((content[i + 2] ?? 0) << 8) | (content[i + 3] ?? 0));
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
