/** PEM (RFC 7468), with the RFC 1421 headers that encrypted private keys of old still carry. */
import { fromBase64, toBase64 } from './encoding.ts';

export interface PemBlock {
  /** The words between `BEGIN ` and the dashes, e.g. `CERTIFICATE`. */
  readonly label: string;
  /** RFC 1421 headers such as `Proc-Type` and `DEK-Info`; empty for modern files. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array;
}

const LINE_LENGTH = 64;

function boundary(line: string, word: 'BEGIN' | 'END'): string | undefined {
  const prefix = `-----${word} `;
  if (!line.startsWith(prefix) || !line.endsWith('-----') || line.length < prefix.length + 5)
    return undefined;
  return line.slice(prefix.length, -5);
}

function readHeaders(
  lines: readonly string[],
  label: string,
): { headers: Map<string, string>; body: readonly string[] } {
  const headers = new Map<string, string>();
  if (!lines[0]?.includes(':')) return { headers, body: lines };
  let last: string | undefined;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') return { headers, body: lines.slice(index + 1) };
    if (last !== undefined && /^[ \t]/.test(line)) {
      headers.set(last, `${headers.get(last) ?? ''}${line.trim()}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) throw new SyntaxError(`PEM ${label}: malformed header`);
    last = line.slice(0, colon).trim();
    if (headers.has(last)) throw new SyntaxError(`PEM ${label}: header ${last} stands twice`);
    headers.set(last, line.slice(colon + 1).trim());
  }
  throw new SyntaxError(`PEM ${label}: headers without an empty line after them`);
}

function readBlock(label: string, lines: readonly string[]): PemBlock {
  const { headers, body } = readHeaders(lines, label);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(body.map((line) => line.replaceAll(/[ \t]/g, '')).join(''));
  } catch (cause) {
    throw new SyntaxError(`PEM ${label}: the body is not base64`, { cause });
  }
  if (bytes.length === 0) throw new SyntaxError(`PEM ${label}: the body is empty`);
  return { label, headers, bytes };
}

/**
 * Every block of `text`, in order; text outside blocks is ignored, as RFC 7468 2 asks.
 * Throws SyntaxError on a block without its end, with another end, within another, or with a body that is not base64.
 */
export function decodePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  let label: string | undefined;
  let lines: string[] = [];
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trimEnd();
    const begin = boundary(line, 'BEGIN');
    const end = boundary(line, 'END');
    if (begin !== undefined) {
      if (label !== undefined) throw new SyntaxError(`PEM ${label}: another block begins before its end`);
      label = begin;
      lines = [];
    } else if (end !== undefined && label !== undefined) {
      if (end !== label) throw new SyntaxError(`PEM ${label}: ends as ${end}`);
      blocks.push(readBlock(label, lines));
      label = undefined;
    } else if (label !== undefined) {
      lines.push(line);
    }
  }
  if (label !== undefined) throw new SyntaxError(`PEM ${label}: the end is missing`);
  return blocks;
}

/** One block with lines of 64 characters and a newline at the end (RFC 7468 2). */
export function encodePem(label: string, bytes: Uint8Array): string {
  const body = toBase64(bytes);
  let out = `-----BEGIN ${label}-----\n`;
  for (let i = 0; i < body.length; i += LINE_LENGTH) out += `${body.slice(i, i + LINE_LENGTH)}\n`;
  return `${out}-----END ${label}-----\n`;
}
