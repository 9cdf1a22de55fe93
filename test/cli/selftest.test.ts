import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inProcess } from './support.ts';

describe('selftest', () => {
  it('passes here, and says what runs', async () => {
    const { code, stdout } = await inProcess(['selftest']);
    const text = stdout.toString();
    assert.equal(code, 0);
    assert.match(text, /^puretls \d+\.\d+\.\d+, Node /);
    assert.match(text, /\nprovider +\S+\nrandom +globalThis\.crypto\nblinding +on\n/);
    assert.match(text, / {2}ok {5}AES-128-GCM\n/);
    assert.match(text, /AES-128-GCM, records of 16 KiB +\d+ MB\/s/);
    assert.ok(!text.includes('FAILED'));
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
