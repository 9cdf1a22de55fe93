/** Turns node:test's events of one file into counts of leaf tests: parents and suites only group. */
import { inspect } from 'node:util';

export interface TestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly nesting?: number;
    readonly file?: string;
    readonly message?: string;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly details?: {
      readonly type?: string;
      readonly passed?: boolean;
      readonly duration_ms?: number;
      readonly error?: Error & { readonly failureType?: string };
    };
  };
}

interface Skip {
  readonly name: string;
  readonly reason: string;
}

interface Failure {
  readonly name: string;
  readonly detail: string;
}

/** A test that groups no others, by its name and those of the groups around it, outermost first. */
export interface Leaf {
  readonly path: readonly string[];
  /** Why it was skipped; undefined when it passed. */
  readonly skipped: string | undefined;
}

const MAX_OUTPUT = 20_000;

export class FileTally {
  readonly name: string;
  passed = 0;
  readonly failures: Failure[] = [];
  readonly skips: Skip[] = [];
  readonly #leaves: { path: string[]; nesting: number; skipped: string | undefined }[] = [];
  #output = '';
  #ownError: string | undefined;
  #milliseconds = 0;
  /** Per nesting level: whether a deeper test has been reported since the last one at this level. */
  #hasChildren: boolean[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Those that did not fail, in the order in which they ended. */
  get leaves(): readonly Leaf[] {
    return this.#leaves;
  }

  fail(name: string, detail: string): void {
    this.failures.push({ name, detail });
  }

  line(): string {
    const verdict = this.failures.length > 0 ? 'FAIL' : 'ok  ';
    const skipped = this.skips.length > 0 ? `, ${this.skips.length} skipped` : '';
    const seconds = (this.#milliseconds / 1000).toFixed(1).padStart(6);
    return `${verdict} ${seconds} s  ${this.name}: ${this.passed} passed${skipped}`;
  }

  add(event: TestEvent, file: string): void {
    const { type, data } = event;
    if (type === 'test:stderr' || type === 'test:stdout') {
      this.#output = (this.#output + (data.message ?? '')).slice(-MAX_OUTPUT);
      return;
    }
    // Passes and failures are told once more, in the order of the source; one telling is enough.
    if (type !== 'test:complete') return;
    if (data.name === file) this.#addFile(event);
    else this.#addTest(event);
  }

  /** The file's own event counts only when the process itself failed: a throw at load, a timeout, a bad exit. */
  #addFile({ data: { details } }: TestEvent): void {
    this.#milliseconds = details?.duration_ms ?? 0;
    if (details?.passed !== false || details.error?.failureType === 'subtestsFailed') return;
    this.#ownError = describeError(details.error);
  }

  /** After the last event, when what the file printed has come too. */
  close(): void {
    if (this.#ownError !== undefined) this.fail('the file itself', `${this.#ownError}\n${this.#output}`);
    else if (this.passed + this.failures.length + this.skips.length === 0)
      this.fail('the file itself', 'ran no test');
  }

  #addTest(event: TestEvent): void {
    const { data } = event;
    const nesting = data.nesting ?? 0;
    const name = data.name ?? '(no name)';
    const isParent = this.#hasChildren[nesting] === true;
    this.#hasChildren[nesting] = false;
    if (nesting > 0) this.#hasChildren[nesting - 1] = true;
    if (isParent) this.#group(name, nesting);

    if (data.skip !== undefined && data.skip !== false) {
      const reason = data.skip === true ? 'no reason given' : data.skip;
      this.skips.push({ name, reason });
      this.#leaves.push({ path: [name], nesting, skipped: reason });
      return;
    }
    if (data.todo !== undefined && data.todo !== false) {
      this.skips.push({ name, reason: `to do: ${data.todo === true ? 'no reason given' : data.todo}` });
      return;
    }
    if (data.details?.passed !== false) {
      if (isParent || data.details?.type === 'suite') return;
      this.passed += 1;
      this.#leaves.push({ path: [name], nesting, skipped: undefined });
      return;
    }
    if (data.details?.error?.failureType === 'subtestsFailed') return;
    this.fail(name, describeError(data.details?.error));
  }

  /** A group is told after what is in it. */
  #group(name: string, nesting: number): void {
    for (const leaf of this.#leaves) {
      if (leaf.nesting <= nesting) continue;
      leaf.path.unshift(name);
      leaf.nesting = nesting;
    }
  }
}

function describeError(error: Error | undefined): string {
  if (error === undefined) return 'no error given';
  const cause = error.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}
