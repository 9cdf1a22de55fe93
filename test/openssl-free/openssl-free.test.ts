/** No OpenSSL on any default path: neither through Node's modules nor through globalThis.crypto. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../house/root.ts';

const TIMEOUT_MS = 60_000;
const compiled = join(projectRoot(import.meta.url), 'dist', 'test', 'openssl-free');
const skip = !existsSync(join(compiled, 'preload.js')) && 'not built';

interface Result {
  readonly code: number | null;
  readonly output: string;
}

function run(program: string, webCrypto: string, preload = true): Promise<Result> {
  return new Promise((resolve, reject) => {
    const hooks = preload ? ['--import', pathToFileURL(join(compiled, 'preload.js')).href] : [];
    const child = spawn(process.execPath, [...hooks, join(compiled, program)], {
      env: { ...process.env, PURETLS_WEBCRYPTO: webCrypto, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('the ban holds', { skip }, () => {
  test('every way of asking for OpenSSL is refused', async () => {
    const { code, output } = await run('probe.js', 'removed');
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /got through|Error/);
    assert.match(output, /probe done/);
  });

  test('without it every way but one would get through: the probe can fail', async () => {
    const { output } = await run('probe.js', 'kept', false);
    assert.ok((output.match(/got through/g) ?? []).length >= 7, output);
  });
});

const FATES = [
  ['removed', 'globalThis.crypto removed before the first import'],
  ['throws', 'globalThis.crypto throws when read'],
  ['kept', 'globalThis.crypto removed after the first import'],
] as const;

for (const [fate, title] of FATES) {
  test(`a client and a server over a socket: ${title}`, { skip }, async () => {
    const { code, output } = await run('round-trip.js', fate);
    assert.equal(code, 0, output);
    assert.match(output, /round trip done/);
  });

  test(`the demo: ${title}`, { skip }, async () => {
    const { code, output } = await run('demo.js', fate);
    assert.equal(code, 0, output);
    assert.match(output, /TLSv1\.3/);
  });
}
