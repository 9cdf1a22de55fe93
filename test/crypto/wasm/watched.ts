/**
 * A kernel that tells what it does: every condition (if, br_if, select, br_table), every address that it loads from or stores
 * to, and every range that it fills or copies. For constant-time.ts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../house/root.ts';

/** What is used of binaryen, which comes with the kernels' compiler. */
interface Module {
  setFeatures(features: number): void;
  runPasses(passes: readonly string[]): void;
  emitText(): string;
  emitBinary(): Uint8Array;
}
interface Binaryen {
  readonly Features: { readonly All: number };
  readBinary(bytes: Uint8Array): Module;
  parseText(text: string): Module;
}
interface Instance {
  readonly exports: Readonly<Record<string, { readonly value: number } & ((...values: number[]) => number)>>;
}
interface WebAssemblyHost {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => Instance;
}

const root = projectRoot(import.meta.url);
const { WebAssembly: host } = globalThis as object as { readonly WebAssembly: WebAssemblyHost };
// The name is no literal, so that a build does not need the compiler to be installed.
const compiler: string = 'binaryen';
const { default: binaryen } = (await import(compiler)) as { readonly default: Binaryen };

type Node = string | Node[];

/** Binaryen's text, every instruction with its operands in parentheses, as a tree. */
function parse(text: string): Node[] {
  const open: Node[][] = [[]];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|;;[^\n]*|\(;.*?;\)|[()]|[^\s()"]+/g)) {
    if (token.startsWith(';;') || token.startsWith('(;')) continue;
    if (token === '(') open.push([]);
    else if (token === ')') {
      const done = open.pop();
      if (done !== undefined) open.at(-1)?.push(done);
    } else open.at(-1)?.push(token);
  }
  return open[0] ?? [];
}

const print = (node: Node): string => (typeof node === 'string' ? node : `(${node.map(print).join(' ')})`);

/** Wraps the condition of every instruction that has one, and names bulk operations as calls. */
class Instrumentation {
  conditions = 0;

  of(node: Node): Node {
    if (typeof node === 'string') return node;
    const copy = node.map((child) => this.of(child));
    const [head] = copy;
    if (head === 'memory.fill') return ['call', '$puretls_fill', ...copy.slice(1)];
    if (head === 'memory.copy') return ['call', '$puretls_copy', ...copy.slice(1)];
    const at =
      head === 'if'
        ? copy.findIndex((child) => Array.isArray(child) && child[0] === 'then') - 1
        : head === 'br_if' || head === 'select' || head === 'br_table'
          ? copy.length - 1
          : -1;
    const condition = copy[at];
    if (at > 0 && condition !== undefined) {
      this.conditions += 1;
      copy[at] = ['call', '$puretls_condition', ['i32.const', String(this.conditions)], condition];
    }
    return copy;
  }
}

const IMPORTS = parse(`
  (import "env" "condition" (func $puretls_condition (param i32 i32) (result i32)))
  (import "env" "range" (func $puretls_range (param i32 i32)))`);
const HELPERS = parse(`
  (func $puretls_fill (param $at i32) (param $value i32) (param $length i32)
    (call $puretls_range (local.get $at) (local.get $length))
    (memory.fill (local.get $at) (local.get $value) (local.get $length)))
  (func $puretls_copy (param $to i32) (param $from i32) (param $length i32)
    (call $puretls_range (local.get $to) (local.get $length))
    (call $puretls_range (local.get $from) (local.get $length))
    (memory.copy (local.get $to) (local.get $from) (local.get $length)))`);

/** An instrumented kernel, and all that it reported since the last call of `take`. */
export class Watched {
  readonly #instance: Instance;
  readonly #memory: Uint8Array;
  readonly conditions: number;
  #count = 0;
  #a = 1;
  #b = 2;

  constructor(kernel: string) {
    const file = readFileSync(join(root, 'src', 'crypto', 'wasm', 'binary', `${kernel}.ts`), 'utf8');
    const module = binaryen.readBinary(Buffer.from(/'([A-Za-z0-9+/=]+)';/.exec(file)?.[1] ?? '', 'base64'));
    module.setFeatures(binaryen.Features.All);
    module.runPasses(['instrument-memory']);
    const instrumentation = new Instrumentation();
    const [tree] = parse(module.emitText()).map((node) => instrumentation.of(node));
    if (!Array.isArray(tree)) throw new Error('no module');
    const firstImport = tree.findIndex((node) => Array.isArray(node) && node[0] === 'import');
    tree.splice(firstImport, 0, ...IMPORTS);
    tree.push(...HELPERS);
    const ready = binaryen.parseText(print(tree));
    ready.setFeatures(binaryen.Features.All);
    this.conditions = instrumentation.conditions;
    const env = new Proxy<Record<string, unknown>>(
      {
        condition: (id: number, value: number) => {
          this.#report(id, value);
          return value;
        },
        range: (at: number, length: number) => this.#report(at, length),
        load_ptr: (id: number, size: number, offset: number, at: number) => {
          this.#report(id * 64 + size, at + offset);
          return at;
        },
        store_ptr: (id: number, size: number, offset: number, at: number) => {
          this.#report(id * 64 + size, at + offset);
          return at;
        },
      },
      // The rest passes values, which are secrets and not looked at.
      { get: (known, name) => known[String(name)] ?? ((_id: number, value: unknown) => value) },
    );
    this.#instance = new host.Instance(new host.Module(ready.emitBinary()), { env });
    const { memory } = this.#instance.exports as object as {
      readonly memory: { readonly buffer: ArrayBuffer };
    };
    this.#memory = new Uint8Array(memory.buffer);
  }

  #report(what: number, value: number): void {
    this.#count += 1;
    this.#a = Math.imul(this.#a ^ what, 0x01000193) + (value | 0);
    this.#b = Math.imul(this.#b + value, 0x85ebca6b) ^ (this.#a >>> 15);
  }

  put(name: string, data: Uint8Array): void {
    this.#memory.set(data, this.at(name));
  }

  get(name: string, length: number): Uint8Array {
    return this.#memory.slice(this.at(name), this.at(name) + length);
  }

  at(name: string): number {
    return this.#instance.exports[name]?.value ?? Number.NaN;
  }

  call(name: string, ...values: number[]): number {
    const found = this.#instance.exports[name];
    if (found === undefined) throw new Error(`no function ${name}`);
    return found(...values);
  }

  take(): { readonly count: number; readonly digest: string } {
    const digest = `${this.#count} reports, ${this.#a >>> 0}, ${this.#b >>> 0}`;
    const count = this.#count;
    this.#count = 0;
    this.#a = 1;
    this.#b = 2;
    return { count, digest };
  }
}
