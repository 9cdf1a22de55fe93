import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../../src/x509.ts';

const fromSource = import.meta.url.endsWith('.ts');
const LOADER = fromSource ? ['--import', 'tsx'] : [];
const folder = mkdtempSync(join(tmpdir(), 'puretls-examples-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const authority = createAuthority({
  random: (out) => globalThis.crypto.getRandomValues(out),
  now: Date.now(),
});
const issued = authority.issue({ names: ['localhost'] });
const written = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const ca = written('ca.pem', authority.certificatePem);
const cert = written('cert.pem', issued.chainPem);
const key = written('key.pem', issued.keyPem);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Example {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  until(pattern: RegExp): Promise<RegExpMatchArray>;
}

function example(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Example {
  const file = fileURLToPath(new URL(`../../examples/${name}.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const child = spawn(process.execPath, [...LOADER, file, ...args], {
    env: { PATH: process.env['PATH'], SSL_CERT_FILE: '/nonexistent', ...env },
  });
  children.add(child);
  let stdout = '';
  let stderr = '';
  const looks = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const look of looks) look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const until = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = stdout.match(pattern);
        if (match !== null) resolve(match);
      };
      looks.add(look);
      look();
      ended.then(() => reject(new Error(`ended before ${pattern}: ${stdout}${stderr}`)));
    });
  return { child, ended, until };
}

/** OpenSSL's server, with a page. */
async function page(): Promise<{ readonly port: number; close(): void }> {
  const server = tls.createServer({ cert: issued.chainPem, key: issued.keyPem }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello'),
    );
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => server.close(),
  };
}

describe('the demo', {
  skip: fromSource && 'only the build: the loader of sources loads node:crypto itself',
}, () => {
  it('makes its own world, and all of it holds', async () => {
    const { code, stdout, stderr } = await example('demo').ended;
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /version +TLSv1\.3/);
    assert.match(stdout, /chain +CN=demo\.puretls\.test ← CN=puretls demo CA {2}verified/);
    assert.match(stdout, /answer +200 "Hello from TypeScript/);
    assert.match(stdout, /bank\.example +refused ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.match(stdout, /All of it held\. node:crypto, node:tls and node:https were never loaded\./);
    assert.ok(!stdout.includes('\u001b'), 'no colour in a pipe');
    assert.equal(stderr, '');
  });

  it('meets a real host', async () => {
    const server = await page();
    const { code, stdout, stderr } = await example('demo', [`localhost:${server.port}`], {
      SSL_CERT_FILE: ca,
    }).ended;
    server.close();
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /answer +200, 5 characters/);
  });

  it('is off where the host is not trusted', async () => {
    const server = await page();
    const { code, stderr } = await example('demo', [`localhost:${server.port}`]).ended;
    server.close();
    assert.equal(code, 1);
    assert.match(stderr, /Something is off: .*\[UNABLE_TO_/);
  });

  it('is off where nothing answers', async () => {
    const free = await new Promise<number>((resolve) => {
      const server = createServer().listen(0, 'localhost', () => {
        const address = server.address();
        server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 1));
      });
    });
    const { code, stderr } = await example('demo', [`localhost:${free}`]).ended;
    assert.equal(code, 1);
    assert.match(stderr, /ECONNREFUSED/);
  });

  it('is off for what is no host', async () => {
    assert.equal((await example('demo', ['a:b:c']).ended).code, 1);
  });
});

describe('the short examples', () => {
  it('a server and a client in ten lines', async () => {
    const server = example('server', [cert, key, '0']);
    const [, port = ''] = await server.until(/port: (\d+)/);
    const { code, stdout, stderr } = await example('client', [ca, port]).ended;
    server.child.kill();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^verified TLSv1\.3\n/);
    assert.match(stdout, /Welcome! We speak TLSv1\.3 with TLS_/);
    assert.match(stdout, /Hello, server\n$/);
  });

  it('the engine in memory', async () => {
    const { code, stdout } = await example('engine-in-memory').ended;
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^server received: Hello, engine\nclient received: Hello, bytes\nTLSv1\.3 .* verified\n$/,
    );
  });

  it('a trace', async () => {
    const { code, stdout } = await example('trace').ended;
    assert.equal(code, 0);
    assert.match(stdout, /ServerHello\.cipher_suite +1303 +TLS_CHACHA20_POLY1305_SHA256\n/);
    assert.match(stdout, /SERVER_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]{64}\n/);
  });
});
