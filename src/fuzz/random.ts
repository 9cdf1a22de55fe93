/**
 * A seeded source of bytes, so that a fuzzing run or a failing test can be played again. It is predictable on
 * purpose and must never key a connection that protects anything.
 */
import type { RandomSource } from '../crypto/provider.ts';

/**
 * The same seed gives the same bytes, whatever the sizes asked for: the stream does not depend on how it is cut.
 * The generator is splitmix32 (public domain), one byte taken from each step.
 */
export function insecureSeededRandom(seed: number): RandomSource {
  let state = seed | 0;
  return (out) => {
    for (let i = 0; i < out.length; i += 1) {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      out[i] = (mixed ^ (mixed >>> 15)) & 0xff;
    }
  };
}

/** A whole number from 0 to `bound - 1`, with the small bias of a 32-bit modulus. */
export function pickBelow(random: RandomSource, bound: number): number {
  const bytes = new Uint8Array(4);
  random(bytes);
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value % bound;
}
