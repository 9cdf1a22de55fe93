/** Builds a message's field tree from what the reader reports, and sees to it that no byte is left out. */
import { toHex } from '../bytes/encoding.ts';
import type { FieldObserver } from '../wire/reader.ts';
import type { TraceField, TraceLeaf } from './document.ts';

const INDEX = /\[\d+\]$/;

interface Group {
  readonly name: string;
  readonly path: string;
  readonly start: number;
  readonly fields: TraceField[];
  /** Where the next field must start. */
  at: number;
}

/** A list reports its items as `name[i]` inside the group `name`: the path says that once. */
function childPath(parent: string, parentName: string, name: string): string {
  return name.startsWith(`${parentName}[`)
    ? parent.slice(0, parent.length - parentName.length) + name
    : `${parent}.${name}`;
}

function numberOf(value: number | bigint | Uint8Array): { readonly value: number | string } | undefined {
  if (typeof value === 'number') return { value };
  if (typeof value === 'bigint')
    return { value: value <= Number.MAX_SAFE_INTEGER ? Number(value) : `${value}` };
  return undefined;
}

/** Says what a leaf's bytes mean, or nothing. */
export type Describe = (name: string, bytes: Uint8Array, value: number | undefined) => string | undefined;

/** Says what the field at a path is for, or nothing. */
export type Explain = (path: string) => string | undefined;

/**
 * An observer for one message. The first group entered is the message itself. `fields` is total: after a failed
 * decoding it returns what was understood.
 */
export class FieldTree implements FieldObserver {
  readonly #bytes: Uint8Array;
  readonly #describe: Describe;
  readonly #explain: Explain;
  readonly #root: Group;
  /** The groups inside the message that are open, outermost first. */
  readonly #open: Group[] = [];
  #begun = false;

  /** `name` heads every path. */
  constructor(bytes: Uint8Array, name: string, describe: Describe, explain: Explain) {
    this.#bytes = bytes;
    this.#describe = describe;
    this.#explain = explain;
    this.#root = { name, path: name, start: 0, fields: [], at: 0 };
  }

  get #top(): Group {
    return this.#open.at(-1) ?? this.#root;
  }

  enter(name: string, start: number): void {
    if (!this.#begun) {
      this.#begun = true;
      return;
    }
    const parent = this.#top;
    this.#fill(parent, start, 'unread');
    this.#open.push({ name, path: childPath(parent.path, parent.name, name), start, fields: [], at: start });
  }

  leave(end: number): void {
    this.#close(end, 'unread');
  }

  field(name: string, start: number, end: number, value: number | bigint | Uint8Array, label?: string): void {
    const group = this.#top;
    this.#fill(group, start, 'unread');
    // Only what lies ahead is new: bytes read twice keep the name they got first.
    if (end <= group.at) return;
    const path = childPath(group.path, group.name, name);
    const bytes = this.#bytes.subarray(group.at, end);
    const text = this.#describe(
      name.replace(INDEX, ''),
      bytes,
      typeof value === 'number' ? value : undefined,
    );
    const note = this.#explain(path);
    group.fields.push({
      name,
      path,
      start: group.at,
      end,
      hex: toHex(bytes),
      ...numberOf(value),
      ...(label === undefined ? {} : { label }),
      ...(text === undefined ? {} : { text }),
      ...(note === undefined ? {} : { note }),
    });
    group.at = end;
  }

  /** The tree; `decoded` false names what was never reached `undecoded`. */
  fields(decoded: boolean): readonly TraceField[] {
    const rest = decoded ? 'unread' : 'undecoded';
    while (this.#open.length > 0) this.#close(this.#top.at, rest);
    this.#fill(this.#root, this.#bytes.length, rest);
    return this.#root.fields;
  }

  #fill(group: Group, upTo: number, name: string): void {
    if (upTo <= group.at) return;
    group.fields.push({
      name,
      path: `${group.path}.${name}`,
      start: group.at,
      end: upTo,
      hex: toHex(this.#bytes.subarray(group.at, upTo)),
    });
    group.at = upTo;
  }

  #close(end: number, rest: string): void {
    const group = this.#open.pop();
    if (group === undefined) return;
    const parent = this.#top;
    this.#fill(group, end, rest);
    const note = this.#explain(group.path);
    parent.fields.push({
      name: group.name,
      path: group.path,
      start: group.start,
      end: group.at,
      ...(note === undefined ? {} : { note }),
      fields: group.fields,
    });
    parent.at = group.at;
  }
}

/** The leaves below `fields`, in order. */
export function leavesOf(fields: readonly TraceField[]): TraceLeaf[] {
  return fields.flatMap((field) => ('fields' in field ? leavesOf(field.fields) : [field]));
}
