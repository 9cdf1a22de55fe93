/** Runs the command, in this process or as one of its own, and makes what it needs: files, servers, certificates. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { run } from '../../src/cli/program.ts';
import { createAuthority } from '../../src/x509.ts';

export interface Result {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Compiled, dist/src/cli/main.js; from source, main.ts under the loader that runs the tests themselves. */
const fromSource = import.meta.url.endsWith('.ts');
const MAIN = fileURLToPath(new URL(`../../src/cli/main.${fromSource ? 'ts' : 'js'}`, import.meta.url));
const LOADER = fromSource ? ['--import', 'tsx'] : [];

const CLEAN_ENV: NodeJS.ProcessEnv = { PATH: process.env['PATH'], SSL_CERT_FILE: '/nonexistent/roots.pem' };

export interface Started {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly done: Promise<Result>;
  /** Resolves when stderr has shown a match. */
  until(pattern: RegExp): Promise<RegExpMatchArray>;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** False leaves stdout unread, as a slow reader does. */
  readonly readStdout?: boolean;
}

const PATIENCE_MS = 15_000;

/** The command as a process. */
export function start(args: readonly string[], options: StartOptions = {}): Started {
  const child = spawn(process.execPath, [...LOADER, MAIN, ...args], {
    env: { ...CLEAN_ENV, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const chunks: Buffer[] = [];
  let stderr = '';
  const waiting = new Set<() => void>();
  if (options.readStdout !== false) child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => {});
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    for (const look of waiting) look();
  });
  const done = new Promise<Result>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr }));
  });
  const until = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = stderr.match(pattern);
        if (match === null) return;
        waiting.delete(look);
        resolve(match);
      };
      waiting.add(look);
      look();
      setTimeout(
        () => reject(new Error(`no ${pattern} in ${PATIENCE_MS} ms: ${stderr}`)),
        PATIENCE_MS,
      ).unref();
      done.then(({ code }) => reject(new Error(`ended with ${code} before ${pattern}: ${stderr}`)));
    });
  return { child, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, done, until };
}

/** The command as a process, fed `input`, to its end. */
export function puretls(
  args: readonly string[],
  input: string | Uint8Array = '',
  options: StartOptions = {},
): Promise<Result> {
  const { stdin, done } = start(args, options);
  stdin.end(input);
  return done;
}

/** The command in this process: fast, for what needs no process of its own. */
export async function inProcess(
  args: readonly string[],
  input: string | Uint8Array = '',
  env: NodeJS.ProcessEnv = {},
): Promise<Result> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const sink = (into: Buffer[]): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        into.push(chunk);
        done();
      },
    });
  const stdin = new PassThrough();
  stdin.end(input);
  const io = { stdin, stdout: sink(out), stderr: sink(err), env: { ...CLEAN_ENV, ...env } };
  const code = await run(args, io);
  return { code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
}

/** A folder of its own, removed at the end of the tests. */
export class Workspace {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'puretls-cli-'));

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = this.path(name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Pki {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly otherCa: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

const random = (out: Uint8Array): void => {
  globalThis.crypto.getRandomValues(out);
};

/** A CA, a server certificate for `localhost` and 127.0.0.1, a client certificate, and a CA that issued neither. */
export function makePki(workspace: Workspace): Pki {
  const options = { random, now: Date.now() };
  const authority = createAuthority(options);
  const server = authority.issue({ names: ['localhost', '127.0.0.1'], extKeyUsage: ['serverAuth'] });
  const client = authority.issue({ subject: 'CN=a client', extKeyUsage: ['clientAuth'] });
  const other = createAuthority({ ...options, subject: 'CN=another CA' });
  return {
    ca: workspace.write('ca.pem', authority.certificatePem),
    cert: workspace.write('server.pem', server.chainPem),
    key: workspace.write('server.key', server.keyPem),
    clientCert: workspace.write('client.pem', client.chainPem),
    clientKey: workspace.write('client.key', client.keyPem),
    otherCa: workspace.write('other.pem', other.certificatePem),
    certPem: server.chainPem,
    keyPem: server.keyPem,
    caPem: authority.certificatePem,
  };
}
