/** What is embedded is what the sources say. `npm run kernels -- --check` compiles again and compares; CI does that. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KernelModule } from '../../../src/crypto/wasm/host.ts';
import { projectRoot } from '../../house/root.ts';
import { edited } from './derive-edits.ts';
import { derivedSources } from './derive-p384.ts';
import { KERNELS, sourceDigest } from './kernel-sources.ts';

const root = projectRoot(import.meta.url);
const binaries = join(root, 'src', 'crypto', 'wasm', 'binary');

test('every kernel is embedded, and nothing else', () => {
  assert.deepEqual(readdirSync(binaries).sort(), KERNELS.map((name) => `${name}.ts`).sort());
});

for (const [name, text] of derivedSources(root)) {
  test(`${name} is what derive-p384.ts makes (else: npm run kernels)`, () => {
    assert.equal(readFileSync(join(root, 'src', 'crypto', 'wasm', 'assembly', name), 'utf8'), text);
  });
}

test('an edit that does not find its text as often as it says is an error', () => {
  assert.equal(edited('a b a', [['a', 'c', 2]]), 'c b c');
  assert.throws(() => edited('a b a', [['a', 'c', 1]]), /found 2 times, not 1/);
  assert.throws(() => edited('a b a', [['d', 'c', 1]]), /found 0 times/);
});

for (const name of KERNELS) {
  const text = readFileSync(join(binaries, `${name}.ts`), 'utf8');
  const module = Buffer.from(/'([A-Za-z0-9+/=]+)';/.exec(text)?.[1] ?? '', 'base64');

  test(`${name} is made from the sources as they are now (else: npm run kernels)`, () => {
    assert.ok(text.includes(`Sources: SHA-256 ${sourceDigest(root, name)}`));
  });

  test(`${name} is the module that its digest names, and a small one`, () => {
    assert.ok(text.includes(`Module:  SHA-256 ${createHash('sha256').update(module).digest('hex')}`));
    assert.ok(module.length > 1000 && module.length < 40_000, `${module.length} bytes`);
  });

  test(`${name} imports nothing: its memory is all that it can touch`, () => {
    // An instance is made without imports, which throws when a module asks for any.
    assert.ok(new KernelModule(module.toString('base64')).memory.length > 0);
  });
}
