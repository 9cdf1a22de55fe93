/** What every extension file is made of. */
import type { Reader } from '../../wire/reader.ts';
import type { ExtensionType } from '../../wire/registry.ts';
import { Writer } from '../../wire/writer.ts';

/** An extension as it stands on the wire; unknown ones stay in this form. */
export interface RawExtension {
  readonly type: ExtensionType;
  readonly data: Uint8Array;
}

/**
 * Where an extension block stands, in the abbreviations of RFC 8446 4.2. `SH12` is a ServerHello that negotiates
 * TLS 1.2 or older, where what is now EncryptedExtensions still stood in the ServerHello.
 */
export type MessageContext = 'CH' | 'SH' | 'HRR' | 'EE' | 'CT' | 'CR' | 'NST' | 'SH12';

export interface ExtensionCodec<T> {
  readonly type: ExtensionType;
  /** Reads extension_data; the caller checks that nothing is left. Throws TLSError. */
  decode(r: Reader): T;
  encode(value: T): RawExtension;
}

/** What the table of rules needs to know of each extension. */
export interface ExtensionPlacement {
  readonly type: ExtensionType;
  readonly allowedIn: readonly MessageContext[];
}

export function codec<T>(
  type: ExtensionType,
  decode: (r: Reader) => T,
  write: (w: Writer, value: T) => void,
): ExtensionCodec<T> {
  return {
    type,
    decode,
    encode(value: T): RawExtension {
      const w = new Writer();
      write(w, value);
      return { type, data: w.finish() };
    },
  };
}

/** An extension whose presence says it all. */
export function emptyCodec(type: ExtensionType): ExtensionCodec<true> {
  return codec<true>(
    type,
    () => true,
    () => {},
  );
}
