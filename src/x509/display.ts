/** Text from the wire, made safe to show: nothing may drive a terminal or reorder what the reader sees. */

const MAX_SHOWN = 300;

/** C0, DEL and C1 controls, line and paragraph separators, and the marks that change the direction of text. */
export function isUnprintable(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  if (code === 0x61c || code === 0x200e || code === 0x200f || code === 0xfeff) return true;
  return (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/** The text with such characters as `\u{85}` and cut to a bearable length. */
export function printable(text: string, maximum: number = MAX_SHOWN): string {
  let out = '';
  for (const char of text.length > maximum ? `${text.slice(0, maximum)}…` : text) {
    const code = char.codePointAt(0) ?? 0;
    out += isUnprintable(code) ? `\\u{${code.toString(16)}}` : char;
  }
  return out;
}
