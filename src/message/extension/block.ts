/** A message's list of extensions: the raw ones in order, and the values of those that we understand there. */
import { MAX_EXTENSIONS } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { ExtensionType, nameOf } from '../../wire/registry.ts';
import type { Writer } from '../../wire/writer.ts';
import type { MessageContext, RawExtension } from './codec.ts';
import { mayStandIn } from './table.ts';

export interface ExtensionBlock<K> {
  readonly extensions: readonly RawExtension[];
  /** A property is absent when its extension is. */
  readonly known: K;
}

interface Decoder<T> {
  readonly type: ExtensionType;
  decode(r: Reader): T;
}

/** One decoder for each property of `K`. */
export type Decoders<K> = { readonly [P in keyof K]-?: Decoder<Exclude<K[P], undefined>> };

type Values<K> = { -readonly [P in keyof K]?: Exclude<K[P], undefined> };

function decodeInto<K, P extends keyof K>(known: Values<K>, key: P, decoders: Decoders<K>, r: Reader): void {
  known[key] = decoders[key].decode(r);
}

/**
 * Makes the decoder for the block of one message. It throws TLSError `duplicate_extension`, `misplaced_extension`,
 * `psk_not_last` (each illegal_parameter), or a decode error. `contexts` is more than one where only the block
 * itself tells which applies.
 */
export function extensionBlock<K extends object>(
  contexts: readonly MessageContext[],
  decoders: Decoders<K>,
): (r: Reader, minBytes: number, maxBytes: number) => ExtensionBlock<K> {
  const keys = new Map<number, keyof K>();
  for (const key of Object.keys(decoders) as (keyof K)[]) keys.set(decoders[key].type, key);

  return (r, minBytes, maxBytes) => {
    const known: Values<K> = {};
    const seen = new Set<number>();
    const extensions = r.list(2, minBytes, maxBytes, 'extensions', (item): RawExtension => {
      const type = item.code(ExtensionType, 2, 'extension_type');
      const name = nameOf(ExtensionType, type);
      if (seen.has(type)) item.fail('duplicate_extension', '', `repeats ${name}`, 'RFC 8446 4.2');
      seen.add(type);
      if (seen.size > MAX_EXTENSIONS) item.fail('too_many_items', '', `is one more than ${MAX_EXTENSIONS}`);
      if (!contexts.some((context) => mayStandIn(type, context))) {
        item.fail('misplaced_extension', '', `is ${name}, which must not stand here`, 'RFC 8446 4.2');
      }
      const key = keys.get(type);
      if (key === undefined) return { type, data: item.vector(2, 0, 0xffff, 'extension_data') };
      const body = item.sub(2, 0, 0xffff, name);
      const data = body.peek();
      decodeInto(known, key, decoders, body);
      body.end();
      // Binders are computed over all that stands before them, so nothing may stand after (RFC 8446 4.2.11).
      if (type === ExtensionType.pre_shared_key && contexts.includes('CH') && item.remaining > 0) {
        item.fail('psk_not_last', '', 'is pre_shared_key, which must be the last', 'RFC 8446 4.2.11');
      }
      return { type, data };
    });
    return { extensions, known: known as K };
  };
}

export function writeExtensions(w: Writer, extensions: readonly RawExtension[]): void {
  w.vector(2, (list) => {
    for (const { type, data } of extensions) list.u16(type).vector(2, data);
  });
}
