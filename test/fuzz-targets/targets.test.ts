/** Every target over its seeds and some spoiled seeds, without a fuzzer: so that targets and corpus stay in working order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { seedsOf, TARGETS } from './targets.ts';

interface Target {
  readonly fuzz: (data: Buffer) => void;
}

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

for (const name of TARGETS) {
  describe(`fuzz target ${name}`, () => {
    const seeds = seedsOf(name);
    const load = async (): Promise<Target> => (await import(`./${name}${extension}`)) as Target;

    it('has small seeds named in hex, and takes each', async () => {
      const { fuzz } = await load();
      assert.ok(seeds.size > 0);
      for (const [file, bytes] of seeds) {
        assert.match(file, /^[0-9a-f]{16}$/);
        assert.ok(bytes.length <= 4096, `${file} is ${bytes.length} bytes long`);
        fuzz(bytes);
      }
      fuzz(Buffer.alloc(0));
    });

    it('takes its seeds with bytes changed', async () => {
      const { fuzz } = await load();
      const change = fc.record({ at: fc.nat(4095), value: fc.nat(255) });
      fc.assert(
        fc.property(
          fc.constantFrom(...seeds.values()),
          fc.array(change, { maxLength: 3 }),
          (seed, changes) => {
            const bytes = Buffer.from(seed);
            for (const { at, value } of changes) bytes[at % Math.max(bytes.length, 1)] = value;
            fuzz(bytes);
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
