/** IP address literals to bytes (RFC 4291 2.2, RFC 6943 3.1.1: strict dotted decimal only). */

/** 4 or 16 bytes; undefined when the text is no literal. Brackets and an IPv6 zone are accepted and dropped. */
export function parseIpLiteral(text: string): Uint8Array | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (bare.length > 128) return undefined;
  if (!bare.includes(':')) return text === bare ? parseIpv4(bare) : undefined;
  const zone = bare.indexOf('%');
  return parseIpv6(zone === -1 ? bare : zone === bare.length - 1 ? '' : bare.slice(0, zone));
}

/** Four decimal numbers without leading zeros: octal, hex and short forms are not literals (CVE-2021-28918). */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.', 5);
  if (parts.length !== 4) return undefined;
  const out = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    out[i] = Number(part);
  }
  return out;
}

export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::', 3);
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // `::` stands for at least one group.
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const out = new Uint8Array(16);
  out.set(head, 0);
  out.set(tail, 16 - tail.length);
  return out;
}

/** Colon-separated groups as bytes; the last may be an IPv4 address where the address ends. */
function groups(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':', 9);
  const out: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = atEnd && i === parts.length - 1 ? parseIpv4(part) : undefined;
      if (v4 === undefined) return undefined;
      out.push(...v4);
      continue;
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    const group = Number.parseInt(part, 16);
    out.push(group >> 8, group & 0xff);
  }
  return out;
}

/** Text of 4 or 16 bytes (RFC 5952 for IPv6); anything else as hex. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) words.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  const run = longestZeroRun(words);
  const text = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  if (run.length < 2) return text(words);
  return `${text(words.slice(0, run.start))}::${text(words.slice(run.start + run.length))}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i <= words.length; i++) {
    if (words[i] === 0) continue;
    if (i - start > best.length) best = { start, length: i - start };
    start = i + 1;
  }
  return best;
}
