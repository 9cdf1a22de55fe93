import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { hasSystemRandom, randomBytes, systemRandom } from '../../src/crypto/random.ts';
import { TLSError } from '../../src/wire/error.ts';
import { projectRoot } from '../house/root.ts';

/** Runs `body` with another `globalThis.crypto`. */
function withCrypto(descriptor: PropertyDescriptor, body: () => void): void {
  const original = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { configurable: true, ...descriptor });
  try {
    body();
  } finally {
    if (original === undefined) Reflect.deleteProperty(globalThis, 'crypto');
    else Object.defineProperty(globalThis, 'crypto', original);
  }
}

const noRandom = (error: unknown): boolean => error instanceof TLSError && error.reason === 'no_random';

test('fills a buffer, and not with the same bytes twice', () => {
  const random = systemRandom();
  assert.notDeepEqual(randomBytes(random, 32), randomBytes(random, 32));
  assert.ok(randomBytes(random, 1000).some((byte) => byte !== 0));
  assert.equal(randomBytes(random, 0).length, 0);
});

test('asks for at most 65536 bytes at a time', () => {
  const asked: number[] = [];
  const fake = {
    getRandomValues: (out: Uint8Array) => {
      asked.push(out.length);
      return out.fill(1);
    },
  };
  withCrypto({ value: fake }, () => {
    const out = randomBytes(systemRandom(), 65536 * 2 + 5);
    assert.ok(out.every((byte) => byte === 1));
  });
  assert.deepEqual(asked, [65536, 65536, 5]);
});

test('calls the method on its object', () => {
  const fake = {
    ok: true,
    getRandomValues(out: Uint8Array): Uint8Array {
      assert.equal(this.ok, true);
      return out.fill(9);
    },
  };
  withCrypto({ value: fake }, () => assert.deepEqual(randomBytes(systemRandom(), 2), Uint8Array.of(9, 9)));
});

test('nothing is drawn before the first call', () => {
  let draws = 0;
  withCrypto(
    {
      get: () => {
        draws += 1;
        return undefined;
      },
    },
    () => systemRandom(),
  );
  assert.equal(draws, 0);
});

for (const [name, descriptor] of [
  ['missing', { value: undefined }],
  ['null', { value: null }],
  ['without the method', { value: {} }],
  ['a method that is no function', { value: { getRandomValues: 1 } }],
  [
    'a getter that throws',
    {
      get: () => {
        throw new Error('built without OpenSSL');
      },
    },
  ],
] as const satisfies readonly (readonly [string, PropertyDescriptor])[]) {
  test(`${name}: an error without a fallback, the fallback with one`, () => {
    withCrypto(descriptor, () => {
      assert.equal(hasSystemRandom(), false);
      assert.throws(() => randomBytes(systemRandom(), 8), noRandom);
      assert.deepEqual(
        randomBytes(
          systemRandom((out) => out.fill(7)),
          3,
        ),
        Uint8Array.of(7, 7, 7),
      );
    });
  });
}

test('a platform call that fails is an error, never weak bytes, even with a fallback', () => {
  const fake = {
    getRandomValues: () => {
      throw new Error('entropy pool on fire');
    },
  };
  withCrypto({ value: fake }, () => {
    assert.throws(
      () =>
        randomBytes(
          systemRandom((out) => out.fill(7)),
          8,
        ),
      noRandom,
    );
  });
});

test('a source found late is used', () => {
  const random = systemRandom();
  withCrypto({ value: undefined }, () => assert.throws(() => randomBytes(random, 1), noRandom));
  assert.equal(randomBytes(random, 4).length, 4);
});

/** A program that uses everything secret, with `globalThis.crypto` taken away at some time. */
function childProgram(when: 'before' | 'after' | 'counting'): string {
  const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const remove =
    'Reflect.deleteProperty(globalThis, "crypto"); if (globalThis.crypto) throw new Error("still there");';
  const count =
    'let draws = 0; Object.defineProperty(globalThis, "crypto", { get() { draws += 1; throw new Error("drawn"); } });';
  return `
    ${when === 'before' ? remove : ''}${when === 'counting' ? count : ''}
    const { nobleProvider } = await import(${url(`../../src/crypto/noble/provider.${extension}`)});
    const { selfTest } = await import(${url(`../../src/crypto/self-test.${extension}`)});
    const { generateEcKey, generateEd25519Key } = await import(${url(`../../src/crypto/noble/keys.${extension}`)});
    ${when === 'after' ? remove : ''}
    let state = 1, calls = 0;
    const provider = nobleProvider((out) => {
      calls += 1;
      for (let i = 0; i < out.length; i++) { state = (state * 48271) % 2147483647; out[i] = state; }
    });
    if (calls !== 0) throw new Error('drawn while loading');
    const failed = selfTest(provider).filter((result) => !result.ok);
    if (failed.length > 0) throw new Error(JSON.stringify(failed));
    generateEcKey('P-256', provider.random); generateEd25519Key(provider.random);
    ${when === 'counting' ? 'if (draws !== 0) throw new Error("the global was read " + draws + " times");' : ''}
    console.log('ok ' + (calls > 20));
  `;
}

for (const [when, title] of [
  ['before', 'everything works with crypto deleted before import'],
  ['after', 'everything works with crypto deleted after import'],
  ['counting', 'neither noble nor we read globalThis.crypto when given a source, at load or later'],
] as const) {
  test(title, () => {
    const tsx = import.meta.url.endsWith('.ts')
      ? [
          '--import',
          pathToFileURL(join(projectRoot(import.meta.url), 'node_modules/tsx/dist/loader.mjs')).href,
        ]
      : [];
    const output = execFileSync(
      process.execPath,
      [...tsx, '--input-type=module', '--eval', childProgram(when)],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(output.trim(), 'ok true');
  });
}
