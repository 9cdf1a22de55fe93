/**
 * Random bytes where `globalThis.crypto` is missing, as in a Node that was built without OpenSSL: from the operating
 * system's random device. Nothing is opened before the first call, and nothing weaker is ever used instead.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { RandomSource } from '../crypto/provider.ts';
import { systemRandom } from '../crypto/random.ts';
import { TLSError } from '../wire/error.ts';

const DEVICE = '/dev/urandom';

/**
 * A source that reads `path`, opened and closed by each call: a descriptor kept open would outlive what closes them
 * all (daemons, tests for leaks), and a handshake draws only a few times.
 *
 * The returned function throws TLSError `no_random` when the device is missing or gives too little.
 */
export function randomDevice(path: string = DEVICE): RandomSource {
  return (out) => {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      for (let at = 0; at < out.length; ) {
        const read = readSync(descriptor, out, at, out.length - at, null);
        if (read <= 0) throw new Error(`${path} ended after ${at} bytes`);
        at += read;
      }
    } catch (cause) {
      out.fill(0);
      throw new TLSError(
        'no_random',
        `no secure random source: globalThis.crypto.getRandomValues is missing and ${path} cannot be read`,
        { cause },
      );
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  };
}

/** The random source of the faces: `globalThis.crypto`, looked up at each call, else the random device. */
export const platformRandom: RandomSource = systemRandom(randomDevice());
