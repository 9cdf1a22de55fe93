/**
 * A trace as a picture of who said what, us on the left:
 *
 *     ClientHello  1515 bytes          ──▶
 *                                      ◀──  ServerHello  1210 bytes
 */
import type { TraceDocument, TraceEntry } from './document.ts';

const WIDTH = 36;
const LOCK = '*';

function rung(text: string, sent: boolean): string {
  return sent ? `  ${text.padEnd(WIDTH)}──▶` : `  ${' '.repeat(WIDTH)}◀──  ${text}`;
}

function rungOf(entry: TraceEntry): string | undefined {
  switch (entry.kind) {
    case 'message': {
      const lock = entry.protection === 'plaintext' ? '' : LOCK;
      return rung(`${entry.message}${lock}  ${entry.length} bytes`, entry.direction === 'sent');
    }
    case 'alert':
      return rung(`alert ${entry.description} (${entry.level})`, entry.direction === 'sent');
    case 'change_cipher_spec':
      return rung('(change_cipher_spec)', entry.direction === 'sent');
    default:
      return undefined;
  }
}

/** One line for each message and alert, and a last one that explains the star. Ends with a line end. */
export function renderTraceLadder(document: TraceDocument): string {
  const rungs = document.entries.map(rungOf).filter((line) => line !== undefined);
  return `${[...rungs, `  ${LOCK} encrypted`].join('\n')}\n`;
}
