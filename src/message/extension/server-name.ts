/** server_name (RFC 6066 3). */
import { asciiDecode, asciiEncode } from '../../bytes/encoding.ts';
import { MAX_HOST_NAME } from '../../wire/limits.ts';
import type { Reader } from '../../wire/reader.ts';
import { ExtensionType, ServerNameType } from '../../wire/registry.ts';
import type { Writer } from '../../wire/writer.ts';
import { codec, type ExtensionCodec, type ExtensionPlacement, emptyCodec } from './codec.ts';

/**
 * One host_name and nothing else: RFC 6066 3 forbids two names of one type, no other type was ever defined, and an
 * undefined one cannot be skipped. A trailing dot or an IP literal passes here, to be judged by who looks the name up.
 */
function decodeList(r: Reader): string {
  const list = r.sub(2, 1, 0xffff, 'server_name_list');
  const type = list.code(ServerNameType, 1, 'name_type');
  if (type !== ServerNameType.host_name) {
    list.fail('malformed_message', 'name_type', `is ${type}, only host_name exists`, 'RFC 6066 3');
  }
  const bytes = list.vector(2, 1, MAX_HOST_NAME, 'host_name');
  if (list.remaining > 0) list.fail('malformed_message', '', 'has more than one name', 'RFC 6066 3');
  list.end();
  const name = asciiDecode(bytes);
  // A NUL or a control character may end the name early, or split a line, in whatever reads it next.
  if (name === undefined || bytes.some((byte) => byte <= 0x20 || byte === 0x7f)) {
    r.fail('bad_value', 'host_name', 'has a character that no DNS name has', 'RFC 6066 3');
  }
  return name;
}

function writeList(w: Writer, name: string): void {
  w.vector(2, (list) => list.u8(ServerNameType.host_name).vector(2, asciiEncode(name)));
}

const type: ExtensionType = ExtensionType.server_name;

export const serverName: ExtensionPlacement & {
  readonly clientHello: ExtensionCodec<string>;
  readonly encryptedExtensions: ExtensionCodec<true>;
  readonly serverHello12: ExtensionCodec<true>;
} = {
  type,
  allowedIn: ['CH', 'EE', 'SH12'],
  clientHello: codec(type, decodeList, writeList),
  encryptedExtensions: emptyCodec(type),
  serverHello12: emptyCodec(type),
};
