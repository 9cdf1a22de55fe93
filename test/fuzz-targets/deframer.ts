/** The deframer: however the stream arrives, the same records come out, or the same refusal. */
import { concatBytes, equalBytes } from '../../src/bytes/bytes.ts';
import { Deframer } from '../../src/record/deframer.ts';
import { MAX_CIPHERTEXT } from '../../src/wire/limits.ts';
import { refusedOr } from '../message/fidelity.ts';

function deframe(
  stream: Uint8Array,
  step: number,
): { readonly records: readonly Uint8Array[]; readonly refused: boolean } {
  const deframer = new Deframer();
  const records: Uint8Array[] = [];
  const done = refusedOr(() => {
    for (let at = 0; at < stream.length; at += step) {
      deframer.push(stream.subarray(at, at + step));
      for (
        let view = deframer.next(MAX_CIPHERTEXT);
        view !== undefined;
        view = deframer.next(MAX_CIPHERTEXT)
      ) {
        records.push(concatBytes(view.header, view.buffer.subarray(view.offset, view.offset + view.length)));
      }
    }
    return true;
  });
  const joined = concatBytes(...records);
  if (!equalBytes(joined, stream.subarray(0, joined.length)))
    throw new Error('the records are not the stream');
  if (done !== undefined && joined.length + deframer.buffered !== stream.length)
    throw new Error('bytes were lost');
  return { records, refused: done === undefined };
}

/** The first byte is the size of the pieces. */
export function fuzz(data: Buffer): void {
  const [step = 0] = data;
  const stream = new Uint8Array(data.subarray(1));
  const whole = deframe(stream, Math.max(stream.length, 1));
  const cut = deframe(stream, step + 1);
  if (whole.refused !== cut.refused) throw new Error('the verdict depends on how the stream was cut');
  if (whole.records.length !== cut.records.length)
    throw new Error('the records depend on how the stream was cut');
}
