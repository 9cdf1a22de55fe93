import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addInteger,
  append,
  chop,
  claimLength,
  duplicateExtension,
  findExtension,
  flipBit,
  inOrder,
  insecureSeededRandom,
  insert,
  pickBelow,
  replaceExtension,
  resizeBody,
  setByte,
  setInteger,
  withExtension,
  withoutExtension,
} from '../../src/fuzz.ts';
import { ExtensionType } from '../../src/wire/registry.ts';

const bytes = Uint8Array.of(1, 0, 0, 2, 0xaa, 0xbb);

test('every change copies, and changes what it says', () => {
  const cases: [(b: Uint8Array) => Uint8Array, number[]][] = [
    [flipBit(0), [0x81, 0, 0, 2, 0xaa, 0xbb]],
    [flipBit(-1), [1, 0, 0, 2, 0xaa, 0xba]],
    [flipBit(15), [1, 1, 0, 2, 0xaa, 0xbb]],
    [setByte(1, 9), [1, 9, 0, 2, 0xaa, 0xbb]],
    [setByte(-1, 9), [1, 0, 0, 2, 0xaa, 9]],
    [chop(2), [1, 0, 0, 2]],
    [chop(99), []],
    [append(7, 8), [1, 0, 0, 2, 0xaa, 0xbb, 7, 8]],
    [insert(1, 5), [1, 5, 0, 0, 2, 0xaa, 0xbb]],
    [setInteger(1, 3, 0x010203), [1, 1, 2, 3, 0xaa, 0xbb]],
    [addInteger(1, 3, -3), [1, 0xff, 0xff, 0xff, 0xaa, 0xbb]],
    [addInteger(1, 3, 254), [1, 0, 1, 0, 0xaa, 0xbb]],
    [claimLength(65536), [1, 1, 0, 0, 0xaa, 0xbb]],
    [resizeBody(chop(1)), [1, 0, 0, 1, 0xaa]],
    [inOrder(chop(1), append(0)), [1, 0, 0, 2, 0xaa, 0]],
  ];
  for (const [change, expected] of cases) {
    const before = [...bytes];
    assert.deepEqual([...change(bytes)], expected);
    assert.deepEqual([...bytes], before);
  }
});

test('extension lists: add, leave out, replace in place, repeat', () => {
  const cookie = { type: ExtensionType.cookie, data: Uint8Array.of(1) };
  const padding = { type: ExtensionType.padding, data: Uint8Array.of(2) };
  const list = [cookie, padding];
  assert.equal(findExtension(list, ExtensionType.padding), padding);
  assert.deepEqual(withoutExtension(list, ExtensionType.cookie), [padding]);
  assert.deepEqual(withExtension(list, cookie), [cookie, padding, cookie]);
  const other = Uint8Array.of(3);
  assert.deepEqual(replaceExtension(list, ExtensionType.cookie, other), [
    { type: ExtensionType.cookie, data: other },
    padding,
  ]);
  assert.equal(replaceExtension(list, ExtensionType.key_share, other).length, 3);
  assert.deepEqual(duplicateExtension(list, ExtensionType.cookie), [cookie, padding, cookie]);
  assert.throws(() => duplicateExtension(list, ExtensionType.key_share), RangeError);
});

test('the seeded random is the same for a seed, however it is cut, and another for another seed', () => {
  const draw = (seed: number, ...sizes: number[]): number[] => {
    const random = insecureSeededRandom(seed);
    return sizes.flatMap((size) => {
      const out = new Uint8Array(size);
      random(out);
      return [...out];
    });
  };
  assert.deepEqual(draw(5, 40), draw(5, 1, 32, 7));
  assert.notDeepEqual(draw(5, 40), draw(6, 40));
  assert.ok(new Set(draw(5, 4000)).size === 256);
  const random = insecureSeededRandom(9);
  const picks = Array.from({ length: 300 }, () => pickBelow(random, 3));
  assert.deepEqual([...new Set(picks)].sort(), [0, 1, 2]);
});
