/** The joiner: however the handshake stream is cut into records, the same messages come out, or the same refusal. */
import { concatBytes, equalBytes } from '../../src/bytes/bytes.ts';
import { HandshakeJoiner } from '../../src/message/joiner.ts';
import { refusedOr } from '../message/fidelity.ts';

interface Joined {
  readonly messages: readonly Uint8Array[];
  readonly refused: boolean;
}

function join(stream: Uint8Array, step: number): Joined {
  const joiner = new HandshakeJoiner();
  const messages: Uint8Array[] = [];
  let used = 0;
  const done = refusedOr(() => {
    for (let at = 0; at < stream.length; at += step) {
      joiner.push(stream.subarray(at, at + step));
      used = Math.min(at + step, stream.length);
      for (let next = joiner.next(); next !== undefined; next = joiner.next()) messages.push(next);
    }
    return true;
  });
  const joined = concatBytes(...messages);
  if (!equalBytes(joined, stream.subarray(0, joined.length)))
    throw new Error('the messages are not the stream');
  if (done !== undefined && joined.length + joiner.pending !== used) throw new Error('bytes were lost');
  if ((joiner.aligned !== undefined) !== (joiner.pending === 0))
    throw new Error('aligned with bytes pending');
  return { messages, refused: done === undefined };
}

/** The first byte is the size of the pieces. */
export function fuzz(data: Buffer): void {
  const [step = 0] = data;
  const stream = new Uint8Array(data.subarray(1));
  const whole = join(stream, Math.max(stream.length, 1));
  const cut = join(stream, step + 1);
  if (whole.refused !== cut.refused) throw new Error('the verdict depends on how the stream was cut');
  // A refusal may come before or after the messages that precede it were taken, so compare what both gave.
  for (const [index, message] of whole.messages.entries()) {
    const other = cut.messages[index];
    if (other === undefined || !equalBytes(message, other))
      throw new Error(`message ${index} depends on the cut`);
  }
}
