import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KeyLogFile } from '../../src/platform/key-log-file.ts';
import { platformRandom, randomDevice } from '../../src/platform/random-device.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'platform-'));

describe('random device', () => {
  test('fills any length, differently each time', {
    skip: existsSync('/dev/urandom') ? false : 'no /dev/urandom',
  }, () => {
    const random = randomDevice();
    for (const length of [0, 1, 32, 100_000]) {
      const a = new Uint8Array(length);
      const b = new Uint8Array(length);
      random(a);
      random(b);
      if (length >= 32) assert.notDeepEqual(a, b);
      if (length === 100_000) assert.ok(new Set(a).size === 256);
    }
  });
  test('missing, too short, a folder: no_random, and nothing half-filled', () => {
    const place = folder();
    writeFileSync(join(place, 'short'), Buffer.alloc(10, 7));
    for (const path of [join(place, 'missing'), join(place, 'short'), place]) {
      const out = new Uint8Array(32);
      assert.throws(() => randomDevice(path)(out), { code: 'TLS_NO_RANDOM', message: new RegExp(path) });
      assert.deepEqual(out, new Uint8Array(32));
    }
    rmSync(place, { recursive: true });
  });
  test('takes over when globalThis.crypto is gone, and not before', {
    skip: existsSync('/dev/urandom') ? false : 'no /dev/urandom',
  }, () => {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
    try {
      let calls = 0;
      const fake = {
        getRandomValues: (out: Uint8Array) => {
          calls += 1;
          return out.fill(9);
        },
      };
      Object.defineProperty(globalThis, 'crypto', { value: fake, configurable: true });
      const out = new Uint8Array(16);
      platformRandom(out);
      assert.equal(calls, 1);
      assert.deepEqual(out, new Uint8Array(16).fill(9));
      Object.defineProperty(globalThis, 'crypto', {
        configurable: true,
        get: () => {
          throw new Error('no OpenSSL');
        },
      });
      platformRandom(out);
      assert.notDeepEqual(out, new Uint8Array(16).fill(9));
      Object.defineProperty(globalThis, 'crypto', { value: undefined, configurable: true });
      platformRandom(out);
    } finally {
      if (own !== undefined) Object.defineProperty(globalThis, 'crypto', own);
    }
  });
});

describe('key-log file', () => {
  test('appends whole lines, readable by its owner alone', () => {
    const place = folder();
    const path = join(place, 'keys');
    const first = new KeyLogFile(path);
    const second = new KeyLogFile(path);
    first.write('A 1 2');
    second.write('B 3 4');
    first.write('C 5 6');
    first.close();
    first.write('lost');
    first.close();
    second.close();
    assert.equal(readFileSync(path, 'utf8'), 'A 1 2\nB 3 4\nC 5 6\n');
    assert.equal(statSync(path).mode & 0o077, 0);
    rmSync(place, { recursive: true });
  });
  test('a file that cannot be opened is an error at once', () => {
    assert.throws(() => new KeyLogFile(join(folder(), 'no', 'such')), { code: 'ENOENT' });
  });
  test('a write that fails is told once', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, () => {
    const errors: unknown[] = [];
    const file = new KeyLogFile('/dev/full', (error) => errors.push(error));
    file.write('x');
    file.write('y');
    assert.equal(errors.length, 1);
  });
});
