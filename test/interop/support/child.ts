/** A child process whose output is read as it comes, with a deadline on every wait, ended by its own process id. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { PassThrough, type Readable, type Writable } from 'node:stream';

const WAIT_MS = 20_000;
const MAX_KEPT = 1_000_000;

export interface ChildOptions {
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** True when the caller reads standard output itself, at its own pace. */
  readonly rawOutput?: boolean;
}

export class Child {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #command: string;
  readonly exited: Promise<number | null>;
  /** Raw output, to be read at the caller's pace. */
  readonly stdout: Readable & Writable = new PassThrough();
  #text = '';
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    this.#command = `${command} ${args.join(' ')}`;
    this.#process = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stdin.on('error', () => undefined);
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => this.#add(text));
    if (options.rawOutput === true) {
      // Not read directly: when the child exits, Node discards what a paused pipe of it still holds.
      this.#process.stdout.pipe(this.stdout);
    } else {
      this.#process.stdout.setEncoding('utf8').on('data', (text: string) => this.#add(text));
    }
    this.exited = new Promise((resolve) => {
      this.#process.on('error', (error) => this.#add(`\n${String(error)}\n`));
      this.#process.on('close', (code) => {
        this.#ended = true;
        this.#wake();
        resolve(code);
      });
    });
  }

  get stdin(): Writable {
    return this.#process.stdin;
  }

  /** All that was printed so far, both streams as they came. */
  get text(): string {
    return this.#text;
  }

  #add(text: string): void {
    this.#text = (this.#text + text).slice(-MAX_KEPT);
    this.#wake();
  }

  /** Waits until `read` finds something in the output after `from`. */
  async waitFor<T>(
    what: string,
    read: (text: string) => T | undefined,
    milliseconds: number = WAIT_MS,
  ): Promise<T> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const found = read(this.#text);
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.#ended) {
        const why = this.#ended ? 'it ended' : `${milliseconds} ms passed`;
        throw new Error(`no ${what} from ${this.#command}: ${why}. It printed:\n${this.#text.slice(-4000)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async exit(milliseconds: number = WAIT_MS): Promise<number | null> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), milliseconds);
    const code = await this.exited;
    clearTimeout(timer);
    return code;
  }

  async stop(): Promise<void> {
    if (!this.#ended) this.#process.kill('SIGKILL');
    await this.exited;
  }
}
