import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from '../../../src/bytes/encoding.ts';
import type { RandomSource } from '../../../src/crypto/provider.ts';
import { projectRoot } from '../../house/root.ts';

/** A file of vectors/, parsed; the caller names its shape. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(projectRoot(import.meta.url), 'vectors', name), 'utf8'));
}

export const hex: (text: string) => Uint8Array = fromHex;

/** Fixed pseudorandom bytes (a 32-bit xorshift), so that a failure can be repeated. Not for keys. */
export function repeatable(seed = 1): RandomSource {
  let state = seed | 0 || 1;
  return (out) => {
    for (let i = 0; i < out.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      out[i] = state;
    }
  };
}

/** Answers the calls in order with `parts`, then with fixed bytes, which blinding is content with. */
export function scripted(...parts: readonly Uint8Array[]): RandomSource {
  const queue = [...parts];
  return (out) => {
    const next = queue[0];
    if (next !== undefined && next.length === out.length) {
      out.set(next);
      queue.shift();
    } else {
      out.fill(0x5a);
    }
  };
}

export function bytes(length: number, random: RandomSource): Uint8Array {
  const out = new Uint8Array(length);
  random(out);
  return out;
}

/** A copy with one bit turned. */
export function flip(data: Uint8Array, bit: number): Uint8Array {
  const copy = data.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
