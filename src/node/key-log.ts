/** The `keylog` option: a file, or a function. */
import { KeyLogFile } from '../platform/key-log-file.ts';
import { invalidType } from './node-error.ts';

/** Takes lines without their end. */
export type KeyLogSink = (line: string) => void;

const files = new Map<string, KeyLogFile>();

function fileSink(path: string): KeyLogSink {
  let file = files.get(path);
  if (file === undefined) {
    file = new KeyLogFile(path, (error) => {
      files.delete(path);
      process.emitWarning(`Failed to write TLS keylog to ${path}: ${String(error)}`);
    });
    files.set(path, file);
  }
  const open = file;
  return (line) => open.write(line);
}

/** Throws the file system's error when a file cannot be opened. */
export function keyLogSink(value: unknown): KeyLogSink | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return fileSink(value);
  if (typeof value !== 'function') throw invalidType('options.keylog', 'a file name or a function', value);
  return (line) => {
    value(Buffer.from(`${line}\n`));
  };
}
