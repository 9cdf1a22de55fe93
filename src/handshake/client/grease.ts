/** Reserved values among those offered, which a server must pass over, so that none comes to rely on today's (RFC 8701 3.1). */
import type { RandomSource } from '../../crypto/provider.ts';
import type { ClientHelloFields } from '../../message/client-hello.ts';
import type { RawExtension } from '../../message/extension/codec.ts';
import { codePoint, greaseValue } from '../../wire/code-point.ts';
import { ExtensionType } from '../../wire/registry.ts';
import { Writer } from '../../wire/writer.ts';

/** What a group that nobody has gets for a share. */
const SHARE = Uint8Array.of(0);

function draw(random: RandomSource): number {
  const byte = new Uint8Array(1);
  random(byte);
  return greaseValue(byte[0] ?? 0);
}

function ledBy(extension: RawExtension, lengthBytes: 1 | 2, write: (w: Writer) => void): RawExtension {
  const rest = extension.data.subarray(lengthBytes);
  const data = new Writer()
    .vector(lengthBytes, (w) => {
      write(w);
      w.bytes(rest);
    })
    .finish();
  return { type: extension.type, data };
}

/** The fields with a reserved value at the head of each list, and extensions of such types at both ends. */
export function greased(fields: ClientHelloFields, random: RandomSource): ClientHelloFields {
  const group = draw(random);
  const list = (extension: RawExtension): RawExtension => {
    switch (extension.type) {
      case ExtensionType.supported_groups:
        return ledBy(extension, 2, (w) => w.u16(group));
      case ExtensionType.key_share:
        return ledBy(extension, 2, (w) => w.u16(group).vector(2, SHARE));
      case ExtensionType.signature_algorithms:
        return ledBy(extension, 2, (w) => w.u16(draw(random)));
      case ExtensionType.supported_versions:
        return ledBy(extension, 1, (w) => w.u16(draw(random)));
      default:
        return extension;
    }
  };
  const first = draw(random);
  // Of two of one type the server would complain: the next of the sixteen, where the same was drawn.
  const drawn = draw(random);
  const last = drawn === first ? greaseValue((drawn + 0x10) & 0xff) : drawn;
  return {
    ...fields,
    cipherSuites: [codePoint<'CipherSuite'>(draw(random)), ...fields.cipherSuites],
    extensions: [
      { type: codePoint<'ExtensionType'>(first), data: new Uint8Array(0) },
      ...fields.extensions.map(list),
      { type: codePoint<'ExtensionType'>(last), data: SHARE },
    ],
  };
}
