/** What must hold for any bytes whatever: shared by the property tests and the fuzz targets. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { decodeHandshake, type HandshakeMessage } from '../../src/message/handshake.ts';
import { TLSError } from '../../src/wire/error.ts';
import { EXTENSION_ROUND_TRIPS } from './extension-round-trips.ts';
import { blocksOf, reencode } from './support.ts';
import { Tiles } from './tiles.ts';

/** Runs `decode`; undefined when it refuses. Anything but a TLSError of the decoder's own families comes out. */
export function refusedOr<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof TLSError)) throw error;
    if (error.family !== 'decode' && error.family !== 'misbehaved') throw error;
    return undefined;
  }
}

/** Throws unless the message, and each extension that is understood in it, encodes to the bytes it was decoded from. */
export function checkFidelity(message: HandshakeMessage): void {
  if (!equalBytes(reencode(message), message.raw))
    throw new Error(`${message.kind} does not encode to what it was`);
  for (const [context, extensions] of blocksOf(message)) {
    for (const { type, data } of extensions) {
      const again = EXTENSION_ROUND_TRIPS[context].get(type);
      if (again !== undefined && !equalBytes(again(data), data)) {
        throw new Error(`extension ${type} in ${context} does not encode to what it was`);
      }
    }
  }
}

/** Decodes hostile bytes with an observer listening; checks all of the above on success. */
export function decodeHostile(
  raw: Uint8Array,
  version: 'tls13' | 'tls12' = 'tls13',
): HandshakeMessage | undefined {
  const tiles = new Tiles(raw);
  const message = refusedOr(() => decodeHandshake(raw, version, tiles));
  if (message === undefined) {
    const silent = refusedOr(() => decodeHandshake(raw, version));
    if (silent !== undefined) throw new Error('the verdict depends on the observer');
    return undefined;
  }
  tiles.checkWhole();
  checkFidelity(message);
  return message;
}
