/** Key-log lines into a file that other programs (Wireshark) read: whoever has it can read the traffic. */
import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * Appends lines to `path`, readable by its owner alone when it is made here. Each line is written at once and with one
 * call, so that several connections and processes may share a file.
 *
 * Throws the file system's error when the file cannot be opened; a later failure to write is passed to `onError`, once.
 */
export class KeyLogFile {
  readonly path: string;
  readonly #onError: (error: unknown) => void;
  #descriptor: number | undefined;

  constructor(path: string, onError: (error: unknown) => void = () => {}) {
    this.path = path;
    this.#onError = onError;
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  /** `line` without its end. */
  write(line: string): void {
    if (this.#descriptor === undefined) return;
    try {
      writeSync(this.#descriptor, `${line}\n`);
    } catch (error) {
      this.close();
      this.#onError(error);
    }
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
