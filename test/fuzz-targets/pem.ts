/** PEM text: SyntaxError alone, and what decodes encodes to text that decodes to the same. */
import { equalBytes } from '../../src/bytes/bytes.ts';
import { latin1Decode } from '../../src/bytes/encoding.ts';
import { decodePem, encodePem, type PemBlock } from '../../src/bytes/pem.ts';

export function fuzz(data: Buffer): void {
  let blocks: PemBlock[];
  try {
    blocks = decodePem(latin1Decode(new Uint8Array(data)));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return;
  }
  for (const { label, bytes } of blocks) {
    const [again, ...others] = decodePem(encodePem(label, bytes));
    if (again?.label !== label || others.length > 0 || !equalBytes(again.bytes, bytes))
      throw new Error('a block changed');
  }
}
