/** Files the user named. Whatever is wrong with one is a usage error that says which option and which file. */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { KeyLogFile } from '../platform/key-log-file.ts';
import { visible } from '../study/visible.ts';
import { UsageError } from './exit.ts';

/** For private keys and key logs. */
export const OWNER_ONLY = 0o600;
export const WORLD_READABLE = 0o644;

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'is a directory'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['EEXIST', 'exists already; pass --force to overwrite it'],
  ['ENOSPC', 'no space left on the device'],
]);

function because(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASONS.get(code) ?? error.message;
}

/** `option` is how the file was named, e.g. `--ca`. Throws UsageError. */
export function readFile(option: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${because(error)}`, error);
  }
}

export function readTextFile(option: string, path: string): string {
  return Buffer.from(readFile(option, path)).toString('latin1');
}

/** Runs what judges a file's content, and names the file in whatever it throws. */
export function judged<T>(option: string, path: string, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${option} ${path}: ${visible(message)}`, error);
  }
}

/** Refuses to overwrite unless `force`; the mode is set before the content is there. Throws UsageError. */
export function writeFile(
  option: string,
  path: string,
  content: string | Uint8Array,
  mode: number,
  force: boolean,
): void {
  try {
    const file = openSync(path, force ? 'w' : 'wx', mode);
    try {
      if (force) fchmodSync(file, mode);
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${because(error)}`, error);
  }
}

/** The file that a path leads to, and the folder it must be replaced in. Throws UsageError. */
function replaceable(option: string, path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return path;
    if (!found.isFile()) throw new UsageError(found.isDirectory() ? 'is a directory' : 'is no regular file');
    return realpathSync(path);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${because(error)}`, error);
  }
}

/** Throws UsageError where {@link replaceFile} would. */
export function checkReplaceable(option: string, path: string): void {
  const target = replaceable(option, path);
  try {
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${because(error)}`, error);
  }
}

let replacements = 0;

/** Whoever reads the file sees the old content or the new one, never a part. Throws UsageError. */
export function replaceFile(option: string, path: string, content: string, mode: number): void {
  const target = replaceable(option, path);
  const draft = `${target}.${process.pid}-${replacements++}.tmp`;
  writeFile(option, draft, content, mode, false);
  try {
    const file = openSync(draft, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw new UsageError(`${option} ${path}: ${because(error)}`, error);
  }
}

/** Opens a key log; a line that cannot be written later ends the log, not the connection. Throws UsageError. */
export function openKeyLog(option: string, path: string): (line: string) => void {
  try {
    const file = new KeyLogFile(path);
    return (line) => file.write(line);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${because(error)}`, error);
  }
}
