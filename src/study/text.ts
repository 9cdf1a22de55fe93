/**
 * A trace as text: the bytes in a column on the left, the field they belong to on the right, indented by nesting.
 *
 *     0000  01                       msg_type  client_hello (1)
 *     0001  00 00 f4                 length  244
 *     0004  03 03                    legacy_version  TLS12 (0x0303)  # Always TLS 1.2; ...
 */
import type { MessageEntry, TraceDocument, TraceEntry, TraceField, TraceLeaf } from './document.ts';

/** What a piece of text is, for whoever colours it. */
export type TraceStyle =
  | 'heading'
  | 'offset'
  | 'bytes'
  | 'name'
  | 'value'
  | 'note'
  | 'secret'
  | 'error'
  | 'aside';

export interface RenderTextOptions {
  /** Wraps a piece in colour; default: leaves it alone. Pieces never contain line ends. */
  readonly paint?: (style: TraceStyle, text: string) => string;
  /** Bytes shown of a leaf before the rest is only counted; default: all of them. */
  readonly maxLeafBytes?: number;
  /** Explanations of messages and fields; default true. */
  readonly notes?: boolean;
  /** Records and states between the messages; default true. */
  readonly asides?: boolean;
}

/** Bytes beside a field's name. */
const NARROW = 8;
/** Bytes in the rows below it, where no name stands to the right. */
const WIDE = 24;
const INDENT = '  ';
const RULE_WIDTH = 78;

interface Pen {
  readonly paint: (style: TraceStyle, text: string) => string;
  readonly maxLeafBytes: number;
  readonly notes: boolean;
  readonly asides: boolean;
  readonly lines: string[];
}

const spaced = (hex: string): string => hex.replace(/../g, '$& ').trimEnd();
const offset = (at: number): string => at.toString(16).padStart(4, '0');

function leafValue(leaf: TraceLeaf): string {
  if (leaf.label !== undefined) {
    // Names of unregistered values hold the number already.
    const code = leaf.end - leaf.start === 2 ? `0x${leaf.hex}` : String(leaf.value);
    return leaf.label.includes('(') ? leaf.label : `${leaf.label} (${code})`;
  }
  if (leaf.value === undefined) return leaf.text ?? byteCount(leaf.end - leaf.start);
  return leaf.text === undefined ? String(leaf.value) : `${leaf.value}  ${leaf.text}`;
}

export function byteCount(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** Inside a group its name need not be said again: `name_length` is `length`, `name[3]` is `[3]`. */
function shortName(name: string, group: string): string {
  if (name === `${group}_length`) return 'length';
  return name.startsWith(`${group}[`) ? name.slice(group.length) : name;
}

function noteOf(pen: Pen, field: TraceField): string {
  return pen.notes && field.note !== undefined ? `  ${pen.paint('note', `# ${field.note}`)}` : '';
}

function writeLeaf(pen: Pen, leaf: TraceLeaf, name: string): void {
  const length = leaf.end - leaf.start;
  const shown = Math.min(length, Math.max(NARROW, pen.maxLeafBytes));
  const first = Math.min(NARROW, shown);
  const column = spaced(leaf.hex.slice(0, 2 * first)).padEnd(3 * NARROW - 1);
  const left = `  ${pen.paint('offset', offset(leaf.start))}  ${pen.paint('bytes', column)}`;
  const value = pen.paint('value', leafValue(leaf));
  pen.lines.push(`${left}  ${pen.paint('name', name)}  ${value}${noteOf(pen, leaf)}`);
  for (let at = first; at < shown; at += WIDE) {
    const row = leaf.hex.slice(2 * at, 2 * Math.min(at + WIDE, shown));
    pen.lines.push(`  ${pen.paint('offset', offset(leaf.start + at))}  ${pen.paint('bytes', spaced(row))}`);
  }
  if (shown < length) {
    pen.lines.push(`        ${pen.paint('aside', `... ${byteCount(length - shown)} more`)}`);
  }
}

function writeField(pen: Pen, field: TraceField, group: string, depth: number): void {
  const name = INDENT.repeat(depth) + shortName(field.name, group);
  if (!('fields' in field)) {
    writeLeaf(pen, field, name);
    return;
  }
  pen.lines.push(`${' '.repeat(8 + 3 * NARROW + 1)}${pen.paint('name', name)}${noteOf(pen, field)}`);
  for (const child of field.fields) writeField(pen, child, field.name, depth + 1);
}

function writeMessage(pen: Pen, entry: MessageEntry): void {
  const title = `${entry.message}  ${entry.direction}, ${entry.protection}, ${byteCount(entry.length)}`;
  pen.lines.push('', pen.paint('heading', `── ${title} `.padEnd(RULE_WIDTH, '─')));
  if (pen.notes && entry.note !== undefined) pen.lines.push(`  ${pen.paint('note', entry.note)}`);
  for (const field of entry.fields) writeField(pen, field, entry.message, 0);
  if (entry.error !== undefined) {
    pen.lines.push(`  ${pen.paint('error', `not decoded: ${entry.error.message} [${entry.error.code}]`)}`);
  }
}

function writeEntry(pen: Pen, entry: TraceEntry): void {
  switch (entry.kind) {
    case 'message':
      writeMessage(pen, entry);
      return;
    case 'secret':
      pen.lines.push(`  ${pen.paint('secret', `secret ${entry.label}`)}  ${pen.paint('bytes', entry.hex)}`);
      if (pen.notes && entry.note !== undefined) pen.lines.push(`         ${pen.paint('note', entry.note)}`);
      return;
    case 'transcript':
      pen.lines.push(`  ${pen.paint('aside', `transcript hash  ${entry.hex}`)}`);
      return;
    case 'alert':
      pen.lines.push(
        '',
        pen.paint('heading', `── alert ${entry.description} (${entry.level})  ${entry.direction}`),
      );
      return;
    case 'change_cipher_spec': {
      const note = pen.notes && entry.note !== undefined ? `: ${entry.note}` : '';
      pen.lines.push(`  ${pen.paint('aside', `change_cipher_spec ${entry.direction}${note}`)}`);
      return;
    }
    case 'record':
      if (!pen.asides) return;
      pen.lines.push(
        `  ${pen.paint('aside', `record ${entry.direction}: ${entry.type}, ${byteCount(entry.length)}, ${entry.protection}`)}`,
      );
      return;
    case 'state':
      if (pen.asides) pen.lines.push(`  ${pen.paint('aside', `state ${entry.name}`)}`);
      return;
    default:
      entry satisfies never;
  }
}

/** Ends with a line end. Deterministic given the document and the options. */
export function renderTraceText(document: TraceDocument, options: RenderTextOptions = {}): string {
  const pen: Pen = {
    paint: options.paint ?? ((_style, text) => text),
    maxLeafBytes: options.maxLeafBytes ?? Number.POSITIVE_INFINITY,
    notes: options.notes ?? true,
    asides: options.asides ?? true,
    lines: [],
  };
  for (const entry of document.entries) writeEntry(pen, entry);
  if (document.dropped > 0)
    pen.lines.push('', pen.paint('aside', `${document.dropped} further entries were not kept`));
  return `${pen.lines.join('\n').replace(/^\n/, '')}\n`;
}
