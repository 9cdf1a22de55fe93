import { printable } from '../x509/display.ts';

/** Text from a peer as one line that cannot move the cursor, forge a further line or reorder what stands beside it. */
export function visible(text: string): string {
  return printable(text, text.length);
}
