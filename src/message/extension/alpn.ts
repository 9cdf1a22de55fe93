/** application_layer_protocol_negotiation (RFC 7301 3.1). */
import { MAX_ALPN_PROTOCOLS } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { ExtensionType } from '../../wire/registry.ts';
import type { Writer } from '../../wire/writer.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement } from './codec.ts';

function decodeList(r: Reader): readonly Uint8Array[] {
  const names = r.list(2, 2, 0xffff, 'protocol_name_list', (item) =>
    item.vector(1, 1, 0xff, 'protocol_name'),
  );
  if (names.length > MAX_ALPN_PROTOCOLS)
    r.fail('too_many_items', 'protocol_name_list', `has ${names.length} names`);
  return names;
}

function decodeOne(r: Reader): Uint8Array {
  const [name, ...others] = decodeList(r);
  if (name === undefined || others.length > 0) {
    r.fail('malformed_message', 'protocol_name_list', 'must have exactly one name', 'RFC 7301 3.1');
  }
  return name;
}

function writeList(w: Writer, names: readonly Uint8Array[]): void {
  w.vector(2, (list) => {
    for (const name of names) list.vector(1, name);
  });
}

const type: ExtensionType = ExtensionType.application_layer_protocol_negotiation;

const one: ExtensionCodec<Uint8Array> = codec(type, decodeOne, (w, name) => writeList(w, [name]));

export const alpn: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<readonly Uint8Array[]>;
  /** The one protocol that was chosen. */
  readonly encryptedExtensions: ExtensionCodec<Uint8Array>;
  readonly serverHello12: ExtensionCodec<Uint8Array>;
} = {
  type,
  allowedIn: ['CH', 'EE', 'SH12'],
  clientHello: codec(type, decodeList, writeList),
  encryptedExtensions: one,
  serverHello12: one,
};
