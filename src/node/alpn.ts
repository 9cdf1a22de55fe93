/** ALPN protocol names (RFC 7301 3.1) in the forms that Node takes them. */
import { asciiDecode } from '../bytes/encoding.ts';
import { invalidType, invalidValue, outOfRange } from './node-error.ts';
import { bytesOf } from './own-options.ts';

const MAX_NAME = 255;

function wireFormat(protocols: readonly unknown[]): Buffer {
  const parts: Buffer[] = [];
  protocols.forEach((protocol, index) => {
    const name = typeof protocol === 'string' ? Buffer.from(protocol) : bytesOf(protocol);
    if (name === undefined)
      throw invalidType(`protocols[${index}]`, 'of type string or an instance of Buffer', protocol);
    if (name.length > MAX_NAME) {
      throw outOfRange(
        `The byte length of the protocol at index ${index} exceeds the maximum length.`,
        `<= ${MAX_NAME}`,
        name.length,
      );
    }
    parts.push(Buffer.of(name.length), Buffer.from(name));
  });
  return Buffer.concat(parts);
}

/** Node's: puts the wire form of an array, or a copy of bytes that are in wire form already, into `out.ALPNProtocols`. */
export function convertALPNProtocols(
  protocols: readonly (string | Uint8Array)[] | NodeJS.ArrayBufferView,
  out: { ALPNProtocols?: Buffer },
): void {
  if (Array.isArray(protocols)) {
    out.ALPNProtocols = wireFormat(protocols);
    return;
  }
  const bytes = bytesOf(protocols);
  if (bytes !== undefined) out.ALPNProtocols = Buffer.from(bytes);
}

function fromWire(bytes: Uint8Array, option: string): string[] {
  const names: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    const name = asciiDecode(bytes.subarray(at + 1, at + 1 + length));
    if (length === 0 || at + 1 + length > bytes.length || name === undefined) {
      throw invalidValue(option, 'is not a list of ALPN protocol names with a length byte before each');
    }
    names.push(name);
    at += 1 + length;
  }
  return names;
}

/** The names in an `ALPNProtocols` option, an array or Node's wire form; empty when it is absent. */
export function alpnProtocols(value: unknown, option = 'options.ALPNProtocols'): readonly string[] {
  if (value === undefined || value === null) return [];
  const bytes = Array.isArray(value) ? wireFormat(value) : bytesOf(value);
  if (bytes === undefined) {
    throw invalidType(
      option,
      'an array of strings, or an instance of Buffer, TypedArray, or DataView',
      value,
    );
  }
  return [...new Set(fromWire(bytes, option))];
}
