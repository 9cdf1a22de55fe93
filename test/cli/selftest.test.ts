import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inProcess } from './support.ts';

describe('selftest', () => {
  it('passes here, and says what runs', async () => {
    const { code, stdout } = await inProcess(['selftest']);
    const text = stdout.toString();
    assert.equal(code, 0);
    assert.match(text, /^puretls \d+\.\d+\.\d+, Node /);
    assert.match(
      text,
      /\nprovider +wasm\nkernel +AES-GCM running\nkernel +ChaCha20-Poly1305 running\nkernel +X25519 running\nkernel +P-256 running\n/,
    );
    assert.match(text, /\nrandom +globalThis\.crypto\nblinding +on\n/);
    assert.match(text, / {2}ok {5}AES-128-GCM\n/);
    assert.match(text, /AES-128-GCM, records of 16 KiB +\d+ MB\/s/);
    assert.ok(!text.includes('FAILED'));
  });

  it('tests the provider that is asked for', async () => {
    const { code, stdout } = await inProcess(['selftest', '--provider', 'noble', '--no-speed']);
    assert.equal(code, 0);
    assert.match(stdout.toString(), /\nprovider +noble\nrandom /);
    assert.equal((await inProcess(['selftest', '--provider', 'openssl'])).code, 1);
  });

  it('as JSON, without the measurements', async () => {
    const { code, stdout } = await inProcess(['selftest', '--json', '--no-speed']);
    assert.equal(code, 0);
    const report = JSON.parse(stdout.toString()) as {
      tests: { ok: boolean }[];
      speed: unknown[];
      random: object;
    };
    assert.ok(report.tests.length >= 20);
    assert.ok(report.tests.every((test) => test.ok));
    assert.deepEqual(report.speed, []);
    assert.deepEqual(report.random, { available: true, source: 'globalThis.crypto' });
  });
});
